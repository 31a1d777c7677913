"""Run one case: its setup, its call, the comparison with what it expects.

Runs in the user's Python (3.9 and newer), in a process that ends with the case, and imports the standard library only.
"""

from __future__ import annotations
import __future__

import ast
import builtins
import os
import pathlib
import random
import re
import sys
import tempfile
from types import CodeType, ModuleType
from typing import TYPE_CHECKING, Any, Optional

if TYPE_CHECKING or __package__:
    from reviewer.evidence import worker_canon as canon
    from reviewer.evidence import worker_compare as compare
    from reviewer.evidence import worker_standard as standard
    from reviewer.evidence import worker_twin_values as twin_values
    from reviewer.evidence import worker_watch as watch
else:
    import worker_canon as canon
    import worker_compare as compare
    import worker_standard as standard
    import worker_twin_values as twin_values
    import worker_watch as watch

EXAMPLE = "<example>"
TMP_PATH = re.compile(r"\btmp_path\b")  # here once, and not in every child
OWN_FOLDER = "tmp_path-"  # how the folder begins that a case has for itself
_drawn = random.getstate  # as it is before anybody replaces it
Result = dict[str, Any]


class Broken(Exception):  # noqa: N818  # it is the case that is broken
    """The case could not be tried; the text says why."""


