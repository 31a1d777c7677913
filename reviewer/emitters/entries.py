"""What the line-oriented formats for machines say: one entry per finding, gap and remark, the worst first.

Texts are safe to show, `path` is as it is. Whoever shows only the first ones has shown the worst.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING

from reviewer.data import Evidence, Severity
from reviewer.emitters import layout, phrases, sanitise
from reviewer.records import record

if TYPE_CHECKING:
    from reviewer.data import BehaviourChange, Finding, Report, Unreviewed


class Kind(StrEnum):
    """What an entry is about."""

    FINDING = "finding"
    UNREVIEWED = "unreviewed"
    CHANGE = "change"
    REMARK = "remark"


@record(frozen=True, slots=True)
class Entry:
    """One thing to say at one place; `mark` is the same in the next run, and no other entry's."""

    kind: Kind
    rule: str
    severity: Severity
    path: str
    line: int | None
    end_line: int | None
    title: str  # one line
    details: str  # several lines, or none
    mark: str
    function: str = ""
    finding: Finding | None = None


def entries(report: Report, show_all: bool) -> tuple[Entry, ...]:
    """Findings, what was not reviewed, behaviour changes that are no finding, and remarks on the whole report."""
    found = (
        *(of_finding(finding) for finding in worst_first(report, show_all)),
        *(of_unreviewed(entry) for entry in report.unreviewed),
        *(of_change(change) for change in phrases.unpromoted(report)),
        *_remarks(report, show_all),
    )
    return tuple(_unique(found))


def worst_first(report: Report, show_all: bool) -> list[Finding]:
    """The findings that are not folded, or all: what fails a run, then the rest, each by severity."""
    shown = (finding for finding in report.findings if show_all or not finding.folded)
    return sorted(shown, key=lambda one: (not (one.introduced and proved(one)), not proved(one), _RANK[one.severity]))


_RANK = {severity: rank for rank, severity in enumerate(Severity)}


def proved(finding: Finding) -> bool:
    """It was executed, and failed."""
    return finding.evidence is Evidence.PROVED


def severity(finding: Finding) -> Severity:
    """How loud a platform may be: checks fail on errors, so what is suspected or was there before is none."""
    blocking = finding.introduced and proved(finding)
    return finding.severity if blocking or finding.severity is not Severity.ERROR else Severity.WARNING


def of_finding(finding: Finding) -> Entry:
    """The entry of a finding: what was seen is in its details."""
    known = "" if finding.introduced else ", not introduced by this change"
    return Entry(
        kind=Kind.FINDING,
        rule=f"{finding.verdict}/{finding.category}",
        severity=severity(finding),
        path=finding.path,
        line=finding.line,
        end_line=finding.end_line,
        title=sanitise.line(f"{finding.title} [{finding.evidence}{known}]"),
        details="\n".join(_details(finding)),
        mark=finding.fingerprint,
        function=sanitise.line(finding.function),
        finding=finding,
    )


def _details(finding: Finding) -> Iterator[str]:
    yield f"in {sanitise.line(finding.function)}: {sanitise.block(finding.message)}"
    if alike := phrases.alike(finding):
        yield alike
    if finding.counterexample:
        yield layout.plain(layout.counterexample(finding.counterexample))
        yield f"  run it again: reviewer review --replay {sanitise.line(finding.id)}"
    if finding.suggestion:
        yield f"  suggestion ({'verified' if finding.suggestion.verified else 'not verified'}):"
        yield layout.plain(layout.diff(finding.suggestion.patch))


def of_unreviewed(entry: Unreviewed) -> Entry:
    """The entry of a function, or a file, that was not reviewed."""
    what = entry.function or "the whole file"
    return Entry(
        kind=Kind.UNREVIEWED,
        rule=f"not-reviewed/{entry.reason}",
        severity=Severity.WARNING,
        path=entry.path,
        line=entry.line,
        end_line=entry.line,
        title=sanitise.line(f"not reviewed [{entry.reason}] {what}: {entry.detail}"),
        details="",
        mark=digest("unreviewed", entry.function_id or entry.path, entry.reason),
        function=sanitise.line(what),
    )


def of_change(change: BehaviourChange) -> Entry:
    """The entry of a call that does something else now."""
    was, now = phrases.former(change.old), phrases.outcome(change.new)
    return Entry(
        kind=Kind.CHANGE,
        rule="behaviour-change",
        severity=Severity.INFO,
        path=change.path,
        line=change.line,
        end_line=change.line,
        title=sanitise.line(
            f"behaviour change of {change.function}: {phrases.code(change.call)}: was {was}, now {now}"
        ),
        details=layout.plain(layout.session((*change.setup, change.call))) if change.setup else "",
        mark=digest("change", change.function, *change.setup, change.call),
        function=sanitise.line(change.function),
    )


def remarks(report: Report, show_all: bool) -> Iterator[tuple[str, str]]:
    """What is to be known of the whole report besides its summary, each with the name of its kind."""
    if not show_all and (text := phrases.folded(report)):
        yield "folded", text
    if text := phrases.walls(report):
        yield "not-sandboxed", text
    if text := phrases.outside(report.outside_functions):
        yield "outside-functions", text


def _remarks(report: Report, show_all: bool) -> Iterator[Entry]:
    """Platforms want a place for everything: the first one that a remark is about, if there is any."""
    functions = [(function.path, function.line) for function in report.functions]
    places = {
        "folded": [(finding.path, finding.line) for finding in report.findings if finding.folded],
        "not-sandboxed": functions,
        "outside-functions": [(lines.path, lines.line) for lines in report.outside_functions if not lines.blank],
    }
    for kind, text in remarks(report, show_all):
        for path, line in places[kind][:1]:
            yield Entry(Kind.REMARK, kind, Severity.INFO, path, line, line, text, "", digest("remark", kind))


def digest(*parts: str) -> str:
    """What stays the same as long as the parts do: hexadecimal, 32 digits."""
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _unique(found: Iterable[Entry]) -> Iterator[Entry]:
    """Platforms take entries of one fingerprint for one; functions of one name in two files can have the same."""
    seen: Counter[str] = Counter()
    for entry in found:
        seen[entry.mark] += 1
        again = seen[entry.mark] > 1
        yield replace(entry, mark=digest(entry.mark, str(seen[entry.mark]))) if again else entry


def clip(text: str, limit: int) -> str:
    """The text, or its beginning and how much is missing; never longer than `limit` and that remark."""
    return text if len(text) <= limit else f"{text[:limit]}... ({len(text) - limit} more characters)"
