"""Plain text reports."""


def bullet_list(items: list[str]) -> str:
    """Return the items as a list with one star each.

    >>> print(bullet_list(["milk", "tea"]))
    * milk
    * tea
    """
    return "\n".join(f"* {item}" for item in items)
