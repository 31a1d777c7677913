import ast
import sys
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewer.data import ExpectedKind
from reviewer.evidence.cases import documented, raises, sessions
from reviewer.evidence.examples_conditions import PATTERNS, condition
from reviewer.evidence.examples_notations import NOTATIONS
from tests.documents import documented_by, named, parsed


def read(docstring: str):
    module = documented_by(docstring)
    return documented(named(module, "f"), module)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        pytest.param(text, wanted, id=f"{notation.name}: {text!r}")
        for notation in NOTATIONS
        for text, wanted in notation.examples.items()
    ],
)
def test_a_notations_examples_hold(text, wanted):
    cases, _ = read(text)
    assert [(case.call, case.expected.text or case.expected.type) for case in cases] == ([wanted] if wanted else [])
    assert all(case.quote in text for case in cases)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [pytest.param(text, wanted, id=text) for found in PATTERNS for text, wanted in found.examples.items()],
)
def test_a_conditions_examples_hold(text, wanted):
    found = condition(f"If {text}.")
    assert (found.name, found.value) == wanted if found else wanted == (None, None)


@pytest.mark.parametrize(
    "text",
    [
        "n is negative and strict is true",
        "n is negative, unless strict is false",
        "n is not valid",
        "n is negative. Only in strict mode",
        "the file is missing",
        "n cannot be zero or so",
        "not n is negative",
        "",
    ],
)
def test_a_condition_that_is_not_wholly_understood_is_none(text):
    assert condition(text) is None


# ---------------------------------------------------------------- properties

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
LITERALS = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.tuples(inner, inner) | st.dictionaries(SCALARS, inner, max_size=3),
    max_leaves=6,
)
# Text that is cut into lines or taken for a mark is no longer what was generated.
READABLE = LITERALS.map(repr).filter(lambda text: "`" not in text and "..." not in text and "…" not in text)
ARGUMENTS = st.lists(READABLE, min_size=1, max_size=3).map(", ".join)


@settings(deadline=None)
@given(
    ARGUMENTS,
    READABLE,
    st.sampled_from(
        [
            *(
                "{} -> {}",
                "{} => {}",
                "{} == {}",
                "{}  # {}",
                "{}  # -> {}",
                "{}  # => {}",
                "{} → {}",
                "assert {} == {}",
            ),
            *("For example, {} returns {}.", "`{}` returns `{}`.", "``{}`` -> ``{}``", "- {}: {}", "{} = {}"),
            *(
                "Text.\n\nExample:\n    {} => {}",
                "Text::\n\n    {}  # {}",
                "```python\n{} == {}\n```",
                "See {} -> {}; or so.",
            ),
            ">>> {} == {}\nTrue",
        ]
    ),
)
def test_a_call_comes_back_as_it_was_written(arguments, value, template):
    cases, broken = read(template.format(f"f({arguments})", value))
    assert not broken
    assert [(ast.literal_eval(case.call[1:].replace("(", "[", 1)[:-1] + "]"), value) for case in cases] == [
        (list(ast.literal_eval(f"({arguments},)")), value)
    ]
    assert repr(ast.literal_eval(cases[0].expected.text)) == repr(ast.literal_eval(value))


@settings(deadline=None)
@given(ARGUMENTS, READABLE)
def test_a_session_comes_back_as_it_was_written(arguments, value):
    cases, broken = read(f">>> f({arguments})\n{value}")
    assert not broken
    assert [(case.call, case.expected.text) for case in cases] == [(f"f({arguments})", f"{value}\n")]


FRAGMENTS = st.sampled_from(
    [
        *(
            "f(",
            ")",
            "f(1)",
            " -> ",
            " == ",
            "# ",
            "'",
            '"',
            "`",
            "``",
            "```",
            "\n",
            "\n\n",
            "    ",
            "1",
            "[",
            "]",
            "{",
            "}",
            ",",
        ),
        *(
            ">>> ",
            "... ",
            "Traceback (most recent call last):",
            "Example:",
            "Examples\n---\n",
            "::",
            "x",
            ".",
            "f.f(",
            "...",
            "\\",
        ),
        *(
            ".. code-block:: python\n",
            "raises ValueError",
            "returns",
            "self.",
            "lambda: ",
            "not ",
            "é",
            "\x00",
            "\ud800",
            "#",
        ),
        *(
            ":param x: ",
            "# doctest: +SKIP",
            "# doctest: +WRONG",
            "assert ",
            "@",
            "=",
            "print(",
            '"""',
            "'''",
            "f'{",
            "-",
            ":",
        ),
    ]
)
HOSTILE = st.one_of(st.text(max_size=200), st.lists(FRAGMENTS | st.text(max_size=5), max_size=40).map("".join))


