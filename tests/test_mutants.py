import ast
import textwrap
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.data import FunctionVersion, Module, Mutant
from reviewer.evidence.mutants import OPERATORS, mutants
from reviewer.evidence.operator_base import Operator, Site
from tests.versions import version


def in_function(body: str) -> ast.FunctionDef:
    return ast.parse("def f(a, b, c, self):\n" + textwrap.indent(body, "    ")).body[0]


def rewritten(operator: Operator, body: str) -> list[str]:
    function = in_function(body)
    results = []

    def visit(node, parents):
        for field, value in ast.iter_fields(node):
            for index, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
                if not isinstance(child, ast.AST):
                    continue

                def put(new, node=node, field=field, index=index):
                    if index is None:
                        setattr(node, field, new)
                    else:
                        getattr(node, field)[index] = new

                for edit in operator.rewrite(Site(child, (node, *parents))):
                    put(edit.node)
                    results.append("\n".join(ast.unparse(statement) for statement in function.body))
                    put(child)
                visit(child, (node, *parents))

    visit(function, ())
    return results


@pytest.mark.parametrize(
    ("operator", "before", "afters"),
    [
        pytest.param(operator, before, afters, id=f"{operator.name}: {before!r}")
        for operator in OPERATORS
        for before, afters in operator.examples.items()
    ],
)
def test_an_operators_examples_hold(operator, before, afters):
    assert sorted(rewritten(operator, before)) == sorted(afters)


def test_every_kind_of_change_that_tests_should_notice_has_an_operator():
    assert [operator.name for operator in OPERATORS] == [
        *("comparison", "boundary", "arithmetic", "constant"),
        *("boolean", "return", "exception", "arguments", "statement"),
    ]
    assert all(operator.examples for operator in OPERATORS)


def parsed(text: str, name: str) -> tuple[FunctionVersion, Module]:
    return version(textwrap.dedent(text), name)


def made(text: str, name: str, **options) -> tuple[Mutant, ...]:
    return mutants(*parsed(text, name), **options)


CLAMP = '''
import logging

log = logging.getLogger(__name__)


def clamp(value: "Unknown", low=0, high=10) -> "Missing":
    """Keep value between low and high."""
    if value < low:
        return low
    if value > high:
        log.warning("too high: %s", value)
        return high
    return value
'''


def test_a_mutant_says_what_it_changed_and_where():
    found = {(mutant.line, mutant.operator, mutant.description) for mutant in made(CLAMP, "clamp")}
    assert {
        (9, "comparison", "`value < low` -> `value >= low`"),
        (9, "boundary", "`value < low` -> `value <= low`"),
        (7, "constant", "`10` -> `11`"),
        (10, "return", "`return low` -> `return None`"),
        (10, "return", "remove `return low`"),
    } <= found


def test_docstrings_annotations_and_logging_stay_as_they_are():
    for mutant in made(CLAMP, "clamp"):
        assert '"""Keep value between low and high."""' in mutant.source
        assert "log.warning('too high: %s', value)" in mutant.source
        assert "Unknown" not in mutant.source
        assert "Missing" not in mutant.source


def test_changed_lines_come_first():
    lines = [mutant.line for mutant in made(CLAMP, "clamp", lines=[11, 13])]
    first_other = next(index for index, line in enumerate(lines) if line not in {11, 13})
    assert set(lines[:first_other]) == {11, 13}
    assert not {11, 13} & set(lines[first_other:])


def test_the_cap_leaves_every_line_its_turn():
    text = "def f(a, b):\n" + "".join(f"    a = g(a + {n}, b * {n}, a < b)\n" for n in range(20)) + "    return a\n"
    found = made(text, "f", cap=21)
    assert len({mutant.line for mutant in found}) == 21
    assert len({mutant.operator for mutant in found}) >= 5


def test_messages_come_last():
    text = "def f(a):\n    if a < 0:\n        raise ValueError('negative')\n    return a\n"
    assert made(text, "f")[-1].description == "`'negative'` -> `'XXnegativeXX'`"


def test_ids_are_stable_when_lines_move_and_distinct():
    here, below = made(CLAMP, "clamp"), made("\n\n\n" + CLAMP, "clamp")
    assert [mutant.id for mutant in here] == [mutant.id for mutant in below]
    assert len({mutant.id for mutant in here}) == len(here)


METHOD = '''
class Outer:
    class __Inner(Base, metaclass=Meta):
        __secret = 1

        @decorate
        def total(self, n):
            """Sum."""
            super().total(n)
            return self.__secret + n
'''


