"""The source of one function, cut out of its file with its indentation: its syntax tree and its statements."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator, Sequence

from reviewer.records import record

WRAPPER = "if 1:\n"  # makes an indented function a whole program, where removing the indentation would break strings


def standalone(source: str) -> tuple[str, int]:
    """The source as a program of its own, and the number of lines put before it."""
    return (WRAPPER + source, 1) if source[:1] in (" ", "\t") else (source, 0)


def tree(source: str) -> ast.Module | None:
    """The syntax tree of a function's source, None if this Python cannot parse it; lines as in `standalone`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # invalid escapes in reviewed code are not for our stderr
        try:
            return ast.parse(standalone(source)[0])
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None


@record(frozen=True, slots=True)
class Unit:
    """Lines `first`..`last` (1-based in the source) shown together: a simple statement or a compound one's head.

    `heads` are the places, in the sequence of units, of the heads it stands under. Comments and blank lines belong to
    what follows them.
    """

    first: int
    last: int
    heads: tuple[int, ...]


def units(source: str) -> tuple[Unit, ...]:
    """The source cut at statement boundaries, each line in exactly one unit; the first is the function's own head."""
    total = source.removesuffix("\n").count("\n") + 1
    # For Python a lone carriage return ends a line, for git and for us it does not.
    parsed, before = tree(source.replace("\r", " ")), standalone(source)[1]
    nodes = ast.walk(parsed) if parsed else iter(())
    function = next((node for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)), None)
    if function is None:
        return tuple(by_indentation(source.split("\n")[:total]))
    found: list[Unit] = []
    add_statement(function, (), before, found)
    last = found[-1]
    return (*found[:-1], Unit(last.first, max(total, last.last), last.heads))


def add_statement(statement: ast.stmt, heads: tuple[int, ...], before: int, found: list[Unit]) -> None:
    """Append the units of one statement."""
    for block in blocks(statement):
        place = len(found)
        if add_unit(first_line(block[0]) - 1 - before, heads, found):
            heads = (*heads, place)
        for inner in block:
            add_statement(inner, heads, before, found)
    add_unit((statement.end_lineno or statement.lineno) - before, heads, found)


def add_unit(last: int, heads: tuple[int, ...], found: list[Unit]) -> bool:
    """Append the lines since the last unit up to `last`; False if there are none (statements that share a line)."""
    first = found[-1].last + 1 if found else 1
    if last >= first:
        found.append(Unit(first, last, heads))
    return last >= first


def blocks(statement: ast.stmt) -> Iterator[Sequence[ast.stmt]]:
    """The statement's blocks in the order of the text."""
    for field in ("body", "handlers", "cases", "orelse", "finalbody"):
        for part in getattr(statement, field, ()):
            if isinstance(part, ast.ExceptHandler | ast.match_case):
                yield part.body
        members = getattr(statement, field, ())
        if members and isinstance(members[0], ast.stmt):
            yield members


def first_line(statement: ast.stmt) -> int:
    """The statement's first line, decorators included."""
    decorators: Sequence[ast.expr] = getattr(statement, "decorator_list", ())
    return min([statement.lineno, *(decorator.lineno for decorator in decorators)])


def by_indentation(lines: Sequence[str]) -> Iterator[Unit]:
    """For source that cannot be parsed: each line is a unit, under the lines above it that are indented less."""
    open_heads: list[tuple[int, int]] = []  # indentation and place
    for place, line in enumerate(lines):
        if line.strip():
            depth = len(line) - len(line.lstrip())
            while open_heads and open_heads[-1][0] >= depth:
                open_heads.pop()
        yield Unit(place + 1, place + 1, tuple(head for _, head in open_heads))
        if line.strip():
            open_heads.append((depth, place))
