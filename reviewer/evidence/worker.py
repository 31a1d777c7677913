"""The part of the sandbox that runs in the user's Python: a warm server that forks one child per run.

Started as `python -S -B -c "..." <this folder>`, in Python 3.9 or newer, with the standard library only. Requests come
in on one pipe and answers go out on another, as JSON with its length before it. Three processes take part:

    supervisor   runs no user code; ends everything when the tool goes away
    server       first process of its own PID namespace where there is one; holds the imported modules
    child        one per run; what it and its own children leave behind is killed before the next run
"""

from __future__ import annotations

import base64
import os
import sys
import time
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING or __package__:
    from reviewer.evidence import (
        worker_case,
        worker_import,
        worker_mutant,
        worker_opened,
        worker_standard,
        worker_together,
        worker_walls,
    )
    from reviewer.evidence.worker_batch import Batch
    from reviewer.evidence.worker_modules import Modules
    from reviewer.evidence.worker_process import Channel, Forker, Send
else:
    import worker_case
    import worker_import
    import worker_mutant
    import worker_opened
    import worker_standard
    import worker_together
    import worker_walls
    from worker_batch import Batch
    from worker_modules import Modules
    from worker_process import Channel, Forker, Send

_clock = time.monotonic  # taken before any user code can replace it
_FOLDER: list[str] = []  # where our modules are
_LATE: dict[str, Any] = {}


class Server:
    """Answers requests about one side of the repository."""

    def __init__(self, config: Any, channel: Channel, walls: worker_walls.Walls) -> None:
        self.limits = config["limits"]
        self.root = config["root"]
        self.temp = walls.temp
        self.walls = walls
        self.channel = channel
        self.forker = Forker(walls, self.limits, channel)
        self.spans: dict[tuple[str, str], tuple[int, int] | None] = {}
        files = {
            os.path.join(self.root, path): None if data is None else base64.b64decode(data)
            for path, data in config["files"].items()
        }
        self.overlay = worker_import.Overlay(self.root, files, config["import_roots"])
        self.opened = worker_opened.Opened(self.root, self.temp, config["import_roots"], files)
        self.opened.watch()
        self.modules = Modules(self.overlay, self.opened, self.forker, self.root, self.temp)

    def serve(self) -> None:
        """Answer until the tool closes the pipe."""
        while True:
            try:
                request = self.channel.receive()
            except EOFError:
                return
            end = _clock() + request["seconds"]
            if request["op"] == "run":
                jobs = request["jobs"]
                each = (self.run(job, end) for job in jobs)
                for answer in worker_together.answers(self, jobs, end) if request["together"] else each:
                    self.channel.send({**answer, "opened": self.opened.tell()})
            elif request["op"] == "twin":
                self.channel.send(_late("worker_twin").answer(self, request))
            elif request["op"] == "test_kills":
                _late("worker_pytest").answer(self, request, end, self._unfit(request, end))
            else:
                self._kills(request, end)

    def module(self, job: Any) -> ModuleType:
        """The module of a case or of mutants, imported if it is not yet."""
        return self.overlay.load(job["path"], job["module"])

    # ------------------------------------------------------------ cases

    def run(self, job: Any, end: float) -> Any:
        """Run a case in a process of its own."""
        path, name = job["path"], job["module"]
        failure = "deadline" if _clock() >= end else self.modules.failure(path, name, end)
        wall = min(self.limits["wall_seconds"], end - _clock())
        if failure or wall <= 0:
            return not_run(failure or "deadline")
        cold = not self.modules.warm(path)
        span = self.prepared(job)

        def task(send: Send) -> None:
            send({**self.result(job, self.module(job), span), "opened": self.opened.news()})

        run = self.forker.run(task, wall + (self.limits["import_seconds"] if cold else 0), runs=not cold)
        if run.messages:
            self.opened.learn(run.messages[0].get("opened"))
            return {**run.messages[0], "seconds": run.seconds}
        return {**run.failure(wall), "seconds": run.seconds}

    def warm(self, job: Any, end: float) -> bool:
        """Whether a case can be run in a child that has its module already."""
        failure = "deadline" if _clock() >= end else self.modules.failure(job["path"], job["module"], end)
        return failure is None and self.modules.warm(job["path"]) and self.walls.forks

    def result(self, job: Any, module: ModuleType, span: tuple[int, int] | None) -> Any:
        """Run a case in this process."""
        return self.case(job, module).result(span)

    def case(self, job: Any, module: ModuleType) -> worker_case.Run:
        """A case that is ready to be run in this process."""
        return worker_case.Run(job["case"], module, self.root + os.sep, self.temp, self.limits["output_bytes"])

    def prepared(self, job: Any) -> tuple[int, int] | None:
        """Do here what not every child has to; return the lines of the function, None when they cannot be told."""
        key = (job["path"], job["function"])
        source = self.overlay.source(job["path"])
        worker_standard.prepare(job["case"], source)
        if key not in self.spans:
            try:
                self.spans[key] = worker_mutant.span(source, job["function"])
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                self.spans[key] = None
        return self.spans[key]

    # ------------------------------------------------------------ mutants

    def _unfit(self, request: Any, end: float) -> str | None:
        """Why no mutant of this module can be run."""
        failure = self.modules.failure(request["path"], request["module"], end)
        if failure or (self.modules.warm(request["path"]) and self.walls.forks):
            return failure
        return "mutants need `fork` and a module that starts no threads when it is imported"

    def _kills(self, request: Any, end: float) -> None:
        """One message {"unusable": reason}, or one {"killed": [indexes] | null} per mutant."""
        path = request["path"]
        unfit = self._unfit(request, end)
        if unfit:
            self.channel.send({"unusable": unfit})
            return
        module = self.module(request)
        jobs = [{"path": path, "function": request["function"], "case": case} for case in request["cases"]]
        for job in jobs:
            self.prepared(job)
        batch = Batch(self.forker, lambda job: self.case(job, module).passes(), jobs, end)
        target = worker_mutant.Target(self.modules.functions(), path, self.overlay.source(path), request["function"])
        reason = target.trouble() or batch.trouble(target)
        if reason:
            self.channel.send({"unusable": reason})
            return
        self.channel.send({"unusable": None})
        swaps = [target.swap(mutant["source"], mutant["line"]) for mutant in request["mutants"]]
        for killed in batch.each(swaps):
            self.channel.send({"killed": killed})


