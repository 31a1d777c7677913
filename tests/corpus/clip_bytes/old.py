"""Fields of fixed width in the export format."""


def clip_bytes(text: str, limit: int) -> str:
    """Shorten `text` until its UTF-8 form is at most `limit` bytes long, never splitting a character.

    Example:
        clip_bytes("hello world", 5) == "hello"
    """
    return text.encode("utf-8")[:limit].decode("utf-8", "ignore")
