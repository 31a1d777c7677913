"""What the README and docs/help.md show is what the program does. `UPDATE_GOLDEN=1` renews them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from reviewer import config
from reviewer.commands.background import DEADLINE
from reviewer.commands.hook import STAGES
from reviewer.emitters import FORMATS
from reviewer.errors import ExitCode

TOP = Path(__file__).parents[1]
README = TOP / "README.md"
HELP = TOP / "docs" / "help.md"
SCRIPT = str(Path(sys.executable).with_name("reviewer"))
HOOKS = ("hook pre-push", "hook post-index-change")
COMMANDS = (
    "",
    "review",
    "tests",
    "init",
    "doctor",
    "models",
    "completion",
    "hook",
    "hook pre-commit",
    *HOOKS,
    "ci",
    "cache",
    "cache size",
    "cache clear",
)


def run(*arguments: str, cwd: Path = TOP) -> str:
    environment = {**os.environ, "COLUMNS": "80", "TERM": "dumb", "NO_COLOR": "1"}
    done = subprocess.run([SCRIPT, *arguments], cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1, 3), done.stderr
    return done.stdout


def between(text: str, name: str) -> re.Match[str]:
    found = re.search(
        rf"(?<=<!-- {name}: checked by tests/test_readme.py -->\n).*?(?=<!-- end of {name} -->)", text, re.S
    )
    assert found
    return found


def check(path: Path, found: str, wanted: str, whole: str) -> None:
    if os.environ.get("UPDATE_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(whole)
        return
    assert found == wanted


TRANSCRIPTS = {"transcript": ("review", "--model", "none"), "tests": ("tests", "shop/money.py", "--model", "none")}


def formats() -> str:
    """The table of formats: what the first sentence of each module says."""
    rows = (f"| `{name}` | {import_module(module).__doc__.splitlines()[0]} |\n" for name, module in FORMATS.items())
    return "| `--format` | what |\n|---|---|\n" + "".join(rows)


@pytest.mark.parametrize("part", ["settings", "formats", *TRANSCRIPTS])
def test_the_readme_shows_what_the_program_says(part: str, tmp_path: Path) -> None:
    text = README.read_text()
    place = between(text, part)
    if part in ("settings", "formats"):
        wanted = config.table() if part == "settings" else formats()
    else:
        subprocess.run(
            [sys.executable, TOP / "examples" / "try.py", "--only-build", tmp_path / "shop"],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        shown = run(*TRANSCRIPTS[part], cwd=tmp_path / "shop")
        wanted = f"```console\n$ reviewer {' '.join(TRANSCRIPTS[part])}\n{shown}```\n"
    check(README, place[0], wanted, text[: place.start()] + wanted + text[place.end() :])


def test_the_readme_names_every_hook_that_pre_commit_is_offered() -> None:
    named = re.findall(r"- id: (\S+)", between(README.read_text(), "hooks")[0])
    offered = re.findall(r"^- id: (\S+)", (TOP / ".pre-commit-hooks.yaml").read_text(), re.M)

    assert named == offered


def test_the_readme_says_how_long_each_hook_takes() -> None:
    rows = re.findall(r"^\| `([\w-]+)` \| .* \| (.*) \|$", README.read_text(), re.M)
    waits = {name: f"{stage.seconds:g} seconds" for name, stage in STAGES.items()}

    assert waits.items() <= dict(rows).items()
    assert f"{DEADLINE:g} seconds at most" in README.read_text()


def test_the_help_page_is_what_the_commands_say() -> None:
    parts = ["# Every command's help\n"]
    for command in COMMANDS:
        parts.append(
            f"\n## `{('reviewer ' + command).strip()}`\n\n```text\n{run(*command.split(), '--help').strip()}\n```\n"
        )
    wanted = "".join(parts)
    check(HELP, HELP.read_text() if HELP.exists() else "", wanted, wanted)


@pytest.mark.parametrize(
    "page",
    sorted({README, *TOP.glob("hooks/**/*.md"), TOP / "CONTRIBUTING.md"}),
    ids=lambda page: str(page.relative_to(TOP)),
)
def test_nobody_is_told_to_install_the_program_that_has_this_name_on_pypi(page: Path) -> None:
    assert re.findall(r"(?:pipx?|uv)(?: \w+)* install \"?reviewer\b", page.read_text()) == []


def test_the_readme_names_every_exit_code() -> None:
    rows = re.findall(r"^\| (\d+) \|", README.read_text(), re.M)

    assert [int(row) for row in rows] == [code.value for code in ExitCode]


def test_every_file_the_readme_names_is_there() -> None:
    text = README.read_text()
    named = set(re.findall(r"\]\(([\w./-]+)\)", text)) | {
        f"reviewer/{name}" for name in re.findall(r"`(\w+\.py)`", text)
    }

    assert [name for name in sorted(named) if not (TOP / name).exists()] == []
