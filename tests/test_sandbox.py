from __future__ import annotations

import importlib.util
import shutil
import stat
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from reviewer.data import Case, CaseResult, Expected, ExpectedKind, Job, Mutant, Origin, OutcomeKind, Side
from reviewer.evidence import isolation, sandbox
from reviewer.evidence.import_roots import import_roots

VALUE, OUTPUT, EXCEPTION = ExpectedKind.VALUE, ExpectedKind.OUTPUT, ExpectedKind.EXCEPTION
Files = dict[str, str | None]
Opener = Callable[..., sandbox.Sandbox]


def case(
    call: str,
    text: str | None = None,
    kind: ExpectedKind = VALUE,
    type: str | None = None,  # noqa: A002
    setup: tuple[str, ...] = (),
    flags: tuple[str, ...] = (),
    names: dict[str, str] | None = None,
) -> Case:
    return Case(setup, call, Expected(kind, text, type, flags), Origin.EXAMPLE, None, names=names or {})


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opener]:
    boxes = []

    def opener(
        new: Files,
        old: Files | None = None,
        disk: Files | None = None,
        limits: sandbox.Limits | None = None,
        **more: object,
    ) -> sandbox.Sandbox:
        root = tmp_path / "repository"
        for path, text in (new if disk is None else disk).items():
            if text is not None:
                (root / path).parent.mkdir(parents=True, exist_ok=True)
                (root / path).write_text(textwrap.dedent(text))
        root.mkdir(exist_ok=True)
        sides = [
            {path: None if text is None else textwrap.dedent(text).encode() for path, text in files.items()}
            for files in (old or {}, new)
        ]
        roots = import_roots(root, *new, *(old or {}))
        boxes.append(sandbox.open(Path(sys.executable), root, roots, *sides, limits=limits, **more))  # type: ignore[arg-type]
        return boxes[-1]

    yield opener
    for box in boxes:
        box.close()


def one(
    box: sandbox.Sandbox, case_: Case, path: str = "m.py", function: str = "f", side: Side = Side.NEW
) -> CaseResult:
    (result,) = box.run(side, [Job(path, function, case_)])
    return result


MODULE = """
    import asyncio, dataclasses, enum, functools, math, os, socket, sys, warnings

    class Colour(enum.Enum):
        RED = 1

    @dataclasses.dataclass
    class Point:
        x: int
        y: int = 0

    class Slotted:
        __slots__ = ("a", "__b")
        def __init__(self): self.a = 1; self.__b = 2

    class Plain:
        def __init__(self, value): self.value = value

    class Loop:
        def __init__(self): self.me = self

    class MyError(ValueError):
        pass

    class Stack:
        '''A stack.'''
        def __init__(self): self.items = []
        def push(self, item): self.items.append(item); return self
        @property
        def top(self): return self.items[-1]
        @classmethod
        def of(cls, *items):
            stack = cls()
            stack.items.extend(items)
            return stack
        @staticmethod
        def empty(): return Stack()
        def __enter__(self): return self
        def __exit__(self, *error): self.items.clear()

    def f(x): return x
    def add(a, b): return a + b
    def third(): return 1 / 3
    def fail(kind=ValueError, text="bad"): raise kind(text)
    def mine(): raise MyError("mine")
    def key(): return {}["k"]
    def say(*words):
        print(*words)
    def both(x):
        print("before")
        return x
    def numbers(n):
        yield from range(n)
    def breaking(n):
        yield from range(n)
        raise MyError("mine")
    async def later(x):
        await asyncio.sleep(0)
        return x
    async def stream(n):
        for i in range(n):
            yield i
    def nothing(x): return None
    def sort(items):
        items.sort()
    def write(path, text):
        path.write_text(text)
        return path.read_text()
    def branch(x):
        if x > 0:
            return "positive"
        return "other"
    def quit(): sys.exit("bye")
    def missing():
        import no_such_module_anywhere
    def environment(): return dict(os.environ)
    def seed(): return hash("text")
    def where(): return os.getcwd()
    def home(): return os.path.expanduser("~")
    def recurse(n): return recurse(n + 1)
    def connect():
        try:
            socket.create_connection(("127.0.0.1", 1))
        except OSError as error:
            raise RuntimeError("wrapped") from error
"""


@pytest.fixture(scope="module")
def module(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sandbox.Sandbox]:
    root = tmp_path_factory.mktemp("repository")
    data = textwrap.dedent(MODULE).encode()
    (root / "m.py").write_bytes(data)
    with sandbox.open(Path(sys.executable), root, [root], {}, {"m.py": data}) as box:
        yield box


