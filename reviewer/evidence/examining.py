"""Run what a function's documentation promises, and other calls, on both versions. Takes the sandbox as a Runner."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from reviewer.data import (
    Call,
    Case,
    CaseResult,
    ChangedFunction,
    Expected,
    ExpectedKind,
    Job,
    Origin,
    Outcome,
    OutcomeKind,
    Side,
)
from reviewer.evidence import likeness, verdicts
from reviewer.evidence.kept import BY_CHANCE
from reviewer.evidence.runner import Runner
from reviewer.evidence.verdicts import Tried

OTHER_SEED = 1
"""The PYTHONHASHSEED of the second, fresh run; the first runs under 0."""

MORE_SEEDS = (2, 3, 4)
"""Those of further runs, for what chance may have decided."""


Wanted = tuple[ChangedFunction, Case]


class Examiner:
    """Runs cases with one sandbox, both versions at once; `deadline` is a `time.monotonic()` value."""

    def __init__(self, runner: Runner, deadline: float | None = None) -> None:
        self.runner = runner
        self.deadline = deadline

    def repeated(self, first: Sequence[tuple[ChangedFunction, Tried]]) -> list[Tried]:
        """Run every case a second time, on both versions, in fresh processes under another hash seed.

        Where that shows the same again and chance may have decided, under more seeds: two items of a set stand in the
        same order every other time, and a drawn number is above the middle. The run that is returned is then the first
        one that is unlike.
        """
        wanted = [(function, one.case) for function, one in first]
        found = self.both(wanted, again=True)
        open_ = [
            index
            for index, ((_, one), other) in enumerate(zip(first, found, strict=True))
            if differs_again(one, other) and (reordered(other) or drew(other))
        ]
        for seed in MORE_SEEDS:
            more = self.both([wanted[index] for index in open_], again=True, seed=seed)
            unlike = {
                index: one for index, one in zip(open_, more, strict=True) if not differs_again(found[index], one)
            }
            for index, one in unlike.items():
                found[index] = one
            open_ = [index for index in open_ if index not in unlike]
        return found

    def both(self, wanted: Sequence[Wanted], *, again: bool = False, seed: int = OTHER_SEED) -> list[Tried]:
        """Run every case on the new version and, where there is one, on the old; in the same order.

        At first several cases share a process; whatever shows anything then is run in a process of its own. With
        `again` all are, the processes are fresh and the hash seed is `seed`.
        """
        if again or len(wanted) < 2:
            return self._both(wanted, **(afresh(seed) if again else {}))
        found = self._both(wanted, together=True)
        telling = [index for index, one in enumerate(found) if not dull(one)]
        for index, one in zip(telling, self._both([wanted[index] for index in telling]), strict=True):
            found[index] = one
        return found

    def _both(self, wanted: Sequence[Wanted], **how: Any) -> list[Tried]:
        before = [index for index, (function, _) in enumerate(wanted) if function.old is not None]
        with ThreadPoolExecutor(1) as pool:
            old_run = pool.submit(self.one_side, Side.OLD, [wanted[index] for index in before], **how)
            new = self.one_side(Side.NEW, wanted, **how)
            old = dict(zip(before, old_run.result(), strict=True))
        return [Tried(case, new[index], old.get(index)) for index, (_, case) in enumerate(wanted)]

    def one_side(self, side: Side, wanted: Sequence[Wanted], **how: Any) -> list[CaseResult]:
        """Run every case on one version; `how` as the runner has it."""
        if not wanted:
            return []
        todo = [job(function, case, side) for function, case in wanted]
        return self.runner.run(side, todo, deadline=self.deadline, **how)


def afresh(seed: int = OTHER_SEED) -> dict[str, Any]:
    """How a runner runs what has to be run once more before it counts."""
    return {"hash_seed": seed, "fresh": True}


def dull(tried: Tried) -> bool:
    """Whether both versions did the same, and what was expected of it: then it needs no process of its own."""
    new, old = tried.new, tried.old
    if new.outcome.kind in UNTOLD or new.outcome.type in BY_CHANCE or (old is not None and not same(old, new)):
        return False
    if tried.case.expected.kind is ExpectedKind.NOTHING:
        return new.passed is not None
    return bool(new.passed and (old is None or old.passed))


def breaks(function: ChangedFunction, tried: Tried) -> bool:
    """Whether a case breaks a promise."""
    return verdicts.judge(function, tried) is not None


def breaks_again(first: Tried, second: Tried) -> bool:
    """Whether a case that failed fails alike the second time, with the old version doing what it did."""
    if second.new.passed is not False or not alike(first.new.outcome, second.new.outcome):
        return False
    if restless(first, second) and not (first.old and first.old.passed):
        return False
    return first.old is None or second.old is None or first.old.passed == second.old.passed


def restless(first: Tried, second: Tried) -> bool:
    """Whether a value comes out otherwise from run to run: no example can say what it is."""
    valued = first.case.expected.kind is not ExpectedKind.EXCEPTION
    return valued and first.new.outcome.value != second.new.outcome.value


def differs_again(first: Tried, second: Tried) -> bool:
    """Whether each version does the same the second time."""
    if first.old is None or second.old is None:
        return False
    return same(first.new, second.new) and same(first.old, second.old)


def job(function: ChangedFunction, case: Case, side: Side) -> Job:
    """The case as a job on one side; a renamed function is called by its new name on the old side too."""
    version = function.new if side is Side.NEW else function.old
    assert version is not None
    if function.new is not None and version.name != function.new.name and "." not in version.name:
        case = with_setup(case, f"{function.new.name} = {version.name}")
    return Job(version.path, version.name, case)


def with_setup(case: Case, statement: str) -> Case:
    """The case with a statement before its setup."""
    return Case((statement, *case.setup), case.call, case.expected, case.origin, case.quote, case.through, case.names)


def as_case(call: Call) -> Case:
    """A call as a case that expects nothing."""
    return Case(call.setup, call.call, Expected(ExpectedKind.NOTHING), Origin.CHARACTERISATION, None, names=call.names)


UNTOLD = {OutcomeKind.NOT_RUN, OutcomeKind.TIMED_OUT}
"""Outcomes that tell nothing about a call: a time limit is the sandbox's, and large inputs meet it by chance."""


def differs(tried: Tried) -> bool:
    """Whether both versions ran and did something different."""
    old, new = tried.old, tried.new
    if old is None or {old.outcome.kind, new.outcome.kind} & UNTOLD:
        return False
    # The old version never took these arguments: its signature is another, or it wanted more than an iterator.
    if old.outcome.type == "TypeError" and (not old.reached or "iter(" in tried.case.call):
        return False
    return not same(old, new)


def reordered(tried: Tried) -> bool:
    """Whether both versions show the same parts in another order, as the order of a set may be."""
    if tried.old is None:
        return False
    shown = [f"{one.outcome.value}{one.outcome.message}{one.effects}" for one in (tried.old, tried.new)]
    several = any(bracket in shown[0] for bracket in "[({'\"")
    return several and shown[0] != shown[1] and sorted(shown[0]) == sorted(shown[1])


def drew(tried: Tried) -> bool:
    """Whether a version drew random numbers."""
    return tried.new.drew or (tried.old is not None and tried.old.drew)


def same(one: CaseResult, other: CaseResult) -> bool:
    """Whether two runs did the same, as far as a caller can rely on it."""
    return likeness.alike(one, other)


def alike(one: Outcome, other: Outcome) -> bool:
    """Whether two outcomes are of one kind and type; values may hold what differs from run to run."""
    return (one.kind, one.type) == (other.kind, other.type)
