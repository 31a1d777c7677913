"""Plain text reports."""


def bullet_list(items: list[str], bullet: str = "*") -> str:
    """Return the items as a list with one star (or another bullet) each.

    >>> print(bullet_list(["milk", "tea"]))
    * milk
    * tea
    """
    return "\n".join(f"{bullet} {item}" for item in items)
