"""Mutants that share a process are killed by the cases that kill each of them alone."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from reviewer.data import Case, Expected, ExpectedKind, Mutant, Origin, Side
from reviewer.evidence import sandbox

PLAIN = "def f(x):\n    return x * 2\n"
REMEMBERS = "import functools\n@functools.lru_cache\n" + PLAIN
HELD = "held = {}\ndef f(x):\n    return held.setdefault(x, x * 2)\n"
DEFAULTS = "def f(x, by=2, *, more=0):\n    return x * by + more\n"
MUTANTS = {
    "plain": (PLAIN, ["x * 3", "x * 2", "x + 2", "2", "4"]),
    "remembers": (REMEMBERS, ["x * 3", "x * 2", "x + 2", "2", "4"]),
    "keeps in a dictionary": (HELD, ["held.setdefault(x, x * 3)", "held.setdefault(x, x * 2)", "x + 2", "2"]),
    "spoils": (HELD, ["held.setdefault(3, 9) and x * 2", "x * 2", "x * 2", "held.clear() or x * 2", "x + 2"]),
    "loops": (
        PLAIN,
        ["any(one for one in iter(int, 1))", "x * 2", "2 if x == 1 else any(one for one in iter(int, 1))", "x"],
    ),
    "ends": (PLAIN, ["x * 2", "__import__('os')._exit(0)", "x * 2", "2", "exit()"]),
    "does not fit": (PLAIN, ["x *", "x * 2", "x * 3", "x *"]),
    "starts threads": (
        PLAIN,
        ["x", "__import__('threading').Thread(target=__import__('time').sleep, args=(30,)).start() or x * 2", "x * 2"],
    ),
}


def case(call: str, text: str) -> Case:
    return Case((), call, Expected(ExpectedKind.VALUE, text), Origin.EXAMPLE, None)


CASES = [case("f(1)", "2"), case("f(2)", "4"), case("f(3)", "6")]


def killed(folder: Path, module: str, sources: list[str]) -> tuple[list[object], list[object]]:
    """What kills each mutant, among the others and alone."""
    (folder / "m.py").write_text(module)
    line = module.count("\n", 0, module.index("def f")) + 1
    changed = [Mutant(str(number), "test", line, "a change", source) for number, source in enumerate(sources)]
    limits = sandbox.Limits(wall_seconds=2, cpu_seconds=1)
    with sandbox.open(Path(sys.executable), folder, [folder], {}, {}, limits=limits) as box:
        together = box.kills(Side.NEW, "m.py", "f", changed, CASES)
        alone = [box.kills(Side.NEW, "m.py", "f", [one], CASES)[0] for one in changed]
    return list(together), list(alone)


@pytest.mark.parametrize(("module", "results"), MUTANTS.values(), ids=list(MUTANTS))
def test_mutants_in_one_process_are_killed_as_alone(tmp_path, module, results):
    together, alone = killed(tmp_path, module, [f"def f(x):\n    return {result}\n" for result in results])
    if any("iter(" in result for result in results):  # the third case is not tried with what does not end twice
        together, alone = [[bool(one) for one in found] for found in (together, alone)]
    assert together == alone
    assert any(alone)


def test_defaults_are_put_back(tmp_path):
    heads = ["x, by=3, *, more=0", "x, by=2, *, more=1", "x, by=2, *, more=0", "x, by=2, more=0"]
    together, alone = killed(tmp_path, DEFAULTS, [f"def f({head}):\n    return x * by + more\n" for head in heads])
    assert together == alone == [frozenset({0, 1, 2}), frozenset({0, 1, 2}), frozenset(), frozenset()]
