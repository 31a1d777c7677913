"""Git: the two sides of a change, whole.

The repository is not trusted: it could hide a file from a diff or bend its output by attributes and configuration.
Everything that `git diff` takes from there is said on the command line instead, and a file's content is only ever read
as an object or from the disk as it is, never through a link or a filter.
"""

from __future__ import annotations

import itertools
import operator
import os
import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from reviewer import contents, diff
from reviewer.data import Change, FileChange, Hunk, PathFilter, Selection, SelectionKind, Unreviewed
from reviewer.errors import GitError, UsageError
from reviewer.gitrunner import Git

_PYTHON = ("--", ":(top)*.py", ":(top)*.pyi")
_TESTS = ("--", ":(top,glob)**/test_*.py", ":(top,glob)**/*_test.py", ":(top,glob)**/tests/**/*.py")
_DIFF = tuple(
    "diff --raw -p -z --unified=0 --inter-hunk-context=0 --no-abbrev --full-index --no-color --text --no-ext-diff "
    "--no-textconv --no-relative --ignore-submodules=all --submodule=short --src-prefix=a/ --dst-prefix=b/ "
    f"--diff-algorithm=histogram --indent-heuristic -M -l1000 -O{os.devnull}".split()
)
_ANY_STAGED = ("diff", "--cached", "--quiet", "--no-ext-diff", "--no-textconv")
_LISTING = ("ls-files", "-t", "-z", "--full-name", "--others", "--exclude-standard")
_GREP = ("grep", "-F", "-w", "-o", "-h", "--text", "--no-color", "--no-line-number", "--no-column", "--no-textconv")
_SHALLOW = "this clone is shallow: the merge base may lie further back than in the whole history"
_BRANCHES = ("for-each-ref", "--format=%(HEAD)%00%(refname)%00%(upstream)%00%(objectname)", "refs/heads")
_DEFAULTS = tuple(f"refs/{name}" for name in ("remotes/origin/HEAD", "remotes/origin/main", "remotes/origin/master"))


def read_change(selection: Selection, paths: Sequence[str], cwd: Path) -> Change:
    """Read both sides of every Python file that differs; `paths` are relative to `cwd` and restrict `files`.

    Raises UsageError for a reference or path that does not exist, GitError when git cannot answer.
    """
    repository = _Repository(cwd, paths)
    ref = selection.ref or ""
    match selection.kind:
        case SelectionKind.DEFAULT:
            change = repository.staged_or_worktree()
        case SelectionKind.STAGED:
            change = repository.staged()
        case SelectionKind.WORKTREE:
            change = repository.worktree()
        case SelectionKind.BASE:
            change = repository.since(ref, repository.commit(ref), f"changes since {ref}")
        case SelectionKind.RANGE:
            change = repository.range(ref)
        case SelectionKind.COMMIT:
            change = repository.whole(repository.commit(ref))
        case SelectionKind.ALL:
            change = repository.everything()
        case SelectionKind.UNPUSHED:
            change = repository.unpushed()
    repository.check_paths(paths, change)
    return change


def repository_root(cwd: Path) -> Path:
    """The top folder of the worktree around `cwd`. Raises GitError where there is none."""
    return Path(_Repository(cwd).root)


def untouched(change: Change, path: str) -> bytes | None:
    """A file that the change leaves alone, as its new side has it; None where that has no plain, readable one."""
    if change.new_commit is None and change.kind is not SelectionKind.STAGED:
        with suppress(contents.UnreadableError):
            return contents.read_file(change.root, path)
        return None
    answer = Git(Path(change.root)).run("cat-file", "blob", f"{change.new_commit or ':0'}:{path}")
    return answer.output if answer.status == 0 else None


def names_in_tests(root: Path, names: Iterable[str]) -> frozenset[str]:
    """Which of these identifiers the repository's tracked test files mention. Empty when git cannot say."""
    wanted = sorted({name for name in names if name.isidentifier()})
    if not wanted:
        return frozenset()
    patterns = [argument for name in wanted for argument in ("-e", name)]
    try:
        found = Git(root).run(*_GREP, "--no-recurse-submodules", *patterns, *_TESTS).output
    except (GitError, OSError):  # OSError: more names than one command line holds
        return frozenset()
    return frozenset(os.fsdecode(found).split("\n")) & frozenset(wanted)


