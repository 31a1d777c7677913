"""Pieces of Python inside text: parse them, find where they end, and which names they use. Pure; raises on no text."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Callable, Iterator

# An example is a few lines; a longer span is not read as one, which keeps hostile text cheap.
MAX_SPAN = 2_000
MAX_DEPTH = 40

STRING = (
    r"""(?:(?i:[rbuf]{0,2})(?:'''(?:[^\\]|\\.)*?'''|\"""(?:[^\\]|\\.)*?\"""|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"))"""
)
TOKEN = re.compile(rf"{STRING}|[\[\](){{}}]|\#[^\n]*|\w+|[^\w\[\](){{}}\"'\#]+|.", re.DOTALL)
NUMBER = r"(?:0[xXoObB][\da-fA-F_]+|(?:\d[\d_]*(?:\.\d[\d_]*)?|\.\d+)(?:[eE][+-]?\d+)?[jJ]?)(?![\w])"
NAME = r"[^\W\d]\w*(?:\.[^\W\d]\w*)*"
PREFIX = re.compile(r"(?:[-+~]|not[ ]+)?")
PRIMARY = re.compile(rf"(?P<string>{STRING}(?:[ ]*{STRING})*)|(?P<number>{NUMBER})|(?P<name>{NAME})|(?P<open>[\[({{])")
OPERATOR = re.compile(r"[ ]*(?:\*\*?|\+)[ ]*|[ ]+(?:/|//|-|%)[ ]+")
ATTRIBUTE = re.compile(r"\.[^\W\d]\w*")
LOOSE = (ast.IfExp, ast.Lambda, ast.BoolOp, ast.Compare, ast.NamedExpr, ast.Starred, ast.Yield, ast.YieldFrom)
CLOSER = {"(": ")", "[": "]", "{": "}"}


def statements(text: str) -> list[ast.stmt] | None:
    """The statements of a text, or None if it is not Python."""
    try:
        with warnings.catch_warnings():  # an invalid escape in an example is the author's affair
            warnings.simplefilter("ignore")
            return ast.parse(text).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def expression(text: str) -> ast.expr | None:
    """The one expression that a text is, or None."""
    body = statements(text.strip())
    if body and len(body) == 1 and isinstance(body[0], ast.Expr):
        return body[0].value
    return None


def bracket_end(text: str, start: int) -> int | None:
    """The offset after the bracket that closes the one at `start`; None if none does, or not near or properly."""
    expected: list[str] = []
    for token in TOKEN.finditer(text, start, start + MAX_SPAN):
        piece = token[0]
        if piece in CLOSER:
            expected.append(CLOSER[piece])
            if len(expected) > MAX_DEPTH:
                return None
        elif piece in (")", "]", "}"):
            if expected.pop() != piece:
                return None
            if not expected:
                return token.end()
        elif piece in ("'", '"'):  # a quote that opens no string
            return None
    return None


def value_end(text: str, start: int) -> int | None:
    """The offset after the expression that stands at `start`: literals, displays, calls, sums of them; or None."""
    position = PREFIX.match(text, start).end()  # type: ignore[union-attr]  # the pattern matches everywhere
    while True:
        end = _primary_end(text, position)
        if end is None:
            return None
        operator = OPERATOR.match(text, end)
        if operator is None or not PRIMARY.match(text, operator.end()) or end - start > MAX_SPAN:
            return end
        position = operator.end()


def _primary_end(text: str, start: int) -> int | None:
    found = PRIMARY.match(text, start, start + MAX_SPAN)
    if found is None:
        return None
    end = bracket_end(text, start) if found["open"] else found.end()
    return trailers_end(text, end) if end and found["name"] else end


def trailers_end(text: str, end: int) -> int | None:
    """The offset after the calls, subscripts and attributes that follow an expression directly; None if one is open."""
    position: int | None = end
    while position is not None:
        end = position
        if text[end : end + 1] in ("(", "["):
            position = bracket_end(text, end)
        else:
            attribute = ATTRIBUTE.match(text, end)
            if attribute is None:
                return end
            position = attribute.end()
    return None


def segment(code: str, node: ast.expr) -> str:
    """The text of an expression inside code, in parentheses where it needs them to stand alone."""
    text = ast.get_source_segment(code, node) or ""
    return f"({text})" if isinstance(node, LOOSE) or not expression(text) else text


def names_used(node: ast.AST) -> frozenset[str]:
    """The names a piece of Python takes from around it."""
    loaded = {child.id for child in ast.walk(node) if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Load)}
    if isinstance(node, ast.AugAssign):
        loaded |= {child.id for child in ast.walk(node.target) if isinstance(child, ast.Name)}
    shared = {name for child in ast.walk(node) if isinstance(child, ast.Global) for name in child.names}
    return frozenset((loaded - set(_inner_names(node))) | shared)


def names_bound(node: ast.AST) -> frozenset[str]:
    """The names a statement binds around it."""
    return frozenset(_bindings(node))


def _bindings(root: ast.AST) -> Iterator[str]:
    waiting = [root]  # no recursion: an example may nest as deeply as the parser allows
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
            continue
        if isinstance(node, ast.Lambda | ast.comprehension):
            continue
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from (alias.asname or alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            yield node.id
        elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
            yield node.name
        waiting.extend(ast.iter_child_nodes(node))


def _inner_names(node: ast.AST) -> Iterator[str]:
    """Names that exist only inside: parameters, comprehension targets, what compound statements bind."""
    for child in ast.walk(node):
        if isinstance(child, ast.arg):
            yield child.arg
        elif isinstance(child, ast.comprehension):
            yield from _stored(child.target)
        elif isinstance(child, ast.For | ast.AsyncFor | ast.With | ast.AsyncWith | ast.Try | ast.NamedExpr):
            yield from (name for part in ast.iter_child_nodes(child) for name in _bindings(part))
        elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield child.name
            yield from (name for statement in child.body for name in _bindings(statement))


def _stored(target: ast.AST) -> Iterator[str]:
    return (child.id for child in ast.walk(target) if isinstance(child, ast.Name))


def any_node(root: ast.AST, test: Callable[[ast.AST], bool]) -> bool:
    """Whether a node of the tree passes the test."""
    return any(test(node) for node in ast.walk(root))
