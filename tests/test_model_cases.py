import ast
import json
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewer.data import Call, Case, Expected, ExpectedKind, Origin
from reviewer.evidence.model_cases import elected, heard, runnable, settled, sifted, verbatim, vote
from reviewer.questions import answers
from reviewer.questions.answers import InvalidReply, RawCall, RawCase, RawExpectation, Then
from tests.changed import parsed

MODULE = parsed('''\
import math
import subprocess
import yaml
from collections import deque

RATE = 3


class RateError(ValueError):
    pass


class Basket:
    """What a customer wants to buy."""

    def __init__(self, rate=0):
        """Make an empty basket with that rate."""

    def add(self, price):
        """Put something in."""

    def total(self):
        """An empty basket costs 0."""

    @property
    def size(self):
        """How many things there are."""

    @staticmethod
    def parse(text):
        """A text like '2 pens' becomes a basket."""

    def __len__(self):
        """How many things there are."""


def scale(n, by=2, *, path=None):
    """Multiply n by a number, 2 if none is given.

    Text is repeated. Raises ValueError for a negative
    number, RateError for a rate, and prints nothing.
    >>> scale(2)
    4
    """
    def inner(x):
        """Something nobody can reach."""
        return x
    return n * by


def helper(n):
    return n


async def fetch(n):
    """Fetch number n and return it doubled."""
''')
QUOTE = "Multiply n by a number"


def version(name):
    return next(one for one in MODULE.functions if one.name == name)


def raw(call, then=Then.RETURNS, value="4", setup=(), quote=QUOTE):
    return RawCase(RawCall(tuple(setup), call, quote), RawExpectation(then, value, quote))


def sift(*cases, name="scale", **arguments):
    function = version(name)
    return sifted(function, MODULE, function.docstring or "", cases, **arguments)


def taken(name="scale", quote=QUOTE, **arguments):
    found = sift(raw(quote=quote, **arguments), name=name)
    assert found.dropped == (), found.dropped
    return found.cases[0]


def refused(name="scale", quote=QUOTE, **arguments):
    found = sift(raw(quote=quote, **arguments), name=name)
    assert found.cases == ()
    ((call, reason),) = found.dropped
    assert call == arguments["call"]
    return reason


def test_a_case_as_it_should_be():
    assert taken(call="scale(2)") == Case(
        (), "scale(2)", Expected(ExpectedKind.VALUE, "4"), Origin.MODEL, "Multiply n by a number"
    )


# ---------------------------------------------------------------- quotes


@pytest.mark.parametrize(
    ("quote", "wanted"),
    [
        (QUOTE, QUOTE),
        ("Raises ValueError for a negative number", "Raises ValueError for a negative\nnumber"),
        ("  Text   is\trepeated. ", "Text is repeated."),
        ('"Text is repeated."', "Text is repeated."),
        ("`scale(2)`", "scale(2)"),
        (">>> scale(2)\n4", ">>> scale(2)\n4"),
        ("Raises ValueError for a negative...", "Raises ValueError for a negative"),
        ("Text is doubled.", None),
        ("", None),
        ("Text", None),
        ("ultiply n by", None),
        ("a", None),
        ("...", None),
        ("text is repeated", None),
    ],
)
def test_quotes_are_taken_as_the_docstring_has_them(quote, wanted):
    assert verbatim(quote, version("scale").docstring) == wanted


def test_a_docstring_of_one_word_can_be_quoted():
    assert verbatim("Negate.", "Negate.") == "Negate."


def test_a_case_that_quotes_something_else_is_dropped():
    assert refused(call="scale(2)", quote="The result is 4.") == "its quote is not in the docstring"


# ---------------------------------------------------------------- setup and call


