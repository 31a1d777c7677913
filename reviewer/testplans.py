"""What becomes of the project's test files: the accepted tests of each source file, merged into one file each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field, replace
from pathlib import Path, PurePosixPath
from typing import Any

from reviewer import functions, sources
from reviewer.config import Config
from reviewer.data import ChangedFunction, FunctionVersion, GeneratedTest, Module
from reviewer.errors import UsageError
from reviewer.evidence import gates
from reviewer.evidence.gates import Kept
from reviewer.projectfiles import toml
from reviewer.reading import Subject
from reviewer.records import record
from reviewer.testfiles import layout, merge, render, write
from reviewer.testfiles.layout import Place
from reviewer.testfiles.records import AcceptedTest, Block, Plan, Style, Unwritten


@record(frozen=True, slots=True)
class Result:
    """A function's kept cases. `settled`: each of its documented examples is one of them."""

    function: ChangedFunction
    kept: Sequence[Kept]
    mutants: int  # those that could be applied
    settled: bool


@record(frozen=True, slots=True)
class Existing:
    """What the project's tests assert already: the user's own by themselves, generated ones by function."""

    users: frozenset[str] = frozenset()
    generated: Mapping[str, frozenset[str]] = field(default_factory=dict)  # by the hash in the marker

    def of(self, function_id: str) -> frozenset[str]:
        """The assertions that a new test of the function would repeat; its own generated tests are made anew."""
        own = render.digest(function_id)
        return self.users.union(*(found for key, found in self.generated.items() if key != own))


@record(frozen=True, slots=True)
class Plans:
    """What becomes of every test file, the tests that cannot be written, and whether it has been done."""

    root: Path
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

    def written(self) -> Plans:
        """Write the files that change. Raises UsageError, and then the files before are written and whole."""
        for plan in self.files:
            if plan.changes:
                write.write(plan.path, plan.text, self.root, plan.before)
        return replace(self, done=True)


@record(frozen=True, slots=True)
class Project:
    """The repository as its test files see it, read before anything is run."""

    root: Path
    files: frozenset[str]
    pyproject: Mapping[str, Any]
    template: str | None
    style: Style
    modules: Mapping[str, Module]  # the source files under review
    places: Mapping[str, Place]  # of those and of the source files that the change takes away
    before: Mapping[str, str | None]  # the text of each of their test files

    def sharing(self, target: str) -> tuple[Module, ...]:
        """The source files on the disk, not under review, whose tests are in this test file too."""
        stem = PurePosixPath(target).stem
        found = []
        for path in sorted(self.files - self.places.keys()):
            pure = PurePosixPath(path)
            last = pure.parent.name if pure.name == "__init__.py" else pure.stem
            if pure.suffix != ".py" or (self.template is None and last not in stem):
                continue
            if layout.place(path, self.files, self.pyproject, self.template).path == target:
                module = parsed(self.root, path)
                found += [module] if module else []
        return tuple(found)

    def existing(self, texts: Mapping[str, str]) -> Existing:
        """What these tests, and the test files that are there, assert."""
        everything = {path: text for path, text in texts.items() if path.endswith(".py")}
        everything |= {path: text for path, text in self.before.items() if text is not None}
        users: list[str] = []
        generated: dict[str, list[str]] = {}
        for text in everything.values():
            own, others = merge.split(text)
            users.append(own)
            for key, source in others:
                generated.setdefault(key, []).append(source)
        return Existing(gates.assertions(users), {key: gates.assertions(found) for key, found in generated.items()})


def opened_project(config: Config, subject: Subject) -> Project:
    """Find the test files of the functions under review. Raises UsageError for one that cannot be merged into."""
    root = Path(subject.change.root)
    files = sources.listed(root)
    pyproject, ruff = toml(root / "pyproject.toml") or {}, toml(root / "ruff.toml")
    template = None if config.origins["tests"] == "default" else config.tests.replace("<", "{").replace(">", "}")
    there = {file.path for file in subject.change.files if file.new is not None}
    gone = {file.old_path for file in subject.change.files if file.old_path} - there
    places = {path: layout.place(path, files, pyproject, template) for path in sorted(subject.modules.keys() | gone)}
    before = {place.path: write.read(place.path, root) for place in places.values()}
    for path, text in before.items():
        try:
            merge.split(text or "")
        except merge.UnmergeableError as error:
            raise UsageError(f"{path}: {error}; nothing was changed, mend or move it") from error
    style = layout.style(files, pyproject, ruff)
    return Project(root, files, pyproject, template, style, subject.modules, places, before)


def planned(project: Project, results: Sequence[Result], *, prune: bool) -> Plans:
    """Merge the kept cases into the test files of their modules."""
    plans: list[Plan] = []
    unwritten: list[Unwritten] = []
    for target in project.before:
        plan, left = file_plan(project, target, results, prune)
        plans.append(plan)
        unwritten += left
    return Plans(project.root, tuple(plans), tuple(unwritten))


def file_plan(
    project: Project, target: str, results: Iterable[Result], prune: bool
) -> tuple[Plan, tuple[Unwritten, ...]]:
    """What becomes of one test file, which holds the tests of one or several source files."""
    before = project.before[target]
    paths = [path for path, place in project.places.items() if place.path == target and path in project.modules]
    blocks: list[Block] = []
    unwritten: list[Unwritten] = []
    here = [result for result in results if result.function.path in paths]
    for path in paths:
        module = project.modules[path]
        accepted = [accept(one, module, kept) for one in here if one.function.path == path for kept in one.kept]
        made, left = render.render(accepted, target, project.places[path].module, project.style)
        blocks += made
        unwritten += left
    modules = [project.modules[path] for path in paths]
    if before is not None and merge.split(before)[1]:
        modules += project.sharing(target)
    plan = merge.plan(
        blocks,
        before,
        {identity(function): function for module in modules for function in module.functions},
        project.style,
        path=target,
        prune=prune,
        around=[text for module in modules for text in docstrings(module)],
        settled=frozenset(one.function.id for one in here if one.settled),
        whole=not any(module.has_error for module in modules),
    )
    return plan, tuple(unwritten)


def docstrings(module: Module) -> list[str]:
    """What a module says beside its functions."""
    return [text for text in (module.docstring, *(one.docstring for one in module.classes)) if text]


def identity(function: FunctionVersion) -> str:
    """The function's id."""
    return f"{function.path}::{function.name}" + (f"#{function.ordinal}" if function.ordinal > 1 else "")


def accept(result: Result, module: Module, kept: Kept) -> AcceptedTest:
    """A kept case as the test files take it."""
    function, outcome = result.function, kept.tried.new.outcome
    assert function.new is not None
    case = kept.tried.case
    return AcceptedTest(function.id, function.new, module, case, outcome, kept.kind, kept.killed, result.mutants)


def parsed(root: Path, path: str) -> Module | None:
    """A source file as it stands on the disk; None for one that cannot be read."""
    try:
        return functions.parse(path, (root / path).read_bytes())
    except (OSError, functions.Unparsable):
        return None
