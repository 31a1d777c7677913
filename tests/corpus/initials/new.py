"""Names as badges and avatars show them."""


def initials(name: str) -> str:
    """Return the upper-case first letters of every part of a name.

    >>> initials("ada lovelace")
    'AL'
    """
    return "".join(part[0].upper() for part in name.split(" "))
