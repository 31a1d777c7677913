"""Two forked children at the entry of a function: one runs the old code, one the new, on the same live arguments.

Runs in the user's Python (3.9 and newer) and imports the standard library only. The process that forks is the one that
runs the user's tests: it goes on as if nothing had happened. Nothing a child does reaches it: files are read-only and
have an offset of their own, pipes and sockets are cut off, random numbers start from one state.
"""

from __future__ import annotations

import asyncio
import ctypes
import errno
import fcntl
import gc
import hashlib
import json
import os
import random
import select
import signal
import stat
import struct
import sys
import time
from itertools import islice
from typing import TYPE_CHECKING, Any, Optional

if TYPE_CHECKING or __package__:
    from reviewer.evidence import worker_canon as canon
    from reviewer.evidence import worker_case as case
    from reviewer.evidence import worker_compare as compare
    from reviewer.evidence import worker_linux as linux
    from reviewer.evidence import worker_twin_code as twin_code
    from reviewer.evidence import worker_twin_values as twin_values
    from reviewer.evidence import worker_watch as watch
else:
    import worker_canon as canon
    import worker_case as case
    import worker_compare as compare
    import worker_linux as linux
    import worker_twin_code as twin_code
    import worker_twin_values as twin_values
    import worker_watch as watch

CALL_SECONDS = 2.0
VARIED_SECONDS = 0.5  # a varied call has less: one that differs is repeated with the whole time
DONE = 86  # the status of a child that came to its own end
MAX_TEXT = 64 * 1024
OUTPUT_BYTES = 16 * 1024
DENIED = {errno.EACCES, errno.EPERM, errno.EROFS, errno.EFBIG}
Result = dict[str, Any]


class Real:
    """Functions that tests like to replace, as they were before any test ran; not module attributes on purpose."""

    fork, pipe, read, write, close = os.fork, os.pipe, os.read, os.write, os.close
    exit, getpid, waitpid, kill = os._exit, os.getpid, os.waitpid, os.kill
    clock = time.monotonic
    threads = sys._current_frames
    gettrace = sys.gettrace
    getframe = sys._getframe
    alarm = signal.setitimer
    poll = select.poll
    dumps, loads = json.JSONEncoder().encode, json.JSONDecoder().decode


class Call:
    """A recorded call (no variation), or one with another value for a parameter."""

    def __init__(self, name: str | None = None, value: Any = None, plausible: bool = True) -> None:
        self.name = name
        self.value = value
        self.plausible = plausible


