"""What happens when a function under comparison is entered while the user's tests run.

Runs in the user's Python (3.9 and newer) and imports the standard library only.
"""

from __future__ import annotations

import builtins
import signal
from typing import TYPE_CHECKING, Any, Callable, Optional

if TYPE_CHECKING or __package__:
    from reviewer.evidence import worker_twin_apart as twin_apart
    from reviewer.evidence import worker_twin_children as twin_children
    from reviewer.evidence import worker_twin_code as twin_code
    from reviewer.evidence import worker_twin_entry as twin_entry
    from reviewer.evidence import worker_twin_frame as twin_frame
    from reviewer.evidence import worker_twin_live as twin_live
    from reviewer.evidence import worker_twin_state as twin_state
else:
    import worker_twin_apart as twin_apart
    import worker_twin_children as twin_children
    import worker_twin_code as twin_code
    import worker_twin_entry as twin_entry
    import worker_twin_frame as twin_frame
    import worker_twin_live as twin_live
    import worker_twin_state as twin_state

PER_TEST = 6  # recorded calls of one function compared in one test: other tests call it differently
SECONDS = 6.0  # spent on the comparisons of one function in one batch of tests
Real = twin_children.Real


class Hook:
    """Compares at the entries of functions. `say` sends one message to the tool's side."""

    def __init__(
        self, twins: list[twin_code.Twins], states: list[twin_state.State], temp: str, end: float, say: Any, opened: Any
    ) -> None:
        self.live = twin_live.Live(twins)
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

    def counted(self) -> list[twin_state.State]:
        """What is known of each function, the calls under tracers counted."""
        while self.traced:
            self.states[self.traced.pop()].count("a tracer is set")
        return self.states

    def begin(self, node: str) -> None:
        """A test starts."""
        self.node = node
        self.enter("setup")
        for state in self.states:
            state.begin()

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

    def _hindrance(self, state: twin_state.State, now: float) -> Optional[str]:
        if now > self.end:
            self.open[:] = [False] * len(self.open)
            return "deadline"
        if len(Real.threads()) > 1:
            return "other threads are alive"
        if callable(signal.getsignal(signal.SIGCHLD)):
            return "the test watches for ended processes"
        return "files cannot be kept from being written" if self.wall is None else None

    def _examine(self, index: int, state: twin_state.State, raw: Any) -> None:
        if self.exactly is not None:
            if [self.phase, state.calls] == self.exactly[:2]:
                twin_entry.Entry(self, index, raw).once(self.exactly[2])
                self.open[index] = False
        elif state.skip:
            state.skip -= 1
        else:
            twin_entry.Entry(self, index, raw).examine()

    # ------------------------------------------------------------ what a child needs

    def enter_child(self, old: bool) -> None:
        """In a child: no more comparisons, and on the old side everything as it was."""
        self.open[:] = [False] * len(self.open)
        if old:
            self.live.restore()

    def old_names(self, pair: twin_frame.Pair) -> set[str]:
        """Names that only the old version of the function's module binds."""
        return self.live.twins[pair.code.co_filename].old_names
