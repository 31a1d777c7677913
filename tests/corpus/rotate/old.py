"""Duty rosters."""


def first(names: list[str]) -> str:
    """Return who is on duty now, nobody ("") when the roster is empty."""
    return names[0] if names else ""
