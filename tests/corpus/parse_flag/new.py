"""Reading switches from text."""

TRUE = frozenset({"1", "yes", "true", "on"})
FALSE = frozenset({"0", "no", "false", "off"})


def parse_flag(text: str) -> bool:
    """Read a switch.

    >>> parse_flag("Yes")
    True
    >>> parse_flag("maybe")
    Traceback (most recent call last):
        ...
    ValueError: not a switch: 'maybe'
    """
    word = text.strip().lower()
    return word in TRUE
