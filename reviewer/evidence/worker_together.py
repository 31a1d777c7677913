"""Cases that may share a process: one after another in one child, for as long as they leave it as they found it.

A process of its own costs several milliseconds, most calls some microseconds. What is told apart by such a run is run
again by whoever asked, each case in a process of its own; so a case that disturbs another one costs time, not truth.
Runs in the user's Python (3.9 and newer) and imports the standard library only.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator
from contextvars import copy_context
from functools import lru_cache
from types import CellType, FunctionType, GetSetDescriptorType, MemberDescriptorType, ModuleType
from typing import TYPE_CHECKING, Any, Callable, Optional

if TYPE_CHECKING or __package__:
    from reviewer.evidence.worker_process import Send

MOST = 40  # cases in one child
SECONDS = 1.0  # for one case, and for a child to begin another one; what takes longer is run alone, with all its time
END = "end"
CONTAINERS = (dict, list, set, deque, bytearray)
ATOMS = {str, int, float, bool, bytes, type(None), type(abs)}
NAMES = 600  # of modules that are looked at: that takes a millisecond
INSTALLED = ("site-packages", "dist-packages")
OWN = "tmp_path-"  # each case has a folder of its own where it wants one
_Memo: Any = type(lru_cache(abs))
_clock, _wait, _folder, _threads = time.monotonic, getattr(os, "waitpid", None), os.getcwd, threading.active_count
_list, _attribute = os.listdir, type.__getattribute__


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
        modules = reached(module, server.root)
        began, before = _clock(), state(modules, server.temp)
        for job, span in zip(jobs, spans):
            started = _clock()
            result = server.result(job, module, span)
            send({**result, "opened": server.opened.news(), "seconds": _clock() - started})
            if _clock() - began > SECONDS or state(modules, server.temp) != before or _has_children():
                break
        send(END)

    run = server.forker.run(task, SECONDS, runs=True, on_message=True)
    if run.forged:
        return [], False
    done = [message for message in run.messages if message != END][: len(jobs)]
    for message in done:
        server.opened.learn(message.get("opened"))
    return done, END in run.messages


def reached(module: ModuleType, root: str) -> list[ModuleType]:
    """A module and the repository's modules that it names, then those that these name, until it is too many names."""
    found, names = [module], len(vars(module))
    for one in found:
        for value in list(vars(one).values()):
            other = _origin(value)
            if other is None or other in found or names + len(vars(other)) > NAMES:
                continue
            path = str(vars(other).get("__file__"))
            if path.startswith(root + os.sep) and not any(os.sep + name + os.sep in path for name in INSTALLED):
                found.append(other)
                names += len(vars(other))
    return found


def _origin(value: Any) -> Optional[ModuleType]:
    """The module that a value is or comes from."""
    kind = type(value)
    if kind in ATOMS or kind is ModuleType:
        return value if kind is ModuleType else None
    if kind is FunctionType:
        name = value.__globals__.get("__name__")
    else:
        name = _attribute(value if issubclass(kind, type) else kind, "__dict__").get("__module__")
    other = sys.modules.get(name) if type(name) is str else None
    return other if type(other) is ModuleType else None


def state(modules: Iterable[ModuleType], temp: str) -> list[Any]:
    """What a case may leave behind, as far as it is quickly seen; no code of the repository runs for that.

    That is what names mean in modules, what containers and objects hold there, how much functions remember, context
    variables, and the names in the private folder.
    """
    found: list[Any] = [_folder(), _threads(), dict(os.environ), _files(temp)]
    found += [id(value) for value in copy_context().values()]
    for module in modules:
        for value in list(vars(module).values()):
            _note(value, found)
            for one in _inside(value, module.__name__):
                _note(one, found)
    return found


def _note(value: Any, found: list[Any]) -> None:
    found.append(id(value))
    kind = type(value)  # and not `isinstance`, which asks the object too
    if kind is _Memo:
        found.append(_Memo.cache_info(value).currsize)
    elif kind not in ATOMS:
        for container in CONTAINERS:
            if issubclass(kind, container):
                length: Callable[[Any], int] = container.__len__
                found.append(length(value))


def _inside(value: Any, module: str) -> list[Any]:
    """What a value of a module holds: a function defaults and free variables, a class and an object attributes."""
    kind = type(value)
    if kind is FunctionType:
        free = [_content(cell) for cell in value.__closure__ or ()]
        return [*(value.__defaults__ or ()), *(value.__kwdefaults__ or {}).values(), *free]
    if issubclass(kind, type):
        own = _attribute(value, "__module__") == module
        return list(_attribute(value, "__dict__").values()) if own else []
    return [] if kind in ATOMS or kind is ModuleType else list(_held(value, kind))


def _content(cell: CellType) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # nothing yet
        return None


def _held(value: Any, kind: type) -> Iterator[Any]:
    for one in _attribute(kind, "__mro__"):
        names = _attribute(one, "__dict__")
        place = names.get("__dict__")
        if type(place) is GetSetDescriptorType:
            yield from list(place.__get__(value).values())
        for slot in list(names.values()) if "__slots__" in names else ():
            if type(slot) is MemberDescriptorType:
                try:
                    yield slot.__get__(value)
                except AttributeError:
                    yield None


def _files(temp: str) -> list[str]:
    try:
        return sorted(name for name in _list(temp) if not name.startswith(OWN))
    except OSError:
        return []


def _has_children() -> bool:
    if _wait is None:
        return False
    try:
        _wait(-1, os.WNOHANG)
    except ChildProcessError:
        return False
    return True
