"""EFFECT git: what of a push no remote has yet, as the changes that a review compares."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from reviewer.data import Selection, SelectionKind
from reviewer.errors import GitError
from reviewer.gitrunner import Git
from reviewer.pushing import Push, unique


def selections(pushes: Sequence[Push], cwd: Path) -> tuple[Selection, ...]:
    """One change for each push that brings commits, each change once.

    Compared is with what the remote has in its place, when that is part of what is pushed. Else (a new reference, or
    one that is overwritten) with the nearest commit that some remote has, by the remote-tracking branches here: after
    a rebase that leaves out what others did meanwhile. Where no remote has anything, everything is new.
    Raises GitError when what is pushed is not here.
    """
    git = Git(cwd)
    ranges = (_range(git, push) for push in pushes)
    chosen = unique((new, base) for new, base in filter(None, ranges))
    return tuple(
        Selection(SelectionKind.COMMIT, new) if base is None else Selection(SelectionKind.RANGE, f"{base}..{new}")
        for new, base in chosen
    )


def _range(git: Git, push: Push) -> Push | None:
    """The commit that is pushed and the one to compare it with; None when there is nothing to review."""
    new = _peeled(git, push[0], "commit")
    if new is None:
        if _peeled(git, push[0], ""):  # a tag of a file or folder
            return None
        raise GitError(f"{push[0]!r} is to be pushed and names no commit here")
    old = None if push[1] is None else _peeled(git, push[1], "commit")  # which may never have been fetched
    known = ("--not", *([old] if old else []), "--remotes")
    listed = git.answer("rev-list", "--topo-order", "--boundary", new, *known).decode("ascii").split()
    edges = [line[1:] for line in listed if line.startswith("-")]
    if len(edges) == len(listed):
        return None
    if old is not None and git.run("merge-base", "--is-ancestor", old, new).status == 0:
        return new, old
    return new, _nearest(git, edges)


def _nearest(git: Git, commits: list[str]) -> str | None:
    """Of commits that are part of what is pushed, the first that no other one has as an ancestor."""
    if len(commits) < 2:
        return commits[0] if commits else None
    latest = git.answer("merge-base", "--independent", *commits).decode("ascii").split()
    return next(commit for commit in commits if commit in latest)


def _peeled(git: Git, name: str, kind: str) -> str | None:
    """The object of a kind ("" for any) that a name or hash stands for, through tags; None when it is not here."""
    answer = git.run("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{{kind}}}")
    return os.fsdecode(answer.output).strip() if answer.status == 0 else None