@pytest.mark.parametrize(
    ("setup", "call", "wanted"),
    [
        ([], "scale(2)", ((), "scale(2)")),
        ([], ">>> scale(2)", ((), "scale(2)")),
        ([], "`scale(2)`", ((), "scale(2)")),
        ([], "result = scale(2);", ((), "scale(2)")),
        ([], "print(scale(2))", ((), "scale(2)")),
        ([], "await fetch(2)  # it is async", None),
        ([], "scale(\n    2,\n)", ((), "scale(2)")),
        ([], "scale(2) == 4", ((), "(scale(2) == 4)")),
        ([], "list(map(scale, [1]))", ((), "list(map(scale, [1]))")),
        ([], "sorted([1], key=scale)", ((), "sorted([1], key=scale)")),
        ([], "scale(scale(RATE))", ((), "scale(scale(RATE))")),
        (["x = 1; y = 2"], "scale(x, y)", (("x = 1", "y = 2"), "scale(x, y)")),
        (["x: int = 1", "x += 1"], "scale(x)", (("x: int = 1", "x += 1"), "scale(x)")),
        (["from pkg.mod import scale"], "scale(2)", ((), "scale(2)")),
        (["from mod import scale, Basket"], "scale(2)", ((), "scale(2)")),
        (["import math"], "scale(math.pi)", ((), "scale(math.pi)")),
        (["'nothing'", "pass"], "scale(2)", ((), "scale(2)")),
        (["q = deque([1])", "q.append(2)"], "scale(q)", (("q = deque([1])", "q.append(2)"), "scale(q)")),
        (
            ["p = tmp_path / 'a'", "with open(p, 'w') as f:\n    f.write('x')"],
            "scale(2, path=p)",
            (("p = tmp_path / 'a'", "with open(p, 'w') as f:\n    f.write('x')"), "scale(2, path=p)"),
        ),
        (["b = []", "for i in range(3): b.append(i)"], "scale(b)", None),
        (["f = lambda x: x + 1"], "scale(f(1))", (("f = lambda x: x + 1",), "scale(f(1))")),
        (["xs = [i for i in range(3)]"], "scale(xs)", (("xs = [i for i in range(3)]",), "scale(xs)")),
    ],
)
def test_what_is_taken(setup, call, wanted):
    case = taken("fetch" if "fetch" in call else "scale", "Fetch number n" if "fetch" in call else QUOTE, setup=setup,
                 call=call)  # fmt: skip
    assert wanted is None or (case.setup, case.call) == wanted


@pytest.mark.parametrize(
    ("setup", "call", "reason"),
    [
        ([], "assert scale(2) == 4", "the call is not one expression"),
        ([], "scale(2", "it is not Python"),
        ([], "Call scale with two.", "it is not Python"),
        ([], "...", "it is not Python"),
        ([], "helper(2)", "it does not call scale"),
        ([], "scale", "it does not call scale"),
        ([], "2 + 2", "it does not call scale"),
        ([], "scale.__name__.upper()", "it does not call scale"),
        ([], "scale(unknown)", "unknown is nowhere defined"),
        ([], "scale(pytest.raises(ValueError))", "pytest is nowhere defined"),
        ([], "scale(x := 2)", "it may not hold NamedExpr"),
        ([], "scale('\u202e')", "it holds characters that do not show"),
        ([], "scale(" + "-" * 60 + "1)", "it is nested too deeply"),
        (["x = y"], "scale(x)", "y is nowhere defined"),
        (["scale = lambda n: 4"], "scale(2)", "it replaces scale"),
        (["Basket = dict"], "scale(2)", "it replaces Basket"),
        (["for helper in [1]: pass"], "scale(2)", "it replaces helper"),
        (["Basket.total = lambda self: 0"], "scale(2)", "it replaces Basket.total"),
        (["math.pi = 3"], "scale(2)", "it replaces math.pi"),
        (["def f(): pass"], "scale(f)", "a setup may not hold FunctionDef"),
        (["class A: pass"], "scale(A)", "a setup may not hold ClassDef"),
        (["if RATE: x = 1"], "scale(x)", "a setup may not hold If"),
        (["while True: pass"], "scale(1)", "a setup may not hold While"),
        (["for i in [1]:\n    while True: pass"], "scale(1)", "a setup may not hold While"),
        (["assert RATE"], "scale(1)", "a setup may not hold Assert"),
        (["del RATE"], "scale(1)", "a setup may not hold Delete"),
        (["try:\n    x = 1\nfinally:\n    pass"], "scale(1)", "a setup may not hold Try"),
        (["with tmp_path:\n    import os"], "scale(1)", "a setup may not hold Import"),
        (["global RATE"], "scale(1)", "a setup may not hold Global"),
        (["import requests"], "scale(2)", "it imports requests, which the module does not"),
        (["from . import other"], "scale(2)", "it imports from inside the package, or everything"),
        (["from os import *"], "scale(2)", "it imports from inside the package, or everything"),
        (["import subprocess"], "scale(2)", "it imports subprocess"),
        (["import importlib.util"], "scale(2)", "it imports importlib.util"),
        (["import urllib.request"], "scale(2)", "it imports urllib.request"),
        (["from os import system"], "scale(2)", "it imports os.system"),
        (["from unittest.mock import patch"], "scale(2)", "it imports unittest.mock.patch"),
        (["import os as math"], "scale(2)", "its import of math hides the module's own math"),
        (["from statistics import mean as scale"], "scale(2)", "its import of scale hides the module's own scale"),
    ],
)
def test_what_is_refused(setup, call, reason):
    assert refused(setup=setup, call=call) == reason


