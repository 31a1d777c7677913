"""The index at the end of a book."""

from itertools import groupby


def by_first_letter(words: list[str]) -> dict[str, list[str]]:
    """Group words by their first letter, in the order they come.

    >>> by_first_letter(["apple", "avocado", "banana"])
    {'a': ['apple', 'avocado'], 'b': ['banana']}
    """
    return {letter: list(group) for letter, group in groupby(words, key=lambda word: word[:1])}
