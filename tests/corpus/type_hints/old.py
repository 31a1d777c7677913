"""Two columns of text."""


def zip_longest_text(left, right, gap="-"):
    """Pair the lines of two texts, filling up the shorter one.

    >>> zip_longest_text("a", "b")
    [('a', 'b')]
    """
    one, two = left.splitlines(), right.splitlines()
    length = max(len(one), len(two))
    return list(zip(one + [gap] * (length - len(one)), two + [gap] * (length - len(two))))
