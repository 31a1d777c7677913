"""Mutation operators on what runs and what comes out: boolean, return, exception, arguments, statement."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from reviewer.evidence.operator_base import Edit, Site, called, changed, is_none, operator, steers_loop


@operator(
    "boolean",
    {
        "x = a and b": ("x = a or b", "x = b", "x = a"),
        "x = not a": ("x = a",),
        "if a:\n    f()": ("if not a:\n    f()",),
        "if a < b:\n    f()": (),
        "while a:\n    f()": ("while False:\n    f()",),
        "x = b if a else c": ("x = b if not a else c",),
        "x = [i for i in a if i]": ("x = [i for i in a if not i]",),
    },
)
def _boolean(site: Site) -> Iterator[Edit]:
    node = site.node
    if isinstance(node, ast.BoolOp):
        yield Edit(changed(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And()))
        for index in range(len(node.values)):
            rest = [*node.values[:index], *node.values[index + 1 :]]
            yield Edit(rest[0] if len(rest) == 1 else changed(node, values=rest))
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield Edit(node.operand)
    elif isinstance(node, ast.While) and _plain_condition(node.test):
        yield Edit(changed(node, test=ast.Constant(False)))
    elif isinstance(node, ast.If | ast.IfExp) and _plain_condition(node.test):
        yield Edit(changed(node, test=ast.UnaryOp(ast.Not(), node.test)))
    elif isinstance(node, ast.comprehension):
        for index, test in enumerate(node.ifs):
            if _plain_condition(test):
                negated = ast.UnaryOp(ast.Not(), test)
                yield Edit(changed(node, ifs=[*node.ifs[:index], negated, *node.ifs[index + 1 :]]))


def _plain_condition(test: ast.expr) -> bool:
    """A condition that no other operator turns round: `a < b` and `not a` have their own."""
    if isinstance(test, ast.UnaryOp):
        return not isinstance(test.op, ast.Not)
    return not isinstance(test, ast.Constant) and not (isinstance(test, ast.Compare) and len(test.ops) == 1)


@operator(
    "return",
    {
        "return a": ("return None",),
        "return a == b": ("return None", "return not a == b"),
        "return a * b": ("return None", "return -(a * b)"),
        "return": (),
        "if a:\n    return\nf()": ("if a:\n    pass\nf()",),
        "if a:\n    return b\nf()": ("if a:\n    return None\nf()", "if a:\n    pass\nf()"),
        "yield a": ("yield None",),
    },
)
def _return(site: Site) -> Iterator[Edit]:
    node = site.node
    if isinstance(node, ast.Yield) and not is_none(node.value):
        yield Edit(ast.Yield(ast.Constant(None)))
    if not isinstance(node, ast.Return):
        return
    if node.value is not None and not is_none(node.value):
        yield Edit(ast.Return(ast.Constant(None)))
        if isinstance(node.value, ast.Compare | ast.BoolOp):
            yield Edit(ast.Return(ast.UnaryOp(ast.Not(), node.value)))
        elif isinstance(node.value, ast.BinOp) and isinstance(node.value.op, ast.Mult | ast.Div | ast.Pow | ast.Sub):
            yield Edit(ast.Return(ast.UnaryOp(ast.USub(), node.value)))
    if site.parent is not site.function:
        yield Edit(ast.Pass())


_SIBLINGS = {"ValueError": "TypeError", "TypeError": "ValueError", "KeyError": "IndexError", "IndexError": "KeyError"}


@operator(
    "exception",
    {
        "raise ValueError(a)": ("raise TypeError(a)", "pass"),
        "raise Mine(a, code=3)": ("raise RuntimeError(a)", "pass"),
        "raise KeyError": ("raise IndexError", "pass"),
        "raise": ("pass",),
        "try:\n    f()\nexcept A:\n    g()": ("try:\n    f()\nexcept ():\n    g()",),
        "try:\n    f()\nexcept A:\n    g()\nexcept B:\n    h()": (
            "try:\n    f()\nexcept A:\n    h()\nexcept B:\n    g()",
            "try:\n    f()\nexcept ():\n    g()\nexcept B:\n    h()",
            "try:\n    f()\nexcept A:\n    g()\nexcept ():\n    h()",
        ),
    },
)
def _exception(site: Site) -> Iterator[Edit]:
    node = site.node
    if isinstance(node, ast.Raise):
        if node.exc is not None and (other := _other_exception(node.exc)):
            yield Edit(changed(node, exc=other))
        yield Edit(ast.Pass())
    elif isinstance(node, ast.ExceptHandler):
        yield Edit(changed(node, type=ast.Tuple([], ast.Load())))
    elif isinstance(node, ast.Try):
        for first, (one, two) in enumerate(zip(node.handlers, node.handlers[1:], strict=False)):
            swapped = [changed(one, body=two.body, name=two.name), changed(two, body=one.body, name=one.name)]
            yield Edit(changed(node, handlers=[*node.handlers[:first], *swapped, *node.handlers[first + 2 :]]))


def _other_exception(raised: ast.expr) -> ast.expr | None:
    name = raised.func if isinstance(raised, ast.Call) else raised
    text = ast.unparse(name).rpartition(".")[2]
    if not text[:1].isupper():  # `raise error`: a value, not a type
        return None
    other = ast.Name(_SIBLINGS.get(text, "ValueError" if text == "RuntimeError" else "RuntimeError"), ast.Load())
    return ast.Call(other, raised.args, []) if isinstance(raised, ast.Call) else other


_COMMUTATIVE = {"max", "min", "gcd", "lcm", "hypot", "isclose", "isinstance", "issubclass", "print", "cast"}


@operator(
    "arguments",
    {
        "x = f(a, b)": ("x = f(b, a)",),
        "x = f(a, b, c)": ("x = f(b, a, c)", "x = f(a, c, b)"),
        "x = f(a, *b)": (),
        "x = max(a, b)": (),
        "x = f(a, a)": (),
    },
)
def _arguments(site: Site) -> Iterator[Edit]:
    node = site.node
    if not isinstance(node, ast.Call) or called(node).rpartition(".")[2] in _COMMUTATIVE:
        return
    for first, (one, two) in enumerate(zip(node.args, node.args[1:], strict=False)):
        plain = not isinstance(one, ast.Starred) and not isinstance(two, ast.Starred)
        if plain and ast.dump(one) != ast.dump(two):
            yield Edit(changed(node, args=[*node.args[:first], two, one, *node.args[first + 2 :]]))


@operator(
    "statement",
    {
        "f(a)": ("pass",),
        "x += 1": ("pass",),
        "self.a = b": ("pass",),
        "x = a": (),
        "x = a\nx = b": ("x = a\npass",),
        "del a[0]": ("pass",),
        "for i in a:\n    if i:\n        continue\n    f": (
            "for i in a:\n    if i:\n        pass\n    f",
            "for i in a:\n    if i:\n        break\n    f",
        ),
        "for i in a:\n    break": ("for i in a:\n    pass", "for i in a:\n    continue"),
        "for i in a:\n    continue": ("for i in a:\n    break",),
    },
)
def _statement(site: Site) -> Iterator[Edit]:
    node = site.node
    if isinstance(node, ast.Continue):
        if not (isinstance(site.parent, ast.For | ast.While) and site.parent.body[-1] is node):
            yield Edit(ast.Pass())
        yield Edit(ast.Break())
    elif isinstance(node, ast.Break):
        minor = next((isinstance(p, ast.While) for p in site.parents if isinstance(p, ast.For | ast.While)), False)
        yield Edit(ast.Pass(), minor)
        yield Edit(ast.Continue(), minor)
    elif (isinstance(node, ast.Expr) and isinstance(node.value, ast.Call | ast.Await)) or isinstance(node, ast.Delete):
        yield Edit(ast.Pass())
    elif isinstance(node, ast.AugAssign):
        yield Edit(ast.Pass(), minor=steers_loop(site))
    elif isinstance(node, ast.Assign) and all(_is_set_before(target, site) for target in node.targets):
        yield Edit(ast.Pass())


def _is_set_before(target: ast.expr, site: Site) -> bool:
    """Whether the target has a value without this assignment, so that removing it does not just raise NameError."""
    if isinstance(target, ast.Attribute | ast.Subscript):
        return True
    if not isinstance(target, ast.Name):
        return False
    line = getattr(site.node, "lineno", 0)
    arguments = {node.arg for node in ast.walk(site.function.args) if isinstance(node, ast.arg)}
    return target.id in arguments or any(
        isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node.id == target.id and node.lineno < line
        for node in ast.walk(site.function)
    )


FLOW = (_boolean, _return, _exception, _arguments, _statement)