class Run:
    """One case in the namespace of one module. `root` is the repository, ending with a separator."""

    def __init__(self, case: Any, module: ModuleType, root: str, temp: str, output_bytes: int) -> None:
        self.case = case
        self.expected = case["expected"]
        self.module = module
        self.root = root
        self.temp = temp
        self.printed = watch.Printed(output_bytes)
        self.namespace: dict[str, Any] = dict(vars(module))
        self.before: dict[str, Any] = {}
        self.held: dict[str, str] = {}  # what the setup made, as it was before the call
        self.told = True  # what it returns is put into words
        self.flags = _futures(self.namespace) | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT

    def result(self, span: tuple[int, int] | None) -> Result:
        """Everything a CaseResult holds but the seconds; `span` is the lines to record, None: record nothing."""
        lines: set[int] = set()
        undrawn = _drawn()
        with self.printed.captured(), watch.recorded(str(self.module.__file__), span, lines):
            try:
                outcome, passed, expected = self._judged(lines)
                if passed is False and any(map(self._is_of_the_sandbox, (*outcome, *expected))):
                    raise Broken("it depends on the home folder, which is another one in the sandbox")
            except Broken as reason:
                outcome, passed, expected = ("not_run", None, None, str(reason)), None, self._wanted()
            effects = self._effects() if passed is not None else ""
        return {
            "outcome": outcome,
            "passed": passed,
            "expected": expected,
            "effects": effects,
            "reached": sorted(lines),
            "drew": _drawn() != undrawn,
        }

    def passes(self) -> bool:
        """Whether it passes, with nothing told of what it did."""
        self.told = False
        with self.printed.captured():
            try:
                return self._judged(set())[1] is True
            except Broken:
                return False

    def _returned(self, value: object) -> Any:
        return compare.returned(value) if self.told else None

    def _judged(self, lines: set[int]) -> tuple[Any, Optional[bool], Any]:
        kind = self.expected["kind"]
        try:
            self._arrange()
        except Exception as error:  # whatever the setup raises is an outcome
            self._blame(error, lines, in_call=False)
            return compare.raised(error), False, self._wanted()
        if self.told:
            made = self._made().items()
            self.held = {name: twin_values.still(value) for name, value in made if not canon.is_iterator(value)}
        self.printed.forget()
        try:
            return self._ended()
        except Broken:
            raise
        except BaseException as error:  # SystemExit and KeyboardInterrupt are outcomes too
            passed = kind == "exception" and compare.matches_exception(error, self.expected)
            named = compare.enters(error, self.root) or not isinstance(error, (NameError, SyntaxError))
            if not (passed and named and not watch.denied(error, self.temp)):
                self._blame(error, lines, in_call=True)
            return compare.raised(error), passed and named, self._wanted()

    def _ended(self) -> tuple[Any, Optional[bool], Any]:
        """What a call that raises nothing comes to; a generator may raise when its items are looked at."""
        kind = self.expected["kind"]
        if kind == "output":
            shown = self._call_printed()
            got = self.printed.text()
            flags = compare.flag_bits(self.expected["doctest_flags"])
            passed = compare.matches_output(got, self.expected["text"] or "", flags)
            return ("printed", canon.stable(got), shown, None), passed, self._wanted()
        value = self._call()
        if kind == "exception":
            return compare.returned(value), False, self._wanted()
        return self._compared(value)

    def _compared(self, value: Any) -> tuple[Any, Optional[bool], Any]:
        if self.expected["text"] is None:  # a call worth trying, with no expected value
            return self._returned(value), True, ("not_run", None, None, "nothing is expected")
        try:
            wanted = eval(self._compiled(self.expected["text"].strip(), "eval"), self.namespace)
        except Exception as error:
            raise Broken(f"the expected value cannot be computed: {said(error)}") from None
        if not isinstance(value, type(wanted)):
            value = compare.drained(value)
            wanted = compare.drained(wanted)
            value = tuple(value) if isinstance(wanted, tuple) and isinstance(value, list) else value
        passed = compare.same(value, wanted, self.expected["text"])
        return self._returned(value), passed, self._returned(wanted)

    def _wanted(self) -> Any:
        kind, text = self.expected["kind"], self.expected["text"]
        if kind == "exception":
            return ("raised", None, self.expected["type"], text)
        return ("printed" if kind == "output" else "returned", text, None, None)

    def _arrange(self) -> None:
        for name, statement in self.case["names"].items():
            try:
                exec(self._compiled(statement, "exec"), self.namespace)
            except Exception as error:
                raise Broken(f"the import of {name} fails: {said(error)}") from None
        whole = "\n".join([*self.case["setup"], self.case["call"]])
        if TMP_PATH.search(whole) and "tmp_path" not in self.namespace:
            self.namespace["tmp_path"] = pathlib.Path(tempfile.mkdtemp(prefix=OWN_FOLDER, dir=self.temp))
        self.before = dict(self.namespace)
        for statement in self.case["setup"]:
            self._finished(eval(self._compiled(statement, "exec"), self.namespace))

    def _call(self) -> Any:
        text = self.case["call"].strip()
        try:
            code = self._compiled(text, "eval")
        except SyntaxError:
            if self.expected["kind"] != "exception":
                raise
            code = self._compiled(text, "exec")  # `del items[9]`
        return self._finished(eval(code, self.namespace))

    def _call_printed(self) -> Optional[str]:
        """Run the call as an interactive session does; return the type of what it showed."""
        shown: list[str] = []

        def display(value: Any) -> None:
            value = self._finished(value)
            if value is not None:
                builtins._ = value  # type: ignore[attr-defined]
                shown.append(canon.type_name(type(value)))
                print(repr(value))

        sys.displayhook = display
        before = {name: value for name, value in vars(builtins).items() if name == "_"}  # gettext's, perhaps
        try:
            self._finished(eval(self._compiled(self.case["call"], "single"), self.namespace))
        finally:
            vars(builtins).pop("_", None)
            vars(builtins).update(before)
        return shown[-1] if shown else None

    def _finished(self, value: Any) -> Any:
        """What an awaitable or async generator comes to; anything else as it is."""
        if not compare.is_lazy(value):
            return value
        return standard.module("asyncio").run(_awaited(value))

    def _compiled(self, text: str, mode: str) -> CodeType:
        return compile(text, EXAMPLE, mode, self.flags, True)  # type: ignore[no-any-return]

    def _is_of_the_sandbox(self, text: Optional[str]) -> bool:
        """Whether a text names the private folder, which is home here, and not just a case's own folder in it."""
        _, *rests = (text or "").split(self.temp)
        return any(not rest.startswith(f"{os.sep}{OWN_FOLDER}") for rest in rests)

    def _blame(self, error: BaseException, lines: set[int], in_call: bool) -> None:
        """Raise Broken when an error is not the code's."""
        if isinstance(error, Broken):
            raise error
        reason = watch.denied(error, self.temp)
        if reason:
            raise Broken(reason)
        entered = compare.enters(error, self.root)
        if isinstance(error, ModuleNotFoundError) and not self._is_ours(error.name or ""):
            raise Broken(f"missing dependency: {error.name}")
        if compare.own_text(error, entered, bool(lines), in_call):
            raise Broken(f"the example's own text fails: {said(error)}")

    def _is_ours(self, name: str) -> bool:
        top = name.partition(".")[0]
        return top == self.module.__name__.partition(".")[0] or os.path.exists(os.path.join(self.root, top))

    def _effects(self) -> str:
        """What the call left otherwise than it found it, and what was printed."""
        texts = [
            f"{name} = {_shown(value)}"
            for name, value in self._made().items()
            if name not in self.held or self.held[name] != twin_values.still(value)
        ]
        texts.append(canon.stable(self.printed.text()))
        return "\n".join(texts)[: 2 * canon.MAX_CHARACTERS]

    def _made(self) -> dict[str, Any]:
        """The values that setup and call gave names to."""
        return {
            name: value
            for name, value in sorted(self.namespace.items())
            if not (name.startswith("__") or (name in self.before and self.before[name] is value))
            and not (isinstance(value, (ModuleType, type)) or callable(value))
        }


def _shown(value: Any) -> str:
    """A value that the call left, whatever its items do."""
    try:
        return canon.text(value)[0]
    except Exception as error:  # of an iterator that fails half way
        return f"<{canon.type_name(type(value))}: {type(error).__name__}>"


async def _awaited(value: Any) -> Any:
    if hasattr(value, "__anext__"):
        items = []
        async for item in value:
            items.append(item)
            if len(items) == canon.MAX_ITEMS:
                break
        return items
    return await value


def _futures(namespace: dict[str, Any]) -> int:
    features = (getattr(__future__, name) for name in __future__.all_feature_names)
    return sum(one.compiler_flag for one in features if any(value is one for value in namespace.values()))


def said(error: BaseException) -> str:
    """An error in one line: its class and message."""
    return f"{type(error).__name__}: {compare.raised(error)[3]}"[:300]
