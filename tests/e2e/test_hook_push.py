"""The hook of `git push`: what is new to every remote is reviewed, once, whatever is pushed."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.helpers import NO_SERVER, NOTHING, SCRIPTS, Run, environment, finding, found, program, says
from tests.e2e.test_hook import identity, managed, said
from tests.repos import Repo
from tests.servers import MODEL, played

pytestmark = pytest.mark.slow  # pushes through the real hooks

PRE_COMMIT = f"""\
repos:
- repo: local
  hooks:
  - id: reviewer-push
    name: reviewer
    entry: "{SCRIPTS / "reviewer"} hook pre-push"
    language: system
    types_or: [python, pyi]
    stages: [pre-push]
    pass_filenames: false
    verbose: true
"""


def function(name: str, body: str = "x") -> str:
    return f'def {name}(x):\n    """The value."""\n    return {body}\n'


def write(repo: Repo, name: str, body: str = "x") -> str:
    """Commit a file with the function of that name; the commit."""
    return repo.write(f"{name}.py", function(name, body)).add(f"{name}.py").commit(name)


def unpushed(folder: Path) -> Repo:
    """A repository with the commit `base`, and a bare remote that has nothing yet."""
    repo = Repo(folder)
    Repo(folder, "remote.git", init=("--bare",))
    repo.git("remote", "add", "origin", "../remote.git")
    write(repo, "base")
    return repo


@pytest.fixture
def repo(tmp_path):
    """A repository whose `main` with `base` is on a bare remote, and the hook in it."""
    repo = unpushed(tmp_path)
    repo.git("push", "--quiet", "origin", "main")
    return by_git(repo)


def by_git(repo: Repo) -> Repo:
    repo.write(".git/hooks/pre-push", f'#!/bin/sh\nexec "{SCRIPTS / "reviewer"}" hook pre-push "$@"\n')
    (repo.root / ".git/hooks/pre-push").chmod(0o755)
    return repo


def push(repo: Repo, *arguments: str, server=None, **env: str) -> Run:
    chosen = {"REVIEWER_MODEL": MODEL, "OLLAMA_HOST": server.host if server else NO_SERVER}
    command = ("git", "push", *(arguments or ("origin", "HEAD")))
    return program(*command, cwd=repo.root, timeout=110, **(identity(repo) | chosen | env))


def reviewed(server) -> list[str]:
    """The functions that the model was asked about, in the order of their names."""
    texts = [prompt.json["messages"][-1]["content"] for prompt in server.prompts()]
    return sorted(re.findall(r"\bdef (\w+)\(", text)[-1] for text in texts)


def asked(repo: Repo, *arguments: str) -> list[str]:
    """What is reviewed of a push, which goes through."""
    with played(says(NOTHING)) as server:
        run = push(repo, *arguments, server=server)

        assert run.code == 0, said(run)
        return reviewed(server)


def test_commits_on_top_of_what_the_remote_has(repo):
    write(repo, "one")
    write(repo, "two")

    assert asked(repo) == ["one", "two"]


def test_what_was_pushed_is_not_reviewed_again(repo):
    write(repo, "one")
    asked(repo)
    write(repo, "two")

    assert asked(repo) == ["two"]


def test_a_new_branch(repo):
    repo.branch("feature")
    write(repo, "one")

    assert asked(repo) == ["one"]


def test_a_new_branch_where_main_went_on_and_was_merged(repo):
    repo.branch("feature")
    write(repo, "one")
    repo.git("checkout", "--quiet", "main")
    write(repo, "others")
    repo.git("push", "--quiet", "--no-verify", "origin", "main")
    repo.git("checkout", "--quiet", "feature")
    repo.git("merge", "--quiet", "main")

    assert asked(repo) == ["one"]


def merged(repo: Repo) -> Repo:
    """A pushed branch into which `main` was merged after others had pushed to that."""
    repo.branch("feature")
    write(repo, "one")
    repo.git("push", "--quiet", "--no-verify", "origin", "feature")
    repo.git("checkout", "--quiet", "main")
    write(repo, "others")
    repo.git("push", "--quiet", "--no-verify", "origin", "main")
    repo.git("checkout", "--quiet", "feature")
    repo.git("merge", "--quiet", "--no-edit", "main")
    return repo


def test_what_came_with_a_merge_of_the_remote_is_left_out(repo):
    merged(repo)

    assert asked(repo) == []


def test_what_was_done_after_such_a_merge_is_reviewed(repo):
    merged(repo)
    write(repo, "two")

    assert asked(repo) == ["two"]


def test_a_merge_that_changes_what_it_merges_is_reviewed(repo):
    merged(repo).write("others.py", function("others", "x + 1")).add().commit("merge", "--amend")

    assert asked(repo) == ["others"]


def test_a_branch_that_went_on_from_a_main_it_was_merged_into(repo):
    repo.branch("feature")
    write(repo, "one")
    repo.git("push", "--quiet", "--no-verify", "origin", "feature", "feature:main")
    repo.git("checkout", "--quiet", "main")
    repo.git("merge", "--quiet", "feature")
    write(repo, "others")
    repo.git("push", "--quiet", "--no-verify", "origin", "main")
    repo.git("checkout", "--quiet", "feature")
    repo.git("merge", "--quiet", "--ff-only", "main")
    write(repo, "two")

    assert asked(repo) == ["two"]


def test_an_amended_commit_is_compared_with_what_it_was_made_on(repo):
    repo.branch("feature")
    write(repo, "one")
    asked(repo)
    repo.write("one.py", function("one", "x + 1")).add().commit("again", "--amend")

    assert asked(repo, "--force", "origin", "HEAD") == ["one"]


def test_after_a_rebase_what_others_did_meanwhile_is_left_out(repo):
    repo.branch("feature")
    write(repo, "one")
    repo.git("push", "--quiet", "--no-verify", "origin", "feature")
    repo.git("checkout", "--quiet", "main")
    write(repo, "others")
    repo.git("push", "--quiet", "--no-verify", "origin", "main")
    repo.git("rebase", "--quiet", "main", "feature")

    assert asked(repo, "--force", "origin", "feature") == ["one"]


def test_over_commits_that_were_never_fetched(repo):
    other = repo.clone("other")
    other.git("remote", "set-url", "origin", "../remote.git")
    write(other, "theirs")
    other.git("push", "--quiet", "origin", "main")
    write(repo, "mine")

    assert asked(repo, "--force", "origin", "main") == ["mine"]


def test_a_deletion_needs_no_review(repo):
    repo.git("push", "--quiet", "--no-verify", "origin", "main:old")
    write(repo, "one")

    assert asked(repo, "origin", ":old") == []


def test_several_branches_are_reviewed_one_after_the_other_and_none_twice(repo):
    repo.branch("a")
    write(repo, "one")
    repo.git("branch", "same")
    repo.git("checkout", "--quiet", "-b", "b", "main")
    write(repo, "two")
    with played(says(NOTHING)) as server:
        run = push(repo, "origin", "a", "b", "same", server=server)

        assert reviewed(server) == ["one", "two"]
    assert run.code == 0
    assert len(re.findall(r"^[0-9a-f]{12}\.\.[0-9a-f]{12}:$", said(run), re.M)) == 2


def test_the_worst_of_several_decides(repo):
    repo.write(".reviewer.toml", 'fail-on = "suspected"\n')
    repo.branch("a")
    write(repo, "one", "x[1]")
    repo.git("checkout", "--quiet", "-b", "b", "main")
    write(repo, "two")
    wrong = found(finding("return x[1]", "Second value"))
    with played(says(lambda text: wrong if "x[1]" in text else NOTHING)) as server:
        run = push(repo, "origin", "a", "b", server=server)

    assert run.code == 1
    assert "Second value" in said(run)
    assert repo.git("ls-remote", "origin", "refs/heads/a", "refs/heads/b") == ""


@pytest.mark.parametrize("options", [(), ("--annotate", "--message", "it is out")], ids=["lightweight", "annotated"])
def test_a_tag_brings_its_commits(repo, options):
    write(repo, "one")
    repo.git("tag", *options, "v1")

    assert asked(repo, "origin", "v1") == ["one"]


def test_a_tag_of_what_is_there_needs_no_review(repo):
    repo.git("tag", "--annotate", "--message", "it is out", "v1")

    assert asked(repo, "origin", "v1") == []


def test_a_branch_and_the_tag_on_it_are_reviewed_once(repo):
    write(repo, "one")
    repo.git("tag", "--annotate", "--message", "it is out", "v1")
    with played(says(NOTHING)) as server:
        run = push(repo, "origin", "main", "v1", server=server)

        assert reviewed(server) == ["one"]
    assert said(run).count("1 changed function") <= 1


def test_a_tag_of_a_file_needs_no_review(repo):
    repo.git("tag", "file", "HEAD:base.py")
    write(repo, "one")

    assert asked(repo, "origin", "file") == []


def test_the_first_push_brings_everything_that_is_committed(tmp_path):
    repo = unpushed(tmp_path)
    write(repo, "one")
    repo.write("one.py", function("one", "'not committed'"))
    with played(says(NOTHING)) as server:
        run = push(by_git(repo), "origin", "main", server=server)
        texts = [prompt.json["messages"][-1]["content"] for prompt in server.prompts()]

        assert reviewed(server) == ["base", "one"]
    assert run.code == 0
    assert not [text for text in texts if "not committed" in text]


def test_what_another_remote_has_needs_no_review(repo, tmp_path):
    Repo(tmp_path, "backup.git", init=("--bare",))
    repo.git("remote", "add", "backup", "../backup.git")

    assert asked(repo, "backup", "main") == []


def test_a_push_without_python_asks_nobody_and_loads_nothing(repo):
    old = repo.head
    new = repo.write("notes.txt", "more\n").add("notes.txt").commit()

    assert asked(repo) == []
    code = (
        "import io, sys; from reviewer.__main__ import main\n"
        f"sys.stdin = io.TextIOWrapper(io.BytesIO(b'refs/heads/main {new} refs/heads/main {old}\\n'))\n"
        "code = main(['hook', 'pre-push', 'origin', 'url']); print(code, *sys.modules)"
    )
    result, *modules = program(sys.executable, "-c", code, cwd=repo.root).stdout.split()

    assert result == "0"
    assert not {"typer", "git", "subprocess", "tree_sitter", "rich", "ollama", "reviewer.pipeline"} & set(modules)


def test_a_server_that_is_down_is_said_and_the_push_goes_on(repo):
    write(repo, "one")
    run = push(repo)

    assert run.code == 0
    assert "reviewer: *** NOTHING WAS REVIEWED: " in said(run)
    assert "the push goes on ***" in said(run)


def test_skipped_by_the_user(repo):
    write(repo, "one")
    with played(says(NOTHING)) as server:
        run = push(repo, server=server, REVIEWER_SKIP="1")

        assert server.seen == []
    assert run.code == 0


@pytest.mark.parametrize(
    "lines",
    ["refs/heads/main --output=owned refs/heads/main --help\n", "refs/heads/main HEAD refs/heads/main main\n"],
    ids=["options", "names"],
)
def test_lines_that_git_does_not_write_name_nothing(repo, lines):
    write(repo, "one")
    command = [SCRIPTS / "reviewer", "hook", "pre-push", "origin", "url"]
    done = subprocess.run(command, cwd=repo.root, env=environment(), input=lines.encode(), capture_output=True)

    assert (done.returncode, done.stdout) == (0, b"")
    assert not (repo.root / "owned").exists()


@pytest.mark.parametrize("name", ["--output=owned", "-h", "nothing", "HEAD..HEAD"])
def test_a_reference_from_the_environment_is_a_name_and_no_more(repo, name):
    write(repo, "one")
    env = {"PRE_COMMIT": "1", "PRE_COMMIT_FROM_REF": "HEAD~1", "PRE_COMMIT_TO_REF": name}
    run = program(SCRIPTS / "reviewer", "hook", "pre-push", cwd=repo.root, REVIEWER_MODEL="none", **env)

    assert (run.code, run.stdout) == (0, "")
    assert f"NOTHING WAS REVIEWED: '{name}' is to be pushed and names no commit here" in run.stderr
    assert not (repo.root / "owned").exists()


# ---------------------------------------------------------------- under pre-commit


@pytest.fixture
def framework(repo):
    """The same repository, with the hook under pre-commit."""
    (repo.root / ".git/hooks/pre-push").unlink()
    return managed(repo, PRE_COMMIT, "--hook-type", "pre-push")


def test_pre_commit_with_commits_on_top(framework):
    write(framework, "one")
    framework.write("base.py", "# not committed\n").write("one.py", "# staged\n").add("one.py")

    assert asked(framework) == ["one"]
    assert (framework.root / "base.py").read_text() == "# not committed\n"
    assert (framework.root / "one.py").read_text() == framework.git("show", ":one.py") + "\n" == "# staged\n"


def test_pre_commit_with_a_new_branch_and_a_force_push(framework):
    framework.branch("feature")
    write(framework, "one")

    assert asked(framework) == ["one"]
    framework.write("one.py", function("one", "x + 1")).add().commit("again", "--amend")
    assert asked(framework, "--force", "origin", "feature") == ["one"]


def test_pre_commit_with_a_deletion(framework):
    framework.git("push", "--quiet", "--no-verify", "origin", "main:old")

    assert asked(framework, "origin", ":old") == []


def test_pre_commit_with_the_first_push(tmp_path):
    repo = unpushed(tmp_path)
    write(repo, "one")

    assert asked(managed(repo, PRE_COMMIT, "--hook-type", "pre-push"), "origin", "main") == ["base", "one"]
