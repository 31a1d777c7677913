"""Chapter numbers."""

SIGNS = ((10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"))


_written: dict[int, str] = {}


def roman(number: int) -> str:
    """Write a number with Roman digits.

    >>> roman(14)
    'XIV'
    """
    if number not in _written:
        text, rest = "", number
        for value, sign in SIGNS:
            while rest >= value:
                text += sign
                rest -= value
        _written[number] = text
    return _written[number]
