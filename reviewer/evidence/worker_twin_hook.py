"""What happens when a function under comparison is entered while the user's tests run.

Runs in the user's Python (3.9 and newer) and imports the standard library only.
"""

from __future__ import annotations

import builtins
import gc
import hashlib
import signal
import sys
from types import FunctionType
from typing import TYPE_CHECKING, Any, Callable, Optional

if TYPE_CHECKING or __package__:
    from reviewer.evidence import worker_twin_apart as twin_apart
    from reviewer.evidence import worker_twin_calls as twin_calls
    from reviewer.evidence import worker_twin_code as twin_code
    from reviewer.evidence import worker_twin_frame as twin_frame
    from reviewer.evidence import worker_twin_judge as twin_judge
    from reviewer.evidence import worker_twin_values as twin_values
    from reviewer.evidence import worker_twin_vary as twin_vary
else:
    import worker_twin_apart as twin_apart
    import worker_twin_calls as twin_calls
    import worker_twin_code as twin_code
    import worker_twin_frame as twin_frame
    import worker_twin_judge as twin_judge
    import worker_twin_values as twin_values
    import worker_twin_vary as twin_vary

SPARED = 3  # one of so many comparisons is kept for what tests themselves call: a later one may know what matters
KINDS = 3  # distinct kinds of difference after which a function is done
PER_TEST = 6  # recorded calls of one function compared in one test: other tests call it differently
SECONDS = 6.0  # spent on the comparisons of one function in one batch of tests
TIMEOUTS = 2
PATIENCE = 16  # calls passed over at once, up to which the next test's first call is looked at all the same
UNSTEADY = "its outcome differs from run to run"
UNSTEADY_TIMES = 5  # and nothing else found: a function whose outcomes say nothing
SLOW = 0.3  # seconds of a comparison beyond which its arguments are not varied
RESCANS = 5
Real = twin_calls.Real
Call = twin_calls.Call


class State:
    """What is known of one function under comparison."""

    def __init__(self, limit: int, seen: list[str], kinds: list[tuple[str, bool]]) -> None:
        self.limit = limit
        self.varied_limit = limit - limit // SPARED
        self.seen = set(seen)
        self.kinds = set(kinds)  # of differences, each with whether its arguments are plausible
        self.values = twin_values.Seen()
        self.counts: dict[str, int] = {}  # what was not compared, by reason
        self.comparisons = 0
        self.duplicates = 0
        self.in_test = 0  # comparisons of recorded calls
        self.calls = 0  # of the function since this phase of the test began
        self.timeouts = 0
        self.seconds = 0.0
        self.skip, self.patience = 0, 1
        self.shut = False
        self.wishes: list[dict[str, str]] = []  # arguments to be tried instead of made up ones
        self.known: Optional[list[Any]] = None

    def count(self, reason: str) -> None:
        """One more call that was not compared."""
        self.counts[reason] = self.counts.get(reason, 0) + 1

    @property
    def done(self) -> bool:
        """Whether enough was seen."""
        kinds = sum(plausible for _, plausible in self.kinds)
        if not self.kinds and self.counts.get(UNSTEADY, 0) >= UNSTEADY_TIMES:
            return True
        return self.shut or self.comparisons >= self.limit or kinds >= KINDS or self.timeouts > TIMEOUTS

    def knows(self, kind: str, plausible: bool) -> bool:
        """Whether a difference of this kind was seen, with arguments at least as plausible."""
        return (kind, True) in self.kinds or (kind, plausible) in self.kinds


