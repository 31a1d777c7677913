"""Cases as messages to the sandbox, and its answers as records. Pure; believes nothing about what comes back."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from reviewer.data import Case, CaseResult, Expected, ExpectedKind, Outcome, OutcomeKind

KINDS = {one.value: one for one in OutcomeKind}


def case_message(case: Case) -> dict[str, Any]:
    """A case as a message."""
    expected = case.expected
    return {
        "setup": list(case.setup),
        "call": case.call,
        "names": dict(case.names),
        "expected": {
            "kind": expected.kind.value,
            "text": expected.text,
            "type": expected.type,
            "doctest_flags": list(expected.doctest_flags),
        },
    }


def result_of(answer: Mapping[str, Any], case: Case) -> CaseResult:
    """A result as the records have it, whatever came back."""
    outcome = _outcome(answer.get("outcome"))
    passed = answer.get("passed")
    if outcome is None or passed not in (True, False, None):
        outcome, passed = Outcome(OutcomeKind.CRASHED, message="its result cannot be read"), False
    if outcome.kind is OutcomeKind.NOT_RUN:
        passed = None
    lines = answer.get("reached", [])
    effects, seconds = answer.get("effects", ""), answer.get("seconds", 0.0)
    return CaseResult(
        outcome=outcome,
        passed=passed,
        expected=_outcome(answer.get("expected")) or _wanted(case.expected),
        reached=tuple(line for line in lines if type(line) is int) if isinstance(lines, list) else (),
        effects=effects if isinstance(effects, str) else "",
        drew=answer.get("drew") is True,
        seconds=float(seconds) if isinstance(seconds, (int, float)) and math.isfinite(seconds) else 0.0,
    )


def opened_of(answer: Mapping[str, Any]) -> frozenset[str] | None:
    """The paths that the code opened, None when they are not known."""
    paths = answer.get("opened")
    if not isinstance(paths, list) or not all(isinstance(path, str) and "\0" not in path for path in paths):
        return None
    return frozenset(paths)


def _outcome(parts: object) -> Outcome | None:
    if (
        not isinstance(parts, list)
        or len(parts) != 4
        or not all(part is None or isinstance(part, str) for part in parts)
    ):
        return None
    kind, value, kind_of_value, message = parts
    if kind not in KINDS:
        return None
    return Outcome(KINDS[kind], value, kind_of_value, message)


def _wanted(expected: Expected) -> Outcome:
    if expected.kind is ExpectedKind.EXCEPTION:
        return Outcome(OutcomeKind.RAISED, None, expected.type, expected.text)
    kind = OutcomeKind.PRINTED if expected.kind is ExpectedKind.OUTPUT else OutcomeKind.RETURNED
    return Outcome(kind, expected.text)
