from dataclasses import replace

import pytest

from reviewer.risk import has_example, order
from tests.changed import changed

PLAIN = "def f(a):\n    return a\n"


def function(text=PLAIN, name="f", path="a.py", lines=(2,)):
    return replace(changed(None, text, name, path), changed_lines=tuple(lines))


MORE_LINES = function("def g(a):\n    a = a + 1\n    a = a + 1\n    return a\n", "g", lines=(2, 3, 4))
BRANCHES = function("def h(a):\n    if a and a > 2:\n        return 1\n    return a\n", "h")
EXAMPLE = function('def i(a):\n    """Same.\n\n    >>> i(1)\n    1\n    """\n    return a\n', "i")
TESTED = function("def tested(a):\n    return a\n", "tested")


@pytest.mark.parametrize(
    ("risky", "safe"),
    [
        pytest.param(MORE_LINES, function(), id="more changed lines"),
        pytest.param(BRANCHES, function(), id="more branches"),
        pytest.param(function(), EXAMPLE, id="no documented example"),
        pytest.param(function(), TESTED, id="no test names it"),
    ],
)
def test_most_at_risk_comes_first(risky, safe):
    assert order([safe, risky], {"tested"}) == order([risky, safe], {"tested"}) == (risky, safe)


def test_equal_risks_keep_the_order_of_path_and_line():
    text = "def f(a):\n    return a\n\n\ndef g(a):\n    return a\n"
    first, second = (function(text, name, "a.py", [line]) for name, line in (("f", 2), ("g", 6)))
    other = function(text, "f", "b.py")
    assert order([other, second, first], set()) == (first, second, other)


def test_a_test_of_the_class_names_its_constructor():
    text = "class Box:\n    def __init__(self):\n        self.a = 1\n\n    def open(self):\n        self.a = 2\n"
    init, method = function(text, "Box.__init__", lines=(3,)), function(text, "Box.open", lines=(6,))
    assert order([init, method], {"Box"}) == (method, init)


def test_nothing_gives_nothing():
    assert order([], set()) == ()


@pytest.mark.parametrize(
    ("docstring", "expected"),
    [
        (">>> f(1)\n2", True),
        ("Doubles.\n\nExamples:\n    f(1)", True),
        ("Doubles: f(1) == 2.", True),
        ("Doubles: f(1) -> 2", True),
        ("For example, f(1) returns 2.", True),
        ("Doubles. See g(1) == 2.", False),
        ("An example of bad style.", False),
        ("", False),
    ],
)
def test_notations_of_examples(docstring, expected):
    assert has_example(docstring, "C.f") is expected