class Hook:
    """Compares at the entries of functions. `say` sends one message to the tool's side."""

    def __init__(
        self, twins: list[twin_code.Twins], states: list[State], temp: str, end: float, say: Any, opened: Any
    ) -> None:
        self.twins = {one.path: one for one in twins}
        self.states = states
        self.temp = temp
        self.end = end
        self.say: Callable[[Any], None] = say
        self.open = [not state.done for state in states]
        self.pid = Real.getpid()
        self.busy = False
        self.opened = opened
        self.exactly: Any = None  # phase, number and varied argument of the only call to be compared
        self.node = ""
        self.driver = ""  # what runs the tests
        self.phase = ""
        self.traced: list[int] = []  # functions that were entered while a tracer was set
        self.reached: set[tuple[int, str]] = set()
        self.live: dict[str, list[FunctionType]] = {}
        self.scans = 0
        self.loaded = -1
        self.wall = twin_apart.no_writes()
        for twin in twins:
            for index, reason in twin.troubles.items():
                self.shut(index, reason)

    def shut(self, index: int, reason: str) -> None:
        """A function cannot be compared at all."""
        self.open[index] = False
        self.states[index].shut = True
        self.states[index].count(reason)

    def install(self) -> None:
        """Make the guards work."""
        names = {"open": self.open, "gettrace": Real.gettrace, "traced": self.traced.append, "entry": self.entry}
        for name, value in names.items():
            setattr(builtins, f"__reviewer_{name}__", value)

    @property
    def finished(self) -> bool:
        """Whether nothing is left to compare."""
        return not any(self.open) or Real.clock() > self.end

    def counted(self) -> list[State]:
        """What is known of each function, the calls under tracers counted."""
        while self.traced:
            self.states[self.traced.pop()].count("a tracer is set")
        return self.states

    def begin(self, node: str) -> None:
        """A test starts."""
        self.node = node
        self.enter("setup")
        for state in self.states:
            state.in_test = 0
            state.skip = state.skip if state.patience > PATIENCE else 0

    def enter(self, phase: str) -> None:
        """A phase of the test starts: only what wider fixtures call depends on the tests before it."""
        self.phase = phase
        for state in self.states:
            state.calls = 0

    def entry(self, index: int) -> None:
        """A function was entered: compare both versions here, unless that is impossible or was done."""
        if self.busy or Real.getpid() != self.pid:
            return
        self.busy = True
        state, started = self.states[index], Real.clock()
        state.calls += 1
        try:
            if (index, self.node) not in self.reached:
                self.reached.add((index, self.node))
                self.say({"reach": [index, self.node]})
            reason = self._hindrance(state, started)
            if reason:
                state.count(reason)
            elif state.in_test < PER_TEST:
                self._examine(index, state, Real.getframe(1))
        except Exception as error:  # whatever goes wrong here is nothing the user's tests may see
            state.count(f"a comparison could not be made: {type(error).__name__}")
        finally:
            state.seconds += Real.clock() - started
            if state.done or state.seconds > SECONDS:
                self.open[index] = False
                if not state.done:
                    state.count("its calls take too long")
            self.busy = False

    def _hindrance(self, state: State, now: float) -> Optional[str]:
        if now > self.end:
            self.open[:] = [False] * len(self.open)
            return "deadline"
        if len(Real.threads()) > 1:
            return "other threads are alive"
        if callable(signal.getsignal(signal.SIGCHLD)):
            return "the test watches for ended processes"
        return "files cannot be kept from being written" if self.wall is None else None

    def _examine(self, index: int, state: State, raw: Any) -> None:
        if self.exactly is not None:
            if [self.phase, state.calls] == self.exactly[:2]:
                self._once(index, state, raw)
            return
        if state.skip:
            state.skip -= 1
            return
        twin = self.twins[raw.f_code.co_filename]
        pair = twin.pair_of(raw.f_code)
        assert pair is not None
        self._scan()
        frame = twin_frame.Frame(raw, self._live(twin.path, raw.f_code))
        texts = {name: twin_values.literal(value) for name, value in frame.values.items()}
        plain = None
        if None not in texts.values() and not frame.extra and not frame.keywords and not frame.cells:
            plain = hashlib.sha256(repr(texts).encode("utf-8", "replace")).hexdigest()[:16]
            if plain in state.seen:
                state.duplicates += 1
                return
            state.seen.add(plain)
        site = twin_calls.Site(frame, pair, self)
        started = Real.clock()
        if not self._compare(index, state, site, [Call()], plain is None):
            return
        state.in_test += 1
        if state.wishes:
            fitting = [{name: text for name, text in wish.items() if name in frame.values} for wish in state.wishes]
            self._compare(index, state, site, [Call(_values(wish.items())) for wish in fitting if wish], False)
            return
        if Real.clock() - started < SLOW and not state.done:
            if state.known is None:
                state.known = twin_vary.constants([pair.code, frame.code], frame.space)
            varied = twin_vary.variants(frame.parts, state.known, state.values)
            left = state.varied_limit - state.comparisons
            share = max(0, min(left, max(6, left // 2)))
            self._compare(index, state, site, [Call({name: one}, sure) for name, one, sure in varied[:share]], False)
        for name, text in texts.items():
            if text is not None:
                state.values.note(name, text)

    def _once(self, index: int, state: State, raw: Any) -> None:
        """Compare this one call, as it is or with one argument varied."""
        twin = self.twins[raw.f_code.co_filename]
        pair, varied = twin.pair_of(raw.f_code), self.exactly[2]
        assert pair is not None
        self._scan()
        site = twin_calls.Site(twin_frame.Frame(raw, self._live(twin.path, raw.f_code)), pair, self)
        self._compare(index, state, site, [Call(_values(varied))], False)
        self.open[index] = False

    def _compare(self, index: int, state: State, site: Any, calls: list[Any], fresh: bool) -> bool:
        """Compare the calls; False when it turns out that the recorded one was compared before."""
        pending = calls[: max(0, state.limit - state.comparisons)]
        while pending and not state.done and Real.clock() < self.end:
            olds, news = site.both(pending)
            done = min(len(olds), len(news))
            if not done:
                state.count("a comparison could not be made")
                return False
            if fresh and news[0]["key"] in state.seen:
                state.duplicates += 1
                state.skip, state.patience = state.patience, min(1024, 2 * state.patience)
                return False
            if fresh and news[0]["key"]:
                state.seen.add(news[0]["key"])
            for position in range(done):
                self._judge(index, state, site, pending[position], (olds[position], news[position]))
            pending = pending[done:]
        return True

    def _judge(self, index: int, state: State, site: Any, call: Any, pair: tuple[Any, Any]) -> None:
        skip = pair[0]["skip"] or pair[1]["skip"]
        if skip:
            state.count(skip)
            return
        state.comparisons += 1
        kinds = {one["outcome"][0] for one in pair}
        state.timeouts += "timed_out" in kinds
        if not twin_judge.differ(pair, call):
            return
        if state.knows(twin_judge.kind(*pair), call.plausible):
            return
        # Twice from the recorded state: what else ran in the first children may have had a part in it.
        again = []
        for _ in range(2):
            olds, news = site.both([call], described=True)
            if not olds or not news or olds[0]["skip"] or news[0]["skip"]:
                state.count("a difference could not be repeated")
                return
            again.append((olds[0], news[0]))
        steady = all(twin_judge.same(one, other) for one, other in zip(*again))
        if not steady or not twin_judge.differ(again[0], call):
            state.count(UNSTEADY)
            return
        old, new = again[0]
        kind = twin_judge.kind(old, new)
        if state.knows(kind, call.plausible):
            return
        state.kinds.add((kind, call.plausible))
        self.say(self._told(index, kind, call, old, new))

    def _told(self, index: int, kind: str, call: Any, old: Any, new: Any) -> Any:
        """A difference as the tool's side reads it."""
        effects = twin_judge.changed_effects(old, new)
        shown = new.get("described") or old.get("described") or {"call": "", "pasteable": False, "arguments": []}
        return {
            "difference": index,
            "kind": kind,
            "node": self.node,
            "driver": self.driver,
            "phase": self.phase,
            "number": self.states[index].calls,
            "varied": [[name, twin_values.expression(value)] for name, value in call.changes.items()],
            **shown,
            "old": old["outcome"],
            "new": new["outcome"],
            "old_effects": {name: one for name, (one, _) in effects.items()},
            "new_effects": {name: one for name, (_, one) in effects.items()},
            "plausible": call.plausible,
            "recorded": not call.changes,
        }

    # ------------------------------------------------------------ live functions

    def _scan(self) -> None:
        """Find every function made from the changed files; again when modules were imported since."""
        if self.loaded == len(sys.modules) or self.scans > RESCANS:
            return
        self.loaded = len(sys.modules)
        self.scans += 1
        self.live = {path: [] for path in self.twins}
        for one in gc.get_objects():
            if type(one) is FunctionType and one.__code__.co_filename in self.live:
                self.live[one.__code__.co_filename].append(one)

    def _live(self, path: str, code: Any) -> FunctionType | None:
        return next((one for one in reversed(self.live[path]) if one.__code__ is code), None)

    def enter_child(self, old: bool) -> None:
        """In a child: no more comparisons, and on the old side everything as it was."""
        self.open[:] = [False] * len(self.open)
        if old:
            for path, twin in self.twins.items():
                live = self.live[path]
                spaces = {id(one.__globals__): one.__globals__ for one in live if one.__globals__.get("__name__")}
                twin.restore(live, list(spaces.values()))

    def old_names(self, pair: twin_frame.Pair) -> set[str]:
        """Names that only the old version of the function's module binds."""
        return self.twins[pair.code.co_filename].old_names


def _values(texts: Any) -> dict[str, Any]:
    """Arguments from their expressions: literals, and floats that have none."""
    return {name: eval(text, {"__builtins__": {}, "float": float, "set": set}) for name, text in texts}
