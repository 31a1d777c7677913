"""What batches of tests tell of both versions, message by message: counted, cut to size, put together. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from reviewer.data import ChangedFunction, Outcome, OutcomeKind
from reviewer.evidence.twin_result import Difference, TwinResult
from reviewer.evidence.wire import opened_of

MAX_TEXT = 2000


@dataclass
class Known:
    """What was learnt of one function so far."""

    open: bool = True
    comparisons: int = 0
    duplicates: int = 0
    seconds: float = 0.0
    seen: list[str] = field(default_factory=list)
    kinds: list[tuple[str, bool]] = field(default_factory=list)
    reasons: dict[str, int] = field(default_factory=dict)
    differences: list[Difference] = field(default_factory=list)
    reached: dict[str, None] = field(default_factory=dict)


@dataclass
class Told:
    """Everything that was told so far of these functions; `hook` says whether they were compared at all."""

    functions: Sequence[ChangedFunction]
    hook: bool = True
    known: list[Known] = field(init=False)
    opened: set[str] | None = field(default_factory=set)  # None when it is not known what was opened
    not_collected: dict[str, str] = field(default_factory=dict)
    outcomes: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.known = [Known() for _ in self.functions]

    @property
    def open(self) -> bool:
        """Whether there is something left to compare."""
        return any(one.open for one in self.known)

    def close(self, enough: int) -> None:
        """Have no more compared of functions that had as many comparisons as that."""
        for one in self.known:
            one.open = one.open and one.comparisons < enough

    def take(self, messages: Sequence[Mapping[str, Any]], ending: str | None) -> None:
        """Take in what one batch said, and how it ended if not as it should."""
        if ending is not None:
            self.opened = None  # what it opened at last was not told any more
        counts: list[dict[str, Any]] = []
        for message in messages:
            match message:
                case {"difference": int(index)}:
                    self._difference(self.functions[index], self.known[index], message)
                case {"reach": [int(index), node]}:
                    self.known[index].reached[str(node)] = None
                case {"test": node, "outcome": outcome}:
                    self.outcomes[str(node)] = str(outcome)
                case {"not_collected": [path, reason]}:
                    self.not_collected[str(path)] = str(reason)
                case {"opened": _}:
                    news = opened_of(message)
                    self.opened = None if news is None or self.opened is None else self.opened | news
                case {"counts": list(counts)}:
                    for known, seen in zip(self.known, message.get("seen", ()), strict=False):
                        known.seen = [str(one) for one in seen]
        for known, count in zip(self.known, counts, strict=False):
            self._count(known, count)

    def _count(self, known: Known, count: Mapping[str, Any]) -> None:
        if not known.open:
            return  # what is wrong with it was said before
        known.comparisons += int(count["comparisons"])
        known.duplicates += int(count["duplicates"])
        known.seconds += float(count["seconds"])
        known.open = known.open and (not self.hook or bool(count["open"]))
        for reason, times in count["reasons"].items():
            known.reasons[str(reason)[:200]] = known.reasons.get(str(reason)[:200], 0) + int(times)

    def _difference(self, function: ChangedFunction, known: Known, message: Mapping[str, Any]) -> None:
        known.kinds.append((str(message["kind"]), bool(message["plausible"])))
        old, new = _outcome(message["old"]), _outcome(message["new"])
        known.differences.append(
            Difference(
                function_id=function.id,
                call=str(message["call"])[:MAX_TEXT],
                arguments=_pairs(message["arguments"]),
                old=old,
                new=new,
                old_effects=_pairs(message["old_effects"].items()),
                new_effects=_pairs(message["new_effects"].items()),
                test=str(message["node"]),
                plausible=bool(message["plausible"]),
                recorded=bool(message["recorded"]),
                pasteable=bool(message["pasteable"]),
                driver=str(message["driver"]),
                phase=str(message["phase"]),
                number=int(message["number"]),
                varied=tuple(_varied(name, text) for name, text in message["varied"]),
            )
        )

    def fail(self, reason: str) -> None:
        """Nothing more can be compared."""
        self.opened = None
        for known in self.known:
            known.reasons[reason] = known.reasons.get(reason, 0) + 1

    def result(self, batches: Sequence[tuple[str, ...]], *, over: bool) -> TwinResult:
        """All of it; `batches` are the test files that were run together, `over` is whether the time was up then."""
        named = {one.id: known for one, known in zip(self.functions, self.known, strict=True)}
        # A process that ends early tells what differed, but not any more how much it compared.
        compared = {name: max(known.comparisons, len(known.differences)) for name, known in named.items()}
        return TwinResult(
            differences={name: tuple(known.differences) for name, known in named.items() if known.differences},
            comparisons=sum(compared.values()),
            compared=compared,
            duplicates=sum(known.duplicates for known in self.known),
            not_twinned={name: known.reasons for name, known in named.items() if known.reasons},
            reached={name: tuple(known.reached) for name, known in named.items()},
            not_collected=self.not_collected,
            outcomes=self.outcomes,
            batches=tuple(batches),
            cut=over and any(known.open and not known.comparisons for known in self.known),
            seconds=sum(known.seconds for known in self.known),
            opened=None if self.opened is None else frozenset(self.opened),
        )


def _outcome(parts: Sequence[Any]) -> Outcome:
    kind, *texts = parts
    value, type_, message = (None if one is None else str(one)[: 2 * MAX_TEXT] for one in texts)
    return Outcome(OutcomeKind(kind), value, type_, message)


def _varied(name: Any, text: Any) -> tuple[str, str | None]:
    return str(name)[:200], None if text is None else str(text)[: 2 * MAX_TEXT]


def _pairs(items: Any) -> tuple[tuple[str, str], ...]:
    return tuple((str(name)[:200], str(text)[:MAX_TEXT]) for name, text in items)
