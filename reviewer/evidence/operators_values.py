"""Mutation operators on expressions: comparison, boundary, arithmetic, constant."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import TypeGuard

from reviewer.evidence.operator_base import Edit, Site, changed, operator, steers_loop


def _number(value: float) -> ast.expr:
    """A literal; negative ones as Python writes them, so that `-1 ** 2` keeps its meaning."""
    return ast.UnaryOp(ast.USub(), ast.Constant(-value)) if value < 0 else ast.Constant(value)


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _replaced_operator(node: ast.Compare, table: Mapping[type[ast.cmpop], type[ast.cmpop]]) -> Iterator[Edit]:
    for index, old in enumerate(node.ops):
        new = table.get(type(old))
        if new:
            yield Edit(changed(node, ops=[*node.ops[:index], new(), *node.ops[index + 1 :]]))


_NEGATED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.GtE,
    ast.LtE: ast.Gt,
    ast.Gt: ast.LtE,
    ast.GtE: ast.Lt,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}

_SHIFTED: dict[type[ast.cmpop], type[ast.cmpop]] = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt}

_ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Div,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.BitXor: ast.BitAnd,
}


@operator(
    "comparison",
    {
        "x = a < b": ("x = a >= b",),
        "x = a < b == c": ("x = a >= b == c", "x = a < b != c"),
        "x = a in b": ("x = a not in b",),
        "x = a is None": ("x = a is not None",),
        "while a < b:\n    f()": ("while a >= b:\n    f()",),
    },
)
def _comparison(site: Site) -> Iterator[Edit]:
    if isinstance(site.node, ast.Compare):
        yield from _replaced_operator(site.node, _NEGATED)


@operator(
    "boundary",
    {
        "x = a < b": ("x = a <= b",),
        "x = a >= b > c": ("x = a > b > c", "x = a >= b >= c"),
        "x = a == 3": ("x = a == 4", "x = a == 2"),
        "x = a[1:]": ("x = a[2:]", "x = a[0:]"),
        "x = a[-1]": ("x = a[-2]", "x = a[-0]"),
        "x = range(0, b)": ("x = range(1, b)", "x = range(-1, b)"),
        "x = a == b": (),
    },
)
def _boundary(site: Site) -> Iterator[Edit]:
    node = site.node
    if isinstance(node, ast.Compare):
        yield from _replaced_operator(node, _SHIFTED)
    elif isinstance(node, ast.Constant) and _is_number(node.value) and _is_bound(site):
        yield Edit(_number(node.value + 1))
        yield Edit(_number(node.value - 1))


def _is_bound(site: Site) -> bool:
    """Whether a number there decides where something starts or stops."""
    parents = [parent for parent in site.parents[:2] if not isinstance(parent, ast.UnaryOp)]
    parent = parents[0] if parents else site.function
    if isinstance(parent, ast.Call):
        return isinstance(parent.func, ast.Name) and parent.func.id in {"range", "round", "pow", "divmod"}
    return isinstance(parent, ast.Compare | ast.Slice | ast.Subscript)


@operator(
    "arithmetic",
    {
        "x = a + b": ("x = a - b",),
        "x = a // b": ("x = a / b",),
        "x += b": ("x -= b",),
        "x = -a": ("x = a",),
        "x = a + 'px'": ("x = a", "x = 'px'"),
        "x = 'n=%s' % a": (),
        "x = -1": ("x = 1",),
    },
)
def _arithmetic(site: Site) -> Iterator[Edit]:
    node = site.node
    if isinstance(node, ast.BinOp):
        if _is_text(node.left) or _is_text(node.right):  # `-` would only raise TypeError
            if isinstance(node.op, ast.Add):
                yield Edit(node.left)
                yield Edit(node.right)
        elif type(node.op) in _ARITHMETIC:
            yield Edit(changed(node, op=_ARITHMETIC[type(node.op)]()))
    elif isinstance(node, ast.AugAssign) and type(node.op) in _ARITHMETIC and not _is_text(node.value):
        yield Edit(changed(node, op=_ARITHMETIC[type(node.op)]()), minor=steers_loop(site))
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.Invert):
        yield Edit(node.operand)


def _is_text(node: ast.AST) -> bool:
    """Text, bytes or a literal list or tuple: something that `+` joins."""
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str | bytes)
    return isinstance(node, ast.JoinedStr | ast.List | ast.Tuple)


@operator(
    "constant",
    {
        "x = 3": ("x = 4",),
        "x = 0.5": ("x = 1.5",),
        "x = a == 3": (),
        "x = 'a'": ("x = 'XXaXX'",),
        "x = ''": ("x = 'XX'",),
        "x = b'a'": ("x = b'XXaXX'",),
        "x = f'{a}-'": ("x = f'{a}XX-XX'",),
        "x = True": ("x = False",),
        "x = None": ("x = 0",),
        "x = a is None": (),
        "return None": (),
        "x = f'{a:>3}'": (),
    },
)
def _constant(site: Site) -> Iterator[Edit]:
    node = site.node
    if not isinstance(node, ast.Constant) or _is_format(site):
        return
    value = node.value
    if isinstance(value, bool):
        yield Edit(ast.Constant(not value), minor=isinstance(site.parent, ast.While))
    elif isinstance(value, int | float):
        if not _is_bound(site):
            yield Edit(_number(value + 1))
    elif isinstance(value, str):
        yield Edit(ast.Constant(f"XX{value}XX" if value else "XX"), minor=_is_message(site))
    elif isinstance(value, bytes):
        yield Edit(ast.Constant(b"XX%bXX" % value if value else b"XX"), minor=_is_message(site))
    elif value is None and not isinstance(site.parent, ast.Compare | ast.Return | ast.Yield | ast.MatchSingleton):
        yield Edit(ast.Constant(0))


def _is_format(site: Site) -> bool:
    """The `>3` of `f"{a:>3}"`: another one only raises."""
    return any(
        isinstance(above, ast.FormattedValue) and isinstance(below, ast.JoinedStr)
        for below, above in zip(site.parents, site.parents[1:], strict=False)
    )


def _is_message(site: Site) -> bool:
    """Text for people: what an exception says, what a representation looks like."""
    return site.inside(ast.Raise, ast.Assert) or site.function.name in {"__repr__", "__str__", "__format__"}


VALUES = (_comparison, _boundary, _arithmetic, _constant)
