"""The hash of what is staged: the same for the same content, and for nothing else."""

import pytest

from reviewer.errors import GitError
from reviewer.staging import Staging
from tests.repos import Repo


@pytest.fixture
def repo(tmp_path, monkeypatch) -> Repo:
    repo = Repo(tmp_path).isolate(monkeypatch)
    repo.write("a.py", "x = 1\n").write("b.py", "").write("notes.txt", "").add().commit()
    return repo


def content(repo: Repo) -> str:
    return Staging(repo.root).content()


def test_nothing_staged_is_empty(repo):
    repo.write("a.py", "x = 2\n").write("notes.txt", "more\n").add("notes.txt")

    assert content(repo) == ""


def test_it_is_about_what_is_staged_in_python_and_what_that_replaces(repo):
    repo.write("a.py", "x = 2\n").add("a.py")
    one = content(repo)
    repo.write("a.py", "x = 3\n").write("notes.txt", "more\n").add("notes.txt")
    assert content(repo) == one
    repo.add("a.py")
    two = content(repo)
    repo.write("a.py", "x = 2\n").add("a.py")
    assert content(repo) == one != two
    repo.commit()
    repo.write("a.py", "x = 4\n").add("a.py")
    repo.commit()
    repo.write("a.py", "x = 2\n").add("a.py")

    assert content(repo) not in (one, "")


def test_before_the_first_commit(tmp_path, monkeypatch):
    repo = Repo(tmp_path).isolate(monkeypatch).write("a.py", "x = 1\n").add()

    assert content(repo)


def test_another_index_has_another_content(repo, tmp_path, monkeypatch):
    repo.write("a.py", "x = 2\n").add("a.py")
    one = content(repo)
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))
    repo.env["GIT_INDEX_FILE"] = str(tmp_path / "index")
    repo.git("read-tree", "HEAD")

    assert content(repo) == ""
    assert one


def test_worktrees_of_one_repository_have_contents_of_their_own(repo, tmp_path):
    repo.git("worktree", "add", "--quiet", "../linked")
    linked = Repo(tmp_path, "linked")
    for one in (repo, linked):
        one.write("a.py", "x = 2\n").add("a.py")
    here, there = Staging(repo.root), Staging(linked.root)

    assert here.content() != there.content()
    assert here.repository == there.repository
    assert here.worktree != there.worktree


def test_the_stamp_changes_with_the_index_and_with_head(repo):
    staging = Staging(repo.root)
    before = staging.stamp()
    assert staging.content() == ""
    assert staging.stamp() == before
    repo.write("a.py", "x = 2\n").add("a.py")
    staged = staging.stamp()
    repo.commit()
    committed = staging.stamp()
    repo.git("checkout", "--quiet", "-b", "other")

    assert len({before, staged, committed, staging.stamp()}) == 4
    (repo.root / ".git/index").unlink()
    assert staging.stamp()[0] is None


def test_outside_of_a_repository(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    (tmp_path / "nothing").mkdir()
    with pytest.raises(GitError, match="not in a git repository"):
        Staging(tmp_path / "nothing")
