"""The program, top to bottom: change -> functions -> model and evidence -> report."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from reviewer import baseline, changes, findings, licence, replies, requests, risk
from reviewer.asking import Asker
from reviewer.baseline import Entry
from reviewer.cache import Cache, default_folder
from reviewer.config import Config
from reviewer.data import ChangedFunction, Reason, Report, Selection
from reviewer.errors import ModelError
from reviewer.reading import Subject, read_subject
from reviewer.records import record
from reviewer.reporting import Asked, report
from reviewer.running import IDLE, Running, running
from reviewer.screening import screened, whole

if TYPE_CHECKING:
    from reviewer.evidence.witnessed import Witness
    from reviewer.shards import Shard


@record(frozen=True, slots=True)
class Listener:
    """How the run tells what it is doing: `step(n, of, name)` before a function is asked, `note` for a warning.

    A run that only recalls asks the model nothing that it has not answered before.
    """

    step: Callable[[int, int, str], None] = lambda n, of, name: None
    note: Callable[[str], None] = lambda text: None
    recalls: bool = False


def review(
    config: Config,
    selection: Selection,
    paths: Sequence[str],
    cwd: Path,
    listener: Listener,
    *,
    known: Sequence[Entry] | None = None,
    shard: Shard | None = None,
) -> Report:
    """Review the selected change. Raises ReviewerError for what the user can mend; everything else is in the report.

    `known` is used instead of the baseline that the settings name; `shard` leaves the other parts of the change alone.
    """
    began = time.monotonic()
    everything = subject = read_subject(config, selection, paths, cwd)
    if shard is not None:
        subject = shard.of(everything)
    for note in subject.notes:
        listener.note(note)
    if known is None:
        known = baseline.read(Path(subject.change.root), config.baseline) if config.baseline else ()
    found = reviewed(config, subject, listener, began)
    found = shard.own(found, everything.todo) if shard else found
    complete = shard is None and whole(config, selection, paths)
    return screened(found, config, known, complete, listener.note)


def reviewed(config: Config, subject: Subject, listener: Listener, began: float) -> Report:
    """What the model and running say of the functions that need a review; `began` is a `time.monotonic()` value."""
    todo, asked = by_risk(subject), Asked()
    if not todo:
        return report(subject, asked, IDLE, {}, (0.0, time.monotonic() - began))
    ends = None if config.deadline is None else began + config.deadline
    with (
        opened_cache(config, listener) as cache,
        opened_asker(config, cache, ends, listener) as asker,
        running(config, subject, todo, ends, cache) as run,
    ):
        if asker is not None:
            ask_about(todo, subject, asker, asked, listener)
        witnesses = gather(run, todo, asked)
        if asker is None:
            count_executed(todo, witnesses, asked)
        else:
            witnesses = tried(todo, subject, asked, witnesses, asker, run)
        for function in todo:
            if run.executed(function) and function.id in asked.reviewed:
                asked.reviewed[function.id] = False
    found = report(subject, asked, run.execution, witnesses, (run.seconds, time.monotonic() - began))
    return replace(found, stats=replace(found.stats, twin_comparisons=run.twin_comparisons))


def tried(
    todo: Sequence[ChangedFunction],
    subject: Subject,
    asked: Asked,
    witnesses: Mapping[str, Witness],
    asker: Asker,
    run: Running,
) -> Mapping[str, Witness]:
    """Everything that was witnessed, with what the model's own cases, calls and suggestions show when they are run."""
    if run.examiner is not None and not interrupted(asked) and licence.fit(asker.model.info):
        from reviewer.deepening import deepen

        witnesses = deepen(todo, subject, asked, witnesses, asker, run)
    if any(finding.suggestion is not None for finding in asked.findings):
        from reviewer.mending import mend

        witnesses = mend(subject, asked, witnesses, run.patched, asker.ends)
    return witnesses


def by_risk(subject: Subject) -> tuple[ChangedFunction, ...]:
    """The functions to review, most at risk first, so that a deadline costs the least."""
    todo = subject.todo
    if len(todo) < 2:
        return tuple(todo)
    names = {function.version.name.rpartition(".")[2] for function in todo}
    return risk.order(todo, changes.names_in_tests(Path(subject.change.root), names))


@contextmanager
def opened_cache(config: Config, listener: Listener) -> Iterator[Cache]:
    """The cache of replies, closed afterwards."""
    cache = Cache.open(config.cache_dir or default_folder(), warn=listener.note)
    try:
        yield cache
    finally:
        cache.close()


@contextmanager
def opened_asker(config: Config, cache: Cache, ends: float | None, listener: Listener) -> Iterator[Asker | None]:
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
        yield Asker(chosen.model, cache, ends, fence_key=cache.fence_key(), recalls=listener.recalls)
    finally:
        chosen.model.close()


def ask_about(
    todo: Sequence[ChangedFunction],
    subject: Subject,
    asker: Asker,
    asked: Asked,
    listener: Listener,
) -> None:
    """Ask the model about every function; what it could not review is noted with the reason."""
    asked.model, asked.tally = asker.model.info, asker.tally
    for number, function in enumerate(todo):
        try:
            listener.step(number + 1, len(todo), function.name)
            ask_one(function, subject, asker, asked)
        except ModelError as error:
            asked.miss(function, error.reason, error.detail)
        except KeyboardInterrupt:
            for left in todo[number:]:
                asked.miss(left, Reason.INTERRUPTED, "the run was interrupted")
            return


def ask_one(function: ChangedFunction, subject: Subject, asker: Asker, asked: Asked) -> None:
    """One function: request, reply, claims, findings. Raises ModelError when it could not be reviewed."""
    try:
        module = subject.modules[function.path]
        request = requests.review_request(function, module, fence_key=asker.fence_key, window=asker.model.window)
    except requests.TooLarge as error:
        raise ModelError(Reason.TOO_LARGE, str(error)) from error
    answer = asker.ask(request, replies.claims)
    found, dropped = findings.from_claims(function, answer.value, subject.contents[function.path])
    asked.findings += found
    asked.claims_dropped += dropped
    asked.reviewed[function.id] = answer.cached


def interrupted(asked: Asked) -> bool:
    """Whether Ctrl-C has ended the questions."""
    return any(item.reason is Reason.INTERRUPTED for item in asked.unreviewed)


def gather(run: Running, todo: Sequence[ChangedFunction], asked: Asked) -> Mapping[str, Witness]:
    """What running showed; after Ctrl-C, here or before, what it has shown so far."""
    try:
        if not interrupted(asked):
            return run.finished()
    except KeyboardInterrupt:
        for function in todo:
            if function.id not in run.witnesses or (function.old is not None and not run.driven):
                asked.reviewed.pop(function.id, None)
                asked.miss(function, Reason.INTERRUPTED, "the run was interrupted")
    return dict(run.witnesses)


def count_executed(todo: Sequence[ChangedFunction], witnesses: Mapping[str, Witness], asked: Asked) -> None:
    """Without a model a function is reviewed when something of it was executed, else unreviewed with the reason."""
    missed = {item.function_id for item in asked.unreviewed}
    for function in todo:
        witness = witnesses.get(function.id)
        if witness is not None and witness.executed:
            asked.reviewed[function.id] = True
        elif function.id not in missed:
            why = f", and {witness.reason}" if witness is not None and witness.reason else ""
            asked.miss(function, Reason.NO_MODEL, f"no model was asked{why}")
