import pickle
from textwrap import dedent

import pytest

from reviewer.data import FunctionVersion, ImportLine
from reviewer.functions import Unparsable, parse


def functions(source: str | bytes) -> tuple[FunctionVersion, ...]:
    data = source if isinstance(source, bytes) else dedent(source).encode()
    return parse("m.py", data).functions


def only(source: str | bytes) -> FunctionVersion:
    (function,) = functions(source)
    return function


EVERYTHING = """\
# head
class Account(Base):
    limit = 3

    @retry(times=2)
    # why
    @cached
    async def pay(
        self,
        amount: int,  # cents
        /,
        *parts: str,
        to: str = "a\\
b",
        **more,
    ) -> bool:
        # before the docstring
        \"\"\"Pay it.

            Twice.
        \"\"\"
        if amount and to or more:
            return self.bank.send(amount, [x for x in parts if x])
        return log(audit()) or f().g()
        # after the end
"""


def test_every_field_is_read() -> None:
    pay = only(EVERYTHING)
    lines = EVERYTHING.split("\n")

    assert (pay.path, pay.name, pay.ordinal, pay.class_name) == ("m.py", "Account.pay", 1, "Account")
    assert (pay.line, pay.def_line, pay.docstring_line, pay.body_line, pay.end_line) == (5, 8, 18, 18, 24)
    assert pay.source == "\n".join(lines[4:24])
    assert pay.docstring == "Pay it.\n\nTwice."
    assert pay.decorators == ("retry(times=2)", "cached")
    assert pay.parameters == ("self", "amount", "parts", "to", "more")
    assert pay.calls == ("self.bank.send", "log", "audit", "f")
    assert {"bank", "amount", "cached", "bool", "x"} <= pay.names
    assert "pay" not in pay.names
    assert pay.branches == 5
    assert pay.is_async
    assert not pay.has_error


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        pytest.param("def f(a, b=1): pass", "def f(a, b=1):", id="one line"),
        pytest.param(
            "def f(\n    a,  # first\n    b='# no',\n) -> int:\n    pass", "def f(a, b='# no') -> int:", id="wrapped"
        ),
        pytest.param("async def f(a=[\n    1,\n  ]): pass", "async def f(a=[1]):", id="nested brackets"),
        pytest.param("def f[T: int](x: T) -> T: pass", "def f[T: int](x: T) -> T:", id="type parameters"),
        pytest.param("def f(x='''a\nb'''): pass", "def f(x='''a\\nb'''):", id="a string over two lines"),
    ],
)
def test_signature_is_on_one_line(source: str, expected: str) -> None:
    assert only(source).signature == expected


NAMES = """\
if a:
    def f(): pass
elif b:
    def f(): pass
else:
    try:
        def f(): pass
    finally:
        pass
class C:
    @property
    def x(self): pass
    @x.setter
    def x(self, v): pass
    with y:
        def w(self): pass
    class D:
        def m(self):
            class E:
                async def n(self): pass
            def inner(): return lambda: 0
def g():
    global loose
    def loose():
        def tight(): pass
match z:
    case 1:
        def h(): pass
"""


def test_names_are_those_of_python() -> None:
    assert [(f.name, f.ordinal, f.class_name) for f in functions(NAMES)] == [
        ("f", 1, None),
        ("f", 2, None),
        ("f", 3, None),
        ("C.x", 1, "C"),
        ("C.x", 2, "C"),
        ("C.w", 1, "C"),
        ("C.D.m", 1, "C.D"),
        ("C.D.m.<locals>.E.n", 1, "C.D.m.<locals>.E"),
        ("C.D.m.<locals>.inner", 1, None),
        ("g", 1, None),
        ("loose", 1, None),
        ("loose.<locals>.tight", 1, None),
        ("h", 1, None),
    ]


def test_identifiers_are_normalised_as_python_does() -> None:
    assert only("def \ufb01n(): pass").name == "fin"


@pytest.mark.parametrize(
    "data",
    [
        pytest.param("\ufeffdef f():\n    'ä'\n".encode(), id="BOM"),
        pytest.param("# coding: latin-1\ndef f():\n    'ä'\n".encode("latin-1"), id="latin-1 cookie"),
        pytest.param("def f():\r\n    'ä'\r\n".encode(), id="CRLF"),
        pytest.param("def f():\n\t'ä'\n".encode(), id="tab"),
        pytest.param("\x0cdef f():\n    'ä'\n".encode(), id="form feed"),
        pytest.param("def f():\n    'ä'".encode(), id="no newline at the end"),
        pytest.param("def f():\n    'ä'\n  # out\n# of it\n".encode(), id="comments after it"),
    ],
)
def test_bytes_are_read_by_their_encoding(data: bytes) -> None:
    function = only(data)

    assert function.docstring == "ä"
    assert function.end_line == function.line + 1
    assert "\r" not in function.source
    assert len(function.source.split("\n")) == 2


