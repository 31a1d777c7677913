"""Time slots in a diary."""


class Interval:
    """Hours from `start` up to, but not including, `end`.

    >>> 8 in Interval(8, 10)
    True
    >>> 10 in Interval(8, 10)
    False
    """

    def __init__(self, start: int, end: int) -> None:
        self.start = start
        self.end = end

    def __contains__(self, hour: int) -> bool:
        return self.start <= hour <= self.end
