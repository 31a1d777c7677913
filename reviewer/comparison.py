"""What a run of CI compares HEAD with: the platform's suggestions, tried against the history that is here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from reviewer.errors import UsageError
from reviewer.platforms import DEFAULT_BRANCHES, NONE, Base, Platform, Situation
from reviewer.records import record


class History(Protocol):
    """The history around HEAD, as `Revisions` reads it from git."""

    @property
    def head(self) -> str:
        """HEAD's commit."""

    @property
    def shallow(self) -> bool:
        """Whether this clone lacks a part of the history."""

    def commit(self, ref: str) -> str | None:
        """The commit that a text names, None if it names none that is here."""

    def parents(self) -> tuple[str, ...]:
        """HEAD's parents; none for a root commit, and none where a shallow clone ends."""

    def contains(self, commit: str) -> bool:
        """Whether HEAD is in the history of a commit."""

    def related(self, commit: str) -> bool:
        """Whether a commit and HEAD have a common one, as far as this clone goes."""


@record(frozen=True, slots=True)
class Comparison:
    """HEAD and what it is compared with. Without a base, every function counts as new."""

    base: str | None
    name: str  # what the base is, for people
    notes: tuple[str, ...] = ()  # what is worth knowing about the choice


def choose(platform: Platform, situation: Situation, history: History, given: str | None) -> Comparison:
    """The base of this run; `given` is what the user named instead. Raises UsageError when it is not here."""
    if given is not None:
        return named(platform, history, given)
    notes = checkout(situation, history)
    merged = merge(situation, history)
    if merged is not None:
        return Comparison(*merged, notes)
    found, missing = first(platform, situation, history)
    # What a request names is its target, whichever of the names is here; anything else is replaced by a worse guess.
    guessed = bool(missing) and not situation.request
    if found is None or (guessed and history.shallow):
        refuse(platform, situation, history, missing)
        return last_commit(situation, history, notes)
    base, commit = found
    if history.shallow and not history.related(commit):
        raise UsageError(f"{base.name} and HEAD have no common commit in this shallow clone: {remedy(platform)}")
    if guessed:
        notes = (*notes, f"{missing[0]} is not in this clone: compared with {base.name} instead")
    if history.contains(commit):
        nothing = f"HEAD is in {base.name} already: there is nothing of {situation.what} to review"
        if situation.privileged:
            raise UsageError(f"{nothing}; {situation.privileged}")
        notes = (*notes, nothing)
    return Comparison(commit, base.name, notes)


def named(platform: Platform, history: History, given: str) -> Comparison:
    """What the user named."""
    commit = history.commit(given)
    if commit is None:
        more = f"this clone is shallow: {remedy(platform)}" if history.shallow else "fetch it first"
        raise UsageError(f"--base {given!r} names no commit here; {more}")
    if history.shallow and not history.related(commit):
        raise UsageError(f"--base {given!r} and HEAD have no common commit in this shallow clone: {remedy(platform)}")
    return Comparison(commit, given)


def merge(situation: Situation, history: History) -> tuple[str, str] | None:
    """Where the platform checks out the merge into the base, the base as it was merged: a payload's may be older."""
    parents = history.parents()
    if situation.merged is None or len(parents) != 2 or parents[1] != situation.merged:
        return None
    return parents[0], situation.bases[0].name if situation.bases else "its base"


def first(platform: Platform, situation: Situation, history: History) -> tuple[tuple[Base, str] | None, list[str]]:
    """The first suggestion that is here and says something, and what the platform named that is not here."""
    missing: list[str] = []
    others = () if situation.request else DEFAULT_BRANCHES
    for base in (*situation.bases, *others):
        commit = history.commit(base.ref)
        if commit is None:
            missing += [base.name] if base not in others and platform is not NONE else []
        elif not (base.default and history.contains(commit)):
            return (base, commit), missing
    return None, missing


def checkout(situation: Situation, history: History) -> tuple[str, ...]:
    """A note where something else is checked out than the platform says."""
    if not situation.heads or history.head in situation.heads:
        return ()
    return (f"HEAD is {history.head[:12]}, {situation.what} is about {situation.heads[0][:12]}: HEAD is reviewed",)


def refuse(platform: Platform, situation: Situation, history: History, missing: Sequence[str]) -> None:
    """Raise UsageError where a guess would be wrong: history is missing, or nothing says what to compare with."""
    if history.shallow and (missing or not history.parents()):
        what = missing[0] if missing else "the commit before HEAD"
        raise UsageError(f"{what} is not in this shallow clone: {remedy(platform)}")
    if situation.request:
        target = missing[0] if missing else "its target branch"
        raise UsageError(f"{situation.what}: {target} is not in this clone: {remedy(platform)}, or give --base REF")
    if platform is NONE and not any(history.commit(base.ref) for base in (*situation.bases, *DEFAULT_BRANCHES)):
        raise UsageError("no CI platform is recognised, and there is no upstream branch: give --base REF")


def last_commit(situation: Situation, history: History, notes: tuple[str, ...]) -> Comparison:
    """On the default branch, where nothing says what came new: the last commit, with all that it merges."""
    parents = history.parents()
    if not parents:
        note = "this is the first commit, so every function counts as new"
        return Comparison(None, "nothing", (*notes, note))
    note = f"nothing says what {situation.what} brings, so its last commit is reviewed; --base REF takes in more"
    return Comparison(parents[0], "the commit before", (*notes, note))


def remedy(platform: Platform) -> str:
    """What to change so that the history is there."""
    return f"set {platform.deep}" if platform is not NONE else "git fetch --unshallow"
