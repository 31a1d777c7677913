"""A call that a test makes as a program: it runs that test up to the call, makes the call, and compares. Pure.

For calls whose arguments cannot be written down: they live in the test, with its fixtures, mocks and objects.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from shlex import quote

from reviewer.data import MadeBy, Outcome, OutcomeKind
from reviewer.evidence.scripts_look import LOOK
from reviewer.evidence.twin_result import Difference
from reviewer.evidence.twin_script_parts import CALL, DOCTEST, END, HEAD, PYTEST, UNITTEST


def made_by(difference: Difference, function: str) -> MadeBy:
    """Where the call of a difference lives."""
    d = difference
    return MadeBy(d.test, words(d, function), command(d), d.driver, d.phase, d.number, d.varied)


def script(difference: Difference, *, path: str, function: str, module: str, roots: Sequence[str]) -> str:
    """The program for a difference; "" where it cannot be made: a varied argument that no text stands for."""
    if any(text is None for _, text in difference.varied):
        return ""
    drive = {"pytest": PYTEST, "unittest": UNITTEST, "doctest": DOCTEST.replace("{module!r}", repr(module))}
    title = f"{difference.call.splitlines()[0][:200]}: does it do what it did?"
    head = HEAD.format(
        title=title.replace("\\", "\\\\").replace('"""', "'''"),
        where=f"It is {words(difference, function)}.".replace("\\", "\\\\").replace('"""', "'''"),
        path=path,
        function=function,
        test=difference.test,
        phase=difference.phase,
        number=difference.number,
        varied=dict(difference.varied),
        before=parts(difference.old),
        left=dict(difference.old_effects),
        roots=list(roots),
    )
    return head + LOOK + CALL + drive[difference.driver] + END


def parts(outcome: Outcome) -> list[str | None]:
    """Kind, type and text of an outcome; the words of an exception do not count."""
    return [outcome.kind.value, outcome.type, outcome.value if outcome.kind is OutcomeKind.RETURNED else None]


def words(difference: Difference, function: str) -> str:
    """Where the call lives."""
    nth = ordinal(difference.number)
    where = {"setup": " while its fixtures are set up", "teardown": " while its fixtures are taken down"}
    others = ", ".join(f"{name}={text}" for name, text in difference.varied)
    varied = f", here with {others} in place of the test's own" if others else ""
    return f"the {nth} call of {function} in {difference.test}{where.get(difference.phase, '')}{varied}"


def command(difference: Difference) -> str:
    """What runs the test that makes the call."""
    path, _, name = difference.test.partition("::")
    if difference.driver == "doctest":
        return f"python -m doctest {path}"
    if difference.driver == "unittest":
        dotted = path.removesuffix(".py").replace(os.sep, ".")
        return f"python -m unittest {dotted}.{name.replace('::', '.')}"
    return f"python -m pytest {quote(difference.test)}"


def ordinal(number: int) -> str:
    """`1st`, `2nd`, `3rd`, `4th`."""
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"
