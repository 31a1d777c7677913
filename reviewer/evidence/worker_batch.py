"""Runs the cases of a function against its mutants.

Where cases can be repeated in one process, many mutants share a child: each is put in place, tried and taken out again,
and what is found counts once the cases pass as they did before. Any other mutant gets a child of its own.
Runs in the user's Python (3.9 and newer) and imports the standard library only.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator, Sequence
from itertools import takewhile
from time import monotonic
from typing import TYPE_CHECKING, Any, Callable, Optional

if TYPE_CHECKING or __package__:
    from reviewer.evidence import worker_mutant
    from reviewer.evidence.worker_process import Forker, Send
else:
    import worker_mutant
    from worker_process import Forker, Send

MOST = 25  # mutants in one child
UNSURE = 8  # mutants tried in a row without a look at whether the cases still pass
VAIN = 4  # children in a row from which nothing sure comes; then each mutant gets its own
HANGING = 2  # cases that do not end under a mutant; the others are not tried with it
TIMES = 20  # a mutant that takes so many times as long as all cases together does not end
SECONDS = 2.0  # for a child to begin another mutant
SURE, END = "sure", "end"
Swap = worker_mutant.Swap
_timer, _threads = getattr(signal, "setitimer", None), threading.active_count


class Hangs(BaseException):
    """A case used more processor time than it may."""


class Batch:
    """Runs all cases of a function at once, with the code swapped or not."""

    def __init__(self, forker: Forker, passes: Callable[[Any], bool], jobs: list[Any], end: float) -> None:
        self.forker = forker
        self.passes = passes
        self.jobs = jobs
        self.end = end
        self.together = True  # the cases in one process
        self.shared = False  # and several mutants too
        self.wall: float = forker.limits["wall_seconds"]
        self.cpu: float = forker.limits["cpu_seconds"]

    def trouble(self, target: worker_mutant.Target) -> str | None:
        """Why nothing that mutants do here would count: the clean run fails, or a forced failure passes."""
        started, before = monotonic(), _used()
        failing = self.failing(None)
        if failing:
            # Perhaps the cases disturb each other: then each gets its own child.
            self.together = False
            failing = self.failing(None)
        if failing:
            return f"the clean run fails for {len(failing)} of {len(self.jobs)} cases"
        self.wall = min(self.wall, max(0.5, TIMES * (monotonic() - started)))
        self.cpu = min(self.cpu, max(0.1, TIMES * (_used() - before)))
        forced = target.forced()
        noticed = [] if forced is None else self.failing(forced)
        if forced is None or not noticed:
            return "a forced failure is not noticed"
        # A function that remembers its results shows here that it does.
        self.shared = self.together and _timer is not None and self._shared([None, forced, None]) == [[], noticed, []]
        return None

    def each(self, swaps: Sequence[Optional[Swap]]) -> Iterator[Optional[list[int]]]:
        """For each mutant the cases that do not pass, None where it does not fit or time is over."""
        return each(swaps, self._shared if self.shared else lambda chosen: [], self.failing, self.end)

    def failing(self, swap: Optional[Swap]) -> list[int]:
        """The indexes of the cases that do not pass."""
        failed: list[int] = []
        pending = list(range(len(self.jobs)))
        while pending and monotonic() < self.end:
            chosen = pending if self.together else pending[:1]
            done = self._passes(swap, chosen)
            failed += [index for index, passed in zip(chosen, done) if not passed]
            if len(done) < len(chosen):
                failed.append(chosen[len(done)])  # it ended or outlived the process
            pending = pending[len(done) + (len(done) < len(chosen)) :]
        return sorted(failed)

    def _passes(self, swap: Optional[Swap], chosen: list[int]) -> list[bool]:
        def task(send: Send) -> None:
            if swap is not None:
                swap.apply()
            for index in chosen:
                job = self.jobs[index]
                send(self.passes(job) if swap is None or _timer is None else self._in_time(job)[0])
            send(END)

        run = self.forker.run(task, self.wall, runs=True, on_message=True)
        return [message for message in run.messages if message != END][: len(chosen)]

    # ------------------------------------------------------------ many mutants

    def _shared(self, swaps: Sequence[Optional[Swap]]) -> list[list[int]]:
        """What the first of these do, as far as it is sure; None stands for no mutant."""
        wall = self.wall + HANGING * self.cpu
        return [] if monotonic() > self.end else several(self.forker, swaps, self._tried, wall)

    def _tried(self, swap: Optional[Swap]) -> list[int]:
        """The cases that do not pass, in this process, with the code as it was afterwards."""
        failed, hanging = [], 0
        if swap is not None:
            swap.apply()
        try:
            for index, job in enumerate(self.jobs):
                if hanging < HANGING:
                    passed, hangs = self._in_time(job)
                    hanging += hangs
                    if not passed:
                        failed.append(index)
        finally:
            if swap is not None:
                swap.undo()
        return failed

    def _in_time(self, job: Any) -> tuple[bool, bool]:
        """Whether a case passes, and whether it had to be stopped."""
        assert _timer is not None
        signal.signal(signal.SIGPROF, _hang)
        started = monotonic()
        _timer(signal.ITIMER_PROF, self.cpu)
        try:
            passed = self.passes(job)
            _timer(signal.ITIMER_PROF, 0)
        except Hangs:
            passed = False
        return passed, not passed and monotonic() - started >= self.cpu


def each(
    swaps: Sequence[Optional[Swap]],
    shared: Callable[[Sequence[Swap]], list[Any]],
    alone: Callable[[Swap], Any],
    end: float,
) -> Iterator[Any]:
    """What each mutant does: as far as `shared` comes with several at once, else `alone`.

    None for one that does not fit, and when time is over.
    """
    waiting, vain = list(swaps), 0
    while waiting:
        fitting = [swap for swap in takewhile(lambda one: one is not None, waiting[:MOST]) if swap is not None]
        done = []
        if len(fitting) > 1 and vain < VAIN:
            done = shared(fitting)
            vain = 0 if done else vain + 1
        yield from done
        waiting = waiting[len(done) :]
        if waiting and len(done) < max(1, len(fitting)):
            swap = waiting.pop(0)
            yield None if swap is None or monotonic() > end else alone(swap)


def several(
    forker: Forker,
    swaps: Sequence[Optional[Swap]],
    tried: Callable[[Optional[Swap]], Any],
    wall: float,
    unsure_most: int = 1,
) -> list[Any]:
    """What `tried` says of the first of these mutants, in one child, as far as it is sure; None stands for no mutant.

    It says something false (`[]`, say) where nothing fails. `wall` is in seconds, for each. After `unsure_most` mutants
    that fail it is seen whether everything still passes without one.
    """

    def task(send: Send) -> None:
        began = monotonic()
        threads, unsure, failures = _threads(), 0, 0
        for number, swap in enumerate(swaps, 1):
            failed = tried(swap)
            send(failed)
            unsure, failures = unsure + 1, failures + bool(failed)
            last = number == len(swaps) or monotonic() - began > SECONDS or _threads() > threads
            if failures == unsure_most or unsure == UNSURE or last:
                if tried(None):
                    break  # what this mutant or one before it left behind is in the way
                send(SURE)
                unsure = failures = 0
            if last:
                break

    run = forker.run(task, wall, runs=True, on_message=True)
    sure: list[Any] = []
    unsure: list[Any] = []
    for message in [] if run.forged else run.messages:
        if message == SURE:
            sure, unsure = sure + unsure, []
        else:
            unsure.append(message)
    return sure[: len(swaps)]


def _used() -> float:
    """Processor seconds of the children that have ended."""
    times = os.times()
    return times.children_user + times.children_system


def _hang(number: int, frame: object) -> None:
    raise Hangs
