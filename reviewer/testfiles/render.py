"""Accepted tests as pytest functions: one for each promise, parametrised over its cases. Pure."""

from __future__ import annotations

import ast
import hashlib
import keyword
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import TypeGuard

from reviewer.data import GeneratedTest
from reviewer.records import record
from reviewer.testfiles.body import body
from reviewer.testfiles.checks import check
from reviewer.testfiles.formatting import certain, columns, exploded, flat
from reviewer.testfiles.names import ImportTable
from reviewer.testfiles.naming import positional, promise, sentence, test_name
from reviewer.testfiles.records import AcceptedTest, Block, Check, NotWritableError, Style, Unwritten

# A sentence must not give orders to the tools that read comments.
_COMMAND = re.compile(r"^# (?=(?:fmt|ruff|noqa|isort|yapf|flake8|pylint|mypy|pyright|type|reviewer|pragma|nosec)\b)")


def digest(text: str) -> str:
    """Eight hexadecimal digits that stand for a text in a marker."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]


def render(
    tests: Sequence[AcceptedTest], path: str, module: str, style: Style
) -> tuple[tuple[Block, ...], tuple[Unwritten, ...]]:
    """The test functions for the accepted tests of one source file, in the order of the functions there.

    `path` is the test file's, `module` the dotted name under which tests import the source file.
    """
    table = ImportTable(module)
    blocks: list[Block] = []
    unwritten: list[Unwritten] = []
    ordered = sorted(tests, key=lambda test: (test.function.line, test.function_id))
    for _, group in groupby(ordered, key=lambda test: test.function_id):
        of_function = list(group)
        for key in dict.fromkeys(map(promise, of_function)):
            checked: list[_Checked] = []
            for test in (test for test in of_function if promise(test) == key):
                try:
                    checked.append(_Checked(test, check(test, table)))
                except NotWritableError as reason:
                    unwritten.append(Unwritten(test, str(reason)))
            for number, alike in enumerate(_alike(checked, style.width)):
                blocks.append(_block(alike, f"{key}#{number}" if number else key, path, style))
    return tuple(_distinct(blocks)), tuple(unwritten)


@record(frozen=True, slots=True)
class _Checked:
    test: AcceptedTest
    check: Check


def _alike(checked: Sequence[_Checked], width: int) -> Iterator[list[_Checked]]:
    """Checks that differ only in literal arguments and expected values, together; no check twice."""
    groups: dict[str, list[_Checked]] = {}
    seen: set[str] = set()
    for one in checked:
        whole = "\n".join([*map(flat, one.check.setup), flat(one.check.call)])
        if whole not in seen:
            seen.add(whole)
            groups.setdefault(_shape(one.check, width), []).append(one)
    yield from groups.values()


def _shape(made: Check, width: int) -> str:
    call = made.call
    rows = [*_arguments(call), *([("expected", made.expected)] if made.expected and made.form != "raises" else [])]
    row = ast.Tuple([node for _, node in rows], ast.Load())
    written = columns(flat(row)) + 9 <= width or exploded(row, 8, width)
    tabular = made.form in {"equals", "is", "round", "approx", "raises"} and not isinstance(call, ast.stmt)
    made_here = {part.id for node in made.setup for part in ast.walk(node) if _stores(part)}
    alone = not any(isinstance(part, ast.Name) and part.id in made_here for part in ast.walk(row))
    if not (tabular and alone and certain(row) and written):
        return "\n".join([made.form, *map(flat, made.setup), flat(call), ast.dump(made.expected or ast.Pass())])
    message = flat(made.expected) if made.form == "raises" and made.expected else ""
    blank = flat(_filled(call, {name: ast.Name("_", ast.Load()) for name, _ in rows}))
    return "\n".join([made.form, *map(flat, made.setup), blank, str(made.digits), made.exception or "", message])


def _stores(node: ast.AST) -> TypeGuard[ast.Name]:
    return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)


def _call_in(node: ast.AST) -> ast.Call | None:
    """The call whose arguments vary: the innermost of `list(f(1))` and `asyncio.run(f(1))`."""
    while isinstance(node, ast.Call) and ast.unparse(node.func) in {"list", "tuple", "asyncio.run"} and node.args:
        if not isinstance(node.args[0], ast.Call):
            break
        node = node.args[0]
    return node if isinstance(node, ast.Call) else None


def _arguments(node: ast.AST) -> list[tuple[str, ast.expr]]:
    """The literal arguments: their position or keyword, and the value."""
    call = _call_in(node)
    if call is None:
        return []
    given = [*((str(n), value) for n, value in enumerate(call.args)), *((k.arg or "", k.value) for k in call.keywords)]
    return [(name, value) for name, value in given if name and _is_literal(value)]


def _is_literal(node: ast.expr) -> bool:
    try:
        ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False
    return True


def _filled(node: ast.AST, values: dict[str, ast.Name]) -> ast.expr:
    """The call with names in place of these arguments."""
    copied = ast.parse(ast.unparse(node), mode="eval").body
    call = _call_in(copied)
    if call is not None:
        call.args = [values.get(str(number), value) for number, value in enumerate(call.args)]
        for keyword in call.keywords:
            keyword.value = values.get(keyword.arg or "", keyword.value)
    return copied


def _block(group: list[_Checked], key: str, path: str, style: Style) -> Block:
    first = group[0]
    test, function = first.test, first.test.function
    name = test_name(test, key)
    lines: list[str] = []
    made = first.check
    parameters = list(made.fixtures)
    if len(group) > 1:
        names, made = _parametrised(group)
        lines += _decorator(names, _rows(group, names), style.width)
        parameters = [*names.values(), *parameters]
    source = [*_comment(sentence(test), style.width), *lines, *_header(name, parameters, style.width)]
    source += body(made, style.width)
    imports = {bound: text for one in group for bound, text in one.check.imports.items()}
    if len(group) > 1:
        imports["pytest"] = "import pytest"
    generated = GeneratedTest(
        function_id=test.function_id,
        source_path=function.path,
        path=path,
        function=function.name,
        line=function.line,
        name=name,
        source="\n".join(source) + "\n",
        imports=tuple(sorted(set(imports.values()))),
        origin=test.case.origin,
        docstring_quote=test.case.quote,
        mutants_killed=tuple(dict.fromkeys(mutant for one in group for mutant in one.test.mutants_killed)),
        mutants_total=test.mutants_total,
        verdict="fixes" if any(one.test.verdict == "fixes" for one in group) else test.verdict,
        written=False,
    )
    return Block(generated, digest(test.function_id), digest(key), function.text_hash[:8] or digest(""), imports)


def _parametrised(group: list[_Checked]) -> tuple[dict[str, str], Check]:
    """Names for the arguments that differ within the group, and the check with those names in it."""
    first = group[0].check
    tables = [dict(_arguments(one.check.call)) for one in group]
    varying = [name for name in tables[0] if len({ast.dump(table[name]) for table in tables}) > 1]
    given = _parameters(group[0])
    taken = {"expected", *first.imports, *first.fixtures}
    taken |= {node.id for part in [*first.setup, first.call] for node in ast.walk(part) if isinstance(node, ast.Name)}
    names: dict[str, str] = {}
    for key in varying:
        index = int(key) if key.isdigit() else None
        wanted = key if index is None else (given[index] if index < len(given) else f"argument_{index + 1}")
        wanted = wanted.lstrip("_") or "argument"
        wanted += "_" if keyword.iskeyword(wanted) else ""
        while wanted in taken or wanted in names.values():
            wanted += "_"
        names[key] = wanted
    call = _filled(first.call, {key: ast.Name(name, ast.Load()) for key, name in names.items()})
    made = replace(first, call=call)
    if first.form != "raises":
        names["="] = "expected"
        made.expected = ast.Name("expected", ast.Load())
    return names, made


def _parameters(one: _Checked) -> list[str]:
    """The names of the positional parameters of what is called, where that is the function itself."""
    function, call = one.test.function, _call_in(one.check.call)
    last = function.name.rpartition(".")[2]
    makes = (function.class_name or "").rpartition(".")[2] if last in {"__init__", "__new__"} else last
    callee = ast.unparse(call.func).rpartition(".")[2] if call else ""
    if callee == makes:
        return positional(function)
    return ["argument"] if call and len(call.args) == 1 else []


def _rows(group: list[_Checked], names: dict[str, str]) -> list[ast.expr]:
    rows: list[ast.expr] = []
    for one in group:
        values = dict(_arguments(one.check.call))
        cells = [one.check.expected if key == "=" else values[key] for key in names]
        given = [cell for cell in cells if cell is not None]
        rows.append(ast.Tuple(given, ast.Load()) if len(given) > 1 else given[0])
    return rows


def _decorator(names: dict[str, str], rows: list[ast.expr], width: int) -> list[str]:
    given: ast.expr = ast.Tuple([ast.Constant(name) for name in names.values()], ast.Load())
    if len(names) == 1:
        given = ast.Constant(next(iter(names.values())))
    line = f"    {flat(given)},"
    laid = [line] if columns(line) <= width else exploded(given, 4, width, end=",")
    lines = ["@pytest.mark.parametrize(", *(laid or [line]), "    ["]
    for row in rows:
        line = f"        {flat(row)},"
        laid = [line] if columns(line) <= width else exploded(row, 8, width, end=",")
        lines += laid or [line]
    return [*lines, "    ],", ")"]


def _header(name: str, parameters: Sequence[str], width: int) -> list[str]:
    line = f"def {name}({', '.join(parameters)}):"
    if len(line) + len("_99") <= width or not parameters:  # another test may have the name, and this one a number
        return [line]
    return [f"def {name}(", *(f"    {parameter}," for parameter in parameters), "):"]


def _comment(text: str, width: int) -> list[str]:
    """The sentence as a comment of at most three lines."""
    clean = "".join(char if char.isprintable() else " " for char in text)
    lines: list[str] = []
    for word in clean.split():
        if lines and len(lines[-1]) + 1 + len(word) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(f"# {word}")
    lines = lines if len(lines) <= 3 else [*lines[:2], lines[2][: width - 4] + " ..."]
    return [_COMMAND.sub("# | ", line) for line in lines]


def _distinct(blocks: Sequence[Block]) -> Iterator[Block]:
    """The blocks, later ones renamed where two have one name."""
    taken: set[str] = set()
    for block in blocks:
        yield (renamed(block, unique(block.test.name, taken)))


def unique(name: str, taken: set[str]) -> str:
    """The name, or with the first free suffix, which is then taken."""
    wanted, number = name, 1
    while wanted in taken:
        number += 1
        wanted = f"{name}_{number}"
    taken.add(wanted)
    return wanted


def renamed(block: Block, name: str) -> Block:
    """The block with another function name."""
    test = block.test
    if name == test.name:
        return block
    source = re.sub(rf"^def {test.name}\(", f"def {name}(", test.source, count=1, flags=re.MULTILINE)
    return replace(block, test=replace(test, name=name, source=source))
