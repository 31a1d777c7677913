"""Linux system calls that Python has no function for: namespaces, mounts, capabilities, landlock, seccomp.

Runs in the user's Python (3.9 and newer) and imports the standard library only.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import random
import signal
import struct
import sys
import time
from typing import Any

LIBC: Any = ctypes.CDLL(None, use_errno=True) if os.name == "posix" else None
MACHINE = platform.machine()
NAMESPACES = {"user": 0x10000000, "network": 0x40000000, "pid": 0x20000000, "ipc": 0x08000000, "mount": 0x00020000}
PR_SET_PDEATHSIG, PR_CAPBSET_DROP, PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS = 1, 24, 36, 38
PR_SET_SECCOMP, PR_CAP_AMBIENT = 22, 47
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


# ---------------------------------------------------------------- seccomp

# x86_64 and aarch64 numbers of what no function under test needs: other processes' memory, keys, mounts, namespaces,
# kernel modules, clocks, changes of user, System V memory, and ways around this very filter.
FORBIDDEN = {
    "x86_64": (
        *(101, 310, 311, 250, 248, 249, 165, 166, 429, 428, 430, 431, 432, 433, 442, 155, 161, 272, 308, 321),
        *(425, 426, 427, 323, 298, 246, 320, 175, 313, 176, 167, 168, 169, 170, 171, 164, 227, 159, 305, 163),
        *(179, 103, 105, 106, 113, 114, 116, 117, 119, 122, 123, 126, 303, 304, 300, 438, 312, 440, 240, 29),
        *(64, 68, 141, 142, 144, 314),
    ),
    "aarch64": (
        *(117, 270, 271, 219, 217, 218, 40, 39, 429, 428, 430, 431, 432, 433, 442, 41, 51, 97, 268, 280),
        *(425, 426, 427, 282, 241, 104, 294, 105, 273, 106, 224, 225, 142, 161, 162, 170, 112, 171, 266, 89),
        *(60, 116, 146, 144, 145, 143, 159, 147, 149, 151, 152, 91, 264, 265, 262, 438, 272, 440, 180, 194),
        *(190, 186, 140, 118, 119, 274),
    ),
}
# Modes, owners, times, extended attributes, truncate by path: landlock leaves these alone (truncate before ABI 3).
ATTRIBUTES = {
    "x86_64": (90, 91, 268, 452, 92, 93, 94, 260, 132, 235, 261, 280, 188, 189, 190, 197, 198, 199, 463, 466, 76),
    "aarch64": (52, 53, 452, 55, 54, 88, 5, 6, 7, 14, 15, 16, 463, 466, 45),
}
NUMBERS = {
    "x86_64": {
        "socket": 41, "connect": 42, "socketpair": 53, "clone": 56, "clone3": 435, "fork": 57, "vfork": 58,
        "ioctl": 16, "prlimit64": 302, "kill": 62, "tkill": 200, "tgkill": 234, "rt_sigqueueinfo": 129,
        "rt_tgsigqueueinfo": 297, "pidfd_send_signal": 424,
    },
    "aarch64": {
        "socket": 198, "connect": 203, "socketpair": 199, "clone": 220, "clone3": 435, "ioctl": 29, "prlimit64": 261,
        "kill": 129, "tkill": 130, "tgkill": 131, "rt_sigqueueinfo": 138, "rt_tgsigqueueinfo": 240,
        "pidfd_send_signal": 424,
    },
}  # fmt: skip
ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
LOAD, AND, EQUAL, AT_LEAST, ANSWER = 0x20, 0x54, 0x15, 0x35, 0x06
ALLOW, REFUSE = 0x7FFF0000, 0x00050000
NEW_NAMESPACE, NEW_THREAD = 0x7E020000, 0x00010000
Program = list[tuple[int, int, int, int]]
OWN_PID = -1  # stands for the process that puts the filter on


def server_filter(read_only: bool) -> Program | None:
    """What is refused from now on, for this process and all it starts; None where the numbers are not known."""
    if MACHINE not in ARCHITECTURES:
        return None
    number = NUMBERS[MACHINE]
    no_network = getattr(errno, "ENONET", errno.EPERM)  # an error that nothing else gives: the report can say why
    body: Program = []
    for call in FORBIDDEN[MACHINE]:
        body += _when(call, _refuse(errno.EPERM))
    for call in () if read_only else ATTRIBUTES[MACHINE]:
        body += _when(call, _refuse(errno.EROFS))  # what read-only mounts answer
    body += _when(number["socket"], _refuse(no_network))
    body += _when(number["connect"], _refuse(no_network))
    # Stream pairs are what event loops wake themselves with; a datagram one could be sent elsewhere.
    body += _when(number["socketpair"], [*_argument(1, 0xF), (EQUAL, 1, 0, 1), *_refuse(no_network)])
    body += _when(number["clone"], [*_argument(0, NEW_NAMESPACE), (EQUAL, 1, 0, 0), *_refuse(errno.EPERM)])
    body += _when(number["clone3"], _refuse(errno.ENOSYS))  # its flags are in memory: the C library falls back
    body += _when(number["ioctl"], [*_argument(1), (EQUAL, 0, 1, 0x5412), *_refuse(errno.EPERM)])
    body += _when(number["prlimit64"], [*_argument(0), (EQUAL, 1, 0, 0), *_refuse(errno.EPERM)])
    return _program(body)


def child_filter(signals: bool, forks: bool) -> Program | None:
    """What a run adds for itself: no signal to any other process, no process of its own; None when neither."""
    if MACHINE not in ARCHITECTURES or (signals and forks):
        return None
    number = NUMBERS[MACHINE]
    body: Program = []
    if not signals:
        for name in ("kill", "tgkill", "tkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo", "pidfd_send_signal"):
            body += _when(number[name], [*_argument(0), (EQUAL, 1, 0, OWN_PID), *_refuse(errno.EPERM)])
    if not forks:
        body += _when(number["clone"], [*_argument(0, NEW_THREAD), (EQUAL, 1, 0, NEW_THREAD), *_refuse(errno.EPERM)])
        for name in ("fork", "vfork"):
            if name in number:
                body += _when(number[name], _refuse(errno.EPERM))
    return _program(body)


def seccomp(program: Program | None) -> bool:
    """Put a filter on; whether that worked."""
    if program is None:
        return False
    own = os.getpid()
    packed = b"".join(struct.pack("HBBI", *one[:3], own if one[3] == OWN_PID else one[3]) for one in program)
    steps = ctypes.create_string_buffer(packed, len(packed))
    header = struct.pack("HxxxxxxQ" if struct.calcsize("P") == 8 else "HxxI", len(program), ctypes.addressof(steps))
    return prctl(PR_SET_SECCOMP, 2, ctypes.c_char_p(header)) == 0


def _program(body: Program) -> Program:
    head: Program = [
        (LOAD, 0, 0, 4),
        (EQUAL, 1, 0, ARCHITECTURES[MACHINE]),
        *_refuse(errno.ENOSYS),  # calls of another architecture have other numbers
        (LOAD, 0, 0, 0),
    ]
    if MACHINE == "x86_64":
        head += [(AT_LEAST, 0, 1, 0x40000000), *_refuse(errno.ENOSYS)]  # the x32 numbers
    return [*head, *body, (ANSWER, 0, 0, ALLOW)]


def _when(call: int, steps: Program) -> Program:
    """Steps for one system call, which is allowed when they come to their end."""
    return [(EQUAL, 0, len(steps) + 1, call), *steps, (ANSWER, 0, 0, ALLOW)]


def _argument(index: int, mask: int = 0xFFFFFFFF) -> Program:
    """Load the low half of an argument (both architectures are little-endian)."""
    return [(LOAD, 0, 0, 16 + 8 * index), (AND, 0, 0, mask)]


def _refuse(error: int) -> Program:
    return [(ANSWER, 0, 0, REFUSE | error)]
