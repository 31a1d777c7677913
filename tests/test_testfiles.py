import contextlib
import io
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.data import Case, Expected, ExpectedKind, Origin, Outcome, OutcomeKind
from reviewer.errors import ConfigError, UsageError
from reviewer.testfiles import layout
from reviewer.testfiles.formatting import bytes_literal, text_literal
from reviewer.testfiles.merge import UnmergeableError, diff, plan
from reviewer.testfiles.records import AcceptedTest, Plan, Style
from reviewer.testfiles.render import render
from reviewer.testfiles.write import read, write
from tests.versions import version

SOURCE = '''
import datetime
from collections import namedtuple
from decimal import Decimal as D

Point = namedtuple("Point", "x y")
LIMIT = 10


class TooMuchError(Exception):
    pass


class Plain:
    def __init__(self, x):
        self.x = x

    def __repr__(self):
        return f"<Plain {self.x}>"


class Stack:
    """A stack."""

    def __init__(self, items=()):
        self.items = list(items)

    def push(self, item):
        """Put item on top and return the new size."""
        self.items.append(item)
        return len(self.items)

    @staticmethod
    def of(value):
        """Make one."""
        return [value]


def same(value, *rest, key=None, other=None):
    """Return the value as it is.

    It does not look at the rest.
    """
    return value


def count(n):
    """Count up to n."""
    yield from range(n)


async def later(value):
    """Return the value, later."""
    return value


def show(text, times=1):
    """Print the text."""
    for _ in range(times):
        print(text)


def fail(kind, text):
    """Fail."""
    raise kind(text)


def third(n):
    """Return a third of n."""
    return n / 3


def plain(x):
    """Return a plain object."""
    return Plain(x)


def size(path):
    """Return how much is in the file."""
    return len(path.read_text())
'''
STYLE = Style(88, frozenset({"pkg", "tests"}))
PATH = "tests/test_mod_docs.py"
NAMES = ("push", "of", "same", "count", "later", "show", "fail", "third", "plain", "size")
namespace: dict = {"__name__": "pkg.mod"}
exec(SOURCE, namespace)


def accepted(
    call, expected=None, *, setup=(), kind="value", error=None, origin=Origin.EXAMPLE, quote=None, flags=(), names=None
):
    """An accepted test of the function the call names, with the outcome that the call really has."""
    callee = next(
        f for f in ("push", "of", "same", "count", "later", "show", "fail", "third", "plain", "size") if f"{f}(" in call
    )
    name = {"push": "Stack.push", "of": "Stack.of"}.get(callee, callee)
    function, module = version(SOURCE, name, "pkg/mod.py")
    module = replace(module, constants=(("LIMIT", "10"),), classes=tuple(classes()))
    case = Case(
        tuple(setup),
        call,
        Expected(ExpectedKind(kind), expected, error, tuple(flags)),
        origin,
        quote,
        None,
        names or {},
    )
    return AcceptedTest(f"pkg/mod.py::{name}", function, module, case, outcome(case), "guards", ("m1",), 3)


def classes():
    from reviewer.data import ClassHeader

    yield ClassHeader("TooMuchError", 9, 10, "class TooMuchError(Exception):", None, ())
    yield ClassHeader("Plain", 13, 18, "class Plain:", None, ())
    yield ClassHeader("Stack", 21, 30, "class Stack:", None, ())


def outcome(case: Case) -> Outcome:
    scope = dict(namespace)
    if case.expected.kind is ExpectedKind.EXCEPTION:
        return Outcome(OutcomeKind.RAISED, None, case.expected.type, case.expected.text)
    if "path" in case.call or "await" in case.call:
        return Outcome(OutcomeKind.RETURNED, case.expected.text, "int")
    for text in (*case.names.values(), *case.setup):
        exec(text, scope)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        try:
            value = eval(case.call, scope)
        except SyntaxError:
            exec(case.call, scope)
            value = None
    if case.expected.kind is ExpectedKind.OUTPUT:
        shown = "" if value is None else repr(value) + "\n"
        kind = None if value is None else type(value).__name__
        return Outcome(OutcomeKind.PRINTED, printed.getvalue() + shown, kind)
    if hasattr(value, "close") and hasattr(value, "send"):
        if "later" in case.call:
            value.close()
            return Outcome(OutcomeKind.RETURNED, case.expected.text, "int")
        value = list(value)
    return Outcome(OutcomeKind.RETURNED, repr(value), type(value).__name__)


def planned(tests, existing=None, style=STYLE, prune=False, functions=None) -> Plan:
    blocks, _ = render(tests, PATH, "pkg.mod", style)
    present = {test.function_id: test.function for test in tests} if functions is None else functions
    return plan(blocks, existing, present, style, path=PATH, prune=prune)


