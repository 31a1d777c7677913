"""The part of the pipeline that remembers what twin runs showed, and has a model's arguments tried inside them."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from reviewer import twins
from reviewer.boxes import OpenBox, sides
from reviewer.data import Change, ChangedFunction
from reviewer.evidence import resting
from reviewer.evidence.dependencies import Contents, file_clock
from reviewer.evidence.proofs import short_hash
from reviewer.evidence.witnessed import Witness
from reviewer.records import record
from reviewer.twins import Twinned

if TYPE_CHECKING:
    from reviewer.evidence.sandbox import Sandbox

TWINS = "twins"
Wishes = Mapping[str, Sequence[Mapping[str, str]]]


@record(frozen=True, slots=True)
class Twinning:
    """Twin runs of one change: `seconds` each time, until `ends` (a `time.monotonic()` value) at most."""

    seconds: float
    change: Change
    opened: OpenBox
    ends: float | None

    def shown(self, both: Sequence[ChangedFunction], wishes: Wishes | None = None) -> Twinned:
        """What the repository's own tests show of both versions, with these arguments where there are any.

        Remembered by the changed files and the tests, as long as all that the tests opened is what it was.
        """
        opened = self.opened
        if not both or opened.box is None or not self.seconds:
            return Twinned()
        files = twins.nearest(both, opened.root)
        bodies = [(one.id, one.old.source if one.old else "", one.version.source) for one in both]
        both_sides = [sorted(side.items()) for side in sides(self.change)]
        parts = (opened.where, self.seconds, bodies, both_sides, sorted(files.items()), sorted((wishes or {}).items()))
        key = short_hash(str(parts))
        began, contents = file_clock(), Contents(opened.root, opened.new)
        kept = None if opened.where is None else resting.recall(opened.store, TWINS, key, contents)
        found = twins.from_text(kept or "")
        if found is None:
            found = self._run(both, list(files), wishes)
            if opened.where is not None and found.opened is not None and not self._over():
                resting.keep(opened.store, TWINS, key, twins.as_text(found), contents, found.opened, began)
        return found

    def arranged(self, function: ChangedFunction, wishes: Sequence[Mapping[str, str]]) -> Witness:
        """What a model's arguments show in place of a test's own, in calls that the tests make."""
        found = self.shown([function], {function.id: wishes}) if function.old is not None else Twinned()
        changes = found.changes.get(function.id, ())
        own = tuple(replace(one, source="model") for one in changes if one.made_by and one.made_by.varied)
        return Witness(behaviour_changes=own, executed=found.compared.get(function.id, 0))

    def _run(self, both: Sequence[ChangedFunction], files: list[str], wishes: Wishes | None) -> Twinned:
        opened = self.opened
        assert opened.box is not None
        limit = time.monotonic() + self.seconds
        box = opened.box.open()
        if box is None:
            return Twinned()
        limit = limit if self.ends is None else min(limit, self.ends)
        found = twins.twinned(both, cast("Sandbox", box), files, limit, opened.places, wishes)
        opened.box.executed |= {(one.path, one.name) for one in both if found.compared.get(one.id)}
        return found

    def _over(self) -> bool:
        return self.ends is not None and time.monotonic() >= self.ends
