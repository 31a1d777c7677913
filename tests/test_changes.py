import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from repos import Repo

from reviewer.changes import names_in_tests, read_change, repository_root
from reviewer.contents import SIZE_LIMIT
from reviewer.data import Hunk, PathFilter, Reason, Selection, SelectionKind
from reviewer.diff import count_lines
from reviewer.errors import GitError, UsageError

ONE, TWO = "def f():\n    return 1\n", "def f():\n    return 2\n"
LONG = "".join(f"line_{number} = {number}\n" for number in range(20))


@pytest.fixture
def repo(tmp_path, monkeypatch):
    return Repo(tmp_path).isolate(monkeypatch)


@pytest.fixture
def committed(repo):
    repo.write("a.py", ONE).write("pkg/b.py", ONE).write("notes.txt", "hello\n").add().commit()
    return repo


def read(kind="default", ref=None, paths=(), cwd=None):
    return read_change(Selection(SelectionKind(kind), ref), paths, cwd or Path.cwd())


def sides(change):
    return {file.path: (file.old_path, file.old, file.new) for file in change.files}


def paths(change):
    return [file.path for file in change.files]


def modified(path, old=ONE, new=TWO):
    return {path: (path, old.encode(), new.encode())}


# ---------------------------------------------------------------- what is compared


def test_staged_is_the_index_not_the_worktree(committed):
    committed.write("a.py", TWO).add().write("a.py", "broken(")
    change = read("staged")
    assert sides(change) == modified("a.py")
    assert change.files[0].hunks == (Hunk(2, 1, 2, 1),)
    assert (change.root, change.kind) == (str(committed.root), SelectionKind.STAGED)
    assert (change.old_commit, change.new_commit) == (committed.head, None)


def test_worktree_is_the_disk_staged_or_not(committed):
    committed.write("a.py", TWO).add().write("pkg/b.py", TWO)
    change = read("worktree")
    assert sides(change) == modified("a.py") | modified("pkg/b.py")
    assert (change.old_commit, change.new_commit) == (committed.head, None)


def test_worktree_names_untracked_python_and_leaves_it_out(committed):
    committed.write("new.py", ONE).write("other/deep.pyi", ONE).write("x.txt", "").write(".gitignore", "build\n")
    committed.write("build/gen.py", ONE)
    (committed.root / "pkg").joinpath("sub").mkdir()
    change = read("worktree", cwd=committed.root / "pkg")
    assert change.files == ()
    [note] = change.notes
    assert note.startswith("2 untracked Python files are not reviewed")
    assert "new.py, other/deep.pyi" in note


def test_a_file_marked_for_adding_is_of_the_worktree_only(committed):
    committed.write("new.py", ONE).git("add", "--intent-to-add", "new.py")
    assert read("staged").files == ()
    assert sides(read("worktree")) == {"new.py": (None, None, ONE.encode())}


def test_default_is_staged_when_anything_is_staged(committed):
    committed.write("a.py", TWO)
    assert read().kind is SelectionKind.WORKTREE
    committed.write("notes.txt", "changed\n").add("notes.txt")
    change = read()
    assert (change.kind, change.files) == (SelectionKind.STAGED, ())


def test_base_starts_at_the_merge_base(committed):
    start = committed.head
    committed.branch("topic").write("a.py", TWO).add().commit()
    committed.git("checkout", "--quiet", "main")
    committed.write("pkg/b.py", TWO).add().commit()
    committed.git("checkout", "--quiet", "topic")
    change = read("base", "main")
    assert sides(change) == modified("a.py")
    assert (change.old_commit, change.new_commit) == (start, committed.head)


def test_two_dots_compare_the_ends_and_three_the_merge_base(committed):
    committed.branch("topic").write("a.py", TWO).add().commit()
    committed.git("checkout", "--quiet", "main")
    committed.write("pkg/b.py", TWO).add().commit()
    assert sides(read("range", "main..topic")) == modified("a.py") | modified("pkg/b.py", TWO, ONE)
    assert sides(read("range", "main...topic")) == modified("a.py")
    assert sides(read("range", "topic..")) == modified("a.py", TWO, ONE) | modified("pkg/b.py")
    assert sides(read("range", "...topic")) == modified("a.py")


