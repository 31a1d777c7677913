"""What running whole functions showed in earlier runs, so that not even their calls have to be made up again."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from importlib.util import find_spec

from reviewer.data import ChangedFunction, Side
from reviewer.evidence.dependencies import digest
from reviewer.evidence.proofs import Place
from reviewer.evidence.remembered import Remembered
from reviewer.evidence.witnessed import Witness, as_text, from_text


class Wholes:
    """The witnesses of one change. `sources` are the tests and documents in which calls are looked for."""

    def __init__(self, box: Remembered, places: Mapping[str, Place | None], sources: Mapping[str, str]) -> None:
        self.box = box
        self.places = places
        # Calls are made up from the sources, by this Python's parser, and with Hypothesis where it is there.
        maker = [sorted(sources.items()), sys.version_info[:2], find_spec("hypothesis") is not None]
        self.maker = digest(json.dumps(maker).encode("utf-8", "surrogatepass"))

    def recalled(self, function: ChangedFunction) -> Witness | None:
        """What was shown of a function at another time, if it would be shown again."""
        place = self.places[function.path]
        text = None if place is None else self.box.text(ran_as(function), self._asked(function, place))
        return None if text is None else from_text(text)

    def recalled_all(self, functions: Sequence[ChangedFunction]) -> dict[str, Witness]:
        """Those that are remembered, by function id."""
        found = {function.id: self.recalled(function) for function in functions}
        return {name: witness for name, witness in found.items() if witness is not None}

    def keep(self, function: ChangedFunction, witness: Witness) -> None:
        """Keep what was shown just now."""
        place = self.places[function.path]
        if place is not None:
            self.box.keep_text(ran_as(function), self._asked(function, place), as_text(witness))

    def _asked(self, function: ChangedFunction, place: Place) -> list[object]:
        versions = [(one.name, one.ordinal, one.line) for one in (function.old, function.new) if one is not None]
        asked = [function.id, function.change.value, versions, function.changed_lines]
        return [*asked, place.roots, place.module, self.maker]


def ran_as(function: ChangedFunction) -> list[tuple[Side, str, str]]:
    """Under which names a function is run on its sides."""
    sides = [(Side.OLD, function.old), (Side.NEW, function.new)]
    return [(side, version.path, version.name) for side, version in sides if version is not None]
