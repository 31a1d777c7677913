"""From broken promises to findings with a counterexample anyone can paste. Pure."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from reviewer import findings
from reviewer.data import (
    Category,
    ChangedFunction,
    Counterexample,
    Evidence,
    Finding,
    Outcome,
    OutcomeKind,
    Severity,
    Verdict,
)
from reviewer.evidence import scripts, verdicts
from reviewer.evidence.verdicts import Broken, Tried
from reviewer.records import record


@record(frozen=True, slots=True)
class Place:
    """Where a module is imported from: roots relative to the repository's root, and the dotted name."""

    roots: tuple[str, ...]
    module: str


def short_hash(*parts: str) -> str:
    """A short id for people to type."""
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:12]


def proved(function: ChangedFunction, broken: Broken, place: Place) -> Finding:
    """The finding for a broken promise."""
    tried = broken.smallest
    case = tried.case
    title = f"{one_line(case.call)}: {said(tried.new.outcome)}, documented is {one_line(scripts.shown(case))}"
    return finding(
        function, broken.verdict, broken.introduced, title, explained(broken), counterexample(tried, title, place),
        line=verdicts.anchor(function, tried.new.reached), count=len(broken.cases),
    )  # fmt: skip


def counterexample(tried: Tried, title: str, place: Place) -> Counterexample:
    """A case that fails, in a form anyone can paste."""
    case = tried.case
    return Counterexample(
        setup=(*case.names.values(), *case.setup),
        call=case.call,
        expected=tried.new.expected,
        old=tried.old.outcome if tried.old else None,
        new=tried.new.outcome,
        docstring_quote=case.quote,
        through=case.through,
        script=scripts.script(case, title=title, module=place.module, roots=place.roots),
    )


def suspected(function: ChangedFunction, tried: Tried, place: Place) -> Finding:
    """The finding for a case that fails where only the model says what is right."""
    found = proved(function, Broken(Verdict.CLAIM, verdicts.is_new_promise(function, tried.case), (tried,)), place)
    wanted = one_line(scripts.shown(tried.case))
    title = f"{one_line(tried.case.call)}: {said(tried.new.outcome)}, by the docstring it may have to be {wanted}"
    message = "A model reads the docstring so, in independent votes; no documented example says it."
    return replace(found, title=title, evidence=Evidence.SUSPECTED, severity=Severity.WARNING, message=message)


def finding(
    function: ChangedFunction,
    verdict: Verdict,
    introduced: bool,
    title: str,
    message: str,
    shown: Counterexample,
    *,
    line: int,
    count: int = 1,
) -> Finding:
    """A proved finding."""
    fingerprint = findings.fingerprint(function.name, Category.CONTRACT, verdict, shown.call)
    return Finding(
        id=findings.finding_id(function.id, fingerprint),
        function_id=function.id,
        path=function.path,
        function=function.name,
        line=line,
        end_line=line,
        severity=Severity.ERROR if introduced else Severity.WARNING,
        category=Category.CONTRACT,
        evidence=Evidence.PROVED,
        verdict=verdict,
        introduced=introduced,
        title=title,
        message=message,
        quote=None,
        counterexample=shown,
        suggestion=None,
        fingerprint=fingerprint,
        count=count,
    )


def explained(broken: Broken) -> str:
    """Why it is believed, in a sentence or two."""
    tried = broken.smallest
    if broken.verdict is Verdict.REGRESSION:
        text = "The old version kept this promise of the docstring; the new one breaks it."
    elif broken.introduced:
        text = "The docstring promises this and the code does not do it."
    else:
        text = "The docstring promises this and the code does not do it; it did not before the change either."
    if tried.case.through:
        text += f" The example stands in the docstring of {tried.case.through}."
    if len(broken.cases) > 1:
        text += f" {len(broken.cases)} documented cases fail alike; this is the smallest."
    return text


def said(outcome: Outcome) -> str:
    """An outcome in a few words."""
    if outcome.kind is OutcomeKind.RAISED:
        return f"raises {outcome.type}" + (f": {one_line(outcome.message)}" if outcome.message else "")
    if outcome.kind is OutcomeKind.TIMED_OUT:
        return "does not end in time"
    if outcome.kind is OutcomeKind.CRASHED:
        return "crashes the interpreter"
    if outcome.kind is OutcomeKind.PRINTED:
        return f"prints {one_line(outcome.value or '')}"
    return f"returns {one_line(outcome.value or 'None')}"


def returned(outcome: Outcome) -> str:
    """What the old version did, in a few words."""
    return {OutcomeKind.PRINTED: "printed "}.get(outcome.kind, "returned ") + one_line(outcome.value or "None")


def leaving(outcome: Outcome, left: str) -> Outcome:
    """The outcome with what the call leaves behind, where only that differs."""
    return replace(outcome, value=f"{outcome.value or ''}, leaving {left or 'nothing'}".removeprefix(", "))


def one_line(text: str, limit: int = 80) -> str:
    """A text on one line, cut to a length people read."""
    flat = " ".join(text.split())
    return flat if len(flat) <= limit else flat[: limit - 1] + "…"