LONG = "x" * 70
QUOTES = ("it's", 'say "a"', "both ' and \"", "\\", "\n\t", "é漢\x00", "")
X = {"setup": ["x = [1]"]}
SHAPES = {
    "equal": [accepted("same(1)", "1")],
    "none": [accepted("same(None)", "None")],
    "true": [accepted("same(True)", "True"), accepted("same(False)", "False")],
    "truths": [
        accepted("same(1) in [1]", "True"),
        accepted("same(1) in [2]", "False"),
        accepted("same(1) is None", "False"),
        accepted("same(1) == 1", "True"),
        accepted("same(1) == 2", "False"),
        accepted("isinstance(same(1), int)", "True"),
        accepted("isinstance(same(1), str)", "False"),
        accepted("same(1) < LIMIT < 30", "True"),
    ],
    "more arguments than parameters": [accepted("same(1, 2, 3)", "1"), accepted("same(4, 5, 6)", "4")],
    "an unread name of several": [accepted("same(a)", "1", setup=["a, b, _c = 1, 2, 3"])],
    "long call on a text": [
        accepted(f"same(', '.join(sorted(['{LONG}', '{LONG}'], key=len)))", f"'{LONG}, {LONG}'"),
        accepted(f"', '.join(same(['{LONG}', '{LONG}']))", f"'{LONG}, {LONG}'"),
    ],
    "types": [accepted("type(same(1)) == type(same(2))", "True"), accepted("type(same(1)) != int", "False")],
    "raises with details ignored": [
        accepted("fail(ValueError, 'a 1')", text, kind="exception", error="ValueError", flags=flags)
        for text, flags in [
            ("a ...", ["ELLIPSIS", "IGNORE_EXCEPTION_DETAIL"]),
            ("a 2", ["IGNORE_EXCEPTION_DETAIL"]),
        ]
    ],
    "calls of what it made": [
        accepted("same(3).__add__(1)", "4", setup=["n = 1"]),
        accepted("same(3).__add__(2)", "5", setup=["n = 1"]),
    ],
    "truth of another type": [accepted("same(1)", "True"), accepted("same(0)", "False")],
    "parametrised": [accepted("same(1)", "1"), accepted("same('a')", "'a'"), accepted("same([1, (2,)])", "[1, (2,)]")],
    "keywords": [accepted("same(1, key='a')", "1"), accepted("same(1, key='b')", "1")],
    "long call": [accepted(f"same('{LONG}', 1, key=[1, 2], other={{'a': 1}})", f"'{LONG}'")],
    "long rows": [accepted(f"same('{LONG}{n}')", f"'{LONG}{n}'") for n in range(3)],
    "long nested rows": [
        accepted(f"same({value})", str(value)) for value in ([n, LONG, {"k": [LONG, 1]}] for n in range(2))
    ],
    "long list": [accepted(f"same({list(range(60))})", str(list(range(60))))],
    "too long string": [accepted(f"same('{LONG * 3}')", f"'{LONG * 3}'")],
    "quotes": [accepted(f"same({text!r})", repr(text)) for text in QUOTES],
    "wide letters": [accepted(f"same('{'漢' * n}')", f"'{'漢' * n}'") for n in (10, 16, 30, 36)],
    "numbers": [accepted("same([1e+300, 1e-9, 0xff, 1_000, 2j])", "[1e300, 1e-09, 255, 1000, 2j]")],
    "keys that need lines": [accepted(f"same({{(1, 2): '{LONG * n}'}})", f"{{(1, 2): '{LONG * n}'}}") for n in (1, 2)],
    "bytes": [accepted("same(b'a\"')", "b'a\"'"), accepted('same(b"it\'s")', 'b"it\'s"')],
    "f-string": [accepted("same(f'{LIMIT}-{LIMIT:>4}')", "'10-  10'")],
    "power and slices": [accepted("same(2 ** 3 + (-1) ** 2)", "9"), accepted("same([1, 2, 3][LIMIT - 9:])", "[2, 3]")],
    "operators": [
        accepted("same(not 1 in [2] and (1 if LIMIT else -1))", "1"),
        accepted("same([n for n in range(3)])", "[0, 1, 2]"),
    ],
    "long operators": [accepted(f"same('{LONG}' + '{LONG}' + str(LIMIT))", f"'{LONG}{LONG}10'")],
    "lambda": [accepted("same(sorted([2, 1], key=lambda n: -n))", "[2, 1]")],
    "method": [
        accepted("Stack([1]).push(2)", "2"),
        accepted("Stack([1, 2]).push(2)", "3"),
        accepted("Stack([1]).push([3])", "2"),
    ],
    "static": [accepted("Stack.of(2)", "[2]"), accepted("Stack.of(3)", "[3]")],
    "setup": [
        accepted("s.push(2)", "2", setup=["s = Stack([1])", "unused = 3", "dropped = s.push(9)", "s.items.pop()"])
    ],
    "long setup": [accepted("same(xs)", f"['{LONG}', '{LONG}']", setup=[f"xs = ['{LONG}', '{LONG}']"])],
    "lines of setup": [
        accepted(
            "same(xs)", "[[5, 0], [5]]", setup=["xs = [[], []]", "for x in xs:\n    x.append(5)", "xs[0].append(0)"]
        )
    ],
    "definition in setup": [
        accepted("same(g(1))", "2", setup=["def g(x):\n    y = x\n    return y + 1", "l = 1", "h = lambda: l", "h()"])
    ],
    "definitions in setup": [
        accepted(
            "same(g(1))",
            "'1'",
            setup=[
                "n = 3",
                "def f(x, y=1, *rest, key=None, **more):\n    if x:\n        return x ** y\n    return -x ** 2",
                "@staticmethod\ndef g(x):\n    return str(f(x) ** 2)",
                "class A(object):\n    pass",
                "class B:\n    kind = 1\n    def m(self):\n        return A()",
                "class C:\n    @property\n    def m(self):\n        return 1\n    def n(self):\n        return 2",
                "class D:\n    'Text.'\n    def m(self):\n        return 1",
                "class E:\n    'Text.'\n    x = 1",
                "class F:\n    def m(self):\n        return 1\n    x = 1",
                "class G(A, B):\n    class H:\n        x = 1",
                "if n:\n    def i():\n        pass",
                "async def h():\n    pass",
                "for x in range(3):\n    sorted([x], key=lambda y: y)",
                "[B().m(), C().m, D(), E(), F, G, h, n]",
            ],
        ),
        accepted("same(f(1))", "1", setup=["def f(x: int = 1):\n    return x"]),
        accepted("same(f(1))", "1", setup=["def f(x):\n    'Text.'\n    def g():\n        return x\n    return g()"]),
        accepted("same(f(2))", "2", setup=["def f(x):\n    return x", "def g():\n    pass"]),
    ],
    "powers": [
        accepted(f"same({text})", "4", setup=["x = 2", "y = same(same)"])
        for text in (
            "x ** 2",
            "x ** -2 * 16",
            "(x + 0) ** 2",
            "x ** 2 ** 1",
            "-2 ** 2 + 8",
            "x.real ** 2",
            "abs(x) ** 2",
        )
    ],
    "long text": [
        accepted(f"same({text!r})", repr(text))
        for text in ("word " * 40, "line\n" * 30, f"{LONG} {LONG}\n{LONG}", "one 'two' \"three\" \\ " * 9)
    ],
    "long printed text": [accepted(f"show('a {LONG}\\n' * 3)", f"a {LONG}\n" * 3 + "<BLANKLINE>\n", kind="output")],
    "import in setup": [
        accepted("same(math.floor(2.5))", "2", setup=["import math"]),
        accepted("same(Fraction(1, 2))", "Fraction(1, 2)", names={"Fraction": "from fractions import Fraction"}),
    ],
    "module names": [
        accepted("same(datetime.date(2024, 2, 29))", "datetime.date(2024, 2, 29)"),
        accepted("same(D('1.5'))", "D('1.5')"),
        accepted("same(Point(1, 2))", "Point(1, 2)"),
    ],
    "generator": [accepted("count(3)", "[0, 1, 2]"), accepted("count(0)", "[]"), accepted("list(count(1))", "[0]")],
    "async": [
        accepted("later(1)", "1"),
        accepted("await later(2)", "2"),
        accepted("asyncio.run(later(3))", "3", names={"asyncio": "import asyncio"}),
    ],
    "printed": [accepted("show('a')", "a\n", kind="output"), accepted("show('a', 2)", "a\na", kind="output")],
    "printed blank line": [accepted("show('a\\n\\nb')", "a\n<BLANKLINE>\nb\n", kind="output")],
    "printed assignment": [accepted("unused = show('a')", "a\n", kind="output")],
    "printing setup": [accepted("show('a')", "a\n", setup=["show('before')"], kind="output")],
    "setup of what is expected": [accepted("same([1])", "wanted", setup=["wanted = [1]"])],
    "printed statement": [accepted("for n in count(2): show(n)", "0\n1\n", kind="output")],
    "shown literal": [
        accepted("same([1, 'a'])", "[1, 'a']\n", kind="output"),
        accepted("same(True)", "True", kind="output"),
    ],
    "shown object": [accepted("plain(3)", "<Plain 3>", kind="output")],
    "ellipsis": [accepted("same(list(range(20)))", "[0, 1, ..., 19]", kind="output", flags=["ELLIPSIS"])],
    "whitespace": [accepted("show('a   b')", "a b", kind="output", flags=["NORMALIZE_WHITESPACE", "ELLIPSIS"])],
    "raises": [
        accepted(f"fail(ValueError, '{text}')", text, kind="exception", error="ValueError")
        for text in ("no (1+1)?", "plain", 'a "b"', "a.b")
    ],
    "raises anything": [
        accepted("fail(ValueError, 'a')", None, kind="exception", error="ValueError"),
        accepted("fail(ValueError, 'b')", None, kind="exception", error="ValueError"),
    ],
    "raises in a statement": [
        accepted("del same(x)[5]", "list assignment index out of range", kind="exception", error="IndexError", **X),
        accepted("same(x)[5] += 1", "list index out of range", kind="exception", error="IndexError", **X),
        accepted("same(x)[5] = 1", "list assignment index out of range", kind="exception", error="IndexError", **X),
    ],
    "shown in another shape": [
        accepted("same([1, 'a'])", "[1,\n u'a']\n", kind="output", flags=["NORMALIZE_WHITESPACE"]),
        accepted("plain([1, 'a'])", "<Plain [1,\n  'a']>\n", kind="output", flags=["NORMALIZE_WHITESPACE"]),
        accepted("plain('a')", "<Plain a>   \n", kind="output"),
        accepted("same('a')", "u'a'\n", kind="output"),
    ],
    "raises own": [accepted("fail(TooMuchError, 'a')", "a", kind="exception", error="pkg.mod.TooMuchError")],
    "raises long": [
        accepted(f"fail(ValueError, '{LONG} {LONG}')", f"{LONG} {LONG}", kind="exception", error="ValueError")
    ],
    "raises ellipsis": [
        accepted("fail(ValueError, 'a 12 b')", "a ... b", kind="exception", error="ValueError", flags=["ELLIPSIS"])
    ],
    "rounded": [
        accepted("third(10)", "3.33"),
        accepted("third(-10)", "-3.33"),
        accepted("third(1)", "0.3333333333333333"),
    ],
    "close": [accepted("same([0.1 + 0.2, 1.0])", "[0.3, 1.0]"), accepted("same(0.1 + 0.2)", "0.3")],
    "not a number": [accepted("same(float('nan'))", "float('nan')"), accepted("same(float('inf'))", "float('inf')")],
    "tmp_path": [accepted("size(tmp_path / 'a')", "3", setup=["(tmp_path / 'a').write_text('abc')"])],
    "with": [accepted("size(tmp_path / 'a')", "3", setup=["with open(tmp_path / 'a', 'w') as f:\n    f.write('abc')"])],
    "what is expected of several is made before": [
        accepted("same([1])", "wanted", setup=["wanted = [1]"]),
        accepted("same([1.0])", "wanted", setup=["wanted = [1]"]),
        accepted("same((1,))", "tuple(wanted)", setup=["wanted = [1]"]),
    ],
    "names that clash": [
        accepted("same(expected, 1)", "[5]", setup=["expected = [5]"]),
        accepted(f"same(result, '{LONG}', 1)", "[5]", setup=["result = [5]"]),
    ],
    "promises": [
        accepted("same(1)", "1", origin=Origin.MODEL, quote="Return the value as it is."),
        accepted("same(1, 2)", "1", origin=Origin.MODEL, quote="It does not look at the rest."),
        accepted("same(1, 3)", "1", origin=Origin.MODEL, quote="It does not look  at the rest."),
        accepted(
            "fail(ValueError, 'a')",
            None,
            kind="exception",
            error="ValueError",
            origin=Origin.RAISES,
            quote="Fail. " * 60,
        ),
        accepted("same(2)", "2", origin=Origin.CHARACTERISATION),
    ],
}


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Path:
    """A package whose tests are generated, all shapes in three widths, as a developer would have it."""
    root = tmp_path_factory.mktemp("project")
    (root / "pkg").mkdir()
    (root / "pkg/__init__.py").touch()
    (root / "pkg/mod.py").write_text(SOURCE)
    for width in (40, 88, 120):
        folder = root / f"w{width}"
        folder.mkdir()
        (folder / "ruff.toml").write_text(f'line-length = {width}\nsrc = [".."]\n')
        for number, tests in enumerate(SHAPES.values()):
            (folder / f"test_{number}_w{width}.py").write_text(planned(tests, style=replace(STYLE, width=width)).text)
    return root