class Site:
    """The entry of a function at this moment: everything both children need."""

    def __init__(self, frame: twin_code.Frame, pair: twin_code.Pair, owner: Any) -> None:
        self.frame = frame
        self.pair = pair
        self.owner = owner  # has `enter_child(old)`

    def both(self, calls: list[Call], described: bool = False) -> tuple[list[Result], list[Result]]:
        """What each side did with the calls, from the first one on; at least one result each, at most all."""
        state = random.getstate()
        children = [self._child(old, calls, described, state) for old in (True, False)]
        done = [_collected(pid, source) for pid, source in children]
        return done[0], done[1]

    def _child(self, old: bool, calls: list[Call], described: bool, state: Any) -> tuple[int, int]:
        source, target = Real.pipe()
        pid = Real.fork()
        if pid:
            Real.close(target)
            return pid, source
        try:
            gc.disable()
            Real.alarm(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGALRM})
            target = _cut_off(target, self.owner.wall)
            random.setstate(state)
            self.owner.enter_child(old)
            for call in calls:
                varied = call.name is not None and not described
                Real.alarm(signal.ITIMER_REAL, VARIED_SECONDS if varied else CALL_SECONDS)
                result = self._run(call, old, described)
                _send(target, result)
                if result["changed"]:
                    break  # the next call would find other arguments than the recorded ones
        finally:
            Real.exit(DONE)
        raise AssertionError

    def _run(self, call: Call, old: bool, described: bool) -> Result:
        values = dict(self.frame.values)
        if call.name is not None:
            values[call.name] = call.value
        parts = {**values, **{f"*{n}": one for n, one in enumerate(self.frame.extra)}, **self.frame.keywords}
        before = _looks(parts)
        result: Result = {"key": _digest(before), "skip": None, "changed": False}
        if described:
            result["described"] = describe(self, values)
        try:
            made = self.frame.arguments(values)
            made = self.frame.old_arguments(values, self.pair) if old else made
        except twin_code.Mismatch as mismatch:
            return {**result, "skip": str(mismatch), "outcome": None, "effects": {}}
        printed = watch.Printed(OUTPUT_BYTES)
        with printed.captured():
            sys.stderr = printed.stream
            outcome, result["skip"] = self._outcome(made, old)
        after = _looks(parts)
        left = {f"{name}, what is left": _rest(one) for name, one in parts.items() if canon.is_iterator(one)}
        result["changed"] = after != before or bool(left)
        effects = {**after, **left, "printed": printed.text()[: canon.MAX_CHARACTERS]}
        return {**result, "outcome": outcome, "effects": effects}

    def _outcome(self, made: Any, old: bool) -> tuple[Any, Optional[str]]:
        function = self.frame.function(self.pair, old)
        try:
            value = _finished(function(*made[0], **made[1]))
        except BaseException as error:  # SystemExit and KeyboardInterrupt are outcomes too
            return compare.raised(error), self._not_its_fault(error, old)
        try:
            kind = canon.type_name(type(value))
            text = canon.text(_drained(value))[0]
        except Exception as error:  # a generator that fails half way, or a value that cannot be looked at
            return compare.raised(error), self._not_its_fault(error, old)
        return ("returned", twin_values.ADDRESS.sub("0x...", text), kind, None), None

    def _not_its_fault(self, error: BaseException, old: bool) -> Optional[str]:
        reason = watch.denied(error, self.owner.temp)
        if reason:
            return reason
        if isinstance(error, OSError) and error.errno in DENIED:
            return "it writes files"
        if old and isinstance(error, NameError) and getattr(error, "name", None) in self.owner.old_names(self.pair):
            return "the old version needs names that are gone"
        return None


def _finished(value: Any) -> Any:
    return asyncio.run(case._awaited(value)) if compare.is_lazy(value) else value


def _drained(value: Any) -> Any:
    return list(islice(value, canon.MAX_ITEMS)) if type(value).__name__ == "generator" else value


def _rest(value: Any) -> str:
    try:
        return twin_values.still(list(islice(value, canon.MAX_ITEMS))) if hasattr(value, "__next__") else ""
    except Exception as error:
        return type(error).__name__


def _looks(parts: dict[str, Any]) -> dict[str, str]:
    """Every argument as text; a foreign object by its attributes, so that it can be said which one differs."""
    found: dict[str, str] = {}
    for name, value in parts.items():
        fields = {}
        if type(value).__module__ not in ("builtins", "unittest.mock") and not isinstance(value, type):
            fields = canon.attributes(value)
        if fields and not isinstance(value, (list, dict, tuple, set, str)):
            found[name] = f"<{canon.type_name(type(value))}>"
            for field, part in islice(fields.items(), 50):
                found[f"{name}.{field}"] = twin_values.still(part)
        else:
            found[name] = twin_values.still(value)
    return found


def _digest(texts: dict[str, str]) -> str:
    return hashlib.sha256(repr(sorted(texts.items())).encode("utf-8", "replace")).hexdigest()[:16]


# ---------------------------------------------------------------- what is shown


def describe(site: Site, values: dict[str, Any]) -> Any:
    """The call as text, whether it can be pasted, and its arguments."""
    frame = site.frame
    qualified = site.pair.name
    shown = [(name, twin_values.still(value, 300)) for name, value in values.items()]
    shown += [(f"*{frame.more}", twin_values.still(one, 300)) for one in frame.extra]
    shown += [(name, twin_values.still(one, 300)) for name, one in frame.keywords.items()]
    text = _pasteable(site, values, qualified)
    described = f"{qualified}({', '.join(f'{name}={one}' for name, one in shown)})"
    return {"call": text or described, "pasteable": text is not None, "arguments": shown}


