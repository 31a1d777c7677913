"""Counting votes."""


class Tally:
    """Votes per name."""

    def __init__(self) -> None:
        self.votes: dict[str, int] = {}

    def vote(self, name: str) -> None:
        """Count one vote."""
        self.votes[name] = self.votes.get(name, 0) + 1

    def lead(self) -> str:
        """Return who has most votes, "" before the first vote."""
        return max(self.votes, key=self.votes.__getitem__, default="")
