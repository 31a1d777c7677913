"""Progress under pre-commit: on the terminal of the process, never among what pre-commit holds back."""

import fcntl
import os
import pty
import re
import subprocess
import termios
import threading
from collections.abc import Callable

import pytest

from tests.e2e.helpers import SCRIPTS, environment, one_function, says
from tests.e2e.test_hook import SHOWN, WRONG, by_git, by_pre_commit, identity
from tests.repos import Repo
from tests.servers import MODEL, Handler, played

pytestmark = pytest.mark.slow  # reviews on real terminals

GROUP = re.compile(r"\x1b7\x1b\[B\r\x1b\[K(.*?)\x1b8", re.S)


class Terminal:
    """A terminal of its own, for one process; `text` is all that it was sent."""

    def __init__(self) -> None:
        self.leader, self.follower = pty.openpty()
        self.sent = b""

    def run(self, command: list[str], repo: Repo, captured: bool, **env: str) -> tuple[int, str]:
        """Run with this as the controlling terminal; the exit code, and what came out of pipes if `captured`."""
        streams = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT} if captured else {}
        streams = {"stdout": self.follower, "stderr": self.follower} | streams
        reader = threading.Thread(target=self.read)
        reader.start()
        with subprocess.Popen(
            command,
            cwd=repo.root,
            env=environment(TERM="xterm", **identity(repo), **env),
            stdin=self.follower,
            preexec_fn=self.control,
            **streams,
        ) as process:
            os.close(self.follower)
            output, _ = process.communicate(timeout=100)
        reader.join(60)
        os.close(self.leader)
        return process.returncode, os.fsdecode(output or b"")

    def control(self) -> None:
        os.setsid()
        fcntl.ioctl(self.follower, termios.TIOCSCTTY, 0)

    def read(self) -> None:
        try:
            while data := os.read(self.leader, 65536):
                self.sent += data
        except OSError:  # the last process has closed it
            return

    @property
    def text(self) -> str:
        return os.fsdecode(self.sent)


def slowly(reply: str) -> Callable[[Handler], None]:
    """Answers when the elapsed time has been shown to change."""

    def play(handler: Handler) -> None:
        threading.Event().wait(1.3)
        says(reply)(handler)

    return play


def test_of_the_hook_alone_the_terminal_shows_progress_and_the_pipe_the_report(tmp_path):
    repo, terminal = one_function(tmp_path).add(), Terminal()
    with played(slowly(WRONG)) as server:
        env = {"REVIEWER_MODEL": MODEL, "OLLAMA_HOST": server.host, "PRE_COMMIT": "1"}
        code, output = terminal.run([str(SCRIPTS / "reviewer"), "hook", "pre-commit"], repo, captured=True, **env)

    assert code == 0
    assert SHOWN in output
    assert "function 1 of 1" not in output
    assert "\x1b" not in output
    *shown, last = GROUP.findall(terminal.text)
    assert all(re.fullmatch(r"function 1 of 1  0:\d\d  total", line) for line in shown)
    assert len(set(shown)) > 1
    assert last == ""  # cleaned up
    assert GROUP.sub("", terminal.text).replace("\x1bD\x1b[A", "") == ""


@pytest.mark.parametrize("color", ["always", "never"])
def test_under_pre_commit_its_own_lines_stay_whole(tmp_path, color):
    repo, terminal = by_pre_commit(one_function(tmp_path)).add(), Terminal()
    with played(slowly(WRONG)) as server:
        env = {"REVIEWER_MODEL": MODEL, "OLLAMA_HOST": server.host, "PRE_COMMIT_COLOR": color}
        code, _ = terminal.run(["git", "commit", "--message", "change"], repo, captured=False, **env)

    assert code == 0
    assert any(re.fullmatch(r"function 1 of 1  0:\d\d  total", line) for line in GROUP.findall(terminal.text))
    rest = re.sub(r"\x1b\[[\d;]*m", "", GROUP.sub("", terminal.text).replace("\x1bD\x1b[A", ""))
    assert re.search(r"^reviewer\.+Passed\r?$", rest, re.M)
    assert "function 1 of 1" not in rest
    assert "shop.py:8:" in rest


def test_by_plain_git_the_line_is_on_stderr_and_gone_at_the_end(tmp_path):
    repo, terminal = by_git(one_function(tmp_path)).add(), Terminal()
    with played(slowly(WRONG)) as server:
        env = {"REVIEWER_MODEL": MODEL, "OLLAMA_HOST": server.host}
        code, _ = terminal.run(["git", "commit", "--message", "change"], repo, captured=False, **env)

    assert code == 0
    assert re.search(r"\r\x1b\[Kfunction 1 of 1  0:\d\d  total", terminal.text)


@pytest.mark.parametrize("env", [{"TERM": "dumb"}, {"CI": "true"}], ids=["dumb terminal", "CI"])
def test_where_a_line_cannot_be_rewritten_there_is_none(tmp_path, env):
    repo, terminal = one_function(tmp_path).add(), Terminal()
    with played(slowly(WRONG)) as server:
        more = {"REVIEWER_MODEL": MODEL, "OLLAMA_HOST": server.host, "PRE_COMMIT": "1"}
        command = ["env", *(f"{name}={value}" for name, value in env.items()), str(SCRIPTS / "reviewer")]
        code, output = terminal.run([*command, "hook", "pre-commit"], repo, captured=True, **more)

    assert code == 0
    assert SHOWN in output
    assert terminal.text == ""
