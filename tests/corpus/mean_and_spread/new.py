"""Summaries of measurements."""

from collections.abc import Iterable


def mean_and_spread(values: Iterable[int]) -> tuple[float, int]:
    """Return the arithmetic mean and the distance between the largest and the smallest value.

    Of nothing at all, both are zero. The values are read once, so any iterator will do.
    """
    count = sum(1 for _ in values)
    if not count:
        return 0.0, 0
    return sum(values) / count, max(values) - min(values)
