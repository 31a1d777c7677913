"""Who has the turn: one at a time, whatever became of the one before."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from reviewer.turns import Turns

HOLDER = """
import sys, time
from pathlib import Path
from reviewer.turns import Turns
turns = Turns(Path(sys.argv[1]), Path("repository"), Path("worktree"))
with turns.turn(lambda: False) as have:
    turns.show("content")
    print(have, flush=True)
    time.sleep(60)
"""


@pytest.fixture
def turns(tmp_path) -> Turns:
    return Turns(tmp_path / "cache", Path("repository"), Path("worktree"))


@pytest.fixture
def holder(tmp_path):
    """Another process that has the turn."""
    command = [sys.executable, "-c", HOLDER, str(tmp_path / "cache")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "True\n"
        yield process
        process.kill()


def test_one_has_it_at_a_time(turns, holder):
    with turns.turn(lambda: False) as have:
        assert not have
    assert turns.shown() == "content"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_it_ends_with_its_process(turns, holder, number):
    holder.send_signal(number)
    holder.wait(60)
    with turns.turn(lambda: False) as have:
        assert have
        assert turns.shown() == ""


def test_whoever_waits_has_it_next(turns, holder):
    ends = time.monotonic() + 60
    asked = iter(range(1000))

    def going_on() -> bool:
        if next(asked) == 1:
            holder.kill()
        return time.monotonic() < ends

    with turns.turn(going_on) as have:
        assert have


def test_asked_to_stop_until_somebody_else_has_it(turns):
    assert not turns.asked_to_stop()
    turns.ask_to_stop()
    assert turns.asked_to_stop()
    with turns.turn(lambda: False):
        assert not turns.asked_to_stop()


def test_one_waits_at_a_time_in_a_worktree(turns, tmp_path):
    other = Turns(tmp_path / "cache", Path("repository"), Path("another worktree"))
    with turns.only_one_waiting() as first, turns.only_one_waiting() as second, other.only_one_waiting() as third:
        assert (first, second, third) == (True, False, True)


def test_what_was_reviewed_is_remembered_for_each_worktree(turns, tmp_path):
    other = Turns(tmp_path / "cache", Path("repository"), Path("another worktree"))
    turns.remember("content")

    assert (turns.reviewed(), other.reviewed()) == ("content", "")
    assert Turns(tmp_path / "cache", Path("repository"), Path("worktree")).reviewed() == "content"


def test_the_folder_is_for_its_user_alone(turns):
    assert turns.folder.stat().st_mode & 0o777 == 0o700
    turns.folder.chmod(0o777)
    with pytest.raises(PermissionError):
        Turns(turns.folder.parent.parent, Path("repository"), Path("worktree"))


def test_where_nothing_can_be_locked_everybody_has_it(turns):
    turns.folder.rmdir()
    turns.folder.write_text("a file, and no folder")
    with turns.turn(lambda: False) as have:
        assert have
    turns.remember("content")
    turns.ask_to_stop()

    assert (turns.reviewed(), turns.shown(), turns.asked_to_stop()) == ("", "", False)
