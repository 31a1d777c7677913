"""What the outcomes of a case on the old and the new version mean together. Pure.

| old version | new version | verdict |
|---|---|---|
| passed | passed | the test guards |
| failed | passed | the test fixes |
| none | passed | the test documents |
| passed | failed | regression, introduced |
| failed, none | failed | mismatch, for a documented example or `Raises`; introduced when its text is new |
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from reviewer.data import Case, CaseResult, ChangedFunction, Origin, OutcomeKind, Verdict
from reviewer.records import record

DOCUMENTED = (Origin.EXAMPLE, Origin.RAISES)


@record(frozen=True, slots=True)
class Tried:
    """A case and what it did on both versions; `old` is None where there is no old version to run it on."""

    case: Case
    new: CaseResult
    old: CaseResult | None = None


@record(frozen=True, slots=True)
class Broken:
    """One promise that the new version breaks, with the cases that show it, smallest first."""

    verdict: Verdict
    introduced: bool
    cases: tuple[Tried, ...]

    @property
    def smallest(self) -> Tried:
        """The counterexample to show."""
        return self.cases[0]


def kind_of_test(tried: Tried) -> str | None:
    """What a test made of this case is good for (`guards`, `fixes`, `documents`); None if the new version fails it."""
    if not tried.new.passed:
        return None
    if tried.old is None or tried.old.passed is None:
        return "documents"
    return "guards" if tried.old.passed else "fixes"


def judge(function: ChangedFunction, tried: Tried) -> tuple[Verdict, bool] | None:
    """The verdict on a failing case and whether the change introduced it; None where nothing is proved."""
    if tried.new.passed is not False:
        return None
    if regressed(tried):
        return Verdict.REGRESSION, True
    # An example of another function that failed before too says nothing about this one.
    if tried.case.origin not in DOCUMENTED or tried.case.through is not None:
        return None
    return Verdict.MISMATCH, is_new_promise(function, tried.case)


def regressed(tried: Tried) -> bool:
    """Whether the old version keeps the promise and the new one does not."""
    return tried.new.passed is False and tried.old is not None and bool(tried.old.passed)


def is_new_promise(function: ChangedFunction, case: Case) -> bool:
    """Whether the old version did not make this promise: no docstring of it, its class or its module said it."""
    before = (function.old.docstring if function.old else None) or ""
    if case.quote is None:
        return function.old is None or (function.new is not None and before != (function.new.docstring or ""))
    quote = " ".join(case.quote.split())
    return all(quote not in " ".join(text.split()) for text in (before, *function.old_around))


def broken_promises(function: ChangedFunction, tried: Iterable[Tried]) -> tuple[Broken, ...]:
    """The failing cases as promises: those that fail alike (verdict, outcome kind and type) are one."""
    groups: dict[tuple[Verdict, bool, OutcomeKind, str | None], list[Tried]] = {}
    for one in tried:
        verdict = judge(function, one)
        if verdict is not None:
            groups.setdefault((*verdict, one.new.outcome.kind, one.new.outcome.type), []).append(one)
    return tuple(
        Broken(verdict, introduced, tuple(sorted(cases, key=size)))
        for (verdict, introduced, _, _), cases in groups.items()
    )


def size(tried: Tried) -> tuple[int, int, str]:
    """How much there is to read; a case of the function itself comes before one through a caller."""
    case = tried.case
    return case.through is not None, sum(map(len, (*case.setup, case.call))), case.call


def anchor(function: ChangedFunction, reached: Sequence[int]) -> int:
    """Where a proved finding without a quote stands: the changed line its run reached last, else the `def`."""
    changed = set(function.changed_lines)
    lines = [line for line in reached if line in changed]
    return lines[-1] if lines else function.version.def_line