def test_all_is_every_tracked_file_as_if_new(committed):
    committed.write("a.py", TWO).write("empty.py", "").add().write("untracked.py", ONE)
    (committed.root / "link.py").symlink_to("a.py")
    committed.add("link.py").remove("pkg/b.py")
    change = read("all")
    assert sides(change) == {"a.py": (None, None, TWO.encode()), "empty.py": (None, None, b"")}
    assert [file.hunks for file in change.files] == [(Hunk(0, 0, 1, 2),), ()]
    assert ["pkg/b.py" in change.notes[0], "untracked.py" in change.notes[1]] == [True, True]


@pytest.mark.parametrize("why", ["deleted", "a folder in its place", "sparse"])
def test_all_names_tracked_files_that_are_not_on_disk(committed, why):
    if why == "sparse":
        committed.git("sparse-checkout", "set", "--no-cone", "a.py")
    else:
        committed.remove("pkg/b.py")
    if why == "a folder in its place":
        (committed.root / "pkg" / "b.py").mkdir(parents=True)
    change = read("all")
    assert (paths(change), change.unreviewed) == (["a.py"], ())
    assert change.notes == ("1 tracked Python file is not on the disk and not reviewed: pkg/b.py",)
    assert read("all", paths=["a.py"]).notes == ()


def test_a_root_commit_adds_everything(committed):
    empty = committed.git("hash-object", "-t", "tree", "/dev/null")
    with pytest.raises(UsageError, match="names no commit"):
        read("range", f"{empty}..HEAD")
    committed.git("checkout", "--quiet", "--orphan", "fresh")
    assert paths(read("staged")) == ["a.py", "pkg/b.py"]


@pytest.mark.parametrize("kind", ["default", "staged", "worktree", "unpushed"])
def test_before_the_first_commit_everything_is_new(repo, kind):
    repo.write("a.py", ONE).add()
    change = read(kind)
    assert sides(change) == {"a.py": (None, None, ONE.encode())}
    assert (change.old_commit, change.files[0].hunks) == (None, (Hunk(0, 0, 1, 2),))


@pytest.mark.parametrize(("kind", "ref"), [("base", "main"), ("range", "main..")])
def test_before_the_first_commit_there_is_nothing_to_name(repo, kind, ref):
    with pytest.raises((GitError, UsageError), match="no commit"):
        read(kind, ref)


# ---------------------------------------------------------------- git review


def test_unpushed_is_what_the_upstream_lacks(committed, monkeypatch):
    clone = committed.clone().isolate(monkeypatch)
    clone.write("a.py", TWO).add().commit()
    clone.write("pkg/b.py", TWO).add()
    change = read("unpushed")
    assert (change.kind, sides(change)) == (SelectionKind.BASE, modified("a.py"))
    assert "origin/main" in change.description


def test_unpushed_falls_back_to_staged_and_then_the_worktree(committed, monkeypatch):
    clone = committed.clone().isolate(monkeypatch)
    clone.write("a.py", TWO)
    assert read("unpushed").kind is SelectionKind.WORKTREE
    clone.write("pkg/b.py", TWO).add("pkg/b.py")
    assert (read("unpushed").kind, paths(read("unpushed"))) == (SelectionKind.STAGED, ["pkg/b.py"])


@pytest.mark.parametrize("remote", [True, False], ids=["the remote's default branch", "the local main"])
def test_a_branch_without_upstream_is_measured_against_the_default_branch(committed, monkeypatch, remote):
    repo = committed.clone().isolate(monkeypatch) if remote else committed
    repo.branch("topic").write("a.py", TWO).add().commit()
    change = read("unpushed")
    assert (change.kind, sides(change)) == (SelectionKind.BASE, modified("a.py"))


def test_an_upstream_that_is_gone_is_passed_over(committed, monkeypatch):
    clone = committed.clone().isolate(monkeypatch).branch("topic")
    clone.config("branch.topic.remote", "origin").config("branch.topic.merge", "refs/heads/gone")
    clone.write("a.py", TWO).add().commit()
    assert sides(read("unpushed")) == modified("a.py")


