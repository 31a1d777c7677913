"""Lines of safe spans: what the formats for people are laid out with.

A span is a style and a text that is already safe to show; colour only wraps spans.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from reviewer.emitters import phrases, sanitise

if TYPE_CHECKING:
    from reviewer.data import Counterexample

Span = tuple[str, str]  # rich's name of a style ("" is plain), safe text
Line = tuple[Span, ...]


def plain(lines: Iterable[Line]) -> str:
    """The lines without their styles, and without a newline at the end."""
    return "\n".join("".join(text for _, text in line) for line in lines)


def identity(mark: str) -> Line:
    """What `--replay` takes, where there is something to run."""
    return (("dim", f" [{sanitise.line(mark)}]"),)


def place(path: str, line: int | None) -> Span:
    """A file, and the line where there is one."""
    return ("bold", sanitise.line(path) + (f":{line}: " if line else ": "))


def prose(label: str, text: str, width: int) -> Iterator[Line]:
    """A labelled text, wrapped at `width` columns."""
    from textwrap import wrap

    start = f"  {label}: "
    wrapped = [
        part
        for paragraph in sanitise.block(text).splitlines()
        for part in wrap(paragraph, width - len(start), break_long_words=False, break_on_hyphens=False) or [""]
    ]
    for number, part in enumerate(wrapped):
        yield (("cyan", start) if number == 0 else ("", " " * len(start) if part else ""), ("", part))


def session(statements: tuple[str, ...]) -> Iterator[Line]:
    """Statements as an interactive session shows them."""
    for statement in statements:
        for number, text in enumerate(sanitise.block(statement).split("\n")):
            yield (("dim", "    ... " if number else "    >>> "), ("", text))


def counterexample(example: Counterexample) -> Iterator[Line]:
    """The call, what was promised, and what came of it; the script is left out."""
    yield (("cyan", "  counterexample:"),)
    yield from session((*example.setup, example.call))
    if example.docstring_quote:
        yield (("cyan", "    promised:"),)
        yield from indented(example.docstring_quote, "      ")
    rows = [
        ("expected", "green", phrases.outcome(example.expected)),
        ("old", "", phrases.outcome(example.old) if example.old else ""),
        ("new", "red", phrases.outcome(example.new)),
        ("through", "", sanitise.line(example.through or "")),
    ]
    for label, style, text in rows:
        if text:
            yield (("cyan", f"    {label}: "), (style, text))


def indented(text: str, indent: str = "    ") -> Iterator[Line]:
    """A text of several lines, each after the indentation."""
    for line in sanitise.block(text).rstrip("\n").split("\n"):
        yield (("", f"{indent}{line}" if line else ""),)


def diff(patch: str) -> Iterator[Line]:
    """A patch, indented."""
    styles = {"+": "green", "-": "red", "@": "cyan"}
    for line in sanitise.block(patch).rstrip("\n").split("\n"):
        yield ((styles.get(line[:1], ""), f"    {line}" if line else ""),)
