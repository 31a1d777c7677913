"""Python as `ruff format` leaves it, for the shapes that tests are made of. Pure.

A statement is written on one line where it fits, else with one item a line and a trailing comma, which the formatter
keeps. What it would lay out by subtler rules is protected by `# fmt: skip`, so that formatting never changes the text
that a test's hash was taken of. https://docs.astral.sh/ruff/formatter/
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from typing import TypeGuard
from unicodedata import combining, east_asian_width

DEFINITIONS = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
_PREFIX_QUOTES = ("'''", '"""')


def flat(node: ast.AST) -> str:
    """The node on one line (a compound statement: on several), quoted the way the formatter quotes."""
    text = ast.unparse(ast.fix_missing_locations(node))
    if any(isinstance(part, ast.JoinedStr) for part in ast.walk(node)):
        return text
    powers = [part for part in ast.walk(node) if _is_power(part)]
    return requoted(text, hug=bool(powers) and all(map(_is_simple_power, powers)))


def columns(line: str) -> int:
    """How wide the formatter takes a line to be: East Asian letters are two columns wide, combining marks none."""
    if line.isascii():
        return len(line)
    return sum(0 if combining(char) else 2 if east_asian_width(char) in "WF" else 1 for char in line)


def requoted(text: str, *, hug: bool = False) -> str:
    """The text with strings in double quotes, except where that means more escapes, and exponents without `+`.

    With `hug` there are no blanks around `**`.
    """
    lines = text.split("\n")
    offsets = [0]
    for line in lines:
        offsets.append(offsets[-1] + len(line) + 1)
    result, done = [], 0
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type in {tokenize.STRING, tokenize.NUMBER}:
                start = offsets[token.start[0] - 1] + token.start[1]
                number = token.type == tokenize.NUMBER
                result += [text[done:start], token.string.replace("e+", "e") if number else _quoted(token.string)]
                done = offsets[token.end[0] - 1] + token.end[1]
            elif hug and token.string == "**" and text[offsets[token.start[0] - 1] + token.start[1] :][2:3] == " ":
                start = offsets[token.start[0] - 1] + token.start[1]
                result.append(text[done:start].removesuffix(" ") + "**")
                done = start + len("** ")
    except (tokenize.TokenError, SyntaxError):
        return text
    return "".join(result) + text[done:]


def _quoted(literal: str) -> str:
    """One literal as `ast.unparse` writes it, in the preferred quotes."""
    if literal[:1] in "fF" or literal.endswith(_PREFIX_QUOTES):
        return literal
    value = ast.literal_eval(literal)
    return text_literal(value) if isinstance(value, str) else bytes_literal(value)


def text_literal(value: str) -> str:
    """A string literal: double quotes unless the text has more of those than of single ones."""
    return _in_quotes("".join(char if char in "'\"" else repr(char)[1:-1] for char in value))


def bytes_literal(value: bytes) -> str:
    """A bytes literal, quoted as strings are."""
    parts = (bytes([byte]) for byte in value)
    return "b" + _in_quotes("".join(part.decode() if part in b"'\"" else repr(part)[2:-1] for part in parts))


def _in_quotes(body: str) -> str:
    double, single = body.count('"'), body.count("'")
    if double > single:
        return "'" + body.replace("'", "\\'") + "'"
    return '"' + body.replace('"', '\\"') + '"'


def certain(node: ast.AST) -> bool:
    """Whether the formatter leaves `flat(node)` alone where it fits."""
    return not any(_subtle(part) for part in ast.walk(node))


def _is_power(node: ast.AST) -> TypeGuard[ast.BinOp]:
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow)


def _is_simple_power(node: ast.BinOp) -> bool:
    """Whether the formatter leaves out the blanks around `**`: both sides are names, attributes or numbers."""
    return _is_operand(node.left) and _is_operand(node.right)


def _is_operand(node: ast.expr) -> bool:
    while isinstance(node, ast.Attribute):
        node = node.value
    if isinstance(node, ast.Constant):
        return isinstance(node.value, int | float | complex) and not isinstance(node.value, bool)
    return isinstance(node, ast.Name)


def _subtle(node: ast.AST) -> bool:
    match node:
        case ast.Slice():
            bounds = (node.lower, node.upper)
            return not all(bound is None or isinstance(bound, ast.Name | ast.Constant) for bound in bounds)
        case ast.Constant(value=str() | bytes()):
            return False
        case ast.For() | ast.comprehension():
            return isinstance(node.target, ast.Tuple) or _defines(node)
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            annotated = any(argument.annotation for argument in arguments) or bool(getattr(node, "type_params", ()))
            return annotated or _defines(node) or ast.get_docstring(node) is not None
        case ast.ClassDef():
            methods = [isinstance(part, DEFINITIONS) for part in node.body]
            first = ast.get_docstring(node) is not None
            explained = first and (not all(methods[1:]) or "\n" in (ast.get_docstring(node, clean=False) or ""))
            return explained or methods[first:] != sorted(methods[first:]) or _nests(node)
        case ast.UnaryOp(operand=ast.BinOp(op=ast.Pow())):
            return True
    if any(_is_power(part) for part in ast.iter_child_nodes(node)):
        powers = [part for part in ast.walk(node) if _is_power(part)]
        return len({_is_simple_power(part) for part in powers}) > 1
    kinds = ast.JoinedStr | ast.Match | ast.Try | ast.NamedExpr | ast.Yield | ast.YieldFrom | ast.Starred
    return isinstance(node, kinds) or _defines(node)


