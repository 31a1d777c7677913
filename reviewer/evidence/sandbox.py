"""Runs cases and mutants of the code under review in the project's interpreter, behind walls.

The parent's side: it starts one warm server per version and hash seed (`worker.py` says what happens inside), hands it
jobs and believes nothing about the size or shape of what comes back.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reviewer.data import Case, CaseResult, Job, Mutant, Side
from reviewer.evidence import killing
from reviewer.evidence.import_roots import module_name
from reviewer.evidence.isolation import Lost, Server, Unavailable
from reviewer.evidence.killing import Unusable
from reviewer.evidence.servers import Servers
from reviewer.evidence.starting import Limits, Settings
from reviewer.evidence.wire import case_message, opened_of, result_of

__all__ = ["Limits", "Sandbox", "Unavailable", "Unusable", "open"]

FOREVER = 1e9
FEW = 100  # mutants that take less time than another server takes to start
SLACK = 10.0  # seconds that a server may be late before it counts as lost


@dataclass
class Sandbox:
    """An open sandbox; `open` makes one, `close` ends every process and removes its private folders."""

    settings: Settings
    isolation: tuple[str, ...] = ()
    opened: dict[Side, frozenset[str] | None] = field(default_factory=lambda: dict.fromkeys(Side, frozenset()))
    """What the runs of each side opened, relative to the root where it is below; None when that is not known."""

    def __post_init__(self) -> None:
        self.servers = Servers(self.settings)

    @property
    def import_roots(self) -> tuple[Path, ...]:
        """The folders that modules are imported from."""
        return self.settings.import_roots

    @property
    def python(self) -> str:
        """The interpreter that runs the code."""
        return str(self.settings.python)

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
        """Run each job in its own process; one result per job, in order.

        `deadline` is a `time.monotonic()` value: jobs not started by then are not run, with the reason `deadline`.
        `fresh` uses a server that has run nothing before. With `together` jobs may share a process, which is many times
        faster: then a result may be due to a job before it.
        """
        messages = [
            self._message(job.path) | {"function": job.function, "case": case_message(job.case)} for job in jobs
        ]
        servers = self.servers
        results: list[CaseResult] = []
        with servers.alone(side, hash_seed) if fresh else nullcontext(servers.kept(side, hash_seed)) as server:
            while len(results) < len(jobs):
                rest = slice(len(results), None)
                results += self._run(server, jobs[rest], messages[rest], deadline, together)
        return results

    def _run(
        self,
        server: Server,
        jobs: Sequence[Job],
        messages: list[dict[str, Any]],
        deadline: float | None,
        together: bool,
    ) -> list[CaseResult]:
        """The results up to the first job that costs the server its life, that one included; at least one."""
        results: list[CaseResult] = []
        seconds = _left(deadline)
        limits = self.settings.limits
        patience = limits.wall_seconds + 3 * limits.import_seconds + SLACK
        try:
            server.ready()
            if not server.forks:  # one job a life, and nobody inside to watch the clock
                messages, patience = messages[:1], limits.wall_seconds + limits.import_seconds
            request = {"op": "run", "jobs": messages, "seconds": seconds, "together": together}
            for answer in server.ask(request, len(messages), patience):
                results.append(result_of(answer, jobs[len(results)].case))
                self._learn(server.side, opened_of(answer))
        except Lost as lost:
            kind = "not_run" if server.forks or server.closed else "timed_out" if lost.silent else "crashed"
            answer = {"outcome": [kind, None, None, str(lost)], "passed": None if kind == "not_run" else False}
            results.append(result_of(answer, jobs[len(results)].case))
        return results

    def _learn(self, side: Side, opened: frozenset[str] | None) -> None:
        known = self.opened[side]
        if opened is None or known is None:
            self.opened[side] = None
        elif opened:
            self.opened[side] = known | opened

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
        """For each mutant the indexes of the cases that fail under it; None for one that was not applied or tried.

        A case that a mutant makes crash or run out of time fails. Raises Unusable when a clean run does not pass or
        a forced failure does not fail.
        """
        if not mutants or not cases:
            return [frozenset() for _ in mutants]
        request = self._message(path) | {
            "op": "kills",
            "function": function,
            "cases": [case_message(case) for case in cases],
            "seconds": _left(deadline),
        }
        limits = self.settings.limits
        patience = (len(cases) + 1) * limits.wall_seconds + 3 * limits.import_seconds + SLACK

        def failing(killed: Any) -> frozenset[int] | None:
            whole = isinstance(killed, list) and all(type(one) is int and 0 <= one < len(cases) for one in killed)
            return frozenset(killed) if whole else None

        def killed(number: int, share: Sequence[Mutant]) -> list[frozenset[int] | None]:
            server = self.servers.kept(side, number=number)
            return killing.answered(server, request, share, patience, failing)

        return killing.shared_out(mutants, 2 if len(mutants) > FEW else 1, killed)

    def close(self) -> None:
        """End every process and remove every private folder."""
        self.servers.close()

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _message(self, path: str) -> dict[str, Any]:
        whole = self.settings.root / path
        return {"path": str(whole), "module": module_name(whole, self.import_roots)}


def open(  # noqa: A001  # `sandbox.open` reads as what it does
    python: Path,
    root: Path,
    import_roots: Sequence[Path],
    old: Mapping[str, bytes | None],
    new: Mapping[str, bytes | None],
    *,
    limits: Limits | None = None,
    unsandboxed: bool = False,
    without: Sequence[str] = (),
) -> Sandbox:
    """Open a sandbox for both sides of a change.

    `old` and `new` hold every changed file of that side, None where it is absent there; unchanged files come from the
    worktree at `root`. `without` names walls to leave out, which is how the others are tested alone. Raises Unavailable
    when the code cannot be isolated here and `unsandboxed` is False.
    """
    top = root.resolve()
    settings = Settings(
        python=python,
        root=top,
        import_roots=tuple(one.resolve() for one in import_roots),
        files={Side.OLD: old, Side.NEW: new},
        limits=limits or Limits(),
        unsandboxed=unsandboxed,
        without=tuple(without),
    )
    box = Sandbox(settings)
    servers = [box.servers.kept(side) for side in (Side.NEW, Side.OLD)]
    for server in servers:
        server.launch()
    try:
        box.isolation = servers[0].ready()
    except Lost as lost:
        box.close()
        raise Unavailable(str(lost)) from None
    except BaseException:
        box.close()
        raise
    return box


def _left(deadline: float | None) -> float:
    return FOREVER if deadline is None else max(0.0, deadline - time.monotonic())
