"""The part of the sandbox that runs in the user's Python: a warm server that forks one child per run.

Started as `python -S -B -c "..." <this folder>`, in Python 3.9 or newer, with the standard library only. Requests come
in on one pipe and answers go out on another, as JSON with its length before it. Three processes take part:

    supervisor   runs no user code; ends everything when the tool goes away
    server       first process of its own PID namespace where there is one; holds the imported modules
    child        one per run; what it and its own children leave behind is killed before the next run
"""

from __future__ import annotations

import base64
import gc
import json
import os
import secrets
import select
import signal
import struct
import sys
import threading
import time
from types import ModuleType
from typing import TYPE_CHECKING, Any, Callable

if TYPE_CHECKING or __package__:
    from reviewer.evidence import worker_case, worker_import, worker_mutant, worker_walls
else:
    import worker_case
    import worker_import
    import worker_mutant
    import worker_walls

MAX_MESSAGE = 16 * 1024 * 1024
Send = Callable[[Any], None]
# Taken before any user code can replace them.
_encode, _decode = json.JSONEncoder().encode, json.JSONDecoder().decode
_write, _exit, _clock = os.write, os._exit, time.monotonic


class Channel:
    """Messages to and from the tool."""

    def __init__(self, source: int, target: int) -> None:
        self.source = source
        self.target = target

    def receive(self) -> Any:
        """The next message. Raises EOFError when the tool is gone."""
        (size,) = struct.unpack(">I", self._exactly(4))
        return _decode(self._exactly(size).decode())

    def send(self, message: Any) -> None:
        """Send one message."""
        data = _encode(message).encode()
        write_all(self.target, struct.pack(">I", len(data)) + data)

    def _exactly(self, size: int) -> bytes:
        parts = []
        while size:
            part = os.read(self.source, min(size, 1 << 20))
            if not part:
                raise EOFError
            parts.append(part)
            size -= len(part)
        return b"".join(parts)


def write_all(target: int, data: bytes) -> None:
    """Write all of it."""
    while data:
        data = data[_write(target, data) :]