@pytest.mark.parametrize(
    "data",
    [
        pytest.param("def f(): pass\n".encode("utf-16"), id="UTF-16 with a mark"),
        pytest.param("def f(): pass\n".encode("utf-16-le"), id="UTF-16 without"),
        pytest.param("def f(): 'ä'\n".encode("latin-1"), id="undeclared latin-1"),
        pytest.param(b"\n\n\ndef f(): '\xff'\n", id="undeclared, later on"),
        pytest.param(b"# coding: no-such-thing\n", id="unknown encoding"),
        pytest.param(b"# coding: hex\n6162\n", id="an encoding that is none"),
        pytest.param(b"# coding: idna\n\xff..\n", id="an encoding that fails in its own way"),
        pytest.param(b"\xef\xbb\xbf# coding: latin-1\n", id="mark and cookie disagree"),
        pytest.param(b"# coding: utf-7\n'+2AA-'\n", id="lone surrogates"),
    ],
)
def test_bytes_that_are_not_what_they_declare_are_named(data: bytes) -> None:
    with pytest.raises(Unparsable, match="encod"):
        parse("m.py", data)


def test_lone_carriage_returns_end_no_line_of_git() -> None:
    first, second = functions(b"x = 1\rdef f():\r    'd'\n    pass\r\ndef g(): pass\n")

    assert (first.name, first.line, first.end_line, first.docstring_line) == ("f", 1, 2, 1)
    assert (second.name, second.line, second.end_line) == ("g", 3, 3)
    assert first.docstring == "d"


@pytest.mark.parametrize(
    ("source", "names"),
    [
        pytest.param("def a():\n    x = \ndef b(): pass\n", {"a": True, "b": False}, id="half a statement"),
        pytest.param("def a():\n    x = 'no end\n\ndef b(): pass\n", {"a": True, "b": False}, id="open string"),
        pytest.param(
            "def a(): pass\nx = = 1\nclass C:\n    def b(self): pass\n", {"a": False, "C.b": False}, id="outside"
        ),
        pytest.param("def a():\n    return '\0'\ndef b(): pass\n", {"a": True, "b": False}, id="NUL"),
    ],
)
def test_a_syntax_error_hides_no_other_function(source: str, names: dict[str, bool]) -> None:
    module = parse("m.py", source.encode())

    assert module.has_error
    assert {f.name: f.has_error for f in module.functions} == names


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("def f[T: (int, str), *Ts, **P](x: T) -> T:\n    return x\n", id="PEP 695"),
        pytest.param("def f(x):\n    return f'{x['a']} {f'{x!r:>{3}}'}'\n", id="PEP 701"),
        pytest.param("def f():\n    try: pass\n    except A, B: pass\n", id="PEP 758"),
        pytest.param("def f(x):\n    return t'{x}'\n", id="PEP 750"),
    ],
)
def test_newer_syntax_needs_no_newer_python(source: str) -> None:
    function = only(source)

    assert not function.has_error
    assert function.tree_hash == only(source.replace("    ", "  ").replace(":\n", ":  # note\n")).tree_hash
    assert function.tree_hash != only(source.replace("def f", "def k")).tree_hash


@pytest.mark.parametrize(
    "expression",
    [
        pytest.param("(" * 100_000 + ")" * 100_000, id="parentheses"),
        pytest.param("1+" * 50_000 + "1", id="sums"),
        pytest.param("not " * 50_000 + "x", id="nots"),
        pytest.param("a" + ".a" * 50_000, id="attributes"),
        pytest.param("a" + "()" * 50_000, id="calls"),
    ],
)
def test_deep_code_is_read_like_any_other(expression: str) -> None:
    function = functions(f"def f():\n    return {expression}\n")[0]

    assert function.name == "f"
    assert function.tree_hash != function.body_hash
    assert function.branches == 0


def test_brackets_that_never_close_are_survived() -> None:
    assert parse("m.py", b"x = " + b"[" * 100_000 + b"\ndef f(): pass\n").has_error


