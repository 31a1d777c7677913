"""A stack for the undo command."""


class Stack:
    """What was done last is undone first."""

    def __init__(self, *items: str) -> None:
        self.items = list(items)

    def __repr__(self) -> str:
        return f"Stack{tuple(self.items)!r}"

    def push(self, item: str) -> None:
        """Put an item on top."""
        self.items.append(item)

    def peek(self) -> str:
        """Return the item on top, which stays there.

        >>> stack = Stack("open", "type")
        >>> stack.peek()
        'type'
        """
        return self.items.pop()
