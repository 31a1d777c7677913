"""The import overlay: serves the changed files of one side from memory, everything else from the worktree.

Runs in the user's Python (3.9 and newer) and imports the standard library only. It hooks in where the import system
looks into folders (`sys.path_hooks`), so packages, namespace packages, relative imports and `src` layouts are
Python's own business: https://docs.python.org/3/reference/import.html#path-entry-finders
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import io
import linecache
import os
import sys
import tokenize
from collections.abc import Mapping, Sequence
from importlib.machinery import EXTENSION_SUFFIXES, FileFinder, ModuleSpec, PathFinder, SourceFileLoader
from types import ModuleType
from typing import Any, Optional

Files = Mapping[str, Optional[bytes]]  # absolute path -> content; None: the file does not exist on this side


class Overlay:
    """The changed files of one side, by absolute path."""

    def __init__(self, root: str, files: Files, roots: Sequence[str]) -> None:
        self.root = root
        self.files = files
        self.roots = list(roots)
        self.plain: Any = None
        present = [path for path, data in files.items() if data is not None]
        self.folders = {folder for path in present for folder in _parents(path, root)}  # exist, on disk or not
        self.trees: dict[str, ast.Module] = {}  # changed files that are compiled from a tree instead of their bytes
        self.touched = {folder for path in files for folder in _parents(path, root)}
        self.tops = {os.path.relpath(path, top).split(os.sep)[0] for path in files for top in roots if _in(path, top)}
        self.tops = {name[:-3] if name.endswith(".py") else name for name in self.tops}

    def install(self) -> None:
        """Put the import roots first, and this overlay before every other finder."""
        sys.path[:] = self.roots + [entry for entry in sys.path if entry not in self.roots]
        self.plain = next(hook for hook in sys.path_hooks if hook.__name__ == "path_hook_for_FileFinder")
        sys.path_hooks.insert(0, self._hook)
        sys.meta_path.insert(0, _First(self))
        sys.path_importer_cache.clear()
        for path, data in self.files.items():
            if data is not None:
                lines = _lines(data)
                # No modification time: linecache then never looks at the file on disk, which may differ.
                linecache.cache[path] = (len(data), None, lines, path)

    def _hook(self, entry: str) -> Any:
        if entry not in self.touched:
            raise ImportError("this folder holds no changed file")
        return _Finder(entry, self)

    def isfile(self, path: str) -> bool:
        """Whether the file exists on this side."""
        return self.files[path] is not None if path in self.files else os.path.isfile(path)

    def source(self, path: str) -> bytes:
        """The bytes of a file on this side. Raises OSError when it does not exist."""
        data = self.files.get(path)
        if path in self.files:
            sys.audit("open", path, "r", 0)  # as if it were opened
        if data is not None:
            return data
        if path in self.files:
            raise FileNotFoundError(path)
        with open(path, "rb") as stream:
            return stream.read()

    def load(self, path: str, name: str | None) -> ModuleType:
        """Import the module of the file at `path`; `name` is its dotted name, None when it has none."""
        if not self.isfile(path):
            raise FileNotFoundError(f"{path} does not exist on this side")
        if name:
            module = importlib.import_module(name)
            if os.path.realpath(getattr(module, "__file__", None) or "") == os.path.realpath(path):
                return module
        # A script whose name is no identifier, or one that another module of the same name hides.
        private = "_reviewed_" + "".join(c if c.isalnum() else "_" for c in os.path.relpath(path, self.root))
        if private not in sys.modules:
            spec = importlib.util.spec_from_file_location(private, path, loader=_Loader(private, path, self))
            assert spec is not None
            assert spec.loader is not None
            module = importlib.util.module_from_spec(spec)
            sys.modules[private] = module
            try:
                spec.loader.exec_module(module)
            except BaseException:
                del sys.modules[private]
                raise
        return sys.modules[private]


class _First:
    """Finds changed top-level packages before any other finder, editable installs' included."""

    def __init__(self, overlay: Overlay) -> None:
        self.overlay = overlay

    def find_spec(self, name: str, path: Sequence[str] | None = None, target: object = None) -> ModuleSpec | None:
        """A spec for a changed top-level name, None for everything else."""
        if path is not None or name not in self.overlay.tops:
            return None
        spec = PathFinder.find_spec(name, self.overlay.roots)
        return spec if spec is not None and spec.loader is not None else None


