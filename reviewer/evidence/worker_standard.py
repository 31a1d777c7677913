"""Parts of the standard library that few runs need and that take as long to import as everything else together.

Runs in the user's Python (3.9 and newer) and imports the standard library only.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from types import ModuleType

_FOLDER = os.path.dirname(os.path.abspath(__file__))
# Taken before the project's folders come first: it may have modules of these names.
_PATH, _FINDERS = [entry for entry in sys.path if entry != _FOLDER], list(sys.meta_path)
_HELD: dict[str, ModuleType] = {}


def module(name: str) -> ModuleType:
    """The standard library's module of this name, imported when it is first asked for."""
    if name not in _HELD:
        path, finders = sys.path[:], sys.meta_path[:]
        sys.path[:], sys.meta_path[:] = _PATH, _FINDERS
        try:
            _HELD[name] = import_module(name)
        finally:
            sys.path[:], sys.meta_path[:] = path, finders
    return _HELD[name]


def prepare(case: dict[str, object], source: bytes) -> None:
    """Import what a case may need here, so that not every child does."""
    expected = case["expected"]
    if isinstance(expected, dict) and expected["kind"] in ("output", "exception"):
        module("doctest")
    if b"async " in source or "await " in str(case["call"]) + str(case["setup"]):
        module("asyncio")
