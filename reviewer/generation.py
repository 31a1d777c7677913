"""From docstrings to tests: functions -> cases -> gates -> test files. The model proposes; running decides."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from reviewer import modelcases, sources
from reviewer.asking import Asker
from reviewer.boxes import OpenBox, open_box
from reviewer.config import Config
from reviewer.data import Case, ChangedFunction, Module, Reason, Report, Selection
from reviewer.evidence import call_sources, characterising, gates, mutants, witness
from reviewer.evidence.cases import sessions
from reviewer.evidence.examining import Examiner
from reviewer.evidence.gates import Dropped
from reviewer.evidence.proofs import Place
from reviewer.evidence.runner import MutantRunner
from reviewer.evidence.sandbox import Unusable
from reviewer.licence import fold
from reviewer.made import IS_TEST, Made, Proposed, concluded, distinct, totals, without
from reviewer.pipeline import Listener, opened_asker, opened_cache
from reviewer.reading import Subject, read_subject
from reviewer.records import record
from reviewer.reporting import Asked, report
from reviewer.running import OFF
from reviewer.testfiles import layout
from reviewer.testplans import Plans, Project, Result, opened_project, planned

MUTANTS = 40
"""Mutants tried of one function, those on changed lines first."""


@record(frozen=True, slots=True)
class Options:
    """What `reviewer tests` was asked to do beside printing what would change."""

    write: bool = False
    prune: bool = False
    characterise: bool = False


@record(frozen=True, slots=True)
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
    project = opened_project(config, subject)
    asked = Asked()
    made: list[Made] = []
    execution, seconds = OFF, 0.0
    if subject.todo and config.execute:
        with opened_cache(config, listener) as cache, opened_asker(config, cache, ends, listener) as asker:
            if asker is not None:
                asked.model, asked.tally = asker.model.info, asker.tally
            maker = Maker(subject, project, options, asker, ends)
            opened = open_box(config, subject.change, subject.todo, cache)
            if opened.box is not None:
                with opened.box:
                    maker.work(opened, asked, made, listener)
            execution, seconds = opened.execution, maker.seconds
    missed = {item.function_id for item in asked.unreviewed}
    for function in subject.todo:
        if function.id not in asked.reviewed and function.id not in missed:
            asked.miss(function, Reason.NO_MODEL, execution.reason or "nothing of it was executed")
    made = distinct(made)
    results = [Result(one.function, one.gated.kept, one.gated.mutants, one.settled) for one in made]
    plans = planned(project, results, prune=options.prune)
    if options.write:
        plans = plans.written()
    witnesses = {one.function.id: one.witness for one in made}
    took = (seconds, time.monotonic() - began)
    found = report(subject, asked, execution, witnesses, took, plans.tests, totals(made))
    return Generated(fold(found, config.trusted_models), plans, tuple(made))


@dataclass(slots=True)
class Maker:
    """Makes the tests of the functions of one run, one after the other."""

    subject: Subject
    project: Project
    options: Options
    asker: Asker | None
    ends: float | None
    texts: Mapping[str, str] = field(default_factory=dict)  # tests and documents that mention the functions
    seconds: float = 0.0  # spent on running

    def work(self, opened: OpenBox, asked: Asked, made: list[Made], listener: Listener) -> None:
        """Every function, as far as the time goes; `made` and `asked` are complete after each."""
        todo, box = self.subject.todo, opened.box
        assert box is not None
        names = {function.version.name.rpartition(".")[2] for function in todo}
        self.texts = sources.sources_naming(opened.root, names)
        known = self.project.existing(self.texts)
        for number, function in enumerate(todo):
            if self.late():
                asked.miss(function, Reason.DEADLINE, "the deadline had passed before its tests were made")
                continue
            listener.step(number + 1, len(todo), function.name)
            try:
                one = self.made(function, box, opened.places[function.path], known.of(function.id), asked)
            except KeyboardInterrupt:
                for left in todo[number:]:
                    asked.miss(left, Reason.INTERRUPTED, "the run was interrupted")
                break
            if self.late():
                asked.miss(function, Reason.DEADLINE, "the deadline passed while its tests were made")
                continue
            made.append(one)
            if all(item.function_id != function.id for item in asked.unreviewed):
                asked.reviewed[function.id] = False  # nothing to test is an answer too, and it is named

    def late(self) -> bool:
        """Whether the deadline has passed."""
        return self.ends is not None and time.monotonic() >= self.ends

    def made(
        self, function: ChangedFunction, box: MutantRunner, place: Place | None, known: frozenset[str], asked: Asked
    ) -> Made:
        """One function from its docstring to what came through the gates."""
        assert function.new is not None
        if place is None:
            return without(function, "its file cannot be imported as a module")
        if any(one.rpartition(".")[2] == "overload" for one in function.new.decorators):
            return without(function, "it declares an overload and has no code of its own")
        if not layout.is_source(function.path):
            return without(function, IS_TEST)
        module = self.subject.modules[function.path]
        found = self.proposed(function, module, asked)
        began = time.monotonic()
        tried = self.with_present(function, module, found.cases, box)
        standing = gates.stand(function, tried, box, self.ends, sessions(function.new, module))
        changed = mutants.mutants(function.new, module, cap=MUTANTS, lines=function.changed_lines)
        try:
            gated = gates.earn(function, standing, changed, known, box, self.ends)
        except Unusable as error:
            gated = gates.unearned(standing, f"mutants of the function say nothing: {error}")
        result = concluded(function, gated, found, Examiner(box, self.ends), place)
        self.seconds += time.monotonic() - began
        return result

    def proposed(self, function: ChangedFunction, module: Module, asked: Asked) -> Proposed:
        """The documented cases, then the model's; a question that got no answer makes the function unreviewed."""
        cases, broken = witness.documented(function, module)
        if self.asker is None:
            return Proposed(cases, broken)
        told = modelcases.cases_from_model(function, module, self.asker)
        asked.claims_dropped += len(told.dropped)
        if told.failure is not None:
            asked.miss(function, told.failure.reason, told.failure.detail)
        known = {(case.setup, case.call) for case in cases}
        more = tuple(case for case in told.cases if (case.setup, case.call) not in known)
        refused = tuple(Dropped(call, "proposed", why) for call, why in told.dropped)
        return Proposed((*cases, *more), broken, told.voted, refused)

    def with_present(
        self, function: ChangedFunction, module: Module, cases: tuple[Case, ...], box: MutantRunner
    ) -> tuple[Case, ...]:
        """With `--characterise` also what the function does now on other calls."""
        if not self.options.characterise:
            return cases
        tried = {(case.setup, case.call) for case in cases}
        calls = call_sources.calls(function, module, cases, self.texts)
        others = [call for call in calls if (call.setup, call.call) not in tried]
        return (*cases, *characterising.cases(function, others, Examiner(box, self.ends)))
