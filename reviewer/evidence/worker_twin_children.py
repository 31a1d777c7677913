"""Children of the process that runs the user's tests: what they send, and how they ended.

Runs in the user's Python (3.9 and newer) and imports the standard library only.
"""

from __future__ import annotations

import hashlib
import json
import os
import select
import signal
import struct
import sys
import time
from typing import Any

CALL_SECONDS = 2.0
DONE = 86  # the status of a child that came to its own end
MAX_TEXT = 64 * 1024
Result = dict[str, Any]


class Real:
    """Functions that tests like to replace, as they were before any test ran; not module attributes on purpose."""

    fork, pipe, read, write, close = os.fork, os.pipe, os.read, os.write, os.close
    exit, getpid, waitpid, kill = os._exit, os.getpid, os.waitpid, os.kill
    clock = time.monotonic
    threads = sys._current_frames
    gettrace = sys.gettrace
    getframe = sys._getframe
    alarm = signal.setitimer
    poll = select.poll
    dumps, loads = json.JSONEncoder().encode, json.JSONDecoder().decode


def send(target: int, result: Result) -> None:
    """In a child: hand over one result; of one that is too long its effects are told by their hash."""
    data = Real.dumps(result).encode("utf-8", "surrogatepass")
    if len(data) > MAX_TEXT:
        short = {**result, "effects": {"all": digest(result["effects"])}, "described": None}
        data = Real.dumps(short).encode("utf-8", "surrogatepass")
    data = struct.pack(">I", len(data)) + data
    while data:
        data = data[Real.write(target, data) :]


def collected(pid: int, source: int) -> list[Result]:
    """The results of a child; the last one says how it ended when it did not come to its end."""
    data, late = b"", False
    poll = Real.poll()
    poll.register(source, select.POLLIN)
    end = Real.clock() + CALL_SECONDS + 1
    while True:
        ready = poll.poll(1000 * max(0.0, end - Real.clock()))
        part = Real.read(source, 1 << 16) if ready else b""
        if not part:
            late = not ready
            break
        data += part
        end = Real.clock() + CALL_SECONDS + 1
    Real.close(source)
    if late:
        try:
            Real.kill(pid, signal.SIGKILL)
        except OSError:  # where signals to others are forbidden it keeps its processor limit
            pass
    _, status = Real.waitpid(pid, os.WNOHANG if late else 0)
    results, rest = [], data
    while len(rest) >= 4:
        (size,) = struct.unpack(">I", rest[:4])
        if len(rest) < 4 + size:
            break
        results.append(Real.loads(rest[4 : 4 + size].decode("utf-8", "surrogatepass")))
        rest = rest[4 + size :]
    ended = _ending(status, late)
    if ended is not None:
        results.append({"outcome": ended, "effects": {}, "changed": True, "skip": None, "key": None})
    return results


def _ending(status: int, late: bool) -> Any:
    if late or (os.WIFSIGNALED(status) and os.WTERMSIG(status) in (signal.SIGALRM, signal.SIGXCPU)):
        return ("timed_out", None, None, f"took longer than {CALL_SECONDS:g} s")
    if os.WIFSIGNALED(status):
        return ("crashed", None, None, f"died of signal {os.WTERMSIG(status)}")
    if os.WEXITSTATUS(status) != DONE:
        return ("crashed", None, None, f"ended the process with status {os.WEXITSTATUS(status)}")
    return None


def digest(texts: dict[str, str]) -> str:
    """A short hash of texts by name."""
    return hashlib.sha256(repr(sorted(texts.items())).encode("utf-8", "replace")).hexdigest()[:16]
