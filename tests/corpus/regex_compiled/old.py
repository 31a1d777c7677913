"""Chat messages."""

import re


def mentions(message: str) -> list[str]:
    """Return who is mentioned in a message: mentions("hi @ana, @kim") -> ["ana", "kim"]."""
    return re.findall(r"@(\w+)", message)
