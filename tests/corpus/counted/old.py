"""Messages that mention how many."""


def counted(count: int, noun: str, plural: str | None = None) -> str:
    """Say how many there are of something, with the noun in the right number.

    counted(1, "file") -> "1 file"
    counted(3, "entry", "entries") -> "3 entries"
    """
    if count == 1:
        return f"{count} {noun}"
    return f"{count} {plural or noun + 's'}"
