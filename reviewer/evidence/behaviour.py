"""Calls on which the versions differ: behaviour changes, and the undocumented exceptions among them. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import zip_longest

from reviewer import docstrings
from reviewer.data import (
    BehaviourChange,
    Call,
    ChangedFunction,
    Counterexample,
    Finding,
    Outcome,
    OutcomeKind,
    Verdict,
)
from reviewer.evidence import proofs, scripts, verdicts
from reviewer.evidence.examining import as_case
from reviewer.evidence.proofs import Place
from reviewer.evidence.verdicts import Tried

SHOWN = 3
"""Behaviour changes shown of one function: the smallest of each distinct kind."""

NORMAL = (OutcomeKind.RETURNED, OutcomeKind.PRINTED)


def changes(
    function: ChangedFunction, differing: Sequence[tuple[Call, Tried]], place: Place
) -> tuple[list[Finding], list[BehaviourChange]]:
    """The smallest differences of each distinct kind; undocumented exceptions among them become findings."""
    groups: dict[tuple[object, ...], list[tuple[Call, Tried]]] = {}
    for call, tried in differing:
        assert tried.old is not None
        kinds = [(result.outcome.kind, result.outcome.type) for result in (tried.old, tried.new)]
        groups.setdefault((*kinds, undocumented(function, call, tried)), []).append((call, tried))
    findings: list[Finding] = []
    found: list[BehaviourChange] = []
    for (*_, is_undocumented), members in groups.items():
        call, tried = min(members, key=lambda member: (not member[0].plausible, verdicts.size(member[1])))
        change = changed_behaviour(function, call, tried, place)
        if is_undocumented:
            finding = undocumented_exception(function, call, tried, place, len(members))
            findings.append(finding)
            change = replace(change, promoted=finding.id)
        found.append(change)
    return findings, sorted(found, key=lambda change: (change.promoted is None, len(change.call)))[:SHOWN]


def changed_behaviour(function: ChangedFunction, call: Call, tried: Tried, place: Place) -> BehaviourChange:
    """A difference as the report has it."""
    assert tried.old is not None
    version, case = function.version, as_case(call)
    before, after = tried.old.outcome, tried.new.outcome
    left = None if before != after else told_apart(tried.old.effects, tried.new.effects)
    if left is not None:
        before, after = proofs.leaving(before, left[0]), proofs.leaving(after, left[1])
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


def undocumented(function: ChangedFunction, call: Call, tried: Tried) -> bool:
    """Whether the old version returned and the new one raises what is documented nowhere, for a plausible call."""
    if not (call.plausible and names(call, function)) or tried.old is None or tried.old.outcome.kind not in NORMAL:
        return False
    outcome = tried.new.outcome
    if outcome.kind is not OutcomeKind.RAISED or outcome.type is None or names_no_codec(call, outcome):
        return False
    texts = [version.docstring or "" for version in (function.new, function.old) if version]
    name = outcome.type.rpartition(".")[2]
    return not any(name in text or any(name == item.type for item in docstrings.raises(text)) for text in texts)


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
