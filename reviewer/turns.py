"""EFFECT: who reviews now, where a background review and the commit's hook must not compete for one model.

A lock of the operating system stands for the turn. It ends with its process, however that ends, so none is ever stale,
and nobody is stopped by a process number, which may be somebody else's by now: whoever has the turn is asked to stop by
a file, and looks for it. All of it is in the cache folder.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path

from reviewer import cachefile

FOLDER = "background"
POLL = 0.2  # seconds between two looks at a lock, a file or the index
GRACE = 3.0  # seconds for the one who has the turn to stop, before it is left to itself


class Turns:
    """The turns in one repository, which its worktrees share. Where nothing can be locked everybody has the turn."""

    def __init__(self, cache: Path, repository: Path, worktree: Path) -> None:
        """Make the folder, for its user alone; `repository` and `worktree` are git's own folders. Raises OSError."""
        self.folder = cache / FOLDER / _short(repository)
        self._own = _short(worktree)
        for folder in (cache, self.folder.parent, self.folder):
            cachefile.private(folder)

    def begin_log(self) -> None:
        """Let what this process says on stderr be the log of this worktree, instead of the last one."""
        with suppress(OSError):
            handle = os.open(self.folder / f"{self._own}.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            os.dup2(handle, 2)
            os.close(handle)

    @contextmanager
    def only_one_waiting(self) -> Iterator[bool]:
        """Whether nobody else waits in this worktree to review what is staged then."""
        with self._locked(f"{self._own}.waiting", lambda: False) as first:
            yield first

    @contextmanager
    def turn(self, going_on: Callable[[], bool]) -> Iterator[bool]:
        """Have the turn, waiting for it as long as `going_on` says; False where that was not long enough."""
        with self._locked("turn", going_on) as have:
            if have:
                self.show("")
                with suppress(OSError):
                    (self.folder / "stop").unlink(missing_ok=True)
            yield have

    def show(self, content: str) -> None:
        """Say what the one who has the turn reviews: the staging's hash, and the process for people."""
        self._write("turn", f"{content} {os.getpid()}\n" if content else "")

    def shown(self) -> str:
        """What is reviewed by the one who has the turn; empty while it has not said so."""
        return self._read("turn").partition(" ")[0]

    def ask_to_stop(self) -> None:
        """Ask the one who has the turn to end; ask again, for the next one may have it by now."""
        self._write("stop", "")

    def asked_to_stop(self) -> bool:
        """Whether somebody else needs the turn."""
        return (self.folder / "stop").exists()

    def remember(self, content: str) -> None:
        """Remember what was reviewed in the background."""
        self._write(f"{self._own}.reviewed", content)

    def reviewed(self) -> str:
        """The staged content that was reviewed in the background last."""
        return self._read(f"{self._own}.reviewed")

    def _write(self, name: str, text: str) -> None:
        with suppress(OSError):
            (self.folder / name).write_text(text, encoding="ascii")

    def _read(self, name: str) -> str:
        try:
            return (self.folder / name).read_text(encoding="ascii", errors="replace")
        except OSError:
            return ""

    @contextmanager
    def _locked(self, name: str, going_on: Callable[[], bool]) -> Iterator[bool]:
        try:
            handle = os.open(self.folder / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError:
            yield True
            return
        try:
            while not (have := _lock(handle)) and going_on():
                time.sleep(POLL)
            yield have
        finally:
            os.close(handle)  # and with it goes the lock


def _lock(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a network's file system without locks
        return True
    return True


def _short(path: Path) -> str:
    return sha256(os.fsencode(path)).hexdigest()[:16]
