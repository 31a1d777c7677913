import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.linediff import opcodes

FEW = st.lists(st.sampled_from("abc"), max_size=30)
MANY = st.builds(
    lambda lines, times, mark: [f"{mark}{line}" if place % 7 else line for place, line in enumerate(lines * times)],
    st.lists(st.text("abcdefgh", max_size=2), min_size=1, max_size=40),
    st.integers(1, 20),
    st.sampled_from(["", "x"]),
)


def kinds(old, new):
    return [kind for kind, *_ in opcodes(old, new)]


@given(FEW | MANY, FEW | MANY)
def test_the_steps_lead_from_the_old_lines_to_the_new_ones(old, new):
    place, made = 0, []
    for kind, start, end, start_new, end_new in opcodes(old, new):
        assert (start, start_new) == (place, len(made))
        assert (end > start) == (kind != "insert")
        assert (end_new > start_new) == (kind != "delete")
        assert kind != "equal" or old[start:end] == new[start_new:end_new]
        place = end
        made += new[start_new:end_new]
    assert (place, made) == (len(old), new)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("", "", []),
        ("abc", "abc", ["equal"]),
        ("abc", "", ["delete"]),
        ("", "abc", ["insert"]),
        ("abc", "axc", ["equal", "replace", "equal"]),
        ("aa", "aaa", ["equal", "insert"]),
        ("aaa", "aa", ["equal", "delete"]),
    ],
)
def test_short_ones(old, new, expected):
    assert kinds(old, new) == expected


def test_long_ones_are_divided_at_lines_that_occur_once():
    old = [f"line {number}" for number in range(3000)]
    new = [line + "!" if number % 100 == 50 else line for number, line in enumerate(old)]
    changed = [(start, end) for kind, start, end, _, _ in opcodes(old, new) if kind == "replace"]

    assert changed == [(number, number + 1) for number in range(50, 3000, 100)]


ALIKE = """
from reviewer.linediff import opcodes
for lines in (["same"], [str(number) for number in range(100)]):
    old = lines * (5000 // len(lines))
    new = [part for place, line in enumerate(old) for part in ([line, "more"] if place % 2 else [line])]
    print([kind for kind, *_ in opcodes(old, new)])
"""


def test_thousands_of_lines_that_are_alike_are_replaced_not_compared():
    done = subprocess.run([sys.executable, "-c", ALIKE], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.splitlines() == ["['equal', 'replace']"] * 2
