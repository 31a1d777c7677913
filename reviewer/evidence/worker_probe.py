"""Tries what the walls must forbid.

Runs in the user's Python (3.9 and newer) and imports the standard library only.
"""

from __future__ import annotations

import json
import os
import secrets
import select
import socket
import sys
import time
from typing import Any


def proof(walls: Any) -> list[str]:
    """Try, in a child where there can be one, what must not be possible; return what was possible all the same."""
    tool = None if walls.owns_pids else walls.tool
    if not walls.forks:
        return leaks(walls.root, walls.temp, tool)
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        walls.enter_child(walls.limits, True)
        os.write(write, json.dumps(leaks(walls.root, walls.temp, tool)).encode() + b"\n")
        _leave_grandchild(write)
    os.close(write)
    said = b""
    # The leaks on one line, then a word of the grandchild; the end of the pipe when there is none.
    while not said.endswith(b"here"):
        part = os.read(read, 1 << 16)
        said += part
        if not part:
            break
    walls.end_all(pid, None)
    # The grandchild holds the pipe: it is gone when nobody does any more.
    gone = bool(select.select([read], [], [], 1.0)[0]) and os.read(read, 1) == b""
    os.close(read)
    if b"\n" not in said:
        return ["a run does not even start"]
    found: list[str] = json.loads(said.partition(b"\n")[0])
    return found + ([] if gone else ["a process left behind lives on"])


def _leave_grandchild(write: int) -> None:
    try:
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                os.write(write, b"here")
                time.sleep(60)
    except OSError:
        pass
    os._exit(0)


def leaks(root: str, temp: str, tool: int | None) -> list[str]:
    """Try what must not be possible; return what was possible all the same.

    `tool` is the process that nobody here may touch, None where its number means nothing.
    """
    leaks = []
    name = f".reviewer-probe-{secrets.token_hex(8)}"
    for folder in (root, os.path.dirname(temp)):
        if _writes(os.path.join(folder, name)):
            leaks.append(f"files can be written in {folder}")
    if not _writes(os.path.join(temp, name)):
        leaks.append(f"nothing can be written in {temp}")
    if _changes_mode(root):
        leaks.append("modes of files can be changed")
    for family in (socket.AF_INET, getattr(socket, "AF_UNIX", socket.AF_INET), socket.AF_INET6):
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
            if _opens_socket(family, kind):
                leaks.append("sockets can be opened")
    if tool is not None and _signals(tool):
        leaks.append("other processes can be signalled")
    try:
        with open(f"/proc/{tool}/environ", "rb") as stream:
            if stream.read():
                leaks.append("the environment of other processes can be read")
    except OSError:
        pass
    return sorted(set(leaks))


def _writes(path: str) -> bool:
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except OSError:
        return False
    os.unlink(path)
    return True


def _changes_mode(path: str) -> bool:
    try:
        os.chmod(path, os.stat(path).st_mode & 0o7777)
    except OSError:
        return False
    return True


def _opens_socket(family: int, kind: int) -> bool:
    try:
        with socket.socket(family, kind) as one:
            if sys.platform != "darwin":
                return True
            # sandbox-exec lets sockets be made and forbids what is done with them.
            one.settimeout(0.2)
            one.connect("/var/run/syslog" if family == getattr(socket, "AF_UNIX", -1) else ("127.0.0.1", 9))
            return True
    except PermissionError:
        return False
    except OSError as error:
        return sys.platform == "darwin" and not isinstance(error, ConnectionRefusedError)


def _signals(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True
