"""Which import gives a test the names that its case takes from the tested module. Pure."""

from __future__ import annotations

import ast
import builtins

from reviewer.testfiles.records import AcceptedTest


class ImportTable:
    """Imports for the names of one source module, imported as `module` (a dotted name)."""

    def __init__(self, module: str) -> None:
        self._module = module

    def bound(self, test: AcceptedTest) -> set[str]:
        """The names that the source module's own imports bind."""
        return {name for line in test.module.imports for name in line.names}

    def has(self, name: str, test: AcceptedTest) -> bool:
        """Whether the source module certainly has the name."""
        defined = {one.name for one in test.module.functions} | {one.name for one in test.module.classes}
        constants = {constant for constant, _ in test.module.constants}
        return name in defined or name in constants or name in self.bound(test)

    def statement(self, name: str, test: AcceptedTest) -> str:
        """The statement that binds the name: as the source module imports it, else from the source module."""
        for line in test.module.imports:
            if name in line.names and (found := _alone(line.text, name)):
                return found
        return f"from {self._module} import {name}"

    def exception(self, name: str, test: AcceptedTest) -> tuple[str, str | None]:
        """How the test writes an exception, and the import it needs beyond the module's names; ("", None): no way."""
        first, last = name.partition(".")[0], name.rpartition(".")[2]
        if hasattr(builtins, name) or first in self.bound(test) or self.has(name, test):
            return name, None
        if self.has(last, test) or last in test.case.names:
            return last, None
        home, _, raised = (test.outcome.type or "").rpartition(".")
        if raised == last and home and home != "builtins":
            return last, f"from {home} import {last}"
        return ("", None) if "." in name else (last, None)


def _alone(text: str, name: str) -> str | None:
    """The part of an import statement that binds the name; None for relative and star imports."""
    try:
        statements = ast.parse(text.strip()).body
    except (SyntaxError, ValueError):
        return None
    for node in statements:
        if not isinstance(node, ast.Import | ast.ImportFrom) or (isinstance(node, ast.ImportFrom) and node.level):
            continue
        for alias in node.names:
            if name == (alias.asname or alias.name.partition(".")[0]):
                one = ast.Import([alias]) if isinstance(node, ast.Import) else ast.ImportFrom(node.module, [alias], 0)
                return ast.unparse(one)
    return None
