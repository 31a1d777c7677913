"""Markdown for job summaries and comments, never longer than a comment of GitHub's may be (65,536 characters).

Each section has a share of that: the worst findings in full, more of them by their titles, and how many are left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, TypeVar

from reviewer.data import OutcomeKind
from reviewer.emitters import phrases
from reviewer.emitters.entries import clip, remarks, worst_first
from reviewer.emitters.markup import code, fence, prose

if TYPE_CHECKING:
    from reviewer.data import (
        BehaviourChange,
        Counterexample,
        Finding,
        GeneratedTest,
        NotRun,
        Outcome,
        Report,
        Unreviewed,
    )

Entry = TypeVar("Entry")

# Characters; escaping can make a text nine times as long, and no entry may be longer than its section.
_FINDINGS, _TITLES, _GAPS, _CHANGES, _OTHERS = 34_000, 6_000, 8_000, 6_000, 2_500
_BLOCK, _LINE = 1_000, 150


def emit(report: Report, *, color: bool = False, width: int = 0, verbose: bool = False, show_all: bool = False) -> str:
    """The summary, findings, gaps and behaviour changes; `show_all` unfolds findings and lists silenced ones."""
    return "\n\n".join(_sections(report, show_all)) + "\n"


def _sections(report: Report, show_all: bool) -> Iterator[str]:
    yield f"## {phrases.summary(report, show_all)}"
    if report.change:
        yield f"Compared: {prose(clip(report.change, _LINE))}"
    for _, text in remarks(report, show_all):
        yield prose(clip(text, _LINE))
    findings = worst_first(report, show_all)
    whole = _fitting(findings, _finding, _FINDINGS)
    yield from whole
    rest = findings[len(whole) :]
    if rest:
        yield from _list("More findings", rest, _title, _TITLES)
    yield from _list("Not reviewed", report.unreviewed, _gap, _GAPS)
    yield from _list("Behaviour changes", phrases.unpromoted(report), _change, _CHANGES)
    if show_all:
        yield from _list("Silenced", tuple(phrases.silenced(report)), _silenced, _OTHERS)
    yield from _list("Tests", report.tests, _test, _OTHERS)
    yield from _list("What could not be tried", report.not_run, _not_run, _OTHERS)


def _list(heading: str, entries: Sequence[Entry], shown: Callable[[Entry], str], room: int) -> Iterator[str]:
    if not entries:
        return
    items = _fitting(entries, shown, room)
    more = len(entries) - len(items)
    yield f"### {heading}"
    yield "\n".join((*items, f"- **{more} more**" if more else "")).rstrip("\n")


def _fitting(entries: Sequence[Entry], shown: Callable[[Entry], str], room: int) -> list[str]:
    """The first ones, as many as there is room for."""
    found: list[str] = []
    for entry in entries:
        text = shown(entry)
        room -= len(text) + 2
        if room < 0:
            break
        found.append(text)
    return found


def _place(path: str, line: int | None) -> str:
    return code(clip(path, _LINE) + (f":{line}" if line else ""))


def _finding(finding: Finding) -> str:
    return "\n\n".join(_parts(finding))


def _title(finding: Finding) -> str:
    kind = f"{finding.severity}, {finding.category}, **{finding.evidence}**{_known(finding)}"
    return f"- {_place(finding.path, finding.line)} {kind}: {prose(clip(finding.title, _LINE))}"


def _silenced(entry: tuple[str, Finding]) -> str:
    why, finding = entry
    return f"{_title(finding)} ({why})"


def _known(finding: Finding) -> str:
    return "" if finding.introduced else ", not introduced by this change"


def _parts(finding: Finding) -> Iterator[str]:
    yield f"### {finding.severity}: {prose(clip(finding.title, _LINE))}"
    where = f"{_place(finding.path, finding.line)} in {code(clip(finding.function, _LINE))}"
    alike = f"; {said}" if (said := phrases.alike(finding)) else ""
    yield f"{where}: {finding.category}, **{finding.evidence}** ({finding.verdict}){_known(finding)}{alike}"
    yield from (prose(part) for part in clip(finding.message, _BLOCK).splitlines() if part.strip())
    if finding.quote:
        yield fence(clip(finding.quote, _BLOCK), "python")
    if finding.counterexample:
        yield from _counterexample(finding.counterexample, finding.id)
    if finding.suggestion:
        yield f"Suggestion ({'verified' if finding.suggestion.verified else 'not verified'}):"
        yield fence(clip(finding.suggestion.patch, _BLOCK), "diff")


def _counterexample(example: Counterexample, mark: str) -> Iterator[str]:
    yield "Counterexample:"
    yield fence(clip("\n".join(_session((*example.setup, example.call))), _BLOCK), "python")
    if example.docstring_quote:
        yield "What the docstring promises:"
        yield fence(clip(example.docstring_quote, _BLOCK), "text")
    old = [f"- old: {_outcome(example.old)}"] if example.old else []
    through = [f"- through: {code(clip(example.through, _LINE))}"] if example.through else []
    shown = [f"- expected: {_outcome(example.expected)}", *old, f"- **new: {_outcome(example.new)}**", *through]
    yield "\n".join((*shown, f"- run it again: {code(f'reviewer review --replay {clip(mark, _LINE)}')}"))


def _session(statements: Sequence[str]) -> Iterator[str]:
    for statement in statements:
        first, *others = statement.split("\n")
        yield f">>> {first}"
        yield from (f"... {line}" for line in others)


def _outcome(outcome: Outcome) -> str:
    kind = outcome.kind
    details = clip(": ".join(filter(None, (outcome.type, outcome.message))), _LINE)
    if kind in (OutcomeKind.RETURNED, OutcomeKind.PRINTED):
        value = code(clip(outcome.value or "", _LINE))
        return value if kind is OutcomeKind.RETURNED else f"prints {value}"
    words = {OutcomeKind.RAISED: "raises", OutcomeKind.TIMED_OUT: "timed out", OutcomeKind.CRASHED: "crashed"}
    return f"{words.get(kind, 'could not run')} {code(details) if details else ''}".strip()


def _former(before: Outcome) -> str:
    """What a call did before, after "was"."""
    words = _outcome(before)
    if before.kind is OutcomeKind.RAISED:
        return words.replace("raises ", "an exception, ", 1)
    return words.replace("prints ", "printed ", 1) if before.kind is OutcomeKind.PRINTED else words


def _gap(gap: Unreviewed) -> str:
    what = code(clip(gap.function, _LINE)) if gap.function else "the whole file"
    return f"- {_place(gap.path, gap.line)} {what}: **{gap.reason}**, {prose(clip(gap.detail, _LINE))}"


def _change(change: BehaviourChange) -> str:
    call = code(clip("; ".join((*change.setup, change.call)), 2 * _LINE))
    return f"- {_place(change.path, change.line)} {call}: was {_former(change.old)}, now {_outcome(change.new)}"


def _test(test: GeneratedTest) -> str:
    name = code(clip(f"{test.path}::{test.name}", 2 * _LINE))
    killed = f"kills {len(test.mutants_killed)} of {test.mutants_total} mutants"
    return f"- {name}: {test.origin}, {prose(clip(test.verdict, _LINE))}, {killed}"


def _not_run(example: NotRun) -> str:
    where = code(clip(example.function_id, _LINE))
    return f"- {where} {code(clip(example.call, _LINE))}: {prose(clip(example.reason, _LINE))}"
