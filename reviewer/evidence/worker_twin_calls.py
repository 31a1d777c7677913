"""Two forked children at the entry of a function: one runs the old code, one the new, on the same live arguments.

Runs in the user's Python (3.9 and newer) and imports the standard library only. The process that forks is the one that
runs the user's tests: it goes on as if nothing had happened. Nothing a child does reaches it: files are read-only and
have an offset of their own, pipes and sockets are cut off, random numbers start from one state.
"""

from __future__ import annotations

import errno
import gc
import random
import signal
import sys
from itertools import islice
from typing import TYPE_CHECKING, Any, Optional

if TYPE_CHECKING or __package__:
    from reviewer.evidence import worker_canon as canon
    from reviewer.evidence import worker_case as case
    from reviewer.evidence import worker_compare as compare
    from reviewer.evidence import worker_standard as standard
    from reviewer.evidence import worker_twin_apart as twin_apart
    from reviewer.evidence import worker_twin_children as twin_children
    from reviewer.evidence import worker_twin_frame as twin_frame
    from reviewer.evidence import worker_twin_shown as twin_shown
    from reviewer.evidence import worker_twin_values as twin_values
    from reviewer.evidence import worker_watch as watch
else:
    import worker_canon as canon
    import worker_case as case
    import worker_compare as compare
    import worker_standard as standard
    import worker_twin_apart as twin_apart
    import worker_twin_children as twin_children
    import worker_twin_frame as twin_frame
    import worker_twin_shown as twin_shown
    import worker_twin_values as twin_values
    import worker_watch as watch

VARIED_SECONDS = 0.5  # a varied call has less: one that differs is repeated with the whole time
OUTPUT_BYTES = 16 * 1024
CONTAINERS = (list, dict, tuple, set, frozenset, str, bytes)
DENIED = {errno.EACCES, errno.EPERM, errno.EROFS, errno.EFBIG}
Result = twin_children.Result
Real = twin_children.Real


class Call:
    """A recorded call, or one with other values for some arguments."""

    def __init__(self, changes: dict[str, Any] | None = None, plausible: bool = True) -> None:
        self.changes = changes or {}
        self.plausible = plausible


class Site:
    """The entry of a function at this moment: everything both children need."""

    def __init__(self, frame: twin_frame.Frame, pair: twin_frame.Pair, owner: Any) -> None:
        self.frame = frame
        self.pair = pair
        self.owner = owner  # has `enter_child(old)`, and `opened`: which files were

    def both(self, calls: list[Call], described: bool = False) -> tuple[list[Result], list[Result]]:
        """What each side did with the calls, from the first one on; at least one result each, at most all."""
        state = random.getstate()
        children = [self._child(old, calls, described, state) for old in (True, False)]
        done = [twin_children.collected(pid, source) for pid, source in children]
        for result in (*done[0], *done[1]):
            self.owner.opened.learn(result.pop("opened", []))
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
            target = twin_apart.cut_off(target, self.owner.wall)
            random.setstate(state)
            self.owner.enter_child(old)
            for call in calls:
                short = call.changes and not described
                Real.alarm(signal.ITIMER_REAL, VARIED_SECONDS if short else twin_children.CALL_SECONDS)
                result = self._run(call, old, described)
                twin_children.send(target, {**result, "opened": self.owner.opened.news()})
                if result["changed"]:
                    break  # the next call would find other arguments than the recorded ones
        finally:
            Real.exit(twin_children.DONE)
        raise AssertionError

    def _run(self, call: Call, old: bool, described: bool) -> Result:
        frame = self.frame
        for name, value in call.changes.items():
            frame = frame.changed(name, value)
        parts = frame.parts
        before = _looks(parts)
        result: Result = {"key": twin_children.digest(before), "skip": None, "changed": False}
        if described:
            result["described"] = twin_shown.describe(frame, self.pair)
        try:
            made = frame.old_arguments(self.pair) if old else frame.arguments()
        except twin_frame.Mismatch as mismatch:
            return {**result, "skip": str(mismatch), "outcome": None, "effects": {}}
        printed = watch.Printed(OUTPUT_BYTES)
        with printed.captured():
            sys.stderr = watch.Printed(0).stream  # warnings and log lines are nobody's output
            outcome, result["skip"] = self._outcome(made, old)
        after = _looks(parts)
        left = {f"{name}, what is left": _rest(one) for name, one in parts.items() if canon.is_iterator(one)}
        result["changed"] = after != before or bool(left)
        effects = {**after, **left, "printed": canon.stable(printed.text())[: canon.MAX_CHARACTERS]}
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
        return ("returned", text, kind, None), None

    def _not_its_fault(self, error: BaseException, old: bool) -> Optional[str]:
        reason = watch.denied(error, self.owner.temp)
        if reason:
            return reason
        if isinstance(error, OSError) and error.errno in DENIED:
            return "it writes files"
        if old and isinstance(error, NameError) and getattr(error, "name", None) in self.owner.old_names(self.pair):
            return "the old version needs names that are gone"
        if old and isinstance(error, TypeError) and error.__traceback__ and error.__traceback__.tb_next is None:
            return "the old version takes other arguments"  # it was never entered
        return None


def _finished(value: Any) -> Any:
    return standard.module("asyncio").run(case._awaited(value)) if compare.is_lazy(value) else value


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
        kind = type(value)
        foreign = kind.__module__ not in ("builtins", "unittest.mock") and not issubclass(kind, (type, *CONTAINERS))
        fields = canon.attributes(value) if foreign else {}
        if foreign and (fields or kind.__dictoffset__):  # an object without attributes may get some
            found[name] = f"<{canon.type_name(kind)}>"
            for field, part in islice(fields.items(), 50):
                found[f"{name}.{field}"] = twin_values.still(part)
        else:
            found[name] = twin_values.still(value)
    return found
