"""A case as the assertion that a test makes of it. Pure."""

from __future__ import annotations

import ast
import re

from reviewer.data import Expected, ExpectedKind, OutcomeKind
from reviewer.testfiles.clearing import clear
from reviewer.testfiles.names import ImportTable
from reviewer.testfiles.records import AcceptedTest, Check, NotWritableError
from reviewer.testfiles.resolving import resolve

_PLAIN = {"int", "float", "complex", "str", "bytes", "bool", "NoneType", "list", "tuple", "dict", "set", "frozenset"}
_LAZY = re.compile(r"\b(Iterator|Iterable|Generator)\b|\breturn (map|zip|filter|iter|reversed|enumerate|itertools\.)")


def check(test: AcceptedTest, table: ImportTable) -> Check:
    """The assertion for an accepted test; raises NotWritableError."""
    case, expected = test.case, test.case.expected
    setup = _setup(test)
    call = _parse_call(case.call)
    if isinstance(call, ast.expr):
        made = _of_expression(test, setup, call)
    elif expected.kind is ExpectedKind.OUTPUT and test.outcome.type and not isinstance(call, ast.Assign):
        raise NotWritableError("the session shows values inside a statement")
    elif expected.kind is ExpectedKind.OUTPUT:
        made = _printed(setup, call, expected, test.outcome.value or "")
    elif expected.kind is ExpectedKind.EXCEPTION:
        made = Check(setup, call, "raises", _message(expected, test), expected.type or "Exception")
    else:
        raise NotWritableError("the call is not an expression")
    clear(made)
    _async(made, test)
    resolve(made, test, table)
    return made


def _setup(test: AcceptedTest) -> list[ast.stmt]:
    try:
        return [part for statement in test.case.setup for part in ast.parse(statement).body]
    except (SyntaxError, ValueError) as error:
        raise NotWritableError(f"the setup does not parse: {error}") from error


def _parse_call(text: str) -> ast.expr | ast.stmt:
    try:
        body = ast.parse(text.strip()).body
    except (SyntaxError, ValueError) as error:
        raise NotWritableError(f"the call does not parse: {error}") from error
    if len(body) != 1:
        raise NotWritableError("the call is more than one statement")
    return body[0].value if isinstance(body[0], ast.Expr) else body[0]


def _of_expression(test: AcceptedTest, setup: list[ast.stmt], call: ast.expr) -> Check:
    expected, outcome = test.case.expected, test.outcome
    if expected.kind is ExpectedKind.EXCEPTION:
        return Check(setup, call, "raises", _message(expected, test), expected.type or "Exception")
    if expected.kind is ExpectedKind.OUTPUT:
        return _shown(test, setup, call)
    if expected.text is None:
        raise NotWritableError("nothing is expected of the call")
    wanted = _parse_call(expected.text)
    if not isinstance(wanted, ast.expr):
        raise NotWritableError("the expected value is not an expression")
    if _makes_iterator(test, call) and outcome.type in {"list", "tuple"}:
        call = ast.Call(ast.Name(outcome.type, ast.Load()), [call], [])
    return _equal(setup, call, wanted, test)


def _equal(setup: list[ast.stmt], call: ast.expr, wanted: ast.expr, test: AcceptedTest) -> Check:
    outcome = test.outcome
    if isinstance(wanted, ast.Constant) and (wanted.value is None or isinstance(wanted.value, bool)):
        return Check(setup, call, "is" if outcome.type in {"bool", "NoneType", None} else "equals", wanted)
    if ast.unparse(wanted) in {"float('nan')", "math.nan"}:
        return Check(setup, call, "nan")
    if outcome.type not in _PLAIN and not _has_equality(outcome.type, test):
        raise NotWritableError(f"{outcome.type} objects are not equal to one another")
    value, literal = _literal(outcome.value), _literal(ast.unparse(wanted))
    if isinstance(value, _Unknown) or isinstance(literal, _Unknown) or value == literal:
        return Check(setup, call, "equals", wanted)
    if isinstance(value, float) and isinstance(literal, float):
        digits = len(ast.unparse(wanted).partition(".")[2])
        if digits < 17 and round(value, digits) == literal:
            return Check(setup, call, "round", wanted, digits=digits)
    return Check(setup, call, "approx", wanted, digits=_decimals(ast.unparse(wanted)))


class _Unknown:
    """The text is no literal."""


def _literal(text: str | None) -> object:
    try:
        return ast.literal_eval(text or "")
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return _Unknown()


def _decimals(text: str) -> int:
    return max((len(part) for part in re.findall(r"\d\.(\d+)", text)), default=0)


def _has_equality(kind: str | None, test: AcceptedTest) -> bool:
    """Whether `==` compares the contents of such objects, as far as the module tells."""
    name = (kind or "").rpartition(".")[2]
    if name in {"ndarray", "DataFrame", "Series"}:
        return False
    for header in test.module.classes:
        if header.name.rpartition(".")[2] == name:
            compared = any(function.name == f"{header.name}.__eq__" for function in test.module.functions)
            bases = re.search(r"\(.+\)", header.header.rpartition("\n")[2])
            return compared or bool(bases) or "dataclass" in header.header or "attr" in header.header
    return True


