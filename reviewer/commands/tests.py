"""`reviewer tests`: verified tests from docstrings, as a patch, or written with --write."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path

from reviewer import changes, config, emitters
from reviewer.commands.review import check_output, put
from reviewer.data import Reason, Selection, SelectionKind
from reviewer.emitters import sanitise
from reviewer.errors import ExitCode, UsageError
from reviewer.evidence.gates import GATES, Dropped
from reviewer.generation import Generated, Options, generate
from reviewer.made import IS_TEST, Made
from reviewer.pipeline import Listener
from reviewer.progress import Progress
from reviewer.testfiles.records import Plan

FORMATS = ("text", "json")


def tests(
    selection: Selection,
    paths: Sequence[str],
    flags: Mapping[str, object],
    format_: str,
    output: Path | None,
    options: Options,
) -> int:
    """Make tests and show them: a unified diff on stdout or in a file and a summary on stderr, or the JSON report."""
    check_output(format_, output, FORMATS)
    if output and options.write and format_ == "text":
        raise UsageError("--output takes the patch, of which --write leaves nothing: give one, or --format json")
    cwd = Path.cwd()
    settings = config.load(changes.repository_root(cwd), flags, os.environ)
    if paths and selection.kind is SelectionKind.DEFAULT:
        selection = Selection(SelectionKind.ALL)  # what is named is meant, changed or not
    with Progress(sys.stderr, os.environ, enabled=not settings.quiet) as progress:
        made = generate(settings, selection, paths, cwd, options, Listener(progress.step, progress.say))
    if format_ == "json":
        text = emitters.emitter("json")(made.report, color=False, width=120, verbose=True, show_all=True)
    else:
        text = "" if options.write else made.plans.diff
        shown = lines(made, verbose=settings.verbose, quiet=settings.quiet)
        sys.stderr.write("".join(f"{sanitise.line(line)}\n" for line in shown))
    put(text, output)
    return exit_code(made, settings.on_incomplete == "fail")


def exit_code(made: Generated, incomplete_fails: bool) -> ExitCode:
    """0 whether or not tests were found, 3 if anything is unreviewed, 130 after Ctrl-C."""
    reasons = {item.reason for item in made.report.unreviewed}
    if Reason.INTERRUPTED in reasons:
        return ExitCode.INTERRUPTED
    return ExitCode.INCOMPLETE if reasons and incomplete_fails else ExitCode.CLEAN


def lines(made: Generated, *, verbose: bool, quiet: bool) -> Iterator[str]:
    """The summary for people; to those who asked for quiet, what went wrong alone."""
    for _, group in groupby(subjects(made), key=lambda one: one.function.path):
        here = list(group)
        for one in here:
            yield from () if quiet or (one.reason and not verbose) else function_lines(one, verbose=verbose)
            for finding in one.witness.findings:
                yield f"{finding.path}:{finding.line}: [{finding.evidence}] {finding.verdict}: {finding.title}"
        yield from () if quiet or verbose else reason_lines(here)
    for unwritten in made.plans.unwritten:
        yield f"{unwritten.test.function_id}: {unwritten.test.case.call}: not written: {unwritten.reason}"
    for item in made.report.unreviewed:
        yield f"{item.function_id or item.path}: not reviewed [{item.reason}]: {item.detail}"
    if not quiet:
        for plan in made.plans.files:
            yield from file_lines(plan, done=made.plans.done)
    execution = made.report.execution
    if execution.state != "sandboxed" and made.report.functions:
        yield f"execution: {execution.state}" + (f", {execution.reason}" if execution.reason else "")
    if not quiet:
        yield from total_lines(made)


def subjects(made: Generated) -> list[Made]:
    """What tests were wanted of: not of tests, unless nothing else was named."""
    return [one for one in made.made if one.reason != IS_TEST] or list(made.made)


def reason_lines(here: Sequence[Made]) -> Iterator[str]:
    """The functions of one file that have no test, together where the reason is the same."""
    for reason in dict.fromkeys(one.reason for one in here if one.reason):
        alike = [one.function for one in here if one.reason == reason]
        if len(alike) == 1:
            yield f"{alike[0].id}: no test: {reason}"
            continue
        names = ", ".join(one.name for one in alike[:5]) + (", ..." if len(alike) > 5 else "")
        yield f"{alike[0].path}: no test for {len(alike)} functions: {reason}: {names}"


def function_lines(one: Made, *, verbose: bool) -> Iterator[str]:
    """What came of one function, and what was dropped and why."""
    if one.reason:
        yield f"{one.function.id}: no test: {one.reason}"
        return
    counts = one.gated.counts
    yield (
        f"{one.function.id}: {counted(counts.get('proposed', 0), 'case')}, {counts.get('passes', 0)} passed, "
        f"{len(one.gated.kept)} kept, {one.gated.killed} of {one.gated.mutants} mutants killed"
    )
    if verbose:
        for dropped in one.gated.dropped:
            yield f"  dropped at the gate `{dropped.gate}`: {dropped.call}: {dropped.detail}"
        for example in one.broken:
            yield f"  not run: {example.text}: {example.reason}"
        return
    yield from dropped_lines(one.gated.dropped)
    if one.broken:
        yield f"  {counted(len(one.broken), 'example')} not run, --verbose lists them: {one.broken[0].reason}"


def dropped_lines(dropped: Sequence[Dropped]) -> Iterator[str]:
    """How many cases each gate stopped, with the reason of the first."""
    ordered = sorted(dropped, key=lambda one: GATES.index(one.gate))
    for gate, group in groupby(ordered, key=lambda one: one.gate):
        first, *others = group
        more = f" (and {counted(len(others), 'other')}, --verbose lists them)" if others else ""
        yield f"  dropped at the gate `{gate}`: {first.call}: {first.detail}{more}"


def file_lines(plan: Plan, *, done: bool) -> Iterator[str]:
    """What becomes of one test file."""
    for name in plan.edited:
        yield f"{plan.path}::{name}: edited by hand, left as it is"
    for name in plan.removed:
        yield f"{plan.path}::{name}: {'removed' if done else 'stale, would be removed'}"
    for name, why in plan.stale:
        yield f"{plan.path}::{name}: stale, --prune removes it unless it was edited: {why}"
    if plan.changes:
        what = [(plan.added, "added"), (plan.updated, "updated"), (plan.removed, "removed")]
        shown = ", ".join(f"{len(names)} {word}" for names, word in what if names)
        yield f"{plan.path}: {shown}: {'written' if done else 'would change, --write does it'}"


def total_lines(made: Generated) -> Iterator[str]:
    """The whole run: what came through each gate, and how many tests there are."""
    gates = made.report.stats.gates
    if gates.get("proposed"):
        passed = ", ".join(f"{gates[gate]} {word}" for gate, word in GATE_WORDS.items())
        yield f"gates: {passed}; {gates['mutants_killed']} of {gates['mutants']} mutants killed"
    nothing = not made.report.functions and not made.report.unreviewed
    why = f" ({made.report.change}); a file or folder that is named needs no change" if nothing else ""
    yield f"{counted(len(made.report.tests), 'test')} for {counted(len(subjects(made)), 'function')}{why}"


GATE_WORDS = {
    "proposed": "proposed",
    "parses": "parse",
    "runs": "run",
    "passes": "pass",
    "stable": "pass again",
    "kills": "kill a mutant or document",
    "new": "are new",
}


def counted(number: int, word: str) -> str:
    """`1 test`, `2 tests`."""
    return f"{number} {word}{'' if number == 1 else 's'}"
