"""What git and pre-commit tell a pre-push hook, and what the hook can decide from it at once."""

import os
import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer import pushing, quick
from tests.repos import Repo

A, B, NONE = "a" * 40, "b" * 40, "0" * 40


@pytest.mark.parametrize(
    ("lines", "pushes"),
    [
        ("", []),
        (f"refs/heads/main {A} refs/heads/main {B}\n", [(A, B)]),
        (f"refs/heads/new {A} refs/heads/new {NONE}\n", [(A, None)]),
        (f"(delete) {NONE} refs/heads/old {B}\n", []),
        (f"HEAD~1 {A} refs/heads/main {B}\n", [(A, B)]),
        (f"refs/heads/x {A} refs/heads/x {B}\nrefs/tags/y {A} refs/tags/y {B}\n", [(A, B)]),
        (f"refs/heads/x {A} refs/heads/x {NONE}\nrefs/heads/y {B} refs/heads/y {A}\n", [(A, None), (B, A)]),
        (f"refs/heads/m {'c' * 64} refs/heads/m {'0' * 64}\n", [("c" * 64, None)]),
        ("refs/heads/main --output=x refs/heads/main HEAD\n", []),
        (f"{A}\n\n{A} {B}\n", []),
    ],
    ids=["nothing", "update", "new", "deletion", "expression", "twice", "two", "SHA-256", "hostile", "cut short"],
)
def test_the_lines_of_git(lines, pushes):
    assert pushing.by_git(lines.encode()) == pushes


HASHES = st.text("0123456789abcdef", min_size=40, max_size=40)
NAMES = st.text(string.printable.replace("\n", ""), min_size=1).map(lambda name: "refs/heads/" + name)


@given(st.lists(st.tuples(NAMES, HASHES, HASHES)))
def test_whatever_the_names_are_the_hashes_are_read(refs):
    lines = "".join(f"{name} {new} refs/heads/x {old}\n" for name, new, old in refs)
    expected = [(new, old if old.strip("0") else None) for _, new, old in refs if new.strip("0")]

    assert pushing.by_git(lines.encode()) == list(dict.fromkeys(expected))


@given(st.binary())
def test_nothing_but_hashes_comes_out(lines):
    for new, old in pushing.by_git(lines):
        assert pushing.is_hash(new)
        assert old is None or pushing.is_hash(old)


@pytest.mark.parametrize(
    ("environ", "push"),
    [
        ({"FROM_REF": B, "TO_REF": A}, (A, B)),
        ({"LOCAL_BRANCH": "refs/heads/main"}, ("refs/heads/main", None)),
        ({}, ("HEAD", None)),
    ],
    ids=["from and to", "a root", "by hand"],
)
def test_the_variables_of_pre_commit(environ, push):
    assert pushing.by_framework({f"PRE_COMMIT_{name}": value for name, value in environ.items()}) == [push]


@pytest.mark.parametrize(
    ("path", "python"),
    [("a.py", True), ("stubs/a.pyi", True), ("notes.txt", False), ("a.pyc", False), ("py", False)],
)
def test_whether_a_push_touches_python(tmp_path, monkeypatch, path, python):
    repo = Repo(tmp_path).isolate(monkeypatch)
    old = repo.write("first.py", "").add().commit()
    new = repo.write(path, "x\n").add().commit()

    assert quick.pushes_python([(new, old)]) is python


def test_commits_that_some_remote_has_are_no_matter(tmp_path, monkeypatch):
    repo = Repo(tmp_path).isolate(monkeypatch)
    old = repo.write("notes.txt", "x\n").add().commit()
    new = repo.write("a.py", "x\n").add().commit()
    repo.git("update-ref", "refs/remotes/origin/main", new)

    assert not quick.pushes_python([(new, old)])


def test_a_remote_that_is_not_known_here_leaves_the_question_to_the_rest(tmp_path, monkeypatch):
    repo = Repo(tmp_path).isolate(monkeypatch)
    new = repo.write("a.py", "x\n").add().commit()

    assert quick.pushes_python([(new, A)])
    assert quick.pushes_python([("HEAD", None)])


@pytest.mark.parametrize("variable", ["GIT_LITERAL_PATHSPECS", "GIT_GLOB_PATHSPECS", "GIT_NOGLOB_PATHSPECS"])
def test_pathspecs_mean_what_they_always_do(tmp_path, monkeypatch, variable):
    repo = Repo(tmp_path).isolate(monkeypatch)
    new = repo.write("pkg/a.py", "x\n").add().commit()
    monkeypatch.setenv(variable, "1")

    assert quick.pushes_python([(new, None)])


def test_outside_of_a_repository_the_rest_says_why(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))

    assert quick.stages_python()
    assert quick.pushes_python([(A, None)])
    monkeypatch.setenv("PATH", os.devnull)
    assert quick.stages_python()


@pytest.mark.parametrize(
    ("flags", "environ", "there", "expected"),
    [
        (("0", "0"), {}, None, True),
        ((), {}, None, True),
        (("1", "0"), {}, None, False),
        (("0", "1"), {}, None, True),
        (("0", "0"), {"GIT_INDEX_FILE": ".git/next-index-1.lock"}, None, False),
        (("0", "0"), {}, "index.lock", False),
        (("0", "0"), {}, "MERGE_HEAD", False),
        (("0", "0"), {}, "CHERRY_PICK_HEAD", False),
        (("0", "0"), {}, "REVERT_HEAD", False),
        (("0", "0"), {}, "rebase-merge/done", False),
        (("0", "0"), {}, "rebase-apply/next", False),
    ],
)
def test_what_counts_as_staged_by_hand(tmp_path, monkeypatch, flags, environ, there, expected):
    repo = Repo(tmp_path).isolate(monkeypatch)
    if there:
        repo.write(f".git/{there}", "")

    assert quick.staged_by_hand(flags, environ) is expected


def test_the_folder_of_git_in_a_linked_worktree(tmp_path, monkeypatch):
    repo = Repo(tmp_path)
    repo.commit()
    repo.git("worktree", "add", "--quiet", "../linked")
    monkeypatch.chdir(tmp_path / "linked")

    assert Path(quick.git_folder({})).samefile(repo.root / ".git/worktrees/linked")
