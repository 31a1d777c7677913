"""Twin runs: the repository's own tests drive the old and the new code on the same live arguments. EFFECT.

`worker_twin.py` says what happens inside. Tests are run in batches, nearest first, until every function has shown
enough; a test that ends its process is left out of the next batch, and the others are run again.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from reviewer.data import ChangedFunction, MadeBy, Side
from reviewer.evidence.import_roots import module_name
from reviewer.evidence.isolation import Lost
from reviewer.evidence.nearest import order_tests
from reviewer.evidence.sandbox import Sandbox
from reviewer.evidence.starting import Limits
from reviewer.evidence.twin_result import Difference, TwinResult
from reviewer.evidence.twin_told import Told

__all__ = ["Difference", "TwinResult", "compare", "order_tests"]

NUMBER = 7  # of the server that runs tests: beside those that run cases
BATCH_SECONDS = 120.0
LIMITS = Limits(
    memory_bytes=1024 * 1024 * 1024, import_seconds=BATCH_SECONDS, file_bytes=64 * 1024 * 1024, files=512, processes=128
)
RETRIES = 3
BATCHES = (1, 2, 6, 20)  # test files in one process; the last number for all further ones
NEAR = 2  # batches, after which a function whose arguments were varied enough has been looked at enough
SLACK = 30.0
MISMATCH = "import file mismatch"  # two files of one name in a run, where folders are no packages


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
    told = Told(both, hook)
    run = _Run(box, both, deadline, per_function, exactly, wishes or {}, told)
    if both:
        try:
            for request in run.requests(tests):
                run.ask(request)
        except Lost as lost:
            told.fail(str(lost))
    found = told.result(run.batches, over=run.left <= 0)
    # pytest lists the folders above the repository on its way down, and all kinds of things happen there.
    above = {str(folder) for folder in box.settings.root.parents}
    return found if found.opened is None else replace(found, opened=found.opened - above)


@dataclass
class _Run:
    """One call of `compare`."""

    box: Sandbox
    functions: Sequence[ChangedFunction]
    deadline: float | None
    limit: int
    exactly: MadeBy | None
    wishes: Mapping[str, Sequence[Mapping[str, str]]]
    told: Told
    batches: list[tuple[str, ...]] = field(default_factory=list)
    started: list[str] = field(default_factory=list)  # the tests of the last batch that were begun
    ending: str | None = None  # how the last batch ended, if not as it should

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
            if number >= NEAR:
                self.told.close(self.limit - self.limit // 3)  # the third that varied calls leave

    def _batch(self, batch: list[str]) -> Iterator[dict[str, Any]]:
        """A batch; again without the tests that ended its process; single files again that fail beside others."""
        self.batches.append(tuple(batch))
        left_out: list[str] = []
        for _ in range(RETRIES):
            yield {"driver": "pytest", "tests": self._absolute(batch), "skip": left_out, "modules": []}
            if self.ending is None or not self._going():
                break
            if not self.started:
                for path in batch:
                    self.told.not_collected.setdefault(path, self.ending)
                break
            self.told.outcomes[self.started[-1]] = self.ending
            left_out = [*left_out, *self.started]
        for path in batch if len(batch) > 1 else ():
            if MISMATCH in self.told.not_collected.get(path, "") and self._going():
                del self.told.not_collected[path]
                yield {"driver": "pytest", "tests": self._absolute([path]), "skip": left_out, "modules": []}

    def _going(self) -> bool:
        return self.told.open and self.left > 0

    @property
    def left(self) -> float:
        """Seconds for another batch."""
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

    def _states(self) -> list[dict[str, Any]]:
        """What is known of each function, for the process that goes on with it."""
        return [
            {
                "limit": self.limit - one.comparisons if one.open else 0,
                "seen": one.seen,
                "kinds": one.kinds,
                "wishes": [dict(wish) for wish in self.wishes.get(function.id, ())],
            }
            for function, one in zip(self.functions, self.told.known, strict=True)
        ]

    # ------------------------------------------------------------ running it

    def ask(self, request: dict[str, Any]) -> None:
        """Run one batch and take in what it says. Raises Lost when the server ends or falls silent."""
        seconds, call = min(BATCH_SECONDS, self.left), self.exactly
        exactly = None if call is None else [call.phase, call.number, call.varied]
        how = {"hook": self.told.hook, "only": call and call.test, "exactly": exactly, "seconds": seconds}
        whole = {"op": "twin", "skip": [], **request, "files": self._files(), "functions": self._states(), **how}
        server = self.box.servers.kept(Side.NEW, number=NUMBER, limits=LIMITS)
        answers = server.ask(whole, 1, seconds + SLACK)
        answer = next(answers)
        answers.close()
        if answer.get("unavailable"):
            raise Lost(str(answer["unavailable"])[:500])
        messages = [one for one in answer.get("messages", ()) if isinstance(one, dict)]
        self.started = [one["start"] for one in messages if "start" in one]
        self.ending = answer.get("ending")
        self.told.take(messages, self.ending)
