"""What parts a comparing child from the process that runs the user's tests, and from every file.

Runs in the user's Python (3.9 and newer) and imports the standard library only.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import stat
import struct
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING or __package__:
    from reviewer.evidence import worker_linux as linux
else:
    import worker_linux as linux


def cut_off(target: int, wall: int | None) -> int:
    """Part this child from whatever its parent has open, and from every file; return where results go."""
    import resource

    high = fcntl.fcntl(target, fcntl.F_DUPFD_CLOEXEC, 200)
    null = os.open(os.devnull, os.O_RDWR)
    for name in os.listdir("/proc/self/fd"):
        number = int(name)
        if number in (high, null) or number == wall:
            continue
        try:
            mode = os.fstat(number).st_mode
            if stat.S_ISREG(mode):
                _reopened(number, null)
            elif number < 3 or not (stat.S_ISCHR(mode) or stat.S_ISDIR(mode)):
                os.dup2(null, number)
        except OSError:  # the folder's own descriptor, closed by now
            continue
    if wall is not None:
        linux.no_new_privileges()
        linux.LIBC.syscall(446, wall, 0)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    return high


def _reopened(number: int, null: int) -> None:
    """A file's offset is shared with the parent: read it through another opening."""
    flags = fcntl.fcntl(number, fcntl.F_GETFL)
    try:
        if flags & os.O_ACCMODE == os.O_WRONLY:
            os.dup2(null, number)
            return
        fresh = os.open(f"/proc/self/fd/{number}", os.O_RDONLY)
    except OSError:
        os.dup2(null, number)
        return
    os.lseek(fresh, os.lseek(number, 0, os.SEEK_CUR), os.SEEK_SET)
    os.dup2(fresh, number)
    os.close(fresh)


def no_writes() -> int | None:
    """A landlock rule set that allows no write at all, to be put on by each child; None where there is none."""
    if linux.LIBC is None or sys.platform != "linux":
        return None
    abi = max(0, linux.LIBC.syscall(444, None, ctypes.c_size_t(0), 1))
    if not abi:
        return None
    rights = (1 << 13) - 1 & ~linux.READ_ONLY_RIGHTS
    rights |= (linux.REFER if abi >= 2 else 0) | (linux.TRUNCATE if abi >= 3 else 0)
    rules = linux.LIBC.syscall(444, struct.pack("Q", rights), ctypes.c_size_t(8), 0)
    if rules < 0:
        return None
    descriptor = os.open(os.devnull, os.O_PATH | os.O_CLOEXEC)
    linux.LIBC.syscall(445, rules, 1, struct.pack("=Qi", linux.WRITE_FILE, descriptor), 0)
    os.close(descriptor)
    high = fcntl.fcntl(rules, fcntl.F_DUPFD_CLOEXEC, 150)
    os.close(rules)
    return high
