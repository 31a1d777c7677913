"""Is a suggestion right? Run the patched file: what was broken must hold now, what held must still hold.

Takes a sandbox with the patched file as its new side, one for each suggestion, and opens it only when there is a case
to judge by. A suggestion that breaks what held is dropped; one that mends something is verified; all others stay as
they are, unverified.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import replace

from reviewer import patches
from reviewer.data import (
    Case,
    CaseResult,
    ChangedFunction,
    Expected,
    ExpectedKind,
    Finding,
    Origin,
    Outcome,
    OutcomeKind,
    Side,
    Suggestion,
)
from reviewer.evidence import verdicts
from reviewer.evidence.examining import Examiner, Wanted, afresh, alike
from reviewer.evidence.runner import Runner
from reviewer.evidence.witnessed import Witness
from reviewer.records import record

Opened = Callable[[str, bytes], AbstractContextManager[Runner]]
"""Opens a sandbox whose new side has these bytes at this path."""


@record(frozen=True, slots=True)
class Broken:
    """A proved finding with the cases that show it."""

    finding: Finding
    cases: tuple[Case, ...]


@record(frozen=True, slots=True)
class Judged:
    """What running a suggestion showed: the proved findings it mends, and whether it breaks what held."""

    mends: tuple[str, ...] = ()
    breaks: bool = False


def judge(
    suggestion: Suggestion,
    function: ChangedFunction,
    data: bytes,
    witnesses: Mapping[str, Witness],
    functions: Mapping[str, ChangedFunction],
    opened: Opened,
    deadline: float | None = None,
) -> Judged:
    """Run one suggestion for a function whose file holds `data`. Every case counts that passed, of every function."""
    patched = patches.applied(suggestion.patch, data)
    broken = shown_by(function, witnesses.get(function.id, Witness()))
    kept = [(functions[id_], case) for id_, witness in witnesses.items() for case in passing(witness)]
    if patched is None or not (broken or kept):
        return Judged()
    wanted: list[Wanted] = [*kept, *((function, case) for one in broken for case in one.cases)]
    with ThreadPoolExecutor(2) as pool, opened(function.path, patched) as runner:  # closed first: its runs end
        examiner = Examiner(runner, deadline)
        first, second = pool.map(lambda how: examiner.one_side(Side.NEW, wanted, **how), ({}, afresh()))
    results = list(zip(first, second, strict=True))
    held, rest = results[: len(kept)], iter(results[len(kept) :])
    if any(result.passed is False for pair in held for result in pair):
        return Judged(breaks=True)
    mended = [
        one.finding.id
        for one, pairs in ((one, [next(rest) for _ in one.cases]) for one in broken)
        if all(holds(case, result, one.finding) for case, pair in zip(one.cases, pairs, strict=True) for result in pair)
    ]
    certain = all(result.passed for pair in held for result in pair)
    return Judged(mends=tuple(mended) if certain else ())


def passing(witness: Witness) -> Iterable[Case]:
    """The cases of a function that the reviewed version passes."""
    return (one.case for one in witness.tried if one.new.passed)


def shown_by(function: ChangedFunction, witness: Witness) -> list[Broken]:
    """The proved findings of a function, each with its cases: all that fail alike, or the call itself."""
    found = []
    for finding in witness.findings:
        example = finding.counterexample
        assert example is not None, "what is proved has a counterexample"
        cases = [
            one.case
            for one in witness.tried
            if (verdict := verdicts.judge(function, one)) is not None
            and verdict[0] is finding.verdict
            and alike(one.new.outcome, example.new)
        ]
        call = Case(example.setup, example.call, Expected(ExpectedKind.NOTHING), Origin.CHARACTERISATION, None)
        found.append(Broken(finding, tuple(cases) or (call,)))
    return found


def holds(case: Case, result: CaseResult, finding: Finding) -> bool:
    """Whether a case that showed a finding is right now; one that expects nothing must do what the finding expects."""
    if case.expected.kind is not ExpectedKind.NOTHING:
        return result.passed is True
    assert finding.counterexample is not None
    return same(result.outcome, finding.counterexample.expected)


def same(one: Outcome, other: Outcome) -> bool:
    """Whether two outcomes are of one kind with one value; of exceptions the type counts."""
    if one.kind is OutcomeKind.RAISED:
        return (other.kind, other.type) == (one.kind, one.type)
    return (one.kind, one.value) == (other.kind, other.value)


def attached(findings: Sequence[Finding], patch: str, mends: Iterable[str]) -> tuple[Finding, ...]:
    """The proved findings, those that the patch mends with it, unless they have one already."""
    ids = set(mends)
    return tuple(
        replace(finding, suggestion=Suggestion(patch, verified=True))
        if finding.id in ids and finding.suggestion is None
        else finding
        for finding in findings
    )
