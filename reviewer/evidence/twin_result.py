"""What twin runs show. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from reviewer.data import Outcome
from reviewer.records import record


@record(frozen=True, slots=True)
class Difference:
    """A call for which the versions differ, made by a test (`recorded`) or with one argument of such a call varied.

    `call` can be pasted into a session in the function's module when `pasteable`; else it describes the call, and
    running `test` makes it.
    """

    function_id: str
    call: str
    arguments: tuple[tuple[str, str], ...]  # parameter, canonical text
    old: Outcome
    new: Outcome
    old_effects: tuple[tuple[str, str], ...]  # what differs besides the outcome: argument or attribute, its text
    new_effects: tuple[tuple[str, str], ...]
    test: str  # pytest's node id, relative to the repository's root
    plausible: bool  # recorded, or varied within the kind of value that was recorded
    recorded: bool
    pasteable: bool
    driver: str = "pytest"  # or unittest, doctest: what runs the test
    phase: str = "call"  # of the test, in which the call is made: setup, call or teardown
    number: int = 1  # which call of the function in that phase it is
    varied: tuple[tuple[str, str | None], ...] = ()  # arguments with other values than the test's, as expressions


@record(frozen=True, slots=True)
class TwinResult:
    """What twin runs showed. Keys are function ids; paths are relative to the repository's root."""

    differences: Mapping[str, tuple[Difference, ...]] = field(default_factory=dict)
    comparisons: int = 0
    compared: Mapping[str, int] = field(default_factory=dict)
    duplicates: int = 0  # calls with arguments that were compared before
    not_twinned: Mapping[str, Mapping[str, int]] = field(default_factory=dict)  # reason -> how often
    reached: Mapping[str, tuple[str, ...]] = field(
        default_factory=dict
    )  # the tests that entered a function, until done
    not_collected: Mapping[str, str] = field(default_factory=dict)  # test file -> why
    outcomes: Mapping[str, str] = field(default_factory=dict)  # test -> passed, failed, error, skipped, or how it ended
    batches: tuple[tuple[str, ...], ...] = ()
    cut: bool = False  # the time was over while a function waited for its first comparison
    seconds: float = 0.0  # spent in comparisons
    opened: frozenset[str] | None = frozenset()  # files, relative to the root where below; None when that is not known
