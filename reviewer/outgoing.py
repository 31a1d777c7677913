"""EFFECT git: what of a push no remote has yet, as the changes that a review compares."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from reviewer.data import Selection, SelectionKind
from reviewer.errors import GitError
from reviewer.gitrunner import Git
from reviewer.pushing import Push

_NAMES = ("diff", "--name-only", "-z", "--no-renames", "--no-ext-diff", "--no-textconv", "--ignore-submodules=all")
_PYTHON = ("--", ":(top)*.py", ":(top)*.pyi")


Part = tuple[Selection, tuple[str, ...]]
"""What is compared, and the files that it is about, from the repository's top; no files for all that differ."""


def parts(pushes: Sequence[Push], cwd: Path) -> tuple[Part, ...]:
    """One change for each push that brings commits which no remote has, by the remote-tracking branches; each once.

    A commit is compared with what the remote has in its place if that is where the new commits begin. Else (a new
    reference, one that is overwritten) with another commit of a remote where they begin, so that after a rebase what
    others did meanwhile is left out; where no remote has anything, everything is new. Where they begin at several,
    after a merge of what a remote has, files that came with it are left out.
    Raises GitError when what is pushed is not here.
    """
    git = Git(cwd)
    return tuple(dict.fromkeys(part for push in pushes for part in _brought(git, push)))


def _brought(git: Git, push: Push) -> Iterator[Part]:
    new = _peeled(git, push[0], "commit")
    if new is None:
        if _peeled(git, push[0], ""):  # a tag of a file or folder
            return
        raise GitError(f"{push[0]!r} is to be pushed and names no commit here")
    old = None if push[1] is None else _peeled(git, push[1], "commit")  # which may never have been fetched
    known = ("--not", *([old] if old else []), "--remotes")
    listed = git.answer("rev-list", "--topo-order", "--boundary", new, *known).decode("ascii").split()
    edges = [line[1:] for line in listed if line.startswith("-")]
    if len(edges) == len(listed):
        return
    begins = _latest(git, edges)
    base = old if old in begins else next(iter(begins), None)
    kind, ref = (SelectionKind.COMMIT, new) if base is None else (SelectionKind.RANGE, f"{base}..{new}")
    if len(begins) < 2:
        yield Selection(kind, ref), ()
    elif own := set.intersection(*(_differing(git, commit, new) for commit in begins)):
        yield Selection(kind, ref), tuple(sorted(own))


def _latest(git: Git, commits: list[str]) -> list[str]:
    """Those of the commits that are not in the history of another one, in their order."""
    if len(commits) < 2:
        return commits
    latest = git.answer("merge-base", "--independent", *commits).decode("ascii").split()
    return [commit for commit in commits if commit in latest]


def _differing(git: Git, one: str, other: str) -> set[str]:
    """The Python files in which two commits differ."""
    return set(filter(None, os.fsdecode(git.answer(*_NAMES, one, other, *_PYTHON)).split("\0")))


def _peeled(git: Git, name: str, kind: str) -> str | None:
    """The object of a kind ("" for any) that a name or hash stands for, through tags; None when it is not here."""
    answer = git.run("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{{kind}}}")
    return os.fsdecode(answer.output).strip() if answer.status == 0 else None