def _pasteable(site: Site, values: dict[str, Any], qualified: str) -> str | None:
    frame, pair = site.frame, site.pair
    names = list(frame.positional)
    target: str | None = qualified
    if "<locals>" in qualified:
        return None
    if "." in qualified:
        kinds = {ast_name(one) for one in pair.new.decorator_list}
        if kinds & {"property", "setter", "cached_property"}:
            return None
        if "staticmethod" not in kinds and qualified.rpartition(".")[2] != "__new__":
            target = _receiver(values[names.pop(0)], qualified, frame.space) if names else None
    if target is None:
        return None
    texts = []
    skipped = False
    for name in [*names, *frame.named]:
        left_out = frame.is_default(name, values[name])
        skipped = skipped or left_out
        text = twin_values.literal(values[name])
        if text is None and not left_out:
            return None
        if not left_out or frame.extra:
            texts.append(f"{name}={text}" if skipped or name in frame.named else str(text))
    more = [twin_values.literal(one) for one in frame.extra]
    others = {name: twin_values.literal(one) for name, one in frame.keywords.items()}
    if None in more or None in others.values() or (more and skipped):
        return None
    spread = [str(one) for one in more]
    return f"{target}({', '.join([*texts, *spread, *(f'{name}={one}' for name, one in others.items())])})"


def _receiver(value: Any, qualified: str, space: dict[str, Any]) -> str | None:
    """What a method is pasted after: its class, or an object that its class can be asked to build again."""
    method = qualified.rpartition(".")[2]
    if isinstance(value, type):
        return f"{value.__qualname__}.{method}" if _known(value, space) else None
    if method == "__init__":
        return type(value).__qualname__ if _known(type(value), space) else None
    built = _built(value, type(value), space)
    return f"{built}.{method}" if built is not None else None


def _known(kind: type, space: dict[str, Any]) -> bool:
    """Whether a class can be called by its name."""
    return space.get(kind.__qualname__) is kind


def _built(value: Any, kind: Any, space: dict[str, Any]) -> str | None:
    """An object as a call of its class with plain arguments, when that makes an equal one."""
    if not _known(kind, space):
        return None
    fields = canon.attributes(value)
    code = getattr(kind.__init__, "__code__", None)
    wanted = code.co_varnames[1 : code.co_argcount] if code is not None else ()
    texts = {name: twin_values.literal(fields.get(name, fields.get(f"_{name}", ...))) for name in wanted}
    if None in texts.values():
        return None
    text = f"{kind.__qualname__}({', '.join(f'{name}={one}' for name, one in texts.items())})"
    try:
        again = eval(text, space)
    except Exception:  # it cannot be built like this
        return None
    return text if twin_values.still(again) == twin_values.still(value) else None


def ast_name(node: Any) -> str:
    """The last name of a decorator."""
    node = getattr(node, "func", node)
    return str(getattr(node, "attr", getattr(node, "id", "")))


# ---------------------------------------------------------------- processes


def _cut_off(target: int, wall: int | None) -> int:
    """Part this child from whatever its parent has open, and from every file; return where results go."""
    import resource

    high = fcntl.fcntl(target, fcntl.F_DUPFD_CLOEXEC, 200)
    null = os.open(os.devnull, os.O_RDWR)
    for name in os.listdir("/proc/self/fd"):
        number = int(name)
        if number in (high, null) or number == wall:
            continue
        try:
            mode = os.fstat(number).st_mode
            if stat.S_ISREG(mode):
                _reopened(number, null)
            elif number < 3 or not (stat.S_ISCHR(mode) or stat.S_ISDIR(mode)):
                os.dup2(null, number)
        except OSError:  # the folder's own descriptor, closed by now
            continue
    if wall is not None:
        linux.no_new_privileges()
        linux.LIBC.syscall(446, wall, 0)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    return high


