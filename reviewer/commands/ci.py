"""`reviewer ci`: what a run of CI has changed, judged by the settings of the base, shown as the platform shows it.

The change may not soften its own review: settings and baseline come from the commit that it is compared with.
"""

from __future__ import annotations

import json
import os
import secrets
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from reviewer import baseline, comparison, config, emitters, pipeline, platforms, shards
from reviewer.commands import review
from reviewer.comparison import Comparison
from reviewer.config import Config
from reviewer.data import Report, Selection, SelectionKind
from reviewer.emitters import sanitise
from reviewer.errors import ConfigError, UsageError
from reviewer.platforms import Event, Platform, Situation
from reviewer.progress import Progress
from reviewer.revisions import Revisions
from reviewer.shards import Shard
from reviewer.wholefile import write_whole

MAX_EVENT_BYTES = 50_000_000  # https://docs.github.com/en/webhooks/webhook-events-and-payloads#payload-cap is 25 MB


def ci(
    flags: Mapping[str, object], base: str | None, format_: str | None, output: Path | None, shard: str | None
) -> int:
    """Review this run's change and return the exit code; `format_` and `output` replace what the platform is given.

    Raises ReviewerError with nothing on stdout.
    """
    if output is not None and format_ is None:
        raise UsageError("--output takes one format: give it with --format")
    review.check_output(format_ or "text", output)
    wanted = shards.parse(shard) if shard else None
    platform = platforms.detect(os.environ)
    situation = platform.read(os.environ, event(platform, os.environ))
    history = Revisions(Path.cwd())
    against = comparison.choose(platform, situation, history, base)
    files = repository_files(history, against.base)
    settings = config.load(history.root, flags, os.environ, repository=files)
    part = wanted or (Shard(*situation.shard) if situation.shard else None)
    part = part if part and part.total > 1 else None
    title = described(situation, against, history.head) + (f", part {part}" if part else "")
    notes = (f"{platform.name}: {title}", *against.notes, *changed_settings(history, against, files, settings))
    settings, reasons = restrained(settings, situation)
    report = replace(reviewed(settings, against, history, part, (*notes, *reasons)), change=title)
    if situation.privileged:
        report = replace(report, execution=replace(report.execution, reason=situation.privileged))
    if format_ is None:
        show(report, settings, platform)
    else:
        review.show(report, settings, format_, output)
    return review.exit_code(report, settings)


def reviewed(
    settings: Config, against: Comparison, history: Revisions, part: Shard | None, notes: Iterable[str]
) -> Report:
    """Run the pipeline with the baseline as the base has it; notes, progress and warnings on stderr."""
    known = known_findings(settings, against, history)
    kind, ref = (SelectionKind.BASE, against.base) if against.base else (SelectionKind.COMMIT, history.head)
    with Progress(sys.stderr, os.environ, enabled=not settings.quiet) as progress:

        def say(text: str) -> None:
            # Runners look for commands at the start of a line, and for `##[` anywhere in it; paths are hostile.
            progress.say(sanitise.line(text).replace("##[", "## ["))

        for note in notes:
            say(note)
        listener = pipeline.Listener(progress.step, say)
        return pipeline.review(settings, Selection(kind, ref), (), history.root, listener, known=known, shard=part)


def event(platform: Platform, environ: Mapping[str, str]) -> Event:
    """The payload of what caused this run, empty where the platform leaves none. Raises UsageError."""
    name = environ.get(platform.event, "") if platform.event else ""
    if not name:
        return {}
    try:
        with Path(name).open("rb") as file:
            content = file.read(MAX_EVENT_BYTES + 1)
        whole = json.loads(content)
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(f"{platform.event}: the payload of this run cannot be read: {error}") from error
    return whole if isinstance(whole, dict) else {}


def described(situation: Situation, against: Comparison, head: str) -> str:
    """What is compared, for people."""
    base = f" ({against.base[:12]})" if against.base and against.name != against.base else ""
    return f"{situation.what}: {head[:12]} against {against.name}{base}"


# ---------------------------------------------------------------- settings of the base


def repository_files(history: Revisions, commit: str | None) -> dict[str, bytes]:
    """The configuration files as a commit has them."""
    found = {name: history.file(commit, name) for name in config.REPOSITORY_FILES} if commit else {}
    return {name: content for name, content in found.items() if content is not None}


