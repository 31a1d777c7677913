"""The modules of one side of the repository, imported once for all runs.

Runs in the user's Python (3.9 and newer) and imports the standard library only.
"""

from __future__ import annotations

import gc
import os
import threading
import time
from types import FunctionType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING or __package__:
    from reviewer.evidence import worker_case, worker_import, worker_mutant, worker_opened, worker_watch
    from reviewer.evidence.worker_process import Forker, Send
else:
    import worker_case
    import worker_import
    import worker_mutant
    import worker_opened
    import worker_watch
    from worker_process import Forker, Send

_clock = time.monotonic  # taken before any user code can replace it


class Modules:
    """Imports modules through `overlay`, in a child of `forker` first; `opened` learns which files that opens."""

    def __init__(
        self, overlay: worker_import.Overlay, opened: worker_opened.Opened, forker: Forker, root: str, temp: str
    ) -> None:
        self.overlay = overlay
        self.opened = opened
        self.forker = forker
        self.root = root
        self.temp = temp
        self.seconds: float = forker.limits["import_seconds"]
        self._states: dict[str, str] = {}  # path -> "warm", "cold", or why it cannot be imported
        self._functions: list[FunctionType] | None = None  # None when not looked for yet

    def warm(self, path: str) -> bool:
        """Whether a module is here in this process; `failure` was asked before."""
        return self._states[path] == "warm"

    def functions(self) -> list[FunctionType]:
        """The repository's functions in memory."""
        if self._functions is None:
            self._functions = worker_mutant.live_functions(self.root + os.sep)
        return self._functions

    def failure(self, path: str, name: str | None, end: float) -> str | None:
        """Why the module of a file cannot be imported, None when it is or can be; imports it if it is not yet."""
        if path not in self._states:
            wall = min(self.seconds, end - _clock())
            state = self._prepared(path, name, wall) if wall > 0 else "deadline"
            if _clock() >= end and state not in ("warm", "cold"):
                return "deadline"  # it might have been imported with more time
            self._states[path] = state
        state = self._states[path]
        return None if state in ("warm", "cold") else state

    def _prepared(self, path: str, name: str | None, wall: float) -> str:
        """Import the module: in a child first, which may hang or end as it likes, then here."""

        def task(send: Send) -> None:
            send({**self._try_import(path, name), "opened": self.opened.news()})

        run = self.forker.run(task, wall, runs=False)
        if not run.messages:
            return f"importing {os.path.relpath(path, self.root)} {run.ending(wall)}"
        answer = run.messages[0]
        self.opened.learn(answer["opened"])
        if answer["reason"]:
            return str(answer["reason"])
        if answer["threads"] > 1:
            return "cold"  # forking a process with threads can deadlock: every run imports anew
        failure, self._functions = self._try_import(path, name)["reason"], None
        if failure:
            return str(failure)
        gc.collect()
        gc.freeze()
        return "warm"

    def _try_import(self, path: str, name: str | None) -> dict[str, Any]:
        try:
            self.overlay.load(path, name)
        except BaseException as error:  # SystemExit at import time is a reason like any other
            said = worker_watch.denied(error, self.temp) or worker_case.said(error)
            kind = "missing dependency: " if isinstance(error, ModuleNotFoundError) else "the import fails: "
            return {"reason": kind + said, "threads": 0}
        return {"reason": None, "threads": threading.active_count()}
