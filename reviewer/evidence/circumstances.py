"""EFFECT: what of this machine decides what running code does: the interpreter, the system, the walls to be had."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from reviewer import __version__
from reviewer.evidence.dependencies import digest

HERE = Path(__file__).parent
HANDED_ON = ("PATH", "LANG", "LC_ALL", "TZ")
"""Of the environment, what the code sees."""

_SETTINGS = (
    "/proc/sys/kernel/unprivileged_userns_clone",
    "/proc/sys/user/max_user_namespaces",
    "/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
    "/sys/kernel/security/lsm",
)
_STATUS = (b"CapBnd:", b"CapEff:", b"NoNewPrivs:", b"Seccomp")


class Store(Protocol):
    """Where texts are kept between runs."""

    def get(self, kind: str, key: str) -> str | None:
        """The kept text, or None."""

    def put(self, kind: str, key: str, value: str) -> None:
        """Keep a text."""


class Nothing:
    """A store that keeps nothing."""

    def get(self, kind: str, key: str) -> str | None:
        """None."""
        return None

    def put(self, kind: str, key: str, value: str) -> None:
        """Drop it."""


def interpreter_stamp(python: Path) -> str | None:
    """What changes when the interpreter does; None for a script (pyenv's, asdf's) that chooses one when it is run."""
    try:
        status, real = python.stat(), python.resolve()
        with real.open("rb") as stream:
            if stream.read(2) == b"#!":
                return None
    except OSError:
        return None
    settings = _text(python.parent.parent / "pyvenv.cfg")
    return repr((str(python), str(real), status.st_mtime_ns, status.st_size, settings))


def circumstances(python: Path, environ: Mapping[str, str], setup: Sequence[object]) -> str | None:
    """A hash of everything but the code that decides what running it does; None when that cannot be told.

    `setup` is how the sandbox is opened: its folders and options, each with a `repr` of its own. Limits are the tool's.
    """
    stamp = interpreter_stamp(python)
    if stamp is None:
        return None
    parts = [
        stamp,
        *map(repr, setup),
        *_tool(),
        *((sys.platform, *os.uname()[::2], os.uname().version, str(os.geteuid())) if os.name == "posix" else ()),
        *(f"{name}={environ.get(name)}" for name in HANDED_ON),
        *(_text(Path(path)) for path in _SETTINGS),
        *(line for line in _text(Path("/proc/self/status")).splitlines() if line.encode().startswith(_STATUS)),
    ]
    return digest("\0".join(parts).encode("utf-8", "surrogateescape"))


def trouble_remembered(store: Store, trouble: Callable[[Path], str | None]) -> Callable[[Path], str | None]:
    """`trouble`, which starts an interpreter to see whether it works, asked once of each that does."""

    def remembered(path: Path) -> str | None:
        stamp = interpreter_stamp(path)
        key = None if stamp is None else digest(repr((__version__, stamp)).encode("utf-8", "surrogateescape"))
        if key is not None and store.get("interpreter", key) == "works":
            return None
        found = trouble(path)
        if key is not None and found is None:
            store.put("interpreter", key, "works")
        return found

    return remembered


def _tool() -> list[str]:
    """The version of what runs the code: the files' sizes and times too, for who changes them."""
    with os.scandir(HERE) as files:
        stamps = [(one.name, one.stat()) for one in files if one.name.endswith(".py")]
    return [__version__, *sorted(f"{name} {stamp.st_size} {stamp.st_mtime_ns}" for name, stamp in stamps)]


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""
