"""Sizes of remote files."""

import asyncio

SIZES = {"a.txt": 10, "b.txt": 32}


async def size_of(name: str) -> int:
    """Return the size of one file in bytes, 0 when there is no such file."""
    await asyncio.sleep(0)
    return SIZES.get(name, 0)


async def total_size(*names: str) -> int:
    """Return the size of several files together.

    >>> asyncio.run(total_size("a.txt", "b.txt"))
    42
    """
    sizes = [size_of(name) for name in names]
    return sum(sizes)
