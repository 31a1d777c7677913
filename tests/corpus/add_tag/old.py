"""Labels on tickets."""


def add_tag(tag: str, tags: list[str] | None = None) -> list[str]:
    """Return the tags with one more at the end, a new list if none are given.

    >>> add_tag("urgent")
    ['urgent']
    """
    tags = [] if tags is None else list(tags)
    tags.append(tag)
    return tags
