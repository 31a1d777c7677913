"""`reviewer init`: set a repository up, asking nothing that can be found out, changing nothing that is there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from reviewer import changes, config, hookfiles, setupfiles
from reviewer.commands import found
from reviewer.commands.output import say_line
from reviewer.config import Config
from reviewer.emitters import sanitise
from reviewer.errors import ConfigError, ExitCode, UsageError
from reviewer.hookfiles import STAGES, Step
from reviewer.hookfolder import HookFolder, hook_folder
from reviewer.records import record
from reviewer.wholefile import write_whole

PRE_COMMIT = ".pre-commit-config.yaml"
Line = tuple[str, str, str]  # what was done, to what, and what there is to know


@record(frozen=True, slots=True)
class Wishes:
    """What the options ask for."""

    hooks: bool = False
    remove_hooks: bool = False
    force: bool = False
    dry_run: bool = False


@record(frozen=True, slots=True)
class Edit:
    """A file of the repository, as it is (None: it is not there) and as it will be."""

    path: Path
    old: bytes | None
    new: bytes
    note: str


def init(wishes: Wishes) -> int:
    """Do it, and say what was done. Raises ReviewerError before anything is written where something cannot be done."""
    if wishes.hooks and wishes.remove_hooks:
        raise UsageError("--hooks and --remove-hooks exclude each other: give one")
    root = changes.repository_root(Path.cwd())
    settings = config.load(root, {}, os.environ)
    edits: list[Edit] = []
    lines: list[Line] = []
    steps: list[Step] = []
    if wishes.hooks or wishes.remove_hooks:
        folder = hook_folder(root)
        steps = hook_steps(folder, wishes)
        if wishes.hooks and folder.in_worktree and any(step.act for step in steps):
            lines.append(("note", str(folder.path), "it is in the worktree, so that its files can be committed"))
    if not wishes.remove_hooks:
        for found_edit in [settings_edit(root, settings), *([] if wishes.hooks else [entry_edit(root)])]:
            edits += [found_edit] if isinstance(found_edit, Edit) else []
            lines += [] if isinstance(found_edit, Edit) else [found_edit]
    for done, what, note in chain(applied(edits, steps, wishes), lines, next_steps(root, wishes)):
        say_line(sanitise.line(f"{done:14} {what}{': ' if note else ''}{note}"))
    left = [step for step in steps if step.done == "left"]
    return ExitCode.USAGE if left and len(left) == len(steps) else ExitCode.CLEAN


def applied(edits: list[Edit], steps: list[Step], wishes: Wishes) -> Iterator[Line]:
    """Write what is to be written; with `--dry-run` print the differences instead. Raises ConfigError."""
    for step in steps:
        if step.act and not wishes.dry_run:
            try:
                step.act()
            except OSError as error:
                raise unwritable(error) from error
        would = "would be " if wishes.dry_run and step.act else ""
        yield would + step.done, step.stage, step.note
    for edit in edits:
        if wishes.dry_run:
            show(edit)
        else:
            write(edit)
        yield "would write" if wishes.dry_run else "wrote", edit.path.name, edit.note


# ---------------------------------------------------------------- configuration


def settings_edit(root: Path, settings: Config) -> Edit | Line:
    """Our table, in pyproject.toml where there is one, else in a file of its own."""
    pyproject, own = read(root, "pyproject.toml"), read(root, ".reviewer.toml")
    if own is not None:
        return "nothing to do", ".reviewer.toml", "it is there"
    if pyproject is not None and setupfiles.has_table(decoded(pyproject, "pyproject.toml")):
        return "nothing to do", "pyproject.toml", "[tool.reviewer] is there"
    entries, why = found.settings(root, settings, pyproject)
    note = "; ".join(f"{name} = {entries[name]!r}, {why[name]}" if name in entries else why[name] for name in why)
    if pyproject is not None:
        try:
            text = setupfiles.with_table(decoded(pyproject, "pyproject.toml"), entries)
        except ConfigError as error:  # the same can be said in a file of our own
            note = f"{note}; not in {error}"
        else:
            return Edit(root / "pyproject.toml", pyproject, text.encode(), note)
    return Edit(root / ".reviewer.toml", None, setupfiles.toml(entries).encode(), note)


def entry_edit(root: Path) -> Edit | Line:
    """Our hooks in pre-commit's configuration, unless they are git's own hooks already. Raises ConfigError."""
    folder, old = hook_folder(root).path, read(root, PRE_COMMIT)
    if old is None and (advice := elsewhere(folder)):
        return "next", "; ".join(advice), ""
    ours = [stage for stage in STAGES[:2] if installed_by_us(folder, stage)]
    if ours:
        return "nothing to do", PRE_COMMIT, f"not needed, installed as git hooks: {' and '.join(ours)}"
    text = "" if old is None else decoded(old, PRE_COMMIT)
    if setupfiles.names_us(text):
        return "nothing to do", PRE_COMMIT, "it names reviewer"
    source = found.source()
    new = setupfiles.with_hooks(text, source).encode()
    check(new, source)
    how = f"from {source[0]} at {source[1]}" if source else "which run the program installed here"
    return Edit(root / PRE_COMMIT, old, new, f"the hooks reviewer and reviewer-push, {how}")


def elsewhere(folder: Path) -> list[str]:
    """What to add where another manager of hooks than pre-commit runs them, a sentence a stage."""
    theirs = (stage for stage in STAGES[:2] if not installed_by_us(folder, stage))
    owners = (hookfiles.manager(found.hook(folder, stage), folder, stage) for stage in theirs)
    return [f"{owner[0]}: {owner[1]}" for owner in owners if owner and owner[0] not in ("pre-commit", "prek")]


def check(content: bytes, source: tuple[str, str] | None) -> None:
    """ConfigError unless pre-commit itself, where there is one, takes this configuration."""
    program = shutil.which("pre-commit")
    if program is None:
        return
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / PRE_COMMIT
        file.write_bytes(content)
        done = subprocess.run(
            [program, "validate-config", str(file)], cwd=folder, capture_output=True, text=True, check=False
        )
    if done.returncode:
        why = next((line.strip() for line in reversed(done.stdout.splitlines()) if "=====>" in line), "")
        raise setupfiles.refused(f"pre-commit would not take it ({why.removeprefix('=====> ')})", source)


def next_steps(root: Path, wishes: Wishes) -> Iterator[Line]:
    """What is left for the user: pre-commit writes its hooks itself."""
    if wishes.hooks or wishes.remove_hooks:
        return
    folder = hook_folder(root).path
    if elsewhere(folder) and not os.path.lexists(root / PRE_COMMIT):
        return
    owned = {stage: found.hook(folder, stage) for stage in STAGES[:2]}
    missing = [stage for stage, text in owned.items() if b"generated by" not in text]
    if missing and not any(installed_by_us(folder, stage) for stage in STAGES[:2]):
        install = "" if shutil.which("pre-commit") else "pip install pre-commit && "
        yield "next", f"`{install}pre-commit install {' '.join(f'--hook-type {stage}' for stage in missing)}`", ""


# ---------------------------------------------------------------- git hooks


def hook_steps(folder: HookFolder, wishes: Wishes) -> list[Step]:
    """What happens to each hook. Raises ConfigError for a folder that is not this repository's alone."""
    if folder.shared and not wishes.force:
        why = " (core.hooksPath)" if folder.setting else ""
        raise ConfigError(
            f"git's hooks are in {folder.path}{why}, outside of this repository: "
            "other repositories may share them; --force uses that folder all the same"
        )
    started = Path(sys.argv[0])  # another one may come first on PATH now, and be gone later
    program = started if started.name == "reviewer" else Path(shutil.which("reviewer") or sys.executable)
    steps = []
    for stage in STAGES:
        shipped = (hookfiles.shipped_folder() / stage).read_bytes()
        content = hookfiles.installed(shipped, str(program.absolute().parent))
        try:
            if wishes.remove_hooks:
                steps.append(hookfiles.removal(folder.path, stage, shipped))
            else:
                steps.append(hookfiles.installation(folder.path, stage, content, shipped, force=wishes.force))
        except OSError as error:
            raise unwritable(error) from error
    return steps


