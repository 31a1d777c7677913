"""Which test files are likely to reach a function: nearest first. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePosixPath

from reviewer.data import ChangedFunction

TEST_FILE = re.compile(r"(?:^|/)(?:test_[^/]*|[^/]*_tests?|tests?)\.py$")
IN_FOLDER = re.compile(r"(?:^|/)tests?/(?:.*/)?[^/]+\.py$")
TEST = re.compile(r"^\s*(?:async\s+)?def test|^class \w*Test|^\s*class Test", re.MULTILINE)


def order_tests(files: Mapping[str, str], function: ChangedFunction) -> tuple[str, ...]:
    """The test files among `files` (path from the repository's root -> text), those nearest to the function first.

    First the file named after the function's module that mentions the function, then others named after the module,
    then those that import the module, then those that mention the function, then the rest; among equals those whose
    path has more in common with the function's.
    """
    path = PurePosixPath(function.path)
    name = re.compile(rf"\b{re.escape(_called(function))}\b")
    imported = _import_of(path)
    ranked = []
    for candidate, text in files.items():
        if is_test(candidate, text):
            named = _named_after(PurePosixPath(candidate), path)
            mentions = name.search(text) is not None
            nearness = (named and mentions, named, bool(imported.search(text)) and mentions)
            rank = (*nearness, bool(imported.search(text)), mentions)
            ranked.append((tuple(not one for one in rank), -_shared(candidate, function.path), candidate))
    return tuple(candidate for *_, candidate in sorted(ranked))


def is_test_file(path: str) -> bool:
    """Whether pytest or unittest would look for tests in a file of this name."""
    return bool(TEST_FILE.search(path) or IN_FOLDER.search(path))


def is_test(path: str, text: str) -> bool:
    """Whether pytest or unittest would look for tests in this file and find some."""
    return bool(is_test_file(path) and not path.endswith("conftest.py") and TEST.search(text))


def _called(function: ChangedFunction) -> str:
    """The name by which tests know the function: its class's for what Python calls by itself."""
    parts = [part for part in function.name.split(".") if part != "<locals>"]
    special = parts[-1].startswith("__") and parts[-1].endswith("__")
    return parts[-2] if special and len(parts) > 1 else parts[0] if "<locals>" in function.name else parts[-1]


def _named_after(test: PurePosixPath, path: PurePosixPath) -> bool:
    stem = re.sub(r"^tests?_|_tests?$", "", test.stem)
    own = path.parent.name if path.stem == "__init__" else path.stem
    return stem.strip("_") == own.strip("_")


def _import_of(path: PurePosixPath) -> re.Pattern[str]:
    """A statement that imports the module at `path`, by any tail of its dotted name."""
    parts = list(path.with_suffix("").parts)
    if parts[-1] == "__init__" and len(parts) > 1:
        parts.pop()
    own, package = re.escape(parts[-1]), re.escape(parts[-2]) if len(parts) > 1 else ""
    direct = rf"^\s*(?:import|from)\s+(?:\.*[\w.]*\.)?{own}\b"
    through = rf"^\s*from\s+[\w.]*\b{package}\s+import\s+[^#\n]*\b{own}\b" if package else direct
    return re.compile(f"{direct}|{through}", re.MULTILINE)


def _shared(one: str, other: str) -> int:
    """How many leading folders two paths share."""
    left, right = PurePosixPath(one).parent.parts, PurePosixPath(other).parent.parts
    return next(
        (n for n, pair in enumerate(zip(left, right, strict=False)) if pair[0] != pair[1]), min(len(left), len(right))
    )
