import ast

import pytest

from reviewer.evidence.cases import documented
from reviewer.evidence.examples_operators import reaches
from tests.documents import named, parsed


@pytest.mark.parametrize(
    ("method", "example", "before"),
    [
        ("__contains__", "10 in Slot(8, 10)", ""),
        ("__contains__", "9 not in slot", "slot = Slot(8, 10)"),
        ("__eq__", "Slot(1) == Slot(1)", ""),
        ("__eq__", "slots.index(Slot(1))", ""),
        ("__lt__", "Slot(1) > Slot(2)", ""),
        ("__lt__", "sorted([Slot(2), Slot(1)])", ""),
        ("__add__", "Slot(1) + Slot(2)", ""),
        ("__radd__", "1 + Slot(2)", ""),
        ("__iadd__", "slot", "slot = Slot(1)\nslot += 1"),
        ("__neg__", "-Slot(1)", ""),
        ("__len__", "len(Slot(1))", ""),
        ("__abs__", "abs(Slot(-1))", ""),
        ("__int__", "int(Slot(1))", ""),
        ("__getitem__", "Slot(1)[0]", ""),
        ("__setitem__", "slot", "slot = Slot(1)\nslot[0] = 2"),
        ("__iter__", "list(Slot(1))", ""),
        ("__iter__", "[x for x in slot]", "slot = Slot(1)"),
        ("__next__", "next(slot)", "slot = Slot(1)"),
        ("__call__", "Slot(1)(2)", ""),
        ("__call__", "slot(2)", "slot = Slot(1)"),
        ("__enter__", "print(x)", "with Slot(1) as x:\n    pass"),
        ("__exit__", "x.open", "with Slot(1) as x:\n    pass"),
        ("__str__", "print(Slot(1))", ""),
        ("__str__", "f'{slot}'", "slot = Slot(1)"),
        ("__repr__", "repr(Slot(1))", ""),
        ("__bool__", "bool(Slot(1))", ""),
        ("__bool__", "not Slot(1)", ""),
        ("__hash__", "len({Slot(1), Slot(1)})", ""),
    ],
)
def test_an_example_reaches_a_method_through_its_syntax(method, example, before):
    trees = ast.parse(before).body
    assert reaches(method, "Slot", ast.parse(example), trees)
    assert not reaches(method, "Other", ast.parse(example), trees)
    assert not reaches(method, "Slot", ast.parse("Slot(1).size"), [])


@pytest.mark.parametrize(
    ("method", "example"),
    [("__call__", "len(Slot(1))"), ("__call__", "Slot(1)"), ("__len__", "str(Slot(1))"), ("__setitem__", "Slot(1)[0]")],
)
def test_other_syntax_does_not_reach_it(method, example):
    assert not reaches(method, "Slot", ast.parse(example), [])


def test_what_is_shown_of_an_object_is_its_repr():
    assert reaches("__repr__", "Slot", ast.parse("Slot(1)"), [], "Slot(1)\n")
    assert not reaches("__repr__", "Slot", ast.parse("Slot(1).size"), [], "1\n")
    assert not reaches("__repr__", "Slot", ast.parse("print(Slot(1))"), [], "Slot(1)\n")


def test_the_examples_of_a_class_are_cases_of_the_methods_that_its_operators_reach():
    module = parsed(
        "class Slot:\n"
        '    """Hours.\n\n    >>> 8 in Slot(8, 10)\n    True\n    >>> len(Slot(8, 10))\n    2\n    """\n'
        "    def __contains__(self, hour):\n        pass\n"
        "    def __len__(self):\n        pass\n"
        "    def __eq__(self, other):\n        pass\n"
    )
    found = {
        name: documented(named(module, f"Slot.{name}"), module)[0] for name in ("__contains__", "__len__", "__eq__")
    }
    assert [case.call for case in found["__contains__"]] == ["8 in Slot(8, 10)"]
    assert [case.call for case in found["__len__"]] == ["len(Slot(8, 10))"]
