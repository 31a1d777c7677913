"""Sentences made of lists."""


def join_words(words: list[str]) -> str:
    """Join words as prose does.

    >>> join_words(["red", "green", "blue"])
    'red, green and blue'
    """
    if len(words) < 2:
        return "".join(words)
    return ", ".join(words[:-1]) + " and " + words[-1]
