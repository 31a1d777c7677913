"""What a hook can decide before anything heavy is imported: a commit without Python costs one git process."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence

from reviewer import pushing

SUFFIXES = (b".py", b".pyi")
_PYTHON = ("--", *(f":(top)*{suffix.decode()}" for suffix in SUFFIXES))
_BUSY = ("index.lock", "MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "rebase-merge", "rebase-apply", "sequencer")
"""What is in git's folder while a command is under way that stages by itself, or has stopped half-way."""

_ENVIRONMENT = {
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_LITERAL_PATHSPECS": "0",
    "GIT_GLOB_PATHSPECS": "0",
    "GIT_NOGLOB_PATHSPECS": "0",
}

_lines = list[bytes]()  # what git told on stdin, once it was read


def nothing_to_review(arguments: Sequence[str], environ: Mapping[str, str]) -> bool:
    """Whether `reviewer hook ARGUMENTS` can end now: skipped by the user, or no Python in what it is about.

    For `post-index-change` the rest is left to a process of its own, in which this returns False.
    """
    stage = arguments[0] if arguments else ""
    if any(argument.startswith("-") for argument in arguments[:2]):
        return False
    if environ.get("REVIEWER_SKIP") == "1":
        if stage != "post-index-change":  # git runs that one too often to say anything
            sys.stderr.write("reviewer: skipped, because REVIEWER_SKIP=1\n")
        return True
    if stage == "pre-commit":
        return not stages_python()
    if stage == "pre-push":
        return not pushes_python(pushed(environ))
    if stage == "post-index-change":
        return not staged_by_hand(arguments[1:], environ) or not stages_python() or not detached()
    return False


def pushed(environ: Mapping[str, str]) -> list[pushing.Push]:
    """What is about to be pushed; git tells it on stdin, which is read once."""
    if environ.get("PRE_COMMIT") or sys.stdin is None or sys.stdin.isatty():
        return pushing.by_framework(environ)
    if not _lines:
        _lines.append(sys.stdin.buffer.read())
    return pushing.by_git(_lines[0])


def stages_python() -> bool:
    """Whether the index differs from HEAD in a Python file; yes when git cannot say, so that the review says why."""
    # Only names are asked for: nothing that the repository configures runs.
    options = ("--name-only", "--no-renames", "-z", "--no-ext-diff", "--no-textconv", "--ignore-submodules=all")
    names = git("diff", "--cached", *options)
    return names is None or any(name.endswith(SUFFIXES) for name in names.split(b"\0"))


def pushes_python(pushes: Sequence[pushing.Push]) -> bool:
    """Whether a commit that no remote has yet touches a Python file; yes where that takes more than one question."""
    if not all(pushing.is_hash(new) and (old is None or pushing.is_hash(old)) for new, old in pushes):
        return True
    if not pushes:
        return False
    known = (old for _, old in pushes if old is not None)  # --ignore-missing: it may never have been fetched
    commits = (*(new for new, _ in pushes), "--not", *known, "--remotes")
    found = git("rev-list", "--max-count=1", "--ignore-missing", *commits, *_PYTHON)
    return found is None or found.strip() != b""


def staged_by_hand(flags: Sequence[str], environ: Mapping[str, str]) -> bool:
    """Whether a change of the index may be somebody staging: no checkout, no other index, no command under way.

    `flags` are git's own: whether the worktree was changed, too, and whether `skip-worktree` was.
    """
    if "1" in flags[:1] or environ.get("GIT_INDEX_FILE"):  # set by commits for their hooks, and by who stages aside
        return False
    folder = git_folder(environ)
    return not any(os.path.lexists(f"{folder}/{name}") for name in _BUSY)


def git_folder(environ: Mapping[str, str]) -> str:
    """Git's own folder of this worktree, as seen from its top, where git runs hooks."""
    folder = environ.get("GIT_DIR") or ".git"
    try:
        with open(folder, encoding="utf-8", errors="surrogateescape") as file:  # noqa: PTH123 - no pathlib this early
            return file.read().removeprefix("gitdir: ").removesuffix("\n")
    except OSError:
        return folder


def detached() -> bool:
    """Go on as a process that nobody waits for: True there, False in the one that git waits for."""
    try:
        if os.fork():
            return False
    except OSError:  # too many processes already
        return False
    os.setsid()
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in range(3):
        os.dup2(nothing, number)
    os.closerange(3, 1024)  # a pipe that whoever called git reads to its end
    from contextlib import suppress

    os.nice(19)
    with suppress(AttributeError, OSError):  # Linux: behind everything else, its reading from disks too
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    return True


def git(*arguments: str) -> bytes | None:
    """The output of a git command, None when it fails; `subprocess` alone would cost as much as git."""
    command = ("git", "-c", "core.fsmonitor=false", "-c", f"core.hooksPath={os.devnull}", *arguments)
    read, write = os.pipe()
    quiet = (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0)
    actions = ((os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0), (os.POSIX_SPAWN_DUP2, write, 1), quiet)
    try:
        process = os.posix_spawnp("git", command, {**os.environ, **_ENVIRONMENT}, file_actions=actions)
    except OSError:
        os.close(read)
        return None
    finally:
        os.close(write)
    with open(read, "rb") as output:  # noqa: PTH123
        data = output.read()
    return data if os.waitpid(process, 0)[1] == 0 else None
