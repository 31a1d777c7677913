"""Runs the user's tests and doctests with both versions of the changed functions compared at their entries.

Runs in the user's Python (3.9 and newer) with the standard library and the project's own pytest, where it has one.
One forked child of the warm server runs one batch of test files; what it finds goes out message by message, so that a
test that ends the process costs nothing that was found before.
"""

from __future__ import annotations

import base64
import doctest
import io
import os
import sys
import unittest
from importlib.machinery import PathFinder
from typing import TYPE_CHECKING, Any, Callable, Optional

if TYPE_CHECKING or __package__:
    from reviewer.evidence import worker_case as case
    from reviewer.evidence import worker_twin_code as twin_code
    from reviewer.evidence import worker_twin_hook as twin_hook
else:
    import worker_case as case
    import worker_twin_code as twin_code
    import worker_twin_hook as twin_hook

SILENCE = 30.0  # seconds without a message after which a test counts as hanging
Say = Callable[[Any], None]
clock = twin_hook.Real.clock
USAGE_ERROR = 4


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
        twins = [self._twins(one) for one in self.request["files"]]
        states = [
            twin_hook.State(one["limit"], one["seen"], one["kinds"])
            if self.request["hook"]
            else twin_hook.State(0, [], [])
            for one in self.request["functions"]
        ]
        self.hook = twin_hook.Hook(twins, states, self.server.temp, self.end, self.say)
        self.hook.install()
        if self.request["hook"]:
            self.server.overlay.trees.update((one.path, one.instrumented()) for one in twins)
        kind = self.request["driver"]
        if kind == "doctest":
            self._doctests()
        elif kind == "pytest" and pytest_there():
            self._pytest()
        else:
            self._unittest()
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
        self.say({"start": node})

    def ended(self, node: str, outcome: str) -> None:
        """A test ended."""
        self.say({"test": node, "outcome": outcome})
        self._tell()

    def _tell(self, last: bool = False) -> None:
        told: list[dict[str, Any]] = []
        for state in self.hook.states:
            counts = {"comparisons": state.comparisons, "duplicates": state.duplicates, "reasons": state.counts}
            told.append({**counts, "open": not state.done, "seconds": state.seconds})
        if last or told != self.told:
            self.told = [{**one, "reasons": dict(one["reasons"])} for one in told]
            more = {"seen": [sorted(one.seen)[:500] for one in self.hook.states]} if last else {}
            self.say({"counts": told, **more})

    def not_collected(self, path: str, reason: str) -> None:
        """A test file that says nothing."""
        self.say({"not_collected": [path, reason[:300]]})

    # ------------------------------------------------------------ doctest

    def _doctests(self) -> None:
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
                if one.examples and not self.hook.finished:
                    node = f"{shown}::{one.name}"
                    self.begin(node)
                    result = runner.run(one, out=lambda text: None)
                    self.ended(node, "failed" if result.failed else "passed")

    # ------------------------------------------------------------ pytest

    def _pytest(self) -> None:
        import pytest

        sys.argv = ["pytest"]
        if self.root not in sys.path:
            sys.path.append(self.root)
        sys.meta_path.insert(0, _ChangedFirst(self.server.overlay))
        common = [
            "-p",
            "no:cacheprovider",
            "--continue-on-collection-errors",
            "--maxfail=0",
            "--tb=no",
            "-q",
            "--color=no",
            # Without it pytest checks who owns the folder, by the real user, which the sandbox changed.
            f"--basetemp={os.path.join(self.server.temp, 'pytest')}",
        ]
        quiet = [option for module, option in PLUGINS.items() if there(module)]
        for options in ([*common, *quiet], common, [*common, "-o", "addopts="]):
            code = pytest.main([*options, *self.request["tests"]], plugins=[Plugin(self)])
            if code != USAGE_ERROR:
                break
        self.say({"exit": int(code)})

    # ------------------------------------------------------------ unittest

    def _unittest(self) -> None:
        if self.root not in sys.path:
            sys.path.insert(0, self.root)
        for path in self.request["tests"]:
            top = folder = os.path.dirname(path)
            while os.path.isfile(os.path.join(top, "__init__.py")):
                top = os.path.dirname(top)
            loader = unittest.TestLoader()
            try:
                suite = loader.discover(folder, os.path.basename(path), top)
            except BaseException as error:
                self.not_collected(os.path.relpath(path, self.root), case.said(error))
                continue
            for trouble in loader.errors:
                self.not_collected(os.path.relpath(path, self.root), str(trouble).strip().splitlines()[-1])
            result = _Result(self, os.path.relpath(path, self.root))
            suite.run(result)


PLUGINS = {"pytest_cov": "--no-cov", "xdist": "-n0", "pytest_randomly": "-pno:randomly"}


