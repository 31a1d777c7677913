"""Progress on stderr: one line that updates itself on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import TracebackType
from typing import Self, TextIO

from reviewer.emitters import sanitise

PLAIN_INTERVAL = 10.0  # seconds between two lines where a line cannot be rewritten
TICK = 1.0  # seconds between two updates of the elapsed time
TERMINAL = "/dev/tty"
_ERASE = "\r\x1b[K"
# The line below the one that somebody else has begun: make room for it and come back; go there and clear it; come back.
_BELOW, _DOWN, _BACK = "\x1bD\x1b[A", "\x1b7\x1b[B\r\x1b[K", "\x1b8"


class Progress:
    """Says `function n of m  elapsed  name` on a stream and cleans up its line when left.

    pre-commit holds back what its hooks write until they end, yet gives them a terminal: under it the line is shown on
    the terminal of the process, if there is one, below the line that pre-commit has begun; the stream gets warnings
    alone. Output that cannot be written (stderr closed, a full disk) is given up silently: a report is worth more.
    """

    def __init__(
        self,
        stream: TextIO,
        environ: Mapping[str, str],
        *,
        enabled: bool = True,
        columns: int | None = None,
        clock: Callable[[], float] = time.monotonic,
        terminal: str = TERMINAL,
    ) -> None:
        captured = bool(environ.get("PRE_COMMIT"))
        self._stream = stream
        self._terminal = _opened(terminal, environ) if captured and enabled else None
        self._clock = clock
        self._enabled = enabled and not captured
        self._live = self._enabled and _rewritable(stream, environ)
        self._columns = columns
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._ticker: threading.Thread | None = None
        self._started = self._last_line = clock()
        self._now: tuple[str, str] | None = None
        self._drawn = False  # on the terminal

    def __enter__(self) -> Self:
        self._started = self._last_line = self._clock()
        if self._live or self._terminal:
            self._ticker = threading.Thread(target=self._tick, name="progress", daemon=True)
            self._ticker.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        if self._ticker:
            self._ticker.join()
        with self._lock:
            self._now = None
            if self._live:
                self._write(_ERASE)
            if self._terminal:
                if self._drawn:
                    self._on_terminal(_DOWN + _BACK)
                os.close(self._terminal)
                self._terminal = None

    def step(self, number: int, total: int, name: str = "") -> None:
        """The work on function `number` of `total` begins."""
        self.task(f"function {number} of {total}", name)

    def task(self, text: str, name: str = "") -> None:
        """Something else begins."""
        with self._lock:
            self._now = (text, name)
            if self._live or self._terminal:
                self._draw()
            elif self._enabled and self._clock() - self._last_line >= PLAIN_INTERVAL:
                self._last_line = self._clock()
                self._write(self._text() + "\n")

    def say(self, message: str) -> None:
        """A warning on a line of its own, above the line that updates itself; shown even where progress is not."""
        with self._lock:
            self._write(f"{_ERASE if self._live else ''}reviewer: {sanitise.block(message)}\n")
            if self._live:
                self._draw()

    def _tick(self) -> None:
        while not self._ended.wait(TICK):
            with self._lock:
                self._draw()

    def _draw(self) -> None:
        if not self._now:
            return
        if self._live:
            self._write(_ERASE + self._text()[: (self._columns or _columns(self._stream)) - 1])
        if self._terminal:
            text = self._text()[: (self._columns or _columns(self._terminal)) - 1]
            self._on_terminal(("" if self._drawn else _BELOW) + _DOWN + text + _BACK)
            self._drawn = True

    def _text(self) -> str:
        text, name = self._now or ("", "")
        seconds = int(self._clock() - self._started)
        return f"{text}  {seconds // 60}:{seconds % 60:02}  {sanitise.line(name)}".rstrip()

    def _on_terminal(self, text: str) -> None:
        if self._terminal:
            with suppress(OSError):
                os.write(self._terminal, text.encode())

    def _write(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except (OSError, ValueError):  # ValueError: the stream was closed
            self._enabled = self._live = False


def _rewritable(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Whether the stream is a terminal with somebody in front of it."""
    return stream.isatty() and not environ.get("CI") and environ.get("TERM") != "dumb"


def _opened(terminal: str, environ: Mapping[str, str]) -> int | None:
    """The terminal of this process, None where there is none or where somebody else is in front of it."""
    if environ.get("TERM", "dumb") == "dumb" or environ.get("CI"):
        return None
    try:
        handle = os.open(terminal, os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK)  # Ctrl-S stops nothing
    except OSError:
        return None
    with suppress(OSError):
        if os.tcgetpgrp(handle) == os.getpgrp():
            return handle
    os.close(handle)
    return None


def _columns(stream: TextIO | int) -> int:
    try:
        return os.get_terminal_size(stream if isinstance(stream, int) else stream.fileno()).columns or 80
    except (OSError, ValueError):  # ValueError: the stream was closed
        return 80
