"""Code blocks and Examples sections: Python statements, with notations between them or in their comments. Pure."""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterator

from reviewer.data import Expected, ExpectedKind
from reviewer.evidence import examples_inline
from reviewer.evidence.examples_doctest import promised
from reviewer.evidence.examples_session import Step
from reviewer.evidence.examples_syntax import expression, segment, statements
from reviewer.evidence.examples_values import is_value

MAX_DEPTH = 3  # titles below titles
COMMENT = re.compile(
    r"[ \t]*#[ \t]*(?P<mark>(?:->|=>|→|prints:?|output:?)[ \t]*)?(?P<text>[^\n]*?)[ \t]*\Z", re.IGNORECASE
)
CONTINUES = re.compile(r"[)\]}]|#|(?:else|elif|except|finally)\b")


def steps(docstring: str, start: int, end: int, name: str, *, attribute: bool, depth: int = 0) -> Iterator[Step]:
    """The steps of the characters start..end, statement by statement; what is indented below a title is read alike."""
    for first, last in _groups(docstring, start, end):
        text = docstring[first:last]
        code = textwrap.dedent(text).strip("\n")
        body = statements(code)
        title = docstring.find("\n", first, last)
        if body is None and depth < MAX_DEPTH and title >= 0 and docstring[first:title].rstrip().endswith(":"):
            yield from examples_inline.steps(docstring, first, title, name, attribute=attribute)
            yield from steps(docstring, title + 1, last, name, attribute=attribute, depth=depth + 1)
        elif not body:
            yield from examples_inline.steps(docstring, first, last, name, attribute=attribute)
        else:
            inline = examples_inline.steps(docstring, first, last, name, attribute=attribute)
            commented = list(inline) if "#" in code else []
            for number, node in enumerate(body):
                yield from _statement(code, node, text.strip(), commented if number == len(body) - 1 else [])


def _groups(docstring: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Spans of lines that belong together: one that stands leftmost, and what is indented below it or closes it."""
    lines = docstring[start:end].split("\n")
    indentation = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
    first, position, decorated = start, start, False
    for line in lines:
        left = line[indentation:]
        if left.strip() and not left[0].isspace():
            if not decorated and not CONTINUES.match(left):
                if docstring[first:position].strip():
                    yield first, position
                first = position
            decorated = left.startswith("@")
        position += len(line) + 1
    if docstring[first:end].strip():
        yield first, end


def _statement(code: str, node: ast.stmt, quote: str, commented: list[Step]) -> Iterator[Step]:
    promise = promised(code, node)
    if promise:
        comment = code.splitlines()[(node.end_lineno or 1) - 1].rpartition("#")[2].strip()
        if comment != "False":  # `f(0.1) == 0.3  # False`
            yield Step(promise[0], quote, Expected(ExpectedKind.VALUE, promise[1]), runs=False)
        return
    printed = _printed(code, node)
    if printed:
        yield Step(segment(code, node.value), quote, printed, runs=False)  # type: ignore[attr-defined]  # an Expr
        return
    yield from commented
    kinds = (ast.Import, ast.ImportFrom, ast.Assign, ast.AugAssign, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    called = isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
    if isinstance(node, (*kinds, ast.With, ast.For)) or (called and not commented):
        first = min([node.lineno, *(decorator.lineno for decorator in getattr(node, "decorator_list", []))])
        yield Step("\n".join(code.splitlines()[first - 1 : node.end_lineno]), quote, alone=False)


def _printed(code: str, node: ast.stmt) -> Expected | None:
    """The output that a comment after `print(...)` shows, when it cannot be read as anything else."""
    value = node.value if isinstance(node, ast.Expr) else None
    if not (isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "print"):
        return None
    line = code.splitlines()[(node.end_lineno or 1) - 1].encode()[node.end_col_offset :].decode(errors="replace")
    comment = COMMENT.match(line)
    shown = expression(comment["text"]) if comment else None
    plain = isinstance(shown, ast.Constant | ast.List | ast.Tuple | ast.Dict | ast.Set | ast.UnaryOp) and is_value(
        shown
    )
    if comment is None or not plain or (isinstance(shown, ast.Constant) and isinstance(shown.value, str)):
        return None
    return Expected(ExpectedKind.OUTPUT, comment["text"] + "\n")
