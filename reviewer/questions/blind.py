"""Questions that show a function's promises and never its body: what a body does must not colour what it should do.

The request is the same for every body, so a change that leaves signature and docstring alone finds its answers kept.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence

from reviewer import prompts
from reviewer.context import class_forms, described, estimate_tokens, last_named, used_import
from reviewer.data import ClassHeader, FunctionVersion, Message, Module, Request
from reviewer.excerpt import TooLarge
from reviewer.questions.blocks import one_line, room, user_message

__all__ = ["TooLarge", "expect_request", "inputs_request", "promises", "transcribe_request"]

REPLY = {"transcribe": 1000, "inputs": 600, "expect": 250}
REPLY_SHARE = 3  # a small window gives no more than one part in three to the reply
MAX_DOCSTRING = 1500  # tokens
MAX_CONTEXT = 400
SIBLINGS = 12  # methods of the class that are shown by their signature
TEMPERATURE = 0.7
CONSTRUCTORS = ("__init__", "__new__", "__post_init__")
CUT = "[{} lines left out]"


def transcribe_request(function: FunctionVersion, module: Module, *, fence_key: bytes, window: int) -> Request:
    """Ask for the docstring's examples and promises as cases. Raises TooLarge, as all of these do."""
    return _request("transcribe", function, module, {}, fence_key, window)


def inputs_request(function: FunctionVersion, module: Module, *, fence_key: bytes, window: int) -> Request:
    """Ask for calls worth trying, without what they return."""
    return _request("inputs", function, module, {}, fence_key, window)


def expect_request(
    function: FunctionVersion,
    module: Module,
    setup: Sequence[str],
    call: str,
    *,
    turn: int,
    fence_key: bytes,
    window: int,
) -> Request:
    """Ask what one call must do by the docstring; each `turn` (1, 2, 3) is a vote with a seed of its own.

    The call comes last, so that a server reads what all these requests share only once.
    """
    shown = "\n".join((*setup, call))
    return _request("expect", function, module, {"call": shown}, fence_key, window, seed=turn)


def promises(function: FunctionVersion, module: Module) -> str | None:
    """The docstring whose sentences count: the function's own, for a constructor without one that of its class."""
    if function.docstring or function.name.rpartition(".")[2] not in CONSTRUCTORS:
        return function.docstring or None
    header = class_of(function, module)
    return header.docstring if header else None


def _request(
    name: str,
    function: FunctionVersion,
    module: Module,
    extra: dict[str, str],
    key: bytes,
    window: int,
    seed: int = 0,
) -> Request:
    """A seed stands for a vote, and only votes are asked at a temperature."""
    prompt, reply = prompts.load(name), min(REPLY[name], window // REPLY_SHARE)
    path = one_line(function.path)
    blocks = {"context": path, "function": _told(function, ""), **extra}
    left = room(prompt, blocks, key, window, reply)
    if left < 0:
        raise TooLarge("its signature and the call do not fit the model's window")
    docstring = _beginning(promises(function, module) or "", min(left, MAX_DOCSTRING))
    blocks["function"] = _told(function, docstring)
    left = room(prompt, blocks, key, window, reply)
    blocks["context"] = "\n".join((path, *fitting(_surroundings(function, module), min(left, MAX_CONTEXT))))
    messages = (Message("system", prompt.system), Message("user", user_message(prompt.user, blocks, key)))
    return Request(messages, prompt.schema, reply, TEMPERATURE if seed else 0.0, seed)


def _told(function: FunctionVersion, docstring: str) -> str:
    """Decorators, signature and docstring, inside the class for a method."""
    lines = [*(f"@{decorator}" for decorator in function.decorators), function.signature]
    if docstring:
        lines.append(textwrap.indent(f'"""{docstring}"""', "    "))
    text = "\n".join(lines)
    return f"class {function.class_name}:\n{textwrap.indent(text, '    ')}" if function.class_name else text


def _beginning(docstring: str, budget: int) -> str:
    """The docstring's first lines in `budget` tokens, and a line that counts the others."""
    lines = docstring.strip().split("\n")
    spent = estimate_tokens(CUT)
    for place, line in enumerate(lines):
        spent += estimate_tokens(line) + 2  # the line end and its indentation
        if spent > budget:
            return "\n".join((*lines[:place], CUT.format(len(lines) - place)))
    return "\n".join(lines)


def fitting(candidates: Iterable[tuple[str, ...]], budget: int) -> Iterator[str]:
    """Of each candidate the longest form that still fits."""
    for forms in candidates:
        form = next((form for form in forms if estimate_tokens(form) + 1 <= budget), None)
        if form is not None:
            budget -= estimate_tokens(form) + 1
            yield form


def _surroundings(function: FunctionVersion, module: Module) -> Iterator[tuple[str, ...]]:
    """What arranging a call needs, in forms from long to short: chosen by the promises, never by the body."""
    header = class_of(function, module)
    parts = (function.signature, *function.decorators, promises(function, module) or "")
    around = (header.header, *header.fields) if header else ()
    mentioned = frozenset(re.findall(r"[^\W\d]\w*", "\n".join((*parts, *around))))
    for line in module.imports:
        if text := used_import(line, mentioned):
            yield (text,)
    if header:
        yield class_shown(header, module, methods=True, but=function)
    for other in module.classes:
        if other is not header and other.name.rpartition(".")[2] in mentioned:
            yield class_shown(other, module, methods=False, but=function)
    for name, text in module.constants:
        if name in mentioned:
            yield (text,)
    for other_function in module.functions:
        if other_function.name in mentioned and other_function.name != function.name:
            yield described(other_function), other_function.signature


def class_shown(header: ClassHeader, module: Module, *, methods: bool, but: FunctionVersion) -> tuple[str, ...]:
    """The class with its docstring, fields, how it is made, and perhaps what its other methods are."""
    made = [last_named(module, f"{header.name}.{name}") for name in CONSTRUCTORS[:2]]
    signatures = [one.signature for one in made if one and one.name != but.name]
    others = [
        one.signature
        for one in module.functions
        if methods and one.class_name == header.name and one.name != but.name and not _last(one).startswith("_")
    ][:SIBLINGS]
    short = "".join(f"\n    {text}" for text in signatures)
    long = short + "".join(f"\n    {text}" for text in others)
    shapes = class_forms(header)
    return tuple(dict.fromkeys((shapes[0] + long, *(shape + short for shape in shapes), shapes[-1])))


def class_of(function: FunctionVersion, module: Module) -> ClassHeader | None:
    """The class that the function is a method of."""
    return next((header for header in module.classes if header.name == function.class_name), None)


def _last(function: FunctionVersion) -> str:
    return function.name.rpartition(".")[2]
