"""The sandbox of a change: both sides' files, the project's interpreter, and what is remembered of earlier runs."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from reviewer.config import Config
from reviewer.data import Change, ChangedFunction, Execution, SelectionKind, Side
from reviewer.evidence import interpreter
from reviewer.evidence.circumstances import Nothing, Store, circumstances, trouble_remembered
from reviewer.evidence.dependencies import Contents
from reviewer.evidence.import_roots import import_roots, module_name
from reviewer.evidence.proofs import Place
from reviewer.evidence.remembered import Box, Remembered
from reviewer.records import record


def sides(change: Change) -> tuple[dict[str, bytes | None], dict[str, bytes | None]]:
    """Every changed file on the old and on the new side, None where it is absent there."""
    old: dict[str, bytes | None] = {}
    new: dict[str, bytes | None] = {}
    for file in (*change.files, *change.others):
        before = file.old_path or file.path
        if before != file.path:
            old.setdefault(file.path, None)
            new.setdefault(before, None)
        old[before] = file.old
        new[file.path] = file.new
    if change.kind is SelectionKind.ALL:
        old = {}
    return old, new


def place(root: Path, path: str, roots: Sequence[Path]) -> Place | None:
    """Where the module of a file is imported from; None when it is none."""
    name = module_name(root / path, roots)
    if name is None:
        return None
    return Place(tuple(os.path.relpath(folder, root) for folder in roots), name)


@record(frozen=True, slots=True)
class OpenBox:
    """How code is executed; `box` is None where it is not. `places` by path, None for what is no module."""

    shut: Execution  # how it is executed where `box` is None
    box: Remembered | None
    python: Path
    root: Path
    roots: tuple[Path, ...]
    places: Mapping[str, Place | None]
    new: Mapping[str, bytes | None]
    store: Store
    where: str | None  # the circumstances, None when nothing can be remembered

    @property
    def execution(self) -> Execution:
        """How it is executed, as far as is known by now."""
        if self.box is None or self.box.failure is not None:
            return self.shut if self.box is None else replace(self.shut, reason=self.box.failure)
        state = "sandboxed" if self.box.isolation else "unsandboxed"
        return Execution(state, None, self.box.isolation, str(self.python))

    def patched(self, path: str, data: bytes) -> Remembered:
        """A sandbox, with walls whatever the user says, whose new side has other bytes in one file."""
        new = {**self.new, path: data}
        make = maker(self.python, self.root, self.roots, ({}, new), unsandboxed=False)
        return Remembered(make, self.store, self.where, contents(self.root, {}, new))


def contents(root: Path, old: Mapping[str, bytes | None], new: Mapping[str, bytes | None]) -> dict[Side, Contents]:
    """What the files of both sides hold."""
    return {Side.OLD: Contents(root, old), Side.NEW: Contents(root, new)}


def maker(
    python: Path,
    root: Path,
    roots: Sequence[Path],
    files: tuple[Mapping[str, bytes | None], Mapping[str, bytes | None]],
    *,
    unsandboxed: bool,
) -> Callable[[], Box | str]:
    """What opens a sandbox with the old and the new side's files, or says why it cannot be opened."""

    def make() -> Box | str:
        from reviewer.evidence import sandbox

        try:
            box = sandbox.open(python, root, roots, *files, unsandboxed=unsandboxed)
        except sandbox.Unavailable as error:
            return str(error)
        if not box.isolation and not unsandboxed:
            box.close()
            return "no isolation"
        return box

    return make


def open_box(config: Config, change: Change, todo: Sequence[ChangedFunction], store: Store | None = None) -> OpenBox:
    """The sandbox for the functions of a change; whoever calls closes it.

    With a `store` what was run before is remembered, and the sandbox is opened when something has to be run; the first
    time, and without a store, it is opened now.
    """
    store = store or Nothing()
    root = Path(change.root).resolve()
    paths = sorted({function.path for function in todo})
    roots = import_roots(root, *paths)
    places = {path: place(root, path, roots) for path in paths}
    old, new = sides(change)
    python = interpreter.find(root, config.python, os.environ, trouble_remembered(store, interpreter.trouble)).path
    where = circumstances(python, os.environ, (root, *roots, config.unsandboxed))
    make = maker(python, root, roots, (old, new), unsandboxed=config.unsandboxed)
    box = Remembered(make, store, where, contents(root, old, new))
    if not box.known:
        box.open()
    shut = Execution("unavailable", box.failure, python=str(python))
    return OpenBox(shut, None if box.failure else box, python, root, roots, places, new, store, where)
