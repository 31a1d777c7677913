"""A counterexample as a program: complete, for the project's interpreter, run from the repository's root. Pure.

It exits 0 if the promise holds and 1 if it is broken.
"""

from __future__ import annotations

from collections.abc import Sequence

from reviewer.data import Case, ExpectedKind

HEAD = '''\
"""{title}

Run from the repository's root. Exit code: 0 the promise holds, 1 it is broken.
"""
import importlib
import sys

sys.path[:0] = {roots!r}
scope = dict(vars(importlib.import_module({module!r})))
setup = {setup!r}
call = {call!r}
exec(setup, scope)
print("call:    ", call)
print("expected:", {expected!r})
'''

VALUE = """\
import asyncio
import inspect

want = eval({text!r}, scope)
try:
    got = eval(call, scope)
    if inspect.iscoroutine(got):
        got = asyncio.run(got)
    elif inspect.isgenerator(got):
        got = type(want)(got) if isinstance(want, (list, tuple)) else list(got)
except BaseException as error:
    print("got:     ", type(error).__name__ + ":", error)
    sys.exit(1)
print("got:     ", repr(got))
digits = len({text!r}.partition(".")[2])
close = isinstance(want, float) and isinstance(got, float) and digits and round(got, digits) == want
sys.exit(0 if close or got == want or repr(got) == repr(want) else 1)
"""

OUTPUT = """\
import asyncio
import contextlib
import doctest
import inspect
import io

printed = io.StringIO()
show = sys.displayhook


def display(value):
    show(asyncio.run(value) if inspect.iscoroutine(value) else value)


sys.displayhook = display
try:
    with contextlib.redirect_stdout(printed):
        exec(compile(call, "<example>", "single"), scope)
except BaseException as error:
    print("got:     ", type(error).__name__ + ":", error)
    sys.exit(1)
got = printed.getvalue()
print("got:     ", got.rstrip("\\n"))
flags = {flags}
sys.exit(0 if doctest.OutputChecker().check_output({text!r}, got, flags) else 1)
"""

EXCEPTION = """\
import asyncio
import inspect

try:
    got = eval(call, scope)
    if inspect.iscoroutine(got):
        got = asyncio.run(got)
    elif inspect.isgenerator(got):
        got = list(got)
except BaseException as error:
    print("got:     ", type(error).__name__ + ":", error)
    right = {type!r}.rpartition(".")[2] in [kind.__name__ for kind in type(error).__mro__]
    text = {text!r}
    sys.exit(0 if right and (text is None or str(error) == text) else 1)
print("got:     ", repr(got))
sys.exit(1)
"""

RETURNS = """\
import asyncio
import inspect

try:
    got = eval(call, scope)
    if inspect.iscoroutine(got):
        got = asyncio.run(got)
    elif inspect.isgenerator(got):
        got = list(got)
except Exception as error:
    print("got:     ", type(error).__name__ + ":", error)
    sys.exit(1)
print("got:     ", repr(got))
"""


def script(case: Case, *, title: str, module: str, roots: Sequence[str]) -> str:
    """The program for a case; `roots` are import roots relative to the repository, `module` a dotted name."""
    expected = case.expected
    body = {ExpectedKind.VALUE: VALUE, ExpectedKind.OUTPUT: OUTPUT, ExpectedKind.EXCEPTION: EXCEPTION}[expected.kind]
    flags = " | ".join(f"doctest.{flag}" for flag in expected.doctest_flags) or "0"
    return head(case, title, module, roots, shown(case)) + body.format(
        text=expected.text, type=expected.type or "Exception", flags=flags
    )


def returns_script(case: Case, old_value: str, *, title: str, module: str, roots: Sequence[str]) -> str:
    """The program for a call that returned before and must not raise."""
    return head(case, title, module, roots, f"no exception (it returned {old_value})") + RETURNS


def head(case: Case, title: str, module: str, roots: Sequence[str], expected: str) -> str:
    """The part that all programs share."""
    setup = "\n".join((*case.names.values(), *case.setup))
    plain = title.replace("\\", "\\\\").replace('"""', "'''")
    return HEAD.format(title=plain, roots=list(roots), module=module, setup=setup, call=case.call, expected=expected)


def shown(case: Case) -> str:
    """The expectation in one line."""
    expected = case.expected
    if expected.kind is ExpectedKind.EXCEPTION:
        return f"{expected.type}: {expected.text}" if expected.text else f"{expected.type} is raised"
    return (expected.text or "").rstrip("\n")
