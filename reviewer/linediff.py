"""Pure: how one sequence of lines became another, in bounded time.

`difflib` alone takes minutes for two thousand lines that are alike, and the lines belong to somebody else.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from difflib import SequenceMatcher

MOST = 40_000  # pairs of lines that are compared with each other; difflib's time grows faster than their number

Opcode = tuple[str, int, int, int, int]  # as of `difflib.SequenceMatcher.get_opcodes`


def opcodes(old: Sequence[Hashable], new: Sequence[Hashable]) -> Iterator[Opcode]:
    """Steps from the old lines to the new ones: kind, range of the old, range of the new; none is empty in both.

    Equal beginnings and ends stay what they are. Between them, stretches too long to compare are divided at the lines
    that occur once in each (https://bramcohen.livejournal.com/73318.html); what no such line divides is replaced.
    """
    start = common(old, new)
    end = min(common(old[::-1], new[::-1]), min(len(old), len(new)) - start)
    low, low_new = 0, 0
    for high, high_new, size in ((0, 0, start), *_anchors(old, new, start, end), (len(old) - end, len(new) - end, end)):
        yield from _between(old, new, (low, high, low_new, high_new))
        if size:
            yield "equal", high, high + size, high_new, high_new + size
        low, low_new = high + size, high_new + size


def common(one: Sequence[Hashable], other: Sequence[Hashable]) -> int:
    """How many lines at the beginning are the same."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((number for number, (line, there) in pairs if line != there), min(len(one), len(other)))


def _anchors(old: Sequence[Hashable], new: Sequence[Hashable], start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Places of the lines to divide at, each one line long, rising in both; none where all can be compared."""
    before, after = old[start : len(old) - end], new[start : len(new) - end]
    if len(before) * len(after) <= MOST:
        return
    place = {line: number for number, line in enumerate(after)}
    counts, counts_new = Counter(before), Counter(after)
    pairs = [(i, place[line]) for i, line in enumerate(before) if counts[line] == counts_new[line] == 1]
    yield from ((start + i, start + j, 1) for i, j in _rising(pairs))


def _rising(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest choice of the pairs, whose first numbers rise, in which the second rise too."""
    tails: list[int] = []  # the smallest last number of a choice of each length
    chains: list[int] = []  # the pair that ends it
    previous: list[int] = []
    for number, (_, value) in enumerate(pairs):
        length = bisect_left(tails, value)
        tails[length : length + 1] = [value]
        chains[length : length + 1] = [number]
        previous.append(chains[length - 1] if length else -1)
    found, number = [], chains[-1] if chains else -1
    while number >= 0:
        found.append(pairs[number])
        number = previous[number]
    return found[::-1]


def _between(old: Sequence[Hashable], new: Sequence[Hashable], ranges: tuple[int, int, int, int]) -> Iterator[Opcode]:
    """The steps of one stretch."""
    low, high, low_new, high_new = ranges
    if not 0 < (high - low) * (high_new - low_new) <= MOST:
        if high > low or high_new > low_new:
            yield "replace" if high > low and high_new > low_new else "delete" if high > low else "insert", *ranges
        return
    matcher = SequenceMatcher(None, old[low:high], new[low_new:high_new], autojunk=False)
    for kind, start, end, start_new, end_new in matcher.get_opcodes():
        yield kind, low + start, low + end, low_new + start_new, low_new + end_new
