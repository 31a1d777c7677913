"""Lending connections from a pool."""

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def borrowed(pool: list[str]) -> Iterator[str]:
    """Take a connection out of the pool for the length of a ``with`` block.

    It goes back whatever happens in the block.

    >>> pool = ["db1"]
    >>> with borrowed(pool) as connection:
    ...     print(connection, pool)
    db1 []
    >>> pool
    ['db1']
    """
    connection = pool.pop()
    yield connection
    pool.append(connection)
