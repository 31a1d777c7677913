"""Which cases earn their place as tests. Takes the sandbox as a Runner.

The gates, in order, each counted: parses, runs, passes, passes again under another hash seed and in another order,
kills a mutant that no earlier kept test kills (a documented example is kept regardless), is not in the tests already.
A case that fails on the new version is never bent to fit the code: it is handed on with its verdict.

    standing = gates.stand(function, cases, runner, deadline)     # up to `stable`
    gated = gates.earn(function, standing, mutants, existing, runner, deadline)
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field, replace

from reviewer.data import Case, ChangedFunction, ExpectedKind, Mutant, Origin, Side
from reviewer.evidence import arranging, verdicts
from reviewer.evidence.examining import OTHER_SEED, Examiner, job
from reviewer.evidence.runner import MutantRunner, Runner
from reviewer.evidence.verdicts import Tried
from reviewer.records import record

GATES = ("proposed", "parses", "runs", "passes", "stable", "kills", "new")
"""The names of the gates in the statistics; each counts the cases that came through it."""


ELSEWHERE = "this example does not run the function"


@record(frozen=True, slots=True)
class Kept:
    """A case that earned its place, what its test is good for, and the mutants it kills."""

    tried: Tried
    kind: str  # guards | fixes | documents
    killed: tuple[str, ...]


@record(frozen=True, slots=True)
class Dropped:
    """A case that did not, and the gate that stopped it."""

    call: str
    gate: str
    detail: str


@record(frozen=True, slots=True)
class Standing:
    """The cases of one function that pass whenever they run, those that fail, and what became of the others."""

    stable: tuple[Tried, ...] = ()
    failing: tuple[Tried, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)


@record(frozen=True, slots=True)
class Gated:
    """What the gates let through for one function."""

    kept: tuple[Kept, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    failing: tuple[Tried, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    mutants: int = 0  # those that could be applied
    killed: int = 0  # by the kept tests together


def stand(
    function: ChangedFunction,
    cases: Sequence[Case],
    runner: Runner,
    deadline: float | None = None,
    sessions: Sequence[Case] = (),
) -> Standing:
    """Send the cases of one function through the gates that need no mutant; `sessions` as `arranging` has them."""
    dropped: list[Dropped] = []
    parsing = [case for case in cases if parses(case) or stopped(dropped, case, "parses", "it is not valid Python")]
    tried = arranging.tried(function, parsing, sessions, Examiner(runner, deadline))
    running = [one for one in tried if one.new.passed is not None or could_not_run(dropped, one)]
    passing = [one for one in running if one.new.passed]
    stable = steady(function, passing, runner, dropped, deadline)
    failing = tuple(one for one in running if one.new.passed is False)
    counts = {"proposed": len(cases), "parses": len(parsing), "runs": len(running), "passes": len(passing)}
    return Standing(tuple(stable), failing, tuple(dropped), {**counts, "stable": len(stable), "kills": 0, "new": 0})


def earn(
    function: ChangedFunction,
    standing: Standing,
    mutants: Sequence[Mutant],
    existing: frozenset[str],
    runner: MutantRunner,
    deadline: float | None = None,
) -> Gated:
    """The cases that tell the function from a mutant of it, or document it, and are no test yet.

    `existing` are the assertions that the project's tests make already. Raises what `runner.kills` raises when mutants
    of this function say nothing; `unearned` is the result then.
    """
    dropped = list(standing.dropped)
    kept, total = killers(function, standing.stable, mutants, runner, dropped, deadline)
    new = tuple(one for one in kept if not known(one.tried.case, existing, dropped))
    killed = {mutant for one in new for mutant in one.killed}
    counts = {**standing.counts, "kills": len(kept), "new": len(new)}
    return Gated(new, tuple(dropped), standing.failing, counts, total, len(killed))


def unearned(standing: Standing, detail: str) -> Gated:
    """The result where it could not be told whether a case notices a change of the function: none is kept."""
    lost = [Dropped(one.case.call, "kills", detail) for one in standing.stable]
    return Gated((), (*standing.dropped, *lost), standing.failing, standing.counts)


def stopped(dropped: list[Dropped], case: Case, gate: str, detail: str) -> bool:
    """Note that a case came no further; False, so that it reads in a condition."""
    dropped.append(Dropped(case.call, gate, detail))
    return False


def could_not_run(dropped: list[Dropped], tried: Tried) -> bool:
    """Note that a case could not run; False as in `stopped`."""
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
    function: ChangedFunction,
    passing: Sequence[Tried],
    runner: Runner,
    dropped: list[Dropped],
    deadline: float | None,
) -> list[Tried]:
    """Those that pass again, last one first, under another hash seed."""
    if not passing:
        return []
    backwards = [job(function, one.case, Side.NEW) for one in reversed(passing)]
    again = runner.run(Side.NEW, backwards, hash_seed=OTHER_SEED, deadline=deadline, together=True)
    failing = [index for index, result in enumerate(again) if not result.passed]
    alone = runner.run(Side.NEW, [backwards[index] for index in failing], hash_seed=OTHER_SEED, deadline=deadline)
    for index, result in zip(failing, alone, strict=True):
        again[index] = result
    detail = "it does not pass under another hash seed"
    return [
        one
        for one, result in zip(passing, reversed(again), strict=True)
        if result.passed or stopped(dropped, one.case, "stable", detail)
    ]


def killers(
    function: ChangedFunction,
    stable: Sequence[Tried],
    mutants: Sequence[Mutant],
    runner: MutantRunner,
    dropped: list[Dropped],
    deadline: float | None,
) -> tuple[list[Kept], int]:
    """Those that kill a mutant no earlier one kills, and documented examples; and how many mutants could be applied."""
    for one in (one for one in stable if not reaches(one)):
        if one.case.through != function.id:  # in a function's own docstring it only leads to what is shown
            stopped(dropped, one.case, "kills", ELSEWHERE)
    stable = [one for one in stable if reaches(one)]
    version, cases = function.new, [one.case for one in stable]
    if not cases or version is None:
        return [], 0
    found = runner.kills(Side.NEW, version.path, version.name, mutants, cases, deadline=deadline)
    applied = [(mutant.id, killed) for mutant, killed in zip(mutants, found, strict=True) if killed is not None]
    kept: list[Kept] = []
    dead: set[str] = set()
    for index in sorted(range(len(cases)), key=lambda index: not documents(cases[index])):
        one = stable[index]
        killed = tuple(mutant for mutant, by in applied if index in by)
        if documents(one.case) or set(killed) - dead:
            kept.append(Kept(one, kind(one), killed))
            dead.update(killed)
        elif one.case.origin is not Origin.CHARACTERISATION:  # of those there are as many as one likes
            stopped(dropped, one.case, "kills", "no mutant dies that an earlier test does not kill")
    return kept, len(applied)


def reaches(tried: Tried) -> bool:
    """Whether the case runs the function: the example of one that may call it need not."""
    return tried.case.through is None or bool(tried.new.reached)


def documents(case: Case) -> bool:
    """Whether the case is an example of the function itself, not of one that calls it."""
    return case.origin is Origin.EXAMPLE and case.through is None


def kind(tried: Tried) -> str:
    """What a test made of a passing case is good for, in the report's words."""
    if tried.case.origin is Origin.CHARACTERISATION:
        return "characterises"
    found = verdicts.kind_of_test(tried)
    assert found is not None, "only passing cases come here"
    return found


def distinct(results: Sequence[Gated], late: Sequence[bool]) -> list[Gated]:
    """Each kept call once among the functions of a file: a second one is dropped.

    An example belongs to the function that it documents before one that it runs through, and to a function that is
    `late` (a constructor, which every example of its class calls) last.
    """
    seen: set[tuple[tuple[str, ...], str]] = set()
    found = list(results)
    for through in (False, True):
        for index in sorted(range(len(found)), key=lambda index: late[index]):
            kept, dropped = [], list(found[index].dropped)
            for one in found[index].kept:
                key = (one.tried.case.setup, one.tried.case.call)
                if (one.tried.case.through is not None) is not through:
                    kept.append(one)
                elif key in seen:
                    stopped(dropped, one.tried.case, "new", "the test of another function makes this call")
                else:
                    seen.add(key)
                    kept.append(one)
            counts = {**found[index].counts, "new": len(kept)} if found[index].counts else {}
            found[index] = replace(found[index], kept=tuple(kept), dropped=tuple(dropped), counts=counts)
    return found


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
