"""Statistics about words."""


def word_lengths(text: str) -> dict[int, int]:
    """Count how many words there are of each length.

    >>> word_lengths("to be or not")
    {2: 3, 3: 1}
    """
    counts = {}
    for word in text.split():
        counts[len(word)] = counts.get(len(word), 0) + 1
    return counts
