"""Pieces of a page. A text is made harmless when it becomes part of an element, so none can be forgotten.

Names of elements and attributes are written in the modules of this format and never come from a report.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from html import escape
from typing import NamedTuple

from reviewer.emitters import sanitise

_VOID = {"meta"}
_INLINE = {"a", "code", "mark", "span", "strong", "title"}  # what follows the others may stand on a new line
# Characters that no page may hold, however they are written: https://infra.spec.whatwg.org/#noncharacter
_PLANES = "".join(f"\\U{plane << 16 | end:08x}" for plane in range(17) for end in (0xFFFE, 0xFFFF))
_FORBIDDEN = re.compile(f"[\\ufdd0-\\ufdef{_PLANES}]")


class Html(NamedTuple):
    """A piece of a page, markup included."""

    source: str


def element(name: str, /, *children: Html | str | None, **attributes: str) -> Html:
    """An element. A child that is text may have several lines; None is no child.

    An attribute whose name is a keyword is given with `_` at its end (`class_`); any other `_` stands for `-`.
    """
    written = "".join(
        f' {key.removesuffix("_").replace("_", "-")}="{_harmless(value, sanitise.line)}"'
        for key, value in attributes.items()
    )
    end = "" if name in _VOID else f"</{name}>"
    return Html(f"<{name}{written}>{joined(children).source}{end}" + ("" if name in _INLINE else "\n"))


def joined(children: Iterable[Html | str | None], between: str = "") -> Html:
    """Pieces after each other."""
    pieces = (
        child.source if isinstance(child, Html) else _harmless(child, sanitise.block)
        for child in children
        if child is not None
    )
    return Html(between.join(pieces))


def code(text: str) -> Html:
    """Code, or a name from it, on one line."""
    return element("code", sanitise.line(text))


def _harmless(text: str, visible: Callable[[str], str]) -> str:
    text = _FORBIDDEN.sub(_escape, visible(text))
    return escape(text, quote=False).replace('"', "&quot;")


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
