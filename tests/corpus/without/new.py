"""Editing shopping lists."""


def without(items: list[str], unwanted: str) -> list[str]:
    """Return the items except every occurrence of one of them.

    Example:
        without(["egg", "milk", "milk", "tea"], "milk") == ["egg", "tea"]
    """
    items = list(items)
    for item in items:
        if item == unwanted:
            items.remove(item)
    return items
