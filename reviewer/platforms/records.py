"""What a CI platform says of a run, in the same words for all. Every value comes from outside and is hostile."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from reviewer.records import record

Environ = Mapping[str, str]
Event = Mapping[str, object]  # the payload that GitHub and its relatives leave in a file; empty elsewhere

DEFAULTS = ("HEAD", "main", "master")  # where no platform names the default branch

_COMMIT = re.compile("[0-9a-f]{40}|[0-9a-f]{64}")


@record(frozen=True, slots=True)
class Base:
    """What the change may be compared with: `ref` for git, `name` for people."""

    ref: str
    name: str
    default: bool = False  # the default branch: it says nothing about a commit that is in it already


@record(frozen=True, slots=True)
class Situation:
    """One run: what is built, against what, and how far its author is trusted."""

    what: str  # for people: "pull request 12", "push to main"
    bases: tuple[Base, ...] = ()  # the best first
    merged: str | None = None  # where HEAD merges this commit into the base, its first parent is the base
    heads: tuple[str, ...] = ()  # the commits that the platform may have checked out; empty where it does not say
    stranger: str | None = None  # why nobody answers for the author of the change: it comes from a fork
    privileged: str | None = None  # why nothing of the change may be executed: the run holds the repository's rights
    request: bool = False  # it asks to be merged: nothing but its target will do to compare with
    shard: tuple[int, int] | None = None  # this job's number, from 1, and how many there are


@record(frozen=True, slots=True)
class Platform:
    """One CI platform: how to recognise it, how to read it, and what it shows."""

    name: str
    found: Callable[[Environ], bool]
    read: Callable[[Environ, Event], Situation]
    deep: str = ""  # how to have it fetch the whole history: completes "..., so set "
    event: str = ""  # the variable that names the payload's file
    commands: bool = False  # it looks for commands in what a job prints
    annotations: str = ""  # the format that it reads from stdout
    files: tuple[tuple[str, str], ...] = ()  # format and file in the current folder
    summary: str = ""  # the variable that names the file of the job's summary
    summary_bytes: int = 1024 * 1024  # the most that it takes of that


def commit(value: object) -> str | None:
    """A full commit hash, None for anything else, and for the zeros that stand for no commit."""
    text = value if isinstance(value, str) else ""
    return text if _COMMIT.fullmatch(text) and text.strip("0") else None


def before(value: object) -> tuple[Base, ...]:
    """The commit that a branch was at before a push, if there was one."""
    known = commit(value)
    return (Base(known, "the commit before this push"),) if known else ()


def branch(name: str | None, *, default: bool = False) -> tuple[Base, ...]:
    """A branch of the remote, as its clone knows it."""
    return (Base(f"refs/remotes/origin/{name}", name, default),) if name else ()


def default_branches(folder: str, shown: str = "", names: tuple[str, ...] = DEFAULTS) -> tuple[Base, ...]:
    """The default branch by the names that it usually has, `folder` being a folder of references."""
    return tuple(Base(f"{folder}/{name}", f"{shown}{name}", default=True) for name in names)


def exactly(value: object, name: str) -> tuple[Base, ...]:
    """A commit that the platform names, shown to people as `name`."""
    known = commit(value)
    return (Base(known, name),) if known else ()


def commits(*values: object) -> tuple[str, ...]:
    """Those of the values that are commits."""
    return tuple(known for value in values if (known := commit(value)))


def inside(event: object, *keys: str) -> object:
    """What a payload has at the end of these keys, None where one is missing."""
    for key in keys:
        event = event.get(key) if isinstance(event, Mapping) else None
    return event


def text(value: object) -> str:
    """A value if it is a text, else nothing."""
    return value if isinstance(value, str) else ""


def number(value: object) -> int | None:
    """A counting number, given as text or as number."""
    shown = str(value)
    return int(shown) if re.fullmatch("[0-9]{1,6}", shown) else None


def on(what: str, where: str | None) -> str:
    """Something on a branch, where that is known."""
    return f"{what} on {where}" if where else what


def job(index: object, total: object, *, first: int = 1) -> tuple[int, int] | None:
    """The number of a parallel job, from 1, and how many there are; None unless there are several."""
    known, all_ = number(index), number(total)
    if known is None or all_ is None or all_ < 2 or not first <= known < first + all_:
        return None
    return known - first + 1, all_