class _Finder(FileFinder):
    """Looks into one folder as it is on this side."""

    def __init__(self, folder: str, overlay: Overlay) -> None:
        self.overlay = overlay
        self.folder = folder
        super().__init__(folder)
        self.disk: Any = overlay.plain(folder) if os.path.isdir(folder) else None

    def invalidate_caches(self) -> None:
        """Forget what the folder on disk held."""
        if getattr(self, "disk", None) is not None:
            self.disk.invalidate_caches()

    def find_spec(self, fullname: str, target: ModuleType | None = None) -> ModuleSpec | None:
        """As FileFinder: a package, an extension, a module, or a portion of a namespace package."""
        inner = os.path.join(self.folder, fullname.rpartition(".")[2])
        start, plain = os.path.join(inner, "__init__.py"), inner + ".py"
        changed = self.overlay.files
        if start not in changed and plain not in changed and inner not in self.overlay.touched:
            found: ModuleSpec | None = self.disk.find_spec(fullname, target) if self.disk is not None else None
            return found
        if self.overlay.isfile(start):
            return self._spec(fullname, start, [inner])
        if any(os.path.isfile(inner + suffix) for suffix in EXTENSION_SUFFIXES):
            return self.disk.find_spec(fullname, target)  # type: ignore[no-any-return]
        if self.overlay.isfile(plain):
            return self._spec(fullname, plain, None)
        if inner in self.overlay.folders or (os.path.isdir(inner) and self._holds_more(inner)):
            spec = ModuleSpec(fullname, None)
            spec.submodule_search_locations = [inner]
            return spec
        return None

    def _holds_more(self, folder: str) -> bool:
        gone = {os.path.basename(path) for path, data in self.overlay.files.items() if data is None}
        return any(name not in gone and name != "__pycache__" for name in os.listdir(folder))

    def _spec(self, name: str, path: str, inside: list[str] | None) -> ModuleSpec | None:
        loader = _Loader(name, path, self.overlay)
        return importlib.util.spec_from_file_location(name, path, loader=loader, submodule_search_locations=inside)


class _Loader(SourceFileLoader):
    """Loads a source file, its bytes from the overlay where it has them."""

    def __init__(self, name: str, path: str, overlay: Overlay) -> None:
        super().__init__(name, path)
        self.overlay = overlay

    def get_data(self, path: str) -> bytes:
        """The file's bytes on this side."""
        return self.overlay.source(path) if str(path) in self.overlay.files else super().get_data(path)

    def source_to_code(self, data: Any, path: Any, **options: Any) -> Any:  # type: ignore[override]
        """The file's code, compiled from its tree where the overlay has one."""
        return super().source_to_code(self.overlay.trees.get(str(path), data), path, **options)

    def path_stats(self, path: str) -> Mapping[str, Any]:
        """No times for a changed file, so that no cached bytecode is ever taken for it."""
        if str(path) in self.overlay.files:
            raise OSError("served from memory")
        return super().path_stats(path)


def _parents(path: str, root: str) -> list[str]:
    folders = []
    folder = os.path.dirname(path)
    while _in(folder, root):
        folders.append(folder)
        folder = os.path.dirname(folder)
    return folders


def _in(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


def _lines(data: bytes) -> list[str]:
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        text = data.decode(encoding, "replace")
    except (SyntaxError, LookupError):
        text = data.decode("utf-8", "replace")
    return [line + "\n" for line in text.splitlines()]
