"""Finds the project's interpreter. EFFECT: reads files, asks Pythons.

Nothing of the repository is executed: poetry's and hatch's environments are found where these tools put them, and an
interpreter that is a file of the repository itself is refused (the repository may not choose a command).
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from reviewer.errors import ConfigError
from reviewer.projectfiles import at, toml
from reviewer.records import record

OLDEST = (3, 9)
ASK = "import sys; print(*sys.version_info[:2])"


@record(frozen=True)
class Interpreter:
    """The Python that runs the project's code, and why it was chosen (for people)."""

    path: Path
    why: str


def find(
    root: Path,
    configured: str | None,
    environ: Mapping[str, str],
    asked: Callable[[Path], str | None] | None = None,
) -> Interpreter:
    """The project's interpreter: the first candidate that exists, runs and is new enough.

    `asked` says what is wrong with one, None when nothing is; without it each is started.
    What the user names (`REVIEWER_PYTHON`, the configuration) must work: raises ConfigError when it does not.
    """
    asked = asked or trouble
    for name, why in ((environ.get("REVIEWER_PYTHON"), "REVIEWER_PYTHON"), (configured, "your configuration")):
        if name:
            named = _named(name, environ)
            problem = asked(named)
            if problem:
                raise ConfigError(f"The interpreter {name} ({why}) cannot be used: {problem}.")
            return Interpreter(named, why)
    for folder, why in _environments(root, environ):
        path = _python_of(folder)
        if path is not None and not _committed(path, root) and asked(path) is None:
            return Interpreter(path, why)
    return Interpreter(Path(sys.executable), "the tool's own, no environment of the project was found")


def _named(name: str, environ: Mapping[str, str]) -> Path:
    path = Path(name).expanduser()
    if path.is_dir():
        inner = _python_of(path)
        return inner or path
    if path.is_absolute() or len(path.parts) > 1:
        return path.absolute()
    for folder in environ.get("PATH", "").split(os.pathsep):
        if folder and (Path(folder) / name).is_file():
            return Path(folder) / name
    return path


def _environments(root: Path, environ: Mapping[str, str]) -> Iterator[tuple[Path, str]]:
    if environ.get("VIRTUAL_ENV"):
        yield Path(environ["VIRTUAL_ENV"]), "VIRTUAL_ENV"
    for name in (".venv", "venv"):
        yield root / name, f"{name} in the repository"
    if environ.get("UV_PROJECT_ENVIRONMENT"):
        yield root / environ["UV_PROJECT_ENVIRONMENT"], "uv's environment (UV_PROJECT_ENVIRONMENT)"
    project = _project_name(root)
    for folder in _poetry(root, project, environ):
        yield folder, "poetry's environment"
    for folder in _hatch(root, project, environ):
        yield folder, "hatch's environment"


def _project_name(root: Path) -> str:
    data = toml(root / "pyproject.toml")
    name = at(data, "project", "name") or at(data, "tool", "poetry", "name")
    return name if isinstance(name, str) else root.name


def _poetry(root: Path, project: str, environ: Mapping[str, str]) -> list[Path]:
    """Poetry names an environment after the project and a hash of its folder."""
    name = re.sub(r'[ $`!*@"\\\r\n\t]', "_", project.lower())[:42]
    digest = hashlib.sha256(os.path.normcase(os.path.realpath(root)).encode()).digest()
    cache = Path(environ.get("POETRY_CACHE_DIR") or _cache(environ) / "pypoetry")
    base = Path(environ.get("POETRY_VIRTUALENVS_PATH") or cache / "virtualenvs")
    return sorted(base.glob(f"{_literal(name)}-{base64.urlsafe_b64encode(digest).decode()[:8]}-py*"), reverse=True)


def _hatch(root: Path, project: str, environ: Mapping[str, str]) -> list[Path]:
    """Hatch keeps them under the project's name and a hash of its folder; `default` is named after the project."""
    digest = base64.urlsafe_b64encode(hashlib.sha256(str(root).encode()).digest()).decode()[:8]
    data = Path(environ.get("HATCH_DATA_DIR") or _data(environ) / "hatch")
    name = re.sub(r"[-_.]+", "-", project).lower()
    return [data / "env" / "virtual" / name / digest / name]


def _cache(environ: Mapping[str, str]) -> Path:
    home = Path(environ.get("HOME") or Path.home())
    mac = home / "Library" / "Caches"
    return mac if sys.platform == "darwin" else Path(environ.get("XDG_CACHE_HOME") or home / ".cache")


def _data(environ: Mapping[str, str]) -> Path:
    home = Path(environ.get("HOME") or Path.home())
    mac = home / "Library" / "Application Support"
    return mac if sys.platform == "darwin" else Path(environ.get("XDG_DATA_HOME") or home / ".local" / "share")


def _literal(name: str) -> str:
    return re.sub(r"([\[\]*?])", r"[\1]", name)


def _python_of(folder: Path) -> Path | None:
    for name in ("bin/python", "bin/python3", "Scripts/python.exe"):
        if (folder / name).is_file():
            return (folder / name).absolute()
    return None


def _committed(path: Path, root: Path) -> bool:
    """Whether the program itself lies in the repository; an environment's is a link to one that does not."""
    return os.name == "posix" and path.resolve().is_relative_to(root.resolve())


def trouble(path: Path) -> str | None:
    """What is wrong with an interpreter, by starting it; None when it runs and is new enough."""
    try:
        answer = subprocess.run(
            [str(path), "-I", "-S", "-c", ASK], capture_output=True, text=True, timeout=20, stdin=subprocess.DEVNULL
        )
        version = tuple(int(part) for part in answer.stdout.split())
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        return f"it does not run ({error})"
    if answer.returncode or len(version) != 2:
        return "it does not run"
    if version < OLDEST:
        return f"it is Python {version[0]}.{version[1]}, the sandbox needs 3.9 or newer"
    return None
