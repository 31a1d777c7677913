"""Writing to stdout for people and for pipes."""

from __future__ import annotations

import os
import sys


def say(data: bytes) -> None:
    """Write to stdout. A reader that went away (`| head`) changes nothing about the exit code."""
    try:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        # Python would complain again when it flushes at exit.
        # https://docs.python.org/3/library/signal.html#note-on-sigpipe
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def say_line(text: str) -> None:
    """Write one line of text to stdout."""
    say(text.encode("utf-8", "backslashreplace") + b"\n")
