"""`ast` as the oracle: on valid files both parsers must see the same functions, and every touched line its owner."""

import ast
import sysconfig
import warnings
from difflib import SequenceMatcher
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewer.data import FileChange, FunctionVersion, Hunk, Module
from reviewer.functions import parse
from reviewer.pairing import pair


class Seen(NamedTuple):
    """What `ast` says of a function."""

    name: str
    line: int
    end_line: int
    def_line: int
    docstring: str | None
    parameters: tuple[str, ...]
    is_async: bool
    branches: int


def seen(source: str | bytes) -> list[Seen]:
    found: list[Seen] = []
    todo: list[tuple[ast.AST, str]] = [(ast.parse(source), "")]
    while todo:
        node, prefix = todo.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            place = (prefix + node.name, first, node.end_lineno or 0, node.lineno)
            asynchronous = isinstance(node, ast.AsyncFunctionDef)
            found.append(Seen(*place, ast.get_docstring(node), arguments(node.args), asynchronous, branches(node)))
            prefix += node.name + ".<locals>."
        elif isinstance(node, ast.ClassDef):
            prefix += node.name + "."
        todo.extend((child, prefix) for child in ast.iter_child_nodes(node))
    return sorted(found, key=repr)


def arguments(given: ast.arguments) -> tuple[str, ...]:
    stars = [[star] if star else [] for star in (given.vararg, given.kwarg)]
    every = [*given.posonlyargs, *given.args, *stars[0], *given.kwonlyargs, *stars[1]]
    return tuple(argument.arg for argument in every)


def branches(function: ast.AST) -> int:
    plain = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.ExceptHandler, ast.IfExp, ast.match_case)
    count = 0
    for node in ast.walk(function):
        count += isinstance(node, plain)
        count += isinstance(node, ast.match_case) and node.guard is not None
        count += len(node.values) - 1 if isinstance(node, ast.BoolOp) else 0
        count += len(node.ifs) if isinstance(node, ast.comprehension) else 0
    return count


def read(source: bytes, *, whole: bool = True) -> list[Seen]:
    functions = parse("m.py", source).functions
    lazy = ("docstring", "parameters", "is_async", "branches") if whole else ()
    fields = ("name", "line", "end_line", "def_line", *lazy)
    return sorted(
        [Seen(*(getattr(f, name) for name in fields), *(() if whole else BLANK)) for f in functions], key=repr
    )


BLANK = (None, (), False, 0)
NAMES = st.sampled_from(["a", "b", "c", "run", "ä", "_x"])
PARAMETERS = st.sampled_from(["", "self", "a, /, b", "*a, k=1, **z", "x: int = (1),", "\n  a,  # c\n  b\n", "*, q"])
STATEMENTS = st.sampled_from(
    [
        *(
            "pass",
            "x = 1; y = 2",
            "return",
            "x = [i for i in y if i if not i]",
            "x = '''a\n# no\n  def no(): pass\n'''",
        ),
        *(
            "x = (\n1,\n# in\n)",
            "assert a and b or c",
            "f = lambda: (0 if a else 1)",
            "x = 'def' \\\n  'no'",
            "...  # end",
        ),
    ]
)
DOCSTRINGS = st.sampled_from(
    ["'doc'", '"""One.\n\n      Two.\n  """', "('a'\n'b')", "r'\\d'", "b'no'", "f'no'", "'\\ud800'"]
)
NOISE = st.sampled_from(["", "", "# note", "\x0c", "   ", "        # far out"])
HEADS = st.sampled_from(["if a:", "while b:", "for i in c:", "with d:", "try:\n  pass\nfinally:", "if a: pass\nelse:"])


@st.composite
def blocks(draw: st.DrawFn, depth: int = 3) -> list[str]:
    """Lines of some statements, without indentation; a string may hold several."""
    lines: list[str] = [draw(DOCSTRINGS)] if draw(st.booleans()) else []
    for _ in range(draw(st.integers(1, 3))):
        lines.append(draw(NOISE))
        kind = draw(st.sampled_from(["plain", "def", "async def", "class", "head"])) if depth else "plain"
        if kind == "plain":
            lines.append(draw(STATEMENTS))
            continue
        if kind == "head":
            lines += draw(HEADS).split("\n")
        else:
            lines += [f"@d({n})" for n in range(draw(st.integers(0, 2)))]
            lines.append(f"{kind} {draw(NAMES)}({draw(PARAMETERS) if kind != 'class' else ''}):")
        lines += [draw(st.sampled_from(["  ", "\t"])) + line for line in [*draw(blocks(depth - 1)), draw(NOISE)]]
    return lines


def valid(lines: list[str]) -> str:
    """The module of these lines, or an empty one where the draw made something that Python does not compile."""
    source = "\n".join(lines) + "\n"
    try:
        ast.parse(source)
    except SyntaxError:
        return ""
    return source


MODULES = blocks().map(valid)