def _makes_iterator(test: AcceptedTest, call: ast.expr) -> bool:
    """Whether the call is one of the function, and the function gives an iterator."""
    function = test.function
    name = function.name.rpartition(".")[2]
    if not (isinstance(call, ast.Call) and ast.unparse(call.func).rpartition(".")[2] == name) or function.is_async:
        return False
    returns = function.signature.rpartition("->")[2] if "->" in function.signature else ""
    code = f"{returns}\n{function.source}"
    return bool(re.search(r"^\s*(?:\w+ = )?yield\b", function.source, re.MULTILINE) or _LAZY.search(code)) or (
        bool(re.search(r"\breturn \(.+\bfor\b.+\)", function.source))
    )


def _shown(test: AcceptedTest, setup: list[ast.stmt], call: ast.expr) -> Check:
    """What a session shows: the value itself where its representation is a literal, else its text."""
    expected, got = test.case.expected, test.outcome.value or ""
    text = _as_shown(expected, got).strip()
    kind = test.outcome.type
    value, known = _literal(text), _literal(got)
    alike = not isinstance(value, _Unknown) and type(value) is type(known) and type(value).__name__ == kind
    if test.outcome.kind is OutcomeKind.PRINTED and kind in _PLAIN and alike and value == known:
        literal = ast.parse(text, mode="eval").body
        return Check(setup, call, "is" if isinstance(value, bool) else "equals", literal)
    if kind and got.strip() == text and "\n" not in text:
        return Check(setup, call, "repr", ast.Constant(text))
    made = _printed(setup, call, expected, got)
    made.shows = bool(kind)
    return made


def _as_shown(expected: Expected, got: str) -> str:
    """The documented text; what was shown where they differ in blanks or prefixes that no example means."""
    wanted = expected.text or ""
    blind = "NORMALIZE_WHITESPACE" in expected.doctest_flags and "..." not in wanted

    def meant(text: str) -> str:
        text = re.sub(r"(\W|\A)[uU](?=[rR]?['\"])", r"\1", text).rstrip("\n")
        return " ".join(text.split()) if blind else re.sub(r"[ \t]+$", "", text, flags=re.MULTILINE)

    return got if "<BLANKLINE>" not in wanted and meant(got) == meant(wanted) else wanted


def _flags(wanted: str, got: str, declared: tuple[str, ...]) -> tuple[str, ...]:
    """As few of doctest's option flags as the text passes with."""
    import doctest

    single = [(flag,) for flag in ("ELLIPSIS", "NORMALIZE_WHITESPACE") if flag in declared or not declared]
    wanted, got = (text if text.endswith("\n") else f"{text}\n" for text in (wanted, got))
    for flags in single:
        if doctest.OutputChecker().check_output(wanted, got, doctest.OPTIONFLAGS_BY_NAME[flags[0]]):
            return flags
    return tuple(flag for flag in declared if flag != "IGNORE_EXCEPTION_DETAIL") or ("ELLIPSIS",)


def _printed(setup: list[ast.stmt], call: ast.expr | ast.stmt, expected: Expected, got: str) -> Check:
    written = _as_shown(expected, got)
    text = re.sub(r"(?m)^<BLANKLINE>$", "", written)
    text = text if text.endswith("\n") or not text else text + "\n"
    flags = () if text == got else _flags(written, got, expected.doctest_flags)
    wanted = ast.Constant((written if written.endswith("\n") else f"{written}\n") if flags else text)
    return Check(setup, call, "prints", wanted, flags=flags, fixtures=["capsys"])


def _message(expected: Expected, test: AcceptedTest) -> ast.expr | None:
    """The pattern the message has to match, or None where it is open."""
    if expected.text is None:
        return None
    text = re.sub(r"([.^$*+?{}\[\]\\|()])", r"\\\1", expected.text.strip())
    if "ELLIPSIS" in expected.doctest_flags:
        text = "(?s)" + text.replace(r"\.\.\.", ".*")
    if "NORMALIZE_WHITESPACE" in expected.doctest_flags:
        text = re.sub(r"\s+", r"\\s+", text)
    flags = "(?s)" if text.startswith("(?s)") else ""
    pattern = f"{flags}^{text.removeprefix('(?s)')}$"
    ignored = "IGNORE_EXCEPTION_DETAIL" in expected.doctest_flags
    if not text or (ignored and not re.search(pattern, (test.outcome.message or "").strip())):
        return None
    return ast.Constant(pattern)


def _async(made: Check, test: AcceptedTest) -> None:
    """Make the test run a coroutine to its end."""
    function = test.function
    parts: list[ast.AST] = [*made.setup, made.call]
    if isinstance(made.call, ast.Await) and not any(isinstance(n, ast.Await) for s in made.setup for n in ast.walk(s)):
        made.call = made.call.value
        parts = [made.call]
        made.call = _run(made.call)
    elif function.is_async and isinstance(made.call, ast.Call):
        name = function.name.rpartition(".")[2]
        if ast.unparse(made.call.func).rpartition(".")[2] == name:
            if re.search(r"^\s*yield\b", function.source, re.MULTILINE):
                raise NotWritableError("an async generator has no short test")
            made.call = _run(made.call)
    if any(isinstance(node, ast.Await | ast.AsyncFor | ast.AsyncWith) for part in parts for node in ast.walk(part)):
        raise NotWritableError("the example awaits in the middle")


def _run(coroutine: ast.expr) -> ast.expr:
    return ast.Call(ast.Attribute(ast.Name("asyncio", ast.Load()), "run", ast.Load()), [coroutine], [])
