"""Statistics about words."""


def word_lengths(text: str) -> dict[int, int]:
    """Count how many words there are of each length.

    >>> word_lengths("to be or not")
    {2: 3, 3: 1}
    """
    d = {}
    for w in text.split():
        d[len(w)] = d.get(len(w), 0) + 1
    return d
