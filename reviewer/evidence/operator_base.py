"""What a mutation operator is: a function from a node of the syntax tree to its replacements.

Each operator carries its own examples, statements of a function's body with what becomes of them; the tests run them.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator, Mapping

from reviewer.records import record


@record(frozen=True, slots=True)
class Site:
    """A node and what it stands in, the nearest first, up to and including the function."""

    node: ast.AST
    parents: tuple[ast.AST, ...]

    @property
    def parent(self) -> ast.AST:
        """The node around this one."""
        return self.parents[0]

    @property
    def function(self) -> ast.FunctionDef | ast.AsyncFunctionDef:
        """The innermost function around the node."""
        return next(node for node in self.parents if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))

    def inside(self, *kinds: type[ast.AST]) -> bool:
        """Whether the node stands in one of these, at any depth."""
        return any(isinstance(parent, kinds) for parent in self.parents)


@record(frozen=True, slots=True)
class Edit:
    """What takes the node's place. `minor` ones (messages, likely endless loops) come last when there are too many."""

    node: ast.AST
    minor: bool = False


Rewrite = Callable[[Site], Iterator[Edit]]


@record(frozen=True, slots=True)
class Operator:
    """A named kind of change, and for each example statement the statements it may become."""

    name: str
    rewrite: Rewrite
    examples: Mapping[str, tuple[str, ...]]


def operator(name: str, examples: Mapping[str, tuple[str, ...]]) -> Callable[[Rewrite], Operator]:
    """Make the decorated function an operator."""
    return lambda rewrite: Operator(name, rewrite, examples)


def changed(node: ast.AST, **fields: object) -> ast.AST:
    """A shallow copy of the node with other fields."""
    copied = copy.copy(node)
    for field, value in fields.items():
        setattr(copied, field, value)
    return copied


def called(node: ast.Call) -> str:
    """The dotted name a call names, or the empty text for `f()()` and the like."""
    return ast.unparse(node.func) if isinstance(node.func, ast.Name | ast.Attribute) else ""


def is_none(node: ast.expr | None) -> bool:
    """`None`, written or left out."""
    return node is None or (isinstance(node, ast.Constant) and node.value is None)


def steers_loop(site: Site) -> bool:
    """Whether a `while` around the statement tests the name it changes: without the change it may never end."""
    target = getattr(site.node, "target", None)
    loops = (parent for parent in site.parents if isinstance(parent, ast.While))
    return any(
        isinstance(target, ast.Name) and isinstance(node, ast.Name) and node.id == target.id
        for loop in loops
        for node in ast.walk(loop.test)
    )
