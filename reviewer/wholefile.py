"""EFFECT: a file is written whole or not at all; whoever reads it meanwhile sees what was there."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path


def write_whole(target: Path, data: bytes, mode: int | None = None) -> None:
    """Put a file in place of whatever is there, with this mode, else the one that it has or a new one would get.

    Raises OSError, with nothing left behind.
    """
    handle, name = tempfile.mkstemp(prefix=f".{target.name[:100]}.", dir=target.parent)
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        part.chmod(_mode(target) if mode is None else mode)
        part.replace(target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _mode(target: Path) -> int:
    try:
        return stat.S_IMODE(target.stat().st_mode)
    except FileNotFoundError:
        current = os.umask(0)
        os.umask(current)
        return 0o666 & ~current
