"""Linux system calls that Python has no function for: namespaces, mounts, capabilities, landlock.

Runs in the user's Python (3.9 and newer) and imports the standard library only.
"""

from __future__ import annotations

import ctypes
import os
import platform
import random
import signal
import struct
import sys
import time
from typing import Any

LIBC: Any = ctypes.CDLL(None, use_errno=True) if os.name == "posix" else None
NAMESPACES = {"user": 0x10000000, "network": 0x40000000, "pid": 0x20000000, "ipc": 0x08000000, "mount": 0x00020000}
PR_SET_PDEATHSIG, PR_CAPBSET_DROP, PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS = 1, 24, 36, 38
PR_CAP_AMBIENT = 47
MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REC, MS_PRIVATE = 2, 4, 8, 0x4000, 0x40000
MOUNT_SETATTR, AT_FDCWD, AT_RECURSIVE, MOUNT_ATTR_RDONLY = 442, -100, 0x8000, 1


def prctl(option: int, *values: Any) -> int:
    """prctl(2)."""
    padded = [ctypes.c_ulong(one) if isinstance(one, int) else one for one in values]
    padded += [ctypes.c_ulong(0)] * (4 - len(padded))
    return int(LIBC.prctl(option, *padded))


# ---------------------------------------------------------------- namespaces


def unshare(without: set[str]) -> tuple[str, ...]:
    """Enter as many new namespaces as the system allows; the PID one counts for the next child."""
    inner = [kind for kind in ("network", "pid", "ipc", "mount") if kind not in without]
    user, group = os.geteuid(), os.getegid()
    attempts = [inner] if user == 0 else []
    if "user" not in without:
        attempts += [["user", *inner], ["user", *(kind for kind in inner if kind != "mount")]]
    for kinds in attempts:
        if kinds and LIBC.unshare(sum(NAMESPACES[kind] for kind in kinds)) == 0:
            if "user" in kinds:
                for name, text in (
                    ("setgroups", "deny"),
                    ("uid_map", f"{user} {user} 1"),
                    ("gid_map", f"{group} {group} 1"),
                ):
                    try:
                        with open(f"/proc/self/{name}", "w") as stream:
                            stream.write(text)
                    except OSError:
                        pass
            return tuple(kinds)
    return ()


def mount_read_only(temp: str, size: int) -> bool:
    """Make every mount read-only and put a fresh, bounded file system at `temp`; whether that worked."""

    def mount(source: bytes, target: str, kind: bytes | None, flags: int, options: bytes | None) -> bool:
        result: int = LIBC.mount(source, os.fsencode(target), kind, ctypes.c_ulong(flags), options)
        return result == 0

    if not mount(b"none", "/", None, MS_REC | MS_PRIVATE, None):
        return False
    # Shows the processes of the new PID namespace only; containers may forbid it.
    mount(b"proc", "/proc", b"proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, None)
    attributes = struct.pack("QQQQ", MOUNT_ATTR_RDONLY, 0, 0, 0)
    if LIBC.syscall(MOUNT_SETATTR, AT_FDCWD, b"/", AT_RECURSIVE, attributes, ctypes.c_size_t(len(attributes))):
        return False
    options = f"size={size},nr_inodes=8192,mode=700".encode()
    if os.path.isdir("/dev/shm"):  # what semaphores and shared memory need
        mount(b"tmpfs", "/dev/shm", b"tmpfs", MS_NOSUID | MS_NODEV, options)
    return mount(b"tmpfs", temp, b"tmpfs", MS_NOSUID | MS_NODEV, options)


# ---------------------------------------------------------------- privileges


def become_nobody_else(own_namespace: bool) -> bool:
    """Make the number of processes countable for this process alone; whether that worked.

    The kernel counts by real user and exempts root. Root keeps its effective user, to read what it could read, and
    takes a real user that nobody else has.
    """
    if os.geteuid() == 0:
        try:
            os.setresuid(random.randint(1 << 29, 1 << 30), 0, 0)
        except OSError:
            return False
        return True
    major, minor = (int(part) for part in platform.release().split(".")[:2])
    return own_namespace and (major, minor) >= (5, 14)  # since then counted per user namespace


def drop_capabilities() -> None:
    """Give up every capability, for programs started later too."""
    for number in range(64):
        prctl(PR_CAPBSET_DROP, number)
    prctl(PR_CAP_AMBIENT, 4)
    header = struct.pack("Ii", 0x20080522, 0)
    LIBC.capset(header, bytes(24))


def no_new_privileges() -> None:
    """No program started later gains privileges."""
    prctl(PR_SET_NO_NEW_PRIVS, 1)


def die_with_parent() -> None:
    """Be killed when the parent ends."""
    if sys.platform == "linux":
        prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL))


