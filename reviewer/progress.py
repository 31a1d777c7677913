"""Progress on stderr: one line that updates itself on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Self, TextIO

from reviewer.emitters import sanitise

PLAIN_INTERVAL = 10.0  # seconds between two lines where a line cannot be rewritten
TICK = 1.0  # seconds between two updates of the elapsed time
_ERASE = "\r\x1b[K"


class Progress:
    """Says `function n of m  elapsed  name` on a stream and cleans up its line when left.

    Nothing is shown under pre-commit: it holds all output back until the hook ends, yet gives it a terminal.
    Output that cannot be written (stderr closed, a full disk) is given up silently: a report is worth more.
    """

    def __init__(
        self,
        stream: TextIO,
        environ: Mapping[str, str],
        *,
        enabled: bool = True,
        columns: int | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._stream = stream
        self._clock = clock
        self._enabled = enabled and not environ.get("PRE_COMMIT")
        self._live = self._enabled and _rewritable(stream, environ)
        self._columns = columns
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._ticker: threading.Thread | None = None
        self._started = self._last_line = clock()
        self._now: tuple[int, int, str] | None = None

    def __enter__(self) -> Self:
        self._started = self._last_line = self._clock()
        if self._live:
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

    def step(self, number: int, total: int, name: str = "") -> None:
        """The work on function `number` of `total` begins."""
        with self._lock:
            self._now = (number, total, name)
            if self._live:
                self._draw()
            elif self._enabled and self._clock() - self._last_line >= PLAIN_INTERVAL:
                self._last_line = self._clock()
                self._write(self._text() + "\n")

    def say(self, message: str) -> None:
        """A warning on a line of its own, above the line that updates itself; shown even where progress is not."""
        with self._lock:
            self._write((_ERASE if self._live else "") + sanitise.block(message) + "\n")
            if self._live:
                self._draw()

    def _tick(self) -> None:
        while not self._ended.wait(TICK):
            with self._lock:
                self._draw()

    def _draw(self) -> None:
        if self._now:
            self._write(_ERASE + self._text()[: (self._columns or _columns(self._stream)) - 1])

    def _text(self) -> str:
        number, total, name = self._now or (0, 0, "")
        seconds = int(self._clock() - self._started)
        return f"function {number} of {total}  {seconds // 60}:{seconds % 60:02}  {sanitise.line(name)}".rstrip()

    def _write(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except (OSError, ValueError):  # ValueError: the stream was closed
            self._enabled = self._live = False


def _rewritable(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Whether the stream is a terminal with somebody in front of it."""
    return stream.isatty() and not environ.get("CI") and environ.get("TERM") != "dumb"


def _columns(stream: TextIO) -> int:
    import os

    try:
        return os.get_terminal_size(stream.fileno()).columns or 80
    except OSError:
        return 80