BASE = """\
@wraps(g)
def f(a, b=1):
    \"\"\"Say.\"\"\"
    x = [a, b]
    if x:
        return f(x[0] + 1) * 2
    return None
"""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("    x =", "\n    # note\n    x  =", id="comment and blank line"),
        pytest.param("[a, b]", "[\n        a,\n        b,\n    ]", id="wrapped"),
        pytest.param("return None", "return (None)", id="parentheses"),
        pytest.param("(a, b=1)", "(\n    a, b=1,\n)", id="wrapped signature"),
    ],
)
@pytest.mark.parametrize("spoilt", ["", "    ?\n"], ids=["by Python's parser", "by tree-sitter's tokens"])
def test_layout_and_comments_leave_the_tree_hash(old: str, new: str, spoilt: str) -> None:
    before, after = only(BASE + spoilt), only(BASE.replace(old, new) + spoilt)

    assert before.text_hash != after.text_hash
    assert (before.tree_hash, before.body_hash) == (after.tree_hash, after.body_hash)


@pytest.mark.parametrize(
    ("old", "new", "body_changes"),
    [
        pytest.param("Say.", "Tell.", False, id="docstring"),
        pytest.param("@wraps(g)", "@wraps(h)", False, id="decorator"),
        pytest.param("@wraps(g)\n", "", False, id="decorator gone"),
        pytest.param("def f(", "def k(", True, id="name without its recursion"),
        pytest.param("f(", "k(", False, id="name with its recursion"),
        pytest.param("b=1", "b=2", True, id="default"),
        pytest.param("def f", "async def f", True, id="async"),
        pytest.param("x[0] + 1", "x[0] - 1", True, id="operator"),
        pytest.param("(x[0] + 1) * 2", "(x[0] + 1 * 2)", True, id="parentheses that matter"),
        pytest.param("    return None", "        return None", True, id="into the block"),
        pytest.param("x[0]", "x[0,]", True, id="a comma that makes a tuple"),
    ],
)
@pytest.mark.parametrize("spoilt", ["", "    ?\n"], ids=["by Python's parser", "by tree-sitter's tokens"])
def test_what_means_something_else_has_another_tree_hash(old: str, new: str, body_changes: bool, spoilt: str) -> None:
    before, after = only(BASE + spoilt), only(BASE.replace(old, new) + spoilt)

    assert before.tree_hash != after.tree_hash
    assert (before.body_hash != after.body_hash) == body_changes


@pytest.mark.parametrize("spoilt", ["", "    ?\n"], ids=["by Python's parser", "by tree-sitter's tokens"])
def test_the_tree_hash_leaves_nested_functions_out(spoilt: str) -> None:
    plain = functions("def f():\n    x = 1\n    return x\n" + spoilt)[0]
    nested = functions("def f():\n    x = 1\n    @d\n    def g(): return 2\n    return x\n" + spoilt)[0]

    assert plain.tree_hash == nested.tree_hash
    assert plain.body_hash != nested.body_hash


def test_text_hash_ignores_where_a_function_stands() -> None:
    outside = only("def f(x):\n    return x\n")
    inside = only("class C:\n        def f(x):\n            return x\n")

    assert outside.text_hash == inside.text_hash
    assert outside.body_hash == inside.body_hash


def test_a_module_is_more_than_its_functions() -> None:
    module = parse(
        "m.py",
        dedent('''\
        """About."""
        import os.path, sys as system
        from . import (
            a as b,  # why
            c,
        )
        from x import *
        if TYPE_CHECKING:
            from y import Z
        LIMIT = TOP = 3
        table: dict = {
            1: 2,
        }
        @final
        class K(Base,
                metaclass=M):
            """A class."""
            size: int
            name = "n"
            def m(self):
                import inner
                local = 1
        ''').encode(),
    )

    assert module.docstring == "About."
    assert module.imports == (
        ImportLine(2, "import os.path, sys as system", ("os", "system")),
        ImportLine(3, "from . import (a as b, c)", ("b", "c")),
        ImportLine(7, "from x import *", ("*",)),
        ImportLine(9, "from y import Z", ("Z",)),
    )
    assert module.constants == (("LIMIT", "LIMIT = TOP = 3"), ("TOP", "LIMIT = TOP = 3"), ("table", "table: dict = {"))
    (k,) = module.classes
    assert (k.name, k.line, k.end_line, k.docstring) == ("K", 14, 22, "A class.")
    assert k.header == "@final\nclass K(Base, metaclass=M):"
    assert k.fields == ("size: int", 'name = "n"')
    assert not module.has_error


def test_a_function_survives_pickling_and_comparison() -> None:
    function = only(EVERYTHING)

    assert pickle.loads(pickle.dumps(function)) == function == only(EVERYTHING)