@pytest.mark.parametrize(
    ("case_", "passed"),
    [
        (case("f(1)", "1"), True),
        (case("f(1)", "2"), False),
        (case("f(1)", "1.0"), True),
        (case("f(float('nan'))", "float('nan')"), True),
        (case("third()", "0.333"), True),
        (case("third()", "0.334"), False),
        (case("[third(), -third()]", "[0.333, -0.33]"), True),
        (case("f(0.54)", "0.5"), False),
        (case("add(0.1, 0.2)", "0.3"), True),
        (case("f(2.04)", "2.0"), False),
        (case("numbers(3)", "[0, 1, 2]"), True),
        (case("numbers(3)", "(0, 1, 2)"), True),
        (case("numbers(3)", "[0, 1]"), False),
        (case("numbers(10**9)", "[0, 1]"), False),
        (case("breaking(2)", "[0, 1]"), False),
        (case("breaking(2)", None, EXCEPTION, "MyError"), True),
        (case("breaking(2)", "theirs", EXCEPTION, "MyError"), False),
        (case("f(1)", "1", setup=("unused = breaking(2)",)), True),
        (case("map(str, [1])", "['1']"), True),
        (case("later(4)", "4"), True),
        (case("await later(4)", "4"), True),
        (case("stream(3)", "[0, 1, 2]"), True),
        (case("Plain(1)", "Plain(1)"), True),
        (case("Plain(1)", "Plain(2)"), False),
        (case("Loop()", "Loop()"), True),
        (case("object()", "object()"), False),
        (case("f({1, 2})", "{2, 1}"), True),
        (case("s.top", "3", setup=("s = Stack()", "s.push(3)")), True),
        (case("Stack.of(1, 2).top", "2"), True),
        (case("Stack.empty().items", "[]"), True),
        (case("s.items", "[]", setup=("with Stack.of(1) as s:\n    s.push(2)",)), True),
        (case("write(tmp_path / 'a', 'b')", "'b'"), True),
        (case("str(tmp_path / 'a')", "str(tmp_path / 'b')"), False),
        (case("home()", "os.path.expanduser('~')"), True),
        (case("sqrt(4)", "2.0", names={"sqrt": "from math import sqrt"}), True),
        (case("xs", "[1, 2]", setup=("xs = [2, 1]", "sort(xs)")), True),
        (case("f(1)"), True),
        (case("say('a', 1)", "a 1\n", OUTPUT), True),
        (case("say('a', 1)", "a 2\n", OUTPUT), False),
        (case("both(3)", "before\n3\n", OUTPUT), True),
        (case("f('x')", "'x'", OUTPUT), True),
        (case("f(None)", "", OUTPUT), True),
        (case("later(5)", "5\n", OUTPUT), True),
        (case("for i in numbers(2):\n    print(i)\n", "0\n1\n", OUTPUT), True),
        (case("list(range(20))", "[0, 1, ..., 19]\n", OUTPUT, flags=("ELLIPSIS",)), True),
        (case("list(range(20))", "[0, 1, ..., 19]\n", OUTPUT), False),
        (case("say('a   b')", "a b\n", OUTPUT, flags=("NORMALIZE_WHITESPACE",)), True),
        (case("fail()", None, EXCEPTION, "ValueError"), True),
        (case("fail()", "bad", EXCEPTION, "ValueError"), True),
        (case("fail()", "worse", EXCEPTION, "ValueError"), False),
        (case("fail()", "b...", EXCEPTION, "ValueError", flags=("ELLIPSIS",)), True),
        (case("fail()", "other", EXCEPTION, "builtins.ValueError", flags=("IGNORE_EXCEPTION_DETAIL",)), True),
        (case("mine()", "mine", EXCEPTION, "MyError"), True),
        (case("mine()", "mine", EXCEPTION, "m.MyError"), True),
        (case("mine()", None, EXCEPTION, "ValueError"), True),
        (case("mine()", None, EXCEPTION, "KeyError"), False),
        (case("key()", "'k'", EXCEPTION, "KeyError"), True),
        (case("f(1)", None, EXCEPTION, "ValueError"), False),
        (case("fail()", "1"), False),
        (case("int(f('x'))", "1"), False),
        (case("f(1, 2)", "1"), False),
        (case("quit()", None, EXCEPTION, "SystemExit"), True),
        (case("recurse(0)", None, EXCEPTION, "RecursionError"), True),
        (case("nothing(1).x", "1"), None),  # `f`, whose lines are recorded, was not reached
    ],
    ids=lambda value: value.call if isinstance(value, Case) else None,
)
def test_a_case_passes_when_the_promise_holds(module: sandbox.Sandbox, case_: Case, passed: bool | None) -> None:
    result = one(module, case_)
    assert result.passed is passed, result


