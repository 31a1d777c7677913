"""The part of the pipeline in which what the model says is run: its cases, its calls, and its claims."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace

from reviewer import modelcases
from reviewer.asking import Asker
from reviewer.data import (
    Call,
    Case,
    ChangedFunction,
    Evidence,
    Finding,
    Module,
    Reason,
    Severity,
    Verdict,
)
from reviewer.errors import ModelError
from reviewer.evidence import proofs
from reviewer.evidence.examining import Examiner, breaks_again
from reviewer.evidence.proofs import Place
from reviewer.evidence.verdicts import Tried
from reviewer.evidence.witnessed import Arranged, Witness
from reviewer.reading import Subject
from reviewer.records import record
from reviewer.reporting import Asked
from reviewer.running import Running


@record(frozen=True, slots=True)
class Ground:
    """What a function is examined on: both versions' modules, where it is imported from, the sandbox, who is asked."""

    function: ChangedFunction
    module: Module
    old_module: Module | None
    place: Place
    examiner: Examiner
    asker: Asker
    arranged: Arranged | None  # runs arguments inside the tests that reach the function


def deepen(
    todo: Sequence[ChangedFunction],
    subject: Subject,
    asked: Asked,
    witnesses: Mapping[str, Witness],
    asker: Asker,
    run: Running,
) -> Mapping[str, Witness]:
    """Ask for cases and calls of each function and run them, then let running judge the claims.

    A question without an answer costs what it would have shown, no more: the function has been reviewed. At the
    deadline, after Ctrl-C and when the model stops answering, the rest of the claims stay as they are.
    """
    found = dict(witnesses)
    examiner = run.examiner
    assert examiner is not None, "what a model wrote is run here"
    for function in todo:
        place = run.places[function.path]
        if place is None or function.id not in asked.reviewed:
            continue
        if asker.ends is not None and time.monotonic() >= asker.ends:
            break
        old_module = subject.old_modules.get(function.version.path if function.old is None else function.old.path)
        ground = Ground(function, subject.modules[function.path], old_module, place, examiner, asker, run.arranged)
        calls = asker.tally.model_calls
        try:
            more = from_model(ground, asked)
            found[function.id] = merged(found.get(function.id, Witness()), more)
            settle(ground, asked)
        except ModelError as error:
            if error.reason not in (Reason.INVALID_REPLY, Reason.TOO_LARGE):
                break
        except KeyboardInterrupt:
            asked.reviewed.pop(function.id, None)
            asked.miss(function, Reason.INTERRUPTED, "the run was interrupted while its claims were being tried")
            break
        finally:
            if asker.tally.model_calls > calls and function.id in asked.reviewed:
                asked.reviewed[function.id] = False
    return found


def from_model(ground: Ground, asked: Asked) -> Witness:
    """What the model's transcription of the docstring, and its calls that may differ, show when they are run."""
    function, module = ground.function, ground.module
    told = modelcases.transcribed_cases(function, module, ground.asker)
    asked.claims_dropped += len(told.dropped)
    calls: tuple[Call, ...] = ()
    found = Witness()
    if ground.old_module is not None and function.old is not None:
        calls, wishes = modelcases.differing(function, ground.old_module, module, ground.asker)
        found = ground.arranged(function, wishes) if wishes and ground.arranged else found
    if not (told.cases or calls):
        return found
    from reviewer.evidence import witness  # and with it all that makes up calls

    return merged(witness.of(function, told.cases, calls, ground.examiner, ground.place), found)


def merged(one: Witness, more: Witness) -> Witness:
    """Both witnesses as one; a finding or difference that both have is the first's."""
    seen = {finding.fingerprint for finding in one.findings}
    calls = {(change.setup, change.call) for change in one.behaviour_changes}
    shown = {(change.old.kind, change.old.type, change.new.kind, change.new.type) for change in one.behaviour_changes}
    new = [
        change
        for change in more.behaviour_changes
        if (change.setup, change.call) not in calls
        and (change.old.kind, change.old.type, change.new.kind, change.new.type) not in shown
    ]
    return replace(
        one,
        findings=(*one.findings, *(finding for finding in more.findings if finding.fingerprint not in seen)),
        behaviour_changes=(*one.behaviour_changes, *new),
        tried=(*one.tried, *more.tried),
        executed=one.executed + more.executed,
        reason=None if more.executed else one.reason,
    )


def settle(ground: Ground, asked: Asked) -> None:
    """Judge each claim: confirmed ones are proved, refuted ones dropped, the rest looked at again."""
    function = ground.function
    for finding in [one for one in asked.findings if one.function_id == function.id]:
        verdict = judged(finding, ground)
        place = asked.findings.index(finding)
        if verdict is None:
            del asked.findings[place]
            asked.claims_dropped += 1
        else:
            asked.findings[place] = verdict


def judged(finding: Finding, ground: Ground) -> Finding | None:
    """What becomes of a claim; None if it is dropped."""
    function, module = ground.function, ground.module
    case = modelcases.shown_claim(function, module, finding, ground.asker)
    if case is not None:
        (tried,) = ground.examiner.both([(function, case)])
        if tried.new.passed:
            return None
        if tried.new.passed is False:
            return confirmed(finding, tried, ground)
    holds = modelcases.second_look(function, module, finding, ground.asker)
    return finding if holds else None


def confirmed(finding: Finding, tried: Tried, ground: Ground) -> Finding:
    """A claim whose case fails: proved if it fails again and more than the claim itself says what is right.

    That is the old version, which passed, or the votes of a model that has not seen the body; else it stays suspected.
    """
    function, case = ground.function, tried.case
    (second,) = ground.examiner.both([(function, case)], again=True)
    if not breaks_again(tried, second):
        return finding
    passed_before = tried.old is not None and tried.old.passed is True
    if not passed_before and not agreed(ground, case):
        return finding
    introduced = passed_before or function.old is None
    return replace(
        finding,
        evidence=Evidence.PROVED,
        verdict=Verdict.CLAIM_CONFIRMED,
        introduced=introduced,
        severity=Severity.ERROR if introduced else Severity.WARNING,
        counterexample=proofs.counterexample(tried, finding.title, ground.place),
    )


def agreed(ground: Ground, case: Case) -> bool:
    """Whether votes by the docstring alone expect of the call what the case expects."""
    call = Call(case.setup, case.call, "model", case.names)
    voted = modelcases.voted_case(ground.function, ground.module, call, ground.asker)
    if voted is None:
        return False
    mine, theirs = case.expected, voted.expected
    return (mine.kind, normal(mine.text), mine.type) == (theirs.kind, normal(theirs.text), theirs.type)


def normal(text: str | None) -> str | None:
    """An expected expression in one spelling."""
    import ast

    if text is None:
        return None
    try:
        return ast.unparse(ast.parse(text, mode="eval"))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return text.strip()