def ruff(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    program = shutil.which("ruff", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]))
    if program is None:
        pytest.skip("ruff is not installed")
    return subprocess.run([program, *arguments, "--no-cache"], cwd=cwd, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("width", [40, 88, 120])
def test_ruff_has_nothing_to_format(project, width):
    result = ruff("format", "--diff", ".", cwd=project / f"w{width}")
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("width", [40, 88, 120])
def test_ruff_has_nothing_to_complain_about(project, width):
    result = ruff("check", ".", cwd=project / f"w{width}")
    assert result.returncode == 0, result.stdout
    result = ruff("check", "--select", "I,F,E4,E7,E9", ".", cwd=project / f"w{width}")
    assert result.returncode == 0, result.stdout


def test_every_shape_passes_under_plain_pytest(project):
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", ".", "w88"]
    environment = {**os.environ, "PYTHONPATH": str(project), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    result = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False, env=environment)
    assert result.returncode == 0, result.stdout


def test_what_cannot_be_written_is_said():
    tests = [accepted("plain(1)", "Plain(1)"), accepted("same(1)", "1")]
    blocks, unwritten = render(tests, PATH, "pkg.mod", STYLE)
    assert [(one.test.case.call, one.reason) for one in unwritten] == [
        ("plain(1)", "Plain objects are not equal to one another")
    ]
    assert len(blocks) == 1


@given(st.text() | st.text("'\"\\\n"))
def test_a_literal_is_the_text(text):
    assert eval(text_literal(text)) == text
    assert eval(bytes_literal(text.encode())) == text.encode()


def test_one_function_for_each_promise_named_after_it():
    result = planned(SHAPES["promises"])
    assert result.added == (
        "test_same_return_the_value_as_it_is",
        "test_same_it_does_not_look_at_the_rest",
        "test_same_characterisation",
        "test_fail_raises_value_error",
    )
    assert "# It does not look at the rest.\n@pytest.mark.parametrize(" in result.text


@pytest.mark.parametrize("quote", ["ruff: noqa", "fmt: off", "reviewer: 00000000.00000000 00000000 00000000", "noqa"])
def test_a_docstring_gives_no_orders_to_tools(quote):
    tests = [accepted("same(1)", "1", origin=Origin.MODEL, quote=quote)]
    result = planned(tests)
    assert f"\n# | {quote}\ndef test" in result.text
    function = replace(tests[0].function, docstring=quote)
    assert planned([], result.text, functions={"pkg/mod.py::same": function}).stale == ()


def test_a_test_says_what_the_report_needs():
    test = planned(SHAPES["parametrised"]).tests[0]
    assert (test.function_id, test.source_path, test.path) == ("pkg/mod.py::same", "pkg/mod.py", PATH)
    assert (test.function, test.verdict, test.mutants_killed, test.mutants_total) == ("same", "guards", ("m1",), 3)
    assert test.imports == ("from pkg.mod import same", "import pytest")
    assert not test.written


# ---------------------------------------------------------------- merging

SAME, PUSH = SHAPES["parametrised"], SHAPES["method"][:1]
BOTH = {test.function_id: test.function for test in (*SAME, *PUSH)}


def test_writing_again_changes_nothing():
    first = planned([*SAME, *PUSH])
    again = planned([*SAME, *PUSH], first.text)
    assert not again.changes
    assert again.kept == first.added
    assert diff(again) == ""


@given(st.lists(st.sampled_from(list(SHAPES)), unique=True, min_size=1, max_size=4), st.booleans())
def test_any_two_runs_come_to_rest(shapes, windows):
    tests = [test for shape in shapes for test in SHAPES[shape]]
    half = planned(tests[: len(tests) // 2], functions=BOTH).text or None
    half = half.replace("\n", "\r\n") if half and windows else half
    once = planned(tests, half).text
    assert planned(tests, once).text == once


def test_unchanged_functions_keep_their_tests_even_when_other_cases_come():
    first = planned(SAME)
    more = planned([*SAME, accepted("same('new')", "'new'")], first.text)
    assert more.text == first.text
    assert more.kept == first.added


def changed(tests, docstring=None):
    return [
        replace(t, function=replace(t.function, text_hash="f" * 16, docstring=docstring or t.function.docstring))
        for t in tests
    ]


def test_a_changed_function_gets_its_tests_anew_in_place():
    first = planned([*SAME, *PUSH])
    again = planned([*changed([*SAME, accepted("same('new')", "'new'")]), *PUSH], first.text)
    assert again.updated == ("test_same_return_the_value_as_it_is",)
    assert again.kept == ("test_stack_push_put_item_on_top_and_return_the_new_size",)
    assert '("new", "new")' in again.text
    assert (
        again.text.index("test_same") < again.text.index("test_stack")
        or "test_stack" in first.text.split("test_same")[0]
    )


def test_a_test_the_user_edited_is_never_touched():
    first = planned(SAME)
    mine = first.text.replace("(1, 1)", "(1, 1),  # mine\n        (8, 8)")
    again = planned(changed([*SAME, accepted("same('new')", "'new'")]), mine, prune=True)
    assert again.text == mine
    assert again.edited == first.added
    gone = planned([], mine, prune=True, functions={})
    assert gone.text == mine
    assert gone.stale == ((first.added[0], "the function is gone"),)


@given(st.data())
def test_no_line_of_the_users_is_ever_lost(data):
    text = planned([*SAME, *PUSH, *SHAPES["raises long"], *SHAPES["import in setup"]]).text
    lines = text.splitlines(keepends=True)
    for number in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(lines)))
        indent = data.draw(st.sampled_from(["", "    "]))
        lines.insert(place, f"{indent}# mine {number}\n")
    mine = "".join(lines)
    for result in (
        planned(changed([*SAME, accepted("same('new')", "'new'")]), mine, prune=True, functions={}),
        planned(changed(SAME, docstring="Other."), mine, prune=True),
        planned([*SAME, *PUSH], mine, prune=data.draw(st.booleans())),
    ):
        compile(result.text, "t", "exec")
        assert result.text.count("# mine") == mine.count("# mine")


def test_what_the_user_wrote_stays_byte_for_byte():
    mine = '"""My tests."""\n\nimport   os  # odd\nfrom pkg.mod import same\n\n\ndef test_mine( ):\n    same(os) # so\n'
    result = planned([*PUSH, *SAME], mine)
    assert result.text.startswith('"""My tests."""\n\nimport   os  # odd\n')
    assert "def test_mine( ):\n    same(os) # so\n" in result.text
    assert "from pkg.mod import Stack, same\n" in result.text or "from pkg.mod import Stack\n" in result.text
    assert "import pytest\n" in result.text
    compile(result.text, "t", "exec")


def test_a_stale_test_is_reported_and_removed_only_with_prune():
    first = planned([*SAME, *PUSH])
    left = {"pkg/mod.py::same": SAME[0].function}
    reported = planned(SAME, first.text, functions=left)
    assert reported.text == first.text
    assert reported.stale == (("test_stack_push_put_item_on_top_and_return_the_new_size", "the function is gone"),)
    pruned = planned(SAME, first.text, functions=left, prune=True)
    assert pruned.removed == ("test_stack_push_put_item_on_top_and_return_the_new_size",)
    assert pruned.text == planned(SAME).text


def test_a_test_whose_promise_is_gone_is_stale():
    first = planned(SHAPES["promises"][:3])
    function = replace(SAME[0].function, docstring="Return the value as it is.", text_hash="f" * 16)
    again = planned([], first.text, functions={"pkg/mod.py::same": function})
    assert again.stale == (("test_same_it_does_not_look_at_the_rest", "the docstring no longer says so"),)


def test_a_name_that_the_user_has_taken_gets_a_suffix():
    mine = "def test_same_return_the_value_as_it_is():\n    pass\n"
    result = planned(SAME, mine)
    assert result.added == ("test_same_return_the_value_as_it_is_2",)
    assert planned(SAME, result.text).text == result.text


def test_a_name_that_means_something_else_in_the_file_is_imported_inside(tmp_path):
    mine = "from other import same\n\n\ndef test_mine():\n    assert same\n"
    result = planned([accepted("same(1)", "1")], mine)
    assert "():\n    from pkg.mod import same\n\n    assert same(1) == 1\n" in result.text
    assert result.text.startswith(mine)
    (tmp_path / "test_a.py").write_text(result.text)
    assert ruff("format", "--diff", ".", cwd=tmp_path).returncode == 0
    assert ruff("check", ".", cwd=tmp_path).returncode == 0
    assert planned([accepted("same(1)", "1")], result.text).text == result.text


def test_two_meanings_of_one_name_stay_apart():
    tests = [
        accepted("same(D('1'))", "D('1')"),
        accepted("third(D(3.9))", "1.0", setup=["from math import floor as D"]),
    ]
    result = planned(tests)
    assert result.text.startswith("from decimal import Decimal as D\n\nfrom pkg.mod import same, third\n")
    assert "():\n    from math import floor as D\n\n    assert third(D(3.9)) == 1.0\n" in result.text
    assert not planned(tests, result.text).changes


@pytest.mark.parametrize("mine", ["def test(:\n", "\0"])
def test_a_file_that_does_not_parse_is_left_alone(mine):
    with pytest.raises(UnmergeableError, match="does not parse"):
        planned(SAME, mine)


def test_windows_newlines_stay():
    first = planned(SAME).text.replace("\n", "\r\n")
    result = planned([*SAME, *PUSH], first)
    assert result.kept == ("test_same_return_the_value_as_it_is",)
    assert "\n" not in result.text.replace("\r\n", "")


@pytest.mark.parametrize("existing", [None, "x = 1\n", "x = 1", '"""a\x0cb\u2028c"""\nimport os\n\nx = os\n'])
def test_the_diff_is_a_patch_that_git_applies(tmp_path, existing):
    result = planned(SAME, existing)
    (tmp_path / "tests").mkdir()
    if existing is not None:
        (tmp_path / PATH).write_text(existing)
    subprocess.run(["git", "apply", "-"], input=diff(result), text=True, cwd=tmp_path, check=True)
    assert (tmp_path / PATH).read_text() == result.text


def test_imports_are_merged_in_order(tmp_path):
    first = planned(SAME).text
    result = planned([*SAME, *PUSH, *SHAPES["module names"], *SHAPES["import in setup"]], first, functions=BOTH)
    (tmp_path / "pkg").mkdir()
    (tmp_path / "pkg/mod.py").touch()
    (tmp_path / "test_a.py").write_text(result.text)
    checked = ruff("check", "--select", "I,F", ".", cwd=tmp_path)
    assert checked.returncode == 0, checked.stdout + result.text


# ---------------------------------------------------------------- layout


@pytest.mark.parametrize(
    ("source", "files", "pyproject", "expected"),
    [
        ("mod.py", [], {}, ("tests/test_mod_docs.py", "mod")),
        ("pkg/mod.py", ["pkg/__init__.py"], {}, ("tests/test_mod_docs.py", "pkg.mod")),
        ("pkg/sub/mod.py", ["pkg/__init__.py", "pkg/sub/__init__.py"], {}, ("tests/test_mod_docs.py", "pkg.sub.mod")),
        ("pkg/__init__.py", ["pkg/__init__.py"], {}, ("tests/test_pkg_docs.py", "pkg")),
        ("src/pkg/mod.py", ["src/pkg/__init__.py"], {}, ("tests/test_mod_docs.py", "pkg.mod")),
        ("src/ns/mod.py", [], {}, ("tests/test_mod_docs.py", "ns.mod")),
        ("scripts/mod.py", [], {}, ("tests/test_mod_docs.py", "mod")),
        ("mod.py", ["test/test_a.py"], {}, ("test/test_mod_docs.py", "mod")),
        ("pkg/mod.py", ["pkg/__init__.py", "pkg/tests/test_a.py"], {}, ("pkg/tests/test_mod_docs.py", "pkg.mod")),
        (
            "pkg/sub/mod.py",
            ["pkg/__init__.py", "pkg/sub/__init__.py", "tests/sub/test_a.py"],
            {},
            ("tests/sub/test_mod_docs.py", "pkg.sub.mod"),
        ),
        (
            "pkg/a/mod.py",
            ["pkg/__init__.py", "pkg/a/__init__.py", "pkg/a/mod.py", "pkg/b/mod.py"],
            {},
            ("tests/test_a_mod_docs.py", "pkg.a.mod"),
        ),
        (
            "lib/pkg/mod.py",
            ["checks/test_a.py", "checks/helpers.py"],
            {"tool": {"pytest": {"ini_options": {"pythonpath": ["lib"], "testpaths": ["checks"]}}}},
            ("checks/test_mod_docs.py", "pkg.mod"),
        ),
        (
            "pkg/sub/mod.py",
            ["pkg/__init__.py", "pkg/sub/__init__.py", "pkg/tests/test_a.py", "pkg/sub/tests/test_b.py"],
            {},
            ("pkg/sub/tests/test_mod_docs.py", "pkg.sub.mod"),
        ),
        (
            "pkg/deep/mod.py",
            ["pkg/__init__.py", "pkg/deep/__init__.py", "pkg/tests/test_a.py", "tests/test_b.py", "tests/test_c.py"],
            {},
            ("pkg/tests/test_mod_docs.py", "pkg.deep.mod"),
        ),
        (
            "pkg/mod.py",
            ["pkg/__init__.py", "pkg/tests/test_a.py"],
            {"tool": {"pytest": {"ini_options": {"testpaths": ["pkg", "docs"]}}}},
            ("pkg/tests/test_mod_docs.py", "pkg.mod"),
        ),
        (
            "pkg/mod.py",
            ["pkg/__init__.py", "pkg/tests/test_a.py", "docs/conf.py"],
            {"tool": {"pytest": {"ini_options": {"testpaths": ["pkg", "docs"]}}}},
            ("pkg/tests/test_mod_docs.py", "pkg.mod"),
        ),
        ("pkg/mod.py", ["pkg/__init__.py", "pkg/test_other.py"], {}, ("pkg/test_mod_docs.py", "pkg.mod")),
        ("mod.py", ["test_mod.py"], {}, ("test_mod_docs.py", "mod")),
        ("mod.py", ["conftest.py"], {}, ("tests/test_mod_docs.py", "mod")),
        ("mod.py", ["tests/test_a.py", "checks/test_mod_docs.py"], {}, ("checks/test_mod_docs.py", "mod")),
        ("mod.py", ["a/test_mod_docs.py", "b/test_mod_docs.py"], {}, ("tests/test_mod_docs.py", "mod")),
        (
            "python/pkg/mod.py",
            [],
            {"tool": {"setuptools": {"packages": {"find": {"where": ["python"]}}}}},
            ("tests/test_mod_docs.py", "pkg.mod"),
        ),
    ],
)
def test_the_file_goes_where_the_project_keeps_its_tests(source, files, pyproject, expected):
    place = layout.place(source, [*files, source], pyproject)
    assert (place.path, place.module) == expected


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("checks/test_{module}.py", "checks/test_mod.py"),
        ("tests/{package}/test_{module}_docs.py", "tests/pkg/sub/test_mod_docs.py"),
        ("{folder}/test_{module}.py", "src/pkg/sub/test_mod.py"),
    ],
)
def test_the_project_may_say_where(template, expected):
    files = ["src/pkg/__init__.py", "src/pkg/sub/__init__.py", "src/pkg/sub/mod.py"]
    assert layout.place(files[-1], files, {}, template).path == expected


