"""Child processes, and messages with their length before them.

Runs in the user's Python (3.9 and newer) and imports the standard library only.
"""

from __future__ import annotations

import json
import os
import secrets
import select
import signal
import struct
import time
from typing import TYPE_CHECKING, Any, Callable

if TYPE_CHECKING or __package__:
    from reviewer.evidence import worker_walls
else:
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


class Forker:
    """Runs tasks in children of this process, one at a time."""

    def __init__(self, walls: worker_walls.Walls, limits: Any, channel: Channel) -> None:
        self.walls = walls
        self.limits = limits
        self.channel = channel

    def run(self, task: Callable[[Send], None], wall: float, runs: bool, on_message: bool = False) -> Forked:
        """Run a task in a child; it has `wall` seconds, or that long from message to message with `on_message`."""
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

    def collect(self, source: int, pid: int, wall: float, on_message: bool, overfull: Callable[[], bool]) -> None:
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
                if self.messages and not on_message:
                    return
                if part and on_message and self.messages:
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
