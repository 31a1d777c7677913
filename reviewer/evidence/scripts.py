"""A counterexample as a program: complete, for the project's interpreter, run from the repository's root. Pure.

It exits 0 if the promise holds, or the call does what it did before, and 1 if not.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence

from reviewer.data import Case, ExpectedKind, Outcome, OutcomeKind
from reviewer.evidence.scripts_look import LOOK, plain

HEAD = '''\
"""{title}

Run from the repository's root. Exit code: 0 {holds}, 1 {broken}.
"""
import importlib
import sys

sys.path[:0] = {roots!r}
scope = dict(vars(importlib.import_module({module!r})))
setup = {setup!r}
call = {call!r}
{arrange}print("call:    ", call)
print({label!r}, {expected!r})
'''

RUN = """\
import asyncio
import inspect


async def finished(got):
    return [one async for one in got] if inspect.isasyncgen(got) else await got


def run(call, drained=True):
    got = eval(call, scope)
    if inspect.isawaitable(got) or inspect.isasyncgen(got):
        return asyncio.run(finished(got))
    return list(got) if drained and inspect.isgenerator(got) else got


"""

VALUE = (
    RUN
    + """\
want = eval({text!r}, scope)
try:
    got = run(call)
except BaseException as error:
    print("got:     ", type(error).__name__ + ":", error)
    sys.exit(1)
print("got:     ", repr(got))
if isinstance(want, tuple) and isinstance(got, list):
    got = tuple(got)
digits = len({text!r}.partition(".")[2])
close = isinstance(want, float) and isinstance(got, float) and digits and round(got, digits) == want
sys.exit(0 if close or got == want or {see}(got) == {see}(want) else 1)
"""
)

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

EXCEPTION = (
    RUN
    + """\
try:
    got = {act}
except BaseException as error:
    print("got:     ", type(error).__name__ + ":", error)
    right = {type!r}.rpartition(".")[2] in [kind.__name__ for kind in type(error).__mro__]
    text = {text!r}
    sys.exit(0 if right and (text is None or str(error) == text) else 1)
print("got:     ", repr(got))
sys.exit(1)
"""
)

RETURNS = (
    RUN
    + """\
try:
    got = run(call)
except Exception as error:
    print("got:     ", type(error).__name__ + ":", error)
    sys.exit(1)
print("got:     ", repr(got))
"""
)


CHANGED = (
    RUN
    + """\
before = {before!r}
try:
    exec(setup, scope)
    got = {see}(run(call, {drained}))
except BaseException as error:
    print("now:     ", type(error).__name__ + ":", error)
    sys.exit(0 if before[:2] == ["raised", type(error).__name__] else 1)
print("now:     ", got)
sys.exit(0 if before[0] == "returned" and {same} else 1)
"""
)


LEAVES = (
    RUN
    + LOOK.replace("{", "{{").replace("}", "}}")
    + """\
import contextlib
import io

printed = io.StringIO()
with contextlib.redirect_stdout(printed):
    got = run(call)
known = {{"__builtins__": scope["__builtins__"], **vars(importlib.import_module({module!r}))}}
left = [name + " = " + look(value) for name, value in scope.items() if known.get(name, known) is not value]
left += stable(printed.getvalue()).splitlines()
now = {now!r}
print("now:     ", now if now in left else "as before")
sys.exit(1 if now in left else 0)
"""
)


def script(case: Case, *, title: str, module: str, roots: Sequence[str]) -> str:
    """The program for a case; `roots` are import roots relative to the repository, `module` a dotted name."""
    expected = case.expected
    body = {ExpectedKind.VALUE: VALUE, ExpectedKind.OUTPUT: OUTPUT, ExpectedKind.EXCEPTION: EXCEPTION}[expected.kind]
    flags = " | ".join(f"doctest.{flag}" for flag in expected.doctest_flags) or "0"
    literal = expected.kind is not ExpectedKind.VALUE or plain(expected.text)
    return (
        head(case, title, module, roots, shown(case))
        + ("" if literal else LOOK)
        + body.format(
            text=None if expected.kind is ExpectedKind.EXCEPTION and expected.doctest_flags else expected.text,
            type=expected.type or "Exception",
            flags=flags,
            see="repr" if literal else "look",
            act="run(call)" if plain_expression(case.call) else "exec(call, scope)",
        )
    )


def plain_expression(call: str) -> bool:
    """Whether a call is an expression, not a statement such as `del items[9]`."""
    try:
        ast.parse(call.strip(), mode="eval")
    except SyntaxError:
        return False
    return True


def returns_script(case: Case, old_value: str, *, title: str, module: str, roots: Sequence[str]) -> str:
    """The program for a call that returned before and must not raise."""
    return head(case, title, module, roots, f"no exception (it returned {old_value})") + RETURNS


def changed_script(case: Case, old: Outcome, *, title: str, module: str, roots: Sequence[str]) -> str:
    """The program for a call that did something else before; what is compared is what people see of it."""
    if old.kind is OutcomeKind.RAISED:
        kind, message = (old.type or "Exception").rpartition(".")[2], old.message or ""
        before, expected = ["raised", kind, message], f"{kind}: {message}"
    else:
        before = [old.kind.value, old.value or ""]
        expected = before[1] or f"<{old.kind.value}>"
    holds = ("it does what the old version did", "it does not")
    literal = old.kind is OutcomeKind.RAISED or plain(old.value)
    looking = {"see": "repr", "drained": True, "same": "got == before[1]"}
    if not literal:
        looking = {"see": "look", "drained": False, "same": "same(got, before[1])"}
    whole = head(case, title, module, roots, expected, "before:  ", holds, "") + ("" if literal else LOOK)
    return whole + CHANGED.format(before=before, **looking)


def leaves_script(case: Case, before: str, now: str, *, title: str, module: str, roots: Sequence[str]) -> str:
    """The program for a call that leaves something else behind: the lines `name = value`, or what is printed."""
    holds = ("it leaves what the old version left", "it does not")
    return head(case, title, module, roots, before or "nothing", "before:  ", holds) + LEAVES.format(
        now=now, module=module
    )


def head(
    case: Case,
    title: str,
    module: str,
    roots: Sequence[str],
    expected: str,
    label: str = "expected:",
    codes: tuple[str, str] = ("the promise holds", "it is broken"),
    arrange: str = "exec(setup, scope)\n",
) -> str:
    """The part that all programs share; `codes` say what exit codes 0 and 1 mean."""
    setup = "\n".join((*case.names.values(), *case.setup))
    plain = title.replace("\\", "\\\\").replace('"""', "'''")
    return HEAD.format(
        title=plain,
        holds=codes[0],
        broken=codes[1],
        roots=list(roots),
        module=module,
        setup=setup,
        call=case.call,
        arrange=arrange,
        label=label,
        expected=expected,
    )


def shown(case: Case) -> str:
    """The expectation in one line."""
    expected = case.expected
    if expected.kind is ExpectedKind.EXCEPTION:
        return f"{expected.type}: {expected.text}" if expected.text else str(expected.type)
    return (expected.text or "").rstrip("\n")
