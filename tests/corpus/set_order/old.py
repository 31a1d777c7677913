"""Words of a text."""


def vocabulary(text: str) -> set[str]:
    """Return the different words of a text in lower case.

    >>> vocabulary("To be or not to be") == {"be", "not", "or", "to"}
    True
    """
    words = set()
    for word in text.lower().split():
        words.add(word)
    return words
