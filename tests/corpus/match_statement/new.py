"""Compass directions."""


def opposite(direction: str) -> str:
    """Return the direction to the back.

    >>> opposite("north")
    'south'

    Raises:
        KeyError: for what is not one of the four directions.
    """
    match direction:
        case "north":
            return "south"
        case "south":
            return "north"
        case "east":
            return "west"
        case "west":
            return "east"
        case _:
            raise KeyError(direction)
