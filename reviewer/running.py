"""The second half of the pipeline: runs what the changed functions promise, beside the model and not after it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reviewer.config import Config
from reviewer.data import ChangedFunction, Execution, Module
from reviewer.reading import Subject

if TYPE_CHECKING:  # what makes up cases and calls is imported when something is run
    from concurrent.futures import Future

    from reviewer.boxes import OpenBox
    from reviewer.evidence.circumstances import Store
    from reviewer.evidence.examining import Examiner
    from reviewer.evidence.proofs import Place
    from reviewer.evidence.remembered import Remembered
    from reviewer.evidence.suggestions import Opened
    from reviewer.evidence.witnessed import Arranged, Witness
    from reviewer.twinning import Twinning

TOGETHER = 16
"""Functions that are run in one go: fewer processes to start, and yet something to show when the time is over."""

OFF = Execution("off", "execution is switched off (--no-execute)")
IDLE = Execution("off", "no changed function needs running")


@dataclass(slots=True)
class Running:
    """The evidence of one run: how it is executed, and what has been found out so far, by function id."""

    opened: OpenBox | None = None  # None where nothing is executed
    idle: Execution = IDLE  # then, why
    seconds: float = 0.0
    twin_comparisons: int = 0
    witnesses: dict[str, Witness] = field(default_factory=dict)
    examiner: Examiner | None = None  # what runs a model's cases, while the run is open; None without walls
    patched: Opened | None = None  # a sandbox with one file patched by a model; None without walls
    arranged: Arranged | None = None  # runs a model's arguments inside the tests, while the run is open
    driven: bool = False  # the repository's own tests have had their turn
    _future: Future[None] | None = None
    _stop: threading.Event = field(default_factory=threading.Event)

    @property
    def execution(self) -> Execution:
        """How it is executed, as far as is known by now."""
        return self.idle if self.opened is None else self.opened.execution

    @property
    def places(self) -> Mapping[str, Place | None]:
        """Where the files' modules are imported from, by path."""
        return {} if self.opened is None else self.opened.places

    def finished(self) -> Mapping[str, Witness]:
        """Wait for the end, then every function's witness. Raises what the thread raised."""
        if self._future is not None:
            self._future.result()
        return self.witnesses

    def executed(self, function: ChangedFunction) -> bool:
        """Whether something of a function was run and not only remembered."""
        box = self.opened.box if self.opened is not None else None
        versions = [version for version in (function.old, function.new) if version is not None]
        return box is not None and any((one.path, one.name) in box.executed for one in versions)

    def stop(self) -> None:
        """Begin no further function."""
        self._stop.set()

    @property
    def stopped(self) -> bool:
        """Whether no further function is to be begun."""
        return self._stop.is_set()


@contextmanager
def running(
    config: Config, subject: Subject, todo: Sequence[ChangedFunction], ends: float | None, store: Store | None = None
) -> Iterator[Running]:
    """Run every function of `todo` in a thread of its own while the caller goes on; at the end nothing is left."""
    if not config.execute or not todo:
        yield Running(idle=IDLE if config.execute else OFF)
        return
    from concurrent.futures import ThreadPoolExecutor

    from reviewer.boxes import open_box
    from reviewer.evidence.examining import Examiner
    from reviewer.twinning import Twinning

    opened = open_box(config, subject.change, todo, store)
    run = Running(opened)
    if opened.box is None:
        yield run
        return
    if not config.unsandboxed:  # what a model wrote is never run without walls, whatever the user says of other code
        run.patched, run.examiner = opened.patched, Examiner(opened.box, ends)
    twinning = Twinning(config.twin_seconds or 0.0, subject.change, opened, ends)
    run.arranged = twinning.arranged
    with ThreadPoolExecutor(1, thread_name_prefix="evidence") as pool, closing(run, opened.box.close):
        run._future = pool.submit(work, run, opened.box, subject, todo, twinning)
        yield run


def work(run: Running, box: Remembered, subject: Subject, todo: Sequence[ChangedFunction], twinning: Twinning) -> None:
    """The thread's part: what is documented and made up, a few functions at a time; then the repository's own tests."""
    from reviewer.evidence.examining import Examiner
    from reviewer.evidence.wholes import Wholes
    from reviewer.sources import sources_naming

    began, ends = time.monotonic(), twinning.ends
    sources = sources_naming(twinning.opened.root, {function.version.name.rpartition(".")[2] for function in todo})
    wholes = Wholes(box, run.places, sources)
    for start in range(0, len(todo), TOGETHER):
        if run.stopped or over(ends):
            break
        group = todo[start : start + TOGETHER]
        run.witnesses.update(wholes.recalled_all(group))
        rest = [function for function in group if function.id not in run.witnesses]
        new = seen(rest, subject.modules, run.places, Examiner(box, ends), sources) if rest else {}
        for function in () if over(ends) else rest:
            wholes.keep(function, new[function.id])
        run.witnesses.update(new)
        run.seconds = time.monotonic() - began
    if twinning.seconds and not run.stopped:
        run.twin_comparisons = twin_runs(twinning, todo, run.witnesses)
        run.seconds = time.monotonic() - began
    run.driven = True


def over(ends: float | None) -> bool:
    """Whether a deadline, a `time.monotonic()` value, has passed."""
    return ends is not None and time.monotonic() >= ends


def twin_runs(twinning: Twinning, todo: Sequence[ChangedFunction], witnesses: dict[str, Witness]) -> int:
    """Add what the repository's own tests show of both versions; the number of comparisons."""
    from reviewer import twins

    both = [function for function in twins.driven(todo) if function.id in witnesses]
    found = twinning.shown(both)
    for function in both:
        witnesses[function.id] = twins.joined(witnesses[function.id], found, function.id)
    return found.comparisons


@contextmanager
def closing(run: Running, close: Callable[[], None]) -> Iterator[None]:
    """On the way out, whatever the way: begin nothing more, and end what runs."""
    try:
        yield
    finally:
        run.stop()
        close()


def seen(
    group: Sequence[ChangedFunction],
    modules: Mapping[str, Module],
    places: Mapping[str, Place | None],
    examiner: Examiner,
    sources: Mapping[str, str],
) -> dict[str, Witness]:
    """What running these functions shows, by function id."""
    from reviewer.evidence.witness import unplaced, witnesses

    found = {f.id: unplaced(f, modules[f.path]) for f in group if places[f.path] is None}
    importable = [(f, modules[f.path], where) for f in group if (where := places[f.path]) is not None]
    shown = witnesses(importable, examiner, sources)
    return found | {function.id: witness for (function, _, _), witness in zip(importable, shown, strict=True)}