@pytest.mark.parametrize(
    "template", ["../{module}.py", "/tmp/{module}.py", "{modul}.py", "{module}.txt", "{", "{module.x}.py"]
)
def test_a_template_that_leads_elsewhere_is_refused(template):
    with pytest.raises(ConfigError, match=r"\[tool.reviewer\] tests"):
        layout.place("mod.py", ["mod.py"], {}, template)


def test_the_style_is_the_projects():
    pyproject = {"tool": {"ruff": {"line-length": 100}}}
    files = ["src/pkg/mod.py", "tests/test_a.py", "conf.py"]
    assert layout.style(files, pyproject) == Style(100, frozenset({"src", "tests", "conf", "pkg"}))
    assert layout.style(files, pyproject, {"line-length": 79}).width == 79
    assert layout.style(files, {}).width == 88


# ---------------------------------------------------------------- writing


def test_a_new_file_and_its_folders_are_made(tmp_path):
    write("tests/deep/test_a.py", "x = 1\r\n", tmp_path, None)
    assert (tmp_path / "tests/deep/test_a.py").read_bytes() == b"x = 1\r\n"
    assert [path.name for path in (tmp_path / "tests/deep").iterdir()] == ["test_a.py"]


def test_the_mode_is_kept(tmp_path):
    path = tmp_path / "test_a.py"
    path.write_text("x = 1\n")
    path.chmod(0o755)
    write("test_a.py", "x = 2\n", tmp_path, "x = 1\n")
    assert path.read_text() == "x = 2\n"
    assert path.stat().st_mode & 0o777 == 0o755


