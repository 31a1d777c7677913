"""EFFECT reads the repository's tests and documents that mention a name: their calls are worth trying."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from reviewer.errors import GitError
from reviewer.gitrunner import Git

FILES = 40
TESTS = 400
FILE_BYTES = 200_000
_TESTS = ("--", *(f":(top,glob)**/{name}" for name in ("test_*.py", "*_test.py", "tests/**/*.py")))
_LIST = ("grep", "-F", "-w", "-l", "-z", "--text", "--no-color", "--no-textconv", "--no-recurse-submodules")
_PLACES = (
    "--",
    *(
        f":(top,glob)**/{name}"
        for name in ("test_*.py", "*_test.py", "tests/**/*.py", "*.rst", "*.md", "docs/**/*.txt")
    ),
)


def sources_naming(root: Path, names: Iterable[str]) -> Mapping[str, str]:
    """Path -> text of at most `FILES` tracked tests and documents that mention one of the names.

    Files above `FILE_BYTES`, links and files that are not UTF-8 are left out. Empty when git cannot say.
    """
    patterns = [argument for name in sorted(set(names)) if name.isidentifier() for argument in ("-e", name)]
    if not patterns:
        return {}
    try:
        listed = Git(root).run(*_LIST, *patterns, *_PLACES).output
    except (GitError, OSError):  # OSError: more names than one command line holds
        return {}
    paths = sorted(filter(None, os.fsdecode(listed).split("\0")), key=lambda path: (not path.endswith(".py"), path))
    return {path: text for path in paths[:FILES] if (text := _text(root / path)) is not None}


def tests(root: Path) -> Mapping[str, str]:
    """Path -> text of the repository's tracked Python tests, at most `TESTS`. Empty when git cannot say."""
    try:
        listed = Git(root).run("ls-files", "-z", "--cached", *_TESTS).output
    except (GitError, OSError):
        return {}
    paths = sorted(filter(None, os.fsdecode(listed).split("\0")))[:TESTS]
    return {path: text for path in paths if (text := _text(root / path)) is not None}


def listed(root: Path) -> frozenset[str]:
    """Every file of the repository that git does not ignore, tracked or not. Empty when git cannot say."""
    try:
        output = Git(root).run("ls-files", "-z", "--cached", "--others", "--exclude-standard").output
    except (GitError, OSError):
        return frozenset()
    return frozenset(filter(None, os.fsdecode(output).split("\0")))


def _text(path: Path) -> str | None:
    try:
        if path.is_symlink() or path.stat().st_size > FILE_BYTES:
            return None
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None
