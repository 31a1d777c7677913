"""What the hooks cost: with nothing to review, from the cache, and after a review in the background.

All beside what cannot be avoided: starting Python, git's own commit, and pre-commit around a hook that does nothing.
Each figure is the least of several runs.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.speed import SCRIPT, Bench, Row, least, nothing_wrong, row
from benchmarks.table import Table
from tests.servers import MODEL, Handler, PlayedServer, played

REPLY_SECONDS = 0.5
FUNCTIONS = 3
LOCAL = """\
repos:
- repo: local
  hooks:
  - {{id: measured, name: measured, entry: {entry}, language: system, pass_filenames: false, always_run: true}}
"""


def milliseconds(seconds: float) -> str:
    """As the tables show it."""
    return f"{seconds * 1000:.0f} ms"


class Hooks:
    """A repository, a model that answers, and a cache of its own."""

    def __init__(self, bench: Bench, name: str, server: PlayedServer, functions: int = 1) -> None:
        self.repo = bench.repository(name, functions)
        self.cache = bench.folder / f"cache-{name}"
        own = {"REVIEWER_MODEL": MODEL, "OLLAMA_HOST": server.host, "REVIEWER_CACHE_DIR": str(self.cache)}
        path = os.pathsep.join((str(Path(SCRIPT).parent), os.environ["PATH"]))
        self.environment = self.repo.env | own | {"PATH": path, "PRE_COMMIT_HOME": str(bench.folder / "pre-commit")}

    def run(self, *command: str, data: bytes = b"") -> None:
        """Run a command to its end; RuntimeError when it fails."""
        done = subprocess.run(
            command, cwd=self.repo.root, env=self.environment, input=data, capture_output=True, check=False
        )
        if done.returncode:
            raise RuntimeError(done.stderr.decode())

    def hook(self, *arguments: str, data: bytes = b"") -> float:
        """Seconds of `reviewer hook ARGUMENTS`."""
        return least(lambda: self.run(SCRIPT, "hook", *arguments, data=data))

    def commit(self, *options: str) -> float:
        """Seconds of `git commit` of what is staged, which is staged again afterwards."""
        times = []
        for _ in range(3):
            began = time.perf_counter()
            self.run("git", "commit", "--quiet", "--allow-empty", "--message", "x", *options)
            times.append(time.perf_counter() - began)
            self.run("git", "reset", "--quiet", "--soft", "HEAD~1")
        return min(times)

    def install(self, stage: str, text: str) -> None:
        """Make a hook of git's own."""
        file = self.repo.root / ".git" / "hooks" / stage
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
        file.chmod(0o755)

    def managed(self, entry: str) -> None:
        """Put pre-commit in charge, with one hook."""
        (self.repo.root / ".git" / "config.yaml").write_text(LOCAL.format(entry=entry))
        self.run(sys.executable, "-m", "pre_commit", "install", "--config", ".git/config.yaml")


def nothing_to_review(bench: Bench) -> Iterator[Row]:
    """Where no Python is concerned."""
    yield row("python -c pass", milliseconds(bare()))
    with played(nothing_wrong) as server:
        hooks = Hooks(bench, "nothing", server)
        old, new = hooks.repo.head, hooks.repo.write("notes.txt", "x").add("notes.txt").commit()
        hooks.repo.write("notes.txt", "y").add("notes.txt")
        yield row("git diff --cached", milliseconds(least(lambda: hooks.run("git", "diff", "--cached", "--name-only"))))
        yield row("hook pre-commit", milliseconds(hooks.hook("pre-commit")), "50 ms")
        lines = f"refs/heads/main {new} refs/heads/main {old}\n".encode()
        yield row("hook pre-push", milliseconds(hooks.hook("pre-push", "origin", "url", data=lines)), "50 ms")
        yield row("hook post-index-change", milliseconds(hooks.hook("post-index-change", "0", "0")), "50 ms")
        yield row("REVIEWER_SKIP=1", milliseconds(skipped(hooks)), "50 ms")


def bare() -> float:
    """Seconds of a Python that does nothing."""
    return least(lambda: subprocess.run([sys.executable, "-c", "pass"], check=True))


