import ast
import builtins
import textwrap
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.data import Call, Case, ClassHeader, Expected, ExpectedKind, ImportLine, Origin
from reviewer.evidence.inputs import from_annotations, from_repository, held, mutated
from reviewer.evidence.values import constants, text_of, variants
from tests.versions import version


def case(call: str, *setup: str, through: str | None = None) -> Case:
    return Case(setup, call, Expected(ExpectedKind.VALUE, "1"), Origin.EXAMPLE, call, through)


def function(text: str, name: str = "f"):
    return version(textwrap.dedent(text), name)[0]


def texts(calls: tuple[Call, ...]) -> list[str]:
    return [call.call for call in calls]


F = function("def f(*values, **options):\n    pass\n")

# ---------------------------------------------------------------- mutated examples


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("f(7)", {"f(0)", "f(-7)", "f(1)", "f(-1)", "f(8)", "f(6)", "f(1000000)"}),
        ("f(-2)", {"f(0)", "f(2)", "f(1)", "f(-3)"}),
        ("f(1.5)", {"f(0.0)", "f(-1.5)", "f(2.5)", "f(0.125)", "f(1000000.0)"}),
        ("f(True)", {"f(False)"}),
        ("f('ab')", {"f('')", "f('a')", "f('abab')", "f('ba')", "f('ß漢字')"}),
        ("f('3.14')", {"f('')", "f('0')", "f('-3.14')", "f('0.125')"}),
        ("f('12')", {"f('0')", "f('-12')", "f('12.5')"}),
        ("f('2023-05-31')", {"f('2024-02-29')", "f('2023-12-31')"}),
        ("f('09:30')", {"f('00:00')", "f('23:59')"}),
        ("f(b'ab')", {"f(b'')", "f(b'abab')"}),
        ("f([1, 2])", {"f([])", "f([1])", "f([2, 1])", "f([1, 2, 1, 2])", "f([1, 1])", "f([0, 2])"}),
        ("f([3, 2, 1])", {"f([3, 2, 3])"}),
        ("f([1, [2]])", {"f(['ab', [2]])"}),
        ("f((1, 2))", {"f(())", "f((1,))", "f((2, 1))"}),
        ("f({'a': 1, 'b': 2})", {"f({})", "f({'a': 1})", "f({'b': 2, 'a': 1})", "f({'a': 0, 'b': 2})"}),
        ("f({'a': 2, 'b': 1})", {"f({'a': 2, 'b': 2})"}),
        ("f({1, 2})", {"f(set())", "f({1})"}),
        ("f(x=3)", {"f(x=0)", "f(x=-3)"}),
        ("f(g(3))", {"f(g(0))"}),
        ("print(f(3))", {"print(f(0))"}),
        ("Box([3]).f(4)", {"Box([3]).f(0)", "Box([]).f(4)"}),
        ("f(date(2024, 3, 1))", {"f(date(2024, 3, 2))", "f(date(2024, 2, 29))", "f(date(2024, 12, 31))"}),
        ("f(d.date(2024, 3, 1), d.date(2024, 3, 9))", {"f(d.date(2024, 3, 9), d.date(2024, 3, 9))"}),
        ("f('a', 'b')", {"f('a', 'a')", "f('b', 'b')", "f('b', 'a')"}),
    ],
)
def test_a_literal_argument_gives_way_to_telling_ones(call, expected):
    made = texts(mutated([case(call)], F))
    assert expected <= set(made)
    assert call not in made


def test_what_stands_beside_an_operator_gives_way_too():
    text = "class Slot:\n    def __contains__(self, hour):\n        pass\n"
    made = texts(mutated([case("10 in Slot(8, 12)")], function(text, "Slot.__contains__")))
    assert {"0 in Slot(8, 12)", "10 in Slot(0, 12)", "8 in Slot(8, 12)"} <= set(made)


def test_constants_of_either_version_are_tried_first_where_they_are_compared():
    old = function("def f(n):\n    return n > 90\n")
    new = function('def f(n):\n    """Not 55."""\n    return n > 100 and n + 7\n')
    made = texts(mutated([case("f(5)")], new, old))
    assert {"f(100)", "f(99)", "f(101)", "f(90)", "f(89)", "f(91)"} <= set(made)
    assert not {"f(55)", "f(54)"} & set(made)


def test_short_strings_of_the_code_are_joined_to_the_argument():
    new = function("def f(s):\n    return s.endswith('/')\n")
    assert {"f('a/')", "f('/')", "f('/a')"} <= set(texts(mutated([case("f('a')")], new)))


@pytest.mark.parametrize(
    ("signature", "none"),
    [("x: int | None", True), ("x: Optional[int]", True), ("x: int", False), ("self, x: int, y: str | None", False)],
)
def test_none_is_tried_where_the_annotation_allows_it(signature, none):
    made = texts(mutated([case("f(5)")], function(f"def f({signature}):\n    pass\n")))
    assert ("f(None)" in made) == none


