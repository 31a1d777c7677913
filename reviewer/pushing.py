"""Pure: what a push is about to bring, from what git and pre-commit tell a pre-push hook.

Light, because a push without Python in it is let go before anything else is imported.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

Push = tuple[str, str | None]
"""What is pushed, and what the remote has in its place: names or hashes that nobody has looked up; None for nothing."""


def by_git(lines: bytes) -> list[Push]:
    """Read `<local ref> <local hash> <remote ref> <remote hash>`, a line for each reference; deletions are left out.

    A line of any other form is left out too: git writes none, and what is not known cannot be looked up.
    """
    found = list[Push]()
    for line in lines.split(b"\n"):
        fields = line.rsplit(b" ", 3)
        if len(fields) == 4:
            new, old = fields[1].decode("latin-1"), fields[3].decode("latin-1")
            if is_hash(new) and is_hash(old) and new.strip("0"):
                found.append((new, old if old.strip("0") else None))
    return unique(found)


def by_framework(environ: Mapping[str, str]) -> list[Push]:
    """Read pre-commit's variables, which tell of one reference.

    Without them (somebody runs the hook by hand, or the first commit of all is pushed) it is the current commit.
    """
    new = environ.get("PRE_COMMIT_TO_REF") or environ.get("PRE_COMMIT_LOCAL_BRANCH") or "HEAD"
    return [(new, environ.get("PRE_COMMIT_FROM_REF") or None)]


def is_hash(text: str) -> bool:
    """Whether it is the full name of an object, which git takes for nothing else."""
    return len(text) in (40, 64) and not text.strip("0123456789abcdef")


def unique(pushes: Iterable[Push]) -> list[Push]:
    """Each once, in the order they came."""
    return list(dict.fromkeys(pushes))
