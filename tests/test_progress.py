import io
import os
import pty
import re

import pytest

from reviewer.progress import PLAIN_INTERVAL, Progress


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


class Terminal(io.StringIO):
    def isatty(self):
        return True


def run(stream, environ, **extra):
    clock = Clock()
    with Progress(stream, environ, clock=clock, columns=40, **extra) as progress:
        progress.step(1, 3, "a.py::first")
        clock.now += PLAIN_INTERVAL + 52
        progress.step(2, 3, "a.py::\x1b[31msecond")
        clock.now += 1
        progress.step(3, 3, "a.py::third")
    return stream.getvalue()


def test_on_a_terminal_one_line_updates_itself_and_is_gone_at_the_end():
    assert run(Terminal(), {}).split("\r\x1b[K") == [
        "",
        "function 1 of 3  0:00  a.py::first",
        r"function 2 of 3  1:02  a.py::\x1b[31mse",
        "function 3 of 3  1:03  a.py::third",
        "",
    ]


@pytest.mark.parametrize(
    ("stream", "environ"),
    [(io.StringIO, {}), (Terminal, {"CI": "true"}), (Terminal, {"TERM": "dumb"})],
    ids=["pipe", "CI", "dumb terminal"],
)
def test_elsewhere_a_plain_line_comes_now_and_then(stream, environ):
    assert run(stream(), environ) == "function 2 of 3  1:02  a.py::\\x1b[31msecond\n"


@pytest.mark.parametrize(
    ("environ", "extra"), [({"PRE_COMMIT": "1"}, {}), ({}, {"enabled": False})], ids=["pre-commit", "quiet"]
)
@pytest.mark.parametrize("stream", [io.StringIO, Terminal])
def test_under_pre_commit_or_when_switched_off_there_is_none(stream, environ, extra):
    assert run(stream(), environ, terminal="/nonexistent", **extra) == ""


@pytest.mark.parametrize(
    ("stream", "environ", "expected"),
    [
        (
            Terminal(),
            {},
            "\r\x1b[Kfunction 1 of 1  0:00\r\x1b[Kreviewer: no \\x1b[2J server\n\r\x1b[Kfunction 1 of 1  0:00\r\x1b[K",
        ),
        (io.StringIO(), {}, "reviewer: no \\x1b[2J server\n"),
        (io.StringIO(), {"PRE_COMMIT": "1"}, "reviewer: no \\x1b[2J server\n"),
    ],
    ids=["terminal", "pipe", "pre-commit"],
)
def test_a_warning_gets_a_line_of_its_own_everywhere(stream, environ, expected):
    with Progress(stream, environ, clock=Clock(), columns=40, terminal="/nonexistent") as progress:
        progress.step(1, 1)
        progress.say("no \x1b[2J server")

    assert stream.getvalue() == expected


def test_a_stream_that_was_closed_does_not_end_the_run():
    stream = Terminal()
    with Progress(stream, {}) as progress:
        stream.close()
        progress.step(1, 2, "a")
        progress.say("still here")


def test_the_line_is_cleaned_up_when_the_work_fails():
    def interrupted():
        with Progress(stream, {}, columns=40) as progress:
            progress.step(1, 1, "a")
            raise KeyboardInterrupt

    stream = Terminal()
    with pytest.raises(KeyboardInterrupt):
        interrupted()

    assert stream.getvalue().endswith("\r\x1b[K")


def test_a_real_terminal_shows_no_more_than_its_width():
    leader, follower = pty.openpty()
    with os.fdopen(follower, "w") as stream, Progress(stream, {}) as progress:
        progress.step(1, 1, "n" * 500)
    shown = os.read(leader, 10_000).decode()
    os.close(leader)

    assert max(len(line) for line in re.split(r"[\r\n]|\x1b\[K", shown)) <= 79
