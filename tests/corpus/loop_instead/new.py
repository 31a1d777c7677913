"""Dictionaries read backwards."""


def invert(table: dict[str, int]) -> dict[int, list[str]]:
    """Return the keys of each value, in their order.

    >>> invert({"a": 1, "b": 2, "c": 1})
    {1: ['a', 'c'], 2: ['b']}
    """
    keys: dict[int, list[str]] = {}
    for key, value in table.items():
        keys.setdefault(value, []).append(key)
    return keys