def _reopened(number: int, null: int) -> None:
    """A file's offset is shared with the parent: read it through another opening."""
    flags = fcntl.fcntl(number, fcntl.F_GETFL)
    try:
        if flags & os.O_ACCMODE == os.O_WRONLY:
            os.dup2(null, number)
            return
        fresh = os.open(f"/proc/self/fd/{number}", os.O_RDONLY)
    except OSError:
        os.dup2(null, number)
        return
    os.lseek(fresh, os.lseek(number, 0, os.SEEK_CUR), os.SEEK_SET)
    os.dup2(fresh, number)
    os.close(fresh)


def no_writes() -> int | None:
    """A landlock rule set that allows no write at all, to be put on by each child; None where there is none."""
    if linux.LIBC is None or sys.platform != "linux":
        return None
    abi = max(0, linux.LIBC.syscall(444, None, ctypes.c_size_t(0), 1))
    if not abi:
        return None
    rights = (1 << 13) - 1 & ~linux.READ_ONLY_RIGHTS
    rights |= (linux.REFER if abi >= 2 else 0) | (linux.TRUNCATE if abi >= 3 else 0)
    rules = linux.LIBC.syscall(444, struct.pack("Q", rights), ctypes.c_size_t(8), 0)
    if rules < 0:
        return None
    descriptor = os.open(os.devnull, os.O_PATH | os.O_CLOEXEC)
    linux.LIBC.syscall(445, rules, 1, struct.pack("=Qi", linux.WRITE_FILE, descriptor), 0)
    os.close(descriptor)
    high = fcntl.fcntl(rules, fcntl.F_DUPFD_CLOEXEC, 150)
    os.close(rules)
    return high


def _send(target: int, result: Result) -> None:
    data = Real.dumps(result).encode("utf-8", "surrogatepass")
    if len(data) > MAX_TEXT:
        short = {**result, "effects": {"all": _digest(result["effects"])}, "described": None}
        data = Real.dumps(short).encode("utf-8", "surrogatepass")
    data = struct.pack(">I", len(data)) + data
    while data:
        data = data[Real.write(target, data) :]


def _collected(pid: int, source: int) -> list[Result]:
    """The results of a child; the last one says how it ended when it did not come to its end."""
    data, late = b"", False
    poll = Real.poll()
    poll.register(source, select.POLLIN)
    end = Real.clock() + CALL_SECONDS + 1
    while True:
        ready = poll.poll(1000 * max(0.0, end - Real.clock()))
        part = Real.read(source, 1 << 16) if ready else b""
        if not part:
            late = not ready
            break
        data += part
        end = Real.clock() + CALL_SECONDS + 1
    Real.close(source)
    if late:
        try:
            Real.kill(pid, signal.SIGKILL)
        except OSError:  # where signals to others are forbidden it keeps its processor limit
            pass
    _, status = Real.waitpid(pid, os.WNOHANG if late else 0)
    results, rest = [], data
    while len(rest) >= 4:
        (size,) = struct.unpack(">I", rest[:4])
        if len(rest) < 4 + size:
            break
        results.append(Real.loads(rest[4 : 4 + size].decode("utf-8", "surrogatepass")))
        rest = rest[4 + size :]
    ended = _ending(status, late)
    if ended is not None:
        results.append({"outcome": ended, "effects": {}, "changed": True, "skip": None, "key": None})
    return results


def _ending(status: int, late: bool) -> Any:
    if late or (os.WIFSIGNALED(status) and os.WTERMSIG(status) in (signal.SIGALRM, signal.SIGXCPU)):
        return ("timed_out", None, None, f"took longer than {CALL_SECONDS:g} s")
    if os.WIFSIGNALED(status):
        return ("crashed", None, None, f"died of signal {os.WTERMSIG(status)}")
    if os.WEXITSTATUS(status) != DONE:
        return ("crashed", None, None, f"ended the process with status {os.WEXITSTATUS(status)}")
    return None
