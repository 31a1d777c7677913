import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.data import Hunk
from reviewer.diff import DiffError, Entry, Record, Side, count_lines, fits, parse, parse_blobs, parse_listing, quoted

A, B, ZERO = "a" * 40, "b" * 40, "0" * 40
LONG_A, LONG_B = "a" * 64, "b" * 64


def raw(status, *paths, modes="100644 100644", shas=f"{A} {B}"):
    return f":{modes} {shas} {status}".encode() + b"\0" + b"".join(path + b"\0" for path in paths)


def output(raws, *sections):
    return b"".join(raws) + b"\0" + b"".join(sections)


def section(path, old_path=None):
    old, new = quoted(b"a/", old_path or path), quoted(b"b/", path)
    return b"diff --git %s %s\nindex aaaaaaa..bbbbbbb 100644\n--- %s\n+++ %s\n" % (old, new, old, new)


HEADER = section("x.py")


def test_no_difference():
    assert parse(b"") == ()


@pytest.mark.parametrize(
    ("header", "hunk"),
    [
        (b"@@ -3 +4 @@", Hunk(3, 1, 4, 1)),
        (b"@@ -3,2 +4,0 @@ def f():", Hunk(3, 2, 4, 0)),
        (b"@@ -0,0 +1,12 @@", Hunk(0, 0, 1, 12)),
        (b"@@ -1 +0,0 @@ @@ -9 +9 @@", Hunk(1, 1, 0, 0)),
    ],
    ids=["one line each", "deletion", "whole new file", "a header in git's excerpt of the function"],
)
def test_hunk_headers(header, hunk):
    [record] = parse(output([raw("M", b"x.py")], HEADER, header + b"\n-old\n+new\n"))
    assert record == Record("M", Side("x.py", "100644", A), Side("x.py", "100644", B), (hunk,))


@pytest.mark.parametrize(
    ("line", "modes", "shas", "old", "new"),
    [
        ("A", "000000 100755", f"{ZERO} {B}", Side("x.py", "000000", None), Side("x.py", "100755", B)),
        ("D", "100644 000000", f"{A} {ZERO}", Side("x.py", "100644", A), Side("x.py", "000000", None)),
        ("M", "100644 100644", f"{A} {ZERO}", Side("x.py", "100644", A), Side("x.py", "100644", None)),
        ("M", "100644 100644", f"{LONG_A} {LONG_B}", Side("x.py", "100644", LONG_A), Side("x.py", "100644", LONG_B)),
    ],
    ids=["added", "deleted", "only on disk", "SHA-256"],
)  # fmt: skip
def test_sides(line, modes, shas, old, new):
    [record] = parse(output([raw(line, b"x.py", modes=modes, shas=shas)], HEADER))
    assert (record.old, record.new, record.hunks) == (old, new, ())


def test_a_rename_has_two_paths():
    [record] = parse(output([raw("R097", b"old name.py", b"new\nname.py")], section("new\nname.py", "old name.py")))
    assert (record.status, record.old.path, record.new.path) == ("R", "old name.py", "new\nname.py")


def test_a_file_of_the_disk_without_a_section_only_looks_changed():
    touched = raw("M", b"a.py", shas=f"{A} {ZERO}")
    [record] = parse(
        output([touched, raw("M", b"x.py", shas=f"{A} {ZERO}"), touched], HEADER, b"@@ -1 +1 @@\n-a\n+b\n")
    )
    assert (record.new.path, record.hunks) == ("x.py", (Hunk(1, 1, 1, 1),))
    assert parse(output([touched])) == ()


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("a b.py", b"a/a b.py"),
        ("new\nline.py", rb'"a/new\nline.py"'),
        ('q"\\.py', rb'"a/q\"\\.py"'),
        ("\x01\x7f.py", rb'"a/\001\177.py"'),
        ("ü\udcff.py", b"a/\xc3\xbc\xff.py"),
    ],
)
def test_names_as_a_patch_shows_them(path, shown):
    assert quoted(b"a/", path) == shown


def test_a_changed_type_is_a_deletion_and_a_creation():
    sections = HEADER + b"@@ -1 +0,0 @@\n-x\n", HEADER + b"@@ -0,0 +1 @@\n+target\n"
    gone, come = parse(output([raw("T", b"x.py", modes="100644 120000")], *sections))
    assert (gone.old.is_regular, gone.new.is_regular, gone.hunks) == (True, False, (Hunk(1, 1, 0, 0),))
    assert (come.old.is_regular, come.new.is_regular, come.hunks) == (False, False, (Hunk(0, 0, 1, 1),))


def test_a_conflict_has_its_own_kind_of_section():
    raws = [raw("U", b"x.py", modes="100644 000000", shas=f"{A} {ZERO}"), raw("M", b"y.py")]
    conflict, other = parse(output(raws, b"* Unmerged path x.py\n", section("y.py"), b"@@ -1 +1 @@\n-a\n+b\n"))
    assert (conflict.status, conflict.hunks) == ("U", ())
    assert other.hunks == (Hunk(1, 1, 1, 1),)


