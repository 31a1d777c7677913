"""Clock times."""


def seconds(clock: str) -> int:
    """Get secs from a HH:MM string.

    >>> seconds("01:30")
    5400
    """
    hours, minutes = clock.split(":")
    return int(hours) * 3600 + int(minutes) * 60