def skipped(hooks: Hooks) -> float:
    """Seconds of a hook that the user skips."""
    environment = hooks.environment | {"REVIEWER_SKIP": "1"}
    command = [SCRIPT, "hook", "pre-commit"]
    return least(lambda: subprocess.run(command, env=environment, capture_output=True, check=True))


def from_the_cache(bench: Bench) -> Iterator[Row]:
    """A commit of one function whose review is in the cache, by plain git and under pre-commit."""
    with played(nothing_wrong) as server:
        hooks = Hooks(bench, "cached", server)
        hooks.repo.add()
        yield row("python -c pass", milliseconds(bare()))
        yield row("git commit --no-verify", milliseconds(hooks.commit("--no-verify")))
        hooks.run(SCRIPT, "hook", "pre-commit")
        yield row("hook pre-commit, the process alone", milliseconds(hooks.hook("pre-commit")), "250 ms")
        hooks.install("pre-commit", f'#!/bin/sh\nexec "{SCRIPT}" hook pre-commit\n')
        yield row("git commit, plain hook", milliseconds(hooks.commit()))
        (hooks.repo.root / ".git" / "hooks" / "pre-commit").unlink()  # else pre-commit goes on calling it
        hooks.managed("'true'")
        framework = hooks.commit()
        yield row("git commit, pre-commit with a hook that does nothing", milliseconds(framework))
        hooks.managed(f'"{SCRIPT} hook pre-commit"')
        ours = hooks.commit()
        yield row("git commit, pre-commit with ours", milliseconds(ours))
        yield row("  added to the framework's own", milliseconds(ours - framework), "250 ms")


def slowly(handler: Handler) -> None:
    """A model that takes its time, and has nothing to say."""
    wanted = handler.server.prompts()[-1].json["format"]["required"]
    time.sleep(REPLY_SECONDS)
    handler.stream()
    handler.pieces(json.dumps({name: [] for name in wanted}))
    handler.last(prompt_eval_count=700)


def in_the_background(bench: Bench) -> Iterator[Row]:
    """Staged and then committed, with a model that takes half a second for each answer."""
    yield from staged(bench, "no hook at staging", lambda hooks: None, background=False)
    yield from staged(bench, "in the background, a while ago", lambda hooks: finished(hooks.cache))
    yield from staged(bench, "in the background, half-way", lambda hooks: time.sleep(REPLY_SECONDS * FUNCTIONS))


def staged(bench: Bench, what: str, wait: Callable[[Hooks], None], *, background: bool = True) -> Iterator[Row]:
    """Stage some functions, wait, run the commit's hook."""
    with played(slowly) as server:
        hooks = Hooks(bench, what.replace(" ", "-"), server, FUNCTIONS)
        if background:
            hooks.install("post-index-change", f'#!/bin/sh\nexec "{SCRIPT}" hook post-index-change "$@"\n')
        began = time.perf_counter()
        hooks.run("git", "add", "--all")
        yield row(f"{what}: git add", milliseconds(time.perf_counter() - began))
        wait(hooks)
        began = time.perf_counter()
        hooks.run(SCRIPT, "hook", "pre-commit")
        yield row(f"{what}: hook pre-commit, {FUNCTIONS} functions", milliseconds(time.perf_counter() - began))
        yield row(f"{what}: questions to the model", str(len(server.prompts())))


def finished(cache: Path) -> None:
    """Wait for the review in the background."""
    ends = time.monotonic() + 120
    while time.monotonic() < ends:
        if any("functions reviewed" in log.read_text() for log in cache.glob("background/*/*.log")):
            return
        time.sleep(0.05)
    raise RuntimeError("the review in the background does not end")


def measure() -> Iterator[Table]:
    """Every figure."""
    with tempfile.TemporaryDirectory(prefix="reviewer-bench-", ignore_cleanup_errors=True) as folder:
        bench = Bench(Path(folder))
        for section in (nothing_to_review, from_the_cache, in_the_background):
            title = (section.__doc__ or section.__name__).partition("\n")[0]
            yield Table(title, ("what", "measured", "wanted at most"), tuple(section(bench)))
