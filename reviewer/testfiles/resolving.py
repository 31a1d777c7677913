"""Where the names come from that a test uses: imports and fixtures. Pure."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Sequence

from reviewer.testfiles.names import ImportTable
from reviewer.testfiles.records import AcceptedTest, Check, NotWritableError

_OF_MODULE = {"__file__", "__name__", "__path__", "__package__", "__spec__"}  # other values in a test file
_BY_FORM = {"raises": "pytest", "approx": "pytest", "nan": "math"}


def resolve(made: Check, test: AcceptedTest, table: ImportTable) -> None:
    """Find an import or a fixture for every name the test uses; raises NotWritableError."""
    known = dict(test.case.names) | _hoisted(made)
    if made.exception:
        made.exception, statement = table.exception(made.exception, test)
        if not made.exception:
            raise NotWritableError("the exception cannot be imported")
        if statement:
            known[made.exception] = statement
    parts = [part for node in made.nodes for part in ast.walk(node)]
    used = [part.id for part in parts if isinstance(part, ast.Name)]
    if any(isinstance(part, ast.Global) for part in parts):
        raise NotWritableError("the example changes a global variable")
    if own := _OF_MODULE.intersection(used):
        raise NotWritableError(f"the example asks for {min(own)} of its module")
    bound = _bound(parts)
    if made.exception:
        used += [part.id for part in ast.walk(ast.parse(made.exception, mode="eval")) if isinstance(part, ast.Name)]
    for name in dict.fromkeys(used):
        if name in bound:
            continue
        if name == "tmp_path" and name not in known:
            made.fixtures.append(name)
        elif name in known:
            made.imports[name] = known[name]
        elif name == "asyncio" and "asyncio" not in table.bound(test):
            made.imports[name] = "import asyncio"
        elif table.has(name, test) or not hasattr(builtins, name):
            made.imports[name] = table.statement(name, test)
    for module in (_BY_FORM.get(made.form), "doctest" if made.flags else None):
        if module:
            made.imports[module] = f"import {module}"


def _hoisted(made: Check) -> dict[str, str]:
    """Take the imports out of the setup: name -> statement."""
    imports = [node for node in made.setup if isinstance(node, ast.Import | ast.ImportFrom)]
    made.setup = [node for node in made.setup if not isinstance(node, ast.Import | ast.ImportFrom)]
    found = {}
    for node in imports:
        for alias in node.names:
            if alias.name == "*":
                raise NotWritableError("the example imports `*`")
            single = ast.Import([alias]) if isinstance(node, ast.Import) else _from(node, alias)
            found[alias.asname or alias.name.partition(".")[0]] = ast.unparse(single)
    return found


def _bound(parts: Sequence[ast.AST]) -> set[str]:
    """The names that the test itself binds."""
    found = {part.id for part in parts if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)}
    found |= {part.arg for part in parts if isinstance(part, ast.arg)}
    return found | {
        part.name for part in parts if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    }


def _from(node: ast.ImportFrom, alias: ast.alias) -> ast.ImportFrom:
    if node.level:
        raise NotWritableError("the example imports relatively")
    return ast.ImportFrom(node.module, [alias], 0)