def installed_by_us(folder: Path, stage: str) -> bool:
    """Whether the plain git hook of that stage is ours."""
    return hookfiles.is_ours(found.hook(folder, stage), (hookfiles.shipped_folder() / stage).read_bytes())


# ---------------------------------------------------------------- files


def read(root: Path, name: str) -> bytes | None:
    """A file at the repository's top, None if it is not there. Raises ConfigError for what is not a file inside."""
    path = root / name
    if not os.path.lexists(path):
        return None
    if not path.resolve().is_relative_to(root.resolve()) or not path.is_file():
        raise ConfigError(f"{name}: it is not a file of this repository, so it is left alone")
    try:
        return path.read_bytes()
    except OSError as error:
        raise unwritable(error) from error


def decoded(content: bytes, name: str) -> str:
    """The text of a file. Raises ConfigError."""
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        raise ConfigError(f"{name}: not UTF-8, so it is left alone") from None


def write(edit: Edit) -> None:
    """Write a file whole or not at all. Raises ConfigError."""
    try:
        write_whole(edit.path.resolve(), edit.new)
    except OSError as error:
        raise unwritable(error) from error


def show(edit: Edit) -> None:
    """Print what would change."""
    from difflib import unified_diff

    old, new = ((content or b"").decode().splitlines() for content in (edit.old, edit.new))
    name = edit.path.name
    before = f"a/{name}" if edit.old is not None else "/dev/null"
    for line in unified_diff(old, new, before, f"b/{name}", lineterm=""):
        say_line(sanitise.block(line))


def unwritable(error: OSError) -> ConfigError:
    """A file that cannot be had, as one sentence."""
    return ConfigError(f"{error.filename}: {error.strerror}; nothing was written there")
