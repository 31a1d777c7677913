"""The shell scripts that git runs, and how they get into a folder of hooks and out again.

Real git runs them; a program that writes down how it was called stands where `reviewer` is looked for.
"""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from reviewer import hookfiles
from reviewer.hookfiles import KEPT, STAGES, installation, is_ours, removal, shipped_folder
from tests.repos import Repo

SHELLS = [shell for shell in ("sh", "dash", "bash", "busybox") if shutil.which(shell)]
RECORDS = '#!/bin/sh\n{ echo "$0" "$@"; [ "$2" = pre-push ] && cat; echo .; } >>"$RECORD"\nexit "${FAILS:-0}"\n'
EARLIER = (
    '#!/bin/sh\n# an older hook, caf\xe9\n{ echo earlier "$@"; %s echo .; } >>"$RECORD"\nexit "${EARLIER_FAILS:-0}"'
)


def shipped(stage: str) -> bytes:
    return (shipped_folder() / stage).read_bytes()


def put(folder: Path, *stages: str, program: str = "/nowhere", force: bool = False) -> list[str]:
    """Install hooks; what was done about each."""
    done = []
    for stage in stages or STAGES:
        content = hookfiles.installed(shipped(stage), program)
        step = installation(folder, stage, content, shipped(stage), force=force)
        if step.act:
            step.act()
        done.append(step.done)
    return done


def take(folder: Path, *stages: str) -> list[str]:
    done = []
    for stage in stages or STAGES:
        step = removal(folder, stage, shipped(stage))
        if step.act:
            step.act()
        done.append(step.done)
    return done


def snapshot(folder: Path) -> dict[str, tuple[str, int, bytes]]:
    """Names, kinds, modes and bytes of everything in a folder."""
    found = {}
    for path in sorted(folder.iterdir()):
        link = path.is_symlink()
        content = os.fsencode(path.readlink()) if link else path.read_bytes()
        found[path.name] = ("link" if link else "file", stat.S_IMODE(path.lstat().st_mode), content)
    return found


def earlier(folder: Path, stage: str, mode: int = 0o755) -> Path:
    """A hook that was there before."""
    folder.mkdir(parents=True, exist_ok=True)
    hook = folder / stage
    hook.write_bytes((EARLIER % ("cat;" if stage == "pre-push" else "")).encode("latin-1"))
    hook.chmod(mode)
    return hook


class World:
    """A repository with hooks, and a program that records how they call it."""

    def __init__(self, folder: Path) -> None:
        self.repo = Repo(folder)
        self.hooks = self.repo.root / ".git" / "hooks"
        self.record = folder / "record"
        self.bin = folder / "own bin"  # with a blank, as folders of people have
        self.bin.mkdir()
        program = self.bin / "reviewer"
        program.write_text(RECORDS)
        program.chmod(0o755)
        self.repo.env |= {"RECORD": str(self.record), "PATH": f"{self.bin}:{os.environ['PATH']}"}
        self.repo.write("a.py", "x = 1\n")

    def said(self) -> list[str]:
        """What was written down, one entry a call, without the folder of the program; then forgotten."""
        text = self.record.read_text() if self.record.exists() else ""
        self.record.unlink(missing_ok=True)
        calls = [call.strip() for call in text.replace(f"{self.bin}/", "").split("\n.\n") if call.strip()]
        staging = ("reviewer hook post-index-change", "earlier 0 ", "earlier 1 ")
        return [call for call in calls if not call.startswith(staging)]


@pytest.fixture
def world(tmp_path):
    return World(tmp_path)


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("folder", ["/opt/bin", "/home/o'neill/own bin"])
def test_every_shell_can_read_the_hooks(shell, stage, folder, tmp_path):
    file = tmp_path / stage
    file.write_bytes(hookfiles.installed(shipped(stage), folder))
    command = ["busybox", "sh"] if shell == "busybox" else [shell]

    assert subprocess.run([*command, "-n", file], capture_output=True, check=False).stderr == b""


@pytest.mark.parametrize("stage", STAGES)
def test_shellcheck_finds_nothing(stage):
    if not shutil.which("shellcheck"):
        pytest.skip("shellcheck is not installed: .ci/run installs it")
    done = subprocess.run(["shellcheck", shipped_folder() / stage], capture_output=True, text=True, check=False)

    assert done.stdout == ""


def test_what_ships_can_be_run_as_it_is():
    for stage in STAGES:
        assert os.access(shipped_folder() / stage, os.X_OK)
        assert is_ours(shipped(stage), shipped(stage))


def test_a_commit_and_staging_call_the_program(world):
    put(world.hooks)
    world.repo.add().commit()
    calls = world.record.read_text().replace(f"{world.bin}/", "").split("\n")

    assert "reviewer hook pre-commit" in calls
    assert any(call.startswith("reviewer hook post-index-change ") for call in calls)


def test_what_the_program_answers_blocks_the_commit_or_does_not(world):
    put(world.hooks)
    world.repo.add()
    world.repo.env["FAILS"] = "1"

    assert world.repo.run("commit", "-m", "no").returncode == 1
    world.repo.env["FAILS"] = "0"
    world.repo.commit()


