import difflib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.data import Suggestion
from reviewer.emitters.edits import Edit, edits, unended
from reviewer.patches import applied, unified

LINES = st.lists(st.text(st.sampled_from("ab \t\f+-@\\é🙂\u2028"), max_size=3), min_size=1, max_size=8)


def ended(lines, end, last):
    whole = [line + end for line in lines]
    return whole if last else [*whole[:-1], lines[-1] or "x"]


def replaced(lines, found):
    """The file with the replacements, as an editor makes them: the last line's own end stays."""
    for edit in reversed(found):
        tail = lines[edit.last - 1][len(unended(lines[edit.last - 1])) :]
        lines = [*lines[: edit.line - 1], edit.text + tail, *lines[edit.last :]]
    return "".join(lines)


@given(LINES, LINES, st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_edits_do_what_the_patch_does(before, after, end, last):
    old, new = ended(before, end, last), ended(after, end, last)
    patch = "".join(unified("a.py", old, new, 0))
    found = edits(Suggestion(patch, verified=True))

    if old == new:
        assert found == ()
        return
    done = applied(patch, "".join(old).encode())
    assert done == "".join(new).encode()
    assert replaced(old, found).encode() == done
    assert all(edit.before == tuple(old[edit.line - 1 : edit.last]) for edit in found)
    assert all(edit.width == len(unended(old[edit.last - 1])) for edit in found)


@pytest.mark.parametrize(
    ("before", "after", "wanted"),
    [
        ("a b c", "a x c", [Edit(2, ("b\n",), ("x\n",))]),
        ("a b c", "a x y c", [Edit(2, ("b\n",), ("x\n", "y\n"))]),
        ("a c", "a b c", [Edit(1, ("a\n",), ("a\n", "b\n"))]),
        ("a b c", "a c", [Edit(1, ("a\n", "b\n"), ("a\n",))]),
        ("b c", "a b c", [Edit(1, ("b\n",), ("a\n", "b\n"))]),
        ("a b c", "b c", [Edit(1, ("a\n", "b\n"), ("b\n",))]),
        ("a 1 2 3 4 5 6 7 b", "x 1 2 3 4 5 6 7 y", [Edit(1, ("a\n",), ("x\n",)), Edit(9, ("b\n",), ("y\n",))]),
    ],
    ids=["replace", "grow", "insert", "delete", "insert-first", "delete-first", "two"],
)
def test_what_is_replaced(before, after, wanted):
    old, new = ([f"{word}\n" for word in text.split()] for text in (before, after))
    patch = "".join(difflib.unified_diff(old, new, "a/x", "b/x"))

    assert list(edits(Suggestion(patch, verified=True))) == wanted


@pytest.mark.parametrize(
    "suggestion",
    [
        None,
        Suggestion("@@ -1 +1 @@\n-a\n+b\n", verified=False),
        Suggestion("-a\n+b\n", verified=True),
        Suggestion("@@ -0,0 +1 @@\n+b\n", verified=True),
        Suggestion("@@ -1 +1 @@\n-a\n+\udce9\n", verified=True),
        Suggestion("", verified=True),
    ],
    ids=["none", "unverified", "no-hunk", "nothing-before", "not-text", "empty"],
)
def test_there_is_no_fix(suggestion):
    assert edits(suggestion) == ()
