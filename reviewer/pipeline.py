"""The program, top to bottom. The only module that joins the stages."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from reviewer import changes, findings, functions, pairing, replies, requests, risk, suppressions
from reviewer.asking import Asker
from reviewer.cache import Cache, default_folder
from reviewer.config import Config
from reviewer.data import (
    Change,
    ChangedFunction,
    Execution,
    FileChange,
    Finding,
    ModelInfo,
    Module,
    OutsideLines,
    PathFilter,
    Reason,
    Report,
    ReviewedFunction,
    Selection,
    Stats,
    Unreviewed,
)
from reviewer.errors import ModelError, UsageError


@dataclass(frozen=True, slots=True)
class Listener:
    """How the run tells what it is doing: `step(n, of, name)` before a function is asked, `note` for a warning."""

    step: Callable[[int, int, str], None] = lambda n, of, name: None
    note: Callable[[str], None] = lambda text: None


@dataclass(frozen=True, slots=True)
class Subject:
    """What is reviewed: the change with every changed function, and the new version of each file."""

    change: Change
    functions: tuple[ChangedFunction, ...]
    outside: tuple[OutsideLines, ...]
    modules: Mapping[str, Module]
    contents: Mapping[str, bytes]  # the new bytes of each file
    unreviewed: tuple[Unreviewed, ...]


@dataclass(slots=True)
class Verdicts:
    """What the model's part of a run has come to so far; complete after every function, so Ctrl-C loses nothing."""

    findings: list[Finding] = field(default_factory=list)
    unreviewed: list[Unreviewed] = field(default_factory=list)
    reviewed: dict[str, bool] = field(default_factory=dict)  # function id -> came from the cache
    claims_dropped: int = 0


def review(config: Config, selection: Selection, paths: Sequence[str], cwd: Path, listener: Listener) -> Report:
    """Review the selected change. Raises ReviewerError for what the user can mend; everything else is in the report."""
    began = time.monotonic()
    subject = read_subject(selection, paths, cwd)
    for note in subject.change.notes:
        listener.note(note)
    todo = [function for function in subject.functions if function.needs_review]
    verdicts = Verdicts()
    model: ModelInfo | None = None
    stats = Stats()
    if todo:
        with opened_cache(config, listener) as cache, opened_asker(config, cache, began, listener) as asker:
            if asker is None:
                verdicts.unreviewed += [missed(f, Reason.NO_MODEL, "no model was asked") for f in todo]
            else:
                model = asker.model.info
                ask_about(todo, subject, asker, cache.fence_key(), verdicts, listener)
                stats = counted(asker)
    return report(subject, verdicts, model, replace(stats, wall_seconds=time.monotonic() - began))


def read_subject(selection: Selection, paths: Sequence[str], cwd: Path) -> Subject:
    """The git change as changed functions."""
    change = changes.read_change(selection, paths, cwd)
    unreviewed = list(change.unreviewed)
    parsed: list[tuple[FileChange, Module | None, Module | None]] = []
    for file in change.files:
        try:
            old = None if file.old is None else functions.parse(file.old_path or file.path, file.old)
        except functions.Unparsable:
            old = None  # an old version that cannot be decoded makes every function of the file an added one
        try:
            new = None if file.new is None else functions.parse(file.path, file.new)
        except functions.Unparsable as error:
            unreviewed.append(Unreviewed(file.path, Reason.UNPARSABLE, str(error)))
            continue
        parsed.append((file, old, new))
    found, outside = pairing.pair(parsed)
    named = [item for item in change.filters if item.function]
    if named:
        check_named(named, [new for _, _, new in parsed if new is not None])
        found, outside = only_named(found, change.filters), ()
    modules = {new.path: new for _, _, new in parsed if new is not None}
    contents = {file.path: file.new for file in change.files if file.new is not None}
    return Subject(change, found, outside, modules, contents, tuple(unreviewed))


def check_named(named: Iterable[PathFilter], modules: Iterable[Module]) -> None:
    """Raise UsageError for a function that a PATHS argument names and its file, which changed, does not have."""
    known = {(module.path, function.name) for module in modules for function in module.functions}
    changed = {path for path, _ in known}
    for item in named:
        if item.path in changed and (item.path, item.function) not in known:
            raise UsageError(f"{item.path}::{item.function}: the file has no function of that name")


def only_named(found: Iterable[ChangedFunction], filters: Sequence[PathFilter]) -> tuple[ChangedFunction, ...]:
    """The functions that the PATHS arguments name; a folder or file names all of its functions."""

    def matches(function: ChangedFunction, item: PathFilter) -> bool:
        inside = item.path in ("", function.path) or function.path.startswith(item.path.rstrip("/") + "/")
        return inside and item.function in (None, function.name)

    return tuple(function for function in found if any(matches(function, item) for item in filters))