@pytest.mark.parametrize("before", [None, "x = 0\n"])
def test_a_file_that_changed_meanwhile_is_left_alone(tmp_path, before):
    (tmp_path / "test_a.py").write_text("x = 1\n")
    with pytest.raises(UsageError, match="changed meanwhile"):
        write("test_a.py", "x = 2\n", tmp_path, before)
    assert (tmp_path / "test_a.py").read_text() == "x = 1\n"


@pytest.mark.parametrize("path", ["../test_a.py", "link/test_a.py", "file.py", ".git/hooks/a.py", "/etc/test_a.py"])
def test_nothing_is_written_outside_the_repository(tmp_path, path):
    root, outside = tmp_path / "root", tmp_path / "outside"
    root.mkdir()
    outside.mkdir()
    (root / "link").symlink_to(outside)
    (root / "file.py").symlink_to(outside / "file.py")
    with pytest.raises(UsageError, match="out of the repository"):
        write(path, "x = 1\n", root, None)
    assert list(outside.iterdir()) == []


def test_a_link_within_the_repository_stays_a_link(tmp_path):
    (tmp_path / "real.py").write_text("x = 1\n")
    (tmp_path / "test_a.py").symlink_to("real.py")
    assert read("test_a.py", tmp_path) == "x = 1\n"
    write("test_a.py", "x = 2\n", tmp_path, "x = 1\n")
    assert (tmp_path / "test_a.py").is_symlink()
    assert (tmp_path / "real.py").read_text() == "x = 2\n"


