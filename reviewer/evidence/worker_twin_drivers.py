"""How the user's tests are run: pytest where the project has it, else unittest.

Runs in the user's Python (3.9 and newer) and imports the standard library only.
"""

from __future__ import annotations

import contextlib
import importlib.util
import io
import os
import sys
import unittest
from importlib.machinery import PathFinder
from typing import TYPE_CHECKING, Any, Optional

if TYPE_CHECKING or __package__:
    from reviewer.evidence import worker_case as case
else:
    import worker_case as case

NO_TESTS, INTERNAL_ERROR, USAGE_ERROR = 5, 3, 4
COMMON = ["-p", "no:cacheprovider", "--continue-on-collection-errors", "--maxfail=0", "--tb=no", "-q", "--color=no"]
# What in the user's options would start other processes, trace, or shuffle; only where the plugin is installed.
PLUGINS = {"pytest_cov": "--no-cov", "xdist": "-n0", "pytest_randomly": "-pno:randomly"}


def run_pytest(batch: Any, tests: list[str]) -> None:
    """Run test files with the project's pytest, in this process."""
    import pytest

    sys.argv = ["pytest"]
    if batch.root not in sys.path:
        sys.path.append(batch.root)
    sys.meta_path.insert(0, ChangedFirst(batch.server.overlay))
    # Without it pytest checks who owns the folder, by the real user, which the sandbox changed.
    common = [*COMMON, f"--basetemp={os.path.join(batch.server.temp, 'pytest')}"]
    quiet = [option for module, option in PLUGINS.items() if there(module)]
    code, said = USAGE_ERROR, io.StringIO()
    for options in ([*common, *quiet], common, [*common, "-o", "addopts="]):
        said = io.StringIO()
        with contextlib.redirect_stderr(said):
            code = int(pytest.main([*options, *tests], plugins=[Plugin(batch)])) if tests else NO_TESTS
        if code != USAGE_ERROR:
            break
    if code in (INTERNAL_ERROR, USAGE_ERROR):
        for path in tests:
            batch.not_collected(os.path.relpath(path, batch.root), complaint(said.getvalue(), code))


def complaint(said: str, code: int) -> str:
    """Why pytest would not start: the error in a conftest, or what it does not understand, else its exit code."""
    lines = said.splitlines()
    raised = [line[1:].strip() for line in lines if line.startswith("E  ")]
    wrong = [line.partition("rror: ")[2] for line in lines if "rror: " in line]
    return next((line for line in (*raised[-1:], *wrong) if line), f"pytest ends with status {code}")


def run_unittest(batch: Any, tests: list[str]) -> None:
    """Run test files with unittest."""
    if batch.root not in sys.path:
        sys.path.insert(0, batch.root)
    for path in tests:
        shown = os.path.relpath(path, batch.root)
        top = folder = os.path.dirname(path)
        while os.path.isfile(os.path.join(top, "__init__.py")):
            top = os.path.dirname(top)
        loader = unittest.TestLoader()
        try:
            suite = loader.discover(folder, os.path.basename(path), top)
        except BaseException as error:  # SystemExit at import time
            batch.not_collected(shown, case.said(error))
            continue
        for trouble in loader.errors:
            batch.not_collected(shown, str(trouble).strip().splitlines()[-1])
        suite.run(_Result(batch, shown))


class Plugin:
    """Follows a run of pytest."""

    def __init__(self, batch: Any) -> None:
        self.batch = batch
        self.outcome = "passed"
        self.left_out = set(batch.request["skip"])
        self.rootdir = batch.root

    def pytest_configure(self, config: Any) -> None:
        """Node ids are relative to pytest's own root, which may lie above or below the repository's."""
        self.rootdir = str(config.rootdir if not hasattr(config, "rootpath") else config.rootpath)

    def node(self, item: Any) -> str:
        """The node id, relative to the repository's root."""
        path = str(getattr(item, "path", None) or item.fspath)
        return f"{os.path.relpath(path, self.batch.root)}::{item.nodeid.partition('::')[2]}"

    def pytest_collection_modifyitems(self, items: list[Any], config: Any) -> None:
        """Leave out what ended the process before, and lift Hypothesis's limit on time: comparisons take some."""
        nodes = [(item, self.node(item)) for item in items]
        items[:] = [item for item, node in nodes if node not in self.left_out and self.batch.wanted(node)]
        hypothesis: Any = sys.modules.get("hypothesis")
        for item in items if hypothesis is not None else ():
            test: Any = getattr(item, "obj", None)
            test = getattr(test, "__func__", test)
            own = getattr(test, "_hypothesis_internal_use_settings", None)  # what its decorator found, or was given
            if isinstance(own, hypothesis.settings):
                checks = [*own.suppress_health_check, hypothesis.HealthCheck.too_slow]
                test._hypothesis_internal_use_settings = hypothesis.settings(
                    own, deadline=None, database=None, suppress_health_check=checks
                )

    def pytest_collectreport(self, report: Any) -> None:
        """Note what cannot be collected."""
        if report.failed:
            lines = str(report.longrepr).strip().splitlines() or [""]
            errors = [line[1:].strip() for line in lines if line.startswith("E ")]
            path = os.path.join(self.rootdir, report.nodeid.partition("::")[0])
            self.batch.not_collected(os.path.relpath(path, self.batch.root), " ".join(errors or lines))

    def pytest_runtest_protocol(self, item: Any, nextitem: Any) -> Optional[bool]:
        """A test starts."""
        self.outcome = "passed"
        self.batch.begin(self.node(item))
        if self.batch.hook.finished and self.batch.request["hook"]:
            item.session.shouldstop = "nothing is left to compare"
        return None

    def pytest_runtest_call(self, item: Any) -> None:
        """Fixtures are set up, the test's own code starts."""
        self.batch.hook.enter("call")

    def pytest_runtest_teardown(self, item: Any) -> None:
        """The test's own code ended."""
        self.batch.hook.enter("teardown")

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

    def __init__(self, batch: Any, path: str) -> None:
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


class ChangedFirst:
    """Before pytest's own finder, which reads test files from disk: changed ones come from the overlay."""

    def __init__(self, overlay: Any) -> None:
        self.overlay = overlay

    def find_spec(self, name: str, path: Any = None, target: object = None) -> Any:
        """A spec for a changed file, None for any other."""
        spec = PathFinder.find_spec(name, path)
        return spec if spec is not None and spec.origin in self.overlay.files else None


def there(module: str) -> bool:
    """Whether a module is installed."""
    try:
        return importlib.util.find_spec(module) is not None
    except (ImportError, ValueError):
        return False
