"""Pure: the output of one `git diff --raw -p -z --unified=0` -> which files differ, and in which lines.

Names, modes and object names come from the raw part alone: there they are plain bytes, while the patch quotes names.
The patch has the same order, but no section for a file that only looks changed: its time differs, its content does not.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import replace

from reviewer.data import Hunk
from reviewer.records import record

_RECORD = re.compile(rb":([0-7]{6}) ([0-7]{6}) ([0-9a-f]+) ([0-9a-f]+) ([A-Z])\d*\0([^\0]+)\0")
_SECOND_PATH = re.compile(rb"([^\0]+)\0")
# Every line of content begins with `+`, `-` or `\`, so these can be nothing but git's own.
_PATCH_LINE = re.compile(
    rb"^(?:((?:diff --git|\* Unmerged path) [^\n]*)|@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@)", re.MULTILINE
)
_UNMERGED = b"* Unmerged path "
_END: tuple[bytes, tuple[Hunk, ...]] = (b"", ())
_SPECIAL = re.compile(rb'[\x00-\x1f\x7f"\\]')
_ESCAPES = {bytes([code]): b"\\" + bytes([letter]) for code, letter in zip(b"\a\b\t\n\v\f\r", b"abtnvfr", strict=True)}
_ESCAPES |= {b'"': b'\\"', b"\\": b"\\\\"}
REGULAR_MODES = ("100644", "100755")


class DiffError(ValueError):
    """The bytes are not what `git diff --raw -p -z` writes."""


@record(frozen=True, slots=True)
class Side:
    """One side of a record: its path, its mode as six octal digits, its object (None: only on disk)."""

    path: str
    mode: str
    sha: str | None

    @property
    def is_regular(self) -> bool:
        """A plain file: not absent, a symbolic link or a submodule."""
        return self.mode in REGULAR_MODES


@record(frozen=True, slots=True)
class Record:
    """One path that differs. `status` is A, D, M, R, C or U (a merge conflict); a changed type is a D and an A."""

    status: str
    old: Side
    new: Side
    hunks: tuple[Hunk, ...]


def parse(output: bytes) -> tuple[Record, ...]:
    """Read the raw part and the patch part (with the prefixes `a/` and `b/`), in git's order.

    Raises DiffError when the two parts do not belong together.
    """
    raw_records, patch = _split(output)
    sections, records = _sections(patch), list[Record]()
    header, hunks = next(sections, _END)
    for entry in (part for raw in raw_records for part in _by_section(raw)):
        if header.startswith(_UNMERGED) if entry.status == "U" else header == _header(entry):
            records.append(replace(entry, hunks=hunks))
            header, hunks = next(sections, _END)
        elif entry.new.sha is not None or entry.old.mode != entry.new.mode:
            raise DiffError(f"no patch section for {entry.new.path!r}")
    if header:
        raise DiffError(f"a patch section without its entry: {header!r}")
    return tuple(records)


def _split(output: bytes) -> tuple[list[Record], bytes]:
    """The records of the raw part, without hunks, and the patch."""
    records, position = [], 0
    while match := _RECORD.match(output, position):
        old_mode, new_mode, old_sha, new_sha, status, old_path = match.groups()
        new_path, position = old_path, match.end()
        if status in b"RC":
            second = _SECOND_PATH.match(output, position)
            if second is None:
                raise DiffError("a rename without its second path")
            new_path, position = second[1], second.end()
        old = Side(os.fsdecode(old_path), old_mode.decode(), _object(old_sha))
        new = Side(os.fsdecode(new_path), new_mode.decode(), _object(new_sha))
        records.append(Record(status.decode(), old, new, ()))
    if output[position : position + 1] not in (b"", b"\0"):
        raise DiffError(f"no raw record at byte {position}")
    return records, output[position + 1 :]


def _object(sha: bytes) -> str | None:
    return sha.decode() if sha.strip(b"0") else None


def _by_section(record: Record) -> tuple[Record, ...]:
    """Git splits a change of type (file to symbolic link) into two patch sections, a deletion and a creation."""
    if record.status != "T":
        return (record,)
    nothing = Side(record.old.path, "000000", None)
    return Record("D", record.old, nothing, ()), Record("A", nothing, record.new, ())


def _sections(patch: bytes) -> Iterator[tuple[bytes, tuple[Hunk, ...]]]:
    """Each section's first line and its hunks."""
    header, hunks = b"", list[Hunk]()
    for match in _PATCH_LINE.finditer(patch):
        if match[1]:
            if header:
                yield header, tuple(hunks)
            header, hunks = match[1], []
        else:
            old_start, old_count, new_start, new_count = (int(text or b"1") for text in match.groups()[1:])
            hunks.append(Hunk(old_start, old_count, new_start, new_count))
    if header:
        yield header, tuple(hunks)


def _header(record: Record) -> bytes:
    return b"diff --git %s %s" % (quoted(b"a/", record.old.path), quoted(b"b/", record.new.path))


def quoted(prefix: bytes, path: str) -> bytes:
    """A path as a patch shows it with `core.quotePath=false`: in quotes and escaped where it must be."""
    plain = prefix + os.fsencode(path)
    escaped = _SPECIAL.sub(lambda match: _ESCAPES.get(match[0]) or b"\\%03o" % match[0][0], plain)
    return plain if escaped == plain else b'"%s"' % escaped


def fits(old: bytes | None, new: bytes | None, hunks: tuple[Hunk, ...]) -> bool:
    """Could these hunks lie between these two contents? False when one changed after git compared them."""
    grown = sum(hunk.new_count - hunk.old_count for hunk in hunks)
    reach = max((hunk.new_start + max(hunk.new_count - 1, 0) for hunk in hunks), default=0)
    return count_lines(new) - count_lines(old) == grown and reach <= count_lines(new)


def count_lines(data: bytes | None) -> int:
    """Lines as git counts them: only `\\n` ends one, and an unended last one counts."""
    return data.count(b"\n") + (not data.endswith(b"\n")) if data else 0


@record(frozen=True, slots=True)
class Entry:
    """One line of `git ls-files -t -z`: `mode` is None for an untracked file, `stage` above 0 is a conflict."""

    path: str
    mode: str | None = None
    stage: int = 0


def parse_listing(output: bytes) -> tuple[Entry, ...]:
    """Read `git ls-files -t -z --stage --others` (or `--unmerged`), in git's order.

    Raises DiffError on any other output.
    """
    return tuple(_entry(line) for line in output.split(b"\0") if line)


def _entry(line: bytes) -> Entry:
    tag, _, rest = line.partition(b" ")
    if tag == b"?":
        return Entry(os.fsdecode(rest))
    about, tab, path = rest.partition(b"\t")
    mode, _, stage = os.fsdecode(about).split(" ") if tab else ("", "", "")
    if not stage.isdecimal():
        raise DiffError(f"not an entry of the index: {line!r}")
    return Entry(os.fsdecode(path), mode, int(stage))


def parse_blobs(output: bytes) -> dict[str, bytes]:
    """Read `git cat-file --batch`: object name -> content, without those that are missing.

    Raises DiffError when the output ends too early.
    """
    blobs, position = dict[str, bytes](), 0
    while position < len(output):
        end = output.find(b"\n", position)
        header = output[position:end].split(b" ") if end >= 0 else []
        position = end + 1
        if len(header) == 2 and header[1] == b"missing":
            continue
        if len(header) != 3 or not header[2].isdigit() or position + int(header[2]) >= len(output):
            raise DiffError("an object was cut short")
        size = int(header[2])
        blobs[header[0].decode()] = output[position : position + size]
        position += size + 1
    return blobs