@contextmanager
def opened_cache(config: Config, listener: Listener) -> Iterator[Cache]:
    """The cache of replies, closed afterwards."""
    cache = Cache.open(config.cache_dir or default_folder(), warn=listener.note)
    try:
        yield cache
    finally:
        cache.close()


@contextmanager
def opened_asker(config: Config, cache: Cache, began: float, listener: Listener) -> Iterator[Asker | None]:
    """The model that the settings name, None for `none`; closed afterwards."""
    if config.model == "none":
        yield None
        return
    from reviewer.models.choose import choose

    chosen = choose(
        config.model,
        configured=config.ollama_model,
        host=config.host,
        allow_remote=config.allow_remote,
        window=config.window,
        self_tests=cache.mapping("self-test"),
    )
    assert chosen is not None, "only the name `none` chooses no model"
    if chosen.note:
        listener.note(chosen.note)
    try:
        yield Asker(chosen.model, cache, None if config.deadline is None else began + config.deadline)
    finally:
        chosen.model.close()


def ask_about(
    todo: Sequence[ChangedFunction],
    subject: Subject,
    asker: Asker,
    fence_key: bytes,
    verdicts: Verdicts,
    listener: Listener,
) -> None:
    """Ask about every function, most at risk first, so that a deadline costs the least."""
    names = {function.version.name.rpartition(".")[2] for function in todo} if len(todo) > 1 else set()
    tested = changes.names_in_tests(Path(subject.change.root), names) if names else frozenset()
    waiting = list(risk.order(todo, tested))
    total = len(waiting)
    while waiting:
        function = waiting[0]
        listener.step(total - len(waiting) + 1, total, function.name)
        try:
            ask_one(function, subject, asker, fence_key, verdicts)
        except ModelError as error:
            verdicts.unreviewed.append(missed(function, error.reason, error.detail))
        except KeyboardInterrupt:
            verdicts.unreviewed += [missed(left, Reason.INTERRUPTED, "the run was interrupted") for left in waiting]
            return
        waiting.pop(0)


def ask_one(function: ChangedFunction, subject: Subject, asker: Asker, fence_key: bytes, verdicts: Verdicts) -> None:
    """One function: request, reply, claims, findings. Raises ModelError when it could not be reviewed."""
    try:
        request = requests.review_request(
            function, subject.modules[function.path], fence_key=fence_key, window=asker.model.window
        )
    except requests.TooLarge as error:
        raise ModelError(Reason.TOO_LARGE, str(error)) from error
    answer = asker.ask(request, replies.claims)
    found, dropped = findings.from_claims(function, answer.value, subject.contents[function.path])
    verdicts.findings += found
    verdicts.claims_dropped += dropped
    verdicts.reviewed[function.id] = answer.cached


def missed(function: ChangedFunction, reason: Reason, detail: str) -> Unreviewed:
    """A changed function that was not reviewed."""
    return Unreviewed(function.path, reason, detail, function.id, function.name, function.version.line)


def counted(asker: Asker) -> Stats:
    """The model's part of the statistics."""
    tally = asker.tally
    return Stats(
        model_calls=tally.model_calls,
        retries=tally.retries,
        cache_hits=tally.cache_hits,
        prompt_tokens=tally.prompt_tokens,
        cached_prompt_tokens=tally.cached_prompt_tokens,
        completion_tokens=tally.completion_tokens,
        model_seconds=tally.model_seconds,
    )


def report(subject: Subject, verdicts: Verdicts, model: ModelInfo | None, stats: Stats) -> Report:
    """Everything a run has found, in the order of path and line."""
    kept, suppressed = suppressions.apply(verdicts.findings, {function.id: function for function in subject.functions})
    listed = tuple(listing(function, verdicts.reviewed) for function in subject.functions)
    unreviewed = subject.unreviewed + tuple(verdicts.unreviewed)
    return Report(
        model=model,
        execution=Execution("off", "running code is not part of this version"),
        functions=tuple(sorted(listed, key=lambda function: (function.path, function.line, function.id))),
        outside_functions=subject.outside,
        findings=tuple(sorted(kept, key=lambda finding: (finding.path, finding.line, finding.id))),
        unreviewed=tuple(sorted(unreviewed, key=lambda item: (item.path, item.line or 0))),
        stats=replace(
            stats,
            functions=len(subject.functions),
            needing_review=sum(function.needs_review for function in subject.functions),
            reviewed=len(verdicts.reviewed),
            claims_dropped=verdicts.claims_dropped,
            suppressed=suppressed,
        ),
        change=subject.change.description,
    )


def listing(function: ChangedFunction, reviewed: Mapping[str, bool]) -> ReviewedFunction:
    """How the report names a changed function."""
    version = function.version
    return ReviewedFunction(
        id=function.id,
        path=function.path,
        function=function.name,
        line=version.line,
        end_line=version.end_line,
        change=function.change,
        old_path=function.old_path,
        old_function=function.old_function,
        needs_review=function.needs_review,
        reviewed=function.id in reviewed,
        cached=reviewed.get(function.id, False),
    )
