"""Which cases earn their place as tests. Takes the sandbox as a Runner.

The gates, in order, each counted: parses, runs, passes, passes again under another hash seed and in another order,
kills a mutant that no earlier kept test kills (a documented example is kept regardless), is not in the tests already.
A case that fails on the new version is never bent to fit the code: it is handed on with its verdict.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from reviewer.data import Case, ChangedFunction, ExpectedKind, Mutant, Origin, Side
from reviewer.evidence import verdicts
from reviewer.evidence.examining import Examiner, Runner
from reviewer.evidence.verdicts import Tried

GATES = ("proposed", "parses", "runs", "passes", "stable", "kills", "new")
"""The names of the gates in the statistics; each counts the cases that came through it."""


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


@dataclass(frozen=True, slots=True)
class Kept:
    """A case that earned its place, what its test is good for, and the mutants it kills."""

    tried: Tried
    kind: str  # guards | fixes | documents
    killed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Dropped:
    """A case that did not, and the gate that stopped it."""

    call: str
    gate: str
    detail: str


@dataclass(frozen=True, slots=True)
class Gated:
    """What the gates let through for one function."""

    kept: tuple[Kept, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    failing: tuple[Tried, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    mutants: int = 0  # those that could be applied
    killed: int = 0  # by the kept tests together


def gate(
    function: ChangedFunction,
    cases: Sequence[Case],
    mutants: Sequence[Mutant],
    existing: frozenset[str],
    runner: MutantRunner,
    deadline: float | None = None,
) -> Gated:
    """Send the cases of one function through the gates; `existing` are the assertions its tests make already."""
    assert function.new is not None
    counts = {"proposed": len(cases)}
    dropped: list[Dropped] = []
    parsing = [case for case in cases if parses(case) or stopped(dropped, case, "parses", "it is not valid Python")]
    counts["parses"] = len(parsing)
    examiner = Examiner(runner, deadline)
    tried = examiner.both([(function, case) for case in parsing])
    running = [one for one in tried if one.new.passed is not None or stopped_by(dropped, one)]
    counts["runs"] = len(running)
    passing = [one for one in running if one.new.passed]
    counts["passes"] = len(passing)
    stable = list(steady(examiner, function, passing, dropped))
    counts["stable"] = len(stable)
    kept, total = killers(function, stable, mutants, runner, dropped, deadline)
    counts["kills"] = len(kept)
    new = [one for one in kept if not known(one.tried.case, existing, dropped)]
    counts["new"] = len(new)
    killed = {mutant for one in new for mutant in one.killed}
    failing = tuple(one for one in running if one.new.passed is False)
    return Gated(tuple(new), tuple(dropped), failing, counts, total, len(killed))


def stopped(dropped: list[Dropped], case: Case, gate: str, detail: str) -> bool:
    """Note that a case came no further; False, so that it reads in a condition."""
    dropped.append(Dropped(case.call, gate, detail))
    return False


def stopped_by(dropped: list[Dropped], tried: Tried) -> bool:
    """Note that a case could not run."""
    return stopped(dropped, tried.case, "runs", tried.new.outcome.message or "it could not run")


def parses(case: Case) -> bool:
    """Whether setup, call and expected value are Python."""
    texts = [*case.names.values(), *case.setup, case.call]
    if case.expected.kind is ExpectedKind.VALUE:
        texts.append(case.expected.text or "")
    try:
        for text in texts:
            ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def steady(
    examiner: Examiner, function: ChangedFunction, passing: Sequence[Tried], dropped: list[Dropped]
) -> Iterable[Tried]:
    """Those that pass again in fresh processes, last one first, under another hash seed."""
    backwards = list(reversed(passing))
    results = examiner.one_side(Side.NEW, [(function, one.case) for one in backwards], again=True)
    for one, result in reversed(list(zip(backwards, results, strict=True))):
        if result.passed or stopped(dropped, one.case, "stable", "it does not pass every time"):
            yield one


def killers(
    function: ChangedFunction,
    stable: Sequence[Tried],
    mutants: Sequence[Mutant],
    runner: MutantRunner,
    dropped: list[Dropped],
    deadline: float | None,
) -> tuple[list[Kept], int]:
    """Those that kill a mutant no earlier one kills, and documented examples; and how many mutants could be applied."""
    assert function.new is not None
    version = function.new
    cases = [one.case for one in stable]
    if not cases:
        return [], 0
    found = runner.kills(Side.NEW, version.path, version.name, mutants, cases, deadline=deadline)
    applied = [(mutant.id, killed) for mutant, killed in zip(mutants, found, strict=True) if killed is not None]
    kept: list[Kept] = []
    dead: set[str] = set()
    for index in sorted(range(len(cases)), key=lambda index: cases[index].origin is not Origin.EXAMPLE):
        one = stable[index]
        killed = tuple(mutant for mutant, by in applied if index in by)
        kind = verdicts.test_kind(one)
        assert kind is not None, "only passing cases come here"
        if one.case.origin is Origin.EXAMPLE or set(killed) - dead:
            kept.append(Kept(one, kind, killed))
            dead.update(killed)
        elif one.case.origin is not Origin.CHARACTERISATION:  # of those there are as many as one likes
            stopped(dropped, one.case, "kills", "no mutant dies that an earlier test does not kill")
    return kept, len(applied)


def known(case: Case, existing: frozenset[str], dropped: list[Dropped]) -> bool:
    """Whether the project's own tests assert this already."""
    if case.setup or assertion(case) not in existing:
        return False
    stopped(dropped, case, "new", "the project's tests assert it already")
    return True


def assertion(case: Case) -> str | None:
    """The case as a normalised comparison, None where it is none."""
    if case.expected.kind not in (ExpectedKind.VALUE, ExpectedKind.OUTPUT):
        return None
    try:
        call = ast.parse(case.call, mode="eval").body
        expected = ast.parse((case.expected.text or "").strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return compared(call, expected)


def compared(call: ast.expr, expected: ast.expr) -> str:
    """`f(1) == 2`, the callee by its last name, since tests import in many ways."""
    if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name):
        call = ast.Call(ast.Name(call.func.attr), call.args, call.keywords)
    return f"{ast.unparse(call)} == {ast.unparse(expected)}"


def assertions(sources: Iterable[str]) -> frozenset[str]:
    """Every `assert call == value` of test sources, normalised; sources that do not parse have none."""
    found = set()
    for source in sources:
        try:
            tree = ast.parse(source)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        for node in ast.walk(tree):
            match node:
                case ast.Assert(test=ast.Compare(left=left, ops=[ast.Eq()], comparators=[right])):
                    found |= {compared(left, right), compared(right, left)}
    return frozenset(found)