@pytest.mark.parametrize(
    ("setup", "call", "reason"),
    [
        ([], "scale(eval('2'))", "it uses eval"),
        (["f = (lambda eval: 1, eval('2'))"], "scale(f)", "it uses eval"),
        ([], "scale(__import__('os').getcwd())", "it uses __import__"),
        (["input()"], "scale(2)", "it uses input"),
        (["breakpoint()"], "scale(2)", "it uses breakpoint"),
        ([], "scale(exit())", "it uses exit"),
        ([], "scale(globals())", "it uses globals"),
        (["setattr(Basket, 'total', 1)"], "scale(2)", "it uses setattr"),
        ([], "scale(open('/etc/passwd').read())", "it opens a file outside tmp_path"),
        ([], "scale(open('tmp_path'))", "it opens a file outside tmp_path"),
        ([], "scale(list(map(open, ['a'])))", "it opens a file outside tmp_path"),
        (["import os"], "scale(os.system('true'))", "it uses os.system"),
        (["import os as o"], "scale(o.path.join(o._exit(0)))", "it uses os._exit"),
        (["import sys"], "scale(sys.exit())", "it uses sys.exit"),
        (["import sys", "sys.modules['math'] = 1"], "scale(2)", "it uses sys.modules"),
        ([], "scale(subprocess.run(['ls']))", "it uses subprocess.run"),
        (["run = subprocess.run"], "scale(run('ls'))", "it uses subprocess.run"),
        (["p = subprocess"], "scale(p.run('ls'))", "it uses subprocess"),
        ([], "scale(().__class__.__bases__[0].__subclasses__())", "it uses __subclasses__"),
        ([], "scale(scale.__globals__)", "it uses __globals__"),
    ],
)
def test_what_could_do_harm_is_refused(setup, call, reason):
    assert refused(setup=setup, call=call) == reason


def test_names_like_dangerous_modules_may_be_ones_own():
    case = taken(
        setup=["code = 'a'", "site = [1]", "site.append(2)", "input = 'x'"], call="scale(code.upper() + input)"
    )
    assert len(case.setup) == 4


def test_imports_of_the_standard_library_and_of_what_the_module_imports_stand_apart():
    setup = ["import os.path, json as j", "from decimal import Decimal", "import yaml.nodes", "import collections"]
    case = taken(setup=setup, call="scale(Decimal(1), by=j.loads('2'))", value="Decimal('2')")
    assert case.setup == ()
    assert case.names == {
        "os": "import os.path",
        "j": "import json as j",
        "Decimal": "from decimal import Decimal",
        "yaml": "import yaml.nodes",
        "collections": "import collections",
    }


def test_two_modules_of_one_package_are_both_imported():
    case = taken(setup=["import xml.dom", "import xml.sax"], call="scale(xml)")
    assert (case.names, case.setup) == ({"xml": "import xml.dom"}, ("import xml.sax",))


# ---------------------------------------------------------------- which function is called


@pytest.mark.parametrize(
    ("name", "setup", "call"),
    [
        ("Basket.total", ["b = Basket()", "b.add(2)"], "b.total()"),
        ("Basket.total", [], "Basket().total()"),
        ("Basket.total", ["b = Basket()"], "Basket.total(b)"),
        ("Basket.size", ["b = Basket()"], "b.size"),
        ("Basket.parse", [], "Basket.parse('2 pens')"),
        ("Basket.__init__", [], "Basket(rate=1)"),
        ("Basket.__len__", ["b = Basket()"], "len(b)"),
        ("fetch", [], "fetch(2)"),
        ("fetch", [], "await fetch(2)"),
    ],
)
def test_ways_to_call(name, setup, call):
    assert taken(name, version(name).docstring, setup=setup, call=call).call == call


