"""Import statements in the order that ruff's `I` rules want. Pure."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Collection, Iterable

from reviewer.records import record
from reviewer.testfiles.records import Style


@record(frozen=True, slots=True)
class Imported:
    """One bound name: `from module import name as bound`, or with an empty `name`, `import module as bound`."""

    module: str
    name: str
    bound: str


def lines_of(text: str) -> list[str]:
    """The lines with their ends, as Python and git count them: form feeds and the like end none."""
    return [line for line in re.split(r"(?<=\n)", text) if line]


def read(statement: str) -> list[Imported]:
    """The names one absolute import statement binds; none for other statements."""
    found: list[Imported] = []
    for node in ast.parse(statement).body:
        if isinstance(node, ast.Import):
            found += [Imported(a.name, "", a.asname or a.name.partition(".")[0]) for a in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found += [Imported(node.module or "", a.name, a.asname or a.name) for a in node.names]
    return found


def section(module: str, style: Style) -> int:
    """0 `__future__`, 1 standard library, 2 third party, 3 the project's own."""
    top = module.partition(".")[0]
    if top == "__future__":
        return 0
    if top in sys.stdlib_module_names:
        return 1
    return 3 if top in style.first_party else 2


def natural(text: str) -> list[tuple[int, str]]:
    """A key by which `a2` comes before `a10`."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", text) if part]


def order(module: str, is_from: bool, style: Style) -> tuple[object, ...]:
    """Where a statement stands: section, `import` before `from`, then the module's name."""
    return section(module, style), is_from, natural(module.lower()), module


def _member(name: str) -> tuple[object, ...]:
    kind = 0 if len(name) > 1 and name.isupper() else 1 if name[:1].isupper() else 2
    return kind, natural(name), name


def written(imported: Collection[Imported], style: Style) -> list[tuple[tuple[object, ...], list[str]]]:
    """Sorted statements as (order, lines), those from one module joined, wrapped where they are too long."""
    result: list[tuple[tuple[object, ...], list[str]]] = []
    for one in {one for one in imported if not one.name}:
        plain = one.bound == one.module.partition(".")[0]
        line = f"import {one.module}" if plain else f"import {one.module} as {one.bound}"
        result.append((order(one.module, False, style), [line]))
    for module in {one.module for one in imported if one.name}:
        members = {one for one in imported if one.module == module and one.name}
        # ruff keeps `from a import b as c` on a line of its own
        for one in members:
            if one.bound != one.name:
                result.append(
                    ((*order(module, True, style), one.name), [f"from {module} import {one.name} as {one.bound}"])
                )
        names = sorted((one.name for one in members if one.bound == one.name), key=_member)
        if names:
            result.append((order(module, True, style), _from(module, names, style.width)))
    return sorted(result, key=lambda item: (item[0], item[1]))


def _from(module: str, names: Iterable[str], width: int) -> list[str]:
    line = f"from {module} import {', '.join(names)}"
    if len(line) <= width:
        return [line]
    return [f"from {module} import (", *(f"    {name}," for name in names), ")"]


def block(imported: Collection[Imported], style: Style) -> list[str]:
    """A whole import block, a blank line between sections."""
    lines: list[str] = []
    last: object = None
    for key, statement in written(imported, style):
        if lines and key[0] != last:
            lines.append("")
        lines += statement
        last = key[0]
    return lines
