"""The statements of a test function. Pure."""

from __future__ import annotations

import ast

from reviewer.testfiles.formatting import DEFINITIONS, columns, flat, statement
from reviewer.testfiles.records import Check

INDENT = 4


def body(made: Check, width: int) -> list[str]:
    """The lines of the function's body: arrange, then assert."""
    lines: list[str] = []
    for node in _used(made):
        apart = isinstance(node, DEFINITIONS)
        blank = [""] if lines and lines[-1] and apart else []
        lines += [*blank, *statement(node, INDENT, width), *([""] if apart else [])]
    if made.form == "prints" and any(isinstance(node, ast.Call) for part in made.setup for node in ast.walk(part)):
        lines.append(" " * INDENT + "capsys.readouterr()")  # what the setup prints is not what the example shows
    if isinstance(made.call, ast.stmt) and made.form == "raises":
        return [*lines, *_raises(made, made.call, width)]
    if isinstance(made.call, ast.stmt):
        return [*lines, *statement(made.call, INDENT, width), *_output(made, width)]
    return [*lines, *_asserted(made, made.call, width)]


def _asserted(made: Check, call: ast.expr, width: int) -> list[str]:
    match made.form:
        case "raises":
            return _raises(made, call, width)
        case "nan":
            return _assertion(_call("math.isnan", call), None, "", made, width)
        case "repr":
            return _assertion(_call("repr", call), made.expected, "==", made, width)
        case "round":
            return _assertion(_call("round", call, ast.Constant(made.digits)), made.expected, "==", made, width)
        case "approx":
            assert made.expected is not None
            near = [ast.keyword("abs", ast.Constant(0.5 * 10.0**-made.digits))] if made.digits > 1 else []
            approximate = ast.Call(ast.parse("pytest.approx", mode="eval").body, [made.expected], near)
            return _assertion(call, approximate, "==", made, width)
        case "prints":
            shown = _call("print", _call("repr", call)) if made.shows else call
            return [*statement(ast.Expr(shown), INDENT, width), *_output(made, width)]
    return _assertion(call, made.expected, "is" if made.form == "is" else "==", made, width)


def _call(name: str, *arguments: ast.expr) -> ast.Call:
    return ast.Call(ast.parse(name, mode="eval").body, list(arguments), [])


def _assertion(left: ast.expr, right: ast.expr | None, relation: str, made: Check, width: int) -> list[str]:
    """`assert left == right`, over named values where that is too long for a line."""
    if right is not None and relation == "==" and isinstance(right, ast.Constant) and isinstance(right.value, bool):
        relation, right = "", None if right.value else right
        left = left if right is None else ast.UnaryOp(ast.Not(), left)
        right = None
    if relation == "is" and isinstance(right, ast.Constant) and (plain := _plain(left, right.value)):
        left, right = plain, None
    node: ast.expr = left
    if right is not None:
        node = ast.Compare(left, [ast.Is() if relation == "is" else ast.Eq()], [right])
    lines = statement(ast.Assert(node), INDENT, width)
    if len(lines) == 1 and columns(lines[0]) <= width and "# fmt" not in lines[0]:
        return lines
    result, expected = _free("result", made), _free("expected", made)
    lines = statement(_assign(result, left), INDENT, width)
    shown = f"assert {result}" if right is None else f"assert {result} {relation} {flat(right)}"
    if right is None or (
        columns(shown) + INDENT <= width and "# fmt" not in "".join(statement(ast.Expr(right), 0, 10**6))
    ):
        return [*lines, " " * INDENT + shown]
    if isinstance(right, ast.Name):
        return [*lines, f"    assert {result} {relation} {right.id}"]
    return [*lines, *statement(_assign(expected, right), INDENT, width), f"    assert {result} {relation} {expected}"]


def _plain(claim: ast.expr, holds: object) -> ast.expr | None:
    """The claim as it is asserted where it surely gives a bool: `x in xs` for `(x in xs) is True`; else None."""
    match claim:
        case ast.Compare(ops=[ast.Eq() | ast.NotEq() | ast.Is() | ast.IsNot() | ast.In() | ast.NotIn() as op]):
            turned = _TURNED.get(type(op))
            if holds is False and turned is not None:
                return ast.Compare(claim.left, [turned()], claim.comparators)
            return claim if holds is True else None
        case ast.Call(func=ast.Name("isinstance" | "issubclass" | "hasattr" | "callable")):
            return claim if holds is True else ast.UnaryOp(ast.Not(), claim) if holds is False else None
    return None


