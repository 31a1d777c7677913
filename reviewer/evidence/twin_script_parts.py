"""The text of a program that makes a test's call again: its head, the call, and what drives the test."""

HEAD = '''\
"""{title}

{where}
Run from the repository's root. Exit code: 0 it does what the old version did, 1 it does not, 2 no such call is made.
"""
import asyncio
import contextlib
import importlib.util
import inspect
import io
import os
import signal
import sys

PATH, FUNCTION, TEST = {path!r}, {function!r}, {test!r}
PHASE, NUMBER = {phase!r}, {number!r}
VARIED = {varied!r}
BEFORE = {before!r}
LEFT = {left!r}
SECONDS = 5
sys.path[:0] = {roots!r}
out = os.fdopen(os.dup(1), "w")
'''

CALL = '''\
phase, calls = "", []


def begin(name):
    """A phase of the test starts: count the function's calls in the right one."""
    global phase
    phase = name
    calls.clear()
    sys.setprofile(entered if name == PHASE else None)


def entered(frame, event, argument):
    """A function is entered: if this is the call, make it here and end."""
    code = frame.f_code
    if event != "call" or code.co_name != FUNCTION.rpartition(".")[2] or frame in calls:
        return
    if os.path.realpath(code.co_filename) != os.path.realpath(PATH):
        return
    if getattr(code, "co_qualname", FUNCTION) == FUNCTION:
        calls.append(frame)
        if len(calls) == NUMBER:
            sys.setprofile(None)
            made(frame)


def made(frame):
    """Make the call with its arguments, show what it does, end the process."""
    code, held = frame.f_code, frame.f_locals
    first, last = code.co_argcount, code.co_argcount + code.co_kwonlyargcount
    values = {name: held[name] for name in code.co_varnames[:last]}
    extra = list(held[code.co_varnames[last]]) if code.co_flags & 4 else []
    keywords = dict(held[code.co_varnames[last + bool(code.co_flags & 4)]]) if code.co_flags & 8 else {}
    for name, text in VARIED.items():
        if name.startswith("*"):
            extra[int(name[1:])] = eval(text)
        else:
            (values if name in values else keywords)[name] = eval(text)
    cells = [types.CellType(held[name]) if name in held else types.CellType() for name in code.co_freevars]
    function = types.FunctionType(code, frame.f_globals, code.co_name, None, tuple(cells))
    place = [values[name] for name in code.co_varnames[:first]]
    named = {name: values[name] for name in code.co_varnames[first:last]}
    parts = {**values, **{"*%d" % n: one for n, one in enumerate(extra)}, **keywords}
    for name, value in parts.items():
        print("with:    ", name, "=", look(value, used=False)[:300], file=out)
    printed = io.StringIO()
    now = outcome(lambda: function(*place, *extra, **named, **keywords), printed)
    print("before:  ", *[text for text in BEFORE if text], file=out)
    print("now:     ", *[text for text in now if text], file=out)
    alike = now[:2] == BEFORE[:2] and same(now[2] or "", BEFORE[2] or "")
    for name, text in LEFT.items():
        left = left_behind(name, parts, printed)
        print("left:    ", name, "=", left, "(before: " + text + ")", file=out)
        alike = alike and same(left, text)
    out.flush()
    os._exit(0 if alike else 1)


def outcome(call, printed):
    """Kind, type, and text of what a call comes to."""

    def late(*signal):
        raise TimeoutError("it takes too long")

    if hasattr(signal, "SIGALRM"):
        signal.signal(signal.SIGALRM, late)
        signal.alarm(SECONDS)
    try:
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(io.StringIO()):
            got = finished(call())
            return ["returned", named(type(got)), look(list(islice(got, 100)) if inspect.isgenerator(got) else got)]
    except BaseException as error:
        if str(error) == "it takes too long":
            return ["timed_out", None, None]
        print("raises:  ", type(error).__name__ + ":", error, file=out)
        return ["raised", named(type(error)), None]


def named(kind):
    """The full name of a type."""
    return kind.__qualname__ if kind.__module__ == "builtins" else kind.__module__ + "." + kind.__qualname__


def finished(got):
    """What a coroutine comes to."""
    if inspect.isawaitable(got) or inspect.isasyncgen(got):
        asyncio._set_running_loop(None)
        return asyncio.run(awaited(got))
    return got


async def awaited(got):
    return [one async for one in got] if inspect.isasyncgen(got) else await got


def left_behind(name, parts, printed):
    """An argument, an attribute of one, or the output, after the call."""
    if name == "printed":
        return stable(printed.getvalue())
    if name.endswith(", what is left"):
        value = parts[name.removesuffix(", what is left")]
        return look(list(islice(value, 100))) if hasattr(value, "__next__") else ""
    owner, _, field = name.partition(".")
    if field:
        held = fields(parts[owner])
        return look(held[field], used=False) if field in held else ""
    return look(parts[name], used=False)


'''

PYTEST = """\
import pytest


class Phases:
    def pytest_runtest_setup(self, item):
        begin("setup")

    def pytest_runtest_call(self, item):
        begin("call")

    def pytest_runtest_teardown(self, item):
        begin("teardown")


apart = [("xdist", "-n0"), ("pytest_cov", "--no-cov"), ("pytest_randomly", "-pno:randomly")]
options = [option for module, option in apart if importlib.util.find_spec(module)]
sys.path.append(os.getcwd())
pytest.main(["-q", "--no-header", "-p", "no:cacheprovider", *options, TEST], plugins=[Phases()])
"""

UNITTEST = """\
import unittest


class Phases(unittest.TestResult):
    def startTest(self, test):
        begin("call" if TEST.endswith("::" + type(test).__name__ + "::" + test._testMethodName) else "other")


sys.path.insert(0, os.getcwd())
path = os.path.abspath(TEST.partition("::")[0])
top = os.path.dirname(path)
while os.path.isfile(os.path.join(top, "__init__.py")):
    top = os.path.dirname(top)
unittest.TestLoader().discover(os.path.dirname(path), os.path.basename(path), top).run(Phases())
"""

DOCTEST = """\
import doctest
import importlib

module = importlib.import_module({module!r})
for one in doctest.DocTestFinder().find(module):
    if TEST.endswith("::" + one.name):
        begin("call")
        doctest.DocTestRunner(verbose=False).run(one, out=lambda text: None)
"""

END = """\
sys.setprofile(None)
print("the test does not make this call", file=out)
out.flush()
sys.exit(2)
"""
