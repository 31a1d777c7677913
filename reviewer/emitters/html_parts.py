"""The parts of the page in their order, each with its anchor; a part that has nothing to say is not there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from reviewer.data import Evidence, Severity
from reviewer.emitters import html_findings, phrases, sanitise
from reviewer.emitters.html_nodes import Html, code, element

if TYPE_CHECKING:
    from reviewer.data import Finding, Report, ReviewedFunction

_PROVED = "Executed, and seen to fail twice in fresh processes."
_SUSPECTED = "A model says so and nothing that was executed does: read the code before you believe it."
_SILENCED = "Findings that a comment in the code or the baseline silences: they are counted, and fail no run."
_BEHAVIOUR = "Calls that give something else than before, while nothing says which of the two is right."
_TESTS = (
    "They pass on the new version, and fail for the mutants counted: small changes of the function made on purpose."
)
_NOT_RUN = "Documented examples, and calls of the tests, that could not be tried. This says nothing against the code."
_WORST_FIRST = list(Severity)

Cell = Html | str


class Part(NamedTuple):
    """One part: its anchor, its heading, what the list at the top of the page calls it, and what it says."""

    anchor: str
    title: str
    label: str
    content: tuple[Html | None, ...]

    def section(self) -> Html:
        """The part with its heading."""
        return element("section", element("h2", self.title), *self.content, id=self.anchor)


def parts(report: Report, show_all: bool) -> Iterator[Part]:
    """What the page has to say, the gravest first; `show_all` lists folded and silenced findings."""
    yield from _findings(report, show_all)
    if report.unreviewed:
        label = f"{len(report.unreviewed)} not reviewed"
        yield Part("unreviewed", "Not reviewed", label, (_unreviewed(report),))
    if changes := phrases.unpromoted(report):
        functions = groupby(changes, key=lambda change: change.function_id)
        behaviours = (html_findings.behaviour(tuple(group)) for _, group in functions)
        label = phrases.count(len(changes), "behaviour change")
        yield Part("behaviour", "Behaviour changes", label, (element("p", _BEHAVIOUR), *behaviours))
    if silenced := tuple(phrases.silenced(report)) if show_all else ():
        known = (html_findings.finding(finding, why) for why, finding in silenced)
        yield Part("silenced", "Silenced", f"{len(silenced)} silenced", (element("p", _SILENCED), *known))
    if tests := report.tests:
        articles = map(html_findings.test, tests)
        yield Part("tests", "Tests kept", phrases.count(len(tests), "test"), (element("p", _TESTS), *articles))
    if report.not_run:
        label = f"{len(report.not_run)} not run"
        yield Part("not-run", "Not run", label, (element("p", _NOT_RUN), _not_run(report)))
    if report.functions:
        label = phrases.count(len(report.functions), "changed function")
        yield Part("functions", "Changed functions", label, (_functions(report),))
    if said := phrases.outside(report.outside_functions):
        about = element("p", f"{said[0].upper()}{said[1:]}.")
        yield Part("outside", "Outside functions", "Outside functions", (about, _outside(report)))
    yield Part("statistics", "Statistics", "Statistics", (_statistics(report),))


def is_proved(finding: Finding) -> bool:
    """Whether something was executed that shows it."""
    return finding.evidence is Evidence.PROVED


def described(entries: Mapping[str, Sequence[Cell]]) -> Html:
    """Names and what there is to say of each."""
    pairs = ((element("dt", name), element("dd", *said)) for name, said in entries.items())
    return element("dl", *(child for pair in pairs for child in pair))


def _findings(report: Report, show_all: bool) -> Iterator[Part]:
    listed = sorted(
        (finding for finding in report.findings if show_all or not finding.folded),
        key=lambda finding: _WORST_FIRST.index(finding.severity),
    )
    proved = [html_findings.finding(finding) for finding in listed if is_proved(finding)]
    suspected = [html_findings.finding(finding) for finding in listed if not is_proved(finding)]
    folded = "" if show_all else phrases.folded(report)
    if proved:
        yield Part("proved", "Proved", f"{len(proved)} proved", (element("p", _PROVED), *proved))
    if suspected or folded:
        said = element("p", _SUSPECTED) if suspected else None
        note = element("p", f"{folded} (--show all).", class_="dim") if folded else None
        label = f"{len(suspected)} suspected" if suspected else "Suspected, folded"
        yield Part("suspected", "Suspected", label, (said, *suspected, note))


def _unreviewed(report: Report) -> Html:
    rows = [
        (
            code(f"{entry.path}:{entry.line}" if entry.line else entry.path),
            code(entry.function) if entry.function else "the whole file",
            sanitise.line(entry.reason.value.replace("_", " ")),
            entry.detail,
        )
        for entry in report.unreviewed
    ]
    return _table(("Place", "Function", "Reason", "Detail"), rows)


def _not_run(report: Report) -> Html:
    rows = ((code(entry.function_id), code(entry.call), sanitise.line(entry.reason)) for entry in report.not_run)
    return _table(("Function", "Call", "Reason"), rows)


def _functions(report: Report) -> Html:
    return _table(("Place", "Function", "Change", "State"), map(_function, report.functions))


def _function(function: ReviewedFunction) -> tuple[Cell, ...]:
    before = " ".join(filter(None, (function.old_path, function.old_function)))
    state = "not reviewed" if function.needs_review else "needs no review"
    if function.reviewed:
        state = "reviewed, from the cache" if function.cached else "reviewed"
    change = f"{function.change.value}, was {sanitise.line(before)}" if before else function.change.value
    return code(f"{function.path}:{function.line}"), code(function.function), change, state


def _outside(report: Report) -> Html:
    rows = (
        (code(f"{entry.path}:{entry.line}"), f"+{entry.added} \u2212{entry.deleted}")
        for entry in report.outside_functions
    )
    return _table(("Place", "Lines"), rows)


def _statistics(report: Report) -> Html:
    figures = {sanitise.line(name): [value] for name, value in phrases.figures(report.stats)}
    gates = {sanitise.line(name): [str(value)] for name, value in report.stats.gates.items()}
    shown = {name.replace("_", " "): value for name, value in {**figures, **gates}.items()}
    return element("details", element("summary", "What this review took"), described(shown))


def _table(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Html:
    """A table; where there is no room for columns each row becomes a list of labelled values."""
    head = element("tr", *(element("th", column, scope="col") for column in columns))
    labelled = (zip(columns, row, strict=True) for row in rows)
    body = (element("tr", *(element("td", cell, data_label=label) for label, cell in row)) for row in labelled)
    return element("table", element("thead", head), element("tbody", *body), class_="listing")
