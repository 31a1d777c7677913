"""From docstrings to tests: functions -> cases -> gates -> test files. The model proposes; running decides."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from reviewer import modelcases, sources
from reviewer.asking import Asker
from reviewer.config import Config
from reviewer.data import BrokenExample, Case, ChangedFunction, Execution, Module, NotRun, Reason, Report, Selection
from reviewer.evidence import call_sources, characterising, gates, mutants, witness
from reviewer.evidence.examining import Examiner
from reviewer.evidence.gates import Dropped, Gated, MutantRunner
from reviewer.evidence.proofs import Place
from reviewer.evidence.sandbox import Unusable
from reviewer.evidence.witness import Witness
from reviewer.licence import fold
from reviewer.pipeline import Listener, opened_asker, opened_cache
from reviewer.reading import Subject, read_subject
from reviewer.reporting import Asked, report
from reviewer.running import OFF, open_box
from reviewer.testplans import Plans, Project, Result, opened_project, planned

MUTANTS = 40
"""Mutants tried of one function, those on changed lines first."""

NO_DOCSTRING = "it has no docstring"
NO_CASE = "its docstring has no example and no exception that a call could be made for"


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

    @property
    def settled(self) -> bool:
        """Whether every documented example came through, so that a test of another one has lost its promise."""
        if self.reason:
            return self.reason in (NO_DOCSTRING, NO_CASE)
        return not (self.gated.dropped or self.gated.failing or self.broken)


@dataclass(frozen=True, slots=True)
class Proposed:
    """The cases of one function before anything is run."""

    cases: tuple[Case, ...]
    broken: tuple[BrokenExample, ...]  # documented examples that cannot be tried
    voted: tuple[Case, ...] = ()  # whose expectation independent votes of the model agree on
    refused: tuple[Dropped, ...] = ()  # what the model gave that is no case


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
    project = opened_project(config, subject)
    asked = Asked()
    made: list[Made] = []
    execution = OFF
    if subject.todo and config.execute:
        with opened_cache(config, listener) as cache, opened_asker(config, cache, ends, listener) as asker:
            if asker is not None:
                asked.model, asked.tally = asker.model.info, asker.tally
            maker = Maker(subject, project, options, asker, cache.fence_key(), ends)
            execution = maker.work(config, asked, made, listener)
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
    took = (0.0, time.monotonic() - began)
    found = report(subject, asked, execution, witnesses, took, plans.tests, totals(made))
    return Generated(fold(found, config.trusted_models), plans, tuple(made))


@dataclass(slots=True)
class Maker:
    """Makes the tests of the functions of one run, one after the other."""

    subject: Subject
    project: Project
    options: Options
    asker: Asker | None
    fence_key: bytes
    ends: float | None
    texts: Mapping[str, str] = field(default_factory=dict)  # tests and documents that mention the functions

    def work(self, config: Config, asked: Asked, made: list[Made], listener: Listener) -> Execution:
        """Every function, as far as the time goes; `made` and `asked` are complete after each."""
        todo = self.subject.todo
        opened = open_box(config, self.subject.change, todo)
        if opened.box is None:
            return opened.execution
        names = {function.version.name.rpartition(".")[2] for function in todo}
        self.texts = sources.sources_naming(opened.root, names)
        known = self.project.existing(self.texts)
        with opened.box as box:
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
                else:
                    made.append(one)
                    if all(item.function_id != function.id for item in asked.unreviewed):
                        asked.reviewed[function.id] = False  # nothing to test is an answer too, and it is named
        return opened.execution

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
        module = self.subject.modules[function.path]
        found = self.proposed(function, module, asked)
        standing = gates.stand(function, self.with_present(function, module, found.cases, box), box, self.ends)
        changed = mutants.mutants(function.new, module, cap=MUTANTS, lines=function.changed_lines)
        try:
            gated = gates.earn(function, standing, changed, known, box, self.ends)
        except Unusable as error:
            gated = gates.unearned(standing, f"mutants of the function say nothing: {error}")
        return concluded(function, gated, found, Examiner(box, self.ends), place)

    def proposed(self, function: ChangedFunction, module: Module, asked: Asked) -> Proposed:
        """The documented cases, then the model's; a question that got no answer makes the function unreviewed."""
        cases, broken = witness.documented(function, module)
        if self.asker is None:
            return Proposed(cases, broken)
        told = modelcases.cases_from_model(function, module, self.asker, fence_key=self.fence_key)
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


def concluded(function: ChangedFunction, gated: Gated, found: Proposed, examiner: Examiner, place: Place) -> Made:
    """A function's result; a case that fails on the new version becomes a finding, never a bent test."""
    gated = replace(gated, dropped=(*found.refused, *gated.dropped))
    if not (found.cases or found.broken or found.refused or gated.counts.get("proposed")):
        return without(function, NO_CASE if function.version.docstring else NO_DOCSTRING)
    judged = witness.judged(function, gated.failing, examiner, place)
    suspected, unproved = witness.suspected(function, gated.failing, found.voted, examiner, place)
    gated = replace(gated, dropped=(*gated.dropped, *(Dropped(case.call, "passes", why) for case, why in unproved)))
    not_run = (
        *(NotRun(function.id, example.text, example.reason) for example in found.broken),
        *(NotRun(function.id, one.call, one.detail) for one in gated.dropped if one.gate == "runs"),
    )
    seen = Witness(findings=(*judged, *suspected), not_run=not_run, executed=gated.counts.get("runs", 0))
    return Made(function, gated, seen, found.broken)


def without(function: ChangedFunction, reason: str) -> Made:
    """A function that cannot be tested from its docstring."""
    seen = Witness(not_run=(NotRun(function.id, function.name, reason),), reason=reason)
    return Made(function, witness=seen, reason=reason)


def distinct(made: Sequence[Made]) -> list[Made]:
    """The results with each call of a file kept once."""
    found: dict[str, Made] = {}
    for path in dict.fromkeys(one.function.path for one in made):
        here = [one for one in made if one.function.path == path]
        late = [one.function.name.endswith(".__init__") for one in here]
        for one, gated in zip(here, gates.distinct([one.gated for one in here], late), strict=True):
            found[one.function.id] = replace(one, gated=gated)
    return [found[one.function.id] for one in made]


def totals(made: Sequence[Made]) -> Mapping[str, int]:
    """How many cases came through each gate, and the mutants that could be applied and those that died."""
    counts = Counter[str](dict.fromkeys(gates.GATES, 0))
    for one in made:
        counts.update(one.gated.counts)
        counts.update({"mutants": one.gated.mutants, "mutants_killed": one.gated.killed})
    return dict(counts)