class Plugin:
    """Follows a run of pytest."""

    def __init__(self, batch: Batch) -> None:
        self.batch = batch
        self.outcome = "passed"
        self.left_out = set(batch.request["skip"])

    def node(self, item: Any) -> str:
        """The node id, relative to the repository's root."""
        path = str(getattr(item, "path", None) or item.fspath)
        return f"{os.path.relpath(path, self.batch.root)}::{item.nodeid.partition('::')[2]}"

    def pytest_collection_modifyitems(self, items: list[Any], config: Any) -> None:
        """Leave out what ended the process before, and lift Hypothesis's limit on time: comparisons take some."""
        items[:] = [item for item in items if self.node(item) not in self.left_out]
        hypothesis: Any = sys.modules.get("hypothesis")
        if hypothesis is not None:
            changed = {"deadline": None, "database": None, "suppress_health_check": [hypothesis.HealthCheck.too_slow]}
            hypothesis.settings.register_profile("reviewer", hypothesis.settings(), **changed)
            hypothesis.settings.load_profile("reviewer")

    def pytest_collectreport(self, report: Any) -> None:
        """Note what cannot be collected."""
        if report.failed:
            lines = str(report.longrepr).strip().splitlines() or [""]
            self.batch.not_collected(report.nodeid.partition("::")[0], lines[-1])

    def pytest_runtest_protocol(self, item: Any, nextitem: Any) -> Optional[bool]:
        """A test starts."""
        self.outcome = "passed"
        self.batch.begin(self.node(item))
        if self.batch.hook.finished and self.batch.request["hook"]:
            item.session.shouldstop = "nothing is left to compare"
        return None

    def pytest_runtest_logreport(self, report: Any) -> None:
        """A phase of a test ended."""
        if report.failed:
            self.outcome = "failed" if report.when == "call" else "error"
        elif report.skipped and self.outcome == "passed":
            self.outcome = "skipped"

    def pytest_runtest_logfinish(self, nodeid: str, location: Any) -> None:
        """A test ended."""
        self.batch.ended(self.batch.hook.node, self.outcome)


class _Result(unittest.TestResult):
    """Follows a run of unittest."""

    def __init__(self, batch: Batch, path: str) -> None:
        super().__init__(io.StringIO(), False, 0)
        self.batch = batch
        self.path = path
        self.outcome = "passed"

    def startTest(self, test: Any) -> None:  # noqa: N802
        """A test starts."""
        super().startTest(test)
        self.outcome = "passed"
        self.batch.begin(f"{self.path}::{type(test).__name__}::{getattr(test, '_testMethodName', '')}")
        if self.batch.hook.finished and self.batch.request["hook"]:
            self.stop()

    def addError(self, test: Any, err: Any) -> None:  # noqa: N802
        """It could not run to its end."""
        self.outcome = "failed"

    def addFailure(self, test: Any, err: Any) -> None:  # noqa: N802
        """It failed."""
        self.outcome = "failed"

    def addSubTest(self, test: Any, subtest: Any, err: Any) -> None:  # noqa: N802
        """A part of it ended."""
        self.outcome = "failed" if err is not None else self.outcome

    def addSkip(self, test: Any, reason: str) -> None:  # noqa: N802
        """It was skipped."""
        self.outcome = "skipped"

    def stopTest(self, test: Any) -> None:  # noqa: N802
        """A test ended."""
        super().stopTest(test)
        self.batch.ended(self.batch.hook.node, self.outcome)


class _ChangedFirst:
    """Before pytest's own finder, which reads test files from disk: changed ones come from the overlay."""

    def __init__(self, overlay: Any) -> None:
        self.overlay = overlay

    def find_spec(self, name: str, path: Any = None, target: object = None) -> Any:
        """A spec for a changed file, None for any other."""
        spec = PathFinder.find_spec(name, path)
        return spec if spec is not None and spec.origin in self.overlay.files else None


def there(module: str) -> bool:
    """Whether a module is installed."""
    import importlib.util

    try:
        return importlib.util.find_spec(module) is not None
    except (ImportError, ValueError):
        return False


def pytest_there() -> bool:
    """Whether the project has pytest."""
    return there("pytest")


def answer(server: Any, request: Any) -> Any:
    """Run one batch in a child; everything it said, and how it ended if not as it should."""
    if not server.walls.forks:
        return {"messages": [], "ending": "processes cannot be forked here"}
    if request["driver"] == "pytest" and "pytest" not in sys.modules and pytest_there():
        import pytest  # noqa: F401  # once for all batches
    batch = Batch(server, request)
    silence = min(SILENCE, request["seconds"] + 2)
    run = server.forker.run(batch.run, silence, runs=False, on_message=True)
    complete = bool(run.messages) and "seen" in run.messages[-1]
    return {"messages": run.messages, "ending": None if complete else run.ending(silence)}
