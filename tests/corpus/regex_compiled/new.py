"""Chat messages."""

import re

MENTION = re.compile(r"@(\w+)")


def mentions(message: str) -> list[str]:
    """Return who is mentioned in a message: mentions("hi @ana, @kim") -> ["ana", "kim"]."""
    return [match[1] for match in MENTION.finditer(message)]
