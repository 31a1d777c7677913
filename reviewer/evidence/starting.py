"""How a server of the sandbox is started: its command, its environment, and what it is told first."""

from __future__ import annotations

import base64
import os
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from reviewer.data import Side
from reviewer.records import record

HERE = Path(__file__).parent
BOOT = (  # of our own modules bytecode is kept, as of any installed ones; of the user's never
    "import sys; sys.path.pop(0); sys.path.append(sys.argv[1]); sys.dont_write_bytecode = False; import worker; "
    "sys.dont_write_bytecode = True; worker.main(sys.argv[1])"
)
PROFILE = """(version 1)
(allow default)
(deny network*)
(deny process-fork)
(deny signal)
(deny file-write* (subpath "/"))
(allow file-write* (subpath "{temp}") (literal "/dev/null"))
"""


@record(frozen=True)
class Limits:
    """What one run may use. Memory is on top of what the warm server uses; sizes in bytes."""

    cpu_seconds: float = 2
    memory_bytes: int = 512 * 1024 * 1024
    wall_seconds: float = 5
    output_bytes: int = 64 * 1024
    file_bytes: int = 16 * 1024 * 1024
    files: int = 256
    processes: int = 64
    import_seconds: float = 20


@record(frozen=True)
class Settings:
    """What every server of one sandbox is told."""

    python: Path
    root: Path
    import_roots: tuple[Path, ...]
    files: Mapping[Side, Mapping[str, bytes | None]]
    limits: Limits
    unsandboxed: bool
    without: tuple[str, ...] = ()  # walls to leave out, to test the others


def command(settings: Settings, temp: str, *, bubblewrap: bool) -> list[str]:
    """The server's command, inside the walls that have to be there before it starts."""
    plain = [str(settings.python), "-S", "-B", "-c", BOOT, str(HERE)]
    if settings.unsandboxed:
        return plain
    if sys.platform == "darwin":
        return ["sandbox-exec", "-p", PROFILE.format(temp=temp), *plain]
    if bubblewrap:
        mounts = ["--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--bind", temp, temp]
        return ["bwrap", *mounts, "--unshare-all", "--die-with-parent", "--chdir", str(settings.root), *plain]
    return plain


def environment(temp: str, hash_seed: int) -> dict[str, str]:
    """Nothing of the tool's own environment but where programs are and which language is spoken."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "TZ", "SYSTEMROOT") if name in os.environ}
    private = dict.fromkeys(("HOME", "TMPDIR", "TEMP", "TMP"), temp)
    # One thread each: a process with threads cannot be forked safely.
    threads = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    seed = {"PYTHONHASHSEED": str(hash_seed), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUTF8": "1"}
    return {**kept, **private, **threads, **seed, "USER": "nobody", "LOGNAME": "nobody"}


def configuration(settings: Settings, side: Side, temp: str) -> dict[str, Any]:
    """The first message to a server."""
    files = settings.files[side]
    return {
        "root": str(settings.root),
        "import_roots": [str(one) for one in settings.import_roots],
        "files": {path: None if data is None else base64.b64encode(data).decode() for path, data in files.items()},
        "limits": asdict(settings.limits),
        "unsandboxed": settings.unsandboxed,
        "without": list(settings.without),
        "temp": temp,
        "tool": os.getpid(),
    }