class _Repository:
    """One repository, the ways to compare two of its states, and the paths asked for."""

    def __init__(self, cwd: Path, paths: Sequence[str] = ()) -> None:
        """Raise GitError when `cwd` is in no worktree, UsageError for a path outside it."""
        self.git = Git(cwd)
        answer = self.git.run("rev-parse", "--is-shallow-repository", "--show-toplevel", "HEAD^{commit}")
        shallow, _, rest = os.fsdecode(answer.output).partition("\n")
        self.root, _, head = rest.removesuffix("\n").rpartition("\n")  # a folder's name may hold newlines
        self.shallow = shallow == "true"
        self.head = head if _is_object(head) else None
        if not self.root or (self.head is None and head != "HEAD^{commit}"):
            raise self.git.failure(answer, "rev-parse")
        if self.head is None and self.git.run("rev-parse", "--verify", "--quiet", "HEAD").status == 0:
            raise GitError("the commit that HEAD names is missing or damaged: `git fsck` tells more")
        self.filters = tuple(_path_filter(text, cwd, self.root) for text in paths)

    def staged(self) -> Change:
        """The index against HEAD."""
        description = "staged changes against HEAD" if self.head else "staged changes, before the first commit"
        return self._compare(SelectionKind.STAGED, description, ("--cached", *self._head_if_any()), self.head)

    def worktree(self) -> Change:
        """Tracked files on disk against HEAD."""
        description = "the worktree against HEAD" if self.head else "the worktree, before the first commit"
        against = self.head or self._empty_tree()
        settings = self.git.without_filters()
        change = self._compare(SelectionKind.WORKTREE, description, (against,), self.head, settings=settings)
        entries = self._listing("--unmerged")
        conflicts = {entry.path for entry in entries if entry.stage and self._wanted(entry.path)}
        files = tuple(file for file in change.files if file.path not in conflicts)
        unreviewed = (*change.unreviewed, *(contents.unreadable(path, contents.CONFLICT) for path in sorted(conflicts)))
        return replace(change, files=files, unreviewed=unreviewed, notes=self._untracked(entries))

    def staged_or_worktree(self) -> Change:
        """What is staged, if anything is; a staged file that is not Python counts."""
        change = self.staged()
        if change.files or change.others or change.unreviewed:
            return change
        return change if self.git.run(*_ANY_STAGED, *self._head_if_any()).status == 1 else self.worktree()

    def since(self, ref: str, commit: str, description: str) -> Change:
        """The merge base of a commit and HEAD against HEAD."""
        head = self._head()
        base = self._merge_base(commit, head, f"{ref} and HEAD")
        change = self._compare(SelectionKind.BASE, description, (base, head), base, head)
        return replace(change, notes=(_SHALLOW,)) if self.shallow else change

    def range(self, text: str) -> Change:
        """`A..B`: A against B. `A...B`: their merge base against B. An open side is HEAD."""
        match = re.fullmatch(r"(.*?)(\.{2,3})(.*)", text, re.DOTALL)
        if match is None:
            raise UsageError(f"--range takes A..B or A...B, not {text!r}")
        old, new = (self.commit(side) if side else self._head() for side in (match[1], match[3]))
        if match[2] == "...":
            old = self._merge_base(old, new, f"{match[1] or 'HEAD'} and {match[3] or 'HEAD'}")
        return self._compare(SelectionKind.RANGE, f"the range {text}", (old, new), old, new)

    def whole(self, commit: str) -> Change:
        """Everything in a commit, as if new."""
        description = f"everything in {commit}, as if new"
        return self._compare(SelectionKind.COMMIT, description, (self._empty_tree(), commit), None, commit)

    def unpushed(self) -> Change:
        """What is not yet upstream; if that is nothing, what is staged; if that is nothing, the worktree."""
        upstream = self._upstream() if self.head else None
        if upstream is not None:
            ref, commit = upstream
            change = self.since(ref, commit, f"commits that are not in {ref}")
            if change.files or change.unreviewed:
                return change
        return self.staged_or_worktree()

    def everything(self) -> Change:
        """Every tracked file as it is on disk, as if new."""
        files, unreviewed, absent = list[FileChange](), dict[str, Unreviewed](), list[str]()
        entries = self._listing("--stage")
        for entry in entries:
            if entry.mode not in diff.REGULAR_MODES or not self._wanted(entry.path):
                continue
            try:
                if entry.stage:
                    raise contents.UnreadableError(contents.CONFLICT)
                content = contents.read_file(self.root, entry.path)
            except contents.UnreadableError as error:
                unreviewed[entry.path] = contents.unreadable(entry.path, str(error))
                continue
            if content is None:
                absent.append(entry.path)
                continue
            hunks = (Hunk(0, 0, 1, diff.count_lines(content)),) if content else ()
            files.append(FileChange(entry.path, None, None, content, hunks))
        return Change(
            root=self.root,
            files=tuple(sorted(files, key=lambda file: file.path)),
            description="every function, as if new",
            kind=SelectionKind.ALL,
            old_commit=None,
            new_commit=None,
            unreviewed=tuple(unreviewed.values()),
            notes=(*_absent(absent), *self._untracked(entries)),
            filters=self.filters,
        )

    def commit(self, ref: str) -> str:
        """The commit that a user's text names. Raises UsageError."""
        name = ref if ref.startswith(":/") else f"{ref}^{{commit}}"  # what is searched for goes on to the end
        name = name.replace("\0", " ")  # no argument can hold a NUL, no reference a space
        answer = self.git.run("rev-parse", "--verify", "--end-of-options", name)
        commit = os.fsdecode(answer.output).strip()
        if answer.status != 0 or not _is_object(commit):
            raise UsageError(f"{ref!r} names no commit here; a branch that was never fetched is not here either")
        return commit

    def check_paths(self, paths: Sequence[str], change: Change) -> None:
        """Raise UsageError for a path that neither side of the change nor the disk has."""
        sides = (*change.files, *change.others)
        named = {path for file in sides for path in (file.path, file.old_path) if path is not None}
        for text, chosen in zip(paths, self.filters, strict=True):
            on_disk = os.path.lexists(Path(self.root, chosen.path))
            if on_disk or any(_inside(path, chosen) for path in named) or self._in_history(chosen.path, change):
                continue
            raise UsageError(f"{text!r} exists neither on disk nor in the change that is reviewed")

    def _in_history(self, path: str, change: Change) -> bool:
        commits = {commit for commit in (change.old_commit, change.new_commit) if commit}
        if any(self.git.run("rev-parse", "--verify", "--quiet", f"{commit}:{path}").status == 0 for commit in commits):
            return True
        return bool(self.git.run("ls-files", "--", f":(top,literal){path}").output)

    def _compare(
        self,
        kind: SelectionKind,
        description: str,
        against: tuple[str, ...],
        old: str | None,
        new: str | None = None,
        settings: tuple[str, ...] = (),
    ) -> Change:
        """Run the one diff, and read both sides of what it names."""
        output = self.git.answer(*_DIFF, *against, *_PYTHON, settings=settings)
        try:
            records, disk = diff.parse(output), kind is SelectionKind.WORKTREE
            files, unreviewed = contents.read(self.git, self.root, records, disk=disk)
        except diff.DiffError as error:
            raise GitError(f"git's diff cannot be read: {error}") from error
        inside = [self._wanted(file.path) or self._wanted(file.old_path) for file in files]
        return Change(
            root=self.root,
            files=tuple(itertools.compress(files, inside)),
            description=description,
            kind=kind,
            old_commit=old,
            new_commit=new,
            unreviewed=tuple(item for item in unreviewed if self._wanted(item.path)),
            filters=self.filters,
            others=tuple(itertools.compress(files, map(operator.not_, inside))),
        )

    def _wanted(self, path: str | None) -> bool:
        return path is not None and (not self.filters or any(_inside(path, chosen) for chosen in self.filters))

    def _listing(self, which: str) -> tuple[diff.Entry, ...]:
        """Untracked Python files, and what `which` adds of the index."""
        return diff.parse_listing(self.git.answer(*_LISTING, which, *_PYTHON))

    def _untracked(self, entries: tuple[diff.Entry, ...]) -> tuple[str, ...]:
        untracked = (entry.path for entry in entries if entry.mode is None and not entry.path.endswith("/"))
        paths = [path for path in untracked if self._wanted(path)]
        if not paths:
            return ()
        count = "1 untracked Python file is" if len(paths) == 1 else f"{len(paths)} untracked Python files are"
        return (f"{count} not reviewed (`git add` makes them part of the change): {_some(paths)}",)

    def _empty_tree(self) -> str:
        return os.fsdecode(self.git.answer("hash-object", "-t", "tree", "--stdin")).strip()

    def _head(self) -> str:
        if self.head is None:
            raise GitError("there is no commit yet, so nothing to compare with: use --staged or --worktree")
        return self.head

    def _head_if_any(self) -> tuple[str, ...]:
        return (self.head,) if self.head else ()

    def _merge_base(self, one: str, other: str, names: str) -> str:
        answer = self.git.run("merge-base", one, other)
        if answer.status == 0:
            return os.fsdecode(answer.output).split("\n", 1)[0]
        if self.shallow:
            raise GitError(f"{names} have no common commit in this shallow clone: git fetch --unshallow")
        if answer.status == 1:
            raise GitError(f"{names} have no common commit; --range A..B compares them all the same")
        raise self.git.failure(answer, "merge-base")

    def _upstream(self) -> tuple[str, str] | None:
        """What this branch is measured against, and its commit: its upstream, else the default branch if another."""
        listed = self.git.answer(*_BRANCHES, *_DEFAULTS)
        rows = [line.split("\0") for line in os.fsdecode(listed).split("\n") if line]
        own = next((row for row in rows if row[0] == "*"), ["*", "", "", ""])
        commits = {name: commit for _, name, _, commit in rows if name != own[1]}
        for name in filter(None, (own[2], *_DEFAULTS, "refs/heads/main", "refs/heads/master")):
            if name in commits:
                return _short(name), commits[name]
            if name == own[2]:
                answer = self.git.run("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
                if answer.status == 0:
                    return _short(name), os.fsdecode(answer.output).strip()
        return None


def _path_filter(text: str, cwd: Path, root: str) -> PathFilter:
    """`mod.py::Class.method` or a path, relative to `cwd`, as a filter relative to the repository's top."""
    if "\0" in text or not text:
        raise UsageError(f"{text!r} is not a path")
    path, _, function = text.rpartition("::") if "::" in text and not os.path.lexists(cwd / text) else (text, "", "")
    target, top = cwd / path, Path(root).resolve()
    # The last part itself may be a link that git tracks.
    target = target.resolve() if target.name == ".." else target.parent.resolve() / target.name
    if target.resolve() == top:
        return PathFilter("", function or None)
    if not target.is_relative_to(top):
        raise UsageError(f"{text!r} is outside the repository {root}")
    return PathFilter(target.relative_to(top).as_posix(), function or None)


def _inside(path: str, chosen: PathFilter) -> bool:
    return chosen.path in ("", path) or path.startswith(f"{chosen.path}/")


def _absent(paths: list[str]) -> tuple[str, ...]:
    """A note on tracked files that were deleted on disk, or that a sparse checkout leaves out."""
    count = "1 tracked Python file is" if len(paths) == 1 else f"{len(paths)} tracked Python files are"
    return (f"{count} not on the disk and not reviewed: {_some(paths)}",) if paths else ()


def _is_object(text: str) -> bool:
    return re.fullmatch("[0-9a-f]{40,64}", text) is not None


def _short(name: str) -> str:
    return name.removeprefix("refs/remotes/").removeprefix("refs/heads/")


def _some(paths: list[str]) -> str:
    shown = ", ".join(sorted(paths)[:3])
    return shown if len(paths) <= 3 else f"{shown}, ..."
