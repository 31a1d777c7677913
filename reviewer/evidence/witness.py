"""What running one changed function showed: broken promises, behaviour changes, examples that could not be tried."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import zip_longest

from reviewer import docstrings
from reviewer.data import (
    BehaviourChange,
    BrokenExample,
    Call,
    Case,
    ChangedFunction,
    Counterexample,
    Finding,
    Module,
    NotRun,
    Outcome,
    OutcomeKind,
    Verdict,
)
from reviewer.evidence import arranging, cases, proofs, scripts, verdicts
from reviewer.evidence.call_sources import calls
from reviewer.evidence.examining import Examiner, as_case, breaks, breaks_again, differs, differs_again
from reviewer.evidence.proofs import Place
from reviewer.evidence.verdicts import Tried
from reviewer.evidence.witnessed import Witness
from reviewer.records import record

SHOWN = 3
"""Behaviour changes shown of one function: the smallest of each distinct kind."""

SESSIONS = 8
"""Examples of one function that are tried after everything before them, though they pass without."""

NORMAL = (OutcomeKind.RETURNED, OutcomeKind.PRINTED)


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
    promoted, changes = behaviour(function, stable, draft.place)
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


def behaviour(
    function: ChangedFunction, differing: Sequence[tuple[Call, Tried]], place: Place
) -> tuple[list[Finding], list[BehaviourChange]]:
    """The smallest differences of each distinct kind; undocumented exceptions among them become findings."""
    groups: dict[tuple[object, ...], list[tuple[Call, Tried]]] = {}
    for call, tried in differing:
        assert tried.old is not None
        kinds = [(result.outcome.kind, result.outcome.type) for result in (tried.old, tried.new)]
        groups.setdefault((*kinds, undocumented(function, call, tried)), []).append((call, tried))
    findings: list[Finding] = []
    changes: list[BehaviourChange] = []
    for (*_, is_undocumented), members in groups.items():
        call, tried = min(members, key=lambda member: (not member[0].plausible, verdicts.size(member[1])))
        change = changed_behaviour(function, call, tried, place)
        if is_undocumented:
            finding = undocumented_exception(function, call, tried, place, len(members))
            findings.append(finding)
            change = replace(change, promoted=finding.id)
        changes.append(change)
    return findings, sorted(changes, key=lambda change: (change.promoted is None, len(change.call)))[:SHOWN]


def changed_behaviour(function: ChangedFunction, call: Call, tried: Tried, place: Place) -> BehaviourChange:
    """A difference as the report has it."""
    assert tried.old is not None
    version, case = function.version, as_case(call)
    before, after = tried.old.outcome, tried.new.outcome
    left = None if before != after else told_apart(tried.old.effects, tried.new.effects)
    if left is not None:
        before, after = leaving(before, left[0]), leaving(after, left[1])
    title = f"{proofs.one_line(call.call)}: {proofs.said(after)}, before: {proofs.said(before)}"
    where = {"title": title, "module": place.module}
    return BehaviourChange(
        id=proofs.short_hash(function.id, *call.setup, call.call),
        function_id=function.id,
        path=function.path,
        function=function.name,
        line=verdicts.anchor(function, tried.new.reached) if tried.new.reached else version.def_line,
        call=call.call,
        setup=(*call.names.values(), *call.setup),
        old=before,
        new=after,
        source=call.source,
        script=scripts.changed_script(case, before, **where, roots=place.roots)
        if left is None
        else scripts.leaves_script(case, *left, **where, roots=place.roots),
    )


def told_apart(old: str, new: str) -> tuple[str, str]:
    """The first line in which two effects differ, on each side; "" where there is none."""
    before, after = old.splitlines(), new.splitlines()
    for one, other in zip_longest(before, after, fillvalue=""):
        if one != other:
            return one, other
    return old, new


def leaving(outcome: Outcome, left: str) -> Outcome:
    """The outcome with what the call leaves behind, where only that differs."""
    return replace(outcome, value=f"{outcome.value or ''}, leaving {left or 'nothing'}".removeprefix(", "))


def undocumented(function: ChangedFunction, call: Call, tried: Tried) -> bool:
    """Whether the old version returned and the new one raises what is documented nowhere, for a plausible call."""
    if not (call.plausible and names(call, function)) or tried.old is None or tried.old.outcome.kind not in NORMAL:
        return False
    outcome = tried.new.outcome
    if outcome.kind is not OutcomeKind.RAISED or outcome.type is None or names_no_codec(call, outcome):
        return False
    texts = [version.docstring or "" for version in (function.new, function.old) if version]
    name = outcome.type.rpartition(".")[2]
    return not any(name in text or any(name == item.type for item in docstrings.spec(text).raises) for text in texts)


def names_no_codec(call: Call, outcome: Outcome) -> bool:
    """Whether it raised since a made up text stands where the name of an encoding or error handler belongs.

    What Python says then: https://github.com/python/cpython/blob/main/Python/codecs.c
    """
    said = re.match(r"unknown (?:encoding: |error handler name ')([^']+)", outcome.message or "")
    return outcome.type == "LookupError" and said is not None and repr(said[1]) in call.call


def names(call: Call, function: ChangedFunction) -> bool:
    """Whether the call is of the function itself: what another one raises on the way may be documented there."""
    parts = [part for part in function.version.name.split(".") if part != "<locals>"]
    special = parts[-1].startswith("__") and parts[-1].endswith("__")
    return special or re.search(rf"\b{re.escape(parts[-1])}\b", call.call) is not None


def undocumented_exception(function: ChangedFunction, call: Call, tried: Tried, place: Place, count: int) -> Finding:
    """The finding for an undocumented exception."""
    assert tried.old is not None
    old, new = tried.old.outcome, tried.new.outcome
    title = f"{proofs.one_line(call.call)}: {proofs.said(new)}, before it {proofs.returned(old)}"
    case = as_case(call)
    counterexample = Counterexample(
        setup=(*call.names.values(), *call.setup),
        call=call.call,
        expected=old,
        old=old,
        new=new,
        docstring_quote=None,
        through=None,
        script=scripts.returns_script(case, old.value or "", title=title, module=place.module, roots=place.roots),
    )
    message = "The old version handled this call; the new one raises an exception that its docstring does not name."
    line = verdicts.anchor(function, tried.new.reached)
    return proofs.finding(
        function, Verdict.UNDOCUMENTED_EXCEPTION, True, title, message, counterexample, line=line, count=count
    )
