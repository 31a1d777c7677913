"""The calls of a function that are worth trying on both versions, gathered from all sources. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from reviewer.data import Call, Case, ChangedFunction, Module
from reviewer.evidence import inputs
from reviewer.evidence.nearest import is_test_file
from reviewer.evidence.values import LARGE

CALLS = 60
"""Calls tried of one function, cheapest sources first."""

MANY = 1000
"""What stands for a huge number where the code loops: as a count, a million costs seconds or runs out of time."""

HUGE = re.compile(rf"\b{LARGE}\b")
LOOPS = re.compile(r"\b(?:while|range|repeat|times)\b")
MADE = ("mutated", "annotation")

Key = tuple[tuple[str, ...], str]


def calls(
    function: ChangedFunction, module: Module, examples: Sequence[Case], sources: Mapping[str, str]
) -> tuple[Call, ...]:
    """At most CALLS: documented examples changed a little, the repository's own calls, and those the types make."""
    assert function.new is not None
    if is_test_file(function.path):  # pytest calls these, with what it has prepared
        return ()
    found: dict[Key, Call] = {}
    for case in examples:
        found.setdefault((case.setup, case.call), Call(case.setup, case.call, "example", case.names, plausible=True))
    for call in (
        *inputs.held(examples, function.new),
        *inputs.mutated(examples, function.new, function.old, cap=CALLS // 2),
        *inputs.from_repository(function.new, sources, cap=CALLS // 2),
        *inputs.from_annotations(function.new, module, cap=CALLS // 2),
    ):
        # Arguments that nobody documented are noise: what a function makes of them is nobody's promise.
        if call.plausible:
            found.setdefault((call.setup, call.call), call)
    loops = any(LOOPS.search(version.source) for version in (function.old, function.new) if version)
    return modest((*twice(tuple(found.values())), *found.values()), loops)


def modest(calls: Sequence[Call], loops: bool) -> tuple[Call, ...]:
    """At most CALLS of them, with one huge number among them, and that last; in code that loops it is only MANY."""
    huge = [call for call in calls if call.source in MADE and any(map(HUGE.search, (*call.setup, call.call)))]
    others = [call for call in calls if call not in huge]
    last = [_with_many(call) if loops else call for call in huge[:1]]
    return (*others[: CALLS - len(last)], *(call for call in last if call not in others))


def _with_many(call: Call) -> Call:
    setup = tuple(HUGE.sub(str(MANY), text) for text in call.setup)
    return replace(call, setup=setup, call=HUGE.sub(str(MANY), call.call))


def twice(calls: Sequence[Call]) -> tuple[Call, ...]:
    """The first call made a second time in one process: state that one call leaves behind shows in the next."""
    return tuple(replace(call, setup=(*call.setup, call.call), source="mutated") for call in calls[:1])
