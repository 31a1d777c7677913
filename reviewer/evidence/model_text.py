"""Text that should be Python, from a model: parsed, or refused with the reason. Pure."""

from __future__ import annotations

import ast
import re

from reviewer.evidence.examples_syntax import segment, statements

MAX_DEPTH = 40  # of nested syntax; deeper code is a mistake or an attack on whoever walks it
PROMPTS = re.compile(r"^(?:>>>|\.\.\.) ?", re.MULTILINE)


class Refused(Exception):  # noqa: N818 - an outcome, not a fault
    """Code that is no case; the text says why."""


def parsed(text: str) -> tuple[str, list[ast.stmt]]:
    """The text without prompts of a session or backticks, and its statements. Raises Refused."""
    code = PROMPTS.sub("", printable(text).strip().strip("`").strip())
    body = statements(code)
    if not body:
        raise Refused("it is not Python")
    if any(too_deep(node) for node in body):
        raise Refused("it is nested too deeply")
    return code, body


def printable(text: str) -> str:
    """The text, if nothing in it could show as something else. Raises Refused."""
    if any(not (character.isprintable() or character in "\n\t") for character in text):
        raise Refused("it holds characters that do not show")
    return text


def written(code: str, node: ast.stmt | ast.expr) -> str:
    """A part of the code as one line where it is one, else as Python would write it."""
    text = segment(code, node) if isinstance(node, ast.expr) else ast.get_source_segment(code, node) or ""
    return text if text and "\n" not in text and statements(text) else ast.unparse(node)


def too_deep(node: ast.AST) -> bool:
    """Whether the syntax is nested deeper than a case has any need for."""
    level = [node]
    for _ in range(MAX_DEPTH):
        level = [child for one in level for child in ast.iter_child_nodes(one)]
        if not level:
            return False
    return True


def acts(node: ast.Expr) -> bool:
    """Whether an expression statement may have an effect."""
    return any(isinstance(child, ast.Call | ast.Await | ast.Attribute | ast.Subscript) for child in ast.walk(node))
