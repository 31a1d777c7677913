"""The gates against the real sandbox."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reviewer.data import Case, Expected, ExpectedKind, Origin, Side
from reviewer.evidence import gates, sandbox
from reviewer.evidence.examining import job
from reviewer.evidence.gates import GATES, Gated
from reviewer.evidence.mutants import mutants
from tests.changed import changed, parsed

TEXT = '''\
CALLS = []


def grade(points, best=100):
    """A letter for the points."""
    if points < 0:
        raise ValueError("points")
    return "A" if points >= best * 9 // 10 else "B" if points >= best // 2 else "C"


def order(words):
    """The words in an order that hash seeds decide."""
    return list({word: hash(word) for word in sorted(words, key=hash)})


def counted():
    """How many calls there were."""
    CALLS.append(1)
    return len(CALLS)


def constant():
    """Nothing that could be mutated in a way that shows."""
'''
OLD = TEXT.replace("best // 2", "best // 3")


def case(call, expected, origin=Origin.MODEL, *, error=None, setup=(), through=None) -> Case:
    kind = ExpectedKind.EXCEPTION if error else ExpectedKind.VALUE
    return Case(tuple(setup), call, Expected(kind, expected, error), origin, "A letter for the points.", through)


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sandbox.Sandbox]:
    root = tmp_path_factory.mktemp("repository")
    (root / "m.py").write_text(TEXT)
    sides = ({"m.py": OLD.encode()}, {"m.py": TEXT.encode()})
    with sandbox.open(Path(sys.executable), root, [root], *sides) as opened:
        yield opened


def through_gates(
    box: sandbox.Sandbox, *cases: Case, name: str = "grade", old: str | None = None, existing: str = ""
) -> Gated:
    function = changed(old, TEXT, name, "m.py")
    assert function.new is not None
    standing = gates.stand(function, cases, box)
    found = mutants(function.new, parsed(TEXT, "m.py"), cap=20)
    try:
        return gates.earn(function, standing, found, gates.assertions([existing]), box)
    except sandbox.Unusable as error:
        return gates.unearned(standing, str(error))


def kept(gated: Gated) -> list[str]:
    return [one.tried.case.call for one in gated.kept]


def dropped(gated: Gated) -> list[tuple[str, str]]:
    return [(one.call, one.gate) for one in gated.dropped]


EXAMPLE = case("grade(95)", "'A'", Origin.EXAMPLE)
SAME = case("grade(96)", "'A'", Origin.EXAMPLE)
MIDDLE = case("grade(50)", "'B'")
LOW = case("grade(-1)", None, Origin.RAISES, error="ValueError")
WRONG = case("grade(95)", "'B'")
POOL = (
    EXAMPLE,
    SAME,
    MIDDLE,
    LOW,
    WRONG,
    case("grade(97)", "'A'"),
    case("grade(89)", "'B'", Origin.CHARACTERISATION),
    case("grade(0)", "'C'"),
    case("grade(9, 10)", "'A'", Origin.EXAMPLE, through="m.py::other"),
    case("grade(4, best=10)", "'C'", Origin.CHARACTERISATION),
    case("grade(", "'A'"),
    case("grade(nowhere)", "'A'", Origin.EXAMPLE),
    case("grade(50)", "'C'", Origin.EXAMPLE),
    case("grade(points)", "'B'", setup=("points = 49 + 1",)),
)


def test_each_gate_stops_what_it_must(box):
    existing = "import m\n\ndef test_mine():\n    assert m.grade(96) == 'A'\n"

    gated = through_gates(box, *POOL[:6], case("grade(", "1"), case("grade(nowhere)", "'A'"), existing=existing)

    assert kept(gated) == ["grade(95)", "grade(50)", "grade(-1)"]
    assert dropped(gated) == [
        ("grade(", "parses"),
        ("grade(nowhere)", "runs"),
        ("grade(97)", "kills"),
        ("grade(96)", "new"),
    ]
    assert [one.case for one in gated.failing] == [WRONG]
    assert [gated.counts[gate] for gate in GATES] == [8, 7, 6, 5, 5, 4, 3]


def test_a_case_that_hangs_on_the_hash_seed_is_not_stable(box):
    words = [f"word{number}" for number in range(20)]
    function = changed(None, TEXT, "order", "m.py")
    (seen,) = box.run(Side.NEW, [job(function, case(f"order({words})", "0"), Side.NEW)])
    lucky = case(f"order({words})", seen.outcome.value, Origin.EXAMPLE)

    gated = through_gates(box, lucky, name="order")

    assert dropped(gated) == [(lucky.call, "stable")]


def test_every_run_begins_anew(box):
    assert (
        kept(through_gates(box, *(case("counted()", "1", Origin.EXAMPLE) for _ in range(3)), name="counted"))
        == ["counted()"] * 3
    )


def test_an_example_is_kept_though_no_mutant_dies_and_nothing_else_is(box):
    example, other = case("constant()", "None", Origin.EXAMPLE), case("constant()", "None")

    gated = through_gates(box, example, other, name="constant")

    assert [(one.tried.case.origin, one.killed) for one in gated.kept] == [(Origin.EXAMPLE, ())]
    assert dropped(gated) == [("constant()", "kills")]


def test_the_example_of_a_caller_has_to_kill_something_new(box):
    through = replace(SAME, through="m.py::other")

    assert kept(through_gates(box, through)) == ["grade(96)"]
    assert kept(through_gates(box, EXAMPLE, through)) == ["grade(95)"]


def test_the_example_of_another_function_has_to_come_here(box):
    elsewhere = case("order([])", "[]", Origin.EXAMPLE, through="m.py::order")

    gated = through_gates(box, elsewhere)

    assert dropped(gated) == [("order([])", "kills")]
    assert gated.dropped[0].detail == gates.ELSEWHERE


def test_what_a_docstring_shows_beside_its_function_is_not_worth_a_word(box):
    gated = through_gates(box, case("1 + 1", "2", Origin.EXAMPLE, through="m.py::grade"))
    assert (gated.kept, gated.dropped) == ((), ())


@pytest.mark.parametrize(
    ("one", "kind"),
    [
        (EXAMPLE, "guards"),
        (case("grade(40)", "'C'"), "fixes"),
        (replace(MIDDLE, origin=Origin.CHARACTERISATION), "characterises"),
    ],
)
def test_a_kept_case_says_what_its_test_is_good_for(box, one, kind):
    assert [found.kind for found in through_gates(box, one, old=OLD).kept] == [kind]
    if kind == "guards":
        assert [found.kind for found in through_gates(box, one).kept] == ["documents"]


@pytest.mark.parametrize(
    ("runs", "reason"),
    [
        (case("1 + 1", "2", Origin.EXAMPLE), "a forced failure is not noticed"),
        (case("CALLS[:]", "[]", Origin.EXAMPLE), "a forced failure is not noticed"),
    ],
)
def test_nothing_is_kept_when_a_forced_failure_passes(box, runs, reason):
    gated = through_gates(box, runs, WRONG)

    assert kept(gated) == []
    assert dropped(gated) == [(runs.call, "kills")]
    assert reason in gated.dropped[0].detail
    assert [one.case for one in gated.failing] == [WRONG]


def test_after_the_deadline_nothing_passes_and_nothing_fails(box):
    function = changed(None, TEXT, "grade", "m.py")

    standing = gates.stand(function, [EXAMPLE, WRONG], box, deadline=0.0)

    assert (standing.stable, standing.failing) == ((), ())
    assert [one.gate for one in standing.dropped] == ["runs", "runs"]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(POOL), unique_by=id, max_size=8))
def test_whatever_is_proposed_a_kept_case_kills_a_mutant_of_its_own_or_documents(box, cases):
    gated = through_gates(box, *cases)

    dead: set[str] = set()
    for one in gated.kept:
        assert one.tried.new.passed
        own_example = one.tried.case.origin is Origin.EXAMPLE and one.tried.case.through is None
        assert own_example or set(one.killed) - dead
        dead |= set(one.killed)
    assert gated.killed == len(dead) <= gated.mutants
    counts = [gated.counts[gate] for gate in GATES]
    assert counts == sorted(counts, reverse=True)
    assert (counts[0], counts[-1]) == (len(cases), len(gated.kept))
    silent = [one for one in cases if one.origin is Origin.CHARACTERISATION]  # too many to name
    assert len(cases) - len(silent) <= len(gated.kept) + len(gated.dropped) + len(gated.failing) <= len(cases)


@pytest.mark.parametrize(
    ("source", "call", "known"),
    [
        ("assert f(1) == 2", "f(1)", True),
        ("assert 2 == f(1)", "f(1)", True),
        ("import m\nassert m.f( 1 )==2", "f(1)", True),
        ("assert f(1) == 3", "f(1)", False),
        ("assert f(1) != 2", "f(1)", False),
        ("assert Box(1).f(1) == 2", "f(1)", False),
        ("def broken(:", "f(1)", False),
        ("f(1) == 2", "f(1)", False),
    ],
)
def test_an_assertion_of_the_projects_own_is_found(source: str, call: str, known: bool) -> None:
    assert (gates.assertion(case(call, "2")) in gates.assertions([source])) == known


def gated(*calls: str, through: Callable[[str], str | None] = lambda call: None) -> Gated:
    from reviewer.data import CaseResult, Outcome, OutcomeKind
    from reviewer.evidence.gates import Kept
    from reviewer.evidence.verdicts import Tried

    outcome = Outcome(OutcomeKind.RETURNED, "1")
    found = [
        Kept(Tried(case(call, "1", Origin.EXAMPLE, through=through(call)), CaseResult(outcome, True, outcome)), "", ())
        for call in calls
    ]
    return Gated(tuple(found), counts={"new": len(found)})


def test_a_call_is_kept_once_a_file_where_it_documents():
    constructor, method, helper = gated("a()", "b()"), gated("a()"), gated("b()", "c()", through=lambda call: "m.py::g")

    results = gates.distinct([helper, constructor, method], [False, True, False])

    assert [kept(one) for one in results] == [["c()"], ["b()"], ["a()"]]
    assert [one.counts["new"] for one in results] == [1, 1, 1]
    assert [dropped(one) for one in results] == [[("b()", "new")], [("a()", "new")], []]
