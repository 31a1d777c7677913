"""The hook, as git and the real pre-commit call it: what blocks a commit, and what is only said."""

import sys

import pytest

from tests.e2e.helpers import (
    BEFORE,
    NO_SERVER,
    NOTHING,
    SCRIPTS,
    Run,
    finding,
    found,
    one_function,
    program,
    says,
)
from tests.repos import Repo
from tests.servers import MODEL, played

WRONG = found(finding("return sum(prices[1:])", "First price is left out"))
SHOWN = "shop.py:8: error bug [suspected] First price is left out"

LOCAL = """\
repos:
- repo: local
  hooks:
  - id: reviewer
    name: reviewer
    entry: "{entry}"
    language: system
    types_or: [python, pyi]
    stages: [pre-commit]
    pass_filenames: false
    verbose: true
"""


def by_git(repo: Repo) -> Repo:
    """The hook as a line of the repository's own pre-commit file."""
    repo.write(".git/hooks/pre-commit", f'#!/bin/sh\nexec "{SCRIPTS / "reviewer"}" hook pre-commit\n')
    (repo.root / ".git/hooks/pre-commit").chmod(0o755)
    return repo


def by_pre_commit(repo: Repo) -> Repo:
    """The hook under pre-commit, with nothing to install."""
    return managed(repo, LOCAL.format(entry=f"{SCRIPTS / 'reviewer'} hook pre-commit"))


def managed(repo: Repo, configuration: str, *more: str) -> Repo:
    """The repository with pre-commit installed into it."""
    repo.write(".git/pre-commit-config.yaml", configuration)
    options = ("install", "--config", ".git/pre-commit-config.yaml", *more)
    done = program(sys.executable, "-m", "pre_commit", *options, cwd=repo.root, **identity(repo))
    assert done.code == 0, done.stderr
    return repo


def identity(repo: Repo) -> dict[str, str]:
    return {name: value for name, value in repo.env.items() if name.startswith(("GIT_AUTHOR_", "GIT_COMMITTER_"))}


def commit(repo: Repo, *arguments: str, server=None, timeout: float = 110, **env: str) -> Run:
    """`git commit` with the played model."""
    chosen = {"REVIEWER_MODEL": MODEL, "OLLAMA_HOST": server.host if server else NO_SERVER}
    command = ("git", "commit", "--message", "change", *arguments)
    return program(*command, cwd=repo.root, timeout=timeout, **(identity(repo) | chosen | env))


def said(run: Run) -> str:
    return run.stdout + run.stderr


def clean(repo: Repo) -> bool:
    """Everything is committed."""
    return repo.git("status", "--porcelain", "--untracked-files=no") == ""


@pytest.fixture(params=[by_git, by_pre_commit], ids=lambda way: way.__name__)
def installed(request):
    return request.param


def test_a_suspicion_is_shown_and_the_commit_passes(tmp_path, installed):
    repo = installed(one_function(tmp_path)).add()
    with played(says(WRONG)) as server:
        run = commit(repo, server=server)

        assert len(server.prompts()) == 1
    assert run.code == 0
    assert SHOWN in said(run)
    assert clean(repo)


def test_a_server_that_is_down_is_said_loudly_and_the_commit_passes(tmp_path, installed):
    repo = installed(one_function(tmp_path)).add()
    run = commit(repo)

    assert run.code == 0
    assert "reviewer: *** NOTHING WAS REVIEWED: " in said(run)
    assert clean(repo)


def test_a_server_that_is_too_slow_is_said_loudly_and_the_commit_passes(tmp_path, installed):
    def stall(h):
        h.stream()
        h.until_gone()

    repo = installed(one_function(tmp_path)).add()
    with played(stall) as server:
        run = commit(repo, server=server, REVIEWER_DEADLINE="1")

    assert run.code == 0
    assert "reviewer: *** NOT REVIEWED: total; the commit goes on ***" in said(run)
    assert "[deadline]" in said(run)
    assert clean(repo)


@pytest.mark.parametrize(
    ("settings", "reply"),
    [('fail-on = "suspected"', WRONG), ('on-incomplete = "fail"', "no")],
    ids=["suspected", "incomplete"],
)
def test_a_repository_may_be_stricter(tmp_path, installed, settings, reply):
    repo = installed(one_function(tmp_path)).write(".reviewer.toml", settings + "\n").add("shop.py")
    before = repo.head
    with played(says(reply)) as server:
        run = commit(repo, server=server)

    assert run.code == 1
    assert repo.head == before
    assert "*** the commit is stopped; `REVIEWER_SKIP=1 git commit` goes without the review ***" in said(run)


def test_a_stricter_repository_commits_nothing_while_the_server_is_down(tmp_path):
    repo = by_git(one_function(tmp_path)).write(".reviewer.toml", 'on-incomplete = "fail"\n').add("shop.py")

    assert commit(repo).code == 1


