"""What else of its file the prompt shows of a function, inside a budget of tokens."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from reviewer.data import ChangedFunction, ClassHeader, FunctionVersion, ImportLine, Module
from reviewer.records import record

TOKENS = re.compile(r"[A-Za-z]{1,5}|[\x00-\x08\x0e-\x1f!-@\[-`{-\x7f]|[ \t-\r]{16}")
LINE_ENDS = re.compile(r"\n[ \t-\r]*")
ASCII = re.compile(r"[\x00-\x7f]+")
UNTOLD = ("__future__", "typing")  # imports that say nothing about what the code does
FIELDS_SHOWN = 20


def estimate_tokens(text: str) -> int:
    """How many tokens the text costs at most, without a tokenizer.

    A word costs one token for each five letters begun, a digit or a sign one, white space one if it has a line end
    and one for each sixteen characters, outside ASCII one for each UTF-8 byte. Against the tokenizer of
    SmolLM2 (49,152 entries; coder models have larger ones and need fewer tokens) this was 1.05 to 1.4 times the true
    count, 1.19 in the median, on 150 files of Python. Text made to be hard, such as random letters, may cost more.
    """
    wide = 0 if text.isascii() else len(ASCII.sub("", text).encode("utf-8", "surrogatepass"))
    return len(TOKENS.findall(text)) + len(LINE_ENDS.findall(text)) + wide


@record(frozen=True, slots=True)
class Context:
    """What the function uses of its file, as Python text, in the prompt's order; `left_out` counts what did not fit."""

    imports: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()  # the enclosing class with its fields, or the enclosing function's signature
    constants: tuple[str, ...] = ()
    callees: tuple[str, ...] = ()  # signature and first paragraph of the docstring
    left_out: int = 0

    @property
    def text(self) -> str:
        """Everything, one after the other; "" when there is nothing."""
        return "\n".join((*self.imports, *self.classes, *self.constants, *self.callees))


def build(function: ChangedFunction, module: Module, budget: int) -> Context:
    """What `function` uses of `module` (the file its version comes from) in at most `budget` tokens.

    Imports come first, then the class header, constants, callees of the same file: what does not fit whole is shown
    shorter where that makes sense, else left out, and something later and smaller may still fit.
    """
    version = function.version
    chosen: dict[str, list[str]] = {"imports": [], "classes": [], "constants": [], "callees": []}
    left_out = 0
    for kind, forms in candidates(version, module):
        form = next((form for form in forms if estimate_tokens(form) + 1 <= budget), None)
        if form is None:
            left_out += 1
        else:
            chosen[kind].append(form)
            budget -= estimate_tokens(form) + 1
    return Context(**{kind: tuple(texts) for kind, texts in chosen.items()}, left_out=left_out)


def candidates(version: FunctionVersion, module: Module) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Kind and forms of each thing to show, most important first; the forms of one from long to short."""
    for line in module.imports:
        if text := used_import(line, version.names):
            yield "imports", (text,)
    for header in module.classes:
        if header.name == version.class_name:
            yield "classes", class_forms(header)
    outer, nested, _ = version.name.rpartition(".<locals>.")
    if nested and (enclosing := last_named(module, outer)):
        yield "classes", (enclosing.signature,)
    for name, text in module.constants:
        if name in version.names:
            yield "constants", (text,)
    for callee in callees(version, module):
        yield "callees", (described(callee), callee.signature)


def used_import(line: ImportLine, names: frozenset[str]) -> str:
    """The import statement cut down to the names in use; "" when it says nothing."""
    if not names.intersection(line.names):
        return ""
    try:
        (statement,) = ast.parse(line.text.strip()).body
    except (SyntaxError, ValueError):
        return line.text.partition("\n")[0]
    if not isinstance(statement, ast.Import | ast.ImportFrom):
        return line.text.partition("\n")[0]
    if isinstance(statement, ast.ImportFrom) and statement.module in UNTOLD:
        return ""
    used = [alias for alias in statement.names if (alias.asname or alias.name.partition(".")[0]) in names]
    statement.names = used or statement.names
    return ast.unparse(statement)


def class_forms(header: ClassHeader) -> tuple[str, ...]:
    """A class as the prompt shows it: with its docstring's first paragraph and fields, with fields, alone."""
    fields = "".join(f"\n    {line}" for line in header.fields[:FIELDS_SHOWN])
    told = header.header + paragraph(header.docstring) + fields
    return tuple(dict.fromkeys((told, header.header + fields, header.header)))


def described(version: FunctionVersion) -> str:
    """Signature and first paragraph of the docstring."""
    return version.signature + paragraph(version.docstring)


def paragraph(docstring: str | None) -> str:
    """The docstring's first paragraph as an indented line of its own, "" without one."""
    first = " ".join((docstring or "").strip().partition("\n\n")[0].split())
    return f'\n    """{first}"""' if first else ""


def callees(version: FunctionVersion, module: Module) -> Iterator[FunctionVersion]:
    """Functions of the same file that this one calls, in the order of the calls, without itself and its inner ones."""
    seen = {version.name}
    named = {one.name: one for one in module.functions}  # the last of each name, as in `last_named`
    for call in version.calls:
        for name in targets(call, version):
            found = named.get(name)
            if found and name not in seen and not name.startswith(version.name + ".<locals>."):
                seen.add(name)
                yield found


def targets(call: str, version: FunctionVersion) -> tuple[str, ...]:
    """Qualified names that a dotted call may mean inside `version`."""
    receiver, _, method = call.rpartition(".")
    if version.class_name and receiver in ("self", "cls"):
        return (f"{version.class_name}.{method}",)
    outer = version.name.rpartition(".<locals>.")[0]
    return (*([f"{outer}.<locals>.{call}"] if outer else []), call, f"{call}.__init__")


def last_named(module: Module, name: str) -> FunctionVersion | None:
    """The last function of this qualified name: the one that holds when the module has been imported."""
    return next((version for version in reversed(module.functions) if version.name == name), None)
