"""The second half of the pipeline: runs what the changed functions promise, beside the model and not after it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reviewer.config import Config
from reviewer.data import Change, ChangedFunction, Execution, Module

if TYPE_CHECKING:  # what makes up cases and calls is imported when something is run
    from concurrent.futures import Future

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

    execution: Execution
    seconds: float = 0.0
    twin_comparisons: int = 0
    witnesses: dict[str, Witness] = field(default_factory=dict)
    box: Remembered | None = None
    examiner: Examiner | None = None  # what runs cases, while the run is open
    places: Mapping[str, Place | None] = field(default_factory=dict)
    arranged: Arranged | None = None  # runs a model's arguments inside the tests, while the run is open
    opened: Opened | None = None  # a sandbox with one file patched; None where a model's code may not run
    driven: bool = False  # the repository's own tests have had their turn
    _future: Future[None] | None = None
    _stop: threading.Event = field(default_factory=threading.Event)

    def finished(self) -> Mapping[str, Witness]:
        """Wait for the end, then every function's witness. Raises what the thread raised."""
        if self._future is not None:
            self._future.result()
        return self.witnesses

    def executed(self, function: ChangedFunction) -> bool:
        """Whether something of a function was run and not only remembered."""
        versions = [version for version in (function.old, function.new) if version is not None]
        return self.box is not None and any((one.path, one.name) in self.box.executed for one in versions)

    def stop(self) -> None:
        """Begin no further function."""
        self._stop.set()


@contextmanager
def running(
    config: Config,
    change: Change,
    todo: Sequence[ChangedFunction],
    modules: Mapping[str, Module],
    ends: float | None,
    store: Store | None = None,
) -> Iterator[Running]:
    """Run every function of `todo` in a thread of its own while the caller goes on; at the end nothing is left."""
    if not config.execute or not todo:
        yield Running(IDLE if config.execute else OFF)
        return
    from concurrent.futures import ThreadPoolExecutor

    from reviewer.boxes import open_box
    from reviewer.evidence.examining import Examiner
    from reviewer.evidence.wholes import Wholes
    from reviewer.sources import sources_naming
    from reviewer.twinning import Twinning

    opened = open_box(config, change, todo, store)
    twinning = Twinning(config.twin_seconds or 0.0, change, opened, ends)
    run, box, root, places = Running(opened.execution), opened.box, opened.root, opened.places
    if box is None:
        yield run
        return
    run.places = places
    run.box = box
    if not config.unsandboxed:  # what a model wrote is never run without walls, whatever the user says of other code
        run.opened, run.examiner = opened.patched, Examiner(box, ends)
    run.arranged = twinning.arranged
    names = {function.version.name.rpartition(".")[2] for function in todo}

    def work() -> None:
        began = time.monotonic()
        sources = sources_naming(root, names)
        wholes = Wholes(box, places, sources)
        for start in range(0, len(todo), TOGETHER):
            if run._stop.is_set() or (ends is not None and time.monotonic() >= ends):
                break
            group = todo[start : start + TOGETHER]
            run.witnesses.update(wholes.recalled_all(group))
            rest = [function for function in group if function.id not in run.witnesses]
            new = seen(rest, modules, places, Examiner(box, ends), sources) if rest else {}
            for function in rest if ends is None or time.monotonic() < ends else ():
                wholes.keep(function, new[function.id])
            run.witnesses.update(new)
            run.execution = opened.execution
            run.seconds = time.monotonic() - began
        if config.twin_seconds and not run._stop.is_set():
            run.twin_comparisons = twin_runs(twinning, todo, run.witnesses)
            run.execution = opened.execution
            run.seconds = time.monotonic() - began
        run.driven = True

    with ThreadPoolExecutor(1, thread_name_prefix="evidence") as pool, closing(run, box.close):
        run._future = pool.submit(work)
        yield run


def twin_runs(twinning: Twinning, todo: Sequence[ChangedFunction], witnesses: dict[str, Witness]) -> int:
    """Add what the repository's own tests show of both versions; the number of comparisons."""
    from reviewer import twins

    both = [function for function in todo if function.old is not None and function.id in witnesses]
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
