"""The query language of the search box."""

import re


def phrases(query: str) -> list[str]:
    """Return the phrases that stand in double quotes in a query, in their order.

    >>> phrases('python "type hints" tutorial')
    ['type hints']
    """
    return re.findall(r'"(.*?)"', query)
