"""Every attack of `escapes.py`, as whoever runs the tests and as an ordinary user, behind all walls and behind few."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from escapes import IMPORTS, names

HERE = Path(__file__).parent
NOBODY = 65534
# Where namespaces are forbidden (Ubuntu's default), and where landlock is also too old to keep signals in.
NO_NAMESPACES = ("user", "network", "pid", "ipc", "mount")
WALLS = {"all-walls": (), "no-namespaces": NO_NAMESPACES, "no-namespaces-no-scope": (*NO_NAMESPACES, "scope")}

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="the walls of this system cannot be tried here"),
    pytest.mark.timeout(300),
]

PASSES = {"good", "import_print", "import_daemon", "import_thread"}
# What an attack may come to; anything else that is not "it was stopped" is listed here because it is harmless.
HARMLESS = {
    "signal_parent": {"1"},  # the first process of a PID namespace ignores it
    "stop_parent": {"1"},
    "daemon": {"1"},
    "child_left": {"1"},
    "thread_left": {"1"},
    "trace_tool": {"False"},
    "trace_parent": {"False"},
    "read_own_environment": {"False"},
    "read_all_environments": {"False"},
    "read_environment": {"False"},
    "new_namespace": {"False"},
    "mount_over": {"False"},
    "unmount": {"False"},
    "writable_again": {"False"},
    "own_program": {"False"},
    "become_root": {"None"},  # already that user, with nothing to gain
    "signal_all": {"None"},
}
SAID: dict[str, tuple[str, str | tuple[str, ...]]] = {
    "write_outside": ("not_run", "needs to write outside the sandbox"),
    "chmod_outside": ("not_run", "needs to write outside the sandbox"),
    "touch_outside": ("not_run", "needs to write outside the sandbox"),
    "tcp": ("not_run", "needs network"),
    "udp": ("not_run", "needs network"),
    "unix": ("not_run", "needs network"),
    "url": ("not_run", "needs network"),
    "resolve": ("not_run", "needs network"),
    "memory_hog": ("raised", ""),
    "cpu_hog": ("timed_out", ("used up its processor time", "took longer than 1.5 s")),  # on a busy machine the latter
    "sleep_forever": ("timed_out", "took longer than 1.5 s"),
    "exit_zero": ("crashed", "ended the process with status 0"),
    "segfault": ("crashed", "died of signal 11 (SIGSEGV)"),
    "exit_python": ("raised", "0"),
    "forge": ("crashed", "wrote into the sandbox's own pipe"),
    "import_loop": ("not_run", "importing import_loop.py took longer than 3 s"),
    "import_exit": ("not_run", "importing import_exit.py ended the process with status 0"),
    "import_write": ("not_run", "the import fails: needs to write outside the sandbox"),
    "import_connect": ("not_run", "the import fails: needs network"),
}


@cache
def tried(user: str, walls: str) -> Any:
    as_nobody = user == "ordinary-user" and os.geteuid() == 0
    if user == "ordinary-user" and os.geteuid() != 0:
        return "this is an ordinary user already"
    python = reachable_python() if as_nobody else sys.executable
    if python is None:
        return "no interpreter that an ordinary user can start"
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(HERE.parent)}
    who = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if as_nobody else {}
    done = subprocess.run(
        [python, str(HERE / "escapes.py"), python, *WALLS[walls]],
        capture_output=True, text=True, env=environ, cwd="/", timeout=280, **who,
    )  # fmt: skip
    if "Unavailable" in done.stderr:
        return f"no isolation here: {done.stderr.splitlines()[-1]}"
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def reachable_python() -> str | None:
    """A Python that an ordinary user can start and that sees this repository."""
    check = "import sys; assert sys.version_info >= (3, 11); import reviewer.data"
    for python in (sys.executable, "/usr/bin/python3", "/usr/local/bin/python3"):
        try:
            done = subprocess.run(
                [python, "-c", check], env={"PYTHONPATH": str(HERE.parent)}, capture_output=True, cwd="/",
                user=NOBODY, group=NOBODY, extra_groups=[],
            )  # fmt: skip
        except OSError:
            continue
        if done.returncode == 0:
            return python
    return None


@pytest.fixture(params=["this-user", pytest.param("ordinary-user", marks=pytest.mark.slow)])
def user(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(
    params=[
        "all-walls",
        pytest.param("no-namespaces", marks=pytest.mark.slow),
        pytest.param("no-namespaces-no-scope", marks=pytest.mark.slow),
    ]
)
def report(request: pytest.FixtureRequest, user: str) -> Any:
    found = tried(user, request.param)
    if isinstance(found, str):
        pytest.skip(found)
    return found


@pytest.mark.parametrize("attack", names())
def test_an_attack_is_stopped_and_the_next_run_is_right(attack: str, report: Any) -> None:
    result = report["results"][attack]
    assert result["good_after"], result
    assert not result["left"], "a process was left behind"
    assert result["passed"] is (True if attack in PASSES else result["passed"])
    if attack not in PASSES:
        assert not result["passed"], result
        stopped = result["kind"] in ("raised", "timed_out", "crashed", "not_run")
        assert stopped or result["value"] in HARMLESS.get(attack, ()), result
    assert result["effects"] <= 2 * 64 * 1024


@pytest.mark.parametrize("attack", SAID)
def test_the_result_says_what_happened(attack: str, report: Any) -> None:
    result = report["results"][attack]
    kind, message = SAID[attack]
    assert result["kind"] == kind
    assert result["message"] in (message if isinstance(message, tuple) else (message,))


def test_nothing_outside_was_touched(report: Any) -> None:
    assert report["victim"]
    assert report["outside"] == ["socket", "victim"]
    assert report["sources"]
    assert not report["escaped"]


def test_nothing_was_reached(report: Any) -> None:
    assert report["reached"] == []
    assert report["process"]


def test_nothing_survives_the_sandbox(report: Any) -> None:
    assert report["temps"] == []
    assert not any(result["left"] for result in report["results"].values())


def test_the_secret_was_there_to_be_read(report: Any) -> None:
    assert report["secret_was_there"]


def test_the_walls_are_named(report: Any) -> None:
    assert {"landlock", "seccomp", "resource limits"} & set(report["isolation"])


def test_imports_are_attacked_too() -> None:
    assert set(IMPORTS) < set(names())