def test_a_push_hands_over_the_remote_and_gits_lines(world, tmp_path):
    put(world.hooks)
    world.repo.add().commit()
    remote = tmp_path / "remote.git"
    subprocess.run(["git", "init", "-q", "--bare", remote], check=True, env=world.repo.env)
    world.said()
    world.repo.git("push", "-q", str(remote), "main", "main:other")
    zero = "0" * 40
    head = world.repo.head
    lines = [f"refs/heads/main {head} refs/heads/{name} {zero}" for name in ("main", "other")]

    assert world.said() == ["\n".join([f"reviewer hook pre-push {remote} {remote}", *lines])]


def test_an_earlier_hook_runs_first_with_the_same_arguments_and_the_same_lines(world, tmp_path):
    for stage in STAGES:
        earlier(world.hooks, stage)
    assert put(world.hooks) == ["installed"] * 3
    world.repo.add().commit()

    assert world.said() == ["earlier", "reviewer hook pre-commit"]
    remote = tmp_path / "remote.git"
    subprocess.run(["git", "init", "-q", "--bare", remote], check=True, env=world.repo.env)
    world.repo.git("push", "-q", str(remote), "main")
    first, second = world.said()
    line = f"refs/heads/main {world.repo.head} refs/heads/main {'0' * 40}"
    assert first == f"earlier {remote} {remote}\n{line}"
    assert second == f"reviewer hook pre-push {remote} {remote}\n{line}"


@pytest.mark.parametrize("lines", [b"", b"a b c d\n", b"a b c d\ne f g h\n", b"no newline", b"\n\n"])
def test_pre_push_passes_stdin_on_byte_for_byte(world, lines, tmp_path):
    both = tmp_path / "both"
    hook = earlier(world.hooks, "pre-push")
    hook.write_text(f'#!/bin/sh\ncat >"{both}.1"\n')
    (world.bin / "reviewer").write_text(f'#!/bin/sh\ncat >"{both}.2"\n')
    put(world.hooks, "pre-push")
    subprocess.run([world.hooks / "pre-push", "origin", "url"], input=lines, env=world.repo.env, check=True)

    assert [Path(f"{both}.{number}").read_bytes() for number in (1, 2)] == [lines, lines]


@pytest.mark.parametrize("stage", ["pre-commit", "pre-push"])
def test_where_the_earlier_hook_fails_its_exit_code_counts_and_nothing_is_reviewed(world, stage):
    earlier(world.hooks, stage)
    put(world.hooks, stage)
    env = world.repo.env | {"EARLIER_FAILS": "7"}
    done = subprocess.run([world.hooks / stage], input=b"", env=env, check=False)

    assert done.returncode == 7
    assert [call.partition("\n")[0] for call in world.said()] == ["earlier"]


def test_an_earlier_hook_that_does_not_read_the_lines_is_no_trouble(world):
    hook = earlier(world.hooks, "pre-push")
    hook.write_text("#!/bin/sh\nexit 0\n")
    put(world.hooks, "pre-push")
    many = b"refs/heads/main 1 refs/heads/main 2\n" * 20_000
    done = subprocess.run([world.hooks / "pre-push"], input=many, env=world.repo.env, capture_output=True, check=False)

    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("stage", ["pre-commit", "pre-push"])
