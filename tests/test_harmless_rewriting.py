"""Functions that the benchmark rewrites harmlessly do the same as before: else it would blame reviews wrongly."""

import ast
import random

import pytest

from benchmarks.harmless import rewrite

SOURCE = '''\
"""Prices."""


def total(prices, rates, *more, unit="EUR", **others):
    """A sum."""
    result, seen = 0, []
    for code, amount in prices:
        if code == unit:
            result += amount
        elif code in rates:
            result += amount * rates[code]
        else:
            seen.append(code)
    if not seen:
        return result, more, others
    else:
        raise KeyError(seen)


def steps(count):
    for number in range(count):
        if number % 2:
            yield number
        else:
            yield -number


class Shelf:
    limit = 2

    def __init__(self, items):
        self.items = items

    def first(self, default=None):
        try:
            found = self.items[0]
        except IndexError as error:
            found = default or str(error)
        return [found for _ in range(self.limit)]


def keyed(names):
    def key(name):
        return name.lower()
    return sorted(names, key=key)
'''
CALLS = (
    'total([("EUR", 1), ("USD", 2)], {"USD": 3}, 4, a=5)',
    'total([("X", 1)], {})',
    "list(steps(5))",
    "Shelf([7]).first()",
    "Shelf([]).first()",
    'keyed(["b", "A"])',
)


def results(source: str) -> list[str]:
    space: dict[str, object] = {}
    exec(source, space)
    found = []
    for call in CALLS:
        try:
            found.append(repr(eval(call, space)))
        except KeyError as error:
            found.append(repr(error))
    return found


@pytest.mark.parametrize("seed", range(20))
def test_rewritten_functions_do_the_same(seed):
    new = rewrite(SOURCE, 1.0, random.Random(seed))

    assert ast.dump(ast.parse(new)) != ast.dump(ast.parse(SOURCE))
    assert results(new) == results(SOURCE)
