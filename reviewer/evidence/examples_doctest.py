"""Interactive sessions (`>>>`) as steps, read by the standard library's own parser. Pure."""

from __future__ import annotations

import ast
import doctest
import re
from collections.abc import Generator, Iterator

from reviewer.data import Expected, ExpectedKind
from reviewer.evidence.examples_session import Step
from reviewer.evidence.examples_syntax import segment, statements

DIRECTIVE = re.compile(r"#\s*doctest:\s*(?P<options>[^\n'\"]*)\Z")
SOURCE_LINE = re.compile(r"[ \t]*(?:>>>|\.\.\.)(?:[ \t]|\Z)")
ERROR_LINE = re.compile(r"line (\d+) ")
MAX_REJECTED = 20  # examples in one paragraph; the rest of a hostile one is left
TEXT_PREFIX = "ALLOW_UNICODE"  # pytest's: `u'a'` means `'a'`, which holds here always
LEFT_OUT = "`...` stands for an argument left out"


def steps(docstring: str, start: int, end: int, usual: tuple[str, ...] = ()) -> Iterator[Step]:
    """The examples of one paragraph of a session; one that the parser rejects is broken, those around it are kept.

    `usual` are the option flags of every example, less what its own directive takes away.
    """
    lines = docstring[start:end].split("\n")
    for _ in range(MAX_REJECTED):
        usable = yield from _accepted(lines, usual)
        if usable == len(lines):
            return
        after = usable + 1
        while after < len(lines) and not lines[after].lstrip().startswith(">>>"):
            after += 1
        broken = "\n".join(lines[usable:after]).strip()
        yield Step(broken, broken, broken="its indentation or prompts are not those of an interactive session")
        lines = lines[after:]


def _accepted(lines: list[str], usual: tuple[str, ...]) -> Generator[Step, None, int]:
    """The steps of the examples before the first that the parser rejects; returns the line where that one begins."""
    directives = [_directive(line) for line in lines]
    plain = [line if found is None else line[: found.start()] for line, found in zip(lines, directives, strict=True)]
    usable = len(lines)
    try:
        examples = doctest.DocTestParser().get_examples("\n".join(plain))
    except ValueError as error:
        found = ERROR_LINE.match(str(error))
        usable = _example_start(lines, int(found[1]) - 1 if found else 0)
        try:
            examples = doctest.DocTestParser().get_examples("\n".join(plain[:usable]))
        except ValueError:
            return 0
    ends = [*(example.lineno for example in examples[1:]), usable]
    for example, last in zip(examples, ends, strict=False):  # no example, but an end
        quote = "\n".join(lines[example.lineno : last]).strip()
        options = [found["options"] for found in directives[example.lineno : last] if found]
        yield from _example(example, quote, " ".join(options), usual)
    return usable


def _directive(line: str) -> re.Match[str] | None:
    return DIRECTIVE.search(line) if SOURCE_LINE.match(line) and "doctest:" in line else None


def _example_start(lines: list[str], index: int) -> int:
    """The prompt line of the example that a line belongs to."""
    while index > 0 and not lines[index].lstrip().startswith(">>>"):
        index -= 1
    return index


def _example(example: doctest.Example, quote: str, options: str, usual: tuple[str, ...]) -> Iterator[Step]:
    code = example.source.rstrip()
    given = re.split(r"[\s,]+", options)
    asked = [option[1:] for option in given if option.startswith("+") and option != f"+{TEXT_PREFIX}"]
    flags = list(dict.fromkeys([*(flag for flag in usual if f"-{flag}" not in given), *asked]))
    unknown = [flag for flag in flags if flag not in doctest.OPTIONFLAGS_BY_NAME]
    body = statements(code)
    if "SKIP" in flags:
        yield Step(code, quote, broken="skipped by its directive")
    elif unknown:
        yield Step(code, quote, broken=f"doctest directive {unknown[0]} is not one of the standard library's")
    elif body is None:
        yield Step(code, quote, broken="its text is not valid Python")
    elif body:
        for node in body[:-1]:
            yield Step(ast.get_source_segment(code, node) or "", quote)
        last = code if len(body) == 1 else ast.get_source_segment(code, body[-1]) or ""
        yield _checked(last, body[-1], example, quote, tuple(flags))


def _checked(code: str, node: ast.stmt, example: doctest.Example, quote: str, flags: tuple[str, ...]) -> Step:
    """The step of one statement and what it shows."""
    if any(_is_placeholder(child) for child in ast.walk(node)):
        return Step(code, quote, broken=LEFT_OUT)
    if example.exc_msg is not None:
        if isinstance(node, ast.Assign) and all(isinstance(target, ast.Name) for target in node.targets):
            code = segment(code, node.value)
        return Step(code.strip(), quote, _raised(example.exc_msg, flags))
    promise = promised(code, node)
    if promise and (example.want.strip() == "True" or (not example.want and isinstance(node, ast.Assert | ast.Expr))):
        return Step(promise[0], quote, Expected(ExpectedKind.VALUE, promise[1]))
    if not example.want:
        return Step(code, quote)
    # Many shorten output with `...` and leave the directive to their configuration: not the code's fault.
    if "..." in example.want and "ELLIPSIS" not in flags:
        flags = (*flags, "ELLIPSIS")
    return Step(code, quote, Expected(ExpectedKind.OUTPUT, example.want, doctest_flags=flags))


def _is_placeholder(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and any(
        isinstance(argument, ast.Constant) and argument.value is Ellipsis for argument in node.args
    )


def _raised(message: str, flags: tuple[str, ...]) -> Expected:
    kind, _, text = message.strip("\n").partition(":")
    text = text.strip(" ")
    free = not text.strip(". ") or ("..." in text and "ELLIPSIS" not in flags)
    return Expected(ExpectedKind.EXCEPTION, None if free else text, kind.strip(), flags)


def promised(code: str, node: ast.stmt) -> tuple[str, str] | None:
    """What `left == right` promises, asserted or alone, as call and value; other assertions promise to be true."""
    test = node.test if isinstance(node, ast.Assert) else node.value if isinstance(node, ast.Expr) else None
    if test is None:
        return None
    if isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.ops[0], ast.Eq):
        sides = (test.left, test.comparators[0])
        left, right = (segment(code, side) for side in sides)
        # `9 == f(3)`: the side without a call is the value.
        calls = [any(isinstance(child, ast.Call) for child in ast.walk(side)) for side in sides]
        return (right, left) if calls == [False, True] else (left, right)
    if isinstance(node, ast.Assert):
        return f"bool({segment(code, test)})", "True"
    return None
