"""Clock times."""


def seconds(clock: str) -> int:
    """Return the seconds since midnight of a clock time such as ``23:59``.

    >>> seconds("01:30")
    5400
    """
    hours, minutes = clock.split(":")
    return int(hours) * 3600 + int(minutes) * 60
