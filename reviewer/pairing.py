"""Old and new functions of a change, paired, and the lines that changed in each. Pure.

Every line of every hunk is accounted for once: in the innermost function if that is listed, else outside.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from reviewer.data import ChangedFunction, ChangeKind, FileChange, FunctionVersion, Module, OutsideLines
from reviewer.pairing_lines import Side, TouchedLines
from reviewer.pairing_match import Candidate, match


class _Verdict(NamedTuple):
    change: ChangeKind
    needs_review: bool


def pair(
    files: Sequence[tuple[FileChange, Module | None, Module | None]],
) -> tuple[tuple[ChangedFunction, ...], tuple[OutsideLines, ...]]:
    """(changed functions, changed lines outside any), by path and line.

    Each file comes with its old and new module; None stands for a side that does not exist or cannot be parsed. Of a
    file whose new side cannot be parsed no function is known: all its lines are outside.
    """
    known = [(None, None) if change.new is not None and new is None else (old, new) for change, old, new in files]
    matching = match(known)
    sides = [(Side(old), Side(new)) for old, new in known]
    steady = {
        id(candidate.function)
        for old, new in matching.pairs
        if _same_place(old, new) and _same_text(old.function, new.function)
        for candidate in (old, new)
    }
    touched = [TouchedLines(file[0], *side, steady) for file, side in zip(files, sides, strict=True)]

    found: list[tuple[Candidate | None, Candidate | None, _Verdict]] = []
    for old, new in matching.pairs:
        judge = _judge_in_place if _same_place(old, new) else _judge_elsewhere
        if verdict := judge(old.function, new.function, touched[new.file], same_file=old.file == new.file):
            found.append((old, new, verdict))
    found += [(None, new, _Verdict(ChangeKind.ADDED, True)) for new in matching.came]
    found += [(old, None, _Verdict(ChangeKind.DELETED, False)) for old in matching.gone]

    listed = {id(c.function) for old, new, _ in found for c in (old, new) if c is not None}
    outside = [lines for file in touched for lines in file.outside(listed)]
    before = [old for old, _ in known]
    return _changed(found, touched, before), tuple(sorted(outside, key=lambda lines: (lines.path, lines.line)))


def _changed(
    found: list[tuple[Candidate | None, Candidate | None, _Verdict]],
    touched: list[TouchedLines],
    modules: list[Module | None],
) -> tuple[ChangedFunction, ...]:
    ids = _Ids(touched)
    functions = []
    for old, new, (change, needs_review) in found:
        before, after = old.function if old else None, new.function if new else None
        version = after or before
        assert version is not None
        module = next(modules[one.file] for one in (old, new) if one)
        functions.append(
            ChangedFunction(
                id=ids.new(version) if new else ids.deleted(version),
                path=version.path,
                name=version.name,
                change=change,
                old=before,
                new=after,
                changed_lines=touched[new.file].in_function(before, new.function) if new else (),
                needs_review=needs_review,
                old_around=module.around(before or version) if module else (),
            )
        )
    return tuple(sorted(functions, key=lambda f: (f.path, f.version.line, f.version.def_line, f.id)))


class _Ids:
    """`path::name`, with `#2` for the second of a name; a deleted function takes no number that is in use."""

    def __init__(self, touched: list[TouchedLines]) -> None:
        self.last: dict[tuple[str, str], int] = defaultdict(int)
        for function in (function for file in touched for function in file.new.functions):
            self.last[function.path, function.name] = function.ordinal

    def new(self, function: FunctionVersion) -> str:
        suffix = f"#{function.ordinal}" if function.ordinal > 1 else ""
        return f"{function.path}::{function.name}{suffix}"

    def deleted(self, function: FunctionVersion) -> str:
        key = function.path, function.name
        self.last[key] = number = max(self.last[key] + 1, function.ordinal)
        return f"{function.path}::{function.name}" + (f"#{number}" if number > 1 else "")


# ---------------------------------------------------------------- what happened to a pair


def _same_place(old: Candidate, new: Candidate) -> bool:
    return old.file == new.file and old.function.name == new.function.name


def _same_text(old: FunctionVersion, new: FunctionVersion) -> bool:
    """Whether at most the indentation differs, and that in no string."""
    return old.source == new.source or (old.text_hash == new.text_hash and old.tree_hash == new.tree_hash)


def _judge_in_place(
    old: FunctionVersion, new: FunctionVersion, touched: TouchedLines, *, same_file: bool
) -> _Verdict | None:
    """Same file, same name. None: nothing happened to it, or only to functions inside it."""
    if _same_text(old, new):
        moved = touched.deleted.get(id(old)) or touched.added.get(id(new))
        return _Verdict(ChangeKind.MOVED, False) if moved else None
    other_tree = old.tree_hash != new.tree_hash
    own = touched.old.own_text(old) != touched.new.own_text(new) or (other_tree and _wraps_a_string(old, new))
    only_inside = not own and touched.old.inner_texts(old) != touched.new.inner_texts(new)
    return None if only_inside and not touched.has_text(old, new) else _Verdict(ChangeKind.MODIFIED, other_tree)


def _wraps_a_string(*functions: FunctionVersion) -> bool:
    """Whether indentation and blank lines, which are mere layout elsewhere, may be in a string that goes on."""
    return any(mark in function.source for function in functions for mark in ('"""', "'''", "\\\n"))


def _judge_elsewhere(old: FunctionVersion, new: FunctionVersion, touched: TouchedLines, *, same_file: bool) -> _Verdict:
    """Another file, another name, or another class."""
    same_name = _simple(old.name) == _simple(new.name)
    renamed = not same_name or (same_file and _scope_renamed(old, new, touched))
    if same_name and _same_text(old, new):
        return _Verdict(ChangeKind.RENAMED if renamed else ChangeKind.MOVED, False)
    if old.body_hash != new.body_hash and not (same_name and old.tree_hash == new.tree_hash):
        return _Verdict(ChangeKind.MODIFIED, True)
    plain = old.docstring == new.docstring and _plain_decorators(old) == _plain_decorators(new)
    if renamed:
        return _Verdict(ChangeKind.RENAMED, not plain)
    return _Verdict(ChangeKind.MOVED if plain else ChangeKind.MODIFIED, not plain)


def _scope_renamed(old: FunctionVersion, new: FunctionVersion, touched: TouchedLines) -> bool:
    before, after = _scope(old.name), _scope(new.name)
    return before != after and before not in touched.new.scopes and after not in touched.old.scopes


def _simple(name: str) -> str:
    return name.rpartition(".")[2]


def _scope(name: str) -> str:
    return name.rpartition(".")[0].removesuffix(".<locals>")


def _plain_decorators(function: FunctionVersion) -> list[str]:
    """Decorators without the function's own name, which is in those of a property."""
    return [re.sub(rf"\b{re.escape(_simple(function.name))}\b", "", text) for text in function.decorators]
