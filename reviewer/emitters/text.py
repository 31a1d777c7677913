"""The report for people: plain text, or the same text in colour.

Every line is laid out as spans (style, text) whose text is already safe to show. Colour only wraps spans, so both
forms say the same, and nothing in code, paths or replies is ever read as markup.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from reviewer.data import Evidence, Severity
from reviewer.emitters import layout, phrases, sanitise
from reviewer.emitters.layout import Line

if TYPE_CHECKING:
    from reviewer.data import (
        BehaviourChange,
        Finding,
        GeneratedTest,
        Report,
        ReviewedFunction,
        Unreviewed,
    )

_SEVERITY = {Severity.ERROR: "bold red", Severity.WARNING: "bold yellow", Severity.INFO: "bold blue"}
_MIN_WIDTH = 40


def emit(report: Report, *, color: bool, width: int, verbose: bool, show_all: bool) -> str:
    """The report, ending in its summary; that line alone when everything is clean and was executed behind walls.

    `width`: columns at which prose is wrapped; code and paths never are. `verbose` adds scripts, sources of tests,
    fingerprints and statistics; `show_all`, as `verbose`, lists what is otherwise only counted; it alone unfolds
    findings and lists the silenced ones.
    """
    paint = _painter() if color else _plain
    lines = _lines(report, max(width, _MIN_WIDTH), verbose, show_all)
    return "".join("".join(paint(style, text) for style, text in line) + "\n" for line in lines)


def _plain(style: str, text: str) -> str:
    return text


def _painter() -> Callable[[str, str], str]:
    from rich.color import ColorSystem
    from rich.style import Style

    def paint(style: str, text: str) -> str:
        return Style.parse(style).render(text, color_system=ColorSystem.STANDARD) if style else text

    return paint


def _lines(report: Report, width: int, verbose: bool, show_all: bool) -> Iterator[Line]:
    everything = show_all or verbose
    for finding in report.findings:
        if show_all or not finding.folded:
            yield from _finding(finding, width, verbose)
            yield ()
    for unreviewed in report.unreviewed:
        yield _unreviewed(unreviewed)
    for change in phrases.unpromoted(report):
        yield from _behaviour_change(change, verbose)
    for why, finding in phrases.silenced(report) if show_all else ():
        yield _head(finding, why)
    for test in report.tests:
        yield from _test(test, verbose)
    if everything:
        for example in report.not_run:
            where = sanitise.line(example.function_id)
            yield (
                ("bold", where),
                ("", f": not run: {phrases.code(example.call)}: {sanitise.line(example.reason)}"),
            )
        for function in report.functions:
            yield _function(function)
    if not show_all:
        yield from _folded(report)
    yield from _outside(report, everything)
    yield from _circumstances(report, verbose)
    yield _summary(report, show_all)


def _head(finding: Finding, why: str = "") -> Line:
    known = "" if finding.introduced else "not introduced"
    return (
        layout.place(finding.path, finding.line),
        (_SEVERITY[finding.severity], finding.severity.value),
        ("", f" {finding.category.value} "),
        (
            "bold" if finding.evidence is Evidence.PROVED else "dim",
            f"[{', '.join(filter(None, (finding.evidence.value, known, why)))}]",
        ),
        ("bold", f" {sanitise.line(finding.title)}"),
        *(layout.identity(finding.id) if finding.counterexample else ()),
    )


def _finding(finding: Finding, width: int, verbose: bool) -> Iterator[Line]:
    yield _head(finding)
    if finding.quote:
        gutter = len(str(finding.end_line)) + 4
        for number, text in enumerate(sanitise.block(finding.quote).split("\n"), finding.line):
            yield (("dim", f"{number:>{gutter}} |"), ("", f" {text}" if text else ""))
    yield from layout.prose("in", finding.function, width)
    yield from layout.prose("why", finding.message, width)
    if alike := phrases.alike(finding):
        yield from layout.prose("times", alike, width)
    if finding.counterexample:
        yield from layout.counterexample(finding.counterexample)
        if verbose:
            yield (("cyan", "  script:"),)
            yield from layout.indented(finding.counterexample.script)
    if finding.suggestion:
        checked = "verified; --apply takes it" if finding.suggestion.verified else "not verified"
        yield (("cyan", f"  suggestion ({checked}):"),)
        yield from layout.diff(finding.suggestion.patch)
    if verbose:
        yield from layout.prose("verdict", f"{finding.verdict.value}, fingerprint {finding.fingerprint}", width)


def _unreviewed(entry: Unreviewed) -> Line:
    what = sanitise.line(entry.function) if entry.function else "the whole file"
    return (
        layout.place(entry.path, entry.line),
        ("bold magenta", "not reviewed"),
        ("", f" [{entry.reason.value}] {what}: {sanitise.line(entry.detail)}"),
    )


def _behaviour_change(change: BehaviourChange, verbose: bool) -> Iterator[Line]:
    was, now = phrases.former(change.old), phrases.outcome(change.new)
    yield (
        layout.place(change.path, change.line),
        ("bold blue", "behaviour change"),
        ("", f" [{sanitise.line(change.source)}] {phrases.code(change.call)}: was {was}, now {now}"),
        *layout.identity(change.id),
    )
    yield from layout.session(change.setup)
    if verbose and change.script:
        yield (("cyan", "  script:"),)
        yield from layout.indented(change.script)


def _test(test: GeneratedTest, verbose: bool) -> Iterator[Line]:
    killed = f"kills {len(test.mutants_killed)} of {test.mutants_total} mutants"
    written = ", written" if test.written else ""
    tested = f"{test.source_path}:{test.line} {test.function}"
    yield (
        ("bold", sanitise.line(f"{test.path}::{test.name}")),
        ("", ": "),
        ("bold green", "test"),
        ("", sanitise.line(f" [{test.origin}, {test.verdict}] of {tested}, {killed}{written}")),
    )
    if verbose:
        if test.docstring_quote:
            yield (("cyan", "    promised: "), ("", sanitise.line(test.docstring_quote)))
        yield from layout.indented("\n".join((*test.imports, test.source)))


def _function(function: ReviewedFunction) -> Line:
    state = "not reviewed" if function.needs_review else "needs no review"
    if function.reviewed:
        state = "reviewed, from the cache" if function.cached else "reviewed"
    before = " ".join(filter(None, (function.old_path, function.old_function)))
    origin = f" (was {before})" if before else ""
    text = f"{function.change.value} function {function.function}{origin}: {state}"
    return (layout.place(function.path, function.line), ("", sanitise.line(text)))


def _folded(report: Report) -> Iterator[Line]:
    if text := phrases.folded(report):
        yield (("dim", f"{text} (--show all)"),)


def _outside(report: Report, everything: bool) -> Iterator[Line]:
    entries = report.outside_functions
    if text := phrases.outside(entries):
        yield (("", text),)
    for entry in entries if everything and text else ():
        yield (layout.place(entry.path, entry.line), ("", f"outside functions: +{entry.added} -{entry.deleted}"))


def _circumstances(report: Report, verbose: bool) -> Iterator[Line]:
    execution = report.execution
    if said := phrases.walls(report):
        yield (("yellow", said),)
    if not verbose:
        return
    walls = ", ".join(execution.isolation) or "none"
    yield (("", sanitise.line(f"execution: {execution.state}, isolation: {walls}, python: {execution.python}")),)
    model = report.model
    name = f"{model.name} {model.digest} ({model.provider}, {model.endpoint or 'in process'})" if model else "none"
    yield (("", sanitise.line(f"model: {name}")),)
    if report.change:
        yield (("", sanitise.line(f"change: {report.change}")),)
    yield (("dim", "statistics: " + ", ".join(f"{name} {value}" for name, value in phrases.figures(report.stats))),)


def _summary(report: Report, show_all: bool) -> Line:
    findings = [finding for finding in report.findings if show_all or not finding.folded]
    if findings:
        style = "bold red" if any(finding.evidence is Evidence.PROVED for finding in findings) else "bold yellow"
    else:
        style = "bold magenta" if report.incomplete else "bold green"
    return ((style, phrases.summary(report, show_all)),)