def test_without_any_other_branch_unpushed_is_what_is_staged(committed):
    committed.write("a.py", TWO).add()
    assert read("unpushed").kind is SelectionKind.STAGED


# ---------------------------------------------------------------- files that are not simply modified


def test_renamed_deleted_and_added(committed):
    committed.write("old.py", LONG).add().commit()
    committed.git("mv", "old.py", "new.py")
    committed.edit("new.py", lambda text: text.replace("= 7", "= 70")).remove("a.py").write("c.pyi", "x: int\n").add()
    new = LONG.replace("= 7", "= 70").encode()
    expected = {
        "a.py": ("a.py", ONE.encode(), None),
        "c.pyi": (None, None, b"x: int\n"),
        "new.py": ("old.py", LONG.encode(), new),
    }
    assert sides(read("staged")) == sides(read("worktree")) == expected
    assert [file.hunks for file in read("staged").files] == [
        (Hunk(1, 2, 0, 0),),
        (Hunk(0, 0, 1, 1),),
        (Hunk(8, 1, 8, 1),),
    ]


@pytest.mark.parametrize("tell", [("mv", "old.py", "new.py"), ("add", "-N", ".")], ids=["git mv", "git add -N"])
@pytest.mark.parametrize("crlf", [False, True], ids=["as it is", "autocrlf"])
def test_a_renamed_file_that_is_edited_on_disk_only(committed, tell, crlf):
    committed.write("old.py", LONG).add().commit()
    if tell[0] == "add":
        (committed.root / "old.py").rename(committed.root / "new.py")
    committed.git(*tell)
    new = LONG.replace("= 7", "= 70").encode()
    if crlf:
        committed.config("core.autocrlf", "true")
        new = new.replace(b"\n", b"\r\n")
    committed.write("new.py", new)
    change = read("worktree")
    assert sides(change) == {"new.py": ("old.py", LONG.encode(), new)}
    assert (change.files[0].hunks, change.unreviewed) == ((Hunk(8, 1, 8, 1),), ())


def test_a_change_of_mode_alone_has_no_hunks(committed):
    committed.git("update-index", "--chmod=+x", "a.py")
    assert [(file.path, file.hunks) for file in read("staged").files] == [("a.py", ())]


def test_only_python_files(committed):
    committed.write("b.txt", ONE).write("c.PY", ONE).write("py", ONE).write("d.pyc", ONE).write("e.pyi", ONE).add()
    assert paths(read("staged")) == ["e.pyi"]


def test_a_symbolic_link_is_never_followed(committed, tmp_path):
    (tmp_path / "secret.py").write_text("SECRET = 1\n")
    (committed.root / "link.py").symlink_to(tmp_path / "secret.py")
    committed.remove("a.py")
    (committed.root / "a.py").symlink_to(tmp_path / "secret.py")
    committed.remove("pkg")
    (committed.root / "pkg").symlink_to(tmp_path)
    (tmp_path / "b.py").write_text("SECRET = 2\n")
    gone = {"a.py": ("a.py", ONE.encode(), None), "pkg/b.py": ("pkg/b.py", ONE.encode(), None)}
    assert sides(read("worktree")) == gone
    everything = read("all")
    assert everything.files == ()
    assert [(item.path, item.reason) for item in everything.unreviewed] == [("a.py", Reason.UNREADABLE)]
    committed.add()
    assert sides(read("staged")) == gone
    committed.commit()
    committed.remove("a.py").write("a.py", TWO).add()
    assert sides(read("staged")) == {"a.py": (None, None, TWO.encode())}


def test_submodules_are_not_looked_into(committed, tmp_path):
    inner = Repo(tmp_path, "inner").write("x.py", ONE).add()
    inner.commit()
    committed.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner.root), "sub.py")
    (committed.root / "sub.py" / "x.py").write_text(TWO)
    committed.write("a.py", TWO)
    for kind in ("staged", "worktree", "all"):
        assert not any(path.startswith("sub.py") for path in paths(read(kind)))
    committed.add("a.py")
    assert sides(read("staged")) == modified("a.py")


