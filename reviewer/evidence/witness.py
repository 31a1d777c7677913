"""What running one changed function showed: broken promises, behaviour changes, examples that could not be tried."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

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
    OutcomeKind,
    Verdict,
)
from reviewer.evidence import cases, inputs, proofs, scripts, verdicts
from reviewer.evidence.examining import Examiner, as_case
from reviewer.evidence.proofs import Place
from reviewer.evidence.verdicts import Tried

CALLS = 60
"""Calls tried of one function, cheapest sources first."""

SHOWN = 3
"""Behaviour changes shown of one function: the smallest of each distinct kind."""

NORMAL = (OutcomeKind.RETURNED, OutcomeKind.PRINTED)


@dataclass(frozen=True, slots=True)
class Witness:
    """What running a function showed. `executed` counts the cases and calls that ran on the new version."""

    findings: tuple[Finding, ...] = ()
    behaviour_changes: tuple[BehaviourChange, ...] = ()
    not_run: tuple[NotRun, ...] = ()
    tried: tuple[Tried, ...] = ()
    executed: int = 0
    reason: str | None = None  # why nothing was executed


def documented(function: ChangedFunction, module: Module) -> tuple[tuple[Case, ...], tuple[BrokenExample, ...]]:
    """The cases that the new version's documentation gives, and the examples that cannot be tried."""
    assert function.new is not None
    examples, broken = cases.documented(function.new, module)
    return (*examples, *cases.raises(function.new, module, examples)), broken


def calls(
    function: ChangedFunction, module: Module, examples: Sequence[Case], sources: Mapping[str, str]
) -> tuple[Call, ...]:
    """Calls worth trying on both versions: documented examples changed a little, the repository's own, the types'."""
    assert function.new is not None
    found: dict[tuple[tuple[str, ...], str], Call] = {}
    for case in examples:
        found.setdefault((case.setup, case.call), Call(case.setup, case.call, "example", case.names, plausible=True))
    for call in (
        *inputs.mutated(examples, function.new, function.old, cap=CALLS // 2),
        *inputs.from_repository(function.new, sources, cap=CALLS // 2),
        *inputs.from_annotations(function.new, module, cap=CALLS // 2),
    ):
        found.setdefault((call.setup, call.call), call)
    return tuple(found.values())[:CALLS]


def witness(
    function: ChangedFunction,
    module: Module,
    examiner: Examiner,
    place: Place,
    sources: Mapping[str, str],
) -> Witness:
    """Run the documentation's cases and other calls on both versions."""
    known, broken = documented(function, module)
    tried = examiner.try_cases(function, known)
    findings = prove(function, tried, examiner, place)
    not_run = (
        *(NotRun(function.id, example.text, example.reason) for example in broken),
        *(NotRun(function.id, one.case.call, reason(one)) for one in tried if one.new.passed is None),
    )
    executed = sum(one.new.passed is not None for one in tried)
    changes: list[BehaviourChange] = []
    if function.old is not None:
        wanted = [call for call in calls(function, module, known, sources) if call.source != "example"]
        differing, ran = examiner.differences(function, wanted)
        executed += ran
        promoted, changes = behaviour(function, differing, place)
        findings += promoted
    return Witness(tuple(findings), tuple(changes), not_run, tried, executed, reason_of(tried, executed))


def reason(tried: Tried) -> str:
    """Why a case could not run."""
    return tried.new.outcome.message or "it could not be run"


def reason_of(tried: Sequence[Tried], executed: int) -> str | None:
    """Why nothing ran, if nothing did."""
    if executed:
        return None
    return reason(tried[0]) if tried else "it has no documented example, and no call of it could be made up"


def prove(function: ChangedFunction, tried: Sequence[Tried], examiner: Examiner, place: Place) -> list[Finding]:
    """A finding for each promise that is broken every time."""
    confirmed = examiner.confirmed(function, tried)
    return [proofs.proved(function, broken, place) for broken in verdicts.broken_promises(function, confirmed)]


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
        change = changed_behaviour(function, call, tried)
        if is_undocumented:
            finding = undocumented_exception(function, call, tried, place, len(members))
            findings.append(finding)
            change = replace(change, promoted=finding.id)
        changes.append(change)
    return findings, sorted(changes, key=lambda change: (change.promoted is None, len(change.call)))[:SHOWN]


def changed_behaviour(function: ChangedFunction, call: Call, tried: Tried) -> BehaviourChange:
    """A difference as the report has it."""
    assert tried.old is not None
    version = function.version
    return BehaviourChange(
        id=proofs.short_hash(function.id, *call.setup, call.call),
        function_id=function.id,
        path=function.path,
        function=function.name,
        line=verdicts.anchor(function, tried.new.reached) if tried.new.reached else version.def_line,
        call=call.call,
        setup=(*call.names.values(), *call.setup),
        old=tried.old.outcome,
        new=tried.new.outcome,
        source=call.source,
    )


def undocumented(function: ChangedFunction, call: Call, tried: Tried) -> bool:
    """Whether the old version returned and the new one raises what is documented nowhere, for a plausible call."""
    if not call.plausible or tried.old is None or tried.old.outcome.kind not in NORMAL:
        return False
    outcome = tried.new.outcome
    if outcome.kind is not OutcomeKind.RAISED or outcome.type is None:
        return False
    texts = [version.docstring or "" for version in (function.new, function.old) if version]
    name = outcome.type.rpartition(".")[2]
    return not any(name in text or any(name == item.type for item in docstrings.spec(text).raises) for text in texts)


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