_TURNED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}


def _assign(name: str, value: ast.expr) -> ast.Assign:
    return ast.Assign([ast.Name(name, ast.Store())], value)


def _free(name: str, made: Check) -> str:
    """The name, or with `_` where the test uses it already."""
    parts = [*made.setup, made.call, *([made.expected] if made.expected else [])]
    used = {node.id for part in parts for node in ast.walk(part) if isinstance(node, ast.Name)}
    while name in used or name in made.imports:
        name += "_"
    return name


def _raises(made: Check, call: ast.expr | ast.stmt, width: int) -> list[str]:
    pad = " " * INDENT
    lines: list[str] = []
    matched = ""
    if isinstance(made.expected, ast.Constant):
        pattern = _pattern(made.expected.value)
        matched = f", match={pattern}"
        if columns(f"{pad}with pytest.raises({made.exception}{matched}):") > width:
            name = _free("message", made)
            line = f"{pad}{name} = {pattern}"
            wrapped = [f"{pad}{name} = (", f"{pad}    {pattern}", f"{pad})"]
            lines = [line] if columns(line) <= width or columns(wrapped[1]) > width else wrapped
            matched = f", match={name}"
    header = [f"{pad}with pytest.raises({made.exception}{matched}):"]
    if columns(header[0]) > width:
        arguments = [made.exception, *([matched[2:]] if matched else [])]
        header = [f"{pad}with pytest.raises(", *(f"{pad}    {one}," for one in arguments), f"{pad}):"]
    return [*lines, *header, *statement(call if isinstance(call, ast.stmt) else ast.Expr(call), 2 * INDENT, width)]


def _pattern(value: object) -> str:
    """A regular expression as a literal: raw where it has backslashes and can be."""
    text = str(value)
    if "\\" in text and text.isprintable() and '"' not in text:
        return f'r"{text}"'
    return flat(ast.Constant(text))


def _output(made: Check, width: int) -> list[str]:
    assert made.expected is not None
    read = ast.parse("capsys.readouterr().out", mode="eval").body
    if not made.flags:
        return _assertion(read, made.expected, "==", made, width)
    expected = _free("expected", made)
    flags = " | ".join(f"doctest.{flag}" for flag in made.flags)
    code = (
        f"output = capsys.readouterr().out\nflags = {flags}\n"
        f"assert doctest.OutputChecker().check_output({expected}, output, flags)"
    )
    nodes = [_assign(expected, made.expected), *ast.parse(code).body]
    return [line for node in nodes for line in statement(node, INDENT, width)]


def _used(made: Check) -> list[ast.stmt]:
    """The setup without names that nothing reads: a linter would complain."""
    kept: list[ast.stmt] = []
    later: list[ast.AST] = [made.call, *([made.expected] if made.expected else [])]
    for node in reversed(made.setup):
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
            if not any(isinstance(n, ast.Name) and n.id == name for part in later for n in ast.walk(part)):
                if not any(isinstance(part, ast.Call | ast.Subscript) for part in ast.walk(node.value)):
                    continue
                node = ast.Expr(node.value)
        node = _without_unread(node, later)
        later.append(node)
        kept.append(node)
    return kept[::-1]


def _without_unread(node: ast.stmt, later: list[ast.AST]) -> ast.stmt:
    """`a, _b = 1, 2` where nothing reads the second: names of a literal tuple count as unused otherwise."""
    match node:
        case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Tuple()):
            read = {part.id for one in later for part in ast.walk(one) if isinstance(part, ast.Name)}
            named = [
                ast.Name(f"_{name.id}", ast.Store())
                if isinstance(name, ast.Name) and name.id not in read and not name.id.startswith("_")
                else name
                for name in names
            ]
            return ast.Assign([ast.Tuple(named, ast.Store())], node.value)
    return node