@pytest.mark.parametrize("kind", ["default", "staged", "worktree", "all"])
def test_a_conflict_is_named_as_unreadable(committed, kind):
    committed.branch("other").write("a.py", TWO).add().commit()
    committed.git("checkout", "--quiet", "main")
    committed.write("a.py", "def f():\n    return 3\n").write("pkg/b.py", TWO).add().commit()
    assert committed.run("merge", "other").returncode == 1
    change = read(kind)
    assert [(item.path, item.reason) for item in change.unreviewed] == [("a.py", Reason.UNREADABLE)]
    assert "a.py" not in paths(change)


@pytest.mark.parametrize("kind", ["staged", "worktree", "all"])
def test_a_huge_file_is_named_with_its_size(committed, kind):
    committed.write("big.py", "#" * (SIZE_LIMIT + 100_000)).write("a.py", TWO).add()
    change = read(kind)
    assert "a.py" in paths(change)
    [item] = change.unreviewed
    assert (item.path, item.reason) == ("big.py", Reason.UNREADABLE)
    assert "5.1 MB" in item.detail


ODD = [
    "with space.py",
    'quo"te.py',
    "new\nline.py",
    "tab\t.py",
    "ünï.py",
    "\udcff\udcfe.py",
    "-p.py",
    ":(top)x.py",
    "*.py",
    "a::b.py",
]


@pytest.mark.parametrize("kind", ["staged", "worktree", "all", "range"])
def test_odd_names(repo, kind):
    repo.commit()
    for name in ODD:
        (repo.root / name).write_text(ONE)
    repo.add()
    if kind == "range":
        repo.commit()
    change = read(kind, "HEAD~1..HEAD")
    assert paths(change) == sorted(ODD)
    assert {file.new for file in change.files} == {ONE.encode()}


@pytest.mark.parametrize("name", ODD)
def test_odd_names_as_arguments_name_one_file(repo, name):
    for each in [*ODD, "plain.py"]:
        (repo.root / each).write_text(ONE)
    repo.add()
    change = read("staged", paths=[name])
    assert paths(change) == [name]
    assert change.filters == (PathFilter(name),)


# ---------------------------------------------------------------- paths


@pytest.mark.parametrize(
    ("folder", "arguments", "found", "filters"),
    [
        (".", ["a.py"], ["a.py"], [PathFilter("a.py")]),
        (".", ["pkg"], ["pkg/b.py", "pkg/deep/c.py"], [PathFilter("pkg")]),
        (".", ["pkg/", "./a.py"], ["a.py", "pkg/b.py", "pkg/deep/c.py"], [PathFilter("pkg"), PathFilter("a.py")]),
        (".", ["."], ["a.py", "pkg/b.py", "pkg/deep/c.py", "pkgs.py"], [PathFilter("")]),
        ("pkg", [".."], ["a.py", "pkg/b.py", "pkg/deep/c.py", "pkgs.py"], [PathFilter("")]),
        ("pkg", ["b.py"], ["pkg/b.py"], [PathFilter("pkg/b.py")]),
        ("pkg/deep", ["../b.py"], ["pkg/b.py"], [PathFilter("pkg/b.py")]),
        ("pkg/deep", ["c.py"], ["pkg/deep/c.py"], [PathFilter("pkg/deep/c.py")]),
        (".", ["pkg/b.py::C.f"], ["pkg/b.py"], [PathFilter("pkg/b.py", "C.f")]),
        (".", ["notes.txt"], [], [PathFilter("notes.txt")]),
    ],
)  # fmt: skip
def test_paths_restrict_the_files(repo, folder, arguments, found, filters):
    repo.write("a.py", ONE).write("pkg/b.py", ONE).write("pkg/deep/c.py", ONE).write("pkgs.py", ONE)
    repo.write("notes.txt", "").add()
    change = read("staged", paths=arguments, cwd=repo.root / folder)
    assert paths(change) == found
    assert list(change.filters) == filters
    assert sorted(paths(change) + [file.path for file in change.others]) == sorted(paths(read("staged")))
    assert paths(read("all", paths=arguments, cwd=repo.root / folder)) == found


