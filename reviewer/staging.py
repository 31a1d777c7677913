"""EFFECT git: what is staged, as one hash, and where its index is."""

from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path

from reviewer.gitrunner import Git

_STAGED = ("diff", "--cached", "--raw", "-z", "--no-abbrev", "--no-renames", "--no-ext-diff", "--no-textconv")
_PYTHON = ("--ignore-submodules=all", "--", ":(top)*.py", ":(top)*.pyi")


class Staging:
    """The index that git uses in a folder: a hook's may be another one than the worktree's own."""

    def __init__(self, cwd: Path) -> None:
        """Raise GitError where there is no repository."""
        self._git = Git(cwd)
        self.repository = self._folder("--git-common-dir")
        """Git's own folder, which all worktrees of a repository share."""
        self.worktree = self._folder("--git-dir")
        """Git's own folder of this worktree."""

    def content(self) -> str:
        """A hash of the staged Python files and of what they replace; empty when there are none. Raises GitError."""
        listed = self._git.answer(*_STAGED, *_PYTHON)
        return sha256(os.fsencode(self.worktree) + b"\0" + listed).hexdigest() if listed else ""

    def stamp(self) -> tuple[tuple[int, int, int] | None, ...]:
        """What changes whenever git writes the worktree's own index, or moves HEAD: a look at files, no process."""
        return tuple(_written(self.worktree / name) for name in ("index", "HEAD", "logs/HEAD"))

    def _folder(self, which: str) -> Path:
        return Path(os.fsdecode(self._git.answer("rev-parse", "--path-format=absolute", which)).removesuffix("\n"))


def _written(path: Path) -> tuple[int, int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns, status.st_size
