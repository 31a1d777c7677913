"""Addresses to listen on."""


def parse_port(text: str) -> int:
    """Read a port number.

    :raises ValueError: if the text is no number between 1 and 65535

    >>> parse_port("8080")
    8080
    >>> parse_port("0")
    Traceback (most recent call last):
    ValueError: no port: '0'
    """
    port = int(text)
    if not 1 <= port <= 65535:
        raise LookupError(f"no port: {text!r}")
    return port