def adopt_orphans() -> None:
    """Become the parent of descendants whose parent ends."""
    if sys.platform == "linux":
        prctl(PR_SET_CHILD_SUBREAPER, 1)


def memory_now() -> int:
    """Bytes of address space in use."""
    try:
        with open("/proc/self/statm") as stream:
            return int(stream.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 1 << 30


def memory_of_others() -> int:
    """Bytes that the other processes of this PID namespace hold beyond what they share with this one, its first.

    0 when /proc shows another namespace.
    """
    pages, own = 0, _private_pages("self")
    try:
        if os.readlink("/proc/self") != str(os.getpid()):
            return 0
        names = os.listdir("/proc")
    except OSError:
        return 0
    for name in names:
        if name.isdigit() and name != "1":
            pages += max(0, _private_pages(name) - own)
    return pages * os.sysconf("SC_PAGE_SIZE")


def _private_pages(name: str) -> int:
    try:
        with open(f"/proc/{name}/statm") as stream:
            _, resident, shared = stream.read().split()[:3]
    except (OSError, ValueError):
        return 0
    return int(resident) - int(shared)


def tasks_of_user() -> int:
    """Threads that the real user of this process has."""
    count, user = 0, os.getuid()
    for name in os.listdir("/proc") if os.path.isdir("/proc/self") else []:
        try:
            if name.isdigit() and os.stat(f"/proc/{name}").st_uid == user:
                count += len(os.listdir(f"/proc/{name}/task"))
        except OSError:
            continue
    return count


def end_descendants() -> None:
    """Kill what this process and its children left behind, where no PID namespace does it."""
    end = time.monotonic() + 5
    while time.monotonic() < end:
        found = _descendants()
        for number in (signal.SIGSTOP, signal.SIGKILL):  # stopped first: what stands still cannot fork
            for pid in found:
                try:
                    os.kill(pid, number)
                except OSError:
                    pass
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
        time.sleep(0.001)


def _descendants() -> list[int]:
    parents: dict[int, int] = {}
    try:
        names = os.listdir("/proc")
    except OSError:
        return []
    for name in names:
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", "rb") as stream:
                    parents[int(name)] = int(stream.read().rpartition(b")")[2].split()[1])
            except (OSError, IndexError):
                continue
    found, mine = [], {os.getpid()}
    grown = True
    while grown:
        more = {pid for pid, parent in parents.items() if parent in mine and pid not in mine}
        grown = bool(more)
        mine |= more
        found += sorted(more)
    return found


# ---------------------------------------------------------------- landlock

READ_ONLY_RIGHTS = 1 << 0 | 1 << 2 | 1 << 3  # execute, read files, read folders: stay as they are
WRITE_FILE, TRUNCATE, REFER = 1 << 1, 1 << 14, 1 << 13


def landlock(temp: str, private_memory: bool, scopes: bool) -> int:
    """Forbid every write outside `temp`, TCP, and signals to other processes; return the ABI used, 0 for none.

    https://docs.kernel.org/userspace-api/landlock.html
    """
    abi = max(0, LIBC.syscall(444, None, ctypes.c_size_t(0), 1))
    scopes = scopes and abi >= 6
    if not abi:
        return 0
    rights = (1 << 13) - 1 & ~READ_ONLY_RIGHTS
    rights |= (REFER if abi >= 2 else 0) | (TRUNCATE if abi >= 3 else 0)
    attributes = struct.pack("QQQ", rights, 3 if abi >= 4 else 0, 3 if scopes else 0)
    size = 24 if scopes else 16 if abi >= 4 else 8
    rules = LIBC.syscall(444, attributes, ctypes.c_size_t(size), 0)
    if rules < 0:
        return 0
    allowed = {temp: rights, os.devnull: rights & (WRITE_FILE | TRUNCATE)}
    if private_memory and os.path.isdir("/dev/shm"):  # a fresh one, see mount_read_only
        allowed["/dev/shm"] = rights
    for path, right in allowed.items():
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
        LIBC.syscall(445, rules, 1, struct.pack("=Qi", right, descriptor), 0)
        os.close(descriptor)
    done = LIBC.syscall(446, rules, 0) == 0
    os.close(rules)
    return abi if done else 0