@pytest.mark.parametrize(
    ("name", "setup", "call", "reason"),
    [
        ("Basket.total", [], "total()", "total is nowhere defined"),
        ("Basket.total", ["b = Basket()"], "b.total", "it does not call total"),
        ("Basket.total", ["b = Basket()"], "b.size", "it does not call total"),
        ("Basket.total", ["b = deque()"], "b.total()", "it does not call total"),
        ("Basket.total", [], "self.total()", "self is nowhere defined"),
        ("Basket.__len__", [], "len([])", "it does not call __len__"),
        ("scale.<locals>.inner", [], "inner(1)", "the function is inside another one, out of reach"),
    ],
)
def test_ways_not_to_call(name, setup, call, reason):
    assert refused(name, version(name).docstring, setup=setup, call=call) == reason


# ---------------------------------------------------------------- what is expected


@pytest.mark.parametrize(
    ("then", "value", "expected"),
    [
        (Then.RETURNS, "[1, {'a': (2.50, None)}]", Expected(ExpectedKind.VALUE, "[1, {'a': (2.50, None)}]")),
        (Then.RETURNS, "-4", Expected(ExpectedKind.VALUE, "-4")),
        (Then.RETURNS, "'ab' * 3", Expected(ExpectedKind.VALUE, "'ab' * 3")),
        (Then.RETURNS, "math.pi", Expected(ExpectedKind.VALUE, "math.pi")),
        (Then.RETURNS, "float('nan')", Expected(ExpectedKind.VALUE, "float('nan')")),
        (Then.RETURNS, "Basket(rate=1)", Expected(ExpectedKind.VALUE, "Basket(rate=1)")),
        (Then.RETURNS, "deque([1])", Expected(ExpectedKind.VALUE, "deque([1])")),
        (Then.RETURNS, "x", Expected(ExpectedKind.VALUE, "x")),
        (Then.RETURNS, "4  # twice two", Expected(ExpectedKind.VALUE, "4")),
        (Then.RAISES, "ValueError", Expected(ExpectedKind.EXCEPTION, type="ValueError")),
        (Then.RAISES, "ValueError('negative')", Expected(ExpectedKind.EXCEPTION, type="ValueError")),
        (Then.RAISES, "ValueError: negative", Expected(ExpectedKind.EXCEPTION, type="ValueError")),
        (Then.RAISES, "builtins.ValueError", Expected(ExpectedKind.EXCEPTION, type="ValueError")),
        (Then.RAISES, "RateError", Expected(ExpectedKind.EXCEPTION, type="RateError")),
        (Then.PRINTS, "4\n", Expected(ExpectedKind.OUTPUT, "4\n")),
        (Then.PRINTS, "", Expected(ExpectedKind.OUTPUT, "")),
    ],
)
def test_what_may_be_expected(then, value, expected):
    assert taken(setup=["x = 2"], call="scale(x)", then=then, value=value).expected == expected


@pytest.mark.parametrize(
    ("then", "value", "reason"),
    [
        (Then.RETURNS, "", "the expected value is not a Python expression"),
        (Then.RETURNS, "four, I think", "the expected value is not a Python expression"),
        (Then.RETURNS, "x = 4", "the expected value is not a Python expression"),
        (Then.RETURNS, "-" * 60 + "4", "the expected value is not a Python expression"),
        (Then.RETURNS, "...", "the expected value is not written out"),
        (Then.RETURNS, "[1, ...]", "the expected value is not written out"),
        (Then.RETURNS, "[i for i in (1, 2)]", "the expected value is not written out"),
        (Then.RETURNS, "lambda: 4", "the expected value is not written out"),
        (Then.RETURNS, "scale(1) + 2", "the expected value comes from the function itself"),
        (Then.RETURNS, "first", "the expected value comes from the function itself"),
        (Then.RETURNS, "second[0]", "the expected value comes from the function itself"),
        (Then.RETURNS, "helper(4)", "the expected value is computed by helper"),
        (Then.RETURNS, "sum([2, 2])", "the expected value is computed by sum"),
        (Then.RETURNS, "unknown", "unknown is nowhere defined"),
        (Then.RETURNS, "eval('4')", "it uses eval"),
        (Then.RAISES, "Exception", "the expected exception is not one class"),
        (Then.RAISES, "", "the expected exception is not one class"),
        (Then.RAISES, "ValueError or TypeError", "the expected exception is not one class"),
        (Then.RAISES, "KeyError", "the docstring does not mention KeyError"),
        (Then.RAISES, "Text", "Text is nowhere defined"),
        (Then.RAISES, "other.RateError", "other is nowhere defined"),
        (Then.NOT_SAID, "", "the docstring leaves open what is right"),
    ],
)
def test_what_may_not_be_expected(then, value, reason):
    setup = ["x = 1", "first = scale(x)", "second = [first]"]
    assert refused(setup=setup, call="scale(x)", then=then, value=value) == reason