@pytest.mark.parametrize(
    "damaged",
    [
        output([raw("M", b"x.py")]),
        output([raw("M", b"x.py"), raw("M", b"y.py")], section("y.py"), HEADER),
        output([raw("M", b"x.py")], HEADER, HEADER),
        output([raw("M", b"x.py")], b"* Unmerged path x.py\n"),
        output([], HEADER),
        b":100644 100644 " + b"nonsense",
        raw("R100", b"x.py"),
        b"fatal: something",
    ],
    ids=[
        "no section",
        "another order",
        "a section too many",
        "another's section",
        "no record",
        "no sha",
        "half a rename",
        "a message",
    ],
)
def test_what_does_not_fit_together_is_an_error(damaged):
    with pytest.raises(DiffError):
        parse(damaged)


names = st.binary(min_size=1, max_size=20).filter(lambda name: b"\0" not in name)
looks_like_git = st.sampled_from(
    [b"diff --git a/x b/x", b"@@ -1 +1 @@", b"* Unmerged path x", b"\0", b":100644", b"\\", b"\r"]
)
content = st.one_of(looks_like_git, st.binary(max_size=12).map(lambda line: line.replace(b"\n", b"")))


@st.composite
def sections(draw):
    hunks, text = [], b""
    for _ in range(draw(st.integers(0, 4))):
        old, new = draw(st.lists(content, max_size=3)), draw(st.lists(content, max_size=3))
        hunk = Hunk(draw(st.integers(0, 99)), len(old), draw(st.integers(0, 99)), len(new))
        hunks.append(hunk)
        text += b"@@ -%d,%d +%d,%d @@ %s\n" % (
            hunk.old_start, hunk.old_count, hunk.new_start, hunk.new_count, draw(content)
        )  # fmt: skip
        text += b"".join(b"-" + line + b"\n" for line in old) + b"".join(b"+" + line + b"\n" for line in new)
        text += b"\\ No newline at end of file\n" if draw(st.booleans()) else b""
    return text, tuple(hunks)


@given(st.lists(st.tuples(names, sections()), max_size=5))
def test_whatever_the_names_and_lines_hold_they_come_back(files):
    raws = [raw("M", name) for name, _ in files]
    written = output(raws, *(section(os.fsdecode(name)) + text for name, (text, _) in files)) if files else b""
    assert [(os.fsencode(record.new.path), record.hunks) for record in parse(written)] == [
        (name, hunks) for name, (_, hunks) in files
    ]


@pytest.mark.parametrize(
    ("data", "lines"),
    [(None, 0), (b"", 0), (b"a", 1), (b"a\n", 1), (b"a\nb", 2), (b"\n", 1), (b"a\rb\x0cc\xe2\x80\xa8d\n", 1)],
)
def test_only_a_newline_ends_a_line(data, lines):
    assert count_lines(data) == lines


@pytest.mark.parametrize(
    ("old", "new", "hunks", "fitting"),
    [
        (b"a\n", b"b\n", (Hunk(1, 1, 1, 1),), True),
        (None, b"a\nb\n", (Hunk(0, 0, 1, 2),), True),
        (b"a\nb", None, (Hunk(1, 2, 0, 0),), True),
        (b"a\n", b"a\n", (), True),
        (b"a\n", b"a\nb\n", (), False),
        (b"a\n", b"b\n", (Hunk(1, 1, 2, 1),), False),
    ],
    ids=["changed", "added", "deleted", "only its mode", "grown since", "beyond the end"],
)
def test_hunks_fit_their_contents(old, new, hunks, fitting):
    assert fits(old, new, hunks) is fitting


def test_a_listing():
    listed = b"? new one.py\0H 100644 " + A.encode() + b" 0\ta\nb.py\0M 100644 " + B.encode() + b" 2\t\xff.py\0"
    expected = Entry("new one.py"), Entry("a\nb.py", "100644", 0), Entry("\udcff.py", "100644", 2)
    assert parse_listing(listed) == expected


def test_a_listing_of_another_kind_is_an_error():
    with pytest.raises(DiffError):
        parse_listing(b"a.py\0")


def test_blobs_with_any_content_and_a_missing_one():
    batch = f"{A} blob 4\n\n\0\r\n\n{B} missing\n{ZERO} blob 0\n\n".encode()
    assert parse_blobs(batch) == {A: b"\n\0\r\n", ZERO: b""}


@pytest.mark.parametrize("batch", [f"{A} blob 9\nshort\n", f"{A} blob", "what?\n"])
def test_blobs_cut_short_are_an_error(batch):
    with pytest.raises(DiffError):
        parse_blobs(batch.encode())
