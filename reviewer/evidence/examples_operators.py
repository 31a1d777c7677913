"""Which syntax and built-in functions reach the methods that are never called by name (`__len__`, `__add__`). Pure."""

from __future__ import annotations

import ast
from collections.abc import Sequence

_COMPARISONS: dict[str, tuple[type[ast.cmpop], ...]] = {
    "__eq__": (ast.Eq, ast.NotEq, ast.In, ast.NotIn),
    "__ne__": (ast.NotEq,),
    "__lt__": (ast.Lt, ast.Gt),
    "__gt__": (ast.Lt, ast.Gt),
    "__le__": (ast.LtE, ast.GtE),
    "__ge__": (ast.LtE, ast.GtE),
    "__contains__": (ast.In, ast.NotIn),
}
_ARITHMETIC: dict[str, type[ast.operator]] = {
    "add": ast.Add,
    "sub": ast.Sub,
    "mul": ast.Mult,
    "matmul": ast.MatMult,
    "truediv": ast.Div,
    "floordiv": ast.FloorDiv,
    "mod": ast.Mod,
    "pow": ast.Pow,
    "lshift": ast.LShift,
    "rshift": ast.RShift,
    "and": ast.BitAnd,
    "or": ast.BitOr,
    "xor": ast.BitXor,
}
_UNARY: dict[str, type[ast.unaryop]] = {
    "__neg__": ast.USub,
    "__pos__": ast.UAdd,
    "__invert__": ast.Invert,
    "__bool__": ast.Not,
    "__len__": ast.Not,
}
_SYNTAX: dict[str, tuple[type[ast.AST], ...]] = {
    "__iter__": (ast.For, ast.comprehension, ast.Starred, ast.YieldFrom),
    "__next__": (ast.For, ast.comprehension, ast.Starred),
    "__aiter__": (ast.AsyncFor,),
    "__anext__": (ast.AsyncFor,),
    "__enter__": (ast.With,),
    "__exit__": (ast.With,),
    "__aenter__": (ast.AsyncWith,),
    "__aexit__": (ast.AsyncWith,),
    "__await__": (ast.Await,),
    "__str__": (ast.FormattedValue,),
    "__format__": (ast.FormattedValue,),
    "__bool__": (ast.If, ast.While, ast.Assert, ast.BoolOp, ast.IfExp),
    "__hash__": (ast.Set, ast.Dict, ast.SetComp, ast.DictComp),
    "__missing__": (ast.Subscript,),
}
_SUBSCRIPTS: dict[str, type[ast.expr_context]] = {
    "__getitem__": ast.Load,
    "__setitem__": ast.Store,
    "__delitem__": ast.Del,
}
_WALKED = (
    "list",
    "tuple",
    "set",
    "frozenset",
    "sorted",
    "sum",
    "min",
    "max",
    "any",
    "all",
    "dict",
    "iter",
    "enumerate",
)
_FUNCTIONS: dict[str, tuple[str, ...]] = {
    "__iter__": (*_WALKED, "zip", "map", "filter", "join"),
    "__next__": ("next", *_WALKED),
    "__getitem__": ("reversed",),
    "__lt__": ("sorted", "min", "max", "sort"),
    "__gt__": ("max",),
    "__eq__": ("index", "count", "remove"),
    "__hash__": ("hash", "set", "frozenset"),
    "__str__": ("str", "print", "format"),
    "__repr__": ("repr",),
    "__format__": ("format",),
    "__length_hint__": ("list",),
    "__len__": ("len", "bool", "reversed"),
    "__fspath__": ("fspath", "open"),
    "__bool__": ("bool", "any", "all"),
    "__floor__": ("floor",),
    "__ceil__": ("ceil",),
    "__trunc__": ("trunc",),
    "__copy__": ("copy",),
    "__deepcopy__": ("deepcopy",),
    "__index__": ("range", "hex", "oct", "bin"),
}
_OWN = ("int", "float", "complex", "bytes", "abs", "round", "reversed", "divmod", "dir")  # `__abs__` is `abs(...)`


def reaches(method: str, owner: str, example: ast.AST, before: Sequence[ast.AST], shown: str | None = None) -> bool:
    """Whether an example, or what it needs before it, uses the syntax of a method on what may be an `owner`.

    It must build an instance or name the class; `shown` is the output, which for a lone expression is its `repr`.
    """
    nodes = [node for tree in (example, *before) for node in ast.walk(tree)]
    name = owner.rpartition(".")[2]
    if not any(name in (getattr(node, "id", None), getattr(node, "attr", None)) for node in nodes):
        return False
    if method == "__repr__" and shown and f"{name}(" in shown and not _prints(example):
        return True
    return any(_uses(node, method, name) for node in nodes)


def _prints(tree: ast.AST) -> bool:
    return any(isinstance(node, ast.Call) and _called(node) == "print" for node in ast.walk(tree))


def _called(node: ast.Call) -> str:
    """The last part of the name that a call calls; the empty text where it calls the value of an expression."""
    return node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")


def _uses(node: ast.AST, method: str, owner: str) -> bool:
    if isinstance(node, _SYNTAX.get(method, ())):
        return True
    bare = method.strip("_")
    match node:
        case ast.Compare(ops=ops):
            return any(isinstance(operator, _COMPARISONS.get(method, ())) for operator in ops)
        case ast.BinOp(op=operator) | ast.AugAssign(op=operator):
            return any(
                isinstance(operator, kind)
                for word, kind in _ARITHMETIC.items()
                if bare in (word, f"r{word}", f"i{word}")
            )
        case ast.UnaryOp(op=operator):
            return method in _UNARY and isinstance(operator, _UNARY[method])
        case ast.Subscript(ctx=context):
            return method in _SUBSCRIPTS and isinstance(context, _SUBSCRIPTS[method])
        case ast.Call():
            return _call_uses(node, method, bare, owner)
    return False


def _call_uses(node: ast.Call, method: str, bare: str, owner: str) -> bool:
    called = _called(node)
    if method == "__call__":  # `Adder(1)(2)`, `add(2)`: not the class itself, nor a method of something
        return not isinstance(node.func, ast.Attribute) and called != owner and called not in _BUILTIN
    return called == method or called in _FUNCTIONS.get(method, ()) or (bare in _OWN and called == bare)


_BUILTIN = {*_OWN, *_WALKED, *(name for names in _FUNCTIONS.values() for name in names), "isinstance", "type"}
