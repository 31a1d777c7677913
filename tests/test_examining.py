from dataclasses import replace

import pytest

from reviewer.data import CaseResult, Outcome, OutcomeKind, Side
from reviewer.evidence.examining import Examiner, as_case, breaks_again, differs, differs_again, reordered
from reviewer.evidence.verdicts import Tried
from tests.changed import changed
from tests.test_call_sources import made

CASE = as_case(made("f()"))
FUNCTION = changed("def f():\n    return 1\n", "def f():\n    return 2\n", "f")


def result(value: str) -> CaseResult:
    outcome = Outcome(OutcomeKind.RETURNED, value, "list")
    return CaseResult(outcome, True, outcome)


class Recorded:
    """A runner whose old version returns what was recorded for each hash seed."""

    def __init__(self, *values: str, drew: bool = False) -> None:
        self.values = values
        self.drew = drew
        self.seeds: list[int] = []

    def run(self, side: Side, jobs, *, hash_seed=0, deadline=None, fresh=False, together=False) -> list[CaseResult]:
        assert fresh == (hash_seed > 0)
        if side is Side.OLD and jobs:
            self.seeds.append(hash_seed)
        value = "['a', 'b']" if side is Side.NEW else self.values[hash_seed]
        return [replace(result(value), drew=self.drew) for _ in jobs]


SET, LIST, OTHER = "['b', 'a']", "['a', 'b']", "['c']"


@pytest.mark.parametrize(
    ("values", "drew", "stable", "seeds"),
    [
        pytest.param((SET, SET, SET, SET, SET), False, True, [0, 1, 2, 3, 4], id="an order of its own"),
        pytest.param((SET, LIST, SET, SET, SET), False, False, [0, 1], id="of a set"),
        pytest.param((SET, SET, LIST, SET, SET), False, False, [0, 1, 2], id="of a set, later"),
        pytest.param((SET, SET, SET, SET, LIST), False, False, [0, 1, 2, 3, 4], id="of a set, at last"),
        pytest.param((OTHER, OTHER), False, True, [0, 1], id="another value"),
        pytest.param((OTHER,) * 5, True, True, [0, 1, 2, 3, 4], id="not by chance"),
        pytest.param((OTHER, OTHER, OTHER, LIST), True, False, [0, 1, 2, 3], id="by chance"),
        pytest.param((OTHER, LIST, OTHER, OTHER, OTHER), True, False, [0, 1], id="by chance, the second run shows"),
    ],
)
def test_a_difference_of_order_alone_or_between_drawn_numbers_must_hold_under_more_hash_seeds(
    values, drew, stable, seeds
):
    runner = Recorded(*values, drew=drew)
    examiner = Examiner(runner)
    (first,) = examiner.both([(FUNCTION, CASE)])
    (second,) = examiner.repeated([(FUNCTION, first)])
    assert differs_again(first, second) == stable
    assert runner.seeds == seeds


@pytest.mark.parametrize(
    ("old", "new", "same_parts"),
    [
        (SET, LIST, True),
        (LIST, LIST, False),
        ("'b, a'", "'a, b'", True),
        ("12", "21", False),
        ("['a']", "['b']", False),
    ],
)
def test_the_same_parts_in_another_order(old, new, same_parts):
    assert reordered(Tried(CASE, result(new), result(old))) == same_parts


def outcome(kind: OutcomeKind, type_: str, value: str | None = None, reached: tuple[int, ...] = ()) -> CaseResult:
    one = Outcome(kind, value, type_)
    return CaseResult(one, True, one, reached=reached)


ONE = outcome(OutcomeKind.RETURNED, "int", "1", (2,))
TYPE_ERROR = outcome(OutcomeKind.RAISED, "TypeError", reached=(2,))


@pytest.mark.parametrize(
    ("call", "old", "new", "told"),
    [
        ("f(1)", ONE, outcome(OutcomeKind.RETURNED, "int", "2"), True),
        ("f(1)", ONE, ONE, False),
        ("f(1)", ONE, TYPE_ERROR, True),
        ("f(1)", TYPE_ERROR, ONE, True),
        ("f(1, by=2)", outcome(OutcomeKind.RAISED, "TypeError"), ONE, False),
        ("f(iter([1]))", TYPE_ERROR, ONE, False),
        ("f(iter([1]))", ONE, TYPE_ERROR, True),
        ("f(1)", outcome(OutcomeKind.TIMED_OUT, ""), ONE, False),
    ],
)
def test_what_the_old_version_never_took_tells_nothing(call, old, new, told):
    assert differs(Tried(as_case(made(call)), new, old)) == told


def failing(value: str, old: bool | None = None) -> Tried:
    """A case that fails with a value; whether it passed on the old version, if there is one."""
    new = Outcome(OutcomeKind.RETURNED, value, "str")
    before = None if old is None else CaseResult(new, old, new)
    return Tried(CASE, CaseResult(new, False, new), before)


@pytest.mark.parametrize(
    ("first", "second", "counts"),
    [
        (failing("'a'"), failing("'a'"), True),
        (failing("'2'"), failing("'3'"), False),
        (failing("'2'", old=False), failing("'3'", old=False), False),
        (failing("'2'", old=True), failing("'3'", old=True), True),
        (failing("'2'", old=True), failing("'2'", old=False), False),
    ],
    ids=["steady", "a counter", "a counter in both", "a counter now, kept before", "kept now and then"],
)
def test_a_value_that_no_two_runs_agree_on_breaks_a_promise_only_where_it_was_kept(first, second, counts):
    assert breaks_again(first, second) == counts
