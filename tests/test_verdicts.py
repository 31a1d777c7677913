"""The verdict table, row by row."""

from __future__ import annotations

import pytest

from reviewer.data import (
    Case,
    CaseResult,
    ChangedFunction,
    ChangeKind,
    Expected,
    ExpectedKind,
    FunctionVersion,
    Origin,
    Outcome,
    OutcomeKind,
    Verdict,
)
from reviewer.evidence import verdicts
from reviewer.evidence.verdicts import Tried

EXPECTED = Outcome(OutcomeKind.RETURNED, "2", "int")


def version(docstring: str | None = "Add.\n\n>>> f(1)\n2") -> FunctionVersion:
    return FunctionVersion(
        "m.py", "f", 1, 3, 9, 4, 5, "", "def f(x):", docstring, 5, None, (), ("x",), (), frozenset(), 0, False, False,
        "", "", "",
    )  # fmt: skip


def changed(
    old: FunctionVersion | None = None, lines: tuple[int, ...] = (7, 8), around: tuple[str, ...] = ()
) -> ChangedFunction:
    return ChangedFunction(
        "m.py::f", "m.py", "f", ChangeKind.MODIFIED, old, version(), lines, needs_review=True, old_around=around
    )


def result(passed: bool | None, kind: OutcomeKind = OutcomeKind.RETURNED, type_: str = "int") -> CaseResult:
    return CaseResult(Outcome(kind, "3", type_), passed, EXPECTED)


def case(origin: Origin = Origin.EXAMPLE, call: str = "f(1)", through: str | None = None) -> Case:
    return Case((), call, Expected(ExpectedKind.VALUE, "2"), origin, ">>> f(1)\n2", through)


@pytest.mark.parametrize(
    ("old", "new", "origin", "through", "expected"),
    [
        (True, True, Origin.EXAMPLE, None, None),
        (False, True, Origin.EXAMPLE, None, None),
        (True, False, Origin.EXAMPLE, None, (Verdict.REGRESSION, True)),
        (True, False, Origin.MODEL, None, (Verdict.REGRESSION, True)),
        (True, False, Origin.EXAMPLE, "m.py::g", (Verdict.REGRESSION, True)),
        (False, False, Origin.EXAMPLE, None, (Verdict.MISMATCH, False)),
        (None, False, Origin.RAISES, None, (Verdict.MISMATCH, False)),
        (False, False, Origin.MODEL, None, None),
        (False, False, Origin.EXAMPLE, "m.py::g", None),
        (True, None, Origin.EXAMPLE, None, None),
    ],
)
def test_a_failing_case_is_judged_by_both_versions(old, new, origin, through, expected) -> None:
    tried = Tried(case(origin, through=through), result(new), result(old))

    assert verdicts.judge(changed(version()), tried) == expected


@pytest.mark.parametrize(
    ("old", "around", "introduced"),
    [
        (None, (), True),
        (version(), (), False),
        (version("Add."), (), True),
        (version(None), (), True),
        (version(None), ("A class.", "A module.\n\n  >>> f(1)\n  2\n"), False),
        (version(None), ("A class.", ">>> f(1)\n3"), True),
        (None, (">>> f(1)\n2",), False),
    ],
    ids=[
        *("new function", "same text", "example added", "docstring added"),
        *("module's example", "other example", "new function of an old example"),
    ],
)
def test_a_mismatch_is_introduced_when_the_promise_is_new(old, around, introduced) -> None:
    found = verdicts.judge(changed(old, around=around), Tried(case(), result(False)))
    assert found == (Verdict.MISMATCH, introduced)


@pytest.mark.parametrize(
    ("old", "kind"),
    [(result(True), "guards"), (result(False), "fixes"), (None, "documents"), (result(None), "documents")],
)
def test_a_passing_case_makes_a_test(old, kind) -> None:
    assert verdicts.kind_of_test(Tried(case(), result(True), old)) == kind


def test_a_failing_case_makes_no_test() -> None:
    assert verdicts.kind_of_test(Tried(case(), result(False), result(True))) is None


def test_cases_that_fail_alike_are_one_promise_with_the_smallest_first() -> None:
    tried = [
        Tried(case(call="f(1000)"), result(False), result(True)),
        Tried(case(call="f(1)"), result(False), result(True)),
        Tried(case(call="f(0)"), result(False, OutcomeKind.RAISED, "KeyError"), result(True)),
    ]

    found = verdicts.broken_promises(changed(version()), tried)

    assert [[one.case.call for one in broken.cases] for broken in found] == [["f(1)", "f(1000)"], ["f(0)"]]


@pytest.mark.parametrize(("reached", "line"), [((5, 6, 7), 7), ((5, 7, 8), 8), ((5,), 4), ((), 4)])
def test_a_finding_stands_at_the_changed_line_its_run_reached(reached, line) -> None:
    assert verdicts.anchor(changed(version()), reached) == line
