"""What running one changed function showed: broken promises, behaviour changes, examples that could not be tried."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from reviewer.data import (
    BrokenExample,
    Call,
    Case,
    ChangedFunction,
    Finding,
    Module,
    NotRun,
)
from reviewer.evidence import arranging, behaviour, cases, proofs, verdicts
from reviewer.evidence.call_sources import calls
from reviewer.evidence.examining import Examiner, as_case, breaks, breaks_again, differs, differs_again
from reviewer.evidence.proofs import Place
from reviewer.evidence.verdicts import Tried
from reviewer.evidence.witnessed import Witness
from reviewer.records import record

SESSIONS = 8
"""Examples of one function that are tried after everything before them, though they pass without."""


def documented(function: ChangedFunction, module: Module) -> tuple[tuple[Case, ...], tuple[BrokenExample, ...]]:
    """The cases that the new version's documentation gives, and the examples that cannot be tried."""
    assert function.new is not None
    examples, broken = cases.documented(function.new, module)
    return (*examples, *cases.raises(function.new, module, examples)), broken


@record(frozen=True, slots=True)
class Draft:
    """A function with what was tried of it once."""

    function: ChangedFunction
    place: Place
    broken: tuple[BrokenExample, ...]
    cases: tuple[Tried, ...]
    calls: tuple[tuple[Call, Tried], ...]
    sessions: tuple[Tried, ...] = ()

    def failing(self) -> list[Tried]:
        """The cases that break a promise. Where none does alone, those that did not before and do now in a session."""
        alone = [one for one in self.cases if breaks(self.function, one) and not self.in_session(one)]
        return alone or [one for one in self.sessions if verdicts.regressed(one)]

    def in_session(self, failing: Tried) -> bool:
        """Whether an example that fails alone holds after those before it: as doctest runs it, it is right."""
        return any(arranging.is_same(one.case, failing.case) and one.new.passed for one in self.sessions)

    def doubtful(self) -> list[tuple[ChangedFunction, Tried]]:
        """What has to be run a second time before it counts."""
        doubtful = [*self.failing(), *(one for _, one in self.calls if differs(one))]
        return [(self.function, one) for one in doubtful]

    def ran(self) -> list[Tried]:
        """Everything that was tried and could run."""
        tried = (*self.cases, *(one for _, one in self.calls), *self.sessions)
        return [one for one in tried if one.new.passed is not None]


def unplaced(function: ChangedFunction, module: Module) -> Witness:
    """The witness of a function whose file has no name to import it by: what is documented is named as not tried."""
    reason = "its file cannot be imported as a module"
    known, broken = documented(function, module)
    untried = (*(NotRun(function.id, one.call, reason) for one in known), *not_readable(function, broken))
    return Witness(not_run=untried, reason=reason)


def not_readable(function: ChangedFunction, broken: Sequence[BrokenExample]) -> tuple[NotRun, ...]:
    """Examples that are no code, each with its reason."""
    return tuple(NotRun(function.id, example.text, example.reason) for example in broken)


def witnesses(
    subjects: Sequence[tuple[ChangedFunction, Module, Place]], examiner: Examiner, sources: Mapping[str, str]
) -> list[Witness]:
    """Run the documentation's cases and other calls of these functions on both versions, what is doubtful twice."""
    drafts = tried_once(subjects, examiner, sources)
    second = iter(examiner.repeated([one for draft in drafts for one in draft.doubtful()]))
    return [concluded(draft, [next(second) for _ in draft.doubtful()]) for draft in drafts]


def tried_once(
    subjects: Sequence[tuple[ChangedFunction, Module, Place]], examiner: Examiner, sources: Mapping[str, str]
) -> list[Draft]:
    """Every function with its cases and calls run once, all in one go."""
    plans = []
    for function, module, place in subjects:
        known, broken = documented(function, module)
        others = calls(function, module, known, sources) if function.old is not None else ()
        after = cases.sessions(function.new, module) if function.new else ()
        plans.append((function, place, broken, known, [call for call in others if call.source != "example"], after))
    wanted = [
        (function, case)
        for function, _, _, known, others, after in plans
        for case in (*known, *(as_case(call) for call in others), *after[:SESSIONS])
    ]
    results = iter(examiner.both(wanted))
    drafts = [
        Draft(
            function,
            place,
            broken,
            cases=tuple(next(results) for _ in known),
            calls=tuple((call, next(results)) for call in others),
            sessions=tuple(next(results) for _ in after[:SESSIONS]),
        )
        for function, place, broken, known, others, after in plans
    ]
    for index, (*_, after) in enumerate(plans):
        more = arranging.after_all(drafts[index].function, drafts[index].cases, after[SESSIONS:], examiner)
        drafts[index] = replace(drafts[index], sessions=(*drafts[index].sessions, *more))
    return drafts


