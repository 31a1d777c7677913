"""Run what a function's documentation promises, and other calls, on both versions. Takes the sandbox as a Runner."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

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
from reviewer.evidence import verdicts
from reviewer.evidence.verdicts import Tried

OTHER_SEED = 1
"""The PYTHONHASHSEED of the second, fresh run; the first runs under 0."""

SHOWN = 3
"""Behaviour changes shown of one function: the smallest of each distinct kind."""


class Runner(Protocol):
    """The sandbox: runs jobs on one side and returns their results in the same order."""

    def run(
        self, side: Side, jobs: Sequence[Job], *, hash_seed: int = 0, deadline: float | None = None, fresh: bool = False
    ) -> list[CaseResult]:
        """Run each job in a process of its own."""


class Examiner:
    """Examines functions with one sandbox; `deadline` is a `time.monotonic()` value."""

    def __init__(self, runner: Runner, deadline: float | None = None) -> None:
        self.runner = runner
        self.deadline = deadline

    def try_cases(self, function: ChangedFunction, cases: Sequence[Case]) -> tuple[Tried, ...]:
        """Run every case on the new and, where there is one, on the old version."""
        new = self.runner.run(Side.NEW, jobs(function, cases, Side.NEW), deadline=self.deadline)
        if function.old is None:
            return tuple(Tried(case, result) for case, result in zip(cases, new, strict=True))
        old = self.runner.run(Side.OLD, jobs(function, cases, Side.OLD), deadline=self.deadline)
        return tuple(Tried(case, result, before) for case, result, before in zip(cases, new, old, strict=True))

    def confirmed(self, function: ChangedFunction, tried: Iterable[Tried]) -> tuple[Tried, ...]:
        """The failing cases that fail alike again, on the old side too, in fresh processes under another hash seed."""
        failing = [one for one in tried if verdicts.judge(function, one) is not None]
        if not failing:
            return ()
        cases = [one.case for one in failing]
        new = self.again(function, cases, Side.NEW)
        old = self.again(function, cases, Side.OLD) if function.old is not None else [None] * len(cases)
        return tuple(
            one
            for one, after, before in zip(failing, new, old, strict=True)
            if after.passed is False
            and alike(one.new.outcome, after.outcome)
            and (one.old is None or before is None or one.old.passed == before.passed)
        )

    def again(self, function: ChangedFunction, cases: Sequence[Case], side: Side) -> list[CaseResult]:
        """A second run in fresh processes under another hash seed."""
        wanted = jobs(function, cases, side)
        return self.runner.run(side, wanted, hash_seed=OTHER_SEED, fresh=True, deadline=self.deadline)

    def differences(self, function: ChangedFunction, calls: Sequence[Call]) -> tuple[list[tuple[Call, Tried]], int]:
        """The calls whose outcomes differ between the versions, each time they are run; and how many calls ran."""
        cases = [as_case(call) for call in calls]
        tried = self.try_cases(function, cases)
        ran = sum(one.new.passed is not None for one in tried)
        differing = [(call, one) for call, one in zip(calls, tried, strict=True) if differs(one)]
        if not differing:
            return [], ran
        cases = [one.case for _, one in differing]
        new = self.again(function, cases, Side.NEW)
        old = self.again(function, cases, Side.OLD)
        stable = [
            (call, one)
            for (call, one), after, before in zip(differing, new, old, strict=True)
            if one.old is not None and same(one.new, after) and same(one.old, before)
        ]
        return stable, ran


def jobs(function: ChangedFunction, cases: Iterable[Case], side: Side) -> list[Job]:
    """The cases as jobs on one side; a renamed function is called by its new name on the old side too."""
    version = function.new if side is Side.NEW else function.old
    assert version is not None
    alias = ""
    if function.new is not None and version.name != function.new.name and "." not in version.name:
        alias = f"{function.new.name} = {version.name}"
    return [Job(version.path, version.name, case if not alias else with_setup(case, alias)) for case in cases]


def with_setup(case: Case, statement: str) -> Case:
    """The case with a statement before its setup."""
    return Case((statement, *case.setup), case.call, case.expected, case.origin, case.quote, case.through, case.names)


def as_case(call: Call) -> Case:
    """A call as a case that expects nothing."""
    return Case(call.setup, call.call, Expected(ExpectedKind.NOTHING), Origin.CHARACTERISATION, None, names=call.names)


def differs(tried: Tried) -> bool:
    """Whether both versions ran and did something different."""
    old, new = tried.old, tried.new
    if old is None or OutcomeKind.NOT_RUN in (old.outcome.kind, new.outcome.kind):
        return False
    return not same(old, new)


def same(one: CaseResult, other: CaseResult) -> bool:
    """Whether two runs did the same; two failures to end in time are the same."""
    if OutcomeKind.TIMED_OUT in (one.outcome.kind, other.outcome.kind):
        return one.outcome.kind is other.outcome.kind
    return one.outcome == other.outcome and one.effects == other.effects


def alike(one: Outcome, other: Outcome) -> bool:
    """Whether two outcomes are of one kind and type; values may hold what differs from run to run."""
    return (one.kind, one.type) == (other.kind, other.type)