def test_a_file_that_is_no_text_is_said_to_be_so(tmp_path):
    (tmp_path / "test_a.py").write_bytes(b"\xff")
    with pytest.raises(UsageError, match="cannot be read"):
        read("test_a.py", tmp_path)


# ---------------------------------------------------------------- names


@pytest.mark.parametrize(
    ("docstring", "name"),
    [
        ("Give it back.", "test_same_give_it_back"),
        ("Same value, given back.", "test_same_value_given_back"),
        ("The same.", "test_same_the_same"),
        ("Same", "test_same_same"),
        ("Hand the value back to the caller of the one that called", "test_same_hand_the_value_back_to_the_caller"),
        ("Return what it is", "test_same_return_what_it_is"),
        (">>> same(1)\n1", "test_same_examples"),
        ("Ünïcode: 值", "test_same_n_code"),
    ],
)
def test_a_test_is_named_after_the_promise(docstring, name):
    test = accepted("same(1)", "1")
    result = planned([replace(test, function=replace(test.function, docstring=docstring))])
    assert result.added == (name,)


@pytest.mark.parametrize(
    ("through", "comment"),
    [(None, "# A stack.\n"), ("pkg/mod.py::count", "# Count up to n.\n")],
    ids=["of the class", "of a caller"],
)
def test_an_example_from_elsewhere_is_told_by_what_stands_there(through, comment):
    test = accepted("Stack([1]).push(2)", "2", quote=">>> Stack([1]).push(2)\n2")
    said = f"{{}}\n\n{test.case.quote}"
    classes = tuple(replace(one, docstring=said.format("A stack.")) for one in test.module.classes[2:])
    functions = tuple(
        replace(one, docstring=said.format("Count up to n.")) if through and one.name == "count" else one
        for one in test.module.functions
    )
    module = replace(test.module, classes=() if through else classes, functions=functions)
    function = replace(test.function, docstring=None)
    case = replace(test.case, through=through)
    assert comment in planned([replace(test, module=module, function=function, case=case)]).text


