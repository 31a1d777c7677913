"""Duty rosters."""


def first(names: list[str]) -> str:
    """Return who is on duty now, nobody ("") when the roster is empty."""
    return names[0] if names else ""


def rotate(names: list[str], steps: int) -> list[str]:
    """Move the roster on: after one step the second one is first.

    >>> rotate(["ana", "kim", "lee"], 1)
    ['kim', 'lee', 'ana']
    """
    if not names:
        return []
    steps %= len(names)
    return names[-steps:] + names[:-steps]
