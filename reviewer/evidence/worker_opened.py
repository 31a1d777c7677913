"""Which files the user's code opened and which folders it listed: what its results depend on.

Runs in the user's Python (3.9 and newer) and imports the standard library only. Python tells an audit hook of every
file it opens, modules and bytecode included (https://docs.python.org/3/library/audit_events.html); what the overlay
serves from memory is told in the same way. What code learns by `os.stat` alone is not seen. A changed file that code
reads by itself comes from the disk: where that holds something else than the side that is run, nothing can be said.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import Any, Optional

EVENTS = {"open": 0, "import": 1, "os.listdir": 0, "os.scandir": 0}  # event -> which of its arguments is the path
MOST = 20_000
INSTALLED = ("site-packages", "dist-packages")
SERVED = ("r", 0)  # mode and flags of what the overlay serves: no other way of opening a file has both
PASSING = ("/proc", "/sys", "/dev")


class Opened:
    """The paths that were opened, existing or not, in this process and in those that told it of theirs."""

    def __init__(self, root: str, temp: str, roots: list[str], files: Mapping[str, Optional[bytes]]) -> None:
        self.root = root
        self.files = files  # the changed ones, by absolute path
        self.read: set[Any] = set()  # from the disk
        self.checked: set[Any] = set()
        libraries = [entry for entry in sys.path if entry not in roots and os.path.isdir(entry)]
        standard = {os.path.join(prefix, name) for prefix in (sys.prefix, sys.base_prefix) for name in ("lib", "lib64")}
        installed = [one for one in libraries if os.path.basename(one) in INSTALLED]
        # Of installed packages only the folders' own lists are told: they change with every installation.
        self.passed = tuple(folder + os.sep for folder in (*installed, *standard, *PASSING, temp))
        self.names: set[Any] = set()
        self.taken: set[Any] = set()
        self.pending = set(map(os.path.abspath, libraries))
        self.told: set[str] = set()
        self.complete = hasattr(sys, "addaudithook")

    def watch(self) -> None:
        """Note from now on what is opened; there is no way back."""
        if self.complete:
            sys.addaudithook(self._note)

    def _note(self, event: str, details: Any) -> None:
        # Called for every event of the user's code: it must be quick and must not raise.
        place = EVENTS.get(event)
        if place is not None and len(details) > place and type(details[place]) in (str, bytes):
            if len(self.names) < MOST:
                self.names.add(details[place])
                if event == "open" and self.files and details[1:] != SERVED:
                    self.read.add(details[place])
            else:
                self.complete = False

    def news(self) -> Optional[list[str]]:
        """What was opened and has not been told from here; None when it was too much. Below the root: relative."""
        new, read = self.names - self.taken, self.read - self.checked
        self.taken |= new
        self.checked |= read
        if not all(self._agrees(os.fsdecode(name)) for name in read):
            self.complete = False
        return sorted({place for name in new for place in self._places(os.fsdecode(name))}) if self.complete else None

    def learn(self, news: Any) -> None:
        """Add what a child told."""
        if isinstance(news, list) and all(isinstance(one, str) for one in news):
            self.pending.update(news)
        else:
            self.complete = False

    def tell(self) -> Optional[list[str]]:
        """Everything that was not told before, None when it is not known."""
        if self.complete:
            self.learn(self.news())
        new = self.pending - self.told
        self.told |= new
        self.pending.clear()
        return sorted(new) if self.complete else None

    def _agrees(self, name: str) -> bool:
        path = os.path.normpath(os.path.join(self.root, name))
        if path not in self.files:
            return True
        try:
            with open(path, "rb") as stream:
                return stream.read() == self.files[path]
        except OSError:
            return self.files[path] is None

    def _places(self, name: str) -> list[str]:
        path = os.path.normpath(os.path.join(self.root, name))
        if (path + os.sep).startswith(self.passed):
            return []
        inside = path == self.root or path.startswith(self.root.rstrip(os.sep) + os.sep)
        return [os.path.relpath(path, self.root) if inside else path]
