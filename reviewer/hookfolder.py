"""Where git looks for the hooks of a repository, asked of git itself."""

from __future__ import annotations

import os
from pathlib import Path

from reviewer.gitrunner import Git
from reviewer.records import record


@record(frozen=True, slots=True)
class HookFolder:
    """A folder of hooks, which need not exist. `setting` is the value of `core.hooksPath`, None where it is not set."""

    path: Path
    setting: str | None
    shared: bool  # it lies outside of the repository: other repositories may use it, too
    in_worktree: bool  # its files can be committed


def hook_folder(root: Path) -> HookFolder:
    """The folder of hooks of the repository whose worktree's top is `root`. Raises GitError.

    Worktrees of one repository share it. A relative `core.hooksPath` counts from the top of the worktree, where hooks
    are run: https://git-scm.com/docs/git-config#Documentation/git-config.txt-corehooksPath
    """
    git = Git(root)
    common = (root / os.fsdecode(git.answer("rev-parse", "--git-common-dir")).rstrip("\n")).resolve()
    setting = _setting(git)
    path = (root / setting if setting else common / "hooks").resolve()
    top = root.resolve()
    inside = path.is_relative_to(top) and not path.is_relative_to(common)
    return HookFolder(path, setting, shared=not (inside or path.is_relative_to(common)), in_worktree=inside)


def _setting(git: Git) -> str | None:
    """`core.hooksPath` as the user's own git commands see it; `Git` runs without hooks, by a setting of its own."""
    answer = git.run("config", "-z", "--show-scope", "--type=path", "--get-all", "core.hooksPath")
    parts = os.fsdecode(answer.output).split("\0")
    values = [value for scope, value in zip(parts[::2], parts[1::2], strict=False) if scope != "command"]
    return values[-1] if values and values[-1] else None
