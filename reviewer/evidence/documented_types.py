"""Types as docstrings write them. Pure."""

from __future__ import annotations

import ast
import re


def type_expression(text: str) -> ast.expr | None:
    """A type as documents write it (`list of int`, `str, optional`, `int or None`) as an expression, or None."""
    text = re.sub(r"[`*]|:class:|\(optional\)", "", text).strip()
    text = re.sub(r",\s*(optional|default\b.*|keyword-only)", "", text)
    text = re.sub(r"\b(list|tuple|set|dict|iterable|sequence)s? of (\w+?)s?\b", _list_of, text, flags=re.IGNORECASE)
    text = re.sub(r"\s+or\s+|\s*/\s*", " | ", text).strip().rstrip(".")
    try:
        return ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError):
        return None


def _list_of(match: re.Match[str]) -> str:
    outer = {"iterable": "Iterable", "sequence": "Sequence"}.get(match[1].lower(), match[1].lower())
    return f"{outer}[{match[2]}]"


_DOCUMENTED = (
    re.compile(r"^\s*:type\s+(?P<name>\w+):\s*(?P<type>.+)$", re.MULTILINE),
    re.compile(r"^\s*:param\s+(?P<type>[\w\[\], |.]+?)\s+(?P<name>\w+)\s*:", re.MULTILINE),
    re.compile(r"^\s*(?P<name>\w+)\s*\((?P<type>[^()\n]+)\)\s*:", re.MULTILINE),  # Google
    re.compile(r"^\s*(?P<name>\w+)\s+:\s+(?P<type>[^\n]+)$", re.MULTILINE),  # NumPy
)


def documented_types(docstring: str) -> dict[str, str]:
    """The type text of each documented parameter, in Google, NumPy and reST style."""
    found: dict[str, str] = {}
    for pattern in _DOCUMENTED:
        for match in pattern.finditer(docstring):
            found.setdefault(match["name"], match["type"].strip())
    return found
