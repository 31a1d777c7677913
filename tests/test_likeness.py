import pytest

from reviewer.data import CaseResult, Outcome, OutcomeKind
from reviewer.evidence import likeness


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("shop.Cart(items=[])", "shop.carts.Cart(items=[])"),
        ("[shop.Cart(), {'a': shop.Cart(size=1)}]", "[shop.parts.Cart(), {'a': shop.parts.Cart(size=1)}]"),
        ("<type shop.Cart>", "<type shop.parts.Cart>"),
        ("shop.Cart(size=1)", "shop.Cart(_seen={}, size=1)"),
        ("shop.Cart()", "shop.Cart(_seen=[1, (2,)])"),
        ("shop.Cart(_held=[1], _old=2, size=1)", "shop.Cart(_held=[1], _new=3, size=1)"),
        ("(shop.Cart(_a=1), 'x, (')", "(shop.Cart(_b=1), 'x, (')"),
        ("[<function shop.made.<locals>.<lambda>>]", "[<function shop.made.<locals>.one>]"),
    ],
    ids=[
        "moved",
        "moved inside",
        "a class moved",
        "private more",
        "nothing else",
        "private renamed",
        "beside a text",
        "inside",
    ],
)
def test_the_same_value_of_two_versions(one, other):
    assert likeness.values(one, other)
    assert likeness.values(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("shop.Cart(size=1)", "shop.Cart(size=2)"),
        ("shop.Cart(size=1)", "shop.Cart()"),
        ("shop.Cart(_held=1)", "shop.Cart(_held=2)"),
        ("shop.Cart(_held=1)", "shop.Cart(_held=2, _seen=0)"),
        ("shop.Cart()", "shop.Basket()"),
        ("shop.Cart()", "store.Cart()"),
        ("<function shop.made.<locals>.<lambda>>", "<function shop.one>"),
        ("'shop.Cart'", "'shop.parts.Cart'"),
        ("{'_a': 1}", "{'_b': 1}"),
        ("[1, 2]", "[1]"),
        ("[1, 2]", "(1, 2)"),
        ("1.25", "1.35"),
        ("[]", "[[]]"),
        ("'a... <5000 characters, 012345678901>", "'a... <5000 characters, 112345678901>"),
    ],
)
def test_another_value(one, other):
    assert not likeness.values(one, other)
    assert not likeness.values(other, one)


def run(kind: OutcomeKind, value: str | None, type_: str, effects: str = "", message: str | None = None) -> CaseResult:
    outcome = Outcome(kind, value, type_, message)
    return CaseResult(outcome, True, outcome, effects=effects)


RETURNED, RAISED, PRINTED = OutcomeKind.RETURNED, OutcomeKind.RAISED, OutcomeKind.PRINTED


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        (run(RETURNED, "p.C()", "p.C"), run(RETURNED, "p.m.C()", "p.m.C"), True),
        (run(RAISED, None, "p.Late", message="late"), run(RAISED, None, "p.errors.Late", message="too late"), True),
        (run(RAISED, None, "p.Late"), run(RAISED, None, "p.Lost"), False),
        (run(RETURNED, "1", "int", "a = p.C(_x=1)\n"), run(RETURNED, "1", "int", "a = p.C(_y=1)\n"), True),
        (run(RETURNED, "1", "int", "a = p.C(x=1)\n"), run(RETURNED, "1", "int", "a = p.C(x=2)\n"), False),
        (run(RETURNED, "1", "int", "p.C(_x=1)"), run(RETURNED, "1", "int", "p.C(_y=1)"), False),
        (run(PRINTED, "p.C(_x=1)", "p.C"), run(PRINTED, "p.C(_y=1)", "p.C"), False),
    ],
    ids=["moved", "other words", "another error", "left privately", "left", "printed on the way", "printed"],
)
def test_runs_that_did_the_same(one, other, alike):
    assert likeness.alike(one, other) == alike
