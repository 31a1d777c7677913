"""Runs mutants of a function against test files: collected once, then one forked child for each mutant.

Runs in the user's Python (3.9 and newer) with the standard library and the project's own pytest. Collecting imports
test files into the server itself, so a server that did this is of no further use; a child tries it first.
"""

from __future__ import annotations

import gc
import os
import sys
import threading
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Callable, Optional

if TYPE_CHECKING or __package__:
    from reviewer.evidence import worker_batch, worker_mutant
    from reviewer.evidence import worker_case as case
    from reviewer.evidence import worker_twin_drivers as drivers
else:
    import worker_batch
    import worker_case as case
    import worker_mutant
    import worker_twin_drivers as drivers

# Rewritten assertions and captured descriptors only make failures better to read, and slower.
OPTIONS = [*drivers.COMMON, "--assert=plain", "--capture=sys"]
UNTOLD = "pytest ends before it runs a test"
_clock = time.monotonic


class Plugin:
    """Takes the place of pytest's own loop over the tests, and notes which of them fail."""

    def __init__(self, named: Callable[[str], str], loop: Callable[[list[Any]], None]) -> None:
        self.named = named
        self.loop = loop
        self.trouble: Optional[str] = UNTOLD
        self.failed: list[str] = []  # in the test itself
        self.broken: list[str] = []  # before or after it
        self.current = ""

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        """Have Hypothesis try the same examples each time, however long that takes."""
        hypothesis: Any = sys.modules.get("hypothesis")
        if hypothesis is not None:
            hypothesis.settings.register_profile("reviewer", derandomize=True, deadline=None, database=None)
            hypothesis.settings.load_profile("reviewer")

    def pytest_collectreport(self, report: Any) -> None:
        """Note what cannot be collected."""
        if report.failed:
            lines = str(report.longrepr).strip().splitlines() or [""]
            self.trouble = f"{report.nodeid} cannot be collected: {lines[-1]}"

    def pytest_runtestloop(self, session: Any) -> bool:
        """Everything is collected."""
        if self.trouble == UNTOLD:
            self.trouble = None if session.items else "no test is collected"
        if self.trouble is None:
            self.loop(session.items)
        return True

    def pytest_runtest_logreport(self, report: Any) -> None:
        """A phase of a test ended."""
        if report.failed:
            into = self.failed if report.when == "call" else self.broken
            into.append(self.current)

    def run(self, items: list[Any]) -> Any:
        """Run the tests here, and tell which fail: nothing where none does."""
        self.failed, self.broken = [], []
        for item, following in zip(items, [*items[1:], None]):
            # pytest's own name of a file outside its root directory does not say which file that is.
            path = str(getattr(item, "path", None) or item.fspath)
            self.current = f"{self.named(path)}::{item.nodeid.partition('::')[2]}"
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        return {"failed": self.failed, "broken": self.broken} if self.failed or self.broken else {}


class Tests:
    """Test files by absolute path. Those that are not on disk as they are given are laid out in the private folder."""

    def __init__(self, server: Any, texts: dict[str, str]) -> None:
        self.server = server
        self.texts = texts
        self.mirror: str = os.path.join(server.temp, "tests")

    def collect(self, loop: Callable[[Plugin, list[Any]], None]) -> Optional[str]:
        """Collect them and call `loop`; why it was not called, if it was not."""
        import pytest

        if self.server.root not in sys.path:
            sys.path.append(self.server.root)
        sys.argv = ["pytest"]
        sys.meta_path.insert(0, drivers.ChangedFirst(self.server.overlay))
        paths = [self._placed(path, text) for path, text in self.texts.items()]
        common = [*OPTIONS, f"--rootdir={self.server.root}", f"--basetemp={os.path.join(self.server.temp, 'pytest')}"]
        quiet = [option for module, option in drivers.PLUGINS.items() if drivers.there(module)]
        plugin = Plugin(self.named, lambda items: loop(plugin, items))
        for options in ([*common, *quiet], common, [*common, "-o", "addopts="]):
            if pytest.main([*options, *paths], plugins=[plugin]) != drivers.USAGE_ERROR:
                break
        return plugin.trouble

    def named(self, path: str) -> str:
        """The path of a test file relative to the repository's root."""
        inside = path.startswith(self.mirror + os.sep)
        return os.path.relpath(path, self.mirror if inside else self.server.root).replace(os.sep, "/")

    def _placed(self, path: str, text: str) -> str:
        overlay = self.server.overlay
        data = text.encode()
        if os.path.isfile(path) and overlay.isfile(path) and overlay.source(path) == data:
            return path
        folder = os.path.dirname(path)
        self._lay(path, data)
        while folder.startswith(self.server.root):
            nearby = os.path.join(folder, "conftest.py")
            if overlay.isfile(nearby):
                self._lay(nearby, overlay.source(nearby))
            if folder not in sys.path:
                sys.path.append(folder)  # helpers beside the test file, after everything else
            folder = os.path.dirname(folder)
        return self._mirrored(path)

    def _mirrored(self, path: str) -> str:
        return os.path.join(self.mirror, os.path.relpath(path, self.server.root))

    def _lay(self, path: str, data: bytes) -> None:
        target = self._mirrored(path)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "wb") as stream:
            stream.write(data)


