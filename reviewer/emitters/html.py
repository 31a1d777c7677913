"""The report as one page for a browser: no script, nothing to load, and nothing of the reviewed code as markup.

The page forbids itself everything but its own style sheet (`Content-Security-Policy`), so that even markup that came in
by a mistake of ours could neither run nor call home.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256
from typing import TYPE_CHECKING

from reviewer.emitters import html_parts, phrases, sanitise
from reviewer.emitters.html_nodes import Html, code, element, joined
from reviewer.emitters.html_style import STYLE

if TYPE_CHECKING:
    from reviewer.data import Report
    from reviewer.emitters.html_parts import Part

_FOOTER = "Written by reviewer. What is proved was executed; what is suspected is a model's word."


def emit(report: Report, *, color: bool, width: int, verbose: bool, show_all: bool) -> str:
    """The whole page. `show_all` lists folded and silenced findings; other options change nothing."""
    parts = tuple(html_parts.parts(report, show_all))
    page = element(
        "html",
        element(
            "head",
            element("meta", charset="utf-8"),
            element("meta", http_equiv="Content-Security-Policy", content=_policy()),
            element("meta", name="viewport", content="width=device-width, initial-scale=1"),
            element("meta", name="color-scheme", content="light dark"),
            element("title", sanitise.line(phrases.summary(report, show_all))),
            element("style", Html(STYLE)),
        ),
        element(
            "body",
            _header(report, parts, show_all),
            element("main", *(part.section() for part in parts)),
            element("footer", element("p", _FOOTER)),
        ),
        lang="en",
    )
    return f"<!doctype html>\n{page.source}"


def _policy() -> str:
    style = b64encode(sha256(STYLE.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'"


def _header(report: Report, parts: Sequence[Part], show_all: bool) -> Html:
    walls = phrases.walls(report)
    links = (element("li", element("a", part.label, href=f"#{part.anchor}")) for part in parts)
    return element(
        "header",
        element("h1", f"Review of {sanitise.line(report.change)}" if report.change else "Review"),
        element("p", phrases.summary(report, show_all), class_=f"status {_state(report, show_all)}"),
        element("p", f"{walls[0].upper()}{walls[1:]}", class_="notice") if walls else None,
        element("nav", element("ul", *links), aria_label="Parts of the report") if parts else None,
        _circumstances(report),
    )


def _state(report: Report, show_all: bool) -> str:
    listed = [finding for finding in report.findings if show_all or not finding.folded]
    if listed:
        return "findings" if any(map(html_parts.is_proved, listed)) else "suspected"
    return "incomplete" if report.incomplete else "clean"


def _circumstances(report: Report) -> Html:
    model, execution = report.model, report.execution
    asked: list[Html | str] = ["none"]
    if model:
        where = joined((" at ", code(model.endpoint))) if model.endpoint else " in process"
        asked = [code(model.name), " of ", sanitise.line(model.provider), where, ", ", code(model.digest)]
    executed: list[Html | str] = [sanitise.line(", ".join((execution.state, *execution.isolation)))]
    if execution.python:
        executed += [", with ", code(execution.python)]
    part: dict[str, list[Html | str]] = (
        {"Part": [sanitise.line(f"{report.shard} of the change")]} if report.shard else {}
    )
    return html_parts.described({**part, "Model": asked, "Execution": executed})