def not_run(reason: str) -> Any:
    """The result of a case that could not be tried."""
    return {"outcome": ("not_run", None, None, reason), "passed": None}


def main(folder: str) -> None:
    """Read the configuration, put up the walls, serve."""
    _FOLDER.append(folder)
    _hide()
    channel = Channel(_moved(0), _moved(1))
    _silence()
    config = channel.receive()
    try:
        walls = worker_walls.Walls(config, channel.source)
        walls.raise_all()
    except worker_walls.Missing as missing:
        channel.send({"unavailable": str(missing)})
        return
    import site

    site.main()
    server = Server(config, channel, walls)
    server.overlay.install()
    channel.send({"isolation": walls.names, "forks": walls.forks, "version": list(sys.version_info[:3])})
    server.serve()
    walls.leave()


def _hide() -> None:
    """Leave nothing of ours where user code looks: the project may have modules of these names."""
    folder = _FOLDER[0]
    sys.path[:] = [entry for entry in sys.path if entry != folder]
    for name, module in list(sys.modules.items()):
        if os.path.dirname(getattr(module, "__file__", None) or "") == folder:
            del sys.modules[name]


def _late(name: str) -> Any:
    """One of our own modules that few requests need."""
    if name not in _LATE:
        for needed in ("asyncio", "doctest"):
            worker_standard.module(needed)
        sys.path.insert(0, _FOLDER[0])
        try:
            _LATE[name] = __import__(name)
        finally:
            _hide()
    return _LATE[name]


def _moved(descriptor: int) -> int:
    return os.dup(descriptor)


def _silence() -> None:
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)