def test_a_method_keeps_its_class_headers_without_bases_and_decorators():
    found = made(METHOD, "Outer.__Inner.total")
    assert found
    for mutant in found:
        assert mutant.source.startswith("class Outer:\n\n    class __Inner:\n\n        def total(self, n):")


def code_of(source: str, name: str):
    def search(code):
        for constant in code.co_consts:
            if hasattr(constant, "co_name"):
                if constant.co_name == name and constant.co_flags & 1:
                    return constant
                if found := search(constant):
                    return found
        return None

    return search(compile(source, "m.py", "exec"))


def test_private_names_and_cells_survive_every_change():
    original = code_of(METHOD, "total")
    removed = False
    for mutant in made(METHOD, "Outer.__Inner.total"):
        code = code_of(mutant.source, "total")
        assert code.co_freevars == original.co_freevars == ("__class__",)
        assert "_Inner__secret" in code.co_names or "__secret" not in mutant.source
        removed |= "super()" not in mutant.source
    assert removed


def test_a_mutants_code_can_take_the_functions_place():
    namespace: dict = {"decorate": lambda f: f, "Meta": type}
    exec("class Base:\n    def total(self, n): self.seen = n\n" + METHOD, namespace)
    inner = namespace["Outer"]._Outer__Inner
    outcomes = set()
    for mutant in made(METHOD, "Outer.__Inner.total"):
        inner.total.__code__ = code_of(mutant.source, "total")
        instance = inner()
        outcomes.add((instance.total(2), getattr(instance, "seen", None)))
    assert (3, None) in outcomes  # super() no longer called
    assert (-1, 2) in outcomes


NESTED = """
def outer(n):
    limit = n + 1

    def inner(x):
        return x < limit

    return inner
"""


def test_a_nested_function_is_mutated_inside_its_outermost_one():
    found = made(NESTED, "outer.<locals>.inner")
    assert {mutant.line for mutant in found} == {6}
    for mutant in found:
        assert mutant.source.startswith("def outer(n):\n    limit = n + 1\n")
        assert mutant.source.endswith("return inner")


def test_the_outer_function_includes_its_nested_ones():
    assert {mutant.line for mutant in made(NESTED, "outer")} >= {3, 6, 8}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        pytest.param("def f(a):\n    return a <\n\ndef g(a):\n    return a < 1\n", "g", id="syntax error elsewhere"),
        pytest.param('def g(a):\n    """Nothing here."""\n', "g", id="nothing to change"),
        pytest.param("def g(a):\n    return a" + " + (a" * 2000 + ")" * 2000 + "\n", "g", id="too deep"),
    ],
)
def test_no_mutants_where_there_is_nothing_to_mutate(text, name):
    function, module = parsed("def g(a):\n    return a\n", name)
    line = text.splitlines().index("def g(a):") + 1
    assert mutants(replace(function, def_line=line), replace(module, text=text)) == ()


@pytest.mark.parametrize(
    "body",
    [
        "x = -1 ** a",
        "x = f'{a!r:>{b}} {{}} {c[\"k\"]}'",
        "match a:\n    case -1 | 'x':\n        return b\n    case {'k': 1, **d} if d:\n        return c",
        "async def g():\n    async with a as b:\n        return [x async for x in b if x]\nreturn g",
        "nonlocal_ = 1\ndef g():\n    nonlocal nonlocal_\n    nonlocal_ += 1\n    return nonlocal_\nreturn g()",
        "try:\n    f()\nexcept* ValueError as e:\n    raise KeyError from e\nfinally:\n    del self.x",
        "while (n := a - 1) > 0:\n    a -= 1\n    if n == 3: break\n    else: continue\nelse:\n    yield n",
        "x = lambda y, *z, k=1: y if z else k\nreturn x(a, b)(1, 2)",
        "global g\ng = 10 ** 9\nreturn not a or b and c",
        "x = 1e400 - 1j\nx.real += 1\nreturn (yield)",
        "class C:\n    y: int = 1\n    def g(self, z: int = 2) -> int:\n        return __class__\nreturn C",
    ],
)
def test_every_mutant_compiles_and_differs(body):
    text = "def f(a, b, c, self):\n" + textwrap.indent(body, "    ") + "\n"
    found = made(text, "f", cap=500)
    assert found
    sources = [mutant.source for mutant in found]
    for source in sources:
        compile(source, "m", "exec")
    assert len(set(sources)) == len(sources)
    assert ast.unparse(ast.parse(text)) not in sources


@given(st.integers(0, 40), st.sets(st.integers(1, 15)))
def test_a_smaller_cap_is_the_beginning_of_a_larger_one(cap, lines):
    function, module = parsed(CLAMP, "clamp")
    assert mutants(function, module, cap, lines) == mutants(function, module, 60, lines)[:cap]
