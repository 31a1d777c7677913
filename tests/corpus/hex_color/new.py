"""Colours of the theme."""


def to_rgb(color: str) -> tuple[int, int, int]:
    """Return red, green and blue of a colour written as on web pages.

    .. code-block:: python

        >>> to_rgb("#ff8080")
        (255, 128, 128)
    """
    digits = color.lstrip("#")
    red, blue, green = digits[0:2], digits[2:4], digits[4:6]
    return int(red, 16), int(green, 16), int(blue, 16)
