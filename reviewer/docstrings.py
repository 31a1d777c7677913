"""What a docstring says that is raised. Pure; only importer of docstring_parser. Examples are read in `evidence`."""

from __future__ import annotations

import re
from textwrap import dedent
from typing import TYPE_CHECKING

from reviewer.data import Raise

if TYPE_CHECKING:
    from docstring_parser import Docstring, DocstringRaises

# A docstring longer than this is data in disguise; its sections are read from the first part.
MAX_CHARACTERS = 100_000

# `docstring_parser` hands everything up to the next field to the last field's description: a doctest, a code block.
SWALLOWED = re.compile(r"^[ \t]*(?:>>>|```|~~~|\.\. )|\n[ \t]*\n", re.MULTILINE)
# What a type is wrapped in: `:class:`~pkg.Error``, ``Error``, *Error*.
ROLE = re.compile(r":[\w:+.-]+:(?=`)|[`*~!]")
GOOGLE_SECTION = re.compile(
    r"^(?P<indent>[ ]*)(?:Args|Arguments|Raises|Returns):[ ]*(?:\n(?P=indent)[ ]+\S.*)+", re.MULTILINE
)
TYPE_NAME = re.compile(r"[A-Za-z_][\w.]*\Z")
# `:raises: ValueError if n is negative` and a Google line whose role was taken for the separator.
TYPE_IN_TEXT = re.compile(r":?(?:\w+:)?`*~?(?P<type>[A-Z][\w.]*)`*(?:[ \t]*[:-])?[ \t]+(?P<rest>(?s:.+))")


def raises(docstring: str | None) -> tuple[Raise, ...]:
    """The exceptions that a docstring documents in any of the usual styles (reST, Google, NumPy, Epydoc).

    Never raises.
    """
    parsed = _parsed((docstring or "")[:MAX_CHARACTERS])
    return tuple(raised for entry in parsed.raises for raised in _raises(entry)) if parsed else ()


def _parsed(text: str) -> Docstring | None:
    import docstring_parser
    from docstring_parser.google import parse as parse_google

    try:
        parsed = docstring_parser.parse(text)
    except (docstring_parser.ParseError, ValueError, IndexError):
        return None
    if not parsed.meta:
        # One empty Google section, or one in the first line, and the parser gives up on all: read each on its own.
        for section in GOOGLE_SECTION.finditer(text):
            try:
                parsed.meta.extend(parse_google(f"Summary.\n\n{dedent(section[0])}").meta)
            except docstring_parser.ParseError:
                continue
    return parsed


def _raises(entry: DocstringRaises) -> tuple[Raise, ...]:
    """One documented exception for each type that the entry names; none where it names no type."""
    description = entry.description or ""
    names = ROLE.sub("", entry.type_name or "").strip()
    if not names:
        found = TYPE_IN_TEXT.match(description.strip())
        if not found:
            return ()
        names, description = found["type"], found["rest"]
    types = re.split(r"\s*(?:,|\||/|\bor\b)\s*", names)
    return tuple(Raise(name, _text(description)) for name in types if TYPE_NAME.match(name))


def _text(description: str | None) -> str:
    """The description up to what does not belong to it, its lines joined."""
    return " ".join(SWALLOWED.split(description or "", maxsplit=1)[0].split())