def test_what_an_operator_made_is_not_expected_of_the_operator():
    setup = ["b = Basket()", "n = len(b)"]
    reason = refused("Basket.__len__", "How many things there are.", setup=setup, call="len(b)", value="n")
    assert reason == "the expected value comes from the function itself"


def test_a_call_that_prints_its_result_keeps_the_print():
    assert taken(call="print(scale(2))", then=Then.PRINTS, value="4").call == "print(scale(2))"


def test_the_same_case_twice_is_one_and_two_answers_to_one_call_are_none():
    found = sift(raw("scale(1)", value="2"), raw("scale(1)", value="2.0"), raw("scale(2)"), raw("scale(2)", value="5"))
    assert [case.call for case in found.cases] == ["scale(1)"]
    assert found.dropped == (("scale(2)", "its answers contradict each other"),) * 2


def test_calls_are_taken_by_the_same_rules():
    calls = [
        RawCall((), "scale(3)", QUOTE),
        RawCall((), "scale(3)", QUOTE),
        RawCall((), "scale(2)", QUOTE),
        RawCall((), "scale(0)", "Zero stays zero."),
        RawCall((), "helper(0)", QUOTE),
    ]
    found = sift(raw("scale(2)"), calls=calls)
    assert found.calls == (Call((), "scale(3)", "model"),)
    assert found.dropped == (
        ("scale(0)", "its quote is not in the docstring"),
        ("helper(0)", "it does not call scale"),
    )


def test_calls_for_telling_versions_apart_need_no_quote():
    assert [call.call for call in sift(calls=[RawCall((), "scale(3)")], quoted=False).calls] == ["scale(3)"]


def test_calls_with_names_that_another_version_lacks_do_not_run_on_it():
    old = parsed("def scale(n):\n    return n\n")
    calls = (Call((), "scale(RATE)", "model"), Call(("x = 1",), "scale(x)", "model", {"json": "import json"}))
    assert runnable(old.functions[0], old, calls) == calls[1:]


# ---------------------------------------------------------------- votes


def says(value, then=Then.RETURNS, quote=QUOTE):
    return RawExpectation(then, value, quote)


SILENT = says("", Then.NOT_SAID)
FOUR = Expected(ExpectedKind.VALUE, "4")


@pytest.mark.parametrize(
    ("votes", "wanted"),
    [
        ([says("4"), says("4"), says("4")], FOUR),
        ([says("4"), says("5"), says("4")], FOUR),
        ([says("4"), says("4")], FOUR),
        ([says("4"), says("4.0"), says("5")], FOUR),
        ([says("4"), says(" 4 # four"), says("5")], FOUR),
        ([says("4"), says("5"), says("6")], None),
        ([says("4"), says("5")], None),
        ([says("4")], None),
        ([], None),
        ([SILENT, SILENT, says("4")], None),
        ([SILENT, says("4"), says("4")], FOUR),
        ([SILENT, says("4"), says("5")], None),
        ([says("True"), says("1"), says("2")], None),
        ([says("'a'"), says('"a"'), says("b")], Expected(ExpectedKind.VALUE, "'a'")),
        ([says("{2, 1}"), says("{1, 2}"), SILENT], Expected(ExpectedKind.VALUE, "{2, 1}")),
        ([says("{'a': 1, 0: 2}"), says("{0: 2, 'a': 1}"), SILENT], Expected(ExpectedKind.VALUE, "{'a': 1, 0: 2}")),
        ([says("[1, 2]"), says("[2, 1]"), SILENT], None),
        ([says("ValueError", Then.RAISES), says("builtins.ValueError", Then.RAISES), says("4")],
         Expected(ExpectedKind.EXCEPTION, type="ValueError")),
        ([says("ValueError('x')", Then.RAISES), says("ValueError", Then.RAISES), says("4")],
         Expected(ExpectedKind.EXCEPTION, type="ValueError('x')")),
        ([says("4"), says("4", Then.PRINTS), says("5")], None),
        ([says("4\n", Then.PRINTS), says("4", Then.PRINTS), says("5")], Expected(ExpectedKind.OUTPUT, "4\n")),
        ([says("four it is"), says("four it is"), says("4")], None),
    ],
)  # fmt: skip
def test_votes(votes, wanted):
    assert vote(votes) == wanted