def test_a_literal_of_the_setup_is_changed_where_the_call_uses_its_name():
    made = mutated([case("f(xs)", "import math", "xs = [1, 2]", "ys = [3]")], F)
    assert Call(("import math", "xs = []", "ys = [3]"), "f(xs)", "mutated", plausible=True) in made
    assert all(call.setup[2] == "ys = [3]" for call in made)


def test_one_argument_at_a_time_first_then_two():
    made = mutated([case("f(3, 'ab')")], F, cap=20)
    arguments = [[ast.unparse(node) for node in ast.parse(call.call).body[0].value.args] for call in made]
    changed = [(one != "3") + (two != "'ab'") for one, two in arguments]
    assert changed == [1] * 15 + [2] * 5


@pytest.mark.parametrize(
    ("literal", "annotation", "tried", "never"),
    [
        ("3", "", {"f(0)", "f(-3)"}, {"f('3')", "f(3.5)"}),
        ("3", "float", {"f(0)", "f(3.5)", "f(0.125)"}, {"f('3')"}),
        ("3", "int | str", {"f('3')"}, {"f(3.5)"}),
        ("3", "list[str] | int", {"f(0)"}, {"f('3')"}),
        ("[1, 2]", "", {"f([])", "f([0, 2])", "f([2, 1])"}, {"f((1, 2))", "f(iter([1, 2]))"}),
        ("[1, 2]", "Sequence[int]", {"f((1, 2))"}, {"f(iter([1, 2]))"}),
        ("[1, 2]", "Iterable[int]", {"f((1, 2))", "f(iter([1, 2]))"}, set()),
        ("'a'", "", {"f('')", "f('ß漢字')"}, {"f(b'a')", "f(None)"}),
        ("'a'", "str | bytes", {"f(b'a')"}, {"f(None)"}),
        ("{1}", "", {"f(set())"}, {"f([1])"}),
        ("None", "str | None", {"f('a')"}, {"f(1)"}),
    ],
)
def test_other_values_are_of_the_literals_kind_or_of_one_that_the_annotation_takes(literal, annotation, tried, never):
    subject = function(f"def f(x{annotation and ': '}{annotation}):\n    pass\n")
    made = texts(mutated([case(f"f({literal})")], subject))
    assert tried <= set(made)
    assert not never & set(made)


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("f([2, 1])", [(("given = [2, 1]", "f(given)"), "given")]),
        (
            "f({'a': 1}, {'b': 2})",
            [
                (("given1 = {'a': 1}", "given2 = {'b': 2}", "f(given1, given2)"), "(given1, given2)"),
                (("given = {'a': 1}",), "f(given, given)"),
            ],
        ),
        ("print(f(x=[1]))", [(("given = [1]", "print(f(x=given))"), "given")]),
        ("f(3)", []),
    ],
)
def test_lists_and_dictionaries_are_held_to_see_what_becomes_of_them(call, expected):
    assert [(one.setup, one.call) for one in held([case(call)], F)] == expected


def test_none_is_plausible_where_the_annotation_allows_it():
    made = mutated([case("f(5)")], function("def f(x: int | None):\n    pass\n"))
    assert next(call for call in made if call.call == "f(None)").plausible


def test_the_example_of_another_function_is_changed_too():
    assert "g(0)" in texts(mutated([case("g(3)", through="m.py::g")], F))


@pytest.mark.parametrize("call", ["f()", "f(x)", "f(", "for i in f(1): print(i)", "f(*xs)"])
def test_a_case_without_literals_has_nothing_to_change(call):
    assert mutated([case(call)], F) == ()


def test_cases_and_repeats_are_left_out():
    made = mutated([case("f(1)"), case("f(0)"), case("f( 0 )")], F)
    assert not {"f(0)", "f(1)"} & set(texts(made))
    assert len(set(texts(made))) == len(made)


@given(st.integers(0, 60))
def test_never_more_than_the_cap_and_a_smaller_one_is_a_part(cap):
    made = mutated([case("f(1, 'a', [2])")], F, cap=cap)
    assert len(made) == min(cap, len(made))


literals = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.binary(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.tuples(inner, inner) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=6,
)


@given(literals)
def test_the_text_of_a_value_is_the_value(value):
    assert repr(eval(text_of(value))) == repr(value)


@given(literals)
def test_every_variant_is_python_that_evaluates(value):
    found = variants(value, constants(["def f(x):\n    return x > 3 or x == 'a' or x == 2.5\n"]))
    assert len(set(found)) == len(found)
    for text in found:
        eval(text)


# ---------------------------------------------------------------- annotations