def _defines(node: ast.AST) -> bool:
    """Whether a function or class is defined inside the statement, which wants blank lines of its own."""
    bodies = [part for name in ("body", "orelse", "finalbody") for part in _list(getattr(node, name, ()))]
    return not isinstance(node, ast.Module | ast.ClassDef) and any(isinstance(part, DEFINITIONS) for part in bodies)


def _nests(node: ast.ClassDef) -> bool:
    """Whether a class has classes in it, or statements and methods without a blank line between them."""
    return any(isinstance(part, ast.ClassDef) for part in node.body)


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def statement(node: ast.stmt, indent: int, width: int) -> list[str]:
    """The lines of a statement, indented by that many spaces."""
    pad = " " * indent
    lines = [pad + line if line else "" for line in flat(node).split("\n")]
    if isinstance(node, ast.ClassDef) and "" in lines and lines[lines.index("") - 1].startswith(f"{pad}class "):
        lines.remove("")
    fits = all(columns(line) <= width for line in lines)
    if fits and certain(node):
        return lines
    if not fits and len(lines) == 1 and certain(node) and (laid := _laid_out(node, indent, width)):
        return laid
    if len(lines) == 1:
        return [lines[0] + "  # fmt: skip"]
    return [f"{pad}# fmt: off", *lines, f"{pad}# fmt: on"]


def _laid_out(node: ast.stmt, indent: int, width: int) -> list[str] | None:
    pad = " " * indent
    if isinstance(node, ast.Expr):
        return exploded(node.value, indent, width)
    if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
        start = f"{pad}{node.targets[0].id} = "
        if isinstance(node.value, ast.Constant):
            if pieces := _pieces(node.value.value, width - indent - 4):
                return [f"{start}(", *(" " * (indent + 4) + text_literal(piece) for piece in pieces), f"{pad})"]
            inner = " " * (indent + 4) + flat(node.value)
            return [f"{start}(", inner, f"{pad})"] if columns(inner) <= width else [start + flat(node.value)]
        return exploded(node.value, indent, width, start=start)
    return None


def _pieces(value: object, room: int) -> list[str]:
    """A long text cut behind its line ends and blanks, each piece short enough; nothing where it cannot be."""
    if not isinstance(value, str):
        return []
    pieces: list[str] = []
    for line in value.splitlines(keepends=True):
        start = len(pieces)
        for word in re.findall(r"\S*\s+|\S+", line):
            if len(pieces) > start and columns(text_literal(pieces[-1] + word)) <= room:
                pieces[-1] += word
            else:
                pieces.append(word)
    return pieces if len(pieces) > 1 and all(columns(text_literal(piece)) <= room for piece in pieces) else []


def exploded(node: ast.expr, indent: int, width: int, start: str | None = None, end: str = "") -> list[str] | None:
    """The expression with one item a line, `start` before and `end` after it; None for shapes laid out otherwise."""
    pad, start = " " * indent, " " * indent if start is None else start
    opening, closing, items = _brackets(node)
    if not items:
        return None
    lines = [start + opening]
    for prefix, item in items:
        whole = f"{pad}    {prefix}{flat(item)},"
        if columns(whole) <= width or isinstance(item, ast.Constant):
            if columns(whole) > width and isinstance(node, ast.Dict):
                return None
            lines.append(whole)
            continue
        inner = exploded(item, indent + 4, width, start=f"{pad}    {prefix}", end=",")
        if inner is None:
            return None
        lines += inner
    return [*lines, pad + closing + end] if columns(lines[0]) <= width else None


def _brackets(node: ast.expr) -> tuple[str, str, list[tuple[str, ast.expr]]]:
    """What opens and closes the node, and its items with what stands before each."""
    match node:
        case ast.Call(func=ast.Name() | ast.Attribute(value=ast.Name() | ast.Constant()), args=args, keywords=keywords):
            if any(isinstance(argument, ast.GeneratorExp) for argument in args):
                return "", "", []
            named = [(f"{keyword.arg}=", keyword.value) for keyword in keywords if keyword.arg]
            return f"{flat(node.func)}(", ")", [*(("", argument) for argument in args), *named]
        case ast.List(elts=items):
            return "[", "]", [("", item) for item in items]
        case ast.Tuple(elts=items):
            return "(", ")", [("", item) for item in items]
        case ast.Set(elts=items):
            return "{", "}", [("", item) for item in items]
        case ast.Dict(keys=keys, values=values) if all(keys):
            return "{", "}", [(f"{flat(key)}: ", value) for key, value in zip(keys, values, strict=True) if key]
    return "", "", []
