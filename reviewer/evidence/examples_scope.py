"""Which names an example may use, and how it calls the function under test. Pure."""

from __future__ import annotations

import ast
import builtins
import functools
import re
from pathlib import PurePosixPath

from reviewer.data import FunctionVersion, Module
from reviewer.evidence.examples_syntax import names_bound, statements
from reviewer.records import record

BUILTINS = frozenset(dir(builtins)) | {"__name__", "__file__", "__doc__"}


@record(frozen=True, slots=True)
class Scope:
    """The names of a module. `open`: a star import may define any name."""

    names: frozenset[str]
    imported: frozenset[str]
    open: bool
    packages: frozenset[str]  # the module's own name and the packages it lies in

    def unknown(self, names: frozenset[str]) -> list[str]:
        """The names that are surely nowhere defined."""
        return [] if self.open else sorted(names - self.names - BUILTINS)


def scope(module: Module) -> Scope:
    """The scope of a module's own code."""
    path = PurePosixPath(module.path)
    packages = frozenset(part for part in (*path.parts[:-1], path.stem) if part.isidentifier())
    names, imported, star = _bindings(module.text)
    names |= {function.name for function in module.functions} | {record.name for record in module.classes}
    names |= {name for name, _ in module.constants}
    return Scope(names, imported, star, packages)


@functools.lru_cache(maxsize=4)
def _bindings(text: str) -> tuple[frozenset[str], frozenset[str], bool]:
    """The names that module-level code binds, those by imports, and whether there is a star import."""
    body = statements(text)
    if body is None:  # newer syntax than ours, or an error: what looks like a definition counts
        found = frozenset(re.findall(r"^(?:\s*)(?:(?:async\s+)?def|class)?\s*([^\W\d]\w*)", text, re.MULTILINE))
        return found, frozenset(), "import *" in text
    names = frozenset(name for node in body if not _for_types(node) for name in names_bound(node))
    imports = [child for node in body for child in ast.walk(node) if isinstance(child, ast.Import | ast.ImportFrom)]
    imported = frozenset(name for node in imports for name in names_bound(node))
    return names, imported, "*" in imported


def _for_types(node: ast.stmt) -> bool:
    """`if TYPE_CHECKING:` binds nothing when the module runs."""
    return isinstance(node, ast.If) and not node.orelse and ast.unparse(node.test).endswith("TYPE_CHECKING")


@record(frozen=True, slots=True)
class Target:
    """The function that examples are wanted for, as calls name it."""

    name: str  # the identifier before the parentheses
    owner: str | None  # the class it is a method of
    attribute: bool  # a property: read, not called
    static: bool  # callable on the class itself
    implicit: bool  # called by syntax (`__len__`, `__add__`), never by name
    nested: bool  # inside another function: out of reach
    parameters: frozenset[str]
    doctest_flags: tuple[str, ...] = ()  # for every interactive session

    def used_by(self, tree: ast.AST, modules: frozenset[str]) -> bool:
        """Whether a piece of Python calls, reads or passes on the function; `modules` are names of modules."""
        return any(self._named(node, modules) for node in ast.walk(tree))

    def bare(self, tree: ast.AST) -> list[ast.Name]:
        """Where a method is called as if it were a function."""
        calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)] if self.owner else []
        return [func for func in calls if isinstance(func, ast.Name) and func.id == self.name]

    def _named(self, node: ast.AST, modules: frozenset[str]) -> bool:
        if isinstance(node, ast.Name):
            return node.id == self.name and not self.owner and isinstance(node.ctx, ast.Load)
        if not isinstance(node, ast.Attribute) or node.attr != self.name:
            return False
        if self.owner:
            return True
        base: ast.expr = node.value
        while isinstance(base, ast.Attribute):
            base = base.value
        return isinstance(base, ast.Name) and base.id in modules


def target(function: FunctionVersion, doctest_flags: tuple[str, ...] = ()) -> Target:
    """How examples name a function."""
    *outer, name = function.name.split(".")
    owner = function.class_name
    decorators = {decorator.partition("(")[0].rpartition(".")[2] for decorator in function.decorators}
    constructor = owner is not None and name in ("__init__", "__new__", "__post_init__")
    dunder = owner is not None and name.startswith("__") and name.endswith("__") and not constructor
    return Target(
        name=owner.rpartition(".")[2] if constructor and owner else name,
        owner=None if constructor else owner,
        attribute=bool(decorators & {"property", "cached_property", "setter", "getter", "deleter"}),
        static=bool(decorators & {"staticmethod", "classmethod"}),
        implicit=dunder,
        nested="<locals>" in outer,
        parameters=frozenset(function.parameters) - {"self", "cls"},
        doctest_flags=doctest_flags,
    )