@pytest.mark.parametrize(
    ("signature", "expected"),
    [
        ("x: int", {"f(0)", "f(-1)", "f(3)"}),
        ("x: 'int'", {"f(0)"}),
        ("x: str | None", {"f('')", "f(None)"}),
        ("x: typing.Optional[bool]", {"f(True)", "f(False)", "f(None)"}),
        ("x: list[str]", {"f([])", "f(['ab'])", "f(['ab', ''])"}),
        ("x: list", {"f([])", "f([3])"}),
        ("x: Sequence[tuple[int, str]]", {"f([(3, 'ab')])"}),
        ("x: dict[str, int]", {"f({})", "f({'ab': 3})"}),
        ("x: set[int]", {"f(set())", "f({3})"}),
        ("x: tuple[int, ...]", {"f(())", "f((3,))"}),
        ("x: Iterator[int]", {"f(iter([3]))"}),
        ("x: Iterable[int]", {"f([3, 0])", "f(iter([3, 0]))"}),
        ("x: dict[str, int]", {"f({'ab': 3, 'a\\nb': 3})"}),
        ("x: Literal['a', 'b']", {"f('a')", "f('b')"}),
        ("x: Annotated[int, Gt(0)]", {"f(3)"}),
        ("x: float, *, y: int = 2", {"f(1.5)", "f(0.0)", "f(1.5, y=0)"}),
        ("x=3", {"f()", "f(x=0)"}),
        ("x, /, y: int = 1", set()),
        ("x: Callable[[int], int]", set()),
        ("x: int, key: Callable[[int], int] | None = None", {"f(3)", "f(3, key=None)"}),
        ("x", set()),
        ("", {"f()"}),
    ],
)
def test_values_come_from_annotations(signature, expected):
    made = set(texts(from_annotations(*version(f"def f({signature}):\n    pass\n", "f"))))
    assert made >= expected
    assert bool(made) == bool(expected)


@pytest.mark.parametrize(
    "docstring",
    [
        "Do.\n\nArgs:\n    x (int): A number.\n    y (list of str, optional): Names.",
        "Do.\n\nParameters\n----------\nx : int\n    A number.\ny : list of str, optional\n    Names.",
        "Do.\n\n:param int x: A number.\n:param y: Names.\n:type y: list[str]",
        "Do.\n\n:param x: A number.\n:type x: int\n:type y: list[str] or None",
    ],
    ids=["google", "numpy", "rest", "rest-type"],
)
def test_values_come_from_documented_types(docstring):
    subject, module = version("def f(x, y=None):\n    pass\n", "f")
    made = texts(from_annotations(replace(subject, docstring=docstring), module))
    assert {"f(0)", "f(3, y=[])", "f(3, y=['ab', ''])"} <= set(made)


CLASSES = """
class Stack:
    def __init__(self, items: list[int], limit: int = 3):
        self.items = items

    def push(self, item: int):
        pass

    @classmethod
    def of(cls, item: int):
        pass

    @property
    def size(self):
        pass


def paint(color: Color, at: Point):
    pass


def when(day: date):
    pass
"""


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Stack.push", "Stack([3, 0]).push(3)"),
        ("Stack.of", "Stack.of(3)"),
        ("Stack.size", "Stack([3, 0]).size"),
        ("Stack.__init__", "Stack([], limit=0)"),
        ("paint", "paint(Color.RED, Point(x=3, y=3))"),
        ("when", "when(date(2024, 2, 29))"),
    ],
)
def test_instances_are_built_the_same_way(name, expected):
    subject, module = version(CLASSES, name)
    module = replace(
        module,
        classes=(
            ClassHeader("Stack", 2, 5, "class Stack:", None, ()),
            ClassHeader("Color", 1, 1, "class Color(enum.Enum):", None, ("RED = 1", "BLUE = 2")),
            ClassHeader("Point", 1, 1, "@dataclass\nclass Point:", None, ("x: int", "y: int", "tag: str = ''")),
        ),
    )
    made = from_annotations(subject, module)
    assert expected in texts(made)
    if name == "when":
        assert made[0].names == {"date": "from datetime import date"}
        bound = replace(module, imports=(ImportLine(1, "from datetime import date", ("date",)),))
        assert from_annotations(subject, bound)[0].names == {}


ABSTRACT = """
class Store:
    {mark}
    def read(self):
        pass

    def whole(self):
        return self.read()

    @staticmethod
    def name():
        return "store"
"""


@pytest.mark.parametrize(
    ("header", "mark", "expected"),
    [
        ("class Store:", "@nothing", ["Store().whole()"]),
        ("class Store:", "@abstractmethod", []),
        ("class Store(object):", "@abc.abstractproperty", []),
        ("class Store(ABC):", "@nothing", []),
        ("class Store(metaclass=abc.ABCMeta):", "@nothing", []),
        ("class Store(typing.Protocol):", "@nothing", []),
    ],
)
def test_no_instance_of_an_abstract_class_is_built(header, mark, expected):
    subject, module = version(ABSTRACT.format(mark=mark), "Store.whole")
    module = replace(module, classes=(ClassHeader("Store", 2, 11, header, None, ()),))
    assert texts(from_annotations(subject, module)) == expected

    static = next(function for function in module.functions if function.name == "Store.name")
    assert texts(from_annotations(static, module)) == ["Store.name()"]


