"""What was staged is reviewed in the background: the commit finds it done, and nobody waits for it meanwhile."""

import os
import select
import signal
import threading
import time
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.e2e.helpers import BEFORE, NO_SERVER, NOTHING, SCRIPTS, Run, one_function, program, says
from tests.e2e.test_hook import SHOWN, WRONG, by_git, commit, identity, said
from tests.repos import Repo
from tests.servers import MODEL, Handler, played

pytestmark = [
    pytest.mark.skipif(not Path("/proc/self/cwd").exists(), reason="processes are found in /proc"),
    pytest.mark.slow,
]  # waits for reviews in the background


@pytest.fixture
def repo(tmp_path):
    """A repository with a change to stage and both hooks; at the end no process is left in it."""
    repo = by_git(one_function(tmp_path))
    repo.write(
        ".git/hooks/post-index-change", f'#!/bin/sh\nexec "{SCRIPTS / "reviewer"}" hook post-index-change "$@"\n'
    )
    (repo.root / ".git/hooks/post-index-change").chmod(0o755)
    yield repo
    for process in processes(repo):
        os.kill(process, signal.SIGKILL)


@contextmanager
def being_asked(repo: Repo):
    """What was just staged, under review in the background and held at its first question."""
    held = Held()
    with played(held) as server:
        staged = git(repo, "add", "shop.py", server=server)
        assert (staged.code, said(staged)) == (0, "")
        assert held.asked.acquire(timeout=60)
        yield held, server


def git(repo: Repo, *arguments: str, server=None, **env: str) -> Run:
    chosen = {"REVIEWER_MODEL": MODEL, "OLLAMA_HOST": server.host if server else NO_SERVER}
    return program("git", *arguments, cwd=repo.root, **(identity(repo) | chosen | env))


def processes(repo: Repo) -> list[int]:
    """The background processes in a repository."""
    there = []
    for entry in Path("/proc").iterdir():
        try:
            inside = entry.name.isdecimal() and (entry / "cwd").readlink() == repo.root.resolve()
            if inside and b"post-index-change" in (entry / "cmdline").read_bytes():
                there.append(int(entry.name))
        except OSError:  # it has ended, or is somebody else's
            continue
    return there


def until(holds: Callable[[], object]) -> None:
    ends = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < ends, "waited in vain"
        time.sleep(0.05)


def idle(repo: Repo) -> bool:
    """No background process is left."""
    return not processes(repo)


def log() -> str:
    """What the background review has to tell; empty when there was none."""
    logs = list(Path(os.environ["REVIEWER_CACHE_DIR"]).glob("background/*/*.log"))
    return "".join(file.read_text() for file in logs)


class Held:
    """A model that answers when it is told to; `asked` counts the questions."""

    def __init__(self, reply: str = WRONG) -> None:
        self.reply = reply
        self.asked = threading.Semaphore(0)
        self.answer = threading.Event()

    def __call__(self, handler: Handler) -> None:
        self.asked.release()
        if self.answer.is_set():
            says(self.reply)(handler)
            return
        handler.stream()
        while not self.answer.is_set():
            if select.select([handler.connection], [], [], 0.05)[0]:
                handler.server.clients_gone.release()
                return
        handler.pieces(self.reply)
        handler.last(prompt_eval_count=500, eval_count=50)


def test_the_commit_finds_the_review_done(repo):
    with played(says(WRONG)) as server:
        staged = git(repo, "add", "shop.py", server=server)
        until(lambda: "1 of 1 functions reviewed" in log())
        until(lambda: idle(repo))
        run = commit(repo, server=server)

        assert len(server.prompts()) == 1
    assert (staged.code, said(staged)) == (0, "")
    assert run.code == 0
    assert SHOWN in said(run)
    until(lambda: idle(repo))  # the commit wrote the index, too


def test_staging_does_not_wait_for_it_and_it_has_the_lowest_priority(repo):
    with being_asked(repo) as (held, _):
        [process] = processes(repo)

        assert os.getpriority(os.PRIO_PROCESS, process) == 19
        assert os.sched_getscheduler(process) == os.SCHED_IDLE
        assert os.getsid(process) == process
        held.answer.set()
        until(lambda: idle(repo))
    assert "1 of 1 functions reviewed" in log()


def test_the_commit_waits_for_the_reply_that_is_on_its_way(repo):
    with being_asked(repo) as (held, server):
        threading.Timer(1.5, held.answer.set).start()
        run = commit(repo, server=server, REVIEWER_DEADLINE="60")

        assert len(server.prompts()) == 1
    assert run.code == 0
    assert SHOWN in said(run)


