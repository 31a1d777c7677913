"""New tests into a test file that may be there already, without losing an edit. Pure.

Every generated function stands below a marker: `# reviewer: <function>.<promise> <version> <content>`, hashes of the
function's id, of the promise, of the function's text, and of what follows up to the function's end. Where the content
no longer fits its hash the user has edited the test, and it is theirs.
"""

from __future__ import annotations

import ast
import difflib
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from reviewer.data import FunctionVersion, GeneratedTest
from reviewer.records import record
from reviewer.testfiles.importing import apart, with_imports
from reviewer.testfiles.imports import lines_of
from reviewer.testfiles.records import Block, Plan, Style
from reviewer.testfiles.render import digest, renamed, unique

# The promises that a function's own examples are: several shapes of test of one function are numbered.
_EXAMPLES = frozenset(digest(f"example {suffix}") for suffix in ("", *(f"#{number}" for number in range(1, 100))))
MARKER = re.compile(r"^# reviewer: ([0-9a-f]{8})\.([0-9a-f]{8}) ([0-9a-f]{8}) ([0-9a-f]{8})\s*$")


class UnmergeableError(ValueError):
    """The test file that is there does not parse, so nothing can be merged into it."""


@record(frozen=True, slots=True)
class _Found:
    """A generated test in the file: lines `start`..`end` (0-based, end excluded), marker included."""

    start: int
    end: int
    function: str
    promise: str
    version: str
    name: str
    comment: str
    edited: bool


def plan(
    blocks: Sequence[Block],
    existing: str | None,
    functions: Mapping[str, FunctionVersion],
    style: Style,
    *,
    path: str,
    prune: bool = False,
    around: Sequence[str] = (),
    settled: Collection[str] = (),
    whole: bool = True,
) -> Plan:
    """What the test file at `path` becomes when it takes these blocks.

    `functions` are all functions (id -> version) that the source files of this test file have now: a generated test of
    another one is stale, and so is one whose sentence stands in no docstring of theirs and none `around` them (of a
    class or module), and one of an example that its function has no more; `settled` are the ids of those all of whose
    examples are in the blocks. Stale tests stay unless `prune`; edited ones always do, and every one when the source
    files are not `whole` (a syntax error hides what they have). A test of a function whose text has not changed stays
    as it is. Raises UnmergeableError.
    """
    newline = "\r\n" if existing and "\r\n" in existing else "\n"
    lines = lines_of(existing or "")
    found = _generated(existing or "", lines)
    merge = _Merge(lines, found, newline)
    merge.take(apart(blocks, existing or ""), _names(existing or ""))
    said = _flat("\n".join([*(one.docstring or "" for one in functions.values()), *around]))
    versions = {digest(name): version.text_hash[:8] or digest("") for name, version in functions.items()}
    if whole:
        merge.age(_Now(versions, said, frozenset(map(digest, settled))), prune)
    body = merge.text()
    text = with_imports(body, existing or "", merge.imports, style, newline) if body.strip() else ""
    if existing is not None and not merge.changed:
        text = existing
    return replace(merge.plan, path=path, before=existing, text=text)


def split(text: str) -> tuple[str, list[tuple[str, str]]]:
    """A test file as the user's own text, and the generated tests in it: the function's hash and the source of each.

    Raises UnmergeableError.
    """
    lines = lines_of(text)
    found = _generated(text, lines)
    generated = [(one.function, "".join(lines[one.start : one.end])) for one in found]
    for one in reversed(found):
        del lines[one.start : one.end]
    return "".join(lines), generated


@record(frozen=True, slots=True)
class _Now:
    """What the source files say now: a version of each function, all docstrings, functions without missing examples."""

    versions: Mapping[str, str]  # by the hash of the function's id
    said: str
    settled: frozenset[str]

    def stale(self, old: _Found) -> str:
        """Why a generated test that no block meets has lost what it tests, or the empty text."""
        version = self.versions.get(old.function)
        if version is None:
            return "the function is gone"
        words = old.comment.removesuffix(" ...")
        if not words.startswith("What it does now;") and words not in self.said:
            return "the docstring no longer says so"
        if old.function in self.settled and old.version != version and old.promise in _EXAMPLES:
            return "the example is gone"
        return ""


def _flat(text: str) -> str:
    """The text as a comment has it: printable, on one line."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def _generated(text: str, lines: Sequence[str]) -> list[_Found]:
    tree = _parsed(text)
    functions = {
        _first_line(node): node for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    found = []
    for start, line in enumerate(lines):
        match = MARKER.match(line.rstrip("\r\n"))
        if not match:
            continue
        after = start + 1
        while after < len(lines) and (lines[after].startswith("#") or not lines[after].strip()):
            if MARKER.match(lines[after].rstrip("\r\n")):
                break
            after += 1
        node = functions.get(after + 1)
        if node is None or node.end_lineno is None:
            continue  # the test below the marker is gone: the comment is the user's now
        content = "".join(lines[start + 1 : node.end_lineno]).replace("\r\n", "\n")
        content = content if content.endswith("\n") else content + "\n"
        comment = " ".join(part.strip().lstrip("# |").strip() for part in lines[start + 1 : after])
        function, promise, version, seen = match.groups()
        edited = digest(content) != seen
        found.append(_Found(start, node.end_lineno, function, promise, version, node.name, comment, edited))
    return found


def _parsed(text: str) -> ast.Module:
    try:
        return ast.parse(text.removeprefix("\ufeff"))
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise UnmergeableError(f"the test file does not parse: {error}") from error


def _first_line(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])


def _names(text: str) -> set[str]:
    """Every name the file's top level defines."""
    definitions = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    return {node.name for node in _parsed(text).body if isinstance(node, definitions)}


