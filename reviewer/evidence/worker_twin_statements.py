"""The statements of a module's old version that its new one lacks.

Runs in the user's Python (3.9 and newer) and imports the standard library only.
"""

from __future__ import annotations

import ast
from typing import Any


def gone(old: ast.Module, new: ast.Module) -> Any:
    """Statements of the old module that bind a name which the new one lacks, or give a name another value."""
    after: dict[str, ast.stmt] = {name: statement for statement in new.body for name in bound(statement)}
    for statement in old.body:
        names = bound(statement)
        if any(name not in after for name in names):
            yield names, renamed(statement, old, new) or statement
        elif isinstance(statement, (ast.Assign, ast.AnnAssign)) and len(names) == 1:
            other = after[names[0]]
            value = getattr(other, "value", None)
            if statement.value is not None and value is not None and ast.dump(statement.value) != ast.dump(value):
                yield names, statement


def renamed(statement: ast.stmt, old: ast.Module, new: ast.Module) -> ast.stmt | None:
    """What gives a class that the new module has under another name its old name; None where it has none.

    Running its statement again would make another class, to which nothing belongs that the tests made.
    """
    if not isinstance(statement, ast.ClassDef) or not members(statement):
        return None
    had = {one.name for one in old.body if isinstance(one, ast.ClassDef) and members(one) == members(statement)}
    for other in new.body:
        if isinstance(other, ast.ClassDef) and other.name not in had and members(other) == members(statement):
            return ast.parse(f"{statement.name} = {other.name}").body[0]
    return None


def members(node: ast.ClassDef) -> list[str]:
    """The names that a class body binds."""
    return [name for one in node.body for name in bound(one)]


def bound(statement: ast.stmt) -> list[str]:
    """The names that a statement binds in its own scope."""
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return [statement.name]
    if isinstance(statement, (ast.Import, ast.ImportFrom)):
        return [(one.asname or one.name).partition(".")[0] for one in statement.names if one.name != "*"]
    targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
    return [part.id for one in targets if one is not None for part in ast.walk(one) if isinstance(part, ast.Name)]
