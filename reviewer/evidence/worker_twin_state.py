"""What is known of one function under comparison, and when that is enough.

Runs in the user's Python (3.9 and newer) and imports the standard library only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Optional

if TYPE_CHECKING or __package__:
    from reviewer.evidence import worker_twin_values as twin_values
else:
    import worker_twin_values as twin_values

SPARED = 3  # one of so many comparisons is kept for what tests themselves call: a later one may know what matters
KINDS = 3  # distinct kinds of difference after which a function is done
TIMEOUTS = 2
PATIENCE = 16  # calls passed over at once, up to which the next test's first call is looked at all the same
UNSTEADY = "its outcome differs from run to run"
UNSTEADY_TIMES = 5  # and nothing else found: a function whose outcomes say nothing


class State:
    """What is known of one function under comparison."""

    def __init__(self, limit: int, seen: list[str], kinds: list[tuple[str, bool]]) -> None:
        self.limit = limit
        self.varied_limit = limit - limit // SPARED
        self.seen = set(seen)
        self.kinds = set(kinds)  # of differences, each with whether its arguments are plausible
        self.values = twin_values.Seen()
        self.counts: dict[str, int] = {}  # what was not compared, by reason
        self.comparisons = 0
        self.duplicates = 0
        self.in_test = 0  # comparisons of recorded calls
        self.calls = 0  # of the function since this phase of the test began
        self.timeouts = 0
        self.seconds = 0.0
        self.skip, self.patience = 0, 1
        self.shut = False
        self.wishes: list[dict[str, str]] = []  # arguments to be tried instead of made up ones
        self.known: Optional[list[Any]] = None

    def count(self, reason: str) -> None:
        """One more call that was not compared."""
        self.counts[reason] = self.counts.get(reason, 0) + 1

    def begin(self) -> None:
        """A test starts."""
        self.in_test = 0
        self.skip = self.skip if self.patience > PATIENCE else 0

    def compared_before(self) -> None:
        """A call turned out to be one that was compared already: more of the next ones are passed over."""
        self.duplicates += 1
        self.skip, self.patience = self.patience, min(1024, 2 * self.patience)

    @property
    def varied_share(self) -> int:
        """How many variations of one call may be compared."""
        left = self.varied_limit - self.comparisons
        return max(0, min(left, max(6, left // 2)))

    @property
    def done(self) -> bool:
        """Whether enough was seen."""
        kinds = sum(plausible for _, plausible in self.kinds)
        if not self.kinds and self.counts.get(UNSTEADY, 0) >= UNSTEADY_TIMES:
            return True
        return self.shut or self.comparisons >= self.limit or kinds >= KINDS or self.timeouts > TIMEOUTS

    def knows(self, kind: str, plausible: bool) -> bool:
        """Whether a difference of this kind was seen, with arguments at least as plausible."""
        return (kind, True) in self.kinds or (kind, plausible) in self.kinds