class Server:
    """Answers requests about one side of the repository."""

    def __init__(self, config: Any, channel: Channel, walls: worker_walls.Walls) -> None:
        self.limits = config["limits"]
        self.root = config["root"]
        self.temp = walls.temp
        self.walls = walls
        self.channel = channel
        files = {
            os.path.join(self.root, path): None if data is None else base64.b64decode(data)
            for path, data in config["files"].items()
        }
        self.overlay = worker_import.Overlay(self.root, files, config["import_roots"])
        self.states: dict[str, str] = {}  # module path -> "warm", "cold", or why it cannot be imported

    def serve(self) -> None:
        """Answer until the tool closes the pipe."""
        while True:
            try:
                request = self.channel.receive()
            except EOFError:
                return
            end = _clock() + request["seconds"]
            if request["op"] == "run":
                for job in request["jobs"]:
                    self.channel.send(self._run(job, end))
            elif request["op"] == "probe":
                self.channel.send({"reason": self._import_failure(request["path"], request["module"], end)})
            else:
                self._kills(request, end)

    # ------------------------------------------------------------ imports

    def _import_failure(self, path: str, name: str | None, end: float) -> str | None:
        if path not in self.states:
            wall = min(self.limits["import_seconds"], end - _clock())
            state = self._prepared(path, name, wall) if wall > 0 else "deadline"
            if _clock() >= end and state not in ("warm", "cold"):
                return "deadline"  # it might have been imported with more time
            self.states[path] = state
        state = self.states[path]
        return None if state in ("warm", "cold") else state

    def _prepared(self, path: str, name: str | None, wall: float) -> str:
        """Import the module: in a child first, which may hang or end as it likes, then here."""
        run = self._forked(lambda send: send(self._try_import(path, name)), wall, runs=False)
        if not run.messages:
            return f"importing {os.path.relpath(path, self.root)} {run.ending(wall)}"
        answer = run.messages[0]
        if answer["reason"]:
            return str(answer["reason"])
        if answer["threads"] > 1:
            return "cold"  # forking a process with threads can deadlock: every run imports anew
        failure = self._try_import(path, name)["reason"]
        if failure:
            return str(failure)
        gc.collect()
        gc.freeze()
        return "warm"

    def _try_import(self, path: str, name: str | None) -> dict[str, Any]:
        try:
            self.overlay.load(path, name)
        except BaseException as error:  # SystemExit at import time is a reason like any other
            said = worker_case.denied(error, self.temp) or worker_case.said(error)
            kind = "missing dependency: " if isinstance(error, ModuleNotFoundError) else "the import fails: "
            return {"reason": kind + said, "threads": 0}
        return {"reason": None, "threads": threading.active_count()}

    def _module(self, path: str, name: str | None) -> ModuleType:
        return self.overlay.load(path, name)

    # ------------------------------------------------------------ cases

    def _run(self, job: Any, end: float) -> Any:
        path, name = job["path"], job["module"]
        failure = "deadline" if _clock() >= end else self._import_failure(path, name, end)
        wall = min(self.limits["wall_seconds"], end - _clock())
        if failure or wall <= 0:
            return not_run(failure or "deadline")
        cold = self.states[path] == "cold"

        def task(send: Send) -> None:
            send(self._result(job, self._module(path, name), trace=True))

        run = self._forked(task, wall + (self.limits["import_seconds"] if cold else 0), runs=not cold)
        if run.messages:
            return {**run.messages[0], "seconds": run.seconds}
        return {**run.failure(wall), "seconds": run.seconds}

    def _result(self, job: Any, module: ModuleType, trace: bool) -> Any:
        span = self._span(job["path"], job["function"]) if trace else None
        run = worker_case.Run(job["case"], module, self.root + os.sep, self.temp, self.limits["output_bytes"])
        return run.result(span)

    def _span(self, path: str, function: str) -> tuple[int, int] | None:
        return worker_mutant.span(self.overlay.source(path), function)

    # ------------------------------------------------------------ mutants

    def _kills(self, request: Any, end: float) -> None:
        """One message {"unusable": reason}, or one {"killed": [indexes] | null} per mutant."""
        path, name = request["path"], request["module"]
        failure = self._import_failure(path, name, end)
        if failure or self.states[path] == "cold" or not self.walls.forks:
            cold = "mutants need `fork` and a module that starts no threads when it is imported"
            self.channel.send({"unusable": failure or cold})
            return
        module = self._module(path, name)
        jobs = [{"path": path, "function": request["function"], "case": case} for case in request["cases"]]
        batch = Batch(self, module, jobs, end)
        target = worker_mutant.Target(module, path, self.overlay.source(path), request["function"])
        reason = target.trouble() or batch.trouble(target)
        if reason:
            self.channel.send({"unusable": reason})
            return
        self.channel.send({"unusable": None})
        for mutant in request["mutants"]:
            swap = target.swap(mutant["source"], mutant["line"])
            self.channel.send({"killed": None if swap is None or _clock() > end else batch.failing(swap)})

    # ------------------------------------------------------------ forking

    def _forked(self, task: Callable[[Send], None], wall: float, runs: bool, on_message: Any = None) -> Forked:
        if not self.walls.forks:
            self.walls.enter_child(self.limits, runs)
            return Forked.here(task)
        token = secrets.token_hex(16).encode()
        source, target = os.pipe()
        started = _clock()
        pid = os.fork()
        if pid == 0:
            self._child(task, source, target, token, runs)
        os.close(target)
        run = Forked(token)
        try:
            run.collect(source, pid, wall, on_message, self.walls.overfull)
        finally:
            os.close(source)
            run.status = self.walls.end_all(pid, run.status)
            self.walls.clear()
        run.seconds = _clock() - started
        return run

    def _child(self, task: Callable[[Send], None], source: int, target: int, token: bytes, runs: bool) -> None:
        """Run the task, send what it says, end. Never returns."""
        status = 1
        try:
            os.close(source)
            os.close(self.channel.source)
            os.close(self.channel.target)
            import fcntl  # not everywhere, and where it is not, nothing forks

            private = fcntl.fcntl(target, fcntl.F_DUPFD_CLOEXEC, 64 + secrets.randbelow(self.limits["files"] // 2))
            os.close(target)
            self.walls.enter_child(self.limits, runs)

            def send(message: Any) -> None:
                data = token + _encode(message).encode()
                write_all(private, struct.pack(">I", len(data)) + data)

            task(send)
            status = 0
        finally:
            _exit(status)


class Forked:
    """What a child said and how it ended."""

    def __init__(self, token: bytes) -> None:
        self.token = token
        self.messages: list[Any] = []
        self.status: int | None = None
        self.timed_out = False
        self.forged = False
        self.overfull = False
        self.seconds = 0.0

    @classmethod
    def here(cls, task: Callable[[Send], None]) -> Forked:
        """Without `fork`: run the task in this process, which ends with it."""
        run = cls(b"")
        task(run.messages.append)
        return run

    def collect(self, source: int, pid: int, wall: float, on_message: Any, overfull: Callable[[], bool]) -> None:
        """Read messages until the child ends, says everything, or lets `wall` seconds pass without a message."""
        poll = select.poll()
        poll.register(source, select.POLLIN)
        data = b""
        end = _clock() + wall
        while True:
            ready = poll.poll(max(0.0, min(50.0, 1000 * (end - _clock()))))
            part = os.read(source, 1 << 16) if ready else b""
            if part:
                data = self._taken(data + part)
                if self.messages and on_message is None:
                    return
                if part and on_message is not None and self.messages:
                    end = _clock() + wall
            elif ready:
                return  # the pipe is closed: the child ended or closed it
            elif _clock() >= end:
                self.timed_out = True
                return
            elif overfull():
                self.overfull = True
                return
            elif self.status is None:
                gone, status = os.waitpid(pid, os.WNOHANG)
                if gone:
                    self.status = status
            else:
                return  # it ended, and what still holds the pipe is a child it left behind
            if self.forged or len(data) > MAX_MESSAGE:
                self.forged = True
                return

    def _taken(self, data: bytes) -> bytes:
        while len(data) >= 4:
            (size,) = struct.unpack(">I", data[:4])
            if size > MAX_MESSAGE:
                self.forged = True
                return b""
            if len(data) < 4 + size:
                return data
            body, data = data[4 : 4 + size], data[4 + size :]
            if body[:32] != self.token:
                self.forged = True
                return b""
            self.messages.append(_decode(body[32:].decode()))
        return data

    def ending(self, wall: float) -> str:
        """How a child ended that did not say what it should, as the end of a sentence."""
        if self.forged:
            return "wrote into the sandbox's own pipe"
        if self.overfull:
            return "and what it started used too much memory together"
        if self.timed_out:
            return f"took longer than {wall:g} s"
        code = self.status or 0
        if os.WIFSIGNALED(code):
            number = os.WTERMSIG(code)
            if number == getattr(signal, "SIGXCPU", -1):
                return "used up its processor time"
            return f"died of signal {number} ({signal.Signals(number).name})"
        return f"ended the process with status {os.WEXITSTATUS(code)}"

    def failure(self, wall: float) -> Any:
        """The result of a case whose child said nothing."""
        cpu = self.status is not None and os.WIFSIGNALED(self.status) and os.WTERMSIG(self.status) == signal.SIGXCPU
        kind = "timed_out" if self.timed_out or cpu else "crashed"
        return {"outcome": (kind, None, None, self.ending(wall)), "passed": False}


class Batch:
    """Runs all cases of a function at once, with the code swapped or not."""

    def __init__(self, server: Server, module: ModuleType, jobs: list[Any], end: float) -> None:
        self.server = server
        self.module = module
        self.jobs = jobs
        self.end = end
        self.together = True
        self.wall: float = server.limits["wall_seconds"]

    def trouble(self, target: worker_mutant.Target) -> str | None:
        """Why nothing that mutants do here would count: the clean run fails, or a forced failure passes."""
        started = _clock()
        failing = self.failing(None)
        if failing:
            # Perhaps the cases disturb each other: then each gets its own child.
            self.together = False
            failing = self.failing(None)
        if failing:
            return f"the clean run fails for {len(failing)} of {len(self.jobs)} cases"
        # A mutant that takes 20 times as long as all cases together does not end.
        self.wall = min(self.wall, max(0.5, 20 * (_clock() - started)))
        forced = target.forced()
        if forced is None or not self.failing(forced):
            return "a forced failure is not noticed"
        return None

    def failing(self, swap: Callable[[], None] | None) -> list[int]:
        """The indexes of the cases that do not pass."""
        failed: list[int] = []
        pending = list(range(len(self.jobs)))
        while pending and _clock() < self.end:
            chosen = pending if self.together else pending[:1]
            done = self._passes(swap, chosen)
            failed += [index for index, passed in zip(chosen, done) if not passed]
            if len(done) < len(chosen):
                failed.append(chosen[len(done)])  # it ended or outlived the process
            pending = pending[len(done) + (len(done) < len(chosen)) :]
        return sorted(failed)

    def _passes(self, swap: Callable[[], None] | None, chosen: list[int]) -> list[bool]:
        def task(send: Send) -> None:
            if swap is not None:
                swap()
            for index in chosen:
                send(self.server._result(self.jobs[index], self.module, trace=False)["passed"] is True)
            send("end")

        run = self.server._forked(task, self.wall, runs=True, on_message=True)
        return [message for message in run.messages if message != "end"][: len(chosen)]


def not_run(reason: str) -> Any:
    """The result of a case that could not be tried."""
    return {"outcome": ("not_run", None, None, reason), "passed": None}


def main(folder: str) -> None:
    """Read the configuration, put up the walls, serve."""
    sys.path[:] = [entry for entry in sys.path if entry != folder]
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


def _moved(descriptor: int) -> int:
    return os.dup(descriptor)


def _silence() -> None:
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)
