"""The function as the prompt shows it: numbered, changed lines marked, removed ones between them, cut if too long."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from reviewer.context import estimate_tokens
from reviewer.data import ChangedFunction
from reviewer.fragments import Unit, units
from reviewer.linediff import opcodes
from reviewer.records import record

CUT = "[lines {}-{} left out]"
REMOVED = "[{} removed lines left out]"
CUT_TOKENS = estimate_tokens(CUT.format("00000", "00000")) + 1


class TooLarge(Exception):  # noqa: N818 - an outcome, not a fault
    """The changed statements of a function do not fit the model's window; `detail` is one line for people."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


@record(frozen=True, slots=True)
class Row:
    """One line of the prompt: `line` is 1-based inside the new function; a removed row stands before that line."""

    line: int
    text: str
    changed: bool
    removed: bool = False

    @property
    def tokens(self) -> int:
        """What it costs, line end included."""
        return estimate_tokens(self.text) + 1


def excerpt(function: ChangedFunction, budget: int) -> str:
    """The new version in at most `budget` tokens.

    Cut at statement boundaries if need be: the head and the changed statements stay, then the docstring, then what
    is nearest to a change. Raises TooLarge if the changed statements alone do not fit.
    """
    version = function.version
    rows = tuple(numbered(function))
    if sum(row.tokens for row in rows) <= budget:
        return "\n".join(row.text for row in rows)
    parts = units(version.source)
    for shown in (rows, tuple(without_removed(rows))):  # the old version goes before statements of the new one do
        kept = keep(parts, shown, budget)
        if kept is not None:
            return "\n".join(cut(parts, kept, shown, version.line))
    raise TooLarge(f"its changed statements need more than the {max(budget, 0)} tokens that the model's window leaves")


def numbered(function: ChangedFunction) -> Iterator[Row]:
    """Rows of the whole function. What changed is taken from the two texts: a function that moved is not all new."""
    version = function.version
    new = version.source.removesuffix("\n").split("\n")
    width = len(str(version.end_line))

    def row(place: int, changed: bool) -> Row:
        text = f"{version.line + place:>{width}}{'+' if changed else ' '}{new[place]}"
        return Row(place + 1, text.rstrip(), changed)

    if function.old is None or function.new is None:
        yield from (Row(place + 1, row(place, False).text, True) for place in range(len(new)))
        return
    old = function.old.source.removesuffix("\n").split("\n")
    for kind, old_start, old_end, start, end in opcodes(flat(old), flat(new)):
        if kind != "equal":
            for line in old[old_start:old_end]:
                yield Row(min(start + 1, len(new)), f"{'':{width}}-{line}".rstrip(), False, removed=True)
        yield from (row(place, kind != "equal") for place in range(start, end))


def without_removed(rows: Sequence[Row]) -> Iterator[Row]:
    """The rows with each run of removed ones replaced by a row that counts them."""
    for removed, run in groupby(rows, key=lambda row: row.removed):
        if removed:
            first, *others = run
            yield replace(first, text=REMOVED.format(1 + len(others)))
        else:
            yield from run


def flat(lines: Sequence[str]) -> list[str]:
    """The lines without common indentation and trailing space: a function that moved into a class is not all new."""
    return [line.rstrip() for line in textwrap.dedent("\n".join(lines)).split("\n")]


def keep(parts: Sequence[Unit], rows: Sequence[Row], budget: int) -> set[int] | None:
    """Places of the units to show, None if those that must be shown do not fit."""
    place_of = {line: place for place, unit in enumerate(parts) for line in range(unit.first, unit.last + 1)}
    tokens = [0] * len(parts)
    for row in rows:
        tokens[place_of[row.line]] += row.tokens
    touched = {place_of[row.line] for row in rows if row.changed or row.removed}
    kept = closed(touched | {0}, parts)
    if price(kept, tokens) > budget:
        return None
    distance = {place: min((abs(place - other) for other in touched), default=place) for place in range(len(parts))}
    distance[min(1, len(parts) - 1)] = 0  # the docstring, if there is one
    for place in sorted(distance, key=lambda place: (distance[place], place)):
        wider = kept | closed({place}, parts)
        if price(wider, tokens) > budget:
            break
        kept = wider
    return kept


def closed(places: Iterable[int], parts: Sequence[Unit]) -> set[int]:
    """These units and the heads they stand under."""
    return {one for place in places for one in (place, *parts[place].heads)}


def price(kept: set[int], tokens: Sequence[int]) -> int:
    """Tokens of the kept units and of the lines that name the cuts."""
    cuts = sum(place not in kept and (place == 0 or place - 1 in kept) for place in range(len(tokens)))
    return sum(tokens[place] for place in kept) + cuts * CUT_TOKENS


def cut(parts: Sequence[Unit], kept: set[int], rows: Sequence[Row], line: int) -> Iterator[str]:
    """The kept rows, and a line naming each run of rows that is left out. `line` is the function's own."""
    missing: list[Unit] = []
    for place, unit in enumerate(parts):
        if place not in kept:
            missing.append(unit)
            continue
        if missing:
            yield named(missing, line)
            missing = []
        yield from (row.text for row in rows if unit.first <= row.line <= unit.last)
    if missing:
        yield named(missing, line)


def named(missing: Sequence[Unit], line: int) -> str:
    """The line that stands for units left out, in the file's own numbers."""
    return CUT.format(line + missing[0].first - 1, line + missing[-1].last - 1)
