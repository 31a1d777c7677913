"""Which old function is which new one. Pure.

By qualified name inside one file first; what is left over was renamed, moved, added or deleted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from itertools import islice

from reviewer.data import FunctionVersion, Module
from reviewer.records import record

_SIMILAR = 0.6  # share of equal lines from which an edited function counts as the same one
_MAX_COMPARISONS = 2_000  # keeps a change of thousands of functions from taking minutes
_TRIVIAL = 3  # bodies of fewer lines are alike by chance


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A function on one side of the change's file number `file`. Equal to itself alone."""

    file: int
    function: FunctionVersion

    @property
    def simple_name(self) -> str:
        """The name after `def`."""
        return self.function.name.rpartition(".")[2]

    @property
    def parent(self) -> str:
        """What stands before it in the qualified name."""
        return self.function.name.rpartition(".")[0]


@record(frozen=True, slots=True)
class Matching:
    """Which old function is which new one, which are gone, and which came."""

    gone: list[Candidate] = field(default_factory=list)
    came: list[Candidate] = field(default_factory=list)
    pairs: list[tuple[Candidate, Candidate]] = field(default_factory=list)

    def take(self, old: Candidate, new: Candidate) -> None:
        """Make a pair of two that were left over."""
        self.gone.remove(old)
        self.came.remove(new)
        self.pairs.append((old, new))


Key = Callable[[Candidate], Hashable]


def match(sides: Sequence[tuple[Module | None, Module | None]]) -> Matching:
    """Pair the functions of all files of the change, each given as (old module, new module)."""
    whole = Matching()
    for file, (old, new) in enumerate(sides):
        for group in _by_name(_candidates(file, old), _candidates(file, new)):
            _match_same_name(group)
            whole.gone.extend(group.gone)
            whole.came.extend(group.came)
            whole.pairs.extend(group.pairs)
    for key in _ELSEWHERE:
        _match_equal(key, whole)
    for key in _KIN:
        _match_similar(key, whole)
    return whole


def _candidates(file: int, module: Module | None) -> list[Candidate]:
    return [Candidate(file, function) for function in module.functions] if module else []


def _by_name(olds: list[Candidate], news: list[Candidate]) -> Iterable[Matching]:
    groups: dict[str, Matching] = defaultdict(Matching)
    for old in olds:
        groups[old.function.name].gone.append(old)
    for new in news:
        groups[new.function.name].came.append(new)
    return groups.values()


def _match_same_name(group: Matching) -> None:
    """One on each side is the same function whatever was done to it; of several, likeness decides."""
    if len(group.gone) == len(group.came) == 1:
        group.take(group.gone[0], group.came[0])
        return
    for key in _ALIKE:
        _match_equal(key, group)
    if len(group.gone) != len(group.came):
        _match_similar(_any, group)
    for key in _SAME_SHAPE:
        _match_equal(key, group)
    _match_similar(_any, group)


def _match_equal(key: Key, left: Matching) -> None:
    """Pair equal keys in the order of the text; a key of None pairs with nothing."""
    waiting: dict[Hashable, list[Candidate]] = defaultdict(list)
    for old in left.gone if left.came else ():
        waiting[key(old)].append(old)
    for new in list(left.came) if waiting else ():
        value = key(new)
        if value is not None and (found := waiting.get(value)):
            left.take(found.pop(0), new)


def _match_similar(key: Key, left: Matching) -> None:
    """Pair the most similar ones of equal key first, equally similar ones in the order of the text."""
    kin: dict[Hashable, list[Candidate]] = defaultdict(list)
    for new in left.came if left.gone else ():
        kin[key(new)].append(new)
    possible = ((o, n) for o in left.gone if (value := key(o)) is not None for n in kin.get(value, ()))
    scored = [(_similarity(old, new), old, new) for old, new in islice(possible, _MAX_COMPARISONS)]
    for ratio, old, new in sorted(scored, key=lambda score: -score[0]):
        if ratio >= _SIMILAR and old in left.gone and new in left.came:
            left.take(old, new)


def _similarity(old: Candidate, new: Candidate) -> float:
    """The share of equal lines, or 0 where a bound on it says that it is too little."""
    matcher = SequenceMatcher(None, _lines(old), _lines(new))
    near = matcher.real_quick_ratio() >= _SIMILAR and matcher.quick_ratio() >= _SIMILAR
    return matcher.ratio() if near else 0.0


def _lines(candidate: Candidate) -> list[str]:
    return [line.strip() for line in candidate.function.source.split("\n") if line.strip()]


def _trivial(candidate: Candidate) -> bool:
    function = candidate.function
    return function.end_line - function.body_line + 1 < _TRIVIAL


def _any(_: Candidate) -> str:
    return ""


_ALIKE: tuple[Key, ...] = (
    lambda c: c.function.text_hash,
    lambda c: c.function.tree_hash,
    lambda c: c.function.body_hash,
)
_SAME_SHAPE: tuple[Key, ...] = (
    lambda c: (c.function.decorators, c.function.parameters),
    lambda c: c.function.decorators,
)
_ELSEWHERE: tuple[Key, ...] = (
    lambda c: (c.file, c.simple_name, c.function.text_hash),
    lambda c: (c.simple_name, c.function.text_hash),
    lambda c: (c.file, c.simple_name, c.function.body_hash),
    lambda c: (c.file, c.parent, c.function.body_hash),
    lambda c: None if _trivial(c) else (c.simple_name, c.function.body_hash),
    lambda c: None if _trivial(c) else c.function.body_hash,
)
_KIN: tuple[Key, ...] = (
    lambda c: (c.file, c.simple_name),
    lambda c: (c.file, c.parent),
    lambda c: None if _trivial(c) else c.function.name,
)