def test_skipped_by_the_user(tmp_path, installed):
    repo = installed(one_function(tmp_path)).add()
    with played(says(WRONG)) as server:
        run = commit(repo, server=server, REVIEWER_SKIP="1")

        assert server.seen == []
    assert run.code == 0
    assert "skipped, because REVIEWER_SKIP=1" in said(run)
    assert clean(repo)


@pytest.mark.parametrize("hook", ["pre-commit", "pre-merge-commit"])
def test_a_merge_without_conflict_is_reviewed_by_a_hook_of_its_own_alone(tmp_path, hook):
    repo = by_git(one_function(tmp_path)).add("shop.py")
    repo.commit("theirs", "--no-verify")
    repo.git("branch", "theirs")
    repo.git("reset", "--quiet", "--hard", "HEAD~1")
    repo.write("ours.txt", "ours").add("ours.txt").commit("ours", "--no-verify")
    folder = repo.root / ".git/hooks"
    (folder / "pre-commit").rename(folder / hook)
    with played(says(WRONG)) as server:
        env = {"REVIEWER_MODEL": MODEL, "OLLAMA_HOST": server.host} | identity(repo)
        run = program("git", "merge", "--no-edit", "theirs", cwd=repo.root, **env)

    assert run.code == 0
    assert (SHOWN in said(run)) is (hook == "pre-merge-commit")


def test_nothing_staged_in_python_asks_nobody(tmp_path, installed):
    repo = installed(one_function(tmp_path)).write("notes.txt", "more\n").add("notes.txt")
    with played(says(WRONG)) as server:
        run = commit(repo, server=server)

        assert server.seen == []
    assert run.code == 0
    assert "shop.py" not in said(run)
    assert "NOT REVIEWED" not in said(run)


def test_nothing_staged_in_python_loads_nothing(tmp_path):
    repo = one_function(tmp_path).write("notes.txt", "more\n").add("notes.txt")
    code = (
        "import sys; from reviewer.__main__ import main; code = main(['hook', 'pre-commit']); print(code, *sys.modules)"
    )
    run = program(sys.executable, "-c", code, cwd=repo.root)
    result, *modules = run.stdout.split()

    assert result == "0"
    assert not {"typer", "typing", "git", "tree_sitter", "rich", "ollama", "reviewer.pipeline"} & set(modules)


def asked(server) -> str:
    """What the model was shown of the function."""
    [prompt] = server.prompts()
    return prompt.json["messages"][-1]["content"]


def test_of_a_partially_staged_file_the_index_is_reviewed(tmp_path, installed):
    repo = installed(one_function(tmp_path)).add()
    repo.edit("shop.py", lambda text: text.replace("prices[1:]", "prices[2:]"))
    with played(says(WRONG)) as server:
        run = commit(repo, server=server)

    assert run.code == 0
    assert "prices[1:]" in asked(server)
    assert "prices[2:]" not in asked(server)
    assert SHOWN in said(run)
    assert "prices[2:]" in (repo.root / "shop.py").read_text()


@pytest.mark.parametrize("arguments", [("--all",), ("shop.py",), ("--include", "shop.py")], ids=" ".join)
def test_what_git_commit_stages_itself_is_reviewed(tmp_path, installed, arguments):
    repo = installed(one_function(tmp_path)).write("other.py", BEFORE)
    repo.add("other.py").git("commit", "--quiet", "--no-verify", "--message", "other")
    if arguments != ("--all",):
        repo.edit("other.py", lambda text: text.replace("sum(prices)", "max(prices)")).add("other.py")
    with played(says(WRONG)) as server:
        run = commit(repo, *arguments, server=server)
        prompts = [prompt.json["messages"][-1]["content"] for prompt in server.prompts()]

    assert run.code == 0
    assert SHOWN in said(run)
    assert len([prompt for prompt in prompts if "prices[1:]" in prompt]) == 1
    assert len([prompt for prompt in prompts if "max(prices)" in prompt]) == ("--include" in arguments)


def test_the_first_commit(tmp_path, installed):
    repo = installed(Repo(tmp_path)).write("a.py", "def f(x):\n    return x\n").add()
    with played(says(NOTHING)) as server:
        run = commit(repo, server=server)

        assert len(server.prompts()) == 1
    assert run.code == 0
    assert clean(repo)


def test_in_a_linked_worktree(tmp_path):
    repo = by_git(one_function(tmp_path))
    repo.git("stash", "--quiet")
    repo.git("worktree", "add", "--quiet", "../linked")
    linked = Repo(tmp_path, "linked").write("shop.py", BEFORE.replace("sum(prices)", "sum(prices[1:])")).add()
    with played(says(WRONG)) as server:
        run = commit(linked, server=server)

    assert run.code == 0
    assert SHOWN in said(run)


def test_outside_of_a_repository_the_hook_says_so(tmp_path):
    run = program(
        SCRIPTS / "reviewer", "hook", "pre-commit", cwd=tmp_path, GIT_CEILING_DIRECTORIES=str(tmp_path.parent)
    )

    assert (run.code, run.stdout) == (2, "")
