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
    if word in TRUE:
        return True
    if word in FALSE:
        return False
    raise ValueError(f"not a switch: {text!r}")
