"""Twin runs: the repository's own tests drive the old and the new code on the same live arguments. EFFECT.

`worker_twin.py` says what happens inside. Tests are run in batches, nearest first, until every function has shown
enough; a test that ends its process is left out of the next batch, and the others are run again.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from reviewer.data import ChangedFunction, MadeBy, Outcome, OutcomeKind, Side
from reviewer.evidence.import_roots import module_name
from reviewer.evidence.isolation import Lost
from reviewer.evidence.nearest import order_tests
from reviewer.evidence.sandbox import Sandbox
from reviewer.evidence.starting import Limits
from reviewer.evidence.twin_result import Difference, TwinResult
from reviewer.evidence.wire import opened_of

__all__ = ["Difference", "TwinResult", "compare", "order_tests"]

NUMBER = 7  # of the server that runs tests: beside those that run cases
BATCH_SECONDS = 120.0
LIMITS = Limits(
    memory_bytes=1024 * 1024 * 1024, import_seconds=BATCH_SECONDS, file_bytes=64 * 1024 * 1024, files=512, processes=128
)
RETRIES = 3
BATCHES = (1, 2, 6, 20)  # test files in one process; the last number for all further ones
SLACK = 30.0
MISMATCH = "import file mismatch"  # two files of one name in a run, where folders are no packages
MAX_TEXT = 2000


def compare(
    box: Sandbox,
    functions: Sequence[ChangedFunction],
    tests: Sequence[str],
    *,
    deadline: float | None = None,
    per_function: int = 48,
    hook: bool = True,
    exactly: MadeBy | None = None,
    wishes: Mapping[str, Sequence[Mapping[str, str]]] | None = None,
) -> TwinResult:
    """Run doctests of the changed files and these test files, nearest first, comparing both versions on the way.

    `deadline` is a `time.monotonic()` value; `per_function` limits the comparisons of each function. Functions without
    both versions are passed over. `hook=False` only runs the tests, to see what they do without us; `exactly` is the
    one call to compare, in the only test that is run. `wishes` by function id are arguments, as expressions, to be
    tried in place of made up ones. Raises Unavailable when nothing can be executed here.
    """
    both = [one for one in functions if one.old is not None and one.new is not None]
    run = _Run(box, both, deadline, per_function, hook, exactly)
    run.wishes = wishes or {}
    if both:
        try:
            for request in run.requests(tests):
                run.ask(request)
        except Lost as lost:
            run.fail(str(lost))
    return run.result()


@dataclass
class _Known:
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


class _Run:
    """One call of `compare`."""

    def __init__(
        self,
        box: Sandbox,
        functions: list[ChangedFunction],
        deadline: float | None,
        limit: int,
        hook: bool,
        exactly: MadeBy | None,
    ) -> None:
        self.box = box
        self.functions = functions
        self.deadline = deadline
        self.limit = limit
        self.hook = hook
        self.exactly = exactly
        self.wishes: Mapping[str, Sequence[Mapping[str, str]]] = {}
        self.opened: set[str] | None = set()
        self.known = [_Known() for _ in functions]
        self.not_collected: dict[str, str] = {}
        self.outcomes: dict[str, str] = {}
        self.batches: list[tuple[str, ...]] = []
        self.last: dict[str, Any] = {}

    # ------------------------------------------------------------ what to run

    def requests(self, tests: Sequence[str]) -> Iterator[dict[str, Any]]:
        """One request for each batch, while there is something to compare and time; doctests first."""
        modules = self._modules()
        if modules and (self.exactly is None or self.exactly.driver == "doctest"):
            yield {"driver": "doctest", "tests": [], "modules": modules}
        pending = list(dict.fromkeys(tests))
        number = 0
        while pending and self._going():
            size = BATCHES[min(number, len(BATCHES) - 1)]
            batch, pending = pending[:size], pending[size:]
            number += 1
            yield from self._batch(batch)

    def _batch(self, batch: list[str]) -> Iterator[dict[str, Any]]:
        """A batch; again without the tests that ended its process; single files again that fail beside others."""
        self.batches.append(tuple(batch))
        left_out: list[str] = []
        for _ in range(RETRIES):
            yield {"driver": "pytest", "tests": self._absolute(batch), "skip": left_out, "modules": []}
            if self.last.get("ending") is None or not self._going():
                break
            started = [m["start"] for m in self.last["messages"] if "start" in m]
            if not started:
                self._give_up(batch)
                break
            self.outcomes[started[-1]] = self.last["ending"]
            left_out = [*left_out, *started]
        for path in batch if len(batch) > 1 else ():
            if MISMATCH in self.not_collected.get(path, "") and self._going():
                del self.not_collected[path]
                yield {"driver": "pytest", "tests": self._absolute([path]), "skip": left_out, "modules": []}

    def _give_up(self, batch: list[str]) -> None:
        for path in batch:
            self.not_collected.setdefault(path, str(self.last["ending"]))

    def _going(self) -> bool:
        return any(one.open for one in self.known) and self._left() > 0

    def _left(self) -> float:
        return BATCH_SECONDS if self.deadline is None else max(0.0, self.deadline - time.monotonic())

    def _absolute(self, tests: Sequence[str]) -> list[str]:
        return [str(self.box.settings.root / one) for one in tests]

    def _modules(self) -> list[list[str | None]]:
        files = self.box.settings.files[Side.NEW]
        paths = dict.fromkeys(one.path for one in self.functions if b">>>" in (files.get(one.path) or b""))
        roots = self.box.import_roots
        wholes = [self.box.settings.root / one for one in paths]
        return [[str(one), module_name(one, roots)] for one in wholes]

    def _files(self) -> list[dict[str, Any]]:
        files: dict[str, dict[str, Any]] = {}
        for index, one in enumerate(self.functions):
            assert one.old is not None
            assert one.new is not None
            old = self.box.settings.files[Side.OLD].get(one.old.path) or b""
            whole = str(self.box.settings.root / one.path)
            file = files.setdefault(one.path, {"path": whole, "old": base64.b64encode(old).decode(), "functions": []})
            file["functions"].append(
                {
                    "index": index,
                    "old": one.old.name.rpartition(".")[2],
                    "old_line": one.old.line,
                    "new": one.new.name.rpartition(".")[2],
                    "new_line": one.new.line,
                }
            )
        return list(files.values())

    # ------------------------------------------------------------ what comes back

    def ask(self, request: dict[str, Any]) -> None:
        """Run one batch and take in what it says. Raises Lost when the server ends or falls silent."""
        seconds = min(BATCH_SECONDS, self._left())
        states = [
            {
                "limit": self.limit - one.comparisons if one.open else 0,
                "seen": one.seen,
                "kinds": one.kinds,
                "wishes": [dict(wish) for wish in self.wishes.get(function.id, ())],
            }
            for function, one in zip(self.functions, self.known, strict=True)
        ]
        call = self.exactly
        exactly = None if call is None else [call.phase, call.number, call.varied]
        how = {"hook": self.hook, "only": call and call.test, "exactly": exactly}
        whole = {"op": "twin", "skip": [], **request, "files": self._files(), "functions": states, **how}
        answers = self.box.servers.kept(Side.NEW, number=NUMBER, limits=LIMITS).ask(
            {**whole, "seconds": seconds}, 1, seconds + SLACK
        )
        answer = next(answers)
        answers.close()
        if answer.get("unavailable"):
            raise Lost(str(answer["unavailable"])[:500])
        messages = [one for one in answer.get("messages", ()) if isinstance(one, dict)]
        self.last = {"messages": messages, "ending": answer.get("ending")}
        if self.last["ending"] is not None:
            self.opened = None  # what it opened at last was not told any more
        counts: list[dict[str, Any]] = []
        for message in messages:
            if "difference" in message:
                self._difference(message)
            elif "reach" in message:
                self.known[message["reach"][0]].reached[str(message["reach"][1])] = None
            elif "test" in message:
                self.outcomes[str(message["test"])] = str(message["outcome"])
            elif "not_collected" in message:
                path, reason = message["not_collected"]
                self.not_collected[str(path)] = str(reason)
            elif "opened" in message:
                news = opened_of(message)
                self.opened = None if news is None or self.opened is None else self.opened | news
            elif "counts" in message:
                counts = message["counts"]
                for known, seen in zip(self.known, message.get("seen", ()), strict=False):
                    known.seen = [str(one) for one in seen]
        for known, count in zip(self.known, counts, strict=False):
            self._count(known, count)

    def _count(self, known: _Known, count: Mapping[str, Any]) -> None:
        if not known.open:
            return  # what is wrong with it was said before
        known.comparisons += int(count["comparisons"])
        known.duplicates += int(count["duplicates"])
        known.seconds += float(count["seconds"])
        known.open = known.open and (not self.hook or bool(count["open"]))
        for reason, times in count["reasons"].items():
            known.reasons[str(reason)[:200]] = known.reasons.get(str(reason)[:200], 0) + int(times)

    def _difference(self, message: Mapping[str, Any]) -> None:
        known = self.known[message["difference"]]
        known.kinds.append((str(message["kind"]), bool(message["plausible"])))
        old, new = _outcome(message["old"]), _outcome(message["new"])
        known.differences.append(
            Difference(
                function_id=self.functions[message["difference"]].id,
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

    def _above(self) -> set[str]:
        """The folders above the repository: pytest lists them on its way down, and all kinds of things happen there."""
        return {str(folder) for folder in self.box.settings.root.parents}

    def fail(self, reason: str) -> None:
        """Nothing more can be compared."""
        self.opened = None
        for known in self.known:
            known.reasons[reason] = known.reasons.get(reason, 0) + 1

    def result(self) -> TwinResult:
        """Everything that was learnt."""
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
            batches=tuple(self.batches),
            cut=self._left() <= 0 and any(known.open and not known.comparisons for known in self.known),
            seconds=sum(known.seconds for known in self.known),
            opened=None if self.opened is None else frozenset(self.opened) - self._above(),
        )


def _outcome(parts: Sequence[Any]) -> Outcome:
    kind, *texts = parts
    value, type_, message = (None if one is None else str(one)[: 2 * MAX_TEXT] for one in texts)
    return Outcome(OutcomeKind(kind), value, type_, message)


def _varied(name: Any, text: Any) -> tuple[str, str | None]:
    return str(name)[:200], None if text is None else str(text)[: 2 * MAX_TEXT]


def _pairs(items: Any) -> tuple[tuple[str, str], ...]:
    return tuple((str(name)[:200], str(text)[:MAX_TEXT]) for name, text in items)
