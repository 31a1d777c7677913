"""Durations in configuration files."""

import re

UNITS = {"d": 86400, "h": 3600, "m": 60, "s": 1}


def parse_duration(text: str) -> int:
    """Return the seconds that a text such as ``2d 5m`` stands for.

    >>> parse_duration("1h30m")
    5400
    """
    parts = re.findall(r"(\d+)\s*([dhms])", text.lower())
    by_unit = {unit: int(number) for number, unit in parts}
    return sum(number * UNITS[unit] for unit, number in by_unit.items())