def marked(block: Block, newline: str = "\n") -> str:
    """The block's text below its marker."""
    source = block.test.source
    marker = f"# reviewer: {block.function_hash}.{block.promise_hash} {block.version} {digest(source)}\n"
    return (marker + source).replace("\n", newline)


class _Merge:
    """The file's lines, and for each generated test what becomes of it."""

    def __init__(self, lines: list[str], found: list[_Found], newline: str) -> None:
        self._lines = lines
        self._found = found
        self._newline = newline
        self._replaced: dict[_Found, str] = {}  # new text of a found test, "" removes it
        self._appended: list[tuple[str, str]] = []  # function hash and text
        self.imports: dict[str, str] = {}
        self.plan = Plan("", None, "")

    @property
    def changed(self) -> bool:
        """Whether any test comes, goes or changes."""
        return bool(self._replaced or self._appended)

    def take(self, blocks: Sequence[Block], names: set[str]) -> None:
        """Find each block its place: the test of the same promise, or a new one."""
        there = {(one.function, one.promise): one for one in self._found}
        taken = set(names)
        tests: list[GeneratedTest] = []
        lists: dict[str, list[str]] = {"kept": [], "added": [], "updated": [], "edited": []}
        for block in blocks:
            old = there.get((block.function_hash, block.promise_hash))
            if old is None:
                block = renamed(block, unique(block.test.name, taken))
                self._appended.append((block.function_hash, marked(block, self._newline)))
                what = "added"
            else:
                block, what = self._meet(block, old, taken)
            lists[what].append(block.test.name)
            tests.append(block.test)
            if what in {"added", "updated"}:
                self.imports.update(block.imports)
        kept, added, updated, edited = (tuple(names) for names in lists.values())
        self.plan = Plan("", None, "", kept, added, updated, edited, tests=tuple(tests))

    def _meet(self, block: Block, old: _Found, taken: set[str]) -> tuple[Block, str]:
        current = "".join(self._lines[old.start + 1 : old.end]).replace("\r\n", "\n")
        current = current if current.endswith("\n") else current + "\n"
        test = replace(block.test, name=old.name, source=current)
        as_it_is = replace(block, test=test)
        if old.edited:
            return as_it_is, "edited"
        if old.version == block.version or renamed(block, old.name).test.source == current:
            return as_it_is, "kept"
        if block.test.name != old.name and not re.fullmatch(re.escape(block.test.name) + r"_\d+", old.name):
            taken.discard(old.name)
            block = renamed(block, unique(block.test.name, taken))
        else:
            block = renamed(block, old.name)
        self._replaced[old] = marked(block, self._newline)
        return block, "updated"

    def age(self, now: _Now, prune: bool) -> None:
        """Find the stale tests, and with `prune` remove those that are unedited."""
        met = {test.name for test in self.plan.tests}
        stale: list[tuple[str, str]] = []
        removed: list[str] = []
        for old in self._found:
            reason = now.stale(old)
            if old.name in met or old in self._replaced or not reason:
                continue
            if prune and not old.edited:
                self._replaced[old] = ""
                removed.append(old.name)
            else:
                stale.append((old.name, reason))
        self.plan = replace(self.plan, stale=tuple(stale), removed=tuple(removed))

    def text(self) -> str:
        """The file with its tests, imports untouched."""
        after: dict[int, list[str]] = {}
        last = {one.function: one for one in self._found if self._replaced.get(one) != ""}
        for function, text in self._appended:
            place = last[function].end if function in last else len(self._lines)
            after.setdefault(place, []).append(text)
        gap = self._newline * 2
        pieces: list[str] = []
        position = 0
        for old in [*self._found, None]:
            stop = len(self._lines) if old is None else old.start
            pieces.append("".join(self._lines[position:stop]))
            if old is None:
                break
            position = old.end
            kept = "".join(self._lines[old.start : old.end])
            text = self._replaced.get(old, kept)
            if not text:
                while position < len(self._lines) and not self._lines[position].strip():
                    position += 1
            pieces.append(text)
            for new in after.get(old.end, []) if old.end < len(self._lines) else []:
                pieces += [gap, new]
        whole = "".join(pieces)
        for new in after.get(len(self._lines), []):
            ended = whole.rstrip("\r\n")
            whole = f"{ended}{self._newline}{gap}{new}" if ended else new
        return whole.rstrip("\r\n") + self._newline if any(t == "" for t in self._replaced.values()) else whole


def diff(plan: Plan) -> str:
    """The plan as a unified diff that `git apply` takes; empty when nothing changes."""
    if not plan.changes:
        return ""
    before = lines_of(plan.before or "")
    old = "/dev/null" if plan.before is None else f"a/{plan.path}"
    lines = difflib.unified_diff(before, lines_of(plan.text), old, f"b/{plan.path}")
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)
