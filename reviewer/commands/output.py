"""Writing to stdout for people and for pipes."""

from __future__ import annotations

import os
import sys

from reviewer.errors import OutputError


def say(data: bytes) -> None:
    """Write to stdout. A reader that went away (`| head`) changes nothing about the exit code.

    Raises OutputError for anything else, such as a full disk: half of a report must not pass for one.
    """
    try:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    except OSError as error:
        # Python would complain again when it flushes at exit.
        # https://docs.python.org/3/library/signal.html#note-on-sigpipe
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            raise OutputError(f"stdout cannot be written: {error.strerror}") from error


def say_line(text: str) -> None:
    """Write one line of text to stdout."""
    say(text.encode("utf-8", "backslashreplace") + b"\n")
