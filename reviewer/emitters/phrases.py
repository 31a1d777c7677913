"""Words that several formats for people share; safe to show on one line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from reviewer.data import Evidence, Outcome, OutcomeKind
from reviewer.emitters import sanitise

if TYPE_CHECKING:
    from reviewer.data import BehaviourChange, Finding, OutsideLines, Report, Stats


def outcome(outcome: Outcome) -> str:
    """What a call did: "`10`", "raises ValueError: no pages", "timed out"."""
    kind = outcome.kind
    if kind is OutcomeKind.RETURNED:
        return code(outcome.value or "")
    if kind is OutcomeKind.PRINTED:
        return f"prints {code(outcome.value or '')}"
    details = ": ".join(filter(None, (outcome.type, outcome.message)))
    if kind is OutcomeKind.RAISED:
        return f"raises {sanitise.line(details)}"
    words = {OutcomeKind.TIMED_OUT: "timed out", OutcomeKind.CRASHED: "crashed"}.get(kind, "could not run")
    return f"{words} ({sanitise.line(details)})" if details else words


def former(before: Outcome) -> str:
    """What a call did before, after "was": "`10`", "a ValueError: no pages", "printed `a`"."""
    words = outcome(before)
    if before.kind is OutcomeKind.RAISED:
        return words.replace("raises ", "an exception, ", 1)
    return words.replace("prints ", "printed ", 1) if before.kind is OutcomeKind.PRINTED else words


def code(text: str) -> str:
    """Code on one line."""
    return f"`{sanitise.line(text)}`"


def count(number: int, noun: str) -> str:
    """A number with its noun: "1 line", "2 lines"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def summary(report: Report, show_all: bool) -> str:
    """The whole report in a sentence: what was found, or that nothing was, and what was not looked at."""
    findings = [finding for finding in report.findings if show_all or not finding.folded]
    functions = count(len(report.functions), "changed function")
    reviewed = sum(function.reviewed for function in report.functions)
    if findings:
        proved = sum(finding.evidence is Evidence.PROVED for finding in findings)
        touched = len({finding.function_id for finding in findings})
        head = f"{count(len(findings), 'finding')} ({proved} proved) in {touched} of {functions}"
    elif report.incomplete:
        head = f"incomplete: no findings in {reviewed} reviewed of {functions}"
    else:
        state = "nothing shown" if report.findings else "clean"  # folded ones are counted in a line of their own
        nothing = "no function to review" + (f" ({sanitise.line(report.change)})" if report.change else "")
        known = f"{count(reviewed, 'changed function')} reviewed" if reviewed else nothing
        head = f"{state}: {known}"
    return "; ".join([head, *_counts(report)])


def _counts(report: Report) -> Iterator[str]:
    unneeded = sum(not function.needs_review for function in report.functions)
    changes = len(unpromoted(report))
    examples = sum(not one.of_tests for one in report.not_run)
    untested = len({one.function_id for one in report.not_run if one.of_tests})
    counts = [
        (len(report.unreviewed), f"{len(report.unreviewed)} not reviewed"),
        (unneeded, f"{unneeded} needed no review"),
        (changes, count(changes, "behaviour change")),
        (len(report.tests), count(len(report.tests), "test")),
        (examples, f"{count(examples, 'example')} not run"),
        (untested, f"tests of {count(untested, 'function')} not all compared"),
        (report.stats.suppressed, f"{report.stats.suppressed} suppressed by comments"),
        (report.stats.baselined, f"{report.stats.baselined} known from the baseline"),
    ]
    return (text for number, text in counts if number)


def unpromoted(report: Report) -> list[BehaviourChange]:
    """The behaviour changes that no finding of the report says already."""
    listed = {finding.id for finding in report.findings}
    return [change for change in report.behaviour_changes if change.promoted not in listed]


def alike(finding: Finding) -> str:
    """How many calls or claims one finding stands for; empty for one."""
    if finding.count == 1:
        return ""
    return f"{finding.count} calls fail alike" if finding.counterexample else f"{finding.count} claims say the same"


def silenced(report: Report) -> Iterator[tuple[str, Finding]]:
    """The findings that are only counted whatever they say, each with what silences it."""
    yield from (("suppressed by a comment", finding) for finding in report.suppressed)
    yield from (("known from the baseline", finding) for finding in report.baselined)


def folded(report: Report) -> str:
    """How many findings are not shown and why; empty when there is none."""
    number = sum(finding.folded for finding in report.findings)
    if not number:
        return ""
    name = sanitise.line(report.model.name) if report.model else "the model"
    are = "is" if number == 1 else "are"
    return f"{count(number, 'suspected finding')} of {name} {are} folded: it has not been measured to be useful"


def outside(entries: Sequence[OutsideLines]) -> str:
    """How much of the change belongs to no function; empty when it is nothing but empty lines."""
    entries = [entry for entry in entries if not entry.blank]
    if not entries:
        return ""
    added, deleted = sum(entry.added for entry in entries), sum(entry.deleted for entry in entries)
    files = count(len({entry.path for entry in entries}), "file")
    return f"outside functions, not reviewed: {count(added, 'line')} added, {deleted} deleted in {files}"


def walls(report: Report) -> str:
    """That nothing was executed, or without walls; empty when code was executed in a sandbox, or there was none to."""
    execution = report.execution
    if execution.state != "unsandboxed" and not any(function.needs_review for function in report.functions):
        return ""
    said = {
        "off": "nothing was executed",
        "unavailable": "nothing was executed, it is not possible here",
        "unsandboxed": "code was executed without a sandbox",
    }.get(execution.state, "")
    return sanitise.line(f"{said}: {execution.reason}" if said and execution.reason else said)


def figures(stats: Stats) -> Iterator[tuple[str, str]]:
    """Each figure of a run with its name."""
    for name in stats.__dataclass_fields__:
        value = getattr(stats, name)
        if name != "gates":
            yield name, f"{value:.2f}" if isinstance(value, float) else f"{value}"