def test_without_the_program_the_hook_says_so_loudly_and_does_not_block(world, stage, tmp_path):
    put(world.hooks, stage)
    env = world.repo.env | {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    done = subprocess.run([world.hooks / stage], input="", env=env, capture_output=True, text=True, check=False)

    assert done.returncode == 0
    assert done.stderr.startswith("reviewer: *** NOTHING WAS REVIEWED")
    assert len(done.stderr.splitlines()) == 1


def test_without_the_program_staging_is_silent(world, tmp_path):
    put(world.hooks)
    env = world.repo.env | {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    done = subprocess.run([world.hooks / "post-index-change", "1", "0"], env=env, capture_output=True, check=False)

    assert (done.returncode, done.stderr) == (0, b"")


def test_a_program_that_is_not_on_the_path_of_the_hook_is_found_where_it_installed_them(world):
    put(world.hooks, program=str(world.bin))
    env = world.repo.env | {"PATH": "/usr/bin:/bin"}
    subprocess.run([world.hooks / "pre-commit"], env=env, check=True)

    assert world.said() == ["reviewer hook pre-commit"]


# ---------------------------------------------------------------- in and out


def test_installing_twice_changes_nothing(tmp_path):
    earlier(tmp_path, "pre-push")
    put(tmp_path)
    before = snapshot(tmp_path)

    assert put(tmp_path) == ["nothing to do"] * 3
    assert snapshot(tmp_path) == before


def nothing_there(folder: Path) -> None:
    folder.mkdir(exist_ok=True)


def executable(folder: Path) -> None:
    earlier(folder, "pre-commit", 0o755)


def not_executable(folder: Path) -> None:
    earlier(folder, "pre-commit", 0o644)


def odd_mode(folder: Path) -> None:
    earlier(folder, "pre-push", 0o711)


def link(folder: Path) -> None:
    earlier(folder / "..", "script.sh")
    (folder / "pre-commit").symlink_to("../script.sh")


def broken_link(folder: Path) -> None:
    (folder / "pre-commit").symlink_to("../gone.sh")


def binary(folder: Path) -> None:
    (folder / "pre-push").write_bytes(b"\x7fELF\0\xff" * 1000)


def empty(folder: Path) -> None:
    (folder / "post-index-change").write_bytes(b"")


@pytest.mark.parametrize(
    "there", [nothing_there, executable, not_executable, odd_mode, link, broken_link, binary, empty],
    ids=lambda make: make.__name__,
)  # fmt: skip
def test_what_was_there_comes_back_byte_for_byte(there, tmp_path):
    folder = tmp_path / "hooks"
    folder.mkdir()
    there(folder)
    before = snapshot(folder)
    put(folder)

    assert all((folder / stage).is_file() and os.access(folder / stage, os.X_OK) for stage in STAGES)
    assert put(folder) == ["nothing to do"] * 3
    assert take(folder) == ["removed"] * 3
    assert snapshot(folder) == before
    assert take(folder) == ["nothing to do"] * 3


def test_a_hook_that_git_does_not_run_is_not_run_by_ours(world):
    earlier(world.hooks, "pre-commit", 0o644)
    put(world.hooks)
    world.repo.add().commit()

    assert world.said() == ["reviewer hook pre-commit"]


def test_an_older_version_of_ours_is_brought_up_to_date(tmp_path):
    earlier(tmp_path, "pre-commit")
    put(tmp_path, program="/old/place")

    assert put(tmp_path, "pre-commit", program="/new/place") == ["updated"]
    assert b"/new/place" in (tmp_path / "pre-commit").read_bytes()
    assert (tmp_path / f"pre-commit{KEPT}").read_bytes().startswith(b"#!/bin/sh\n# an older hook")


def test_a_hook_that_was_copied_by_hand_becomes_ours(tmp_path):
    shutil.copy(shipped_folder() / "pre-commit", tmp_path)

    assert put(tmp_path, "pre-commit") == ["updated"]
    assert take(tmp_path, "pre-commit") == ["removed"]
    assert list(tmp_path.iterdir()) == []


def test_a_hook_of_ours_that_somebody_edited_is_left(tmp_path):
    put(tmp_path, "pre-commit")
    with (tmp_path / "pre-commit").open("a") as file:
        file.write("echo mine\n")
    before = snapshot(tmp_path)

    assert put(tmp_path, "pre-commit") == take(tmp_path, "pre-commit") == ["left"]
    assert snapshot(tmp_path) == before


def test_a_hook_that_replaced_ours_is_left_and_so_is_what_we_had_kept(tmp_path):
    earlier(tmp_path, "pre-commit")
    put(tmp_path, "pre-commit")
    (tmp_path / "pre-commit").write_text("#!/bin/sh\n# of another program\n")
    before = snapshot(tmp_path)

    assert put(tmp_path, "pre-commit") == take(tmp_path, "pre-commit") == ["left"]
    assert snapshot(tmp_path) == before


def test_where_our_file_was_deleted_the_earlier_hook_comes_back(tmp_path):
    earlier(tmp_path, "pre-commit")
    before = snapshot(tmp_path)
    put(tmp_path, "pre-commit")
    (tmp_path / "pre-commit").unlink()

    assert take(tmp_path, "pre-commit") == ["removed"]
    assert snapshot(tmp_path) == before


@pytest.mark.parametrize(
    ("content", "folder", "name"),
    [
        (b"#!/usr/bin/env bash\n# File generated by pre-commit: https://pre-commit.com\n", "hooks", "pre-commit"),
        (b"#!/bin/sh\n# File generated by prek\n", "hooks", "prek"),
        (b'#!/bin/sh\ncall_lefthook run "pre-commit" "$@"\n', "hooks", "lefthook"),
        (b'#!/usr/bin/env sh\n. "$(dirname "$0")/h"\n', ".husky/_", "husky"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_hook_of_a_hook_manager_is_left_with_advice(content, folder, name, tmp_path):
    hook = tmp_path / folder / "pre-commit"
    hook.parent.mkdir(parents=True)
    hook.write_bytes(content)
    step = installation(hook.parent, "pre-commit", b"ours", shipped("pre-commit"))

    assert step.done == "left"
    assert step.act is None
    assert step.note.startswith(f"{name} owns this hook")
    assert put(hook.parent, "pre-commit", force=True) == ["installed"]


def test_where_a_hook_cannot_be_put_the_earlier_one_stays(tmp_path):
    earlier(tmp_path, "pre-commit")
    before = snapshot(tmp_path)
    step = installation(tmp_path, "pre-commit", b"ours", shipped("pre-commit"))
    (tmp_path / "pre-commit.reviewer-part").mkdir()

    assert step.act
    with pytest.raises(OSError, match="reviewer-part"):
        step.act()
    (tmp_path / "pre-commit.reviewer-part").rmdir()
    assert snapshot(tmp_path) == before
