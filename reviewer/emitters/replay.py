"""One finding or behaviour change, in full: what `--replay` prints."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reviewer.data import BehaviourChange, Finding
from reviewer.emitters import layout, phrases, sanitise
from reviewer.emitters.layout import Line


def emit(shown: Finding | BehaviourChange, details: Sequence[tuple[str, str]] = ()) -> str:
    """The call, what both versions do, what else there is to say of it (labels and texts), and the complete script."""
    return "".join("".join(text for _, text in line) + "\n" for line in lines(shown, details))


def lines(shown: Finding | BehaviourChange, details: Sequence[tuple[str, str]]) -> Iterator[Line]:
    """The lines of the output; the script's are as they are, so that they can be copied."""
    what = f"{shown.verdict.value}: {shown.title}" if isinstance(shown, Finding) else "behaviour change"
    yield (
        layout.place(shown.path, shown.line),
        ("", sanitise.line(f"{shown.function}: {what}")),
        *layout.identity(shown.id),
    )
    example = shown.counterexample if isinstance(shown, Finding) else shown
    assert example is not None, "only what was run can be replayed"
    yield from layout.session((*example.setup, example.call))
    if isinstance(shown, Finding) and shown.counterexample is not None:
        if shown.counterexample.docstring_quote:
            yield (("", "promised:"),)
            yield from layout.indented(shown.counterexample.docstring_quote)
        yield (("", f"expected: {phrases.outcome(shown.counterexample.expected)}"),)
    if example.old is not None:
        yield (("", f"old: {phrases.outcome(example.old)}"),)
    yield (("", f"new: {phrases.outcome(example.new)}"),)
    if isinstance(example, BehaviourChange) and example.made_by is not None:
        yield (("", sanitise.line(f"made by: {example.made_by.words}")),)
        yield (("", sanitise.line(f"run the test: {example.made_by.command}")),)
    for label, text in details:
        yield (("", sanitise.line(f"{label}: {text}")),)
    if example.script:
        yield (("", "script:"),)
        yield from layout.indented(example.script, "")
