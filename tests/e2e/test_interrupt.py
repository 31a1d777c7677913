"""Ctrl-C: what was done is shown, the rest is named, and nothing is left running."""

import importlib
import json
import os
import signal
import subprocess
import sys
import time

import pytest

from reviewer.__main__ import IMPORTING
from tests.e2e.helpers import CHANGED, NOTHING, SCRIPTS, Run, environment, one_function, says, shop
from tests.servers import MODEL, played


def interrupted(repo, server, *options: str, times: int = 1, number: int = signal.SIGINT, **env: str) -> Run:
    """`reviewer review` in a process group of its own, interrupted while the second function is asked about.

    Ctrl-C goes to everything in the foreground, another signal to the process alone.
    """
    command = [SCRIPTS / "reviewer", "review", "--model", MODEL, *options]
    with subprocess.Popen(
        command,
        cwd=repo.root,
        env=environment(OLLAMA_HOST=server.host, **env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        assert server.second_asked.wait(60)
        for _ in range(times):
            (os.killpg if number == signal.SIGINT else os.kill)(process.pid, number)
        stdout, stderr = process.communicate(timeout=60)
        with pytest.raises(ProcessLookupError):
            os.killpg(process.pid, 0)
    return Run(process.returncode, os.fsdecode(stdout), os.fsdecode(stderr))


@pytest.fixture
def server():
    """Answers one request, and holds the second."""
    import threading

    def play(h):
        if len(h.server.prompts()) == 1:
            says(NOTHING)(h)
        else:
            h.stream()
            h.server.second_asked.set()
            h.until_gone()

    with played(play) as server:
        server.second_asked = threading.Event()
        yield server


def test_the_partial_report_is_printed_and_the_rest_named(tmp_path, server):
    run = interrupted(shop(tmp_path), server, "--format", "json")

    assert run.code == 130
    assert run.report["status"] == "incomplete"
    reviewed = [function["function"] for function in run.report["functions"] if function["reviewed"]]
    assert len(reviewed) == 1
    assert sorted(reviewed + run.functions("interrupted")) == sorted(CHANGED)
    assert "Traceback" not in run.stderr
    assert server.clients_gone.acquire(timeout=10)
    assert len(server.prompts()) == 2


def test_the_text_says_it_too(tmp_path, server):
    run = interrupted(shop(tmp_path), server)

    assert run.code == 130
    assert run.stdout.count("not reviewed [interrupted]") == 3


def test_findings_that_would_fail_do_not_hide_the_interruption(tmp_path, server):
    run = interrupted(shop(tmp_path), server, "--format", "json", "--on-incomplete", "pass")

    assert run.code == 130


@pytest.mark.executes
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_nothing_is_left_of_what_was_executing(tmp_path, server, number):
    before, temporary = set(workers()), tmp_path / "tmp"
    temporary.mkdir()
    run = interrupted(shop(tmp_path), server, "--format", "json", number=number, TMPDIR=str(temporary))

    assert run.code == 130
    assert list(temporary.iterdir()) == []
    assert run.report["status"] in ("incomplete", "findings")
    assert set(run.functions("interrupted"))
    assert set(workers()) <= before


def workers() -> list[int]:
    """Processes, as `ps` tells of them, that run this program's worker."""
    listed = subprocess.run(["ps", "-eo", "pid,args"], capture_output=True, text=True, check=True).stdout
    return [int(line.split()[0]) for line in listed.splitlines() if "reviewer" in line and "worker" in line]


def test_ctrl_c_while_reading_the_change_ends_at_once(tmp_path):
    repo = shop(tmp_path)
    script = tmp_path / "bin"
    script.mkdir()
    (script / "git").write_text('#!/bin/sh\necho ready >"$READY"\nexec sleep 60\n')
    (script / "git").chmod(0o755)
    ready = tmp_path / "ready"
    os.mkfifo(ready)
    path = os.pathsep.join((str(script), os.environ["PATH"]))
    with subprocess.Popen(
        [SCRIPTS / "reviewer", "review", "--model", "none"],
        cwd=repo.root,
        env=environment(PATH=path, READY=str(ready)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        ready.read_text()
        os.killpg(process.pid, signal.SIGINT)
        stdout, stderr = process.communicate(timeout=60)

    assert (process.returncode, stdout, stderr) == (130, b"", b"reviewer: interrupted\n")


def test_the_report_is_whole_json(tmp_path, server):
    run = interrupted(shop(tmp_path), server, "--format", "json", "--output", "report.json")

    assert (run.code, run.stdout) == (130, "")
    assert json.loads((tmp_path / "repo" / "report.json").read_text())["incomplete"]


@pytest.mark.executes
def test_what_the_repositorys_tests_have_not_driven_to_the_end_is_named(tmp_path):
    repo = one_function(tmp_path)
    test = "\n\ndef test_{0}():\n    time.sleep(1)\n    shop.total([1])\n"
    tests = "".join(test.format(number) for number in range(60))
    repo.write("test_shop.py", f"import time\n\nimport shop\n{tests}").add("test_shop.py")
    repo.write(".reviewer.toml", "twin-seconds = 90\n")
    command = [SCRIPTS / "reviewer", "review", "--model", "none", "--format", "json", "--worktree"]
    with subprocess.Popen(command, cwd=repo.root, env=environment(), stdout=subprocess.PIPE) as process:
        time.sleep(5)
        process.send_signal(signal.SIGINT)
        run = Run(process.wait(timeout=60), os.fsdecode(process.stdout.read()), "")

    assert run.code == 130
    assert run.functions("interrupted") == ["total"]


# ---------------------------------------------------------------- moments at which an exception would do harm

TOLD = """
import os, signal, sys, time
from reviewer.__main__ import IMPORTING, guarded

number = int(sys.argv[1])


class Destroyed:
    def __del__(self):
        os.kill(os.getpid(), number)


def destructor():
    Destroyed()


def importing():
    passed = {}
    exec(compile("os.kill(os.getpid(), number)\\nend = True", IMPORTING, "exec"), globals(), passed)
    assert passed["end"]


def text():
    exec("os.kill(os.getpid(), number); time.sleep(60)")


def command():
    globals()[sys.argv[2]]()
    time.sleep(60)


sys.exit(guarded(command))
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
@pytest.mark.parametrize("moment", ["destructor", "importing", "text"])
def test_told_to_end_at_an_awkward_moment_it_ends_with_its_own_exit_code(number, moment):
    command = [sys.executable, "-c", TOLD, str(int(number)), moment]
    done = subprocess.run(command, capture_output=True, text=True, timeout=50)

    assert (done.returncode, done.stderr) == (130, "reviewer: interrupted\n")


def test_the_locks_of_imports_are_held_by_the_code_of_that_name():
    assert importlib._bootstrap._get_module_lock.__code__.co_filename == IMPORTING
