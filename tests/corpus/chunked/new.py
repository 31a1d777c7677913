"""Sending records in batches."""

from collections.abc import Iterable, Iterator


def chunked(items: Iterable[int], size: int) -> Iterator[list[int]]:
    """Yield lists of `size` items; the last one may be shorter.

    >>> list(chunked([1, 2, 3, 4, 5], 2))
    [[1, 2], [3, 4], [5]]
    """
    chunk: list[int] = []
    for item in items:
        chunk.append(item)
        if len(chunk) == size:
            yield chunk
            chunk = []