@pytest.mark.parametrize(
    ("case_", "reason"),
    [
        (case("undefined(1)", "1"), "the example's own text fails: NameError: name 'undefined' is not defined"),
        (case("f(1", "1"), "the example's own text fails: SyntaxError"),
        (case("f(1)", "undefined"), "the expected value cannot be computed: NameError"),
        (case("f(1)", "1 +"), "the expected value cannot be computed: SyntaxError"),
        (case("f(x)", "1", setup=("x = undefined",)), "the example's own text fails: NameError"),
        (case("f(1)", "1", setup=("1 / 0",)), "the example's own text fails: ZeroDivisionError"),
        (case("f(1)", "1", setup=("import no_such_module",)), "missing dependency: no_such_module"),
        (case("f(1)", "1", names={"x": "from no_such import x"}), "the import of x fails: ModuleNotFoundError"),
        (case("f(open('no such file'))", "1"), "the example's own text fails: FileNotFoundError"),
        (case("missing()", "1"), "missing dependency: no_such_module_anywhere"),
        (case("connect()", "1"), "needs network"),
        (case("connect()", None, EXCEPTION, "RuntimeError"), "needs network"),
        (case("open('new', 'w')", "1"), "needs to write outside the sandbox"),
        (case("math.nope", "1"), "the example's own text fails: AttributeError"),
        (case("home()", "'/home/me'"), "it depends on the home folder"),
        (case("home()", "'/home/me'\n", OUTPUT), "it depends on the home folder"),
        (case("f('/home/me')", "home()"), "it depends on the home folder"),
        (case("fail(text=home())", "1"), "it depends on the home folder"),
    ],
    ids=lambda value: value.call if isinstance(value, Case) else None,
)
def test_what_is_not_the_codes_fault_is_not_run(module: sandbox.Sandbox, case_: Case, reason: str) -> None:
    result = one(module, case_)
    assert result.passed is None
    assert result.outcome.kind is OutcomeKind.NOT_RUN
    assert (result.outcome.message or "").startswith(reason)


@pytest.mark.parametrize(
    ("call", "value", "type_"),
    [
        ("f(1)", "1", "int"),
        ("f([1, 'a', None])", "[1, 'a', None]", "list"),
        ("f((1,))", "(1,)", "tuple"),
        ("f({'b': 1, 'a': {2, 1}})", "{'b': 1, 'a': {1, 2}}", "dict"),
        ("f(set())", "set()", "set"),
        ("f(frozenset({'b', 'a'}))", "frozenset({'a', 'b'})", "frozenset"),
        ("Point(1)", "m.Point(x=1, y=0)", "m.Point"),
        ("Slotted()", "m.Slotted(__b=2, a=1)", "m.Slotted"),
        ("Loop()", "m.Loop(me=<cycle>)", "m.Loop"),
        ("Colour.RED", "m.Colour.RED", "m.Colour"),
        ("f", "<function m.f>", "function"),
        ("Plain", "<type m.Plain>", "type"),
        ("MyError('a')", "m.MyError('a')", "m.MyError"),
        ("numbers(2)", "<generator [0, 1]>", "generator"),
        ("f(10**5000) > 0", "True", "bool"),
        ("__import__('datetime').date(2020, 1, 2)", "datetime.date(2020, 1, 2)", "datetime.date"),
        ("__import__('collections').OrderedDict(a=1)", "collections.OrderedDict({'a': 1})", "collections.OrderedDict"),
        ("f([[[[[[[[1]]]]]]]])", "[[[[[[[...]]]]]]]", "list"),
    ],
)
def test_values_have_a_canonical_text(module: sandbox.Sandbox, call: str, value: str, type_: str) -> None:
    result = one(module, case(call))
    assert (result.outcome.kind, result.outcome.value, result.outcome.type) == (OutcomeKind.RETURNED, value, type_)


@pytest.mark.parametrize("call", ["breaking(2)", "[breaking(0)]", "zip(breaking(1), [1, 2])"])
def test_what_a_generator_raises_is_what_its_call_raises(module: sandbox.Sandbox, call: str) -> None:
    outcome = one(module, case(call)).outcome
    assert (outcome.kind, outcome.type, outcome.message) == (OutcomeKind.RAISED, "m.MyError", "mine")


