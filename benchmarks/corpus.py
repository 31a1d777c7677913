"""What a review finds of the planted bugs in `tests/corpus`, and what it says about the harmless changes there.

All pairs go into one git repository, a module each: the old versions committed, the new ones in the worktree.
`python -m benchmarks.corpus [MODEL ...]` prints the figures, by default with no model and with the packaged one.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import corpus_tables
from benchmarks.table import Table

CORPUS = Path(__file__).parent.parent / "tests" / "corpus"
MODELS = ("none", "embedded")  # what `make bench` measures: without a model, and with the packaged one
DEADLINES = {"embedded": 560}  # seconds: what it cannot be asked by then is counted as not asked
PACKAGE = "pairs"  # the folder of the modules; a package, so that no module's name hides one of the standard library


@dataclass(frozen=True)
class Pair:
    """One entry of the corpus; `tests/corpus/index.toml` says what its fields mean."""

    slug: str
    group: str
    kind: str
    function: str
    notation: str
    documented: bool
    expect: str

    @property
    def path(self) -> str:
        """Where the module stands in the repository under review."""
        return f"{PACKAGE}/{self.slug}.py"


@dataclass(frozen=True)
class Shown:
    """What the report says about one pair's module."""

    pair: Pair
    proved: int  # proved findings that the change introduced
    suspected: int
    changes: tuple[str, ...]  # behaviour changes, a line each

    @property
    def seen(self) -> bool:
        """Whether running the code showed that something is different."""
        return bool(self.proved or self.changes)


@dataclass(frozen=True)
class Measured:
    """The corpus reviewed once: per pair, and the report's own account of the run."""

    model: str
    shown: tuple[Shown, ...]
    stats: dict[str, Any]
    execution: str
    unreviewed: dict[str, int]  # modules by reason
    seconds: float

    @property
    def asked(self) -> str:
        """How many of the functions that need review the model answered about."""
        if self.model == "none":
            return "-"
        return f"{self.stats['reviewed']}/{self.stats['needing_review']}"


def pairs(corpus: Path = CORPUS) -> tuple[Pair, ...]:
    """Read the index of the corpus."""
    entries = tomllib.loads((corpus / "index.toml").read_text(encoding="utf-8"))["pair"]
    fields = Pair.__dataclass_fields__
    return tuple(Pair(**{"notation": ""} | {key: entry[key] for key in entry if key in fields}) for entry in entries)


def build(into: Path, wanted: Iterable[Pair], corpus: Path = CORPUS) -> None:
    """Make a git repository at `into`: every old version committed, every new one in the worktree."""
    wanted = tuple(wanted)
    (into / PACKAGE).mkdir(parents=True)
    (into / PACKAGE / "__init__.py").touch()
    for pair in wanted:
        shutil.copyfile(corpus / pair.slug / "old.py", into / pair.path)
    identity = ["-c", "user.name=Bench", "-c", "user.email=bench@example.invalid", "-c", "commit.gpgsign=false"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    environment |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    for step in (["init", "--quiet"], ["add", "--all"], [*identity, "commit", "--quiet", "--message=old"]):
        subprocess.run(["git", *step], cwd=into, env=environment, check=True)
    for pair in wanted:
        shutil.copyfile(corpus / pair.slug / "new.py", into / pair.path)


def review(root: Path, model: str, deadline: int) -> dict[str, Any]:
    """Run `reviewer review` on the worktree of `root`, nothing cached before, and return its JSON report.

    Raises RuntimeError with what it wrote to stderr when there is no report.
    """
    command = [sys.executable, "-m", "reviewer", "review", "--worktree", "--format", "json", "--show", "all"]
    command += ["--model", model, "--deadline", str(deadline)]
    with tempfile.TemporaryDirectory() as cache:
        environment = os.environ | {"REVIEWER_CACHE_DIR": cache}
        done = subprocess.run(command, cwd=root, env=environment, capture_output=True, encoding="utf-8", check=False)
    if done.returncode not in (0, 1, 3):
        raise RuntimeError(f"reviewer ended with {done.returncode}: {done.stderr.strip()}")
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def judge(pair: Pair, report: dict[str, Any]) -> Shown:
    """Count what the report shows in one pair's module."""
    findings = [finding for finding in report["findings"] if finding["path"] == pair.path]
    return Shown(
        pair,
        proved=sum(finding["evidence"] == "proved" and finding["introduced"] for finding in findings),
        suspected=sum(finding["evidence"] == "suspected" for finding in findings),
        changes=tuple(_told(change) for change in report["behaviour_changes"] if change["path"] == pair.path),
    )


def _told(change: dict[str, Any]) -> str:
    old, new = (
        " ".join(str(side[part])[:50] for part in ("kind", "type", "value", "message") if side[part] is not None)
        for side in (change["old"], change["new"])
    )
    call = " ".join("; ".join([*change["setup"], change["call"]]).split())
    return f"{call[:90]}: {old} -> {new}"


def measure(models: Sequence[str] = MODELS) -> tuple[Table, ...]:
    """Review the whole corpus once with each model (`none` for none) and return the figures side by side."""
    return corpus_tables.tables([run(model, deadline=DEADLINES.get(model, 1800)) for model in models])


def run(model: str, *, corpus: Path = CORPUS, deadline: int = 1800) -> Measured:
    """Review the whole corpus once; `deadline` in seconds."""
    wanted = pairs(corpus)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "corpus"
        build(root, wanted, corpus)
        started = time.monotonic()
        report = review(root, model, deadline)
        seconds = time.monotonic() - started
    return Measured(
        model=model,
        shown=tuple(judge(pair, report) for pair in wanted),
        stats=report["stats"],
        execution=report["execution"]["state"],
        unreviewed=dict(Counter(entry["reason"] for entry in report["unreviewed"])),
        seconds=seconds,
    )


def main(arguments: Sequence[str]) -> None:
    """Print the figures for the models that are named, else for none and for the packaged one."""
    sys.stdout.write("\n".join(table.text() for table in measure(arguments or MODELS)))


if __name__ == "__main__":
    main(sys.argv[1:])
