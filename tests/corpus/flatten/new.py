"""Nested answers of the survey service."""


def flatten(tree: list) -> list:
    """Return the leaves of nested lists from left to right; a text is a leaf.

    >>> flatten([1, [2, [3]], []])
    [1, 2, 3]
    """
    leaves = []
    for node in tree:
        if hasattr(node, "__iter__"):
            leaves.extend(flatten(node))
        else:
            leaves.append(node)
    return leaves
