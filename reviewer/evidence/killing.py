"""Mutants put to servers: shared out, and what is answered of each. Takes the servers, believes no answer's shape."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from reviewer.data import Mutant
from reviewer.evidence.isolation import Lost, Server

T = TypeVar("T", int, str)
Killed = list[frozenset[T] | None]
"""For each mutant what fails under it; None for one that was not applied or tried."""


class Unusable(Exception):  # noqa: N818  # a state, not an error
    """Nothing that mutants of this function do would count: the clean run fails, or a forced failure passes."""


def shared_out(
    mutants: Sequence[Mutant], servers: int, killed: Callable[[int, Sequence[Mutant]], Killed[T]]
) -> Killed[T]:
    """Every mutant's answer, in order; `killed(number, mutants)` asks the server of that number about its share."""
    found: Killed[T] = [None] * len(mutants)
    with ThreadPoolExecutor(servers) as pool:
        runs = [pool.submit(killed, number, mutants[number::servers]) for number in range(servers)]
        for number, run in enumerate(runs):
            found[number::servers] = run.result()
    return found


def answered(
    server: Server,
    request: Mapping[str, Any],
    mutants: Sequence[Mutant],
    patience: float,
    read: Callable[[Any], frozenset[T] | None],
) -> Killed[T]:
    """What one server answers of these mutants; `read` takes one answer. Raises Unusable."""
    sources = [{"source": mutant.source, "line": mutant.line} for mutant in mutants]
    found: Killed[T] = []
    answers = server.ask({**request, "mutants": sources}, 1 + len(mutants), patience)
    try:
        reason = next(answers).get("unusable")
        if reason:
            answers.close()
            raise Unusable(str(reason)[:500])
        for answer in answers:
            found.append(read(answer.get("killed")))
    except Lost as lost:
        if not found:
            raise Unusable(str(lost)) from None
    missing: Killed[T] = [None] * (len(mutants) - len(found))
    return found + missing
