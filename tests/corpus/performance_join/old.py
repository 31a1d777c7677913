"""Printing forms."""


def repeat_lines(lines: list[str], times: int) -> str:
    """Write every line `times` times, each with a line end.

    >>> repeat_lines(["x"], 2)
    'x\\nx\\n'
    """
    text = ""
    for line in lines:
        for _ in range(times):
            text = text + line + "\n"
    return text
