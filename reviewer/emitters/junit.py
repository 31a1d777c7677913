"""JUnit's XML, as Jenkins, GitLab and Buildkite read it. It has no official schema; `tests/junit.xsd` is theirs.

A finding that fails a run (proved, introduced) is a failure, and what was not reviewed an error, since it did not pass.
Other findings and behaviour changes are skipped test cases: shown, with their text, without failing anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from reviewer.emitters import phrases, sanitise
from reviewer.emitters.entries import Kind, clip, entries, proved, remarks
from reviewer.records import record

if TYPE_CHECKING:
    from reviewer.data import Report
    from reviewer.emitters.entries import Entry

_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}
_TEXT = 20_000


@record(frozen=True, slots=True)
class _Case:
    path: str
    line: int | None
    name: str
    state: str = ""  # failure | error | skipped; empty when passed
    kind: str = ""
    message: str = ""
    text: str = ""


def emit(report: Report, *, color: bool = False, width: int = 0, verbose: bool = False, show_all: bool = False) -> str:
    """One test suite: what was found and what was not reviewed, then the functions that passed."""
    return "".join(f"{line}\n" for line in _lines(report, show_all))


def _lines(report: Report, show_all: bool) -> Iterator[str]:
    cases = [*_cases(report, show_all)]
    states = [case.state for case in cases]
    totals: dict[str, str | int | None] = {
        "name": "reviewer",
        "tests": len(cases),
        "failures": states.count("failure"),
        "errors": states.count("error"),
        "skipped": states.count("skipped"),
        "time": f"{report.stats.wall_seconds:.3f}",
    }
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield f"<testsuites{_attributes(totals)}>"
    yield f" <testsuite{_attributes(totals)}>"
    for case in cases:
        yield from _testcase(case)
    compared = [f"compared: {report.change}"] if report.change else []
    said = [phrases.summary(report, show_all), *compared, *(text for _, text in remarks(report, show_all))]
    yield "  <system-out>{}</system-out>".format("\n".join(_escaped(sanitise.line(text)) for text in said))
    yield " </testsuite>"
    yield "</testsuites>"


def _cases(report: Report, show_all: bool) -> Iterator[_Case]:
    found = entries(report, show_all)
    for entry in found:
        if entry.kind is not Kind.REMARK:
            text = clip(entry.details, _TEXT)
            yield _Case(entry.path, entry.line, _name(entry), _state(entry), entry.rule, entry.title, text)
    marked = {entry.finding.function_id for entry in found if entry.finding}
    marked |= {gap.function_id for gap in report.unreviewed if gap.function_id}
    for function in report.functions:
        if function.reviewed and function.id not in marked:
            yield _Case(function.path, function.line, function.function)


def _name(entry: Entry) -> str:
    """What a test case is known by from run to run."""
    says = {Kind.FINDING: entry.title, Kind.UNREVIEWED: "not reviewed"}
    return f"{entry.function}: {says[entry.kind]}" if entry.kind in says else entry.title


def _state(entry: Entry) -> str:
    if entry.kind is Kind.UNREVIEWED:
        return "error"
    failing = entry.finding and entry.finding.introduced and proved(entry.finding)
    return "failure" if failing else "skipped"


def _testcase(case: _Case) -> Iterator[str]:
    module = case.path.removesuffix(".py").replace("/", ".")
    place = {"classname": module, "name": case.name, "file": case.path, "line": case.line}
    start = f"  <testcase{_attributes(place)}"
    if not case.state:
        yield f"{start}/>"
        return
    yield f"{start}>"
    why = _attributes({"message": case.message, "type": case.kind})
    text = _text(case.text)
    yield f"   <{case.state}{why}>{text}</{case.state}>" if text else f"   <{case.state}{why}/>"
    yield "  </testcase>"


def _attributes(values: Mapping[str, str | int | None]) -> str:
    given = ((name, sanitise.line(str(value))) for name, value in values.items() if value is not None)
    return "".join(f' {name}="{_escaped(value)}"' for name, value in given)


def _text(text: str) -> str:
    return _escaped(sanitise.block(text))


def _escaped(text: str) -> str:
    for character, entity in _ENTITIES.items():
        text = text.replace(character, entity)
    return text
