"""Filters of system calls (seccomp BPF), for x86_64 and aarch64.

Runs in the user's Python (3.9 and newer) and imports the standard library only.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING or __package__:
    from reviewer.evidence import worker_linux as linux
else:
    import worker_linux as linux

MACHINE = platform.machine()
PR_SET_SECCOMP = 22
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
    return linux.prctl(PR_SET_SECCOMP, 2, ctypes.c_char_p(header)) == 0


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
