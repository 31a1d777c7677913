"""The figures of the corpus: one column for each model it was reviewed with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from benchmarks.table import Table, share

if TYPE_CHECKING:
    from benchmarks.corpus import Measured, Pair, Shown

Among = Callable[["Pair"], bool]
Found = Callable[["Shown"], object]


def tables(runs: Sequence[Measured]) -> tuple[Table, ...]:
    """The summary, the bugs by kind, and the harmless changes by kind with every difference that was shown there."""
    return (_summary(runs), _bugs(runs), _harmless(runs))


def _summary(runs: Sequence[Measured]) -> Table:
    wanted: tuple[tuple[str, str, Among, Found], ...] = (
        ("bugs: proved", "bug", _any, _proved),
        ("bugs: proved, of those that break an example", "bug", lambda pair: pair.documented, _proved),
        ("bugs: proved, of those that raise and are in no example", "bug", _raising, _proved),
        ("bugs: shown (proved or behaviour change)", "bug", _any, _seen),
        ("bugs: shown, of those that differ near examples or types", "bug", _differing, _seen),
        ("bugs: what running the >>> examples alone would prove", "bug", _any, _by_doctest),
        ("harmless: proved (goal 0)", "harmless", _any, _proved),
        ("harmless: behaviour change shown (goal 2% at most)", "harmless", _any, lambda one: one.changes),
        ("bugs: suspected", "bug", _any, lambda one: one.suspected),
        ("harmless: suspected", "harmless", _any, lambda one: one.suspected),
    )
    rows = tuple(
        (what, *(_ratio(_group(run.shown, group), among, found) for run in runs))
        for what, group, among, found in wanted
    )
    asked = ("functions the model answered about", *(run.asked for run in runs))
    return Table("Corpus", ("what", *map(_head, runs)), (*rows, asked), tuple(map(_remark, runs)))


def _remark(run: Measured) -> str:
    stats = run.stats
    unreviewed = ", ".join(f"{number} {reason}" for reason, number in run.unreviewed.items()) or "none"
    return (
        f"{_head(run)}: execution {run.execution}, {stats['cases_run']} cases, {stats['model_calls']} model calls, "
        f"{run.seconds:.1f} s in all, {stats['sandbox_seconds']:.1f} s in the sandbox; unreviewed: {unreviewed}"
    )


def _bugs(runs: Sequence[Measured]) -> Table:
    rows = tuple(
        (
            kind,
            len(groups[0]),
            *(_ratio(group, _provable, _proved) for group in groups),
            *(_ratio(group, _differing, _seen) for group in groups),
            " ".join(one.pair.slug for one in groups[0] if not _met(one)),
        )
        for kind, groups in _by_kind(runs, "bug")
    )
    heads = [_head(run) for run in runs]
    columns = (
        "kind of bug",
        "pairs",
        *(f"provable: proved, {head}" for head in heads),
        *(f"differing: shown, {head}" for head in heads),
        f"missed, {heads[0]}",
    )
    return Table("Bugs by kind", columns, rows)


def _harmless(runs: Sequence[Measured]) -> Table:
    rows = tuple(
        (
            kind,
            len(groups[0]),
            *(sum(bool(one.proved) for one in group) for group in groups),
            *(sum(bool(one.changes) for one in group) for group in groups),
            *(sum(bool(one.suspected) for one in group) for group in groups),
            " ".join(dict.fromkeys(one.pair.slug for group in groups for one in group if one.seen)),
        )
        for kind, groups in _by_kind(runs, "harmless")
    )
    heads = [_head(run) for run in runs]
    counted = [f"{what}, {head}" for what in ("proved", "behaviour", "suspected") for head in heads]
    remarks = dict.fromkeys(
        f"{one.pair.slug}: {change}" for run in runs for one in _group(run.shown, "harmless") for change in one.changes
    )
    return Table("Harmless changes by kind", ("kind of harmless change", "pairs", *counted, "shown"), rows, (*remarks,))


def _head(run: Measured) -> str:
    return {"none": "no model", "embedded": "packaged"}.get(run.model, run.model)


def _group(shown: Sequence[Shown], group: str) -> list[Shown]:
    return [one for one in shown if one.pair.group == group]


def _by_kind(runs: Sequence[Measured], group: str) -> list[tuple[str, list[list[Shown]]]]:
    kinds = sorted({one.pair.kind for one in _group(runs[0].shown, group)})
    return [(kind, [[one for one in run.shown if one.pair.kind == kind] for run in runs]) for kind in kinds]


def _ratio(shown: Sequence[Shown], among: Among, found: Found) -> str:
    asked = [one for one in shown if among(one.pair)]
    return share(sum(bool(found(one)) for one in asked), len(asked))


def _any(_pair: Pair) -> bool:
    return True


def _provable(pair: Pair) -> bool:
    return pair.expect == "proved"


def _raising(pair: Pair) -> bool:
    return pair.expect == "proved" and not pair.documented


def _differing(pair: Pair) -> bool:
    return pair.expect == "behaviour"


def _proved(one: Shown) -> int:
    return one.proved


def _seen(one: Shown) -> bool:
    return one.seen


def _by_doctest(one: Shown) -> bool:
    return one.pair.documented and one.pair.notation == "doctest"


def _met(one: Shown) -> bool:
    return bool(one.proved) if one.pair.expect == "proved" else one.seen or one.pair.expect == "nothing"
