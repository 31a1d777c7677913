"""Paging."""

DEFAULT_LIMIT = 50


def get_limit(options: dict[str, int]) -> int:
    """Return how many rows a page has, 50 unless the options say otherwise.

    Zero is allowed: it asks for the head of the table alone.

    Example: get_limit({"limit": 5}) == 5
    """
    limit = options.get("limit")
    return DEFAULT_LIMIT if limit is None else limit
