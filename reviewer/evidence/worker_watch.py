"""What a run prints, which lines it reaches, and whether the sandbox stood in its way.

Runs in the user's Python (3.9 and newer) and imports the standard library only.
"""

from __future__ import annotations

import errno
import io
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import CodeType, FrameType
from typing import Any, Callable


class Printed:
    """What a run prints, up to a size; the rest is dropped so that a flood costs nothing."""

    def __init__(self, limit: int) -> None:
        self.bytes = _Capped(limit)
        self.stream = io.TextIOWrapper(self.bytes, "utf-8", "backslashreplace", newline="\n", write_through=True)

    @contextmanager
    def captured(self) -> Iterator[None]:
        """Send what is printed here."""
        old = sys.stdout, sys.stderr, sys.displayhook
        sys.stdout = self.stream
        try:
            yield
        finally:
            sys.stdout, sys.stderr, sys.displayhook = old

    def forget(self) -> None:
        """Drop what was printed so far."""
        self.bytes.seek(0)
        self.bytes.truncate()

    def text(self) -> str:
        """What was printed."""
        return self.bytes.getvalue().decode("utf-8", "replace")


class _Capped(io.BytesIO):
    def __init__(self, limit: int) -> None:
        super().__init__()
        self.limit = limit

    def write(self, data: Any) -> int:
        if self.tell() < self.limit:
            super().write(data)
        return len(data)


def denied(error: BaseException, temp: str) -> str | None:
    """The reason when an error, or one it came from, is the sandbox's own denial."""
    seen: set[int] = set()
    pending: list[Any] = [error]
    while pending:
        one = pending.pop()
        if not isinstance(one, BaseException) or id(one) in seen:
            continue
        seen.add(id(one))
        # ENONET is what our seccomp filter answers to `socket`; nothing else on Linux does.
        if isinstance(one, socket.gaierror) or (isinstance(one, OSError) and one.errno == getattr(errno, "ENONET", -1)):
            return "needs network"
        if isinstance(one, OSError) and _write_denied(one, temp):
            return "needs to write outside the sandbox"
        # A refusal that names no file: a semaphore, a signal, a limit. What Python code raises itself has no number.
        if isinstance(one, OSError) and one.errno in (errno.EACCES, errno.EPERM) and one.filename is None:
            return "needs what the sandbox forbids"
        pending += [one.__cause__, one.__context__, getattr(one, "reason", None), *one.args]
    return None


def _write_denied(error: OSError, temp: str) -> bool:
    if error.errno == errno.EROFS:
        return True
    if error.errno not in (errno.EACCES, errno.EPERM):
        return False
    for name in (error.filename, error.filename2):
        path = os.path.realpath(os.fsdecode(name)) if isinstance(name, (str, bytes)) else temp
        # Landlock leaves access() alone, so it tells what the file's own mode would have allowed.
        existing = path if os.path.exists(path) else os.path.dirname(path)
        effective = os.access in os.supports_effective_ids
        if not path.startswith(temp) and os.access(existing, os.W_OK, effective_ids=effective):
            return True
    return False


@contextmanager
def recorded(path: str, span: tuple[int, int] | None, lines: set[int]) -> Iterator[None]:
    """Add the lines of the file within the span that run meanwhile, in this thread, to `lines`."""
    if span is None:
        yield
        return
    low, high = span
    monitoring = getattr(sys, "monitoring", None)
    if monitoring is not None and monitoring.get_tool(monitoring.COVERAGE_ID) is None:
        tool, event = monitoring.COVERAGE_ID, monitoring.events.LINE

        def line(code: CodeType, number: int) -> Any:
            if code.co_filename == path and low <= number <= high:
                lines.add(number)
            return monitoring.DISABLE

        monitoring.use_tool_id(tool, "reviewer")
        monitoring.register_callback(tool, event, line)
        monitoring.set_events(tool, event)
        try:
            yield
        finally:
            monitoring.set_events(tool, 0)
            monitoring.free_tool_id(tool)
        return

    def local(frame: FrameType, event: str, argument: Any) -> Callable[..., Any]:
        if event == "line" and low <= frame.f_lineno <= high:
            lines.add(frame.f_lineno)
        return local

    def called(frame: FrameType, event: str, argument: Any) -> Callable[..., Any] | None:
        code = frame.f_code
        return local if code.co_filename == path and low <= code.co_firstlineno <= high else None

    sys.settrace(called)
    try:
        yield
    finally:
        sys.settrace(None)
