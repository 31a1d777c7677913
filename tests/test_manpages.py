"""The manual pages say what the commands say, and the tools that read such pages have nothing to complain about."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.manpages import pages

FOLDER = Path(__file__).parents[1] / "man"
PAGES = ("reviewer.1", "git-review.1")


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_what_the_commands_say(name):
    wanted = pages()[name]
    if os.environ.get("UPDATE_GOLDEN"):
        (FOLDER / name).write_text(wanted)

    assert (FOLDER / name).read_text() == wanted


def lint(*command: str, name: str) -> str:
    if not shutil.which(command[0]):
        pytest.skip(f"{command[0]} is not installed: .ci/run installs it")
    done = subprocess.run([*command, FOLDER / name], capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


@pytest.mark.parametrize("name", PAGES)
def test_mandoc_finds_nothing(name):
    assert lint("mandoc", "-Tlint", "-Wwarning", name=name) == ""


@pytest.mark.parametrize("name", PAGES)
def test_groff_finds_nothing(name):
    assert lint("groff", "-man", "-Tutf8", "-ww", "-z", name=name) == ""


@pytest.mark.parametrize("name", PAGES)
def test_man_shows_it(name):
    shown = lint("man", "-l", name=name)
    if "has been minimized" in shown:
        pytest.skip("this system has only a placeholder for man")

    for heading in ("NAME", "SYNOPSIS", "DESCRIPTION", "EXIT STATUS", "ENVIRONMENT", "FILES"):
        assert f"\n{heading}\n" in f"\n{shown}"
    assert "--fail-on EVIDENCE" in shown
    assert "REVIEWER_SKIP" in shown
    assert "\\" not in shown
