"""One finding or behaviour change, in full: what `--replay` prints."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from reviewer.data import Finding
from reviewer.emitters import phrases, sanitise

if TYPE_CHECKING:
    from reviewer.data import BehaviourChange, Outcome


def emit(shown: Finding | BehaviourChange) -> str:
    """The call, what both versions do, and the complete script."""
    return "".join(line + "\n" for line in lines(shown))


def lines(shown: Finding | BehaviourChange) -> Iterator[str]:
    """The lines of the output, safe to show."""
    place = sanitise.line(f"{shown.path}:{shown.line}: {shown.function}")
    if isinstance(shown, Finding):
        example = shown.counterexample
        assert example is not None, "only what was run can be replayed"
        yield f"{place}: {shown.verdict.value}: {sanitise.line(shown.title)} [{sanitise.line(shown.id)}]"
        yield from session((*example.setup, example.call))
        if example.docstring_quote:
            yield from block("promised:", example.docstring_quote)
        yield f"expected: {phrases.outcome(example.expected)}"
        yield from outcomes(example.old, example.new)
        yield from block("script:", example.script)
    else:
        yield f"{place}: behaviour change [{sanitise.line(shown.id)}]"
        yield from session((*shown.setup, shown.call))
        yield from outcomes(shown.old, shown.new)
        yield from block("script:", shown.script)


def outcomes(old: Outcome | None, new: Outcome) -> Iterator[str]:
    """What both versions did just now."""
    if old is not None:
        yield f"old: {phrases.outcome(old)}"
    yield f"new: {phrases.outcome(new)}"


def session(statements: tuple[str, ...]) -> Iterator[str]:
    """Statements as an interactive session shows them."""
    for statement in statements:
        for number, text in enumerate(sanitise.block(statement).split("\n")):
            yield ("... " if number else ">>> ") + text


def block(label: str, text: str) -> Iterator[str]:
    """A label and text of several lines below it, as it is: it can be copied."""
    yield label
    yield from sanitise.block(text).rstrip("\n").split("\n")
