"""From what the stages found to the report. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar

from reviewer import suppressions
from reviewer.asking import Tally
from reviewer.data import (
    BehaviourChange,
    ChangedFunction,
    Evidence,
    Execution,
    Finding,
    GeneratedTest,
    ModelInfo,
    NotRun,
    Reason,
    Report,
    ReviewedFunction,
    Stats,
    Unreviewed,
)
from reviewer.reading import Subject

if TYPE_CHECKING:
    from reviewer.evidence.witnessed import Witness

Shown = TypeVar("Shown", Finding, BehaviourChange)


@dataclass(slots=True)
class Asked:
    """What the model's part has come to so far; complete after every function, so that Ctrl-C loses nothing."""

    model: ModelInfo | None = None
    tally: Tally = field(default_factory=Tally)
    findings: list[Finding] = field(default_factory=list)
    unreviewed: list[Unreviewed] = field(default_factory=list)
    reviewed: dict[str, bool] = field(default_factory=dict)  # function id -> came from the cache
    claims_dropped: int = 0
    suggestions_dropped: int = 0

    def miss(self, function: ChangedFunction, reason: Reason, detail: str) -> None:
        """Note a function that was not reviewed."""
        version = function.version
        self.unreviewed.append(Unreviewed(function.path, reason, detail, function.id, function.name, version.line))


def report(
    subject: Subject,
    asked: Asked,
    execution: Execution,
    witnesses: Mapping[str, Witness],
    seconds: tuple[float, float],
    tests: tuple[GeneratedTest, ...] = (),
    gates: Mapping[str, int] | None = None,
) -> Report:
    """Everything a run has found, in the order of path and line; `seconds` are the sandbox's and the whole run's."""
    shown = list(witnesses.values())
    found = (*asked.findings, *once(finding for witness in shown for finding in witness.findings))
    kept, suppressed = suppressions.apply(found, {function.id: function for function in subject.functions})
    listed = (listing(function, asked.reviewed) for function in subject.functions)
    changes = once(change for witness in shown for change in witness.behaviour_changes)
    return Report(
        model=asked.model,
        execution=execution,
        functions=tuple(sorted(listed, key=lambda function: (function.path, function.line, function.id))),
        outside_functions=subject.outside,
        findings=tuple(sorted(kept, key=place)),
        behaviour_changes=tuple(sorted(changes, key=lambda change: (change.path, change.line, change.id))),
        tests=tests,
        unreviewed=tuple(
            sorted((*subject.unreviewed, *asked.unreviewed), key=lambda item: (item.path, item.line or 0))
        ),
        not_run=tuple(sorted(not_run(subject, witnesses), key=lambda item: item.function_id)),
        stats=replace(stats(subject, asked, shown, suppressed, seconds), gates=gates or {}),
        change=subject.change.description,
        suppressed=tuple(finding for finding in found if finding not in kept),
    )


def place(finding: Finding) -> tuple[str, int, bool, str]:
    """Where a finding stands; at one line what is proved comes first."""
    return finding.path, finding.line, finding.evidence is not Evidence.PROVED, finding.id


def once(shown: Iterable[Shown]) -> list[Shown]:
    """Each call once: a helper is tried through its callers too, and where both changed the call is the caller's."""
    kept: dict[tuple[str, tuple[str, ...], str], Shown] = {}
    for one in shown:
        source = one.counterexample if isinstance(one, Finding) else one
        assert source is not None, "what running showed has a call"
        key = (one.path, source.setup, source.call)
        if key not in kept or names(one.function, source.call):
            kept[key] = one
    return list(kept.values())


def names(function: str, call: str) -> bool:
    """Whether a call's text names a function (a method by its own name)."""
    return re.search(rf"\b{re.escape(function.rpartition('.')[2])}\b", call) is not None


def not_run(subject: Subject, witnesses: Mapping[str, Witness]) -> Iterable[NotRun]:
    """The examples that could not be tried, and the functions that time was too short for."""
    for function in subject.todo:
        if function.id in witnesses:
            yield from witnesses[function.id].not_run
        elif witnesses:
            yield NotRun(function.id, function.name, "the time was over before it was run")


def stats(
    subject: Subject, asked: Asked, witnesses: Iterable[Witness], suppressed: int, seconds: tuple[float, float]
) -> Stats:
    """The run in figures."""
    return Stats(
        functions=len(subject.functions),
        needing_review=len(subject.todo),
        reviewed=len(asked.reviewed),
        **asdict(asked.tally),
        sandbox_seconds=seconds[0],
        wall_seconds=seconds[1],
        cases_run=sum(witness.executed for witness in witnesses),
        claims_dropped=asked.claims_dropped,
        suppressed=suppressed,
        suggestions_dropped=asked.suggestions_dropped,
    )


def listing(function: ChangedFunction, reviewed: Mapping[str, bool]) -> ReviewedFunction:
    """How the report names a changed function."""
    version = function.version
    return ReviewedFunction(
        id=function.id,
        path=function.path,
        function=function.name,
        line=version.line,
        end_line=version.end_line,
        change=function.change,
        old_path=function.old_path,
        old_function=function.old_function,
        needs_review=function.needs_review,
        reviewed=function.id in reviewed,
        cached=reviewed.get(function.id, False),
    )
