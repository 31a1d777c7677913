"""Names from a directory service."""

import asyncio

PEOPLE = {1: "ana", 2: "kim"}


async def fetch(number: int) -> str:
    """Return the name of a person, "?" for an unknown one."""
    await asyncio.sleep(0)
    return PEOPLE.get(number, "?")


async def fetch_all(numbers: list[int]) -> list[str]:
    """Return several names in the order of the numbers.

    >>> asyncio.run(fetch_all([2, 1, 9]))
    ['kim', 'ana', '?']
    """
    return list(await asyncio.gather(*(fetch(number) for number in numbers)))
