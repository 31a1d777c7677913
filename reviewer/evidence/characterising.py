"""What a function does now, as cases: for `--characterise` only, since nobody promised it."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from reviewer.data import Call, Case, ChangedFunction, Expected, ExpectedKind, Origin, Outcome, OutcomeKind
from reviewer.evidence.examining import Examiner, as_case


def cases(function: ChangedFunction, calls: Sequence[Call], examiner: Examiner) -> list[Case]:
    """The calls whose outcome on the new version can be written down, with that outcome as expectation."""
    tried = examiner.both([(function, as_case(call)) for call in calls])
    found = []
    for call, one in zip(calls, tried, strict=True):
        expected = seen(one.new.outcome)
        if expected is not None:
            found.append(Case(call.setup, call.call, expected, Origin.CHARACTERISATION, None, names=call.names))
    return found


def seen(outcome: Outcome) -> Expected | None:
    """An outcome as an expectation; None for what is no literal, and for what is not the code's own doing."""
    if outcome.kind is OutcomeKind.RAISED and outcome.type:
        return Expected(ExpectedKind.EXCEPTION, None, outcome.type)
    if outcome.kind is not OutcomeKind.RETURNED or outcome.value is None:
        return None
    try:
        ast.literal_eval(outcome.value)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return Expected(ExpectedKind.VALUE, outcome.value)
