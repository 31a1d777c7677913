"""EFFECT: put a planned test file on the disk, whole or not at all."""

from __future__ import annotations

from pathlib import Path

from reviewer.errors import UsageError
from reviewer.wholefile import write_whole


def read(path: str, root: Path) -> str | None:
    """The test file as UTF-8 text with its own newlines, None where there is none; raises what `write` raises."""
    target = _inside(path, root)
    try:
        return target.read_bytes().decode()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}") from error


def write(path: str, text: str, root: Path, before: str | None) -> None:
    """Write the file at `path` (relative to `root`) in one step; `before` is what the plan was made from.

    Keeps the file's mode; makes missing folders. Raises UsageError when the path leads out of `root` (through `..` or a
    symbolic link), when the file is no longer what it was, or when it cannot be written.
    """
    target = _inside(path, root)
    if read(path, root) != before:
        raise UsageError(f"{path} changed meanwhile: nothing was written, run the command again")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _inside(path, root)
        write_whole(target, text.encode())
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error}") from error


def _inside(path: str, root: Path) -> Path:
    """The real place of the path, where that is in `root`; a symbolic link within `root` keeps being one."""
    top = root.resolve()
    target = (top / path).resolve()
    if target == top or top not in target.parents or ".git" in target.relative_to(top).parts:
        raise UsageError(f"{path} leads out of the repository: nothing was written")
    return target
