"""Cases that may share a process: one after another in one child, for as long as they leave it as they found it.

A process of its own costs several milliseconds, most calls some microseconds. What is told apart by such a run is run
again by whoever asked, each case in a process of its own; so a case that disturbs another one costs time, not truth.
Runs in the user's Python (3.9 and newer) and imports the standard library only.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any, Callable

if TYPE_CHECKING or __package__:
    from reviewer.evidence.worker_process import Send

MOST = 40  # cases in one child
SECONDS = 1.0  # for one case, and for a child to begin another one; what takes longer is run alone, with all its time
END = "end"
CONTAINERS = (dict, list, set)
_clock, _wait, _folder, _threads = time.monotonic, getattr(os, "waitpid", None), os.getcwd, threading.active_count


def answers(server: Any, jobs: list[Any], end: float) -> Iterator[Any]:
    """The result of each job, in order, as the server gives it for one alone."""
    while jobs:
        done, whole = shared(server, [job for job in jobs[:MOST] if job["path"] == jobs[0]["path"]], end)
        yield from done
        jobs = jobs[len(done) :]
        if jobs and not whole:
            yield server.run(jobs.pop(0), end)


def shared(server: Any, jobs: list[Any], end: float) -> tuple[list[Any], bool]:
    """The results of the first of these jobs, as far as one child comes; and whether it came there of its own accord.

    If it did not, the next job ends the process, takes long, or cannot be run at all.
    """
    if len(jobs) < 2 or not server.warm(jobs[0], end):
        return [], False
    spans = [server.prepared(job) for job in jobs]

    def task(send: Send) -> None:
        module = server.module(jobs[0])
        began, before = _clock(), state(module)
        for job, span in zip(jobs, spans):
            started = _clock()
            result = server.result(job, module, span)
            send({**result, "opened": server.opened.news(), "seconds": _clock() - started})
            if _clock() - began > SECONDS or state(module) != before or _has_children():
                break
        send(END)

    run = server.forker.run(task, SECONDS, runs=True, on_message=True)
    if run.forged:
        return [], False
    done = [message for message in run.messages if message != END][: len(jobs)]
    for message in done:
        server.opened.learn(message.get("opened"))
    return done, END in run.messages


def state(module: ModuleType) -> list[Any]:
    """What a case may leave behind in a module, as far as it is quickly seen: what names mean, what containers hold."""
    found: list[Any] = [_folder(), _threads(), dict(os.environ)]
    for value in vars(module).values():
        _note(value, found)
        if type(value) is FunctionType:
            for one in (*(value.__defaults__ or ()), *(value.__kwdefaults__ or {}).values()):
                _note(one, found)
        elif isinstance(value, type) and type.__getattribute__(value, "__module__") == module.__name__:
            for one in vars(value).values():
                _note(one, found)
    return found


def _note(value: Any, found: list[Any]) -> None:
    found.append(id(value))
    for kind in CONTAINERS:
        if isinstance(value, kind):
            length: Callable[[Any], int] = kind.__len__
            found.append(length(value))


def _has_children() -> bool:
    if _wait is None:
        return False
    try:
        _wait(-1, os.WNOHANG)
    except ChildProcessError:
        return False
    return True
