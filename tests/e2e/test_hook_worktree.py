"""What is edited and not staged is there after every way in which the hook can end under the real pre-commit."""

import os
import signal
import subprocess
import threading
from pathlib import Path

import pytest

from tests.e2e.helpers import BEFORE, NO_SERVER, NOTHING, environment, one_function, says
from tests.e2e.test_hook import SHOWN, WRONG, asked, by_pre_commit, clean, commit, identity, said
from tests.e2e.test_hook_background import Held, until
from tests.repos import Repo
from tests.servers import MODEL, played

pytestmark = pytest.mark.slow  # waits for pre-commit's own ends

EDITED = "# not staged\n"


@pytest.fixture
def repo(tmp_path):
    """One function staged; the same file and another one edited beyond that."""
    repo = Repo(tmp_path).write("other.py", BEFORE).add()
    repo.commit("other")
    repo = by_pre_commit(one_function(tmp_path)).add("shop.py")
    repo.edit("shop.py", lambda text: EDITED + text).edit("other.py", lambda text: text + EDITED)
    return repo.write("untracked.py", EDITED)


def worktree(repo: Repo) -> dict[str, str]:
    return {name: (repo.root / name).read_text() for name in ("shop.py", "other.py", "untracked.py")}


def test_after_success(repo):
    before = worktree(repo)
    with played(says(WRONG)) as server:
        run = commit(repo, server=server)

        assert EDITED not in asked(server)
    assert run.code == 0
    assert SHOWN in said(run)
    assert worktree(repo) == before
    assert EDITED not in repo.git("show", "HEAD:shop.py")


def test_after_failure(repo):
    repo.write(".reviewer.toml", 'fail-on = "suspected"\n')
    before, head = worktree(repo), repo.head
    with played(says(WRONG)) as server:
        run = commit(repo, server=server)

    assert run.code == 1
    assert (worktree(repo), repo.head) == (before, head)


class Committing:
    """`git commit` in a process group of its own, whose hook has asked the model and gets no answer."""

    def __init__(self, repo: Repo, server, held: Held) -> None:
        self.repo = repo
        env = environment(REVIEWER_MODEL=MODEL, OLLAMA_HOST=server.host, **identity(repo))
        command = ["git", "commit", "--quiet", "--message", "change"]
        self.process = subprocess.Popen(
            command,
            cwd=repo.root,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        assert held.asked.acquire(timeout=60)

    def named(self, *words: str) -> list[int]:
        """The processes of the commit whose command line has all of these words."""
        there = []
        for entry in Path("/proc").iterdir():
            try:
                line = (entry / "cmdline").read_bytes().split(b"\0") if entry.name.isdecimal() else []
                if all(word.encode() in line for word in words) and os.getsid(int(entry.name)) == self.process.pid:
                    there.append(int(entry.name))
            except OSError:  # it has ended
                continue
        return there

    def hook(self) -> list[int]:
        """Our own process."""
        return self.named("hook", "pre-commit")

    def end(self) -> str:
        """What was said until the commit ended, which failed."""
        output, _ = self.process.communicate(timeout=60)
        assert self.process.returncode != 0
        return os.fsdecode(output)


needs_proc = pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="processes are found in /proc")


@needs_proc
def test_after_ctrl_c(repo):
    before, head, held = worktree(repo), repo.head, Held()
    with played(held) as server:
        committing = Committing(repo, server, held)
        os.killpg(committing.process.pid, signal.SIGINT)
        committing.end()
        assert server.clients_gone.acquire(timeout=60)
        until(lambda: not committing.hook())

    assert (worktree(repo), repo.head) == (before, head)


@needs_proc
def test_after_the_hook_was_terminated(repo):
    before, head, held = worktree(repo), repo.head, Held()
    with played(held) as server:
        committing = Committing(repo, server, held)
        [hook] = committing.hook()
        os.kill(hook, signal.SIGTERM)
        output = committing.end()
        assert server.clients_gone.acquire(timeout=60)

    assert "not reviewed [interrupted]" in output
    assert "exit code: 130" in output
    assert (worktree(repo), repo.head) == (before, head)


@needs_proc
def test_after_pre_commit_itself_was_terminated_its_patch_has_them(repo):
    before, held = worktree(repo), Held(NOTHING)
    with played(held) as server:
        committing = Committing(repo, server, held)
        [framework] = committing.named("hook-impl")
        os.kill(framework, signal.SIGTERM)
        threading.Timer(0.5, held.answer.set).start()
        committing.end()
        until(lambda: not committing.hook())
    assert worktree(repo) != before
    [patch] = Path(os.environ["HOME"], ".cache", "pre-commit").glob("patch*")
    repo.git("apply", str(patch))

    assert worktree(repo) == before


# ---------------------------------------------------------------- other ways to a commit


def test_an_amended_commit_is_reviewed_for_what_is_new(repo):
    repo.commit("total", "--no-verify")
    repo.edit("other.py", lambda text: text.replace("sum(prices)", "max(prices)")).add("other.py")
    with played(says(NOTHING)) as server:
        run = commit(repo, "--amend", server=server)

        assert "max(prices)" in asked(server)
    assert run.code == 0
    assert repo.git("log", "-1", "--format=%s") == "change"


def diverged(repo: Repo) -> Repo:
    """`theirs` and `main` have changed the same line."""
    repo.git("checkout", "--quiet", "--force", "main")
    repo.branch("theirs").edit("shop.py", lambda text: text.replace("sum(prices)", "max(prices)")).add("shop.py")
    repo.commit("theirs", "--no-verify")
    repo.git("checkout", "--quiet", "main")
    repo.edit("shop.py", lambda text: text.replace("sum(prices)", "min(prices)")).add("shop.py")
    repo.commit("ours", "--no-verify")
    return repo


def test_a_merge_whose_conflict_was_resolved(repo):
    diverged(repo)
    assert repo.run("merge", "theirs").returncode == 1
    repo.write("shop.py", BEFORE.replace("sum(prices)", "max(prices[1:])")).add("shop.py")
    with played(says(NOTHING)) as server:
        run = commit(repo, server=server)

        assert "max(prices[1:])" in asked(server)
    assert run.code == 0
    assert len(repo.git("log", "-1", "--format=%P").split()) == 2
    assert clean(repo)


def test_a_rebase_goes_through_unhindered(repo):
    diverged(repo)
    env = {"REVIEWER_MODEL": MODEL, "OLLAMA_HOST": NO_SERVER}
    assert repo.run("rebase", "theirs").returncode == 1
    repo.write("shop.py", BEFORE.replace("sum(prices)", "max(prices[1:])")).add("shop.py")
    command = ["git", "-c", "core.editor=true", "rebase", "--continue"]
    done = subprocess.run(command, cwd=repo.root, env=environment(**identity(repo), **env), capture_output=True)

    assert done.returncode == 0, done.stderr
    assert repo.git("log", "--format=%s", "-2").split() == ["ours", "theirs"]
    assert clean(repo)
