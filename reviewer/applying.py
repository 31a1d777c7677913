"""Verified suggestions -> the worktree. What the user wrote since, staged or not, is never overwritten.

A suggestion was made for the bytes that were reviewed. It goes into the file on the disk only where the lines around it
are still those; the file's newlines stay. Pure, but for `apply`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from pathlib import Path

from reviewer import patches
from reviewer.data import Finding
from reviewer.errors import UsageError
from reviewer.records import record

EDITED = "the file on the disk has other lines there than what was reviewed"


@record(frozen=True, slots=True)
class Applied:
    """What became of one suggestion: `reason` is None if it is on the disk now, else why it is not."""

    finding: Finding
    reason: str | None = None


def wanted(findings: Sequence[Finding]) -> list[Finding]:
    """The findings whose suggestions are verified, each suggestion once, that of a proved finding first."""
    found: dict[tuple[str, str], Finding] = {}
    for finding in sorted(findings, key=lambda finding: finding.counterexample is None):
        if finding.suggestion is not None and finding.suggestion.verified:
            found.setdefault((finding.path, finding.suggestion.patch), finding)
    return sorted(found.values(), key=lambda finding: (finding.path, finding.line, finding.id))


def apply(findings: Sequence[Finding], reviewed: Mapping[str, bytes], root: Path) -> Iterator[Applied]:
    """Write the verified suggestions into the worktree at `root`, each file in one step; `reviewed` by path.

    Of one function the first is applied: each was verified alone, not both together.
    """
    done: set[str] = set()
    for finding in wanted(findings):
        if finding.function_id in done:
            yield Applied(finding, "another suggestion for this function was applied: review again")
            continue
        reason = refused(finding, reviewed.get(finding.path), root)
        if reason is None:
            done.add(finding.function_id)
        yield Applied(finding, reason)


def refused(finding: Finding, reviewed: bytes | None, root: Path) -> str | None:
    """Write one suggestion; the reason why that was not done, None if it was."""
    from reviewer.testfiles import write

    assert finding.suggestion is not None
    if (root / finding.path).is_symlink():
        return "the file on the disk is a symbolic link"
    try:
        before = write.read(finding.path, root)
        if before is None:
            return "the file is not on the disk"
        after = merged(finding.suggestion.patch, reviewed, before.encode())
        if after is None:
            return EDITED
        write.write(finding.path, after.decode(), root, before)
    except UsageError as error:
        return str(error)
    return None


def merged(diff: str, reviewed: bytes | None, disk: bytes) -> bytes | None:
    """The bytes on the disk with a diff of the reviewed bytes; None if its lines, context too, differ on the disk."""
    if reviewed is None or patches.applied(diff, reviewed) is None:
        return None
    ours, theirs = lines(reviewed), lines(disk)
    bare_ours, bare_theirs = ([line.rstrip(b"\r\n") for line in side] for side in (ours, theirs))
    blocks = SequenceMatcher(None, bare_ours, bare_theirs, autojunk=False).get_matching_blocks()
    result: list[bytes] = []
    taken = 0
    for start, before, after in patches.hunks(diff):
        block = next((one for one in blocks if one.a <= start and start + len(before) <= one.a + one.size), None)
        if block is None:
            return None
        place = block.b + start - block.a
        result += theirs[taken:place]
        taken = place + len(before)
        result += with_newlines_of(theirs[place:taken], after)
    return b"".join([*result, *theirs[taken:]])


def lines(data: bytes) -> list[bytes]:
    """The lines with their ends; only a line feed ends one."""
    parts = data.split(b"\n")
    return [part + b"\n" for part in parts[:-1]] + ([parts[-1]] if parts[-1] else [])


def with_newlines_of(before: Sequence[bytes], after: Sequence[bytes]) -> list[bytes]:
    """The new lines with the line ends of the old ones, the last one's too."""
    end = b"\r\n" if before[0].endswith(b"\r\n") else b"\n"
    result = [line.rstrip(b"\r\n") + end for line in after]
    if not before[-1].endswith(b"\n"):
        result[-1] = result[-1].rstrip(b"\r\n")
    return result
