"""Results as texts that are kept between runs, and which results are worth it. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from reviewer.data import CaseResult, Outcome, OutcomeKind
from reviewer.evidence.dependencies import digest

VERSIONS = 4
"""Results kept of one case: of as many versions of what its module imports."""

CERTAIN = (
    "missing dependency: ",
    "the import fails: ",
    "the import of ",
    "the example's own text fails: ",
    "the expected value cannot be computed: ",
    "needs network",
    "needs to write outside the sandbox",
    "needs what the sandbox forbids",
)
"""How the reasons begin for which a case cannot be run next time either."""

BY_CHANCE = {"MemoryError", "BlockingIOError"}
"""Exceptions that tell of the machine and its limits."""


class Kept(NamedTuple):
    """A result with the name of the set of files that it depends on."""

    files: str
    answer: dict[str, Any]


def entry(texts: Sequence[Kept]) -> str:
    """The results of one case as a text, the latest first."""
    return signed(json.dumps([list(kept) for kept in texts[:VERSIONS]], separators=(",", ":")))


def entries(text: str | None) -> Iterator[Kept]:
    """The results in a text; none when it is damaged."""
    found = checked(text)
    for one in found if isinstance(found, list) else ():
        match one:
            case [str(files), dict(answer)]:
                yield Kept(files, answer)


def lasting(result: CaseResult) -> bool:
    """Whether running again would do the same: not what time, memory or the sandbox decided."""
    outcome = result.outcome
    if outcome.kind is OutcomeKind.NOT_RUN:
        return (outcome.message or "").startswith(CERTAIN)
    return outcome.kind not in (OutcomeKind.TIMED_OUT, OutcomeKind.CRASHED) and outcome.type not in BY_CHANCE


def answer(result: CaseResult) -> dict[str, Any]:
    """A result in the form in which the sandbox gives it."""
    return {
        "outcome": _parts(result.outcome),
        "passed": result.passed,
        "expected": _parts(result.expected),
        "reached": list(result.reached),
        "effects": result.effects,
        "seconds": result.seconds,
        "drew": result.drew,
    }


def _parts(outcome: Outcome) -> list[str | None]:
    return [outcome.kind.value, outcome.value, outcome.type, outcome.message]


def kills(found: Any, mutants: int, cases: int) -> list[frozenset[int] | None] | None:
    """For each mutant the cases that kill it; None when what was kept does not fit."""
    if not isinstance(found, list) or len(found) != mutants:
        return None
    for one in found:
        if one is not None and not (isinstance(one, list) and all(type(i) is int and 0 <= i < cases for i in one)):
            return None
    return [None if one is None else frozenset(one) for one in found]


def walls(text: str | None) -> tuple[str, ...] | None:
    """The names of the walls; None when they were not kept."""
    try:
        names = json.loads(text or "")
    except ValueError:
        return None
    whole = isinstance(names, list) and all(isinstance(name, str) for name in names)
    return tuple(names) if whole else None


def signed(body: str) -> str:
    """A text with its hash before it."""
    return digest(body.encode()) + body


def checked(text: str | None) -> Any:
    """What was kept; None when there is nothing or it is not whole: SQLite keeps no checksums of its own."""
    if text is None or digest(text[32:].encode("utf-8", "surrogatepass")) != text[:32]:
        return None
    try:
        return json.loads(text[32:])
    except (ValueError, RecursionError):
        return None
