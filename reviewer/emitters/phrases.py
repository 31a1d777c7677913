"""Words that several formats for people share; safe to show on one line."""

from __future__ import annotations

from reviewer.data import Outcome, OutcomeKind
from reviewer.emitters import sanitise


def outcome(outcome: Outcome) -> str:
    """What a call did: "`10`", "raises ValueError: no pages", "timed out"."""
    kind = outcome.kind
    if kind is OutcomeKind.RETURNED:
        return code(outcome.value or "")
    if kind is OutcomeKind.PRINTED:
        return f"prints {code(outcome.value or '')}"
    details = ": ".join(filter(None, (outcome.type, outcome.message)))
    if kind is OutcomeKind.RAISED:
        return f"raises {sanitise.line(details)}"
    words = {OutcomeKind.TIMED_OUT: "timed out", OutcomeKind.CRASHED: "crashed"}.get(kind, "could not run")
    return f"{words} ({sanitise.line(details)})" if details else words


def former(before: Outcome) -> str:
    """What a call did before, after "was": "`10`", "a ValueError: no pages", "printed `a`"."""
    words = outcome(before)
    if before.kind is OutcomeKind.RAISED:
        return words.replace("raises ", "an exception, ", 1)
    return words.replace("prints ", "printed ", 1) if before.kind is OutcomeKind.PRINTED else words


def code(text: str) -> str:
    """Code on one line."""
    return f"`{sanitise.line(text)}`"


def count(number: int, noun: str) -> str:
    """A number with its noun: "1 line", "2 lines"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
