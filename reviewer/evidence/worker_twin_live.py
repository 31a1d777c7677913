"""The functions of the changed files as they are in memory.

Runs in the user's Python (3.9 and newer) and imports the standard library only.
"""

from __future__ import annotations

import gc
import sys
from types import FunctionType
from typing import TYPE_CHECKING, Any, Optional

if TYPE_CHECKING or __package__:
    from reviewer.evidence import worker_twin_code as twin_code
else:
    import worker_twin_code as twin_code

RESCANS = 5


class Live:
    """Every function made from the changed files, whoever holds it."""

    def __init__(self, twins: list[twin_code.Twins]) -> None:
        self.twins = {one.path: one for one in twins}
        self.found: dict[str, list[FunctionType]] = {}
        self.scans = 0
        self.loaded = -1

    def scan(self) -> None:
        """Find them; again when modules were imported since."""
        if self.loaded == len(sys.modules) or self.scans > RESCANS:
            return
        self.loaded = len(sys.modules)
        self.scans += 1
        self.found = {path: [] for path in self.twins}
        for one in gc.get_objects():
            if type(one) is FunctionType and one.__code__.co_filename in self.found:
                self.found[one.__code__.co_filename].append(one)

    def of(self, code: Any) -> Optional[FunctionType]:
        """The function that runs this code, the youngest if there are several."""
        return next((one for one in reversed(self.found[code.co_filename]) if one.__code__ is code), None)

    def restore(self) -> None:
        """Make everything as the old version has it."""
        for path, twin in self.twins.items():
            live = self.found[path]
            spaces = {id(one.__globals__): one.__globals__ for one in live if one.__globals__.get("__name__")}
            twin.restore(live, list(spaces.values()))