def test_an_absolute_path_and_one_through_a_link(committed, tmp_path):
    (tmp_path / "elsewhere").symlink_to(committed.root)
    committed.write("a.py", TWO)
    assert paths(read("worktree", paths=[str(committed.root / "a.py")])) == ["a.py"]
    assert paths(read("worktree", paths=[str(tmp_path / "elsewhere" / "a.py")])) == ["a.py"]
    assert paths(read("worktree", paths=["a.py"], cwd=tmp_path / "elsewhere")) == ["a.py"]


@pytest.mark.parametrize("missing", ["nope.py", "nope.py::f", "*.py", "pk?", "", "a\0b", "../outside.py", "/"])
def test_a_path_that_is_nowhere_is_wrong_use(committed, missing):
    committed.write("a.py", TWO).add()
    with pytest.raises(UsageError):
        read("staged", paths=[missing])


@pytest.mark.parametrize("name", ["a.py", "pkg", "pkg/b.py", "moved.py"])
def test_a_path_of_one_side_only_is_right(committed, name):
    committed.remove("a.py").remove("pkg").add()
    committed.write("moved.py", LONG).add().commit()
    committed.git("mv", "moved.py", "here.py")
    committed.git("commit", "--quiet", "--message", "move")
    assert paths(read("range", "HEAD~2..HEAD~1" if name != "moved.py" else "HEAD~1..HEAD", paths=[name])) != []


def test_a_path_that_the_change_does_not_touch_is_right_even_when_it_is_not_on_disk(committed):
    committed.write("pkg/b.py", TWO).add().remove("a.py")
    assert read("staged", paths=["a.py"]).files == ()


def test_untracked_files_outside_the_paths_are_not_mentioned(committed):
    committed.write("new.py", ONE)
    assert read("worktree", paths=["pkg"]).notes == ()


# ---------------------------------------------------------------- refs


@pytest.mark.parametrize(
    "ref", ["nope", "", "-p", "--output=x", "^HEAD", "HEAD:a.py", "HEAD^{tree}", "HEAD~9", "a b", "x\0y", "HEAD HEAD"]
)
def test_a_ref_that_names_no_commit_is_wrong_use(committed, ref):
    with pytest.raises(UsageError, match="names no commit"):
        read("base", ref)
    assert not (committed.root / "x").exists()


@pytest.mark.parametrize("text", ["main", "", "main.topic", "main....topic"])
def test_a_range_that_is_none_is_wrong_use(committed, text):
    with pytest.raises(UsageError):
        read("range", text)


def test_a_tag_and_a_search_are_commits_too(committed):
    committed.git("tag", "--annotate", "--message=one", "v1")
    committed.write("a.py", TWO).add().commit("second")
    assert sides(read("base", "v1")) == sides(read("range", "v1..HEAD^{/second}")) == modified("a.py")
    assert sides(read("range", "v1..:/second")) == modified("a.py")
    assert sides(read("base", ":/change")) == modified("a.py")
    with pytest.raises(UsageError, match="names no commit"):
        read("base", ":/nowhere")


def test_histories_without_a_common_commit(committed):
    committed.git("checkout", "--quiet", "--orphan", "island")
    committed.write("a.py", TWO).add().commit()
    with pytest.raises(GitError, match="no common commit"):
        read("base", "main")
    assert sides(read("range", "main..island")) == modified("a.py")


# ---------------------------------------------------------------- kinds of repositories


@pytest.mark.parametrize("kind", ["default", "staged", "worktree", "base", "range", "all", "unpushed"])
def test_sha256(tmp_path, monkeypatch, kind):
    repo = Repo(tmp_path, init=("--object-format=sha256",)).isolate(monkeypatch)
    repo.write("a.py", ONE).add().commit()
    repo.branch("topic").write("b.py", ONE).add().commit()
    repo.write("a.py", TWO)
    if kind == "staged":
        repo.add()
    change = read(kind, {"base": "main", "range": "main..topic"}.get(kind))
    assert paths(change) in (["a.py"], ["b.py"], ["a.py", "b.py"])
    assert change.old_commit is None or len(change.old_commit) == 64


def test_sha256_before_the_first_commit(tmp_path, monkeypatch):
    Repo(tmp_path, init=("--object-format=sha256",)).isolate(monkeypatch).write("a.py", ONE).add()
    assert sides(read("worktree")) == {"a.py": (None, None, ONE.encode())}


