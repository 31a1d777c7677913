"""How much of a docstring stands before an example in its test: as little as it passes with. Takes the sandbox."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from reviewer.data import Case, ChangedFunction
from reviewer.evidence.examining import Examiner
from reviewer.evidence.verdicts import Tried


def tried(
    function: ChangedFunction, cases: Sequence[Case], sessions: Sequence[Case], examiner: Examiner
) -> list[Tried]:
    """Every case run once, in the same order; it may come back with another setup.

    Without the calls of earlier examples where that changes nothing; and one that fails is tried as doctest runs it,
    after everything before it. `sessions` are the cases again, so arranged.
    """
    shorter = [(number, case.lean) for number, case in enumerate(cases) if case.lean is not None]
    lean = {number: replace(cases[number], setup=setup, lean=None) for number, setup in shorter}
    results = examiner.both([(function, case) for case in (*cases, *lean.values())])
    found = results[: len(cases)]
    for number, one in zip(lean, results[len(cases) :], strict=True):
        if does(one, found[number]):
            found[number] = one
    again = {(one.case.quote, one.case.expected): one for one in after_all(function, found, sessions, examiner)}
    for number, one in enumerate(found):
        other = again.get((one.case.quote, one.case.expected))
        if one.new.passed is False and other is not None and other.new.passed:
            found[number] = other
    return found


def after_all(
    function: ChangedFunction, tried: Sequence[Tried], sessions: Sequence[Case], examiner: Examiner
) -> list[Tried]:
    """Those that fail, after everything that stands before them."""
    failing = [session_of(one.case, sessions) for one in tried if one.new.passed is False]
    return examiner.both([(function, case) for case in failing if case])


def session_of(case: Case, sessions: Sequence[Case]) -> Case | None:
    """The same example after everything that stands before it; None where it has all of that already."""
    return next((one for one in sessions if is_same(one, case)), None) if case.through is None else None


def is_same(one: Case, other: Case) -> bool:
    """Whether both are one example, however arranged."""
    return (one.origin, one.quote, one.expected) == (other.origin, other.quote, other.expected)


def does(lean: Tried, full: Tried) -> bool:
    """Whether the shorter test tells as much: it passes, runs the function, and does on the old version the same."""
    before = [one.old.passed if one.old else None for one in (lean, full)]
    return bool(lean.new.passed and before[0] == before[1] and (lean.new.reached or not full.new.reached))
