"""A test file's import block, with what new tests need and without what removed ones needed. Pure."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from reviewer.records import record
from reviewer.testfiles import imports as ordered
from reviewer.testfiles.imports import Imported, lines_of, order, read, written
from reviewer.testfiles.records import Block, Style


@record(frozen=True, slots=True)
class _Statement:
    """An import at the top of the file: lines `start`..`end` (0-based, end excluded)."""

    start: int
    end: int
    imported: tuple[Imported, ...]
    ours: bool  # written as we write it: it may take more names, and lose those that nothing uses


def with_imports(body: str, before: str, needed: Mapping[str, str], style: Style, newline: str) -> str:
    """`body` with the needed imports (bound name -> statement) where they belong.

    `before` is the file as it was: a name it used and `body` does not is taken out of imports that we wrote. The
    user's own import statements stay byte for byte.
    """
    wanted = {one for statement in needed.values() for one in read(statement) if one.bound in needed}
    tree = ast.parse(body.removeprefix("\ufeff"))
    statements = _statements(tree, body, style)
    if not statements:
        return _on_top(body, tree, wanted, style, newline)
    used = _used(tree)
    bound = {one.bound for statement in statements for one in statement.imported}
    gone = {one for s in statements if s.ours for one in s.imported if one.bound not in used} & _imported(before)
    missing = {one for one in wanted if one.bound not in bound}
    if not gone and not missing:
        return body
    return _placed(lines_of(body), statements, missing, gone, style, newline)


def _used(tree: ast.Module) -> set[str]:
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def _imported(text: str) -> set[Imported]:
    """What the file imports and uses."""
    tree = ast.parse(text.removeprefix("\ufeff"))
    used = _used(tree)
    nodes = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    return {one for node in nodes for one in read(ast.unparse(node)) if one.bound in used}


def _statements(tree: ast.Module, body: str, style: Style) -> list[_Statement]:
    """The imports before the file's first other statement."""
    lines = [line.rstrip("\r\n") for line in lines_of(body)]
    found: list[_Statement] = []
    for node in tree.body:
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and not found:
            continue
        if not isinstance(node, ast.Import | ast.ImportFrom):
            break
        end = node.end_lineno or node.lineno
        imported = tuple(read(ast.unparse(node)))
        canonical = [line for _, statement in written(imported, style) for line in statement]
        found.append(_Statement(node.lineno - 1, end, imported, lines[node.lineno - 1 : end] == canonical))
    return found


def _on_top(body: str, tree: ast.Module, wanted: set[Imported], style: Style, newline: str) -> str:
    """A file without imports: they go to the top, below its docstring and leading comments."""
    lines = lines_of(body)
    place = 0
    if tree.body and isinstance(tree.body[0], ast.Expr) and isinstance(tree.body[0].value, ast.Constant):
        place = tree.body[0].end_lineno or 0
    else:
        while place < len(lines) and re.match(r"#!|#.*coding[:=]", lines[place]):
            place += 1
    head, rest = "".join(lines[:place]), "".join(lines[place:]).lstrip("\r\n")
    imports = newline.join(ordered.block(wanted, style))
    gap = newline if head else ""
    return f"{head}{gap}{imports}{newline * 3 if imports else ''}{rest}"


def _placed(
    lines: list[str],
    statements: Sequence[_Statement],
    missing: set[Imported],
    gone: set[Imported],
    style: Style,
    newline: str,
) -> str:
    """The lines with names added to our own statements, or new statements at their sorted place."""
    edits: list[tuple[int, int, list[str]]] = []
    for statement in statements:
        if not statement.ours:
            continue
        module = statement.imported[0].module if statement.imported else ""
        more = {one for one in missing if one.name and one.name == one.bound and statement.imported[0].name}
        more = {
            one for one in more if one.module == module and statement.imported[0].bound == statement.imported[0].name
        }
        left = (set(statement.imported) | more) - gone
        missing = missing - more
        if left != set(statement.imported):
            text = [line for _, part in written(left, style) for line in part]
            edits.append((statement.start, statement.end, text))
    places: dict[int, list[tuple[tuple[object, ...], list[str], int, int]]] = {}
    for key, text in written(missing, style):
        place, before, behind = _place(key, statements, style)
        places.setdefault(place, []).append((key, text, before, behind))
    for place, news in places.items():
        text = [""] * news[0][2]
        for index, (key, statement_lines, _, _) in enumerate(news):
            text += [""] if index and news[index - 1][0][0] != key[0] else []
            text += statement_lines
        edits.append((place, place, [*text, *[""] * news[-1][3]]))
    for start, end, text in sorted(edits, key=lambda edit: (edit[0], edit[1]), reverse=True):
        lines[start:end] = [line + newline for line in text]
    return _without_gaps("".join(lines), newline) if gone else "".join(lines)


def _place(key: tuple[object, ...], statements: Sequence[_Statement], style: Style) -> tuple[int, int, int]:
    """Before which line a statement goes, and how many blank lines before and behind it."""
    keyed = [(s, order(s.imported[0].module, bool(s.imported[0].name), style)) for s in statements if s.imported]
    same = [(statement, other) for statement, other in keyed if other[0] == key[0]]
    later = [statement for statement, other in same if other > key[:4]]
    if later:
        return later[0].start, 0, 0
    if same:
        return same[-1][0].end, 0, 0
    behind = [statement for statement, other in keyed if int(str(other[0])) > int(str(key[0]))]
    if behind:
        return behind[0].start, 0, 1
    return statements[-1].end, 1, 0


def _without_gaps(text: str, newline: str) -> str:
    """No more blank lines in a row than a removed import leaves sense for."""
    return re.sub(rf"(?:{newline}){{4,}}", newline * 3, text).lstrip("\r\n")


def apart(blocks: Sequence[Block], existing: str) -> list[Block]:
    """The blocks, importing inside their functions what the file's top level uses the same name for."""
    tree = ast.parse(existing.removeprefix("\ufeff"))
    taken = {name: one for node in tree.body for name, one in _bindings(node)}
    result = []
    for block in blocks:
        result.append(_apart(block, taken))
        for one in (one for text in result[-1].imports.values() for one in read(text)):
            taken.setdefault(one.bound, one)
    return result


def _apart(block: Block, taken: Mapping[str, Imported | None]) -> Block:
    clashing = [name for name, text in block.imports.items() if name in taken and taken[name] not in read(text)]
    if not clashing:
        return block
    local = {one for name in clashing for one in read(block.imports[name]) if one.bound == name}
    lines = [f"    {line}\n" for _, statement in written(local, Style()) for line in statement]
    start = block.test.source.index(f"def {block.test.name}(")
    place = block.test.source.index("):\n", start) + len("):\n")
    source = block.test.source[:place] + "".join(lines) + "\n" + block.test.source[place:]
    imports = {name: text for name, text in block.imports.items() if name not in clashing}
    return replace(block, test=replace(block.test, source=source), imports=imports)


def _bindings(node: ast.stmt) -> list[tuple[str, Imported | None]]:
    """The names a top-level statement binds, and what it imports them from."""
    if isinstance(node, ast.ImportFrom) and node.level:
        return [(alias.asname or alias.name, None) for alias in node.names]
    if isinstance(node, ast.Import | ast.ImportFrom):
        return [(one.bound, one) for one in read(ast.unparse(node))]
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [(node.name, None)]
    return [(n.id, None) for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