@pytest.mark.parametrize(
    ("call", "setup", "reason"),
    [
        (
            "same(g())",
            ["calls = 0", "def g():\n    global calls\n    calls += 1\n    return calls"],
            "the example changes a global variable",
        ),
        ("same(__name__ and 1)", [], "the example asks for __name__ of its module"),
        ("for n in (1, 2): same(n)", [], "the session shows values inside a statement"),
    ],
)
def test_what_only_works_inside_the_module_is_no_test(call, setup, reason):
    test = accepted(call, "1", setup=setup, kind="output" if call.startswith("for") else "value")
    test = replace(test, outcome=Outcome(OutcomeKind.PRINTED, "1\n2\n", "int"))
    blocks, unwritten = render([test], PATH, "pkg.mod", STYLE)
    assert (blocks, [one.reason for one in unwritten]) == ((), [reason])


@pytest.mark.parametrize(
    ("calls", "names"),
    [
        (["same(1)", "same(2)"], '"value"'),
        (["same(0, 1)", "same(0, 2)"], '"rest_1"'),
        (["same(1, 2, 3)", "same(4, 5, 6)"], '("value", "rest_1", "rest_2"'),
        (["same(1, key=2)", "same(1, key=3)"], '"key"'),
        (["same(3).__add__(1)", "same(3).__add__(2)"], '"argument"'),
        (["pow(same(3), 1)", "pow(same(3), 2)"], '"argument_2"'),
        (["Stack([1]).push(2)", "Stack([1]).push(3)"], '"item"'),
    ],
)
def test_what_varies_is_named_after_the_parameters_of_what_is_called(calls, names):
    shown = [str(eval(call, dict(namespace))) for call in calls]
    text = planned([accepted(call, value) for call, value in zip(calls, shown, strict=True)]).text
    assert f"@pytest.mark.parametrize(\n    ({names.lstrip('(')}" in text or f"parametrize(\n    {names}" in text


def test_tests_of_a_docstring_without_words_are_numbered():
    tests = [accepted("same(1)", "1"), accepted("same([1][0])", "1"), accepted("same(abs(1))", "1")]
    bare = [replace(test, function=replace(test.function, docstring=">>> same(1)\n1")) for test in tests]
    assert planned(bare).text.count("def test_same_examples(") == 1
    assert planned(bare).added == ("test_same_examples", "test_same_examples_2", "test_same_examples_3")


@pytest.mark.parametrize("width", range(50, 80))
def test_a_number_makes_no_name_longer_than_the_line(width):
    tests = [accepted(f"same({n}, other={other})", str(n)) for other in ("str", "int") for n in (1, 2)]
    text = planned(tests, style=replace(STYLE, width=width)).text
    assert "is_2(" in text
    assert all(len(line) <= width for line in text.splitlines() if line.startswith("def "))
