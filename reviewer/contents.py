"""What a changed file holds on either side: an object of git, or the disk as it is. The reading part of `changes`."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from reviewer import diff
from reviewer.data import FileChange, Reason, Unreviewed
from reviewer.gitrunner import Git

SIZE_LIMIT = 5_000_000  # bytes; a larger Python file is data in disguise
CONFLICT = "it has a merge conflict: resolve it and `git add` it"
_UNSTEADY = "it changed while it was read, or an attribute converts it between git and the disk"


class UnreadableError(Exception):
    """One file cannot be read; the text says why."""


def read(
    git: Git, root: str, records: tuple[diff.Record, ...], *, disk: bool
) -> tuple[tuple[FileChange, ...], list[Unreviewed]]:
    """Both sides of every record that is a plain file on one of them, by path; and the files that cannot be read.

    `disk`: the new side is the worktree. Looking for renames, git hashes a file there without storing it as an object.
    Raises GitError when git cannot read its objects, DiffError when it is cut short.
    """
    wanted = {side.sha for record in records for side in (record.old, record.new) if side.is_regular and side.sha}
    listed = "".join(f"{sha}\n" for sha in sorted(wanted)).encode()
    blobs = diff.parse_blobs(git.answer("cat-file", "--batch", data=listed)) if wanted else {}
    files, unreviewed = list[FileChange](), list[Unreviewed]()
    for record in records:
        path = record.new.path if record.new.is_regular else record.old.path
        try:
            if record.status == "U":
                raise UnreadableError(CONFLICT)
            if record.old.is_regular or record.new.is_regular:
                files.append(_file_change(path, record, root, blobs, disk=disk))
        except UnreadableError as error:
            unreviewed.append(unreadable(path, str(error)))
    return tuple(sorted(files, key=lambda file: file.path)), unreviewed


def read_file(root: str, path: str) -> bytes | None:
    """A tracked file's bytes on the disk; None when it is not there.

    Raises UnreadableError for anything else than a plain, readable file of a sensible size.
    """
    target, top = Path(root, path), Path(root).resolve()
    if target.parent.resolve() != top.joinpath(path).parent:
        return None  # behind a symbolic link: git too calls it deleted
    try:
        descriptor = os.open(target, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        reason = "it is a symbolic link" if target.is_symlink() else error.strerror
        raise UnreadableError(f"it cannot be read from the disk: {reason}") from error
    try:
        status = os.fstat(descriptor)
        if stat.S_ISDIR(status.st_mode):
            return None  # a folder took its place: git calls that deleted, too
        if not stat.S_ISREG(status.st_mode):
            raise UnreadableError("it is not a plain file")
        _check_size(status.st_size)
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            return file.read()
    finally:
        os.close(descriptor)


def unreadable(path: str, detail: str) -> Unreviewed:
    """A whole file as unreviewed, and why it cannot be read."""
    return Unreviewed(path, Reason.UNREADABLE, detail)


def _file_change(path: str, record: diff.Record, root: str, blobs: dict[str, bytes], *, disk: bool) -> FileChange:
    old, new = _content(record.old, root, blobs), _content(record.new, root, blobs, disk=disk)
    if not diff.fits(old, new, record.hunks):
        raise UnreadableError(_UNSTEADY)
    return FileChange(path, record.old.path if record.old.is_regular else None, old, new, record.hunks)


def _content(side: diff.Side, root: str, blobs: dict[str, bytes], *, disk: bool = False) -> bytes | None:
    if not side.is_regular:
        return None
    content = None if side.sha is None else blobs.get(side.sha)
    if content is None and (disk or side.sha is None):
        content = read_file(root, side.path)
    if content is None:
        raise UnreadableError("it vanished while it was read" if side.sha is None else "its object is missing")
    _check_size(len(content))
    return content


def _check_size(size: int) -> None:
    if size > SIZE_LIMIT:
        raise UnreadableError(f"it is too large: {size / 1e6:.1f} MB, the limit is {SIZE_LIMIT / 1e6:.0f} MB")