@pytest.mark.parametrize(
    ("votes", "wanted"),
    [
        ([], False),
        ([says("4")], False),
        ([SILENT], False),
        ([says("4"), says("4")], True),
        ([says("4"), says("5")], False),
        ([SILENT, says("4")], False),
        ([SILENT, SILENT], True),
        ([says("4"), says("5"), says("6")], True),
    ],
)
def test_when_no_further_vote_counts(votes, wanted):
    assert settled(votes, 3) is wanted


@given(st.lists(st.sampled_from([says("4"), says("5"), SILENT]), min_size=2, max_size=5))
def test_votes_that_are_not_asked_for_would_change_nothing(votes):
    needed = next((n for n in range(len(votes)) if settled(votes[:n], len(votes))), len(votes))
    if needed >= 2:
        assert vote(votes[:needed]) == vote(votes)


def test_a_vote_without_its_quote_is_no_vote():
    docstring = version("scale").docstring
    assert heard(says("4", quote="It is four."), docstring).then is Then.NOT_SAID
    assert heard(says("4"), docstring) == says("4")


@pytest.mark.parametrize(
    ("votes", "wanted"),
    [
        ([says("4"), says("4")], "4"),
        ([says("4"), says("5"), says("6")], "the votes on what it must do do not agree"),
        ([says("4")], "there were not enough votes"),
        ([says("scale(2)"), says("scale(2)")], "the expected value comes from the function itself"),
    ],
)
def test_an_elected_case(votes, wanted):
    function = version("scale")
    call = Call(("x = json.loads('2')",), "scale(x)", "model", {"json": "import json"})
    case = elected(function, MODULE, function.docstring, call, votes)
    assert (case if isinstance(case, str) else case.expected.text) == wanted
    if isinstance(case, Case):
        assert (case.setup, case.names, case.quote) == (call.setup, call.names, QUOTE)


# ---------------------------------------------------------------- anything

WORDS = ["scale", *"()2'[],=x.:#*-; \\\"", "lambda", "await ", "**", "yield ", "f'{x}'"]
LINES = ["\n", "    ", " ", "\0", "\u202e", "import os", "from a import b", "for i in x", "with x as y"]
PIECES = st.lists(st.sampled_from([*WORDS, *LINES]), max_size=12).map("".join)
CODE = PIECES | st.text(max_size=30) | st.sampled_from(["scale(2)", "x = 1", "4", "ValueError", QUOTE])
RAW = st.builds(
    RawCase,
    st.builds(RawCall, st.lists(CODE, max_size=3).map(tuple), CODE | CODE.map("scale({})".format), st.just(QUOTE)),
    st.builds(RawExpectation, st.sampled_from(Then), CODE, st.sampled_from([QUOTE, "no"])),
)


@given(st.lists(RAW, max_size=3))
@settings(max_examples=300, deadline=None)
def test_every_case_and_call_is_python(cases):
    found = sift(*cases, calls=[case.call for case in cases])
    for one in (*found.cases, *found.calls):
        texts = [*one.setup, *one.names.values()]
        if isinstance(one, Case) and one.expected.kind is ExpectedKind.VALUE:
            texts.append(one.expected.text)
        for text in texts:
            assert ast.parse(text).body
        ast.parse(one.call, mode="eval")


@given(st.text(max_size=60) | st.lists(st.text(max_size=9), max_size=3).map(lambda setup: json.dumps(
    {"cases": [{"quote": QUOTE, "setup": setup, "tested_call": "scale(1)", "then": "raises", "value": "ValueError"}]}
)))  # fmt: skip
@settings(deadline=None)
def test_no_reply_breaks_the_sifting(text):
    with suppress(InvalidReply):
        sift(*answers.transcribed(text))


@given(st.lists(st.builds(says, CODE, st.sampled_from(Then)), max_size=3))
@settings(deadline=None)
def test_no_votes_break_the_counting(votes):
    settled(votes, 3)
    elected(version("scale"), MODULE, version("scale").docstring, Call((), "scale(1)", "model"), votes)