def of(
    function: ChangedFunction, known: Sequence[Case], others: Sequence[Call], examiner: Examiner, place: Place
) -> Witness:
    """Run these cases and calls of one function on both versions, what is doubtful twice."""
    usable = others if function.old is not None else ()
    results = examiner.both([(function, case) for case in (*known, *map(as_case, usable))])
    tried, called = results[: len(known)], results[len(known) :]
    draft = Draft(function, place, (), tuple(tried), tuple(zip(usable, called, strict=True)))
    second = examiner.repeated(draft.doubtful())
    return concluded(draft, second)


def concluded(draft: Draft, second: Sequence[Tried]) -> Witness:
    """What a function's two runs mean; `second` are those of its doubtful cases, in their order."""
    function, again = draft.function, iter(second)
    confirmed = [one for one in draft.failing() if breaks_again(one, next(again))]
    stable = [(call, one) for call, one in draft.calls if differs(one) and differs_again(one, next(again))]
    findings = [
        proofs.proved(function, broken, draft.place) for broken in verdicts.broken_promises(function, confirmed)
    ]
    promoted, changes = behaviour.changes(function, stable, draft.place)
    ran = draft.ran()
    not_run = (
        *not_readable(function, draft.broken),
        *(NotRun(function.id, one.case.call, reason(one)) for one in draft.cases if one.new.passed is None),
    )
    return Witness(
        findings=(*findings, *promoted),
        behaviour_changes=tuple(changes),
        not_run=not_run,
        tried=draft.cases,
        executed=len(ran),
        reason=None if ran else why_not([*draft.cases, *(one for _, one in draft.calls)]),
    )


def judged(
    function: ChangedFunction, failing: Sequence[Tried], examiner: Examiner, place: Place
) -> tuple[Finding, ...]:
    """The findings for cases that failed once, if they fail again."""
    doubtful = [one for one in failing if breaks(function, one)]
    second = examiner.both([(function, one.case) for one in doubtful], again=True)
    confirmed = [one for one, other in zip(doubtful, second, strict=True) if breaks_again(one, other)]
    return tuple(proofs.proved(function, broken, place) for broken in verdicts.broken_promises(function, confirmed))


def suspected(
    function: ChangedFunction, failing: Sequence[Tried], voted: Sequence[Case], examiner: Examiner, place: Place
) -> tuple[tuple[Finding, ...], tuple[tuple[Case, str], ...]]:
    """What fails by the model's word alone: suspected where its votes agree and the case fails again.

    Then the cases that came to nothing, with the reason.
    """
    alone = [one for one in failing if verdicts.judge(function, one) is None]
    agreed = [one for one in alone if one.case in voted]
    second = examiner.both([(function, one.case) for one in agreed], again=True)
    sure = [one for one, other in zip(agreed, second, strict=True) if breaks_again(one, other)]
    found = tuple(proofs.suspected(function, one, place) for one in sure)
    return found, tuple((one.case, unproved(one)) for one in alone if one not in sure)


def unproved(tried: Tried) -> str:
    """Why a case that fails says nothing against the function."""
    if tried.case.through is not None:
        return f"it fails, as the example of {tried.case.through}, and did not pass before"
    return "it fails, and only a model says what is right"


def reason(tried: Tried) -> str:
    """Why a case could not run."""
    return tried.new.outcome.message or "it could not be run"


def why_not(tried: Sequence[Tried]) -> str:
    """Why nothing of a function ran."""
    return reason(tried[0]) if tried else "it has no documented example, and no call of it could be made up"
