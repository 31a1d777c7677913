"""Handlers of events."""


class Handler:
    """Does something when an event of its name comes."""

    def __init__(self, name: str) -> None:
        self.name = name


def make_handlers(names: list[str]) -> list[Handler]:
    """Make a handler for each name: ``len(make_handlers(["open", "close"])) == 2``."""
    return [Handler(name) for name in names]
