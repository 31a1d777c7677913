"""Printing forms."""


def repeat_lines(lines: list[str], times: int) -> str:
    """Write every line `times` times, each with a line end.

    >>> repeat_lines(["x"], 2)
    'x\\nx\\n'
    """
    return "".join((line + "\n") * times for line in lines)
