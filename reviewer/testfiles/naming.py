"""What a test is called and what its comment says: the promise it rests on, in the docstring's words. Pure."""

from __future__ import annotations

import ast
import re

from reviewer.data import FunctionVersion, Origin
from reviewer.testfiles.records import AcceptedTest

_CHARACTERISATION = "What it does now; its docstring does not say so."
_LEADING_ON = re.compile(
    r"(?:_(?:"
    r"a|an|and|are|as|at|be|but|by|for|from|has|have|if|in|into|is|its|no|not|of|on|"
    r"onto|or|per|s|so|than|that|the|their|this|to|under|until|via|was|were|what|when|"
    r"where|whether|which|while|whose|with|within|without|x"
    r"))+\Z"
)


def promise(test: AcceptedTest) -> str:
    """What the test rests on: all examples of a function are one promise, each sentence and exception is one."""
    case = test.case
    if case.origin is Origin.EXAMPLE:
        return f"example {case.through if case.through and case.through != test.function_id else ''}"
    if case.origin is Origin.RAISES:
        return f"raises {case.expected.type}"
    if case.origin is Origin.MODEL and case.quote:
        return "sentence " + " ".join(case.quote.split())
    return "characterisation"


def sentence(test: AcceptedTest) -> str:
    """The text of the docstring that the test rests on, on one line."""
    case = test.case
    if case.origin is Origin.EXAMPLE:
        return _about(test)
    if case.origin is Origin.CHARACTERISATION or not case.quote:
        return _CHARACTERISATION
    return " ".join(case.quote.split())


def _about(test: AcceptedTest) -> str:
    """The first sentences of the docstring that an example stands in: the function's, its class's, a caller's."""
    module, function, quote = test.module, test.function, test.case.quote or ""
    near = [function.docstring, *(one.docstring for one in module.classes if one.name == function.class_name)]
    said = [text for text in (*near, *(one.docstring for one in module.functions), module.docstring) if text]
    home = next((text for text in said if quote in text), said[0] if said else "")
    return " ".join(re.split(r"\n\s*\n|(?:\n|\A)\s*>>>", home.strip())[0].split())


def test_name(test: AcceptedTest, key: str) -> str:
    """The name of the test function for a promise of a function."""
    function = _slug(test.function.name.replace(".<locals>", ""), 60)
    kind = key.partition(" ")[0]
    if kind == "raises":
        about = "raises_" + _slug(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", test.case.expected.type or ""), 40)
    elif kind.startswith("characterisation"):
        about = "characterisation"
    else:
        about = _slug(sentence(test), min(40, max(12, 70 - len(function))))
        if about != _slug(sentence(test), 1000):  # words that led on to what was cut off
            about = _LEADING_ON.sub("", about)
        about = "examples" if about in {"", _slug(_CHARACTERISATION, 40)} else about
        if f"{about}_".startswith(f"{function}_") and about != function:
            return f"test_{about}"
    return f"test_{function}_{about}"


def _slug(text: str, longest: int) -> str:
    """Lower-case words joined by `_`, whole ones up to that many characters."""
    result = ""
    for word in re.findall(r"[a-z0-9]+", text.lower()):
        if len(result) + len(word) + 1 > longest and result:
            break
        result += f"_{word}" if result else word[:longest]
    return result


def positional(function: FunctionVersion) -> list[str]:
    """Names for the positional arguments of a call, in order; of `*items` ten are named."""
    try:
        parsed = ast.parse(f"{function.signature.strip().removesuffix(':')}: pass").body[0]
    except (SyntaxError, ValueError):
        return list(function.parameters)
    if not isinstance(parsed, ast.FunctionDef | ast.AsyncFunctionDef):
        return list(function.parameters)
    arguments = parsed.args
    names = [argument.arg for argument in (*arguments.posonlyargs, *arguments.args)]
    if function.class_name and "staticmethod" not in function.decorators:
        names = names[1:]
    return [*names, *(f"{arguments.vararg.arg}_{number}" for number in range(1, 11))] if arguments.vararg else names