def test_a_linked_worktree(committed, tmp_path):
    linked = tmp_path / "linked tree"
    committed.git("worktree", "add", "--quiet", "-b", "linked", str(linked))
    (linked / "a.py").write_text(TWO)
    change = read("worktree", cwd=linked / "pkg")
    assert (change.root, sides(change)) == (str(linked), modified("a.py"))


def test_a_newline_in_the_folders_own_name(tmp_path, monkeypatch):
    repo = Repo(tmp_path, "two\nlines").isolate(monkeypatch)
    repo.write("a.py", ONE).add().commit()
    repo.write("a.py", TWO)
    change = read()
    assert (change.root, change.old_commit, sides(change)) == (str(repo.root), repo.head, modified("a.py"))


def test_a_subdirectory_sees_the_whole_repository(committed):
    committed.write("a.py", TWO).write("pkg/b.py", TWO)
    assert paths(read("worktree", cwd=committed.root / "pkg")) == ["a.py", "pkg/b.py"]
    assert repository_root(committed.root / "pkg") == committed.root


def test_a_shallow_clone_says_what_would_help(committed, monkeypatch):
    committed.branch("topic").write("a.py", TWO).add().commit()
    committed.git("checkout", "--quiet", "main")
    committed.write("pkg/b.py", TWO).add().commit()
    clone = committed.clone("shallow", "--depth=1", "--no-single-branch", "--branch=topic").isolate(monkeypatch)
    with pytest.raises(GitError, match="git fetch --unshallow"):
        read("base", "origin/main")
    assert paths(read("range", "origin/main..HEAD")) == ["a.py", "pkg/b.py"]
    clone.write("a.py", ONE)
    assert sides(read("worktree")) == modified("a.py", TWO, ONE)


def test_a_partial_clone_never_fetches_and_says_what_would_help(committed, monkeypatch, tmp_path):
    committed.config("uploadpack.allowFilter", "true").write("a.py", TWO).add().commit()
    committed.write("a.py", LONG).add().commit()
    partial = committed.clone("partial", "--filter=blob:none").isolate(monkeypatch)
    fetched = tmp_path / "fetched"
    partial.config("remote.origin.uploadpack", f"touch {fetched}; git-upload-pack")
    with pytest.raises(GitError, match="partial clone"):
        read("range", "HEAD~1..HEAD")
    assert not fetched.exists()


def test_no_repository(tmp_path, monkeypatch):
    Repo(tmp_path).isolate(monkeypatch)
    (tmp_path / "plain").mkdir()
    with pytest.raises(GitError, match="not in a git repository"):
        read(cwd=tmp_path / "plain")
    with pytest.raises(GitError, match="not a folder"):
        repository_root(tmp_path / "absent")


@pytest.mark.parametrize("bare", [True, False], ids=["bare", "inside .git"])
def test_no_worktree(committed, bare):
    folder = committed.clone("bare", "--bare").root if bare else committed.root / ".git"
    with pytest.raises(GitError, match="without a worktree"):
        read(cwd=folder)


def test_somebody_elses_repository(committed, monkeypatch):
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    with pytest.raises(GitError, match=r"safe\.directory"):
        read("staged")


def test_a_broken_configuration_is_gits_own_sentence(committed):
    (committed.root / ".git" / "config").write_text("[core\n")
    with pytest.raises(GitError, match="bad config"):
        read("staged")


