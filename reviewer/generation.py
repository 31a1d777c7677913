"""From docstrings to tests: functions -> cases -> gates -> test files. The model proposes; running decides."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from reviewer import modelcases, sources
from reviewer.asking import Asker
from reviewer.config import Config
from reviewer.data import BrokenExample, Case, ChangedFunction, Execution, Module, NotRun, Reason, Report, Selection
from reviewer.evidence import characterising, gates, mutants, witness
from reviewer.evidence.examining import Examiner
from reviewer.evidence.gates import Dropped, Gated
from reviewer.evidence.proofs import Place
from reviewer.evidence.sandbox import Sandbox, Unusable
from reviewer.evidence.witness import Witness
from reviewer.pipeline import Listener, opened_asker, opened_cache
from reviewer.reading import Subject, read_subject
from reviewer.reporting import Asked, report
from reviewer.running import OFF, open_box
from reviewer.testplans import Plans, planned

MUTANTS = 40
"""Mutants tried of one function, those on changed lines first."""


@dataclass(frozen=True, slots=True)
class Options:
    """What `reviewer tests` was asked to do beside printing what would change."""

    write: bool = False
    prune: bool = False
    characterise: bool = False


@dataclass(frozen=True, slots=True)
class Made:
    """What came of one function: the cases that earned their place, and why others did not."""

    function: ChangedFunction
    gated: Gated = field(default_factory=Gated)
    witness: Witness = field(default_factory=Witness)
    broken: tuple[BrokenExample, ...] = ()
    reason: str | None = None  # why nothing of it can be tested from its docstring


@dataclass(frozen=True, slots=True)
class Generated:
    """The whole result: the report, what becomes of each test file, and each function's part."""

    report: Report
    plans: Plans
    made: tuple[Made, ...]


def generate(
    config: Config, selection: Selection, paths: Sequence[str], cwd: Path, options: Options, listener: Listener
) -> Generated:
    """Tests for the selected functions. Raises ReviewerError for what the user can mend."""
    began = time.monotonic()
    ends = None if config.deadline is None else began + config.deadline
    subject = read_subject(config, selection, paths, cwd)
    for note in subject.notes:
        listener.note(note)
    asked = Asked()
    made: list[Made] = []
    execution = OFF
    if subject.todo and config.execute:
        with opened_cache(config, listener) as cache, opened_asker(config, cache, ends, listener) as asker:
            if asker is not None:
                asked.model, asked.tally = asker.model.info, asker.tally
            execution = work(subject, config, options, asker, cache.fence_key(), ends, asked, made, listener)
    for function in subject.todo:
        if function.id not in asked.reviewed and all(item.function_id != function.id for item in asked.unreviewed):
            asked.miss(function, Reason.NO_MODEL, execution.reason or "nothing of it was executed")
    plans = planned(config, subject, [(one.function, one.gated.kept, one.gated.mutants) for one in made], options.prune)
    if options.write:
        plans = plans.written(Path(subject.change.root))
    witnesses = {one.function.id: one.witness for one in made}
    found = report(subject, asked, execution, witnesses, (0.0, time.monotonic() - began), plans.tests)
    return Generated(found, plans, tuple(made))


def work(
    subject: Subject,
    config: Config,
    options: Options,
    asker: Asker | None,
    fence_key: bytes,
    ends: float | None,
    asked: Asked,
    made: list[Made],
    listener: Listener,
) -> Execution:
    """Make the tests of every function, as far as the time goes."""
    opened = open_box(config, subject.change, subject.todo)
    if opened.box is None:
        return opened.execution
    names = {function.version.name.rpartition(".")[2] for function in subject.todo}
    texts = sources.sources_naming(opened.root, names)
    existing = gates.assertions(texts[path] for path in texts if path.endswith(".py"))
    with opened.box as box:
        for number, function in enumerate(subject.todo):
            listener.step(number + 1, len(subject.todo), function.name)
            if ends is not None and time.monotonic() >= ends:
                asked.miss(function, Reason.DEADLINE, "the deadline had passed before its tests were made")
                continue
            module, place = subject.modules[function.path], opened.places[function.path]
            if place is None:
                made.append(without(function, "its file cannot be imported as a module"))
                continue
            try:
                cases, broken = proposed(function, module, asker, fence_key, asked)
                kept = earned(function, module, cases, options, box, existing, texts, ends)
            except KeyboardInterrupt:
                for left in subject.todo[number:]:
                    asked.miss(left, Reason.INTERRUPTED, "the run was interrupted")
                break
            made.append(concluded(function, kept, broken, box, place, ends))
            if made[-1].witness.executed or (asker is not None and cases):
                asked.reviewed.setdefault(function.id, False)
            elif asker is None or made[-1].reason:
                asked.reviewed.setdefault(function.id, False)  # nothing to test is an answer, and it is named
    return opened.execution


def proposed(
    function: ChangedFunction, module: Module, asker: Asker | None, fence_key: bytes, asked: Asked
) -> tuple[tuple[Case, ...], tuple[BrokenExample, ...]]:
    """The documented cases, then the model's; a question that got no answer makes the function unreviewed."""
    cases, broken = witness.documented(function, module)
    if asker is None:
        return cases, broken
    told = modelcases.cases_from_model(function, module, asker, fence_key=fence_key)
    asked.claims_dropped += len(told.dropped)
    if told.failure is not None:
        asked.miss(function, told.failure.reason, told.failure.detail)
    return (*cases, *told.cases), broken


def earned(
    function: ChangedFunction,
    module: Module,
    cases: Sequence[Case],
    options: Options,
    box: Sandbox,
    existing: frozenset[str],
    texts: Mapping[str, str],
    ends: float | None,
) -> Gated:
    """The cases that come through the gates; with `characterise` also what the function does now on other calls."""
    assert function.new is not None
    changed = mutants.mutants(function.new, module, cap=MUTANTS, lines=function.changed_lines)
    if options.characterise:
        calls = [call for call in witness.calls(function, module, cases, texts) if call.source != "example"]
        cases = (*cases, *characterising.cases(function, calls, Examiner(box, ends)))
    try:
        return gates.gate(function, cases, changed, existing, box, ends)
    except Unusable as error:
        return Gated(dropped=(Dropped(function.name, "kills", f"mutants of it say nothing: {error}"),))


def concluded(
    function: ChangedFunction,
    gated: Gated,
    broken: tuple[BrokenExample, ...],
    box: Sandbox,
    place: Place,
    ends: float | None,
) -> Made:
    """A function's result; a case that fails on the new version becomes a finding, never a bent test."""
    failed = witness.judged(function, gated.failing, Examiner(box, ends), place)
    not_run = (
        *(NotRun(function.id, example.text, example.reason) for example in broken),
        *(NotRun(function.id, one.call, one.detail) for one in gated.dropped if one.gate == "runs"),
    )
    reason = None if gated.counts.get("proposed") or broken else why_not(function)
    seen = Witness(findings=failed, not_run=not_run, executed=gated.counts.get("runs", 0), reason=reason)
    if reason:
        return without(function, reason)
    return Made(function, gated, seen, broken)


def without(function: ChangedFunction, reason: str) -> Made:
    """A function that cannot be tested from its docstring."""
    seen = Witness(not_run=(NotRun(function.id, function.name, reason),), reason=reason)
    return Made(function, witness=seen, reason=reason)


def why_not(function: ChangedFunction) -> str:
    """Why a function has no case."""
    assert function.new is not None
    if not function.new.docstring:
        return "it has no docstring"
    return "its docstring has no example and no exception that a call could be made for"
