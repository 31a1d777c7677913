"""Which plain arguments a model's call names, by parameter."""

import pytest

from reviewer.evidence.model_arguments import arguments
from tests.versions import version

MODULE = """
def take(shelf, amount, *, unit="kg"): pass
class Shelf:
    def take(self, amount, unit="kg"): pass
    @staticmethod
    def new(size): pass
    @classmethod
    def old(cls, size): pass
"""


@pytest.mark.parametrize(
    ("name", "calls", "found"),
    [
        ("take", ["take(shelf, 7)"], [{"amount": "7"}]),
        ("take", ["take(shelf, 7, unit='g')", "take(other, 7, unit='g')"], [{"amount": "7", "unit": "'g'"}]),
        ("take", ["sorted(take(shelf, [1, -2]))"], [{"amount": "[1, -2]"}]),
        ("take", ["take(shelf, amount)", "give(shelf, 7)", "take(", "take(*all)", "take(shelf, 7 + 1)"], []),
        ("take", ["take(shelf, 1, colour='red')"], [{"amount": "1"}]),
        ("Shelf.take", ["shelf.take(3)", "Shelf().take(amount=4)"], [{"amount": "3"}, {"amount": "4"}]),
        ("Shelf.new", ["Shelf.new(3)"], [{"size": "3"}]),
        ("Shelf.old", ["Shelf.old(3)"], [{"size": "3"}]),
        ("take", ["take(shelf, " + "9" * 500 + ")"], []),
    ],
)
def test_the_plain_arguments_of_calls(name, calls, found):
    function, _ = version(MODULE, name)
    assert arguments(function, calls) == found
