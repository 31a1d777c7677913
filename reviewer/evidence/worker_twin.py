"""Runs the user's tests and doctests with both versions of the changed functions compared at their entries.

Runs in the user's Python (3.9 and newer) with the standard library and the project's own pytest, where it has one.
One forked child of the warm server runs one batch of test files; what it finds goes out message by message, so that a
test that ends the process costs nothing that was found before.
"""

from __future__ import annotations

import base64
import doctest
import os
import sys
from typing import TYPE_CHECKING, Any, Callable

if TYPE_CHECKING or __package__:
    from reviewer.evidence import worker_case as case
    from reviewer.evidence import worker_twin_code as twin_code
    from reviewer.evidence import worker_twin_drivers as twin_drivers
    from reviewer.evidence import worker_twin_hook as twin_hook
    from reviewer.evidence import worker_twin_state as twin_state
else:
    import worker_case as case
    import worker_twin_code as twin_code
    import worker_twin_drivers as twin_drivers
    import worker_twin_hook as twin_hook
    import worker_twin_state as twin_state

SILENCE = 30.0  # seconds without a message after which a test counts as hanging
Say = Callable[[Any], None]
clock = twin_hook.Real.clock


class Batch:
    """One batch: `request` names the changed files with their functions, the drivers, and what is known so far."""

    def __init__(self, server: Any, request: Any) -> None:
        self.server = server
        self.request = request
        self.root: str = server.root
        self.end = clock() + request["seconds"]
        self.told: Any = None

    def run(self, say: Say) -> None:
        """In a child: set everything up, run the drivers."""
        self.pid = os.getpid()
        self.raw_say = say
        twins: list[twin_code.Twins] = []
        failures: dict[int, str] = {}
        for one in self.request["files"]:
            try:
                twins.append(self._twins(one))
            except (SyntaxError, ValueError, RecursionError) as error:
                failures.update((function["index"], case.said(error)) for function in one["functions"])
        states = [
            twin_state.State(one["limit"], one["seen"], [(kind, sure) for kind, sure in one["kinds"]])
            if self.request["hook"]
            else twin_state.State(0, [], [])
            for one in self.request["functions"]
        ]
        for state, one in zip(states, self.request["functions"]):
            state.wishes = one["wishes"]
        self.hook = twin_hook.Hook(twins, states, self.server.temp, self.end, self.say, self.server.opened)
        self.hook.exactly = self.request["exactly"]
        for index, reason in failures.items():
            self.hook.shut(index, f"one version cannot be parsed: {reason}")
        self.hook.install()
        if self.request["hook"]:
            self.server.overlay.trees.update((one.path, one.instrumented()) for one in twins)
        if self.request["driver"] == "doctest":
            self._doctests()
        else:
            self._tests()
        self._tell(last=True)

    def say(self, message: Any) -> None:
        """Send a message, unless this is a process that a test forked."""
        if os.getpid() == self.pid:
            self.raw_say(message)

    def _twins(self, one: Any) -> twin_code.Twins:
        old = base64.b64decode(one["old"])
        new = self.server.overlay.source(one["path"])
        wanted = {(f["new"], f["new_line"]): (f["index"], f["old"], f["old_line"]) for f in one["functions"]}
        return twin_code.Twins(one["path"], old, new, wanted)

    # ------------------------------------------------------------ what the drivers tell

    def begin(self, node: str) -> None:
        """A test starts."""
        self.hook.begin(node)
        self.hook.enter("call" if self.hook.driver != "pytest" else "setup")
        self.say({"start": node})

    def ended(self, node: str, outcome: str) -> None:
        """A test ended."""
        self.say({"test": node, "outcome": outcome})
        self._tell()

    def wanted(self, node: str) -> bool:
        """Whether a test is to be run."""
        return self.request["only"] in (None, node)

    def _tell(self, last: bool = False) -> None:
        told: list[dict[str, Any]] = []
        for state in self.hook.counted():
            counts = {"comparisons": state.comparisons, "duplicates": state.duplicates, "reasons": state.counts}
            told.append({**counts, "open": not state.done, "seconds": state.seconds})
        news = self.server.opened.tell()
        if news is None or news:
            self.say({"opened": news})
        if last or told != self.told:
            self.told = [{**one, "reasons": dict(one["reasons"])} for one in told]
            more = {"seen": [sorted(one.seen)[:500] for one in self.hook.states]} if last else {}
            self.say({"counts": told, **more})

    def not_collected(self, path: str, reason: str) -> None:
        """A test file that says nothing."""
        self.say({"not_collected": [path, reason[:300]]})

    # ------------------------------------------------------------ doctest

    def _doctests(self) -> None:
        self.hook.driver = "doctest"
        finder, runner = doctest.DocTestFinder(), doctest.DocTestRunner(verbose=False)
        for path, name in self.request["modules"]:
            shown = os.path.relpath(path, self.root)
            try:
                module = self.server.overlay.load(path, name)
                found = finder.find(module)
            except BaseException as error:  # SystemExit at import time, a docstring that cannot be parsed
                self.not_collected(shown, case.said(error))
                continue
            for one in found:
                if one.examples and not (self.hook.finished and self.request["hook"]):
                    node = f"{shown}::{one.name}"
                    if not self.wanted(node):
                        continue
                    self.begin(node)
                    result = runner.run(one, out=lambda text: None)
                    self.ended(node, "failed" if result.failed else "passed")

    # ------------------------------------------------------------ test files

    def _tests(self) -> None:
        tests = []
        for path in self.request["tests"]:
            if self.server.overlay.isfile(path) and os.path.isfile(path):
                tests.append(path)
            else:
                self.not_collected(os.path.relpath(path, self.root), "it is not in the worktree")
        self.hook.driver = "pytest" if self.request["driver"] == "pytest" and pytest_there() else "unittest"
        run = twin_drivers.run_pytest if self.hook.driver == "pytest" else twin_drivers.run_unittest
        try:
            run(self, tests)
        except BaseException as error:  # a conftest that ends the process
            for path in tests:
                self.not_collected(os.path.relpath(path, self.root), case.said(error))


def pytest_there() -> bool:
    """Whether the project has pytest."""
    return twin_drivers.there("pytest")


def answer(server: Any, request: Any) -> Any:
    """Run one batch in a child; everything it said, and how it ended if not as it should."""
    if not server.walls.forks:
        return {"messages": [], "ending": None, "unavailable": "processes cannot be forked here"}
    if request["driver"] == "pytest" and "pytest" not in sys.modules and pytest_there():
        import pytest  # noqa: F401  # once for all batches
    batch = Batch(server, request)
    silence = min(SILENCE, request["seconds"] + 2)
    run = server.forker.run(batch.run, silence, runs=False, on_message=True)
    complete = bool(run.messages) and "seen" in run.messages[-1]
    return {"messages": run.messages, "ending": None if complete else run.ending(silence)}
