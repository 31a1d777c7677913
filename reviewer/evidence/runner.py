"""What the stages of the evidence ask of the sandbox, whichever way it runs code."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from reviewer.data import Case, CaseResult, Job, Mutant, Side


class Runner(Protocol):
    """The sandbox: runs jobs on one side and returns their results in the same order."""

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
        """Run each job in a process of its own, with `together` several in one."""


class MutantRunner(Runner, Protocol):
    """The sandbox, which can also run cases against mutants."""

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
        """For each mutant the indexes of the cases that fail under it, None for a mutant that cannot be applied."""