def test_a_commit_whose_patience_ends_goes_on_alone(repo):
    with being_asked(repo) as (_, server):
        run = commit(repo, server=server, REVIEWER_DEADLINE="2")

        assert server.clients_gone.acquire(timeout=60)
        until(lambda: idle(repo))
    assert run.code == 0
    assert "reviewer: *** NOT REVIEWED: total; the commit goes on ***" in said(run)
    assert "stopped" in log()


def test_what_is_staged_next_takes_its_place(repo):
    with being_asked(repo) as (held, server):
        repo.edit("shop.py", lambda text: text.replace("prices[1:]", "prices[2:]"))
        git(repo, "add", "shop.py", server=server)
        assert server.clients_gone.acquire(timeout=60)
        held.answer.set()
        until(lambda: "1 of 1 functions reviewed" in log() and idle(repo))

        first, second = [prompt.json["messages"][-1]["content"] for prompt in server.prompts()]
    assert "prices[1:]" in first
    assert "prices[2:]" in second


def test_many_stagings_are_one_review_and_one_that_waits(repo):
    held = Held(NOTHING)
    with played(held) as server:
        git(repo, "add", "shop.py", server=server)
        assert held.asked.acquire(timeout=60)
        for number in range(6):
            repo.write(f"note{number}.txt", "x")
            git(repo, "add", f"note{number}.txt", server=server)
        until(lambda: len(processes(repo)) <= 2)
        held.answer.set()
        until(lambda: idle(repo))

        assert len(server.prompts()) == 1


def test_the_same_content_is_not_reviewed_again(repo):
    with played(says(NOTHING)) as server:
        git(repo, "add", "shop.py", server=server)
        until(lambda: "1 of 1 functions reviewed" in log() and idle(repo))
        before = log()
        repo.write("notes.txt", "x")
        git(repo, "add", "notes.txt", server=server)
        until(lambda: idle(repo))

        assert len(server.prompts()) == 1
    assert log() == before


def test_what_is_no_longer_staged_is_not_reviewed_any_more(repo):
    with being_asked(repo) as (_, server):
        assert git(repo, "reset", "--quiet", server=server).code == 0

        assert server.clients_gone.acquire(timeout=60)
        until(lambda: idle(repo))
    assert "stopped" in log()


def test_what_was_committed_past_the_hook_is_not_reviewed_any_more(repo):
    with being_asked(repo) as (_, server):
        git(repo, "commit", "--quiet", "--no-verify", "--message", "x", server=server)

        assert server.clients_gone.acquire(timeout=60)
        until(lambda: idle(repo))
    assert "stopped" in log()


def test_a_commit_of_other_files_ends_it(repo):
    repo.write("other.py", BEFORE).add("other.py").git("commit", "--quiet", "--no-verify", "--message", "x", "other.py")
    until(lambda: idle(repo))
    repo.edit("other.py", lambda text: text.replace("sum(prices)", "max(prices)"))

    class OnlyOthers(Held):
        def __call__(self, handler: Handler) -> None:
            if "max(prices)" in handler.server.seen[-1].json["messages"][-1]["content"]:
                says(NOTHING)(handler)
            else:
                super().__call__(handler)

    held = OnlyOthers()
    with played(held) as server:
        git(repo, "add", "shop.py", server=server)
        assert held.asked.acquire(timeout=60)
        run = commit(repo, "other.py", server=server, REVIEWER_DEADLINE="60")

        assert server.clients_gone.acquire(timeout=60)
        until(lambda: idle(repo))
    assert run.code == 0
    assert "NOT REVIEWED" not in said(run)


def branches(repo: Repo) -> Repo:
    """`other` has changed another file than the one that is edited."""
    repo.git("stash", "--quiet")
    repo.branch("other").write("other.py", BEFORE).add().commit("other", "--no-verify")
    repo.git("checkout", "--quiet", "main")
    repo.write("third.py", BEFORE).add().commit("third", "--no-verify")
    until(lambda: idle(repo))
    for file in Path(os.environ["REVIEWER_CACHE_DIR"]).glob("background/*/*.log"):
        file.unlink()
    return repo