def known_findings(settings: Config, against: Comparison, history: Revisions) -> tuple[baseline.Entry, ...]:
    """The baseline as the base has it: a change could make its own faults known."""
    name = settings.baseline
    if name is None or against.base is None:
        return ()
    content = history.file(against.base, name)
    if content is None:
        where = f"{against.name} ({against.base[:12]})"
        raise ConfigError(f"{name}: there is no such baseline in {where}, where CI reads it")
    return baseline.parse(content, name)


def changed_settings(
    history: Revisions, against: Comparison, files: Mapping[str, bytes], settings: Config
) -> Iterator[str]:
    """What the change says about its own review, and does not get."""
    if against.base is None:
        return
    there = f"as {against.name} has them"
    if not same_settings(files, head_files := repository_files(history, history.head)):
        names = " and ".join(sorted({*files, *head_files}))
        yield f"this change sets reviewer's settings anew ({names}): they count from when it is in; used {there}"
    name = settings.baseline
    if name is not None and history.file(against.base, name) != history.file(history.head, name):
        yield f"this change edits {name}: its known findings are used {there}"


def same_settings(one: Mapping[str, bytes], other: Mapping[str, bytes]) -> bool:
    """Whether two sets of configuration files mean the same; one that cannot be used means nothing."""
    try:
        first, second = (config.load(None, {}, {}, Path(os.devnull), repository=files) for files in (one, other))
    except ConfigError:
        return one == other
    return first == second


def restrained(settings: Config, situation: Situation) -> tuple[Config, tuple[str, ...]]:
    """The settings, less what is too dangerous with this author or these rights; and why."""
    reasons: list[str] = []
    if situation.privileged:
        settings = replace(settings, execute=False)
        reasons.append(situation.privileged)
    if situation.stranger and settings.unsandboxed:
        settings = replace(settings, unsandboxed=False)
        reasons.append(f"{situation.what}: {situation.stranger}, so its code runs in a sandbox or not at all")
    return settings, tuple(reasons)


# ---------------------------------------------------------------- what the platform is given


def show(report: Report, settings: Config, platform: Platform) -> None:
    """Write the platform's files and its summary, then its log. Raises UsageError, before anything is on stdout."""
    log = rendered("text", report, settings) if review.worth_a_line(report) or not settings.quiet else b""
    if platform.commands and log:
        log = unheard(log)
    if platform.annotations:
        log += rendered(platform.annotations, report, settings)
    for format_, name in platform.files:
        write(Path.cwd() / name, rendered(format_, report, settings))
    if platform.summary and (place := os.environ.get(platform.summary)):
        summarise(Path(place), rendered("markdown", report, settings), platform.summary_bytes)
    review.say(log)


def rendered(format_: str, report: Report, settings: Config) -> bytes:
    """The report in a format."""
    emit = emitters.emitter(format_)
    text = emit(report, color=False, width=120, verbose=settings.verbose, show_all=settings.show_all)
    return text.encode("utf-8", "backslashreplace")


def unheard(log: bytes) -> bytes:
    """A log in which a runner hears no commands, for reviewed code may look like one.

    https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#stopping-and-starting-workflow-commands
    """
    word = secrets.token_hex(16).encode()
    return b"::stop-commands::%s\n%s\n::%s::\n" % (word, log.rstrip(b"\n"), word)


def summarise(place: Path, page: bytes, limit: int) -> None:
    """Add a page to the job's summary, which earlier commands of the step may have begun and which has a limit.

    A summary that cannot be written costs no review.
    """
    try:
        with place.open("ab") as file:
            if file.tell() + len(page) <= limit:
                file.write(page)
                return
        reason = f"other commands have filled its {limit} bytes"
    except OSError as error:
        reason = str(error.strerror)
    sys.stderr.write(f"reviewer: the job's summary cannot be written: {reason}\n")


def write(target: Path, data: bytes) -> None:
    """Write a file whole or not at all, in place of whatever is there: the change may have put a link there."""
    try:
        write_whole(target, data, 0o644)
    except OSError as error:
        raise UsageError(f"{target.name} cannot be written: {error.strerror}") from error
