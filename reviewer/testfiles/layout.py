"""Where a source file's tests go, how they import it, and how the project writes Python. Pure.

Works on the repository's list of files and its parsed configuration; nothing here touches the disk.
"""

from __future__ import annotations

import collections
import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import PurePosixPath

from reviewer.errors import ConfigError
from reviewer.records import record
from reviewer.testfiles.records import Style

_TEST_FILE = re.compile(r"(?:^|/)(?:test_[^/]*|[^/]*_test|conftest)\.py$")
Table = Mapping[str, object]


@record(frozen=True, slots=True)
class Place:
    """The test file of one source file, and the dotted name under which it imports that."""

    path: str
    module: str


def place(source: str, files: Collection[str], pyproject: Table, template: str | None = None) -> Place:
    """Where the tests of `source` go. `files` are all the repository's paths, `template` is `[tool.reviewer] tests`.

    The template may hold `{module}` (last name), `{package}` (the packages above it, with `/`) and `{folder}` (the
    source's own). By default it is `test_{module}_docs.py` where the project keeps the tests of that source file, or
    where such a file is already; a module name that several files share is told apart by its packages. Raises
    ConfigError for a template that cannot be used.
    """
    known = frozenset(files)
    module = dotted(source, known, pyproject)
    packages, _, last = module.rpartition(".")
    if template is not None:
        folder = PurePosixPath(source).parent.as_posix()
        return Place(_filled(template, last, packages.replace(".", "/"), "" if folder == "." else folder), module)
    same = [path for path in known if _last(path) == last and is_source(path) and path != source]
    name = "_".join(module.split(".")[1:] or [last]) if same else last
    file = f"test_{name}_docs.py"
    there = [path for path in known if PurePosixPath(path).name == file]
    folder = _mirrored(tests_folder(source, known, pyproject), packages, known)
    return Place(there[0] if len(there) == 1 else (PurePosixPath(folder) / file).as_posix(), module)


def _last(path: str) -> str:
    pure = PurePosixPath(path)
    return pure.parent.name if pure.name == "__init__.py" else pure.stem


def is_source(path: str) -> bool:
    """Whether a Python file is no test and holds none."""
    return path.endswith(".py") and not _TEST_FILE.search(path) and "tests" not in path.split("/")[:-1]


def _filled(template: str, module: str, package: str, folder: str) -> str:
    try:
        path = template.format(module=module, package=package, folder=folder)
    except (KeyError, IndexError, ValueError, AttributeError) as error:
        raise ConfigError(
            f"[tool.reviewer] tests: {template!r} may hold {{module}}, {{package}} and {{folder}} ({error})"
        ) from error
    parts = [part for part in path.split("/") if part not in {"", "."}]
    if path.startswith("/") or "\\" in path or ".." in parts or not path.endswith(".py"):
        raise ConfigError(f"[tool.reviewer] tests: {template!r} must name a .py file inside the repository")
    return "/".join(parts)


def dotted(source: str, files: Collection[str], pyproject: Table) -> str:
    """The name under which tests import a source file: relative to its import root."""
    root = import_root(source, files, pyproject)
    relative = source.removeprefix(f"{root}/") if root else source
    parts = relative.removesuffix(".py").split("/")
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


def import_root(source: str, files: Collection[str], pyproject: Table) -> str:
    """The folder that has to be on the import path: configured, `src`, else the parent of the outermost package."""
    for root in sorted(_configured_roots(pyproject), key=len, reverse=True):
        if root and source.startswith(f"{root}/"):
            return root
    if source.startswith("src/") and "src/__init__.py" not in files:
        return "src"
    folder = PurePosixPath(source).parent
    while folder.as_posix() != "." and f"{folder}/__init__.py" in files:
        folder = folder.parent
    return "" if folder.as_posix() == "." else folder.as_posix()


def _configured_roots(pyproject: Table) -> set[str]:
    found = [*_texts(_get(pyproject, "tool", "pytest", "ini_options", "pythonpath"))]
    found += _texts(_get(pyproject, "tool", "setuptools", "packages", "find", "where"))
    found += _texts(_get(pyproject, "tool", "setuptools", "package-dir", ""))
    wheel = _texts(_get(pyproject, "tool", "hatch", "build", "targets", "wheel", "packages"))
    found += [PurePosixPath(package).parent.as_posix() for package in wheel]
    poetry = _get(pyproject, "tool", "poetry", "packages")
    for entry in poetry if isinstance(poetry, list) else []:
        found += _texts(entry.get("from")) if isinstance(entry, Mapping) else []
    return {PurePosixPath(root).as_posix() for root in found} - {"."}


def _get(table: object, *keys: str) -> object:
    for key in keys:
        table = table.get(key) if isinstance(table, Mapping) else None
    return table


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return value.split()
    return [item for item in value if isinstance(item, str)] if isinstance(value, Sequence) else []


def tests_folder(source: str, files: Collection[str], pyproject: Table) -> str:
    """The folder where the project keeps the tests of a source file.

    That is the first of pytest's `testpaths` that holds tests and not the file, the tests folder next to the file or
    above it, the file's own folder where tests stand beside what they test, or the folder that has most test files.
    """
    tests = [path for path in files if _TEST_FILE.search(path)]
    for configured in _texts(_get(pyproject, "tool", "pytest", "ini_options", "testpaths")):
        folder = PurePosixPath(configured).as_posix()
        if (
            folder != "."
            and not source.startswith(f"{folder}/")
            and any(path.startswith(f"{folder}/") for path in tests)
        ):
            return folder
    counts = collections.Counter(filter(None, map(_tests_in, tests)))
    for parent in PurePosixPath(source).parents:
        for name in ("tests", "test"):
            if (folder := (parent / name).as_posix()) in counts:
                return folder
    own = PurePosixPath(source).parent.as_posix()
    if any(PurePosixPath(path).parent.as_posix() == own and not path.endswith("conftest.py") for path in tests):
        return own
    return min(counts, key=lambda folder: (-counts[folder], folder)) if counts else "tests"


def _tests_in(path: str) -> str:
    """The outermost folder of tests that a test file lies in; the empty text where there is none."""
    parts = path.split("/")
    inside = [depth for depth, part in enumerate(parts[:-1]) if part in {"tests", "test"}]
    return "/".join(parts[: inside[0] + 1]) if inside else ""


def _mirrored(folder: str, packages: str, files: Collection[str]) -> str:
    """The folder below it that mirrors the packages, with or without the outermost one, where the project has one."""
    parts = packages.split(".") if packages else []
    for start in range(len(parts)):
        inner = "/".join([folder, *parts[start:]])
        if any(path.startswith(f"{inner}/") and _TEST_FILE.search(path) for path in files):
            return inner
    return folder


def style(files: Collection[str], pyproject: Table, ruff: Table | None = None) -> Style:
    """The project's line length and first-party modules as ruff sees them; `ruff` is the content of `ruff.toml`."""
    settings = ruff if ruff is not None else _get(pyproject, "tool", "ruff")
    width = _get(settings, "line-length")
    sources = _texts(_get(settings, "src")) or [".", "src"]
    names: set[str] = set()
    for root in sources:
        prefix = "" if root == "." else f"{PurePosixPath(root).as_posix()}/"
        for path in files:
            if path.startswith(prefix) and path.endswith((".py", ".pyi")):
                names.add(path.removeprefix(prefix).split("/")[0].removesuffix(".pyi").removesuffix(".py"))
    names |= set(_texts(_get(settings, "lint", "isort", "known-first-party")))
    return Style(width if isinstance(width, int) and 1 <= width <= 320 else 88, frozenset(names))