def test_no_git_on_path(committed, tmp_path):
    script = (
        "from pathlib import Path\nfrom reviewer.changes import read_change\nfrom reviewer.data import Selection\n"
        "from reviewer.errors import GitError\n"
        "try: read_change(Selection(), [], Path.cwd())\nexcept GitError as error: print(error)\n"
    )
    env = committed.env | {"PATH": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", script], env=env, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("git was not found: install it, or put it on PATH\n", "")


# ---------------------------------------------------------------- what a hook sees

HOOK = """#!/bin/sh
exec {python} -c '
from pathlib import Path
from reviewer.changes import read_change
from reviewer.data import Selection, SelectionKind
change = read_change(Selection(SelectionKind.STAGED), [], Path.cwd())
Path("{seen}").write_text(repr([(file.path, file.new) for file in change.files]))
'
"""


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("commit", "--message=m"), [("pkg/b.py", TWO.encode())]),
        (("commit", "--all", "--message=m"), [("a.py", TWO.encode()), ("pkg/b.py", TWO.encode())]),
        (("commit", "--message=m", "a.py"), [("a.py", TWO.encode())]),
    ],
    ids=["commit", "commit -a", "commit FILE"],
)
@pytest.mark.parametrize("linked", [False, True], ids=["main worktree", "linked worktree"])
def test_the_index_that_the_commit_will_use(committed, tmp_path, arguments, expected, linked):
    seen, hook = tmp_path / "seen", committed.root / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(HOOK.format(python=sys.executable, seen=seen))
    hook.chmod(0o755)
    repo = committed
    if linked:
        committed.git("worktree", "add", "--quiet", str(tmp_path / "linked"))
        repo = Repo(tmp_path, "linked")
    repo.write("a.py", TWO).write("pkg/b.py", TWO).add("pkg/b.py")
    repo.git(*arguments)
    assert seen.read_text() == repr(expected)


