"""From which folders the project's modules are imported, and under which names. EFFECT: reads the project's files."""

from __future__ import annotations

import os
from collections.abc import Sequence, Set
from pathlib import Path
from typing import Any

from reviewer.projectfiles import at, ini, texts, toml


def import_roots(root: Path, *paths: str) -> tuple[Path, ...]:
    """The folders from which the files at `paths` (relative to `root`) are imported, the most telling first.

    The build configuration's package folders, pytest's `pythonpath`, `src/`, and for files under none of these the
    parent of the outermost package. Folders outside the repository are left out.
    """
    root = root.resolve()
    pyproject = toml(root / "pyproject.toml")
    told = (*_build_folders(pyproject), *_old_build_folders(root), *_pythonpath(root, pyproject), "src")
    found: list[Path] = []
    for text in told:
        inside = Path(os.path.normpath(root / text))
        if inside.is_dir() and inside.resolve().is_relative_to(root) and inside not in found:
            found.append(inside)
    for path in paths:
        whole = root / path
        if not any(_holds(folder, whole) for folder in found):
            found.append(_above_packages(whole, root, {root / one for one in paths}))
    return tuple(dict.fromkeys(found))


def module_name(path: Path, roots: Sequence[Path]) -> str | None:
    """The dotted name under which a file is imported from the deepest root above it; None when it has none."""
    above = [folder for folder in roots if _holds(folder, path)]
    if not above or path.suffix != ".py":
        return None
    parts = list(path.relative_to(max(above, key=lambda folder: len(folder.parts))).with_suffix("").parts)
    if parts[-1] == "__init__":
        parts.pop()
    return ".".join(parts) if parts and all(part.isidentifier() for part in parts) else None


def _holds(folder: Path, path: Path) -> bool:
    if not path.is_relative_to(folder):
        return False
    # A root inside a package would import its modules under a second name.
    return not (folder / "__init__.py").exists()


def _above_packages(path: Path, root: Path, changed: Set[Path]) -> Path:
    folder = path.parent
    # A package may be in the change and not in the worktree.
    while folder != root and ((folder / "__init__.py").exists() or folder / "__init__.py" in changed):
        folder = folder.parent
    return folder


def _build_folders(pyproject: Any) -> list[str]:
    tool = at(pyproject, "tool")
    found = texts(at(tool, "setuptools", "packages", "find", "where"))
    for mapping in (at(tool, "setuptools", "package-dir"), at(tool, "pdm", "build")):
        found += texts(at(mapping, "")) + texts(at(mapping, "package-dir"))
    for packages in (
        at(tool, "hatch", "build", "packages"),
        at(tool, "hatch", "build", "targets", "wheel", "packages"),
    ):
        found += [str(Path(text).parent) for text in texts(packages)]
    packages = at(tool, "poetry", "packages")
    for package in packages if isinstance(packages, list) else []:
        found += texts(at(package, "from"))
    found += texts(at(tool, "uv", "build-backend", "module-root")) + texts(at(tool, "maturin", "python-source"))
    return found


def _old_build_folders(root: Path) -> list[str]:
    file = ini(root / "setup.cfg")
    lines = file.get("options", "package_dir", fallback="").splitlines()
    named = [line.partition("=")[2].strip() for line in lines if line.partition("=")[0].strip() == ""]
    return [text for text in [*named, file.get("options.packages.find", "where", fallback="").strip()] if text]


def _pythonpath(root: Path, pyproject: Any) -> list[str]:
    found = at(pyproject, "tool", "pytest", "ini_options", "pythonpath")
    listed = found.split() if isinstance(found, str) else texts(found)
    for name, section in (("pytest.ini", "pytest"), ("tox.ini", "pytest"), ("setup.cfg", "tool:pytest")):
        listed += ini(root / name).get(section, "pythonpath", fallback="").split()
    return listed
