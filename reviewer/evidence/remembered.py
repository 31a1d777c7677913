"""Results of earlier runs in place of running again. Takes the sandbox as a Box and the cache as a Store.

What a case does is decided by the case, by the files that it opened and by the circumstances (interpreter, system,
limits, this tool). So a result is kept under a hash of the case, the module's content and the circumstances, with a
hash of every file of the repository, and of every list of installed packages, that the run opened; it counts as long
as these are what they were. Not seen, and therefore not noticed when they change: what code learns of a file by
`os.stat` alone, the clock, and edits by hand inside installed packages. Outcomes that hang on the machine's speed or
on the sandbox are never kept.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from reviewer.data import Case, CaseResult, Job, Mutant, Outcome, OutcomeKind, Side
from reviewer.evidence import kept
from reviewer.evidence.circumstances import Store
from reviewer.evidence.dependencies import Contents, digest, file_clock, last_name, needed, source_of
from reviewer.evidence.kept import Kept, lasting
from reviewer.evidence.runner import MutantRunner
from reviewer.evidence.wire import case_message, result_of

RESULT, FILES, WALLS, WHOLE = "result", "result-files", "walls", "whole"

RanAs = tuple[Side, str, str]
"""A function as it is run: the side, the path of its file, its qualified name."""


class Box(MutantRunner, Protocol):
    """The open sandbox."""

    isolation: tuple[str, ...]
    opened: dict[Side, frozenset[str] | None]

    def close(self) -> None:
        """End every process."""


class Remembered:
    """A sandbox that is opened when the first thing has to be run, and not before.

    `make` opens it or says why it cannot be opened. `circumstances` is a hash of what decides results apart from the
    repository's files; with None nothing is remembered.
    `executed` names the functions of which something was really run, as (path, qualified name).
    """

    def __init__(
        self, make: Callable[[], Box | str], store: Store, circumstances: str | None, sides: Mapping[Side, Contents]
    ) -> None:
        self._make = make
        self._store = store
        self._where = circumstances
        self._sides = sides
        self._began = file_clock()
        self._lock = threading.Lock()
        self._box: Box | None = None
        self._closed = False
        self.failure: str | None = None  # why it could not be opened
        self._holding: dict[tuple[Side, str], bool] = {}
        self._needed: dict[tuple[Side, str, frozenset[str], int], str | None] = {}
        self._case_files: dict[RanAs, set[str]] = {}
        self._unsure: set[RanAs] = set()  # of which a result was not kept
        self.executed: set[tuple[str, str]] = set()
        self._walls = None if circumstances is None else kept.walls(store.get(WALLS, circumstances))

    @property
    def isolation(self) -> tuple[str, ...]:
        """The names of the walls; for display only: where nothing was run they are what they were at the last time."""
        return self._box.isolation if self._box is not None else self._walls or ()

    @property
    def known(self) -> bool:
        """Whether it was open once under these circumstances, so that it need not be opened to say how."""
        return self._walls is not None

    def open(self) -> Box | None:
        """The sandbox, opened now if it is not yet; None when it cannot be opened (`failure`), and after `close`."""
        with self._lock:
            if self._box is None and self.failure is None and not self._closed:
                made = self._make()
                if isinstance(made, str):
                    self.failure = made
                else:
                    self._box = made
                if self._where is not None:
                    self._store.put(WALLS, self._where, "" if self._box is None else json.dumps(self._box.isolation))
            return None if self._closed else self._box

    def run(
        self,
        side: Side,
        jobs: Sequence[Job],
        *,
        hash_seed: int = 0,
        deadline: float | None = None,
        fresh: bool = False,
        together: bool = False,
    ) -> list[CaseResult]:
        """One result per job, in order: as it is remembered, else by running it."""
        keys = [self._key(side, job, hash_seed, fresh, together) for job in jobs]
        found = [self._recalled(side, key, job) for key, job in zip(keys, jobs, strict=True)]
        missing = [index for index, result in enumerate(found) if result is None]
        if missing:
            todo = [jobs[index] for index in missing]
            box = self.open()
            if box is None:
                self._unsure |= {(side, job.path, job.function) for job in todo}
                nothing = Outcome(OutcomeKind.NOT_RUN, message=self.failure or "the sandbox was closed")
                results = [CaseResult(nothing, None, nothing) for _ in todo]
            else:
                self.executed |= {(job.path, job.function) for job in todo}
                results = box.run(side, todo, hash_seed=hash_seed, deadline=deadline, fresh=fresh, together=together)
                self._keep(side, box, [keys[index] for index in missing], todo, results)
            for index, result in zip(missing, results, strict=True):
                found[index] = result
        return [result for result in found if result is not None]

    def kills(
        self,
        side: Side,
        path: str,
        function: str,
        mutants: Sequence[Mutant],
        cases: Sequence[Case],
        *,
        deadline: float | None = None,
    ) -> list[frozenset[int] | None]:
        """As the sandbox's; remembered as a whole, for cases that were run before. Raises Unusable as it does."""
        if not mutants or not cases:
            return [frozenset() for _ in mutants]
        sources = [[mutant.source, mutant.line] for mutant in mutants]
        key = self._hash(side, path, function, sources, [case_message(case) for case in cases])
        for one in self._alternatives(key):
            known = kept.kills(one.answer.get("killed"), len(mutants), len(cases))
            if known is not None and self._holds(side, one.files):
                return known
        box = self.open()
        if box is None:
            return [None for _ in mutants]
        self.executed.add((path, function))
        found = box.kills(side, path, function, mutants, cases, deadline=deadline)
        files = self._case_files.get((side, path, function), set())
        if len(files) == 1 and (deadline is None or time.monotonic() < deadline):
            answer = {"killed": [None if one is None else sorted(one) for one in found]}
            self._put(key, Kept(next(iter(files)), answer))
        return found

    def text(self, functions: Sequence[RanAs], asked: object) -> str | None:
        """A text that was kept for these functions and this question, while all they depend on is as it was."""
        found = None if self._where is None else kept.checked(self._store.get(WHOLE, self._question(functions, asked)))
        match found:
            case [[*files], str(text)] if len(files) == len(functions):
                sides = [side for side, _, _ in functions]
                names = [(side, name) for side, several in zip(sides, files, strict=True) for name in several]
                return text if all(self._holds(side, name) for side, name in names) else None
        return None

    def keep_text(self, functions: Sequence[RanAs], asked: object, text: str) -> None:
        """Keep a text that follows from the results of these functions, unless one of them is not sure to last."""
        if self._where is not None and self._unsure.isdisjoint(functions):
            files = [sorted(self._case_files.get(one, ())) for one in functions]
            self._store.put(WHOLE, self._question(functions, asked), kept.signed(json.dumps([files, text])))

    def _question(self, functions: Sequence[RanAs], asked: object) -> str:
        places = [(side.value, path, self._sides[side].digest(path), name) for side, path, name in functions]
        return digest(json.dumps([self._where, places, asked]).encode())

    def close(self) -> None:
        """End the sandbox if there is one; nothing is run afterwards."""
        with self._lock:
            self._closed = True
        if self._box is not None:
            self._box.close()

    def __enter__(self) -> Remembered:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    # ------------------------------------------------------------ looking up

    def _key(self, side: Side, job: Job, *how: object) -> str:
        return self._hash(side, job.path, job.function, case_message(job.case), how)

    def _hash(self, side: Side, path: str, *parts: Any) -> str:
        whole = [self._where, path, self._sides[side].digest(path), *parts]
        return digest(json.dumps(whole, sort_keys=True).encode())

    def _recalled(self, side: Side, key: str, job: Job) -> CaseResult | None:
        for one in self._alternatives(key):
            if self._holds(side, one.files):
                result = result_of(one.answer, job.case)
                if lasting(result):
                    self._case_files.setdefault((side, job.path, job.function), set()).add(one.files)
                    return result
        return None

    def _alternatives(self, key: str) -> list[Kept]:
        return [] if self._where is None else list(kept.entries(self._store.get(RESULT, key)))

    def _holds(self, side: Side, name: str) -> bool:
        """Whether every file of a set is on this side what it was."""
        if (side, name) not in self._holding:
            files = kept.checked(self._store.get(FILES, name))
            contents = self._sides[side]
            self._holding[side, name] = isinstance(files, dict) and all(
                contents.digest(path) == before for path, before in files.items()
            )
        return self._holding[side, name]

    # ------------------------------------------------------------ keeping

    def _keep(
        self, side: Side, box: Box, keys: Sequence[str], jobs: Sequence[Job], results: Sequence[CaseResult]
    ) -> None:
        opened = box.opened[side]
        if self._where is None or opened is None:
            self._unsure |= {(side, job.path, job.function) for job in jobs}
            return
        names = {last_name(source_of(path)) for path in opened if ".py" in path}
        for key, job, result in zip(keys, jobs, results, strict=True):
            files = self._files(side, job, opened, names) if lasting(result) else None
            if files is None:
                self._unsure.add((side, job.path, job.function))
            else:
                self._case_files.setdefault((side, job.path, job.function), set()).add(files)
                self._put(key, Kept(files, kept.answer(result)))

    def _files(self, side: Side, job: Job, opened: frozenset[str], names: set[str]) -> str | None:
        """The name under which the set of a job's files is kept; None when one changed since this run began."""
        case = job.case
        words = " ".join((*case.setup, case.call, *case.names.values(), case.expected.text or ""))
        also = frozenset(name for name in names if name in words)
        memo = (side, job.path, also, len(opened))
        if memo not in self._needed:
            contents = self._sides[side]
            paths = needed(job.path, also, opened, contents)
            body = json.dumps({path: contents.digest(path) for path in sorted(paths)})
            self._needed[memo] = None
            if contents.unchanged_since(self._began, paths):
                name = self._needed[memo] = digest(body.encode())
                self._store.put(FILES, name, kept.signed(body))
                self._holding[side, name] = True
        return self._needed[memo]

    def _put(self, key: str, new: Kept) -> None:
        others = [one for one in self._alternatives(key) if one.files != new.files]
        self._store.put(RESULT, key, kept.entry([new, *others]))
