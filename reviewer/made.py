"""What came of one function on the way from its docstring to tests, and of all functions together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import field, replace

from reviewer.data import BrokenExample, Case, ChangedFunction, NotRun
from reviewer.evidence import gates, witness
from reviewer.evidence.examining import Examiner
from reviewer.evidence.gates import Dropped, Gated
from reviewer.evidence.proofs import Place
from reviewer.evidence.witnessed import Witness
from reviewer.records import record

NO_DOCSTRING = "it has no docstring"
IS_TEST = "it is a test itself"
NO_CASE = "its docstring has no example and no exception that a call could be made for"


@record(frozen=True, slots=True)
class Made:
    """What came of one function: the cases that earned their place, and why others did not."""

    function: ChangedFunction
    gated: Gated = field(default_factory=Gated)
    witness: Witness = field(default_factory=Witness)
    broken: tuple[BrokenExample, ...] = ()
    reason: str | None = None  # why nothing of it can be tested from its docstring

    @property
    def settled(self) -> bool:
        """Whether every documented example came through, so that a test of another one has lost its promise."""
        if self.reason:
            return self.reason in (NO_DOCSTRING, NO_CASE)
        return not (self.gated.dropped or self.gated.failing or self.broken)


@record(frozen=True, slots=True)
class Proposed:
    """The cases of one function before anything is run."""

    cases: tuple[Case, ...]
    broken: tuple[BrokenExample, ...]  # documented examples that cannot be tried
    voted: tuple[Case, ...] = ()  # whose expectation independent votes of the model agree on
    refused: tuple[Dropped, ...] = ()  # what the model gave that is no case


def concluded(function: ChangedFunction, gated: Gated, found: Proposed, examiner: Examiner, place: Place) -> Made:
    """A function's result; a case that fails on the new version becomes a finding, never a bent test."""
    gated = replace(gated, dropped=(*found.refused, *gated.dropped))
    if not (found.cases or found.broken or found.refused or gated.counts.get("proposed")):
        return without(function, NO_CASE if function.version.docstring else NO_DOCSTRING)
    judged = witness.judged(function, gated.failing, examiner, place)
    suspected, unproved = witness.suspected(function, gated.failing, found.voted, examiner, place)
    gated = replace(gated, dropped=(*gated.dropped, *(Dropped(case.call, "passes", why) for case, why in unproved)))
    not_run = (
        *(NotRun(function.id, example.text, example.reason) for example in found.broken),
        *(NotRun(function.id, one.call, one.detail) for one in gated.dropped if one.gate == "runs"),
    )
    seen = Witness(findings=(*judged, *suspected), not_run=not_run, executed=gated.counts.get("runs", 0))
    return Made(function, gated, seen, found.broken)


def without(function: ChangedFunction, reason: str) -> Made:
    """A function that cannot be tested from its docstring."""
    seen = Witness(not_run=(NotRun(function.id, function.name, reason),), reason=reason)
    return Made(function, witness=seen, reason=reason)


def distinct(made: Sequence[Made]) -> list[Made]:
    """The results with each call of a file kept once."""
    found: dict[str, Made] = {}
    for path in dict.fromkeys(one.function.path for one in made):
        here = [one for one in made if one.function.path == path]
        late = [one.function.name.endswith(".__init__") for one in here]
        for one, gated in zip(here, gates.distinct([one.gated for one in here], late), strict=True):
            found[one.function.id] = replace(one, gated=gated)
    return [found[one.function.id] for one in made]


def totals(made: Sequence[Made]) -> Mapping[str, int]:
    """How many cases came through each gate, and the mutants that could be applied and those that died."""
    counts = Counter[str](dict.fromkeys(gates.GATES, 0))
    for one in made:
        counts.update(one.gated.counts)
        counts.update({"mutants": one.gated.mutants, "mutants_killed": one.gated.killed})
    return dict(counts)
