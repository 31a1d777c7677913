"""A bar for something that takes minutes: a line that rewrites itself on a terminal, one now and then elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Self, TextIO

from reviewer.emitters import sanitise
from reviewer.memory import gigabytes

INTERVAL = 10.0  # seconds between two lines where a line cannot be rewritten
REDRAWN = 0.1  # seconds between two drawings where it can
CELLS = 24
_ERASE = "\r\x1b[K"


class Bar:
    """Shows how far a transfer is, and leaves no half line behind, whatever ends it."""

    def __init__(
        self, stream: TextIO, environ: Mapping[str, str], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._stream = stream
        self._clock = clock
        self._live = stream.isatty() and not environ.get("CI") and environ.get("TERM") != "dumb"
        self._last = -INTERVAL
        self._status = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._live:
            self._write(_ERASE)

    def say(self, text: str) -> None:
        """A line that stays."""
        self._write(f"{_ERASE if self._live else ''}{sanitise.line(text)}\n")

    def show(self, status: str, completed: int, total: int) -> None:
        """How far it is, in bytes; drawn only as often as somebody can read."""
        now = self._clock()
        new = not total and status != self._status
        if not new and now - self._last < (REDRAWN if self._live else INTERVAL):
            return
        self._last, self._status = now, status
        text = sanitise.line(status)
        if total:
            part = min(completed / total, 1.0)
            bar = f"[{'#' * int(part * CELLS):{CELLS}}] " if self._live else ""
            text = f"{bar}{part:4.0%}  {gigabytes(completed)} of {gigabytes(total)}"
        self._write(f"{_ERASE}{text}" if self._live else f"{text}\n")

    def _write(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except (OSError, ValueError):  # ValueError: the stream was closed
            self._live = False  # progress is not worth a failure
