"""Whether what a call did is what its case expects, and in which words both are reported.

Runs in the user's Python (3.9 and newer) and imports the standard library only.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import AsyncGenerator, Awaitable
from itertools import islice
from types import GeneratorType
from typing import TYPE_CHECKING, Any, Optional

if TYPE_CHECKING or __package__:
    from reviewer.evidence import worker_canon as canon
    from reviewer.evidence import worker_standard as standard
else:
    import worker_canon as canon
    import worker_standard as standard

# kind, value, type, message: the fields of an Outcome
Outcome = tuple[str, Optional[str], Optional[str], Optional[str]]
DECIMAL = re.compile(r"\d+\.(\d+)")
PREFIX = re.compile(r"(\W|\A)[uU](?=[rR]?['\"])")
BLANKS = re.compile(r"[ \t]+$", re.MULTILINE)
CO_ITERABLE_COROUTINE = 0x100  # of a generator that `types.coroutine` made awaitable


def returned(value: object) -> Outcome:
    """The outcome of a call that returned."""
    return ("returned", canon.text(value)[0], canon.type_name(type(value)), None)


def raised(error: BaseException) -> Outcome:
    """The outcome of a call that raised."""
    try:
        message = str(error)
    except Exception as trouble:
        message = f"<its text cannot be made: {type(trouble).__name__}>"
    return ("raised", None, canon.type_name(type(error)), message[: canon.MAX_CHARACTERS])


def drained(value: Any) -> Any:
    """A generator's first items as a list; anything else as it is."""
    return list(islice(value, canon.MAX_ITEMS)) if canon.is_iterator(value) and hasattr(value, "__next__") else value


def same(value: object, expected: object, text: str) -> bool:
    """Whether a returned value is the one the expected text stands for."""
    try:
        node: ast.expr | None = ast.parse(text.strip(), mode="eval").body
    except SyntaxError:
        node = None
    return _alike(value, expected, node, text.strip())


def _alike(value: Any, expected: Any, node: ast.expr | None, text: str) -> bool:
    if isinstance(expected, float) and isinstance(value, float):
        return _close(value, expected, node, text)
    parts = _parts(value, expected, node)
    if parts is not None:
        return all(_alike(left, right, part, text) for left, right, part in parts)
    if _equal(value, expected):
        return True
    (left, left_whole), (right, right_whole) = canon.text(value), canon.text(expected)
    return left == right and left_whole and right_whole


def _parts(value: Any, expected: Any, node: ast.expr | None) -> list[tuple[Any, Any, ast.expr | None]] | None:
    kind = type(value)
    if kind is not type(expected) or kind not in (list, tuple, dict) or len(value) != len(expected) or not value:
        return None
    if kind is dict:
        return [(value[key], expected[key], None) for key in expected] if value.keys() == expected.keys() else None
    nodes = (
        node.elts if isinstance(node, (ast.List, ast.Tuple)) and len(node.elts) == len(value) else [None] * len(value)
    )
    return list(zip(value, expected, nodes))


def _close(value: float, expected: float, node: ast.expr | None, text: str) -> bool:
    if value == expected or (math.isnan(value) and math.isnan(expected)):
        return True
    if math.isclose(value, expected, rel_tol=1e-9, abs_tol=1e-12):  # 0.1 + 0.2 documented as 0.3
        return True
    if isinstance(node, ast.UnaryOp):
        node = node.operand
    written = DECIMAL.fullmatch(ast.get_source_segment(text, node) or "") if isinstance(node, ast.Constant) else None
    if written is None or math.isinf(value) or math.isnan(value):
        return False
    # A single digit ("0.5", "2.0") is a value, not a rounded one.
    if len(written.group().replace(".", "").strip("0")) < 2:
        return False
    return round(value, len(written.group(1))) == expected


def _equal(value: Any, expected: Any) -> bool:
    try:
        answer = value == expected
        if hasattr(answer, "all") and not isinstance(answer, bool):  # numpy, pandas: one answer per element
            shapes = [one.shape if hasattr(one, "shape") else (len(one),) for one in (value, expected)]
            whole = answer.all()
            return shapes[0] == shapes[1] and bool(whole.all() if hasattr(whole, "all") else whole)
        return bool(answer)
    except Exception:  # a comparison that fails says "not equal"
        return False


def matches_exception(error: BaseException, expected: dict[str, Any]) -> bool:
    """Whether the exception is the expected one: by class or base class, and by message unless that is open."""
    wanted = str(expected["type"] or "BaseException")
    names = {name for kind in type(error).__mro__ for name in (kind.__name__, kind.__qualname__, canon.type_name(kind))}
    if wanted not in names and wanted.rpartition(".")[2] not in names:
        return False
    if expected["text"] is None or "IGNORE_EXCEPTION_DETAIL" in expected["doctest_flags"]:
        return True
    flags = flag_bits(expected["doctest_flags"])
    return matches_output(str(raised(error)[3]), expected["text"], flags)


def matches_output(got: str, wanted: str, flags: int) -> bool:
    """Whether printed text is as wanted, compared as doctest does."""
    if " at 0x" in wanted:  # whoever wrote the example saw an address of another run
        wanted, got = canon.stable(wanted), canon.stable(got)
    checker: Any = standard.module("doctest").OutputChecker()
    texts = [text if not text or text.endswith("\n") else text + "\n" for text in (wanted, got)]
    return checker.check_output(*texts, flags) or bool(checker.check_output(*map(plainer, texts), flags))


def plainer(text: str) -> str:
    """The text without what no example means: the prefix of Python 2's texts, and blanks where lines end."""
    return BLANKS.sub("", PREFIX.sub(r"\1", text))


def flag_bits(names: list[str]) -> int:
    """Doctest's option flags of these names; unknown names count nothing."""
    known = standard.module("doctest").OPTIONFLAGS_BY_NAME if names else {}
    return sum({known.get(name, 0) for name in names})


def own_text(error: BaseException, entered: bool, reached: bool, in_call: bool) -> bool:
    """Whether an error is the fault of the example's own text and not of the code under test.

    `entered`: the traceback passes through the project; `reached`: the function ran before.
    """
    if entered or (isinstance(error, TypeError) and "argument" in str(error)):
        return False  # a call that no longer fits the signature is the code's doing
    if isinstance(error, AttributeError):
        return not reached  # what the function returned may lack the attribute
    if isinstance(error, (NameError, SyntaxError, ImportError, OSError)):
        return True
    return not in_call


def enters(error: BaseException, root: str) -> bool:
    """Whether the traceback of an error passes through a file of the project."""
    step = error.__traceback__
    while step is not None:
        path = step.tb_frame.f_code.co_filename
        if path.startswith(root) and "site-packages" not in path:
            return True
        step = step.tb_next
    return False


def is_lazy(value: object) -> bool:
    """Whether a value is an awaitable that has to be run to have a result."""
    generated = isinstance(value, GeneratorType) and bool(value.gi_code.co_flags & CO_ITERABLE_COROUTINE)
    return generated or isinstance(value, (Awaitable, AsyncGenerator))