def test_no_address_ever_shows(module: sandbox.Sandbox) -> None:
    for call in ("object()", "Plain(object())", "lambda: 1", "Stack().push", "iter([])", "memoryview(b'')"):
        assert "0x" not in (one(module, case(call)).outcome.value or "")


def test_a_huge_value_is_cut_and_still_told_apart(module: sandbox.Sandbox) -> None:
    left, right = (one(module, case(f"'a' * 10**6 + '{end}'")).outcome.value or "" for end in "xy")
    assert len(left) < 5000
    assert left != right


def test_the_lines_of_the_function_that_ran_are_reported(module: sandbox.Sandbox) -> None:
    lines = textwrap.dedent(MODULE).splitlines()
    start = lines.index("def branch(x):") + 1
    assert one(module, case("branch(1)", "1"), function="branch").reached == (start + 1, start + 2)
    assert one(module, case("branch(0)", "1"), function="branch").reached == (start + 1, start + 3)
    assert one(module, case("f(1)", "1"), function="branch").reached == ()


def test_an_attribute_missing_from_what_the_function_returned_is_a_failure(module: sandbox.Sandbox) -> None:
    result = one(module, case("nothing(1).x", "1"), function="nothing")
    assert result.passed is False
    assert result.outcome.type == "AttributeError"


def test_effects_show_changed_arguments_and_output(module: sandbox.Sandbox) -> None:
    assert one(module, case("sort(xs)", "None", setup=("xs = [2, 1]",))).effects == "xs = [1, 2]\n"
    assert one(module, case("say('hello')", "None")).effects == "hello\n"


def test_runs_do_not_see_each_other(module: sandbox.Sandbox) -> None:
    jobs = [Job("m.py", "f", case("Stack.__dict__.get('mark')", "None", setup=("mark = 1",)))]
    jobs.insert(0, Job("m.py", "f", case("setattr(Stack, 'mark', 1)", "None")))
    assert [result.passed for result in module.run(Side.NEW, [*jobs, *jobs])] == [True] * 4


