"""Sizes for people."""


def format_size(count: int, base: int = 1024) -> str:
    """Write a number of bytes with one decimal place in the largest fitting unit.

    Example: format_size(2048) == "2.0 KiB"
    """
    size = float(count)
    for unit in ("B", "KiB", "MiB"):
        if size < base:
            return f"{size:.1f} {unit}"
        size /= base
    return f"{size:.1f} GiB"
