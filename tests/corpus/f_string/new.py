"""Letters."""


def greeting(name: str, count: int = 0) -> str:
    """Greet someone who has messages.

    >>> greeting("Ana", 2)
    'Hello Ana, 002 new'
    """
    return f"Hello {name}, {count:03d} new"
