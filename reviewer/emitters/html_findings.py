"""The articles of the page: one for each finding, behaviour change and test."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from reviewer.emitters import html_outcomes, phrases, sanitise
from reviewer.emitters.html_code import diff, numbered, promise, python
from reviewer.emitters.html_nodes import Html, code, element

if TYPE_CHECKING:
    from reviewer.data import BehaviourChange, Finding, GeneratedTest, Suggestion

_LONG = 40  # lines of code; more are folded, so that what comes after is found


def anchor(identity: str) -> str:
    """The `id` of a finding or behaviour change on the page: links to it hold from run to run."""
    return "at-" + re.sub(r"[^0-9A-Za-z]", "", identity)


def finding(shown: Finding, silenced: str = "") -> Html:
    """One finding with everything that speaks for it, and what silences it."""
    tags = {
        "severity": shown.severity.value,
        "evidence": shown.evidence.value,
        "category": shown.category.value,
        "verdict": shown.verdict.value.replace("_", " "),
        "introduced": "introduced by this change" if shown.introduced else "not introduced by this change",
        **({"silenced": silenced} if silenced else {}),
    }
    alike = phrases.alike(shown)
    return element(
        "article",
        element("h3", sanitise.line(shown.title)),
        _tags(tags),
        _where(shown.path, shown.line, shown.function),
        _quote(shown),
        element("p", shown.message, class_="prose"),
        element("p", f"{alike}; this is one of them.") if alike else None,
        html_outcomes.counterexample(shown, shown.counterexample) if shown.counterexample else None,
        _suggestion(shown.suggestion) if shown.suggestion else None,
        _marks(shown),
        class_=shown.severity.value,
        id=anchor(shown.id),
    )


def _quote(shown: Finding) -> Html | None:
    if not shown.quote:
        return None
    block = numbered(shown.quote, shown.line)
    lines = shown.quote.count("\n") + 1
    if lines <= _LONG:
        return block
    return element("details", element("summary", f"The code in question, {lines} lines"), block)


def _suggestion(suggestion: Suggestion) -> Html:
    if suggestion.verified:
        said = "Suggestion, verified: with it the promise is kept and every kept case still passes"
    else:
        said = "Suggestion, not verified"
    return element("details", element("summary", said), diff(suggestion.patch), open="")


def _marks(shown: Finding) -> Html:
    again = code(f"reviewer review --replay {shown.id}") if shown.counterexample else None
    return element("p", "Fingerprint ", code(shown.fingerprint), ", again: " if again else None, again, class_="dim")


def behaviour(changes: Sequence[BehaviourChange]) -> Html:
    """One function with the calls of it that give something else than before; there is at least one."""
    first = changes[0]
    return element(
        "article",
        element("h3", code(first.function)),
        element("p", code(f"{first.path}:{first.line}")),
        *map(_behaviour_change, changes),
    )


def _behaviour_change(change: BehaviourChange) -> Html:
    return element(
        "div",
        html_outcomes.differing(change),
        html_outcomes.script(change.script),
        id=anchor(change.id),
    )


def test(kept: GeneratedTest) -> Html:
    """One test with what it is good for."""
    source = "\n".join((*kept.imports, "", "", kept.source) if kept.imports else (kept.source,))
    killed = f"{len(kept.mutants_killed)} of {phrases.count(kept.mutants_total, 'mutant')} killed"
    tags = {
        "verdict": sanitise.line(kept.verdict),
        "origin": f"from: {sanitise.line(kept.origin)}",
        "killed": killed,
        "written": "written to the file" if kept.written else "not written",
    }
    quote = kept.docstring_quote
    return element(
        "article",
        element("h3", code(kept.name)),
        _tags(tags),
        element("p", code(kept.path), " tests ", code(kept.function), " at ", code(f"{kept.source_path}:{kept.line}")),
        element("p", "The docstring promises:") if quote else None,
        promise(quote) if quote else None,
        _folding(source),
    )


def _folding(source: str) -> Html:
    state: Mapping[str, str] = {} if source.count("\n") > _LONG else {"open": ""}
    return element("details", element("summary", "Source"), python(source), **state)


def _tags(tags: Mapping[str, str]) -> Html:
    return element("ul", *(element("li", text, class_=name) for name, text in tags.items()), class_="tags")


def _where(path: str, line: int, function: str) -> Html:
    return element("p", code(f"{path}:{line}"), " in ", code(function))
