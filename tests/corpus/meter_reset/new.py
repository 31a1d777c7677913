"""Averages over periods."""


class Meter:
    """Averages what it is given since the last reset.

    >>> meter = Meter()
    >>> meter.add(4)
    >>> meter.add(8)
    >>> meter.mean()
    6.0
    >>> meter.reset()
    >>> meter.add(5)
    >>> meter.mean()
    5.0
    """

    def __init__(self) -> None:
        self.total = 0
        self.count = 0

    def add(self, value: int) -> None:
        """Take one more value into account."""
        self.total += value
        self.count += 1

    def mean(self) -> float:
        """Return the average, 0.0 before the first value."""
        return self.total / self.count if self.count else 0.0

    def reset(self) -> None:
        """Forget every value."""
        self.total = 0
