import pytest

from reviewer.data import Call
from reviewer.evidence.call_sources import CALLS, calls, modest
from reviewer.evidence.cases import documented
from tests.changed import changed, parsed


def made(text: str, source: str = "mutated") -> Call:
    return Call((), text, source, plausible=True)


HUGE = "f(1000000)"


@pytest.mark.parametrize(
    ("given", "loops", "kept"),
    [
        ([made("f(1)"), made("f(2)")], False, ["f(1)", "f(2)"]),
        ([made(HUGE), made("f(2)"), made("f(1000000, 2)")], False, ["f(2)", HUGE]),
        ([made(HUGE), made("f(2)")], True, ["f(2)", "f(1000)"]),
        ([made(HUGE), made("f(1000)")], True, ["f(1000)"]),
        ([made(HUGE, "repository"), made("f(2)")], True, [HUGE, "f(2)"]),
        (
            [made(f"f({number})") for number in range(CALLS)] + [made(HUGE)],
            False,
            [f"f({n})" for n in range(CALLS - 1)] + [HUGE],
        ),
    ],
    ids=["none", "one, last", "counting", "the same", "the repository's own", "within the bound"],
)
def test_one_huge_number_is_tried_at_most_and_last(given, loops, kept):
    assert [call.call for call in modest(given, loops)] == kept


def test_every_source_has_its_share():
    text = '"""Add.\n\n    >>> add([1], 2)\n    [1, 2]\n    """'
    old, new = (
        f"def add(to: list[int], x: int) -> list[int]:\n    {text}\n    return {end}\n"
        for end in ("to + [x]", "[*to, x]")
    )
    function, module = changed(old, new, "add"), parsed(new)
    examples, _ = documented(function.new, module)
    found = calls(function, module, examples, {"tests/t.py": "def test():\n    assert add([7], 8)\n"})
    texts = [(call.setup, call.call) for call in found]
    assert texts[0] == (("add([1], 2)",), "add([1], 2)")
    assert (("given = [1]", "add(given, 2)"), "given") in texts
    assert {((), "add([], 2)"), ((), "add([7], 8)"), ((), "add([3, 0], 3)")} <= set(texts)
    assert len(found) <= CALLS
    assert len(set(texts)) == len(texts)
