"""The background review of what was just staged, and how a hook takes the turn from it."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from reviewer import cache, changes, config, pipeline
from reviewer.config import Config
from reviewer.data import Reason, Selection, SelectionKind
from reviewer.emitters import sanitise
from reviewer.errors import ExitCode, GitError, ReviewerError
from reviewer.pipeline import Listener
from reviewer.progress import Progress
from reviewer.staging import Staging
from reviewer.turns import FOLDER, GRACE, POLL, Turns

DEADLINE = 300.0  # seconds, whatever the deadline is of those that somebody waits for
PATIENCE = 900.0  # seconds to wait for the turn


def background() -> int:
    """Review what is staged now, unless that was done; only what a later review can read from the cache stays of it.

    There is one such process at a time and repository, and one more that waits: it looks at what is staged when its
    turn has come. One that reviews sees for itself that something else was staged since, and ends.
    """
    cwd = Path.cwd()
    settings = replace(config.load(changes.repository_root(cwd), {}, os.environ), deadline=DEADLINE)
    staging = Staging(cwd)
    turns = opened(settings, staging)
    if settings.skip or turns is None:
        return ExitCode.CLEAN
    ends = time.monotonic() + PATIENCE
    with ExitStack() as waiting:
        if not waiting.enter_context(turns.only_one_waiting()):
            return ExitCode.CLEAN
        with turns.turn(lambda: time.monotonic() < ends) as have:
            waiting.close()  # whoever stages from here on has to wait again
            content = staging.content()
            if have and content and content != turns.reviewed():
                return review(settings, turns, staging, content, cwd)
    return ExitCode.CLEAN


def review(settings: Config, turns: Turns, staging: Staging, content: str, cwd: Path) -> ExitCode:
    """Review with the turn, and write to the log what came of it."""
    turns.show(content)
    turns.begin_log()
    say(f"process {os.getpid()} reviews what is staged")
    try:
        with watched(turns, staging, content):
            report = pipeline.review(settings, Selection(SelectionKind.STAGED), (), cwd, Listener(note=say))
    except ReviewerError as error:
        say(f"nothing was reviewed: {error}")
        return ExitCode.USAGE
    except KeyboardInterrupt:
        say("stopped")
        raise
    if any(item.reason is Reason.INTERRUPTED for item in report.unreviewed):
        say("stopped")
        return ExitCode.INTERRUPTED
    turns.remember(content)
    stats = report.stats
    say(f"{stats.reviewed} of {stats.needing_review} functions reviewed in {stats.wall_seconds:.0f} s")
    return ExitCode.CLEAN


@contextmanager
def watched(turns: Turns, staging: Staging, content: str) -> Iterator[None]:
    """End this process, as SIGTERM from elsewhere does, when somebody needs the turn or something else is staged."""
    done, main = threading.Event(), threading.get_ident()

    def look() -> None:
        stamp: object = None
        while not done.wait(POLL):
            before, stamp = stamp, staging.stamp()
            if turns.asked_to_stop() or (stamp != before and not still(staging, content)):
                signal.pthread_kill(main, signal.SIGTERM)
                stamp = None  # look again: the exception may have come to nothing, in a destructor say

    thread = threading.Thread(target=look, name="watch", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def still(staging: Staging, content: str) -> bool:
    """Whether the same is staged as before."""
    try:
        return staging.content() == content
    except GitError:  # the repository is gone
        return False


@contextmanager
def alone(settings: Config, cwd: Path, patience: float) -> Iterator[None]:
    """Have the turn for a hook. A background review of what the hook is about is waited for, another one ended.

    It is waited for because the reply that it is about to get is the one that the hook would have to ask for again;
    `patience` seconds long, then it is ended, too, so that the hook has the model to itself.
    """
    if not (folder(settings) / FOLDER).exists():  # nothing was ever reviewed in the background
        yield
        return
    staging = Staging(cwd)
    turns = opened(settings, staging)
    if turns is None:
        yield
        return
    began = time.monotonic()
    asked: float | None = None

    def going_on() -> bool:
        nonlocal asked
        now = time.monotonic()
        if asked is None and now - began < patience and turns.shown() in ("", staging.content()):
            progress.task("waiting for the review in the background")
            return True
        asked = asked or now
        turns.ask_to_stop()
        return now - asked < GRACE

    with ExitStack() as stack:
        with Progress(sys.stderr, os.environ, enabled=not settings.quiet) as progress:
            stack.enter_context(turns.turn(going_on))
        yield


def opened(settings: Config, staging: Staging) -> Turns | None:
    """The turns of a worktree; None where the cache's folder cannot be used."""
    try:
        return Turns(folder(settings), staging.repository, staging.worktree)
    except OSError:
        return None


def folder(settings: Config) -> Path:
    """The cache folder."""
    return settings.cache_dir or cache.default_folder()


def say(text: str) -> None:
    """A line of the log."""
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {sanitise.line(text)}\n")
    sys.stderr.flush()
