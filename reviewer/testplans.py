"""What becomes of the project's test files: the accepted tests of each source file, merged into one file each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from reviewer import sources
from reviewer.config import Config
from reviewer.data import ChangedFunction, FunctionVersion, GeneratedTest, Module
from reviewer.errors import UsageError
from reviewer.evidence.gates import Kept
from reviewer.reading import Subject
from reviewer.testfiles import layout, merge, render, write
from reviewer.testfiles.layout import Place
from reviewer.testfiles.records import AcceptedTest, Block, Plan, Style, Unwritten

Kepts = tuple[ChangedFunction, Sequence[Kept], int]  # a function, its kept cases, the mutants that were applied


@dataclass(frozen=True, slots=True)
class Plans:
    """What becomes of every test file, the tests that cannot be written, and whether it has been done."""

    files: tuple[Plan, ...] = ()
    unwritten: tuple[Unwritten, ...] = ()
    done: bool = False

    @property
    def tests(self) -> tuple[GeneratedTest, ...]:
        """Every accepted test, as it stands in its file."""
        return tuple(replace(test, written=self.done) for plan in self.files for test in plan.tests)

    @property
    def diff(self) -> str:
        """What would change, as a patch that `git apply` takes."""
        return "".join(merge.diff(plan) for plan in self.files if plan.changes)

    def written(self, root: Path) -> Plans:
        """Write the files that change. Raises UsageError, and then the files before are written and whole."""
        for plan in self.files:
            if plan.changes:
                write.write(plan.path, plan.text, root, plan.before)
        return replace(self, done=True)


def planned(config: Config, subject: Subject, kept: Sequence[Kepts], prune: bool) -> Plans:
    """Merge the kept cases into the test files of their modules."""
    root = Path(subject.change.root)
    files = sources.listed(root)
    pyproject, ruff = toml(root / "pyproject.toml") or {}, toml(root / "ruff.toml")
    template = None if config.origins["tests"] == "default" else config.tests.replace("<", "{").replace(">", "}")
    style = layout.style(files, pyproject, ruff)
    places = {path: layout.place(path, files, pyproject, template) for path in sorted(subject.modules)}
    plans: list[Plan] = []
    unwritten: list[Unwritten] = []
    for target in dict.fromkeys(place.path for place in places.values()):
        here = [path for path, place in places.items() if place.path == target]
        plan, left = file_plan(root, target, here, places, subject.modules, kept, style, prune)
        plans.append(plan)
        unwritten += left
    return Plans(tuple(plans), tuple(unwritten))


def file_plan(
    root: Path,
    target: str,
    paths: Sequence[str],
    places: Mapping[str, Place],
    modules: Mapping[str, Module],
    kept: Iterable[Kepts],
    style: Style,
    prune: bool,
) -> tuple[Plan, tuple[Unwritten, ...]]:
    """What becomes of one test file, which holds the tests of the source files at `paths`."""
    blocks: list[Block] = []
    unwritten: list[Unwritten] = []
    kept = once(kept)
    for path in paths:
        accepted = [
            accept(function, modules[path], one, total)
            for function, cases, total in kept
            if function.path == path
            for one in cases
        ]
        made, left = render.render(accepted, target, places[path].module, style)
        blocks += made
        unwritten += left
    here = {identity(function): function for path in paths for function in modules[path].functions}
    try:
        plan = merge.plan(blocks, write.read(target, root), here, style, path=target, prune=prune)
    except merge.UnmergeableError as error:
        raise UsageError(f"{target}: {error}; nothing was changed") from error
    return plan, tuple(unwritten)


def once(kept: Iterable[Kepts]) -> list[Kepts]:
    """Each case once: a class's example belongs to the method that it calls before it belongs to the constructor."""
    seen: set[tuple[str, tuple[str, ...], str]] = set()
    found: list[Kepts] = []
    for function, cases, total in sorted(kept, key=lambda item: item[0].name.endswith(".__init__")):
        keys = [(function.path, one.tried.case.setup, one.tried.case.call) for one in cases]
        found.append((function, [one for one, key in zip(cases, keys, strict=True) if key not in seen], total))
        seen.update(keys)
    return found


def accept(function: ChangedFunction, module: Module, kept: Kept, total: int) -> AcceptedTest:
    """A kept case as the test files take it."""
    assert function.new is not None
    outcome = kept.tried.new.outcome
    return AcceptedTest(function.id, function.new, module, kept.tried.case, outcome, kept.kind, kept.killed, total)


def identity(function: FunctionVersion) -> str:
    """The function's id."""
    return f"{function.path}::{function.name}" + (f"#{function.ordinal}" if function.ordinal > 1 else "")


def toml(path: Path) -> Mapping[str, Any] | None:
    """A TOML file of the project, None where there is none; one that does not parse says nothing about style."""
    import tomllib

    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return None
