"""Checking deliveries."""


def missing(ordered: list[str], delivered: list[str]) -> list[str]:
    """Return what was ordered but not delivered, in the order of the order.

    >>> missing(["pen", "ink", "cap"], ["ink"])
    ['pen', 'cap']
    """
    here = set(delivered)
    return [item for item in ordered if item not in here]
