"""Fitting labels into narrow columns."""

ELLIPSIS = "…"


def shorten(text: str, width: int) -> str:
    """Cut the middle out of `text` so that it is at most `width` characters long.

    The beginning keeps the odd character; a text that fits is returned as it is.

    >>> shorten("performance", 7)
    'per…nce'
    >>> shorten("short", 7)
    'short'
    """
    if len(text) <= width:
        return text
    kept = width - len(ELLIPSIS)
    head = (kept + 1) // 2
    tail = kept - head
    return text[:head] + ELLIPSIS + (text[-tail:] if tail else "")
