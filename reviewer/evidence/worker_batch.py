"""Runs the cases of a function against its mutants.

Runs in the user's Python (3.9 and newer) and imports the standard library only.
"""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, Any, Callable

if TYPE_CHECKING or __package__:
    from reviewer.evidence import worker_mutant
    from reviewer.evidence.worker_process import Forker, Send
else:
    import worker_mutant
    from worker_process import Forker, Send


class Batch:
    """Runs all cases of a function at once, with the code swapped or not."""

    def __init__(self, forker: Forker, passes: Callable[[Any], bool], jobs: list[Any], end: float) -> None:
        self.forker = forker
        self.passes = passes
        self.jobs = jobs
        self.end = end
        self.together = True
        self.wall: float = forker.limits["wall_seconds"]

    def trouble(self, target: worker_mutant.Target) -> str | None:
        """Why nothing that mutants do here would count: the clean run fails, or a forced failure passes."""
        started = monotonic()
        failing = self.failing(None)
        if failing:
            # Perhaps the cases disturb each other: then each gets its own child.
            self.together = False
            failing = self.failing(None)
        if failing:
            return f"the clean run fails for {len(failing)} of {len(self.jobs)} cases"
        # A mutant that takes 20 times as long as all cases together does not end.
        self.wall = min(self.wall, max(0.5, 20 * (monotonic() - started)))
        forced = target.forced()
        if forced is None or not self.failing(forced):
            return "a forced failure is not noticed"
        return None

    def failing(self, swap: Callable[[], None] | None) -> list[int]:
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

    def _passes(self, swap: Callable[[], None] | None, chosen: list[int]) -> list[bool]:
        def task(send: Send) -> None:
            if swap is not None:
                swap()
            for index in chosen:
                send(self.passes(self.jobs[index]))
            send("end")

        run = self.forker.run(task, self.wall, runs=True, on_message=True)
        return [message for message in run.messages if message != "end"][: len(chosen)]
