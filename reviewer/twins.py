"""The part of the pipeline in which the repository's own tests drive both versions on the same live arguments."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reviewer.data import OWN_TESTS, BehaviourChange, ChangedFunction, MadeBy, NotRun, Outcome, OutcomeKind
from reviewer.evidence import likeness, proofs, twin_script
from reviewer.evidence.nearest import is_test_file, order_tests
from reviewer.evidence.proofs import Place
from reviewer.evidence.witnessed import Witness
from reviewer.records import record
from reviewer.sources import tests

if TYPE_CHECKING:
    from reviewer.evidence.sandbox import Sandbox
    from reviewer.evidence.twin import Difference, TwinResult

FILES = 40
"""Test files that are run at most, nearest first."""


@record(frozen=True, slots=True)
class Twinned:
    """What twin runs showed, by function id, and how many calls were compared."""

    changes: Mapping[str, tuple[BehaviourChange, ...]] = field(default_factory=dict)
    not_run: Mapping[str, tuple[NotRun, ...]] = field(default_factory=dict)
    compared: Mapping[str, int] = field(default_factory=dict)
    opened: frozenset[str] | None = None  # the files it rests on, as the sandbox tells them; None: not known

    @property
    def comparisons(self) -> int:
        """All comparisons together."""
        return sum(self.compared.values())


def driven(functions: Sequence[ChangedFunction]) -> list[ChangedFunction]:
    """Those that tests may call in both versions: tests and their helpers are not what is tested."""
    return [function for function in functions if function.old is not None and not is_test_file(function.path)]


def nearest(functions: Sequence[ChangedFunction], root: Path) -> Mapping[str, str]:
    """Path -> text of the test files to run for these functions, the nearest first."""
    files = tests(root)
    ranked = [order_tests(files, function) for function in functions]
    paths = dict.fromkeys(path for rank in zip_longest(ranked) for path in rank)
    return {path: files[path] for path in list(paths)[:FILES]}


def twinned(
    both: Sequence[ChangedFunction],
    box: Sandbox,
    files: Sequence[str],
    ends: float,
    places: Mapping[str, Place | None],
    wishes: Mapping[str, Sequence[Mapping[str, str]]] | None = None,
) -> Twinned:
    """Run these test files until `ends` (a `time.monotonic()` value), both versions of each function side by side."""
    if not both or time.monotonic() >= ends:
        return Twinned()
    from reviewer.evidence import twin
    from reviewer.evidence.sandbox import Unavailable

    try:
        result = twin.compare(box, both, files, deadline=ends, wishes=wishes)
    except Unavailable:
        return Twinned()
    return Twinned(
        {function.id: changes(function, result, places.get(function.path)) for function in both},
        {function.id: reasons(function, result) for function in both},
        dict(result.compared),
        result.opened,
    )


def zip_longest(ranked: Sequence[Sequence[str]]) -> list[list[str]]:
    """The first of each, then the second of each, ..."""
    longest = max(map(len, ranked), default=0)
    return [[one[turn] for one in ranked if turn < len(one)] for turn in range(longest)]


def changes(function: ChangedFunction, result: TwinResult, place: Place | None) -> tuple[BehaviourChange, ...]:
    """The differences of one function as the report has them."""
    return tuple(
        change(function, difference, place or Place((".",), ""))
        for difference in result.differences.get(function.id, ())
        # What nobody passes is nobody's behaviour.
        if difference.plausible and not foreign(difference) and unlike(difference)
    )


OF_NEW_MODULES = {
    *("NameError", "ImportError", "ModuleNotFoundError"),
    *("DeprecationWarning", "PendingDeprecationWarning"),
}
"""What old code raises where it asks new modules for a name that is gone, or that they warn of."""


OTHER_BASE = re.compile(r"descriptor '\w+' (?:requires a|for) '")
"""What a method of a built-in class says that is called on an object whose class is no longer made from it."""


def foreign(difference: Difference) -> bool:
    """Whether the old code failed only since everything around it is new: that tells nothing about a call."""
    if difference.new.kind is OutcomeKind.RAISED:
        return difference.old.type in OF_NEW_MODULES and difference.old.type != difference.new.type
    if difference.old.type == "TypeError" and OTHER_BASE.match(difference.old.message or ""):
        return True
    return difference.old.type in {*OF_NEW_MODULES, "AttributeError"}  # the last of an object that new code made


def unlike(difference: Difference) -> bool:
    """Whether what came out or what was left differs in what a caller can rely on."""
    before, after = dict(difference.old_effects), dict(difference.new_effects)
    same = likeness.outcomes(difference.old, difference.new) and before.get("printed") == after.get("printed")
    return not (same and all(likeness.values(before.get(name, ""), after.get(name, "")) for name in {*before, *after}))


def change(function: ChangedFunction, difference: Difference, place: Place) -> BehaviourChange:
    """One difference; what a live argument needs is arranged by the test that is named with it."""
    old, new = outcomes(difference)
    made_by = twin_script.made_by(difference, function.name)
    return BehaviourChange(
        id=proofs.short_hash(function.id, difference.test, difference.call),
        function_id=function.id,
        path=function.path,
        function=function.name,
        line=function.version.def_line,
        call=difference.call,
        setup=() if difference.pasteable else (f"# {made_by.words}",),
        old=old,
        new=new,
        source="twin",
        script=twin_script.script(
            difference, path=function.path, function=function.name, module=place.module, roots=place.roots
        ),
        made_by=made_by,
    )


def outcomes(difference: Difference) -> tuple[Outcome, Outcome]:
    """What both versions did, with what they left behind where only that differs."""
    old, new = difference.old, difference.new
    if old != new:
        return old, new
    return leaving(old, difference.old_effects), leaving(new, difference.new_effects)


def leaving(outcome: Outcome, effects: Sequence[tuple[str, str]]) -> Outcome:
    """The outcome with what the call left behind."""
    return proofs.leaving(outcome, ", ".join(f"{name} = {text}" for name, text in effects))


def reasons(function: ChangedFunction, result: TwinResult) -> tuple[NotRun, ...]:
    """What could not be twinned, counted with the reason; or why nothing at all was."""
    counted = result.not_twinned.get(function.id, {})
    if not (counted or result.compared.get(function.id)):
        why = "the time for them was over before one came to it (setting `twin-seconds`)" if result.cut else None
        files = {path for batch in result.batches for path in batch}
        if result.not_collected and files <= result.not_collected.keys():  # doctests, perhaps, but no test file
            why = "none could be run: " + ": ".join(next(iter(result.not_collected.items())))
        return (NotRun(function.id, OWN_TESTS, why),) if why else ()
    return tuple(
        NotRun(function.id, f"{number} call{'' if number == 1 else 's'} in {OWN_TESTS}", reason)
        for reason, number in sorted(counted.items())
    )


def joined(witness: Witness, twinned: Twinned, function_id: str) -> Witness:
    """The witness with the differences of twin runs that are of a kind not shown yet."""
    shown = {kind(change) for change in witness.behaviour_changes}
    new = [change for change in twinned.changes.get(function_id, ()) if kind(change) not in shown]
    compared = twinned.compared.get(function_id, 0)
    return replace(
        witness,
        behaviour_changes=(*witness.behaviour_changes, *new),
        not_run=(*witness.not_run, *twinned.not_run.get(function_id, ())),
        executed=witness.executed + compared,
        reason=None if compared else witness.reason,
    )


def kind(change: BehaviourChange) -> tuple[object, ...]:
    """What makes two differences the same to a reader."""
    return change.old.kind, change.old.type, change.new.kind, change.new.type


def as_text(twinned: Twinned) -> str:
    """What twin runs showed, as text that the cache can keep."""
    changes = {name: [asdict(one) for one in found] for name, found in twinned.changes.items()}
    not_run = {name: [asdict(one) for one in found] for name, found in twinned.not_run.items()}
    return json.dumps({"changes": changes, "not_run": not_run, "compared": dict(twinned.compared)})


def from_text(text: str) -> Twinned | None:
    """What the text says; None for one that is damaged."""
    try:
        data = json.loads(text)
        return Twinned(
            {name: tuple(map(change_from, found)) for name, found in data["changes"].items()},
            {name: tuple(NotRun(**one) for one in found) for name, found in data["not_run"].items()},
            {name: int(count) for name, count in data["compared"].items()},
        )
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def change_from(data: Mapping[str, Any]) -> BehaviourChange:
    """A behaviour change out of JSON."""
    old, new = (Outcome(**{**data[side], "kind": OutcomeKind(data[side]["kind"])}) for side in ("old", "new"))
    made_by = data["made_by"]
    made_by = MadeBy(**{**made_by, "varied": tuple(map(tuple, made_by["varied"]))})
    return BehaviourChange(**{**data, "setup": tuple(data["setup"]), "old": old, "new": new, "made_by": made_by})
