"""Which expressions in running text are results: values, not types, placeholders or things left out. Pure."""

from __future__ import annotations

import ast
import builtins
import re

VALUES = (
    *(ast.Constant, ast.List, ast.Tuple, ast.Set, ast.Dict, ast.UnaryOp, ast.BinOp, ast.Call, ast.keyword, ast.Name),
    *(ast.Attribute, ast.expr_context, ast.operator, ast.unaryop),
)
CONSTANT = re.compile(r"_?[A-Z][A-Z0-9_]*\Z")
NUMBERS = frozenset({"pi", "e", "tau", "inf", "nan"})


def is_value(tree: ast.expr) -> bool:
    """Whether an expression looks like a result: literals, displays and constructors, no types, nothing left out."""
    makers = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    for node in ast.walk(tree):
        if not isinstance(node, VALUES) or abbreviates(node):
            return False
        if isinstance(node, ast.BinOp) and not isinstance(node.op, ast.Add | ast.Sub | ast.Mult | ast.Pow):
            return False
        if isinstance(node, ast.Name) and id(node) not in makers and isinstance(getattr(builtins, node.id, None), type):
            return False
        bare = isinstance(node, ast.Attribute) and id(node) not in makers
        if bare and isinstance(node, ast.Attribute) and not (CONSTANT.match(node.attr) or node.attr in NUMBERS):
            return False
    return True


def abbreviates(node: ast.AST) -> bool:
    """Whether it is `...`, as itself or as text."""
    return isinstance(node, ast.Constant) and (node.value is Ellipsis or node.value in ("...", "…"))


def is_exception(name: str) -> bool:
    """Whether a built-in exception has that name."""
    kind = getattr(builtins, name, None)
    return isinstance(kind, type) and issubclass(kind, BaseException)