class Mutants:
    """The answers to one request: one {"unusable": reason}, then one {"killed": [test ids] | null} per mutant."""

    def __init__(self, server: Any, request: Any, end: float) -> None:
        self.server = server
        self.request = request
        self.end = end
        self.wall: float = server.limits["wall_seconds"]
        self.answers = 0
        self.usable = False
        self.shared = False  # several mutants in one process

    def loop(self, plugin: Plugin, items: list[Any]) -> None:
        """In the server, with everything collected."""
        reason = self._trouble(plugin, items)
        self.usable = reason is None
        self.answer({"unusable": reason})
        if not self.usable:
            return
        swaps = [self.target.swap(mutant["source"], mutant["line"]) for mutant in self.request["mutants"]]
        for run in worker_batch.each(swaps, self._shared, lambda swap: self._run(plugin, items, swap), self.end):
            self.answer({"killed": run.get("failed", []) if isinstance(run, dict) else None})

    def answer(self, message: Any) -> None:
        """Send one of the answers."""
        self.answers += 1
        self.server.channel.send(message)

    def _trouble(self, plugin: Plugin, items: list[Any]) -> Optional[str]:
        if threading.active_count() > 1:
            return "mutants need tests that start no threads when they are imported"
        path, function = self.request["path"], self.request["function"]
        overlay = self.server.overlay
        overlay.load(path, self.request["module"])
        gc.collect()
        self.target = worker_mutant.Target(worker_mutant.live_functions(path), path, overlay.source(path), function)
        if self.target.trouble():
            return self.target.trouble()
        started = _clock()
        clean = self._run(plugin, items, None)
        if isinstance(clean, str):
            return f"the clean run {clean}"
        if clean:
            failing = [*clean["failed"], *clean["broken"]]
            return f"the clean run fails for {len(failing)} of {len(items)} tests: {failing[0]}"
        # A mutant that takes 20 times as long as the tests do does not end.
        self.wall = min(self.wall, max(1.0, 20 * (_clock() - started)))
        forced = self.target.forced()
        run = None if forced is None else self._run(plugin, items, forced)
        if not isinstance(run, dict) or not run.get("failed"):
            return "a forced failure is not noticed"
        # Tests that cannot be run again in one process show it here.
        self.tried = lambda swap: tried_here(plugin, items, swap)
        self.shared = worker_batch.several(self.server.forker, [None, forced, None], self.tried, self.wall) == [
            {},
            run,
            {},
        ]
        return None

    def _shared(self, swaps: Sequence[worker_mutant.Swap]) -> list[Any]:
        # A run takes long, and tests are made to be run in any order: it is enough to look now and then.
        return worker_batch.several(self.server.forker, swaps, self.tried, self.wall, 8) if self.shared else []

    def _run(self, plugin: Plugin, items: list[Any], swap: Optional[worker_mutant.Swap]) -> Any:
        """What fails, or how the child ended that did not say."""

        def task(send: Callable[[Any], None]) -> None:
            send(tried_here(plugin, items, swap))

        run = self.server.forker.run(task, self.wall, runs=True)
        return run.messages[0] if run.messages else run.ending(self.wall)


def tried_here(plugin: Plugin, items: list[Any], swap: Optional[worker_mutant.Swap]) -> Any:
    """What fails with a mutant in place, in this process; it is taken out again."""
    if swap is not None:
        swap.apply()
    try:
        return plugin.run(items)
    finally:
        if swap is not None:
            swap.undo()


def answer(server: Any, request: Any, end: float, unfit: Optional[str]) -> None:
    """Answer a request; `unfit` says why there is nothing to swap, if so."""
    mutants = Mutants(server, request, end)
    reason = unfit or (None if drivers.there("pytest") else "the project has no pytest")
    tests = Tests(server, request["tests"])
    if reason is None:
        reason = _tried(server, tests, end)
    if reason is None:
        try:
            reason = tests.collect(mutants.loop)
        except BaseException as error:  # a conftest that ends the process
            reason = case.said(error)
    if not mutants.answers:
        mutants.answer({"unusable": reason or UNTOLD})
    while mutants.usable and mutants.answers < 1 + len(request["mutants"]):
        mutants.answer({"killed": None})


def _tried(server: Any, tests: Tests, end: float) -> Optional[str]:
    """Why the tests cannot be collected, found out in a child, which may hang or end as it likes."""
    import pytest  # noqa: F401  # once for the child and for us

    def task(send: Callable[[Any], None]) -> None:
        send({"reason": tests.collect(lambda plugin, items: None)})

    wall = max(0.0, min(server.limits["import_seconds"], end - _clock()))
    run = server.forker.run(task, wall, runs=False)
    return run.messages[0]["reason"] if run.messages else f"collecting the tests {run.ending(wall)}"
