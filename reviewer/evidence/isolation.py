"""One server process of the sandbox: how it is started, spoken to and ended. EFFECT."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import shutil
import struct
import subprocess
import tempfile
import threading
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Any

from reviewer.data import Side
from reviewer.evidence import starting
from reviewer.evidence.starting import Settings

MAX_MESSAGE = 16 * 1024 * 1024
START_SECONDS = 30.0
END_SECONDS = 5.0


class Unavailable(Exception):  # noqa: N818  # as the report's state is called
    """The code cannot be executed here; the text says why."""

    @property
    def reason(self) -> str:
        """Why."""
        return str(self)


class Lost(Exception):  # noqa: N818  # as a message is lost
    """A server ended or fell silent; the text says so."""

    silent = False


class Silent(Lost):
    """A server fell silent."""

    silent = True


class Server:
    """A warm server of one side and hash seed. Started when first needed; one request at a time."""

    def __init__(self, settings: Settings, side: Side, hash_seed: int) -> None:
        self.settings = settings
        self.side = side
        self.hash_seed = hash_seed
        self.lock = threading.Lock()
        self.process: subprocess.Popen[bytes] | None = None
        self.answers: queue.Queue[Any] = queue.Queue()
        self.temp: str | None = None
        self.isolation: tuple[str, ...] | None = None
        self.forks = True
        self.wrapped = False
        self.closed = False

    def launch(self, wrapper: bool = False) -> None:
        """Start the process; what it has to say is read by a thread. Raises Unavailable when it cannot start."""
        self.wrapped = wrapper
        self.temp = os.path.realpath(tempfile.mkdtemp(prefix="reviewer-"))
        try:
            self.process = subprocess.Popen(
                starting.command(self.settings, self.temp, bubblewrap=wrapper),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd=self.settings.root,
                env=starting.environment(self.temp, self.hash_seed),
                start_new_session=os.name == "posix",
            )
        except OSError as error:
            raise Unavailable(f"{self.settings.python} cannot be started: {error}") from error
        self.answers = queue.Queue()
        threading.Thread(target=_read, args=(self.process.stdout, self.answers), daemon=True).start()
        with contextlib.suppress(OSError):  # a process that ended already: `ready` says so
            self._send(starting.configuration(self.settings, self.side, self.temp))

    def ready(self) -> tuple[str, ...]:
        """Wait until it serves; the names of its walls. Raises Unavailable, or Lost when it says nothing."""
        if self.closed:
            raise Lost("the sandbox was closed")
        if self.process is None:
            self.launch()
        if self.isolation is None:
            hello = self._hello()
            if "unavailable" in hello and shutil.which("bwrap") and not self.settings.without:
                first = hello
                self._stop()
                self.launch(wrapper=True)
                hello = self._hello()
                hello = hello if "unavailable" not in hello else first
            if "unavailable" in hello:
                raise Unavailable(f"no isolation: {str(hello['unavailable'])[:500]}")
            names = tuple(str(name)[:100] for name in hello["isolation"])
            self.isolation = (*names, "bubblewrap") if self.wrapped else names
            self.forks = bool(hello["forks"])
        return self.isolation

    def ask(self, request: Mapping[str, Any], count: int, patience: float) -> Generator[Any, None, None]:
        """Send a request and yield its `count` answers. Raises Lost when one does not come within `patience` s."""
        with self.lock:
            if self.closed:
                raise Lost("the sandbox was closed")
            complete = False
            try:
                self.ready()
                self._send(request)
                for _ in range(count):
                    if self.closed:
                        raise Lost("the sandbox was closed")
                    yield self._next(patience)
                complete = self.forks
            except OSError:
                raise Lost("the sandbox's server ended") from None
            finally:
                if self.closed or not complete:  # half-answered, or it runs one job in a life: the next starts anew
                    self._stop()

    def close(self) -> None:
        """End the process and everything in it, remove its folder."""
        self.closed = True
        self._stop()
        with self.lock:  # whoever was being answered has noticed now, and may have started it anew
            self._stop()

    def _hello(self) -> Any:
        hello = self._next(START_SECONDS)
        if not isinstance(hello, dict) or not ("unavailable" in hello or isinstance(hello.get("isolation"), list)):
            raise Lost("the interpreter does not answer as it should")
        return hello

    def _next(self, patience: float) -> Any:
        try:
            answer = self.answers.get(timeout=patience)
        except queue.Empty:
            raise Silent(f"the sandbox's server said nothing for {patience:g} s") from None
        if not isinstance(answer, dict):
            raise Lost("the sandbox's server ended")
        return answer

    def _send(self, message: Mapping[str, Any]) -> None:
        assert self.process is not None
        assert self.process.stdin is not None
        data = json.dumps(message).encode()
        self.process.stdin.write(struct.pack(">I", len(data)) + data)
        self.process.stdin.flush()

    def _stop(self) -> None:
        process, self.process, self.isolation = self.process, None, None
        temp, self.temp = self.temp, None  # taken first: two threads may end a server at once
        if process is not None:
            assert process.stdin is not None
            with contextlib.suppress(OSError):
                process.stdin.close()  # the supervisor sees this and ends everything
            try:
                process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if temp is not None:
            remove_folder(temp)


def _read(stream: Any, answers: queue.Queue[Any]) -> None:
    """Hand on messages until the end, then None; a message that is too long or unreadable is the end."""
    with contextlib.suppress(OSError, ValueError), stream:
        while True:
            head = stream.read(4)
            if len(head) < 4:
                break
            (size,) = struct.unpack(">I", head)
            body = stream.read(size) if size <= MAX_MESSAGE else b""
            if len(body) < size:
                break
            answers.put(json.loads(body))
    answers.put(None)


def remove_folder(folder: str) -> None:
    """Remove a folder that hostile code may have filled. Nothing but the folder and what is inside is ever touched.

    Links are not followed; locked folders are unlocked on the way down.
    """
    if os.path.islink(folder) or not os.path.isdir(folder):  # noqa: PTH112, PTH114  # as os.walk below
        return
    with contextlib.suppress(OSError):
        Path(folder).chmod(0o700)
    for top, names, _ in os.walk(folder, followlinks=False):
        for inner in (Path(top, name) for name in names):
            with contextlib.suppress(OSError):
                if not inner.is_symlink():
                    inner.chmod(0o700)
    shutil.rmtree(folder, ignore_errors=True)
