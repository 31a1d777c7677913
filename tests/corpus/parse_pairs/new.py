"""Connection strings."""


def parse_pairs(text: str) -> dict[str, str]:
    """Read ``key=value`` pairs that are separated by semicolons.

    >>> parse_pairs("host=db;port=5432")
    {'host': 'db', 'port': '5432'}
    """
    pairs = {}
    for part in text.split(";"):
        key, value = part.split("=")
        pairs[key.strip()] = value.strip()
    return pairs
