"""`reviewer tests`: verified tests from docstrings, as a patch, or written with --write."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from reviewer import changes, config, emitters
from reviewer.data import Reason, Selection, SelectionKind
from reviewer.emitters import sanitise
from reviewer.errors import ExitCode, UsageError
from reviewer.generation import Generated, Made, Options, generate
from reviewer.pipeline import Listener
from reviewer.progress import Progress

FORMATS = ("text", "json")


def tests(
    selection: Selection, paths: Sequence[str], flags: Mapping[str, object], format_: str, options: Options
) -> int:
    """Make tests and show them: a unified diff on stdout and a summary on stderr, or the JSON report."""
    if format_ not in FORMATS:
        raise UsageError(f"--format {format_}: choose from {', '.join(FORMATS)}")
    cwd = Path.cwd()
    settings = config.load(changes.repository_root(cwd), flags, os.environ)
    if paths and selection.kind is SelectionKind.DEFAULT:
        selection = Selection(SelectionKind.ALL)  # what is named is meant, changed or not
    with Progress(sys.stderr, os.environ, enabled=not settings.quiet) as progress:
        made = generate(settings, selection, paths, cwd, options, Listener(progress.step, progress.say))
    if format_ == "json":
        text = emitters.emitter("json")(made.report, color=False, width=120, verbose=True, show_all=True)
    else:
        summary = "".join(f"{line}\n" for line in lines(made, verbose=settings.verbose))
        sys.stderr.write(summary)
        text = "" if options.write else made.plans.diff
    sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace"))
    sys.stdout.buffer.flush()
    return exit_code(made)


def exit_code(made: Generated) -> ExitCode:
    """0 whether or not tests were found, 3 if anything is unreviewed, 130 after Ctrl-C."""
    reasons = {item.reason for item in made.report.unreviewed}
    if Reason.INTERRUPTED in reasons:
        return ExitCode.INTERRUPTED
    return ExitCode.INCOMPLETE if reasons else ExitCode.CLEAN


def lines(made: Generated, *, verbose: bool) -> Iterator[str]:
    """The summary for people, safe for a terminal."""
    for one in made.made:
        yield from map(sanitise.line, function_lines(one, verbose=verbose))
    for unwritten in made.plans.unwritten:
        yield sanitise.line(
            f"{unwritten.test.function_id}: {unwritten.test.case.call}: not written: {unwritten.reason}"
        )
    for item in made.report.unreviewed:
        yield sanitise.line(f"{item.function_id or item.path}: not reviewed [{item.reason}]: {item.detail}")
    for plan in made.plans.files:
        for name in plan.edited:
            yield sanitise.line(f"{plan.path}::{name}: edited by hand, left as it is")
        for name, why in plan.stale:
            gone = "removed" if name in plan.removed else "stale, --prune removes it"
            yield sanitise.line(f"{plan.path}::{name}: {gone}: {why}")
        if plan.changes:
            state = "written" if made.plans.done else "would change, --write does it"
            yield sanitise.line(f"{plan.path}: {len(plan.added)} added, {len(plan.updated)} updated: {state}")
    execution = made.report.execution
    if execution.state not in ("sandboxed",):
        yield sanitise.line(f"execution: {execution.state}" + (f", {execution.reason}" if execution.reason else ""))
    count = len(made.report.tests)
    yield f"{count} test{'' if count == 1 else 's'} for {len(made.made)} functions"


def function_lines(one: Made, *, verbose: bool) -> Iterator[str]:
    """What came of one function."""
    if one.reason:
        yield f"{one.function.id}: no test: {one.reason}"
        return
    counts = one.gated.counts
    yield (
        f"{one.function.id}: {counts.get('proposed', 0)} cases, {counts.get('passes', 0)} passed, "
        f"{len(one.gated.kept)} kept, {one.gated.killed} of {one.gated.mutants} mutants killed"
    )
    for finding in one.witness.findings:
        yield f"  {finding.verdict}: {finding.title}"
    if verbose:
        for dropped in one.gated.dropped:
            yield f"  dropped at the gate `{dropped.gate}`: {dropped.call}: {dropped.detail}"
        for example in one.broken:
            yield f"  not run: {example.text}: {example.reason}"