@settings(deadline=None, max_examples=300)
@given(HOSTILE)
def test_no_text_raises_or_makes_a_call_that_is_not_python(docstring):
    module = replace(documented_by("Text."), docstring=docstring)
    function = replace(named(module, "f"), docstring=docstring)
    cases, broken = documented(function, module)
    for case in (*cases, *raises(function, module, cases)):
        ast.parse("\n".join((*case.setup, case.call)))
        assert case.expected.kind is ExpectedKind.OUTPUT or ast.parse(case.call, mode="eval")
        assert case.expected.kind is not ExpectedKind.VALUE or ast.parse(case.expected.text, mode="eval")
        assert case.quote is None or case.quote in docstring
    assert all(example.text in docstring for example in broken)


def test_examples_are_also_run_after_everything_before_them():
    module = documented_by(
        ">>> f(1)\n1\n>>> x = 2\n>>> f(x)\n2\n>>> f(-1)\nTraceback (most recent call last):\nValueError"
    )
    found = sessions(named(module, "f"), module)
    assert [(case.setup, case.call) for case in found] == [
        (("f(1)", "x = 2"), "f(x)"),
        (("f(1)", "x = 2", "f(x)"), "f(-1)"),
    ]


def test_a_session_that_is_needed_whole_is_not_run_twice():
    module = documented_by(">>> x = 2\n>>> f(x)\n2\n")
    assert sessions(named(module, "f"), module) == ()


def test_five_hundred_lines_of_examples_are_all_read():
    cases, broken = read("\n".join(f"f({n}) -> {n * n}" for n in range(500)))
    assert [case.expected.text for case in cases] == [str(n * n) for n in range(500)]
    assert not broken


def test_a_session_without_end_is_read_up_to_a_bound_and_that_is_said():
    cases, broken = read("\n".join(f">>> f({n})\n{n}" for n in range(2_000)))
    assert len(cases) == 1_000
    assert [example.reason for example in broken] == ["it comes after 1000 others in one docstring"]


@pytest.mark.parametrize("text", ["-" * 900 + "1", "(" * 150 + "1" + ")" * 150, "x" + ".a" * 900, "[" * 900])
def test_deep_nesting_raises_nothing(text):
    read(f">>> x = f({text})\n>>> x\n1\n>>> @f({text})\n... def g(): pass\n>>> g\n1\n\nf({text}) -> {text}")


# The calls of what reads the docstring are counted, not its time: twice the text may not cost more than about twice.
@pytest.mark.parametrize(
    "unit",
    [
        *(
            "f(",
            "f(1) -> ",
            "f(1)\n",
            ">>> f(\n",
            ">>> f(1)\n1\n",
            ">>> x = f(1)\n\n",
            "'",
            '"""',
            "[",
            "f(1) -> [",
            "f(1) -> 1, ",
        ),
        *(
            "Example:\n ",
            "::\n ",
            "```\n",
            "f('''",
            "a.",
            "f(1) == not ",
            "x.f(",
            "(((f(",
            ">>> f(1)\n  1\n",
            ">>>f\n",
            "- - ",
        ),
        *(
            "f(1).f(1)",
            "f(1)[",
            "f(1) -> 1 + ",
            "f(1)`",
            "raises ",
            "f(1) raises ",
            " " * 7,
            "f(1) # ",
            "... \n",
            "#\n",
        ),
    ],
)
def test_hostile_text_costs_in_proportion_to_its_length(unit):
    def steps_for(characters: int) -> int:
        docstring = (unit * characters)[:characters]
        module = replace(documented_by("Text."), docstring=None)
        function = replace(named(module, "f"), docstring=docstring)
        count = 0

        def counted(frame, event, argument):
            nonlocal count
            count += 1

        sys.setprofile(counted)
        try:
            documented(function, module)
        finally:
            sys.setprofile(None)
        return count

    assert steps_for(16_000) <= 3 * steps_for(8_000) + 20_000


ALIASED = '''\
def _spread(values):
    """The distance from the smallest to the largest.

    >>> spread([3, 1, 2])
    2
    >>> unheard_of([3])
    0
    >>> 1 + 1
    2
    """
    return max(values) - min(values)


def _widest(rows):
    return max(_spread(row) for row in rows)


spread = _spread
'''


def test_examples_that_name_the_function_otherwise_are_tried_through_itself():
    module = parsed(ALIASED)
    cases, broken = documented(named(module, "_spread"), module)
    assert [(case.call, case.through) for case in cases] == [
        ("spread([3, 1, 2])", f"{module.path}::_spread"),
        ("1 + 1", f"{module.path}::_spread"),
    ]
    assert not broken
    assert sessions(named(module, "_spread"), module) == ()


def test_a_function_that_shares_a_name_with_the_session_needs_it():
    cases, _ = read(">>> calls = 0\n>>> def count():\n...     global calls\n...     calls += 1\n>>> f(count)\n1")
    assert [text.partition("\n")[0] for text in cases[0].setup] == ["calls = 0", "def count():"]