@pytest.mark.parametrize(
    "command",
    [
        ("merge", "--quiet", "--no-edit", "other"),
        ("merge", "--quiet", "--no-commit", "--no-ff", "other"),
        ("rebase", "--quiet", "other"),
        ("cherry-pick", "other"),
        ("cherry-pick", "--no-commit", "other"),
        ("checkout", "--quiet", "other"),
        ("reset", "--quiet", "--hard", "other"),
        ("stash", "pop"),
        ("commit", "--all", "--no-verify", "--quiet", "--message", "x"),
        ("status",),
    ],
    ids=" ".join,
)
def test_nothing_is_started_by_git_itself(repo, command):
    branches(repo)
    with played(says(NOTHING)) as server:
        git(repo, *command, server=server)
        until(lambda: idle(repo))

        assert server.prompts() == []
    assert log() == ""


@pytest.mark.parametrize("arguments", [("--all",), ("shop.py",)], ids=" ".join)
def test_a_commit_that_stages_by_itself_is_reviewed_by_its_own_hook_alone(repo, arguments):
    with played(says(WRONG)) as server:
        run = commit(repo, *arguments, server=server)
        until(lambda: idle(repo))

        assert len(server.prompts()) == 1
    assert run.code == 0
    assert log() == ""


def test_a_temporary_index_starts_nothing(repo, tmp_path):
    index = str(tmp_path / "index")
    with played(says(NOTHING)) as server:
        git(repo, "read-tree", "HEAD", server=server, GIT_INDEX_FILE=index)
        git(repo, "add", "shop.py", server=server, GIT_INDEX_FILE=index)
        until(lambda: idle(repo))

        assert server.seen == []


def test_skipped_by_the_user(repo):
    with played(says(NOTHING)) as server:
        run = git(repo, "add", "shop.py", server=server, REVIEWER_SKIP="1")
        until(lambda: idle(repo))

        assert server.seen == []
    assert said(run) == ""


def test_no_python_starts_no_process(repo):
    repo.write("notes.txt", "x")
    with played(says(NOTHING)) as server:
        git(repo, "add", "notes.txt", server=server)

        assert idle(repo)
        assert server.seen == []


def test_a_server_that_is_down_is_told_to_the_log_alone(repo):
    run = git(repo, "add", "shop.py")
    until(lambda: "nothing was reviewed: " in log() and idle(repo))

    assert (run.code, said(run)) == (0, "")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_whoever_ends_it_the_next_one_goes_on(repo, number):
    with being_asked(repo) as (held, server):
        [process] = processes(repo)
        os.kill(process, number)
        assert server.clients_gone.acquire(timeout=60)
        until(lambda: idle(repo))
        held.answer.set()
        run = commit(repo, server=server, REVIEWER_DEADLINE="60")

        assert len(server.prompts()) == 2
    assert run.code == 0
    assert SHOWN in said(run)


SLOW = '''\
import time


def wait(seconds):
    """Wait.

    >>> wait(3)
    'waited'
    """
    time.sleep(seconds)
    return "waited"
'''


@pytest.mark.executes
def test_terminated_while_code_runs_it_leaves_nothing(repo, tmp_path):
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    repo.write("slow.py", SLOW)
    before = inside(temporary)
    git(repo, "add", "slow.py", REVIEWER_MODEL="none", TMPDIR=str(temporary))
    until(lambda: list(temporary.glob("reviewer-*")))
    os.kill(min(processes(repo)), signal.SIGTERM)
    until(lambda: idle(repo))
    until(lambda: inside(temporary) == before)

    assert list(temporary.iterdir()) == []
    assert "stopped" in log()


def inside(folder: Path) -> set[int]:
    """Processes whose environment names a folder: the sandbox's."""
    found = set()
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdecimal() and os.fsencode(folder) in (entry / "environ").read_bytes():
                found.add(int(entry.name))
        except OSError:
            continue
    return found


def test_only_one_runs_in_a_repository_whatever_worktree_something_is_staged_in(repo, tmp_path):
    repo.git("worktree", "add", "--quiet", "../linked")
    linked = Repo(tmp_path, "linked").write("shop.py", BEFORE.replace("sum(prices)", "min(prices)"))
    held = Held(NOTHING)
    with played(held) as server:
        git(repo, "add", "shop.py", server=server)
        assert held.asked.acquire(timeout=60)
        git(linked, "add", "shop.py", server=server)
        until(lambda: processes(linked))

        assert len(server.prompts()) == 1
        held.answer.set()
        until(lambda: len(server.prompts()) == 2)
        until(lambda: idle(repo) and idle(linked))
    assert log().count("1 of 1 functions reviewed") == 2


def test_the_index_is_never_written(repo):
    with played(says(NOTHING)) as server:
        git(repo, "add", "shop.py", server=server)
        before = (repo.root / ".git/index").read_bytes()
        until(lambda: "1 of 1 functions reviewed" in log() and idle(repo))

    assert (repo.root / ".git/index").read_bytes() == before