def test_the_environment_is_clean(module: sandbox.Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_TOKEN", "secret")
    result = one(module, case("environment()"))
    assert "PATH" in (result.outcome.value or "")
    assert "secret" not in (result.outcome.value or "")


def test_hash_seeds_differ_and_each_is_stable(module: sandbox.Sandbox) -> None:
    def seen(seed: int, fresh: bool = False) -> str | None:
        return module.run(Side.NEW, [Job("m.py", "f", case("seed()"))], hash_seed=seed, fresh=fresh)[0].outcome.value

    assert seen(0) == seen(0) == seen(0, fresh=True)
    assert seen(1) != seen(0)


def test_nothing_starts_after_the_deadline(module: sandbox.Sandbox) -> None:
    results = module.run(Side.NEW, [Job("m.py", "f", case("f(1)", "1"))] * 3, deadline=time.monotonic() - 1)
    assert [result.outcome.message for result in results] == ["deadline"] * 3


def test_it_serves_several_threads(module: sandbox.Sandbox) -> None:
    found: list[bool | None] = []

    def work(number: int) -> None:
        jobs = [Job("m.py", "f", case(f"f({number})", str(number)))] * 5
        found.extend(result.passed for result in module.run(Side.NEW, jobs, hash_seed=number % 2))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [True] * 20


# ---------------------------------------------------------------- versions


def test_each_side_has_its_own_code(opened: Opener) -> None:
    box = opened(
        {"m.py": "def f(): return 'new'"}, {"m.py": "def f(): return 'old'"}, {"m.py": "def f(): return 'disk'"}
    )
    assert [one(box, case("f()"), side=side).outcome.value for side in (Side.OLD, Side.NEW)] == ["'old'", "'new'"]


@pytest.mark.parametrize(
    ("new", "disk", "path", "call", "value"),
    [
        (
            {"src/p/a.py": "from .b import g\ndef f(): return g()", "src/p/b.py": "def g(): return 'new'"},
            {"src/p/__init__.py": "", "src/p/a.py": "", "src/p/b.py": "def g(): return 'disk'"},
            "src/p/a.py", "f()", "'new'",
        ),
        (
            {"p/a.py": "from p import rest\ndef f(): return rest.x"},
            {"p/__init__.py": "", "p/rest.py": "x = 'disk'"},
            "p/a.py", "f()", "'disk'",
        ),
        (
            {"p/__init__.py": "x = 1", "p/q/__init__.py": "", "p/q/a.py": "import p\ndef f(): return p.x"}, {},
            "p/q/a.py", "f()", "1",
        ),
        ({"p/__init__.py": "def f(): return __name__"}, {}, "p/__init__.py", "f()", "'p'"),
        ({"src/n/a.py": "def f(): return __name__"}, {"src/n/b.py": ""}, "src/n/a.py", "f()", "'n.a'"),
        ({"my-script.py": "def f(): return 1"}, {}, "my-script.py", "f()", "1"),
        ({"json.py": "def f(): return 'mine'"}, {"json.py": ""}, "json.py", "f()", "'mine'"),
        ({"m.py": "import worker\ndef f(): return worker.x", "worker.py": "x = 1"}, {}, "m.py", "f()", "1"),
        (
            {"m.py": "import inspect\ndef f(): return inspect.getsource(f).strip()"},
            {"m.py": "# other\n\n\n\n"},
            "m.py", "f()", "'def f(): return inspect.getsource(f).strip()'",
        ),
        ({"m.py": "import os\ndef f(): return os.path.basename(__file__)"}, {"m.py": ""}, "m.py", "f()", "'m.py'"),
    ],
    ids=["relative", "unchanged", "only-in-index", "init", "namespace", "script", "hidden", "ours", "source", "file"],
)  # fmt: skip
def test_the_overlay_serves_the_versions_under_review(
    opened: Opener, new: Files, disk: Files, path: str, call: str, value: str
) -> None:
    assert one(opened(new, disk=disk), case(call), path).outcome.value == value


@pytest.mark.parametrize(
    ("disk", "statement"),
    [
        ({"p/__init__.py": "", "p/gone.py": ""}, "import p.gone"),
        ({"gone/__init__.py": ""}, "import gone"),
        ({"gone.py": ""}, "import gone"),
    ],
    ids=["module", "package", "top"],
)  # fmt: skip
def test_a_deleted_file_cannot_be_imported_though_it_lies_there(opened: Opener, disk: Files, statement: str) -> None:
    gone = {path: None for path in disk if "gone" in path}
    box = opened({"m.py": f"def f():\n    {statement}", **gone}, disk=disk)
    assert one(box, case("f()", None, EXCEPTION, "ModuleNotFoundError")).passed
    assert "does not exist on this side" in (one(box, case("1", "1"), next(iter(gone))).outcome.message or "")


def test_old_bytecode_is_never_taken_for_a_changed_file(opened: Opener) -> None:
    box = opened({"m.py": "def f(): return 2"}, disk={"m.py": "def f(): return 1"})
    import py_compile

    py_compile.compile(str(Path(box.settings.root) / "m.py"))
    assert one(box, case("f()", "2")).passed


def test_a_module_that_cannot_be_imported_says_why(opened: Opener) -> None:
    box = opened({"bad.py": "import no_such_thing", "worse.py": "def (", "fine.py": ""})
    bad, worse, fine = (one(box, case("1", "1"), path).outcome for path in ("bad.py", "worse.py", "fine.py"))
    assert [outcome.kind for outcome in (bad, worse)] == [OutcomeKind.NOT_RUN] * 2
    assert bad.message == "missing dependency: ModuleNotFoundError: No module named 'no_such_thing'"
    assert (worse.message or "").startswith("the import fails: SyntaxError")
    assert fine.kind is OutcomeKind.RETURNED


def test_a_module_with_threads_is_imported_anew_for_each_run(opened: Opener) -> None:
    text = """
        import threading, time
        seen = []
        threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()
        def f(): seen.append(1); return len(seen)
    """
    box = opened({"m.py": text})
    assert [one(box, case("f()", "1")).passed for _ in range(3)] == [True] * 3


def test_limits_hold(opened: Opener) -> None:
    limits = sandbox.Limits(cpu_seconds=1, wall_seconds=0.5, memory_bytes=64 << 20)
    box = opened(
        {"m.py": "import time\ndef f(n): time.sleep(n)\ndef g(): return len(bytearray(256 << 20))"}, limits=limits
    )
    assert one(box, case("f(30)", "None")).outcome.kind is OutcomeKind.TIMED_OUT
    assert one(box, case("g()", "1")).outcome.type == "MemoryError"
    assert one(box, case("f(0)", "None")).passed


# ---------------------------------------------------------------- mutants


def kills(
    box: sandbox.Sandbox, source: str, *cases: Case, function: str = "f", line: int = 1, path: str = "m.py"
) -> object:
    mutant = Mutant("id", "test", line, "a change", textwrap.dedent(source).strip("\n") + "\n")
    return box.kills(Side.NEW, path, function, [mutant], cases)[0]


MAXIMUM = "def f(a, b=1):\n    return a if a > b else b\n"


@pytest.mark.parametrize(
    ("mutant", "killed"),
    [
        ("def f(a, b=1):\n    return a if a >= b else b", frozenset()),
        ("def f(a, b=1):\n    return a if a < b else b", frozenset({0, 1, 2})),
        ("def f(a, b=1):\n    return a", frozenset({1, 2})),
        ("def f(a, b=2):\n    return a if a > b else b", frozenset({2})),
        ("def f(a, b=1):\n    while True: pass", frozenset({0, 1, 2})),
        ("def f(a, b=1):\n    import os; os._exit(0)", frozenset({0, 1, 2})),
        (
            "def f(a, b=1):\n    if a == 1:\n        import os; os._exit(0)\n    return a if a > b else b",
            frozenset({1}),
        ),
        ("def f(a, b=1)\n    syntax", None),
        ("def other(a): pass", None),
    ],
)
def test_a_mutant_is_killed_by_the_cases_that_fail(opened: Opener, mutant: str, killed: object) -> None:
    box = opened({"m.py": MAXIMUM, "n.py": "from m import f as g"}, limits=sandbox.Limits(wall_seconds=1))
    assert kills(box, mutant, case("f(3, 2)", "3"), case("f(1, 2)", "2"), case("f(0)", "1")) == killed


DECORATED = """
    import functools
    def wrapped(f):
        @functools.wraps(f)
        def inner(*a): return f(*a)
        return inner
    def hidden(f):
        return lambda *a: f(*a)
    class Base:
        def g(self): return 1
    class A(Base):
        @property
        def p(self): return 1
        @classmethod
        def c(cls): return 1
        @staticmethod
        def s(): return 1
        @functools.cached_property
        def q(self): return 1
        def g(self): return super().g()
        def __private(self): return 1
        def call(self): return self.__private()
        def __eq__(self, other): return True
    @wrapped
    def w(): return 1
    @hidden
    def h(): return 1
    @functools.lru_cache
    def l(): return 1
    @functools.singledispatch
    def d(x): return 1
    @hidden
    @functools.wraps(h)
    @functools.lru_cache(None)
    def deep(): return 1
    part = functools.partial(h)
    async def a(): return 1
    def gen(): yield 1
    def outer():
        x = 1
        def inner(): return x
        return inner()
    def kw(*, x=1): return x
"""


@pytest.mark.parametrize(
    ("function", "mutant", "call"),
    [
        ("A.p", "class A:\n    def p(self): return 2", "A().p"),
        ("A.c", "class A:\n    def c(cls): return 2", "A.c()"),
        ("A.s", "class A:\n    def s(): return 2", "A.s()"),
        ("A.q", "class A:\n    def q(self): return 2", "A().q"),
        ("A.g", "class A(Base):\n    def g(self): return super().g() + 1", "A().g()"),
        ("A.__private", "class A:\n    def __private(self): return 2", "A().call()"),
        ("w", "def w(): return 2", "w()"),
        ("h", "def h(): return 2", "h()"),
        ("h", "def h(): return 2", "part()"),
        ("l", "def l(): return 2", "l()"),
        ("d", "def d(x): return 2", "d(0)"),
        ("deep", "def deep(): return 2", "deep()"),
        ("a", "async def a(): return 2", "a()"),
        ("gen", "def gen(): yield 2", "next(gen())"),
        (
            "outer.<locals>.inner",
            "def outer():\n    x = 1\n    def inner(): return x + 1\n    return inner()",
            "outer()",
        ),
        ("kw", "def kw(*, x=2): return x", "kw()"),
    ],
    ids=lambda value: value if "(" in value and "def" not in value else None,
)
def test_the_live_function_is_found_and_swapped(opened: Opener, function: str, mutant: str, call: str) -> None:
    box = opened({"m.py": DECORATED})
    line = 1 + next(
        number for number, text in enumerate(textwrap.dedent(DECORATED).splitlines())
        if f"def {function.split('.')[0 if '<' in function else -1]}(" in text
        and (function != "A.g" or "super" in text)
    )  # fmt: skip
    assert kills(box, mutant, case(call, "1"), function=function, line=line) == frozenset({0})


def test_a_mutant_whose_free_variables_differ_is_not_applied(opened: Opener) -> None:
    box = opened({"m.py": "class A:\n    def g(self): return 1\n"})
    mutant = "class A:\n    def g(self): return super().g()"
    assert kills(box, mutant, case("A().g()", "1"), function="A.g", line=2) is None


def test_the_function_of_that_line_is_meant_where_several_share_a_name(opened: Opener) -> None:
    text = """
        class A:
            @property
            def p(self): return self.v
            @p.setter
            def p(self, v): self.v = v
    """
    box = opened({"m.py": text})
    cases = [case("a.p", "3", setup=("a = A()", "a.v = 3")), case("a.v", "4", setup=("a = A()", "a.p = 4"))]
    mutants = ["class A:\n    def p(self): return None", "class A:\n    def p(self, v): self.v = None"]
    assert kills(box, mutants[0], *cases, function="A.p", line=4) == frozenset({0})
    assert kills(box, mutants[1], *cases, function="A.p", line=6) == frozenset({1})


@pytest.mark.parametrize(
    ("cases", "reason"),
    [
        ([case("f(1)", "9")], "the clean run fails"),
        ([case("1", "1")], "a forced failure is not noticed"),
    ],
    ids=["clean-run-fails", "forced-failure-passes"],
)
def test_nothing_counts_unless_the_preconditions_hold(opened: Opener, cases: list[Case], reason: str) -> None:
    with pytest.raises(sandbox.Unusable, match=reason):
        kills(opened({"m.py": MAXIMUM}), MAXIMUM, *cases)


def test_cases_that_disturb_each_other_are_run_apart(opened: Opener) -> None:
    box = opened({"m.py": "seen = []\ndef f(x):\n    seen.append(x)\n    return len(seen)\n"})
    mutant = "def f(x):\n    seen.append(x)\n    return 2"
    assert kills(box, mutant, case("f(1)", "1"), case("f(2)", "1")) == frozenset({0, 1})


def test_many_mutants_come_back_in_order(opened: Opener) -> None:
    box = opened({"m.py": "def f(x):\n    return x * 2\n"})
    mutants = [Mutant(str(n), "t", 2, "d", f"def f(x):\n    return x * {n}\n") for n in range(30)]
    found = box.kills(Side.NEW, "m.py", "f", mutants, [case("f(1)", "2")])
    assert [number for number, killed in enumerate(found) if not killed] == [2]


# ---------------------------------------------------------------- isolation


def test_without_isolation_nothing_runs(opened: Opener) -> None:
    everything = ("user", "network", "pid", "ipc", "mount", "landlock", "seccomp")
    with pytest.raises(sandbox.Unavailable, match=r"files can be written.*sockets can be opened"):
        opened({"m.py": "def f(): return 1"}, without=everything)


def test_unsandboxed_runs_with_no_walls(opened: Opener) -> None:
    box = opened({"m.py": "def f(): return 1"}, unsandboxed=True)
    assert box.isolation == ()
    assert one(box, case("f()", "1")).passed


def test_an_interpreter_that_cannot_start_is_said(opened: Opener, tmp_path: Path) -> None:
    with pytest.raises(sandbox.Unavailable, match="cannot be started"):
        sandbox.open(tmp_path / "no-python", tmp_path, [], {}, {})


def test_what_the_walls_forbid_is_no_failure_of_the_code(opened: Opener) -> None:
    # Without a mount namespace there is no private /dev/shm for semaphores.
    text = "def f():\n    import multiprocessing\n    return multiprocessing.Lock().acquire()"
    box = opened({"m.py": text}, without=("user", "network", "pid", "ipc", "mount"))
    assert one(box, case("f()", "True")).outcome.message == "needs what the sandbox forbids"


@pytest.mark.skipif(importlib.util.find_spec("numpy") is None, reason="numpy is not installed")
def test_arrays_are_compared_as_a_whole(opened: Opener) -> None:
    box = opened({"m.py": "import numpy as np\ndef f(n): return np.arange(n)"})
    wanted = ("np.array([0, 1])", "[0, 1]", "np.array([0, 2])", "np.array([0])", "np.array([[0, 1]])")
    assert [one(box, case("f(2)", text)).passed for text in wanted] == [True, True, False, False, False]


def test_a_program_that_is_no_python_is_said(tmp_path: Path) -> None:
    with pytest.raises(sandbox.Unavailable):
        sandbox.open(Path(shutil.which("true") or "/bin/true"), tmp_path, [], {}, {})


def test_closing_ends_every_process_and_removes_the_folders(opened: Opener) -> None:
    box = opened({"m.py": "def f(): return 1"})
    one(box, case("f()", "1"))
    servers = list(box.servers)
    processes, temps = [server.process for server in servers], [server.temp for server in servers]
    box.close()
    assert all(process is not None and process.poll() is not None for process in processes)
    assert not any(temp and Path(temp).exists() for temp in temps)
    assert one(box, case("f()", "1")).outcome.message == "the sandbox was closed"


def test_closing_ends_a_run_in_another_thread(opened: Opener) -> None:
    box = opened({"m.py": "import time\ndef f(): time.sleep(100)"}, limits=sandbox.Limits(wall_seconds=60))
    found: list[CaseResult] = []
    thread = threading.Thread(target=lambda: found.extend(box.run(Side.NEW, [Job("m.py", "f", case("f()", "1"))] * 3)))
    thread.start()
    while next(iter(box.servers)).isolation is None:
        time.sleep(0.01)
    box.close()
    thread.join(30)
    assert [result.outcome.kind for result in found] == [OutcomeKind.NOT_RUN] * 3


@pytest.mark.parametrize("there", [True, False])
def test_removing_a_private_folder_touches_nothing_else(tmp_path: Path, there: bool) -> None:
    tmp_path.chmod(0o755)
    outside, folder = tmp_path / "outside", tmp_path / "private"
    outside.mkdir(mode=0o755)
    if there:
        (folder / "locked" / "deep").mkdir(parents=True)
        (folder / "link").symlink_to(outside)
        (folder / "locked").chmod(0)
    isolation.remove_folder(str(folder))
    isolation.remove_folder(str(folder))
    assert not folder.exists()
    assert [stat.S_IMODE(one.stat().st_mode) for one in (tmp_path, outside)] == [0o755, 0o755]


def test_everything_ends_when_the_tool_is_killed(tmp_path: Path) -> None:
    import signal
    import subprocess

    program = f"""
import sys, time
from pathlib import Path
from reviewer.evidence import sandbox
box = sandbox.open(Path(sys.executable), Path({str(tmp_path)!r}), [], {{}}, {{}})
print([server.process.pid for server in box.servers][0], flush=True)
time.sleep(100)
"""
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as tool:
        assert tool.stdout is not None
        supervisor = int(tool.stdout.readline())
        assert supervisor
        tool.send_signal(signal.SIGKILL)
        tool.wait()
    end = time.monotonic() + 20
    while time.monotonic() < end and _alive(supervisor):
        time.sleep(0.05)
    assert not _alive(supervisor)


def _alive(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False


@pytest.mark.skipif(not shutil.which("bwrap"), reason="bubblewrap is not installed")
def test_bubblewrap_is_a_wall_of_its_own(opened: Opener) -> None:
    box = opened({"m.py": "def f(): return 1"})
    server = next(iter(box.servers))
    server._stop()
    server.launch(wrapper=True)
    assert "bubblewrap" in server.ready()
    assert one(box, case("f()", "1")).passed


def test_without_fork_each_job_has_a_process_of_its_own(opened: Opener) -> None:
    text = """
        import os, time
        seen = []
        def f(): seen.append(1); return len(seen)
        def g(): os._exit(0)
        def h(): time.sleep(100)
    """
    limits = sandbox.Limits(wall_seconds=1, import_seconds=2)
    box = opened({"m.py": text}, without=("fork",), limits=limits)
    jobs = [Job("m.py", "f", case(call, "1")) for call in ("f()", "f()", "g()", "h()", "f()")]
    kinds = [result.outcome.kind.value for result in box.run(Side.NEW, jobs)]
    assert kinds == ["returned", "returned", "crashed", "timed_out", "returned"]


def test_processes_of_one_run_share_its_memory(opened: Opener) -> None:
    text = """
        import os, time
        def f():
            for _ in range(6):
                if os.fork() == 0:
                    held = bytearray(b"x" * (100 << 20))
                    time.sleep(100)
            time.sleep(100)
    """
    box = opened({"m.py": text}, limits=sandbox.Limits(memory_bytes=128 << 20))
    if "pid namespace" not in box.isolation:
        pytest.skip("without a PID namespace only each process's memory is limited")
    assert one(box, case("f()", "1")).outcome.message == "and what it started used too much memory together"
