"""What a review finds of the planted bugs in `tests/corpus`, and what it says about the harmless changes there.

All pairs go into one git repository, a module each: the old versions committed, the new ones in the worktree.
`python -m benchmarks.corpus [MODEL]` prints the figures.
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
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.table import Table, share

CORPUS = Path(__file__).parent.parent / "tests" / "corpus"
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
    reviewed: bool  # something of its changed functions was reviewed, or nothing of them needed it

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

    def tables(self) -> tuple[Table, ...]:
        """Return the summary, the bugs by kind, and the harmless changes by kind with every difference shown there."""
        return (_summary(self), _bugs(self.shown), _harmless(self.shown))


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
    functions = [function for function in report["functions"] if function["path"] == pair.path]
    needing = [function for function in functions if function["needs_review"]]
    return Shown(
        pair,
        proved=sum(finding["evidence"] == "proved" and finding["introduced"] for finding in findings),
        suspected=sum(finding["evidence"] == "suspected" for finding in findings),
        changes=tuple(_told(change) for change in report["behaviour_changes"] if change["path"] == pair.path),
        reviewed=not needing or any(function["reviewed"] for function in needing),
    )


def _told(change: dict[str, Any]) -> str:
    old, new = (
        " ".join(str(side[part])[:50] for part in ("kind", "type", "value", "message") if side[part] is not None)
        for side in (change["old"], change["new"])
    )
    call = " ".join("; ".join([*change["setup"], change["call"]]).split())
    return f"{call[:90]}: {old} -> {new}"


def measure(model: str = "none") -> tuple[Table, ...]:
    """Review the whole corpus once with a model, or with none, and return the figures."""
    return run(model).tables()


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


# ---------------------------------------------------------------- figures


def _ratio(shown: Sequence[Shown], among: Callable[[Pair], bool], found: Callable[[Shown], object]) -> str:
    asked = [one for one in shown if among(one.pair)]
    return share(sum(bool(found(one)) for one in asked), len(asked))


def _summary(measured: Measured) -> Table:
    bugs, harmless = _split(measured.shown)
    documented = _ratio(bugs, lambda pair: pair.documented, lambda one: one.proved)
    raising = _ratio(bugs, lambda pair: pair.expect == "proved" and not pair.documented, lambda one: one.proved)
    differing = _ratio(bugs, lambda pair: pair.expect == "behaviour", lambda one: one.seen)
    doctest_alone = _ratio(bugs, _any, lambda one: one.pair.documented and one.pair.notation == "doctest")
    rows = (
        ("bugs: proved", _ratio(bugs, _any, lambda one: one.proved)),
        ("bugs: proved, of those that break an example", documented),
        ("bugs: proved, of those that raise and are in no example", raising),
        ("bugs: shown (proved or behaviour change)", _ratio(bugs, _any, lambda one: one.seen)),
        ("bugs: shown, of those that differ near examples or types", differing),
        ("bugs: what running the >>> examples alone would prove", doctest_alone),
        ("harmless: proved (goal 0)", _ratio(harmless, _any, lambda one: one.proved)),
        ("harmless: behaviour change shown (goal 2% at most)", _ratio(harmless, _any, lambda one: one.changes)),
        ("bugs: suspected", _ratio(bugs, _any, lambda one: one.suspected)),
        ("harmless: suspected", _ratio(harmless, _any, lambda one: one.suspected)),
    )
    stats = measured.stats
    remarks = (
        f"execution {measured.execution}, {stats['cases_run']} cases, {stats['model_calls']} model calls, "
        f"{measured.seconds:.1f} s in all, {stats['sandbox_seconds']:.1f} s in the sandbox",
        "unreviewed: " + (", ".join(f"{n} {reason}" for reason, n in measured.unreviewed.items()) or "none"),
    )
    return Table(f"Corpus, model {measured.model}", ("what", "pairs"), rows, remarks)


def _bugs(shown: Sequence[Shown]) -> Table:
    bugs, _ = _split(shown)
    rows = tuple(
        (
            kind,
            len(group),
            _ratio(group, lambda pair: pair.expect == "proved", lambda one: one.proved),
            _ratio(group, lambda pair: pair.expect == "behaviour", lambda one: one.seen),
            " ".join(one.pair.slug for one in group if not _met(one)),
        )
        for kind, group in _by_kind(bugs)
    )
    columns = ("kind of bug", "pairs", "provable: proved", "differing: shown", "missed")
    return Table("Bugs by kind", columns, rows)


def _harmless(shown: Sequence[Shown]) -> Table:
    _, harmless = _split(shown)
    rows = tuple(
        (
            kind,
            len(group),
            sum(one.reviewed for one in group),
            sum(bool(one.proved) for one in group),
            sum(bool(one.changes) for one in group),
            " ".join(one.pair.slug for one in group if one.seen),
        )
        for kind, group in _by_kind(harmless)
    )
    columns = ("kind of harmless change", "pairs", "reviewed", "proved", "behaviour", "wrongly shown")
    remarks = tuple(f"{one.pair.slug}: {change}" for one in harmless for change in one.changes)
    return Table("Harmless changes by kind", columns, rows, remarks)


def _any(_pair: Pair) -> bool:
    return True


def _met(one: Shown) -> bool:
    return bool(one.proved) if one.pair.expect == "proved" else one.seen or one.pair.expect == "nothing"


def _split(shown: Sequence[Shown]) -> tuple[list[Shown], list[Shown]]:
    groups = ("bug", "harmless")
    bugs, harmless = ([one for one in shown if one.pair.group == group] for group in groups)
    return bugs, harmless


def _by_kind(shown: Sequence[Shown]) -> list[tuple[str, list[Shown]]]:
    kinds = sorted({one.pair.kind for one in shown})
    return [(kind, [one for one in shown if one.pair.kind == kind]) for kind in kinds]


def main(arguments: Sequence[str]) -> None:
    """Print the figures for a model, for none by default."""
    sys.stdout.write("\n".join(table.text() for table in measure(*arguments[:1])))


if __name__ == "__main__":
    main(sys.argv[1:])
