"""A verified suggestion meets what the user has written since."""

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from reviewer import applying, patches
from tests.repos import Repo

LINES = st.lists(st.sampled_from(["a", "b", "", "  c", "-d", "+e", "@@ -1,1 +1,1 @@", "\\ No"]), max_size=12)
ENDS = st.sampled_from(["\n", "\r\n"])


def joined(lines, end, last):
    text = end.join(lines) + (end if last else "")
    return re.findall(r"[^\n]*\n|[^\n]+\Z", text)


def diff(before, after):
    return "".join(patches.unified("m.py", before, after, 0))


@given(LINES, LINES, ENDS, st.booleans(), st.booleans())
def test_a_diff_applied_to_what_it_was_made_of_gives_what_it_was_made_for(old, new, end, last, new_last):
    before, after = joined(old, end, last), joined(new, end, new_last)
    assume(before and after)

    assert patches.applied(diff(before, after), "".join(before).encode()) == "".join(after).encode()


@given(LINES, LINES, st.integers(0, 12), LINES)
def test_an_edit_far_from_the_diff_stays_and_the_diff_is_applied(old, new, where, edit):
    unique = [f"{number} {text}" for number, text in enumerate(old)]
    far = [f"far {number}" for number in range(20)]
    before, after = (joined([*far, *lines, *far[::-1]], "\n", True) for lines in (unique, new))
    assume(before != after)
    where = min(where, 15)
    mine = [f"mine {text}" for text in edit]
    disk = joined([*far[:where], *mine, *far[where:], *unique, *far[::-1]], "\n", True)
    wanted = joined([*far[:where], *mine, *far[where:], *new, *far[::-1]], "\n", True)

    got = applying.merged(diff(before, after), "".join(before).encode(), "".join(disk).encode())

    assert got == "".join(wanted).encode()


@given(LINES, LINES, LINES, ENDS)
def test_no_line_that_is_only_on_the_disk_is_ever_lost(old, new, edited, end):
    before, after, disk = (joined(lines, end, True) for lines in (old, new, edited))
    assume(before and after and before != after)

    got = applying.merged(diff(before, after), "".join(before).encode(), "".join(disk).encode())

    if got is not None:
        kept = got.decode().split("\n")
        mine = [line for line in "".join(disk).split("\n") if line not in "".join(before).split("\n")]
        assert [line for line in kept if line in mine and line not in "".join(after).split("\n")] == [
            line for line in mine if line not in "".join(after).split("\n")
        ]


@pytest.mark.parametrize(
    ("disk", "wanted"),
    [
        ("1\n2\n3\nold\n5\n6\n7\n", "1\n2\n3\nnew\n5\n6\n7\n"),
        ("1\r\n2\r\n3\r\nold\r\n5\r\n6\r\n7\r\n", "1\r\n2\r\n3\r\nnew\r\n5\r\n6\r\n7\r\n"),
        ("1\n2\n3\nold\n5\n6\n7", "1\n2\n3\nnew\n5\n6\n7"),
        ("0\n1\n2\n3\nold\n5\n6\n7\n8\n", "0\n1\n2\n3\nnew\n5\n6\n7\n8\n"),
        ("1\n2\nthree\nold\n5\n6\n7\n", None),
        ("1\n2\n3\nold \n5\n6\n7\n", None),
        ("1\n2\n3\n5\n6\n7\n", None),
        ("", None),
    ],
    ids=["same", "crlf", "no last newline", "moved", "edited nearby", "edited", "deleted", "empty"],
)
def test_the_lines_around_must_be_those_that_were_reviewed(disk, wanted):
    before = joined(["1", "2", "3", "old", "5", "6", "7"], "\n", True)
    after = joined(["1", "2", "3", "new", "5", "6", "7"], "\n", True)

    got = applying.merged(diff(before, after), "".join(before).encode(), disk.encode())

    assert got == (None if wanted is None else wanted.encode())


def test_git_applies_it_to_the_same(tmp_path):
    before = [f"{number}\n" for number in range(30)]
    after = [*before[:4], "new\n", *before[6:20], "more\n", *before[20:]]
    text = diff(before, after)
    repo = Repo(tmp_path).write("m.py", "".join(before))
    repo.git("apply", "-", data=text.encode())

    assert patches.applied(text, "".join(before).encode()) == (repo.root / "m.py").read_bytes()