def test_the_users_own_git_directory_variables_count(committed, monkeypatch, tmp_path):
    committed.write("a.py", TWO).add()
    monkeypatch.setenv("GIT_DIR", str(committed.root / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(committed.root))
    monkeypatch.chdir(tmp_path)
    assert sides(read("staged")) == modified("a.py")


@pytest.mark.parametrize("folder", [".", "pkg"])
def test_relative_git_directory_variables_are_meant_from_the_processs_own_folder(committed, monkeypatch, folder):
    committed.write("a.py", TWO).write("tests/test_a.py", "from a import f\n").add()
    monkeypatch.chdir(committed.root / folder)
    monkeypatch.setenv("GIT_DIR", os.path.relpath(committed.root / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", os.path.relpath(committed.root))
    assert "a.py" in sides(read("staged"))
    assert names_in_tests(committed.root, ["f"]) == {"f"}
    assert "a.py" in sides(read("staged", cwd=committed.root))


def test_a_head_whose_commit_is_missing_is_not_taken_for_a_repository_without_commits(committed):
    committed.write(".git/refs/heads/main", "1" * 40 + "\n")
    with pytest.raises(GitError, match="missing or damaged"):
        read("staged")


@pytest.mark.parametrize("kind", ["staged", "range"])
def test_an_object_that_another_stands_in_for_is_itself(committed, kind):
    committed.write("a.py", TWO).add()
    committed.git("replace", committed.git("rev-parse", ":a.py"), committed.git("rev-parse", "HEAD:a.py"))
    if kind == "range":
        committed.commit()
    assert sides(read(kind, "HEAD~1..HEAD")) == modified("a.py")


# ---------------------------------------------------------------- bytes and lines


@pytest.mark.parametrize(
    "old",
    [
        b"def f():\r\n    return 1\r\n",
        b"\xef\xbb\xbfdef f():\n\treturn 1\n",
        b"# coding: latin-1\nx = '\xe9'\n",
        b"x = 1",
        b"a\x0cb\x85c\rd\n\0\n\xff\xfe\n",
        b"",
    ],
    ids=["CRLF", "BOM and tabs", "latin-1", "no last newline", "not text at all", "empty"],
)
@pytest.mark.parametrize("kind", ["staged", "worktree", "range"])
def test_bytes_come_back_as_they_are(repo, kind, old):
    new = old + b"\ny = 1"
    repo.write("a.py", old).add().commit()
    repo.write("a.py", new)
    if kind != "worktree":
        repo.add()
    if kind == "range":
        repo.commit()
    assert sides(read(kind, "HEAD~1..HEAD")) == {"a.py": ("a.py", old, new)}


@pytest.mark.parametrize("setting", ["autocrlf", "attribute"])
def test_newlines_that_git_converts_are_no_change(repo, setting):
    repo.config("core.autocrlf", "true") if setting == "autocrlf" else repo.write(
        ".gitattributes", "*.py text eol=crlf\n"
    )
    crlf = LONG.replace("\n", "\r\n")
    repo.write("a.py", crlf).write("same.py", crlf).add().commit()
    os.utime(repo.root / "same.py", (1, 1))
    repo.write("a.py", crlf.replace("= 7", "= 70"))
    [file] = read("worktree").files
    assert file.old == LONG.encode()
    assert file.new == crlf.replace("= 7", "= 70").encode()
    assert file.hunks == (Hunk(8, 1, 8, 1),)
    repo.add()
    assert read("staged").files[0].new == LONG.replace("= 7", "= 70").encode()


def test_a_file_that_an_attribute_converts_is_named(repo):
    repo.write(".gitattributes", "*.py working-tree-encoding=UTF-16LE\n")
    repo.write("a.py", ONE.encode("utf-16-le")).write("b.txt", "").add().commit()
    repo.write("a.py", TWO.encode("utf-16-le"))
    [item] = read("worktree").unreviewed
    assert (item.path, item.reason) == ("a.py", Reason.UNREADABLE)


def test_reading_leaves_the_index_alone(committed):
    os.utime(committed.root / "a.py", (1, 1))
    before = (committed.root / ".git" / "index").read_bytes()
    for kind in ("staged", "worktree", "all"):
        assert kind == "all" or read(kind).files == ()
    assert (committed.root / ".git" / "index").read_bytes() == before


lines = st.lists(
    st.sampled_from(["a", "b", "c", "\x0c", "  x", "-", "+y", "diff --git", "@@ -1 +1 @@", ""]), max_size=12
)
texts = st.builds(
    lambda items, end: ("\n".join(items) + (end if items else "")).encode(), lines, st.sampled_from(["", "\n", "\r\n"])
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(texts, texts), min_size=1, max_size=30))
def test_outside_the_hunks_nothing_differs(repo, contents):
    for side in (0, 1):
        repo.git("read-tree", "--empty")
        for number, content in enumerate(contents):
            repo.write(f"f{number}.py", content[side])
        repo.add(*(f"f{number}.py" for number in range(len(contents)))).commit()
    change = read("range", "HEAD~1..HEAD")
    numstat = repo.git("diff", "--numstat", "--text", "--diff-algorithm=histogram", "HEAD~1", "HEAD", "--", "*.py")
    counted = {row.split("\t")[2]: row.split("\t")[:2] for row in numstat.splitlines()}
    assert {f"f{number}.py" for number, (old, new) in enumerate(contents) if old != new} <= set(paths(change))
    for file in change.files:
        assert kept(file.old, [(hunk.old_start, hunk.old_count) for hunk in file.hunks]) == kept(
            file.new, [(hunk.new_start, hunk.new_count) for hunk in file.hunks]
        )
        added, deleted = sum(hunk.new_count for hunk in file.hunks), sum(hunk.old_count for hunk in file.hunks)
        if file.old_path == file.path:
            assert [str(added), str(deleted)] == counted[file.path]


def kept(data, ranges):
    """The lines of one side that no hunk covers."""
    covered = {line for start, count in ranges for line in range(start, start + count)}
    assert not covered or max(covered) <= count_lines(data)
    every = data.split(b"\n") if data else []
    return [line for number, line in enumerate(every, 1) if number not in covered and (line or number < len(every))]


# ---------------------------------------------------------------- names in tests


def test_names_in_tests_are_whole_words_of_test_files(committed):
    committed.write("tests/unit/check.py", "assert alpha(1)\n").write("test_b.py", "betas(); gamma.delta()\n")
    committed.write("src/c_test.py", "x.epsilon\n").write("src/d.py", "zeta()\n").write(
        "tests/notes.txt", "eta\n"
    ).add()
    wanted = ["alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "not a name", "-e"]
    assert names_in_tests(committed.root, wanted) == {"alpha", "gamma", "delta", "epsilon"}
    assert names_in_tests(committed.root, []) == frozenset()


def test_names_in_tests_never_fails_the_run(tmp_path, committed):
    assert names_in_tests(tmp_path / "absent", ["f"]) == frozenset()
    assert names_in_tests(tmp_path, ["f"]) == frozenset()
    assert names_in_tests(committed.root, [f"name_{number:0200}" for number in range(20_000)]) == frozenset()