@given(MODULES)
@settings(max_examples=150, deadline=None)
def test_functions_are_those_of_python(source: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert read(source.encode()) == seen(source)


@given(MODULES)
@settings(max_examples=30, deadline=None)
def test_line_ends_of_windows_change_nothing_but_the_bytes(source: str) -> None:
    windows = parse("m.py", source.replace("\n", "\r\n").encode())

    assert windows == parse("m.py", source.encode())


@given(st.binary(max_size=200))
@settings(deadline=None)
def test_any_bytes_are_read_or_named_unparsable(data: bytes) -> None:
    try:
        module = parse("m.py", b"def f():\n " + data)
    except ValueError:
        return
    assert all(1 <= f.line <= f.def_line <= f.end_line and f.tree_hash for f in module.functions)


def hunks(old: str, new: str) -> tuple[Hunk, ...]:
    matcher = SequenceMatcher(None, old.split("\n")[:-1], new.split("\n")[:-1], autojunk=False)
    return tuple(
        Hunk(i + (j > i), j - i, k + (m > k), m - k) for tag, i, j, k, m in matcher.get_opcodes() if tag != "equal"
    )


@st.composite
def edits(draw: st.DrawFn) -> tuple[str, str]:
    """A module, and one that shares some of its lines."""
    old = draw(MODULES)
    lines = old.split("\n")[:-1]
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(lines)))
        lines[at : at + draw(st.integers(0, 6))] = draw(blocks(1)) if draw(st.booleans()) else []
    return old, valid(lines)


@given(edits())
@settings(max_examples=150, deadline=None)
def test_every_touched_line_is_accounted_for_once(sides: tuple[str, str]) -> None:
    old, new = sides
    touched = hunks(old, new)
    file = FileChange("m.py", "m.py", old.encode(), new.encode(), touched)
    modules = parse("m.py", file.old or b""), parse("m.py", file.new or b"")

    functions, outside = pair([(file, *modules)])

    news, olds = {f.new: f for f in functions if f.new}, {f.old: f for f in functions if f.old}
    new_lines = [line for h in touched for line in range(h.new_start, h.new_start + h.new_count)]
    old_lines = [line for h in touched for line in range(h.old_start, h.old_start + h.old_count)]
    new_outside = [line for line in new_lines if owner(modules[1], line) not in news]
    old_outside = [line for line in old_lines if owner(modules[0], line) not in olds]

    assert len({f.id for f in functions}) == len(functions)
    for version, function in news.items():
        assert all(owner(modules[1], line) is version for line in function.changed_lines)
        assert {line for line in new_lines if owner(modules[1], line) is version} <= set(function.changed_lines)
    # A hunk that was slid off a function whose text is the same is counted where it went.
    slid = any(owner(modules[1], line) for line in new_outside) or any(owner(modules[0], line) for line in old_outside)
    runs = [line for run in outside for line in range(run.line, run.line + run.added)]
    assert slid or (runs == new_outside and sum(run.deleted for run in outside) == len(old_outside))
    assert len(runs) <= len(new_lines)


def owner(module: Module, line: int) -> FunctionVersion | None:
    around = [function for function in module.functions if function.line <= line <= function.end_line]
    return around[-1] if around else None


@given(edits())
@settings(max_examples=150, deadline=None)
def test_unlisted_functions_are_the_same_on_both_sides(sides: tuple[str, str]) -> None:
    old, new = (parse("m.py", side.encode()) for side in sides)
    file = FileChange("m.py", "m.py", sides[0].encode(), sides[1].encode(), hunks(*sides))

    functions, _ = pair([(file, old, new)])

    for module, listed in ((old, {f.old for f in functions}), (new, {f.new for f in functions})):
        twin = {f.name: f.tree_hash for f in (new if module is old else old).functions}
        assert all(f in listed or f.name in twin for f in module.functions)
    changed = {f.new for f in functions}
    trees = {(f.name, f.tree_hash) for f in old.functions}
    assert all(f in changed or (f.name, f.tree_hash) in trees for f in new.functions)


@given(MODULES)
@settings(max_examples=30, deadline=None)
def test_nothing_is_listed_where_nothing_changed(source: str) -> None:
    file = FileChange("m.py", "m.py", source.encode(), ("x = 1\n" + source).encode(), (Hunk(0, 0, 1, 1),))

    functions, outside = pair([(file, parse("m.py", file.old or b""), parse("m.py", file.new or b""))])

    assert functions == ()
    assert [(run.added, run.deleted) for run in outside] == [(1, 0)]


@pytest.mark.slow
def test_the_standard_library_has_the_functions_that_python_sees() -> None:
    files = sorted(Path(sysconfig.get_path("stdlib")).rglob("*.py"))
    count, different = 0, []
    for file in files:
        data = file.read_bytes()
        if "site-packages" in file.parts or b"\n    global " in data or b"\n        global " in data:
            continue  # `ast` alone does not say what a `global` statement does to a qualified name
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                expected = [Seen(*function[:4], *BLANK) for function in seen(data)]
        except (SyntaxError, ValueError):
            continue
        count += len(expected)
        if not parse("m.py", data).has_error and read(data, whole=False) != sorted(expected, key=repr):
            different.append(str(file))
    assert different == []
    assert count > 10_000
