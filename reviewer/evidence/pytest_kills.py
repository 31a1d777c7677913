"""Mutants run by whole test files, with the project's own pytest, its fixtures and parameters. EFFECT.

`worker_pytest.py` says what happens inside. Slower than direct calls of cases (`Sandbox.kills`), and right for tests
that are more than a call.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from reviewer.data import Mutant, Side
from reviewer.evidence import killing
from reviewer.evidence.import_roots import module_name
from reviewer.evidence.killing import Unusable
from reviewer.evidence.sandbox import FOREVER, SLACK, Sandbox
from reviewer.evidence.starting import Limits

__all__ = ["Unusable", "kills_by_tests"]

FEW = 16  # mutants that take less time than another server takes to start
LIMITS = Limits(
    cpu_seconds=10,
    memory_bytes=1024 * 1024 * 1024,
    wall_seconds=10,
    import_seconds=60,
    file_bytes=64 * 1024 * 1024,
    files=512,
    processes=128,
)


def kills_by_tests(
    box: Sandbox,
    path: str,
    function: str,
    mutants: Sequence[Mutant],
    tests: Mapping[str, str],
    *,
    deadline: float | None = None,
) -> list[frozenset[str] | None]:
    """For each mutant of the new side's function the ids of the tests that fail under it; None for one not tried.

    `tests` holds the text of test files by path, relative to the repository's root, on disk or not; an id is such a
    path, `::` and what pytest calls the test there. Only a test's own failure counts, no error of a fixture; a mutant
    under which the process ends or does not end in time counts as not tried. `deadline` is a `time.monotonic()` value.
    Raises Unusable when the tests cannot be collected, when a clean run does not pass, or when a forced failure does
    not fail; Unavailable when nothing can be executed here.
    """
    if not mutants or not tests:
        return [frozenset() for _ in mutants]
    whole = box.settings.root / path
    request = {
        "op": "test_kills",
        "path": str(whole),
        "module": module_name(whole, box.import_roots),
        "function": function,
        "tests": {str(box.settings.root / one): text for one, text in tests.items()},
        "seconds": FOREVER if deadline is None else max(0.0, deadline - time.monotonic()),
    }
    # The module in a child and here, then the tests in a child and here, then a clean run and a forced failure.
    patience = 4 * LIMITS.import_seconds + 2 * LIMITS.wall_seconds + SLACK

    def killed(_: int, share: Sequence[Mutant]) -> list[frozenset[str] | None]:
        with box.servers.alone(Side.NEW, limits=LIMITS) as server:  # it holds the collected tests afterwards
            return killing.answered(server, request, share, patience, failing)

    return killing.shared_out(mutants, 2 if len(mutants) > FEW else 1, killed)


def failing(killed: Any) -> frozenset[str] | None:
    """The tests that fail under one mutant, from the answer about it."""
    return frozenset(str(one) for one in killed) if isinstance(killed, list) else None
