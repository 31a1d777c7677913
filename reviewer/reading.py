"""From a selection to what is reviewed: the git change as changed functions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from reviewer import changes, functions, pairing
from reviewer.config import Config
from reviewer.data import (
    Change,
    ChangedFunction,
    FileChange,
    FunctionVersion,
    Module,
    OutsideLines,
    PathFilter,
    Reason,
    Selection,
    Unreviewed,
)
from reviewer.errors import UsageError
from reviewer.records import record

Parsed = tuple[FileChange, Module | None, Module | None]  # the file with its old and new version


@record(frozen=True, slots=True)
class Subject:
    """What is reviewed: the change with every changed function, and both versions of each file."""

    change: Change
    functions: tuple[ChangedFunction, ...]
    outside: tuple[OutsideLines, ...]
    modules: Mapping[str, Module]  # new path -> new version
    old_modules: Mapping[str, Module]  # old path -> old version
    contents: Mapping[str, bytes]  # new path -> its bytes
    unreviewed: tuple[Unreviewed, ...]
    notes: tuple[str, ...]

    @property
    def todo(self) -> list[ChangedFunction]:
        """The functions that need a review."""
        return [function for function in self.functions if function.needs_review]


def read_subject(config: Config, selection: Selection, paths: Sequence[str], cwd: Path) -> Subject:
    """The change that was selected, less what the configuration excludes. Raises UsageError and GitError."""
    change, notes = covered(config, changes.read_change(selection, paths, cwd))
    unreviewed = list(change.unreviewed)
    parsed: list[Parsed] = []
    flags = doctest_flags(change)
    for file in change.files:
        try:
            parsed.append((file, flagged(old_version(file), flags), flagged(new_version(file), flags)))
        except functions.Unparsable as error:
            unreviewed.append(Unreviewed(file.path, Reason.UNPARSABLE, str(error)))
    found, outside = pairing.pair(parsed)
    named = [item for item in change.filters if item.function]
    if named:
        versions = [version for _, *sides in parsed for version in sides if version is not None]
        check_named(named, [*versions, *untouched(change, named)])
        found, outside = only_named(found, change.filters), ()
    return Subject(
        change=change,
        functions=found,
        outside=outside,
        modules={new.path: new for _, _, new in parsed if new is not None},
        old_modules={old.path: old for _, old, _ in parsed if old is not None},
        contents={file.path: file.new for file in change.files if file.new is not None},
        unreviewed=tuple(unreviewed),
        notes=(*change.notes, *notes),
    )


def covered(config: Config, change: Change) -> tuple[Change, tuple[str, ...]]:
    """The change without the files that `include` and `exclude` leave out, and a sentence that counts those."""
    kept = tuple(file for file in change.files if config.covers(file.path))
    left_out = tuple(file for file in change.files if not config.covers(file.path))
    if not left_out:
        return change, ()
    shown = ", ".join(file.path for file in left_out[:3]) + (", ..." if len(left_out) > 3 else "")
    note = f"{len(left_out)} changed files are left out by `include` and `exclude`: {shown}"
    return replace(change, files=kept, others=(*change.others, *left_out)), (note,)


def old_version(file: FileChange) -> Module | None:
    """The old version; one that cannot be decoded is none, which makes every function of the file an added one."""
    try:
        return None if file.old is None else functions.parse(file.old_path or file.path, file.old)
    except functions.Unparsable:
        return None


def new_version(file: FileChange) -> Module | None:
    """The new version. Raises Unparsable."""
    return None if file.new is None else functions.parse(file.path, file.new)


def doctest_flags(change: Change) -> tuple[str, ...]:
    """Those of the project, where a file has a doctest at all."""
    if not any(b">>>" in (text or b"") for file in change.files for text in (file.old, file.new)):
        return ()
    from reviewer import projectfiles  # its parsers take longer than most reviews take to read their change

    return projectfiles.doctest_flags(Path(change.root))


def flagged(module: Module | None, flags: tuple[str, ...]) -> Module | None:
    """The module with the doctest flags of its project."""
    return replace(module, doctest_flags=flags) if module and flags else module


def untouched(change: Change, named: Iterable[PathFilter]) -> Iterator[Module]:
    """The files of PATHS arguments that the change leaves alone, if they can be read."""
    touched = {path for file in change.files for path in (file.path, file.old_path)}
    for path in {item.path for item in named} - touched:
        content = changes.untouched(change, path)
        with suppress(functions.Unparsable):
            if content is not None:
                yield functions.parse(path, content)


def check_named(named: Iterable[PathFilter], modules: Sequence[Module]) -> None:
    """Raise UsageError for a function that a PATHS argument names and no version of its file has."""
    known = {(module.path, name) for module in modules for version in module.functions for name in names(version)}
    read = {module.path for module in modules}
    for item in named:
        if item.path in read and (item.path, item.function) not in known:
            raise UsageError(f"{item.path}::{item.function}: the file has no function of that name")


def names(version: FunctionVersion) -> tuple[str, ...]:
    """What may stand behind the `::`: the qualified name, and the end of the id of a second one of that name."""
    return (version.name, f"{version.name}#{version.ordinal}") if version.ordinal > 1 else (version.name,)


def only_named(found: Iterable[ChangedFunction], filters: Sequence[PathFilter]) -> tuple[ChangedFunction, ...]:
    """The functions that the PATHS arguments name; a folder or file names all of its functions."""

    def matches(function: ChangedFunction, item: PathFilter) -> bool:
        inside = item.path in ("", function.path) or function.path.startswith(item.path.rstrip("/") + "/")
        return inside and item.function in (None, function.name, function.id.removeprefix(f"{function.path}::"))

    return tuple(function for function in found if any(matches(function, item) for item in filters))