def test_drawn_values_are_more_and_the_same_every_time():
    subject, module = version("def f(x: int, y: list[str] | None = None):\n    pass\n", "f")
    plain, drawn = from_annotations(subject, module), from_annotations(subject, module, draw=True)
    assert len(drawn) == 40
    assert set(texts(drawn)) - set(texts(plain))
    assert drawn == from_annotations(subject, module, draw=True)
    for call in drawn:
        ast.parse(call.call)


def test_without_hypothesis_nothing_is_drawn(monkeypatch):
    real = builtins.__import__

    def missing(name, *rest):
        if name.startswith("hypothesis"):
            raise ImportError(name)
        return real(name, *rest)

    subject, module = version("def f(x: int):\n    pass\n", "f")
    plain = from_annotations(subject, module)
    monkeypatch.setattr(builtins, "__import__", missing)
    assert from_annotations(subject, module, draw=True) == plain


# ---------------------------------------------------------------- the repository's own calls


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("tests/t.py", "def test():\n    assert f(1, x=[2]) == 3\n", ["f(1, x=[2])"]),
        ("tests/t.py", "import m\n\ndef test():\n    assert m.f(-1) == 3\n", ["f(-1)"]),
        ("tests/t.py", "def test():\n    xs = [1, 2]\n    if True:\n        f(xs)\n", ["f([1, 2])"]),
        ("tests/t.py", "def test():\n    xs = [1]\n    xs = g()\n    f(xs)\n", []),
        ("tests/t.py", "xs = 1\ndef test(xs):\n    f(xs)\n", []),
        ("tests/t.py", "@pytest.mark.parametrize('x', [1, 2])\ndef test(x):\n    f(x)\n", ["f(1)", "f(2)"]),
        (
            "tests/t.py",
            "@mark.parametrize(('x', 'y'), [(1, 'a'), pytest.param(2, 'b', id='c')])\ndef t(x, y):\n    f(x, y)\n",
            ["f(1, 'a')", "f(2, 'b')"],
        ),
        ("tests/t.py", "ROWS = [1, 2]\n@mark.parametrize('x', ROWS)\ndef test(x):\n    f(x)\n", ["f(1)", "f(2)"]),
        ("tests/t.py", "class T:\n    def test(self):\n        with raises(E):\n            f('a')\n", ["f('a')"]),
        ("tests/t.py", "def f(x):\n    pass\n\ndef test():\n    f(1)\n", []),
        ("tests/t.py", "f(*xs)\nf(**ys)\nf(g())\ng(f)\n", []),
        ("other.py", 'def g():\n    """\n    >>> x = 4\n    >>> f(x)\n    """\n', ["f(4)"]),
        ("README.md", "# Use\n\n```\n>>> f(5)\n6\n```\n", ["f(5)"]),
        ("tests/broken.py", "def test(:\n    f(1)\n", []),
    ],
)
def test_literal_calls_are_found(path, text, expected):
    assert texts(from_repository(F, {path: text})) == expected


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("Stack.push", "s = Stack([1])\ns.push(2)\n", ["Stack([1]).push(2)"]),
        ("Stack.push", "m.Stack([1]).push(2)\n", ["Stack([1]).push(2)"]),
        ("Stack.push", "other.push(2)\nStack.push(s, 2)\n", []),
        ("Stack.of", "m.Stack.of(2)\n", ["Stack.of(2)"]),
        ("Stack.__init__", "Stack([1], limit=2)\n", ["Stack([1], limit=2)"]),
    ],
)
def test_methods_are_found_where_the_instance_is_literal_too(name, text, expected):
    assert texts(from_repository(version(CLASSES, name)[0], {"t.py": text})) == expected


def test_what_is_found_says_where_it_comes_from_and_comes_once():
    found = from_repository(F, {"b.py": "f(1)\nf(2)\n", "a.py": "f(2)\n"}, cap=5)
    assert found == (Call((), "f(2)", "repository", plausible=True), Call((), "f(1)", "repository", plausible=True))


@pytest.mark.parametrize("context", ["pytest.raises(ValueError)", "self.assertRaises(ValueError)"])
def test_a_call_that_is_expected_to_raise_is_not_plausible(context):
    text = f"def test(self):\n    f(0)\n    with {context}:\n        f(-1)\n"
    assert {call.call: call.plausible for call in from_repository(F, {"t.py": text})} == {"f(0)": True, "f(-1)": False}
