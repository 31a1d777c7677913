"""What a review says where nothing changed: the functions of any clone are rewritten to do the same, and reviewed.

usage: python -m benchmarks.harmless CLONE [--python PATH] [--share S] [--seed N] [--twin-seconds S] [--out FILE]

Whatever is shown is shown wrongly, unless the code looks at its own source or line numbers: read it by eye. The clone
is copied. Local names get other names, branches change places, results get a name, bodies get a block around them.
"""

from __future__ import annotations

import argparse
import ast
import copy
import json
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.histories import SCRIPT, git
from benchmarks.table import Table

SCOPES = (
    *(ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef, ast.Global, ast.Nonlocal, ast.NamedExpr),
    *(ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.Match, ast.Import, ast.ImportFrom),
)
LOOKING = {"locals", "vars", "eval", "exec", "dir", "super", "__class__"}  # they see local names
NULL = 'with __import__("contextlib").nullcontext(): pass'


class Renamed(ast.NodeTransformer):
    """Gives local variables other names."""

    def __init__(self, names: set[str]) -> None:
        self.names = names

    def visit_Name(self, node: ast.Name) -> ast.Name:
        """A variable, under its other name."""
        return ast.Name(f"{node.id}_", node.ctx) if node.id in self.names else node


class Turned(ast.NodeTransformer):
    """Turns `if` and `else` around, and names results before they are returned; inner functions stay as they are."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance

    def visit(self, node: ast.AST) -> Any:
        """Any node, unless it is a function of its own."""
        inner = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda)
        return node if inner else super().visit(node)

    def visit_If(self, node: ast.If) -> ast.If:
        """`if not`, and the branches the other way round."""
        self.generic_visit(node)
        plain = node.orelse and not isinstance(node.orelse[0], ast.If)
        if not plain or self.chance.random() > 0.7:
            return node
        return ast.If(ast.UnaryOp(ast.Not(), node.test), node.orelse, node.body)

    def visit_Return(self, node: ast.Return) -> list[ast.stmt] | ast.Return:
        """The result gets a name first."""
        if node.value is None or isinstance(node.value, ast.Constant) or self.chance.random() > 0.5:
            return node
        named = ast.Assign([ast.Name("outcome_", ast.Store())], node.value)
        return [named, ast.Return(ast.Name("outcome_", ast.Load()))]


def local_names(function: ast.FunctionDef) -> set[str]:
    """The variables of a function that nothing but its own statements sees."""
    nodes = [node for statement in function.body for node in ast.walk(statement)]
    names = [node for node in nodes if isinstance(node, ast.Name)]
    if any(isinstance(node, SCOPES) for node in nodes) or any(name.id in LOOKING for name in names):
        return set()
    parameters = {node.arg for node in ast.walk(function.args) if isinstance(node, ast.arg)}
    caught = {node.name for node in nodes if isinstance(node, ast.ExceptHandler)}
    return {name.id for name in names if isinstance(name.ctx, ast.Store)} - parameters - caught


def rewritten(function: ast.FunctionDef, chance: random.Random) -> list[ast.stmt]:
    """Other statements that do the same as a function's body, its docstring left out."""
    new = copy.deepcopy(function)
    body = new.body[1:] if ast.get_docstring(new, clean=False) is not None else new.body
    names = local_names(new) if chance.random() < 0.8 else set()
    turned = Turned(chance).visit(Renamed(names).visit(ast.Module(body, [])))
    around = ast.parse(chance.choice(("try: pass\nfinally: pass", NULL, "if not False: pass"))).body[0]
    assert isinstance(around, ast.Try | ast.With | ast.If)
    around.body = turned.body
    return [around] if chance.random() < 0.6 else turned.body


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef]:
    """The functions and methods of a module that are in no other function."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef):
            yield node
        elif isinstance(node, ast.ClassDef | ast.If | ast.Try):
            yield from functions(node)


def rewrite(source: str, share: float, chance: random.Random) -> str:
    """A module in which a share of the functions are rewritten; what cannot be put back as lines stays."""
    lines = source.splitlines(keepends=True)
    for function in sorted(functions(ast.parse(source)), key=lambda one: -one.lineno):
        body = function.body[1:] if ast.get_docstring(function, clean=False) is not None else function.body
        if not body or body[0].lineno == function.lineno or chance.random() > share:
            continue
        first, before = body[0].lineno, lines[body[0].lineno - 1][: body[0].col_offset]
        text = "\n".join(ast.unparse(ast.fix_missing_locations(one)) for one in rewritten(function, chance))
        if before.strip(" ") or '"""' in text or "'''" in text or "\f" in text:
            continue
        new = [f"{before}{line}\n" if line.strip() else "\n" for line in text.split("\n")]
        lines[first - 1 : function.end_lineno] = new
    return "".join(lines)


def review(clone: Path, options: argparse.Namespace) -> dict[str, Any]:
    """The report on a copy of the clone whose functions are rewritten and not committed."""
    chance = random.Random(options.seed)
    with tempfile.TemporaryDirectory(prefix="reviewer-harmless-") as top:
        folder = Path(top) / "clone"
        subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", str(clone), str(folder)], check=True)
        (folder / ".reviewer.toml").write_text(f"twin-seconds = {options.twin_seconds}\n")
        for name in git(folder, "ls-files", "--", "*.py", ":!*test*", ":!docs").split("\n"):
            path = folder / name
            if not path.is_file() or path.is_symlink():
                continue
            try:
                text = rewrite(path.read_text("utf-8"), options.share, chance)
                compile(text, name, "exec")
            except (SyntaxError, UnicodeDecodeError):
                continue  # Python 2's, or templates
            path.write_text(text, "utf-8")
        environment = {**os.environ, "REVIEWER_PYTHON": options.python, "REVIEWER_CACHE_DIR": str(Path(top) / "cache")}
        command = [SCRIPT, "review", "--worktree", "--model", "none", "--format", "json"]
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False)
        if done.returncode not in (0, 1, 3):
            raise RuntimeError(os.fsdecode(done.stderr))
        report: dict[str, Any] = json.loads(done.stdout)
        return report


def table(name: str, report: dict[str, Any]) -> Table:
    """What was shown, and over how much."""
    introduced = [finding for finding in report["findings"] if finding["introduced"]]
    shown = [*introduced, *report["behaviour_changes"]]
    rows = (
        ("functions rewritten", len(report["functions"])),
        ("  of them executed", sum(one["reviewed"] for one in report["functions"])),
        ("  shown as different (goal 0)", len({one["function_id"] for one in shown})),
        ("calls and cases run", report["stats"]["cases_run"]),
        ("calls of tests compared", report["stats"]["twin_comparisons"]),
    )
    places = tuple(f"{one['path']}:{one['line']}: {one.get('title') or one['call']}" for one in shown)
    return Table(f"Harmless rewriting of {name}, no model", ("what", "count"), rows, places)


def main(arguments: Sequence[str]) -> int:
    """Review a rewritten clone and print its table."""
    parser = argparse.ArgumentParser(prog="harmless", description=__doc__.splitlines()[0])
    parser.add_argument("clone", type=Path)
    parser.add_argument("--python", default=sys.executable, help="the interpreter that has what the project imports")
    parser.add_argument("--share", type=float, default=0.6, help="of the functions that are rewritten")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--twin-seconds", type=float, default=60)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args(arguments)
    report = review(options.clone.resolve(), options)
    if options.out:
        options.out.write_text(json.dumps(report))
    sys.stdout.write(table(str(options.clone), report).text())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
