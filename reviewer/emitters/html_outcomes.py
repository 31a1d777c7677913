"""What calls did, side by side: counterexamples and behaviour changes on the page."""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING

from reviewer.data import Outcome, OutcomeKind, Verdict
from reviewer.emitters import phrases, sanitise
from reviewer.emitters.html_code import promise, python, session
from reviewer.emitters.html_nodes import Html, code, element

if TYPE_CHECKING:
    from reviewer.data import BehaviourChange, Counterexample, Finding

_SHOWN_AS_CODE = {OutcomeKind.RETURNED: "", OutcomeKind.PRINTED: "prints ", OutcomeKind.RAISED: "raises "}
_WANTED = {
    Verdict.REGRESSION: "Promised",
    Verdict.MISMATCH: "Promised",
    Verdict.UNDOCUMENTED_EXCEPTION: "Expected, as before",
    Verdict.CLAIM_CONFIRMED: "Expected",
    Verdict.CLAIM: "Expected by the model",
}
Columns = dict[str, list[Html | str]]
_CALLS = {
    "example": "A documented example",
    "mutated": "A documented example, varied",
    "annotation": "A call made from the annotations",
    "repository": "A call found in the repository",
    "twin": "A call seen while both versions ran side by side",
    "model": "A call that the model proposed",
}
_PASSED_BEFORE = {Verdict.REGRESSION, Verdict.UNDOCUMENTED_EXCEPTION}


def counterexample(finding: Finding, example: Counterexample) -> Html:
    """What was promised, and what the old and the new version do instead."""
    wanted = _WANTED[finding.verdict]
    columns: Columns = {
        wanted: [_outcome(example.expected)],
        "Old": _old(finding.verdict, example),
        "New": [_outcome(example.new, example.expected), _kept(False, wanted)],
    }
    quote = example.docstring_quote
    return element(
        "div",
        element("p", "The docstring promises:") if quote else None,
        promise(quote) if quote else None,
        _side_by_side("Counterexample", (*example.setup, example.call), columns),
        element("p", "Seen through the documented example of ", code(example.through)) if example.through else None,
        script(example.script),
        class_="counterexample",
    )


def _old(verdict: Verdict, example: Counterexample) -> list[Html | str]:
    """What the old version did, and whether that was right where it is known."""
    if example.old is None:
        return [element("span", "no old version", class_="dim")]
    shown: list[Html | str] = [_outcome(example.old)]
    if verdict in _PASSED_BEFORE or example.old == example.expected:
        shown.append(_kept(True, _WANTED[verdict]))
    elif verdict is Verdict.MISMATCH and example.old.kind is not OutcomeKind.NOT_RUN:
        shown.append(_kept(False, _WANTED[verdict]))
    return shown


def _kept(kept: bool, wanted: str) -> Html:
    if wanted == "Promised":
        words = "promise kept" if kept else "promise broken"
    else:
        words = "as expected" if kept else "not as expected"
    return element("span", words, class_="judged good" if kept else "judged bad")


def differing(change: BehaviourChange) -> Html:
    """What the old and the new version do, neither of which is known to be right."""
    columns: Columns = {"Old": [_outcome(change.old)], "New": [_outcome(change.new, change.old)]}
    caption = _CALLS.get(change.source, sanitise.line(change.source))
    return _side_by_side(caption, (*change.setup, change.call), columns)


def script(text: str) -> Html | None:
    """A script for whoever wants to see it happen; None where there is none."""
    if not text:
        return None
    where = "Script that shows it: run it in the root folder of the repository"
    return element("details", element("summary", where), python(text))


def _side_by_side(caption: str, statements: tuple[str, ...], columns: Columns) -> Html:
    call = element("th", session(statements), colspan=str(len(columns)), scope="colgroup")
    return element(
        "table",
        element("caption", caption),
        element(
            "thead",
            element("tr", call),
            element("tr", *(element("th", label, scope="col") for label in columns)),
        ),
        element("tbody", element("tr", *(element("td", *pieces) for pieces in columns.values()))),
        class_="outcomes",
    )


def _outcome(outcome: Outcome, reference: Outcome | None = None) -> Html:
    """An outcome in words; where it is of the reference's kind, what differs is marked."""
    if outcome.kind not in _SHOWN_AS_CODE:
        return element("span", phrases.outcome(outcome))
    wanted = _text(reference) if reference and _comparable(outcome, reference) else None
    other_type = outcome.kind is OutcomeKind.RETURNED and reference is not None and reference.type != outcome.type
    return element(
        "div" if outcome.kind is OutcomeKind.PRINTED else "span",
        _SHOWN_AS_CODE[outcome.kind],
        element("code", *_marked(_text(outcome), wanted)),
        element("span", f" {sanitise.line(outcome.type or '')}", class_="dim") if other_type else None,
    )


def _comparable(one: Outcome, other: Outcome) -> bool:
    """Whether it says something which of their characters differ: not of two exceptions of different types."""
    if one.kind is OutcomeKind.RAISED:
        return other.kind is one.kind and other.type == one.type and other.message is not None
    return one.kind is other.kind


def _text(outcome: Outcome) -> str:
    if outcome.kind is OutcomeKind.RAISED:
        return ": ".join(filter(None, (outcome.type, outcome.message)))
    return outcome.value or ""


def _marked(text: str, reference: str | None) -> list[Html | str]:
    """The text, its middle marked where start or end are the reference's; ends of lines are visible."""
    text, reference = sanitise.block(text), sanitise.block(text if reference is None else reference)
    start = _alike(text, reference)
    rest = _alike(text[start:][::-1], reference[start:][::-1])
    end = len(text) - rest
    if text == reference or start == rest == 0:
        return _ended(text)
    return [*_ended(text[:start]), element("mark", *_ended(text[start:end])), *_ended(text[end:])]


def _alike(one: str, other: str) -> int:
    """How many characters at the start are the same."""
    same = takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))
    return sum(1 for _ in same)


def _ended(text: str) -> list[Html | str]:
    first, *lines = text.split("\n")
    pieces: list[Html | str] = [first]
    for line in lines:
        pieces += [element("span", "", class_="end"), f"\n{line}"]
    return pieces
