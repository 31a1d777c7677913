"""Which function each touched line belongs to. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

from reviewer.data import FileChange, FunctionVersion, Hunk, Module, OutsideLines
from reviewer.functions_hashes import dedented


class Side:
    """One version of a file: its lines, and the innermost function that owns each."""

    def __init__(self, module: Module | None) -> None:
        self.functions = module.functions if module else ()
        self.lines = ["", *module.text.split("\n")] if module else [""]  # an empty one first: lines count from 1
        self.scopes = {function.name for function in self.functions}
        self.scopes.update(header.name for header in (module.classes if module else ()))
        self.owners: list[FunctionVersion | None] = [None] * len(self.lines)
        for function in self.functions:  # in the order of their `def`: inner ones overwrite outer ones
            length = function.end_line + 1 - function.line
            self.owners[function.line : function.end_line + 1] = [function] * length

    def owner(self, line: int) -> FunctionVersion | None:
        """The innermost function that has the line."""
        return self.owners[line] if 0 < line < len(self.owners) else None

    def has_text(self, line: int) -> bool:
        """Whether the line is more than blank."""
        return line < len(self.lines) and bool(self.lines[line].strip())

    def is_blank(self, line: int) -> bool:
        """Whether the line is known to be blank: of a file that cannot be parsed no line is known."""
        return line < len(self.lines) and not self.lines[line].strip()

    def own_text(self, function: FunctionVersion) -> str:
        """The function without the functions inside it, dedented, blank lines left out."""
        span = range(function.line, function.end_line + 1)
        own = (self.lines[line] for line in span if self.owners[line] is function)
        return dedented("\n".join(line for line in own if line.strip()))

    def inner_texts(self, function: FunctionVersion) -> list[str]:
        """The sources of the functions inside it."""
        inside = {id(owner): owner for owner in self.owners[function.line : function.end_line + 1]}
        return [owner.source for owner in inside.values() if owner is not None and owner is not function]


class TouchedLines:
    """The lines that one file's hunks add and delete, by owner (None: no function), and what stands outside."""

    def __init__(self, change: FileChange, old: Side, new: Side, steady: Collection[int]) -> None:
        self.change, self.old, self.new = change, old, new
        self.hunks = tuple(_slid(change.hunks, old, new, steady))
        self.added: dict[int, list[int]] = defaultdict(list)  # id of a new function -> its lines
        self.deleted: dict[int, list[int]] = defaultdict(list)  # id of an old function -> its lines
        for hunk in self.hunks:
            for line in _new_lines(hunk):
                self.added[id(new.owner(line))].append(line)
            for line in _old_lines(hunk):
                self.deleted[id(old.owner(line))].append(line)

    def has_text(self, old: FunctionVersion, new: FunctionVersion) -> bool:
        """Whether a line that is more than blank was touched in the function itself."""
        return any(map(self.old.has_text, self.deleted[id(old)])) or any(map(self.new.has_text, self.added[id(new)]))

    def in_function(self, old: FunctionVersion | None, new: FunctionVersion) -> tuple[int, ...]:
        """New lines touched in a function; a deletion that left none marks the line before it, or the `def`."""
        lines = set(self.added[id(new)])
        for hunk in self.hunks if old is not None and self.deleted.get(id(old)) else ():
            if not any(self.old.owner(line) is old for line in _old_lines(hunk)):
                continue
            if not any(self.new.owner(line) is new for line in _new_lines(hunk)):
                before = hunk.new_start - bool(hunk.new_count)
                lines.add(before if self.new.owner(before) is new else new.def_line)
        return tuple(sorted(lines))

    def outside(self, listed: Collection[int]) -> Iterator[OutsideLines]:
        """Runs of lines whose owner is not listed."""
        for hunk in self.hunks:
            runs: list[list[int]] = []
            for line in (line for line in _new_lines(hunk) if id(self.new.owner(line)) not in listed):
                if not runs or runs[-1][-1] != line - 1:
                    runs.append([])
                runs[-1].append(line)
            deleted = [line for line in _old_lines(hunk) if id(self.old.owner(line)) not in listed]
            if deleted and not runs:
                start = hunk.old_start if self.change.new is None else max(1, hunk.new_start - bool(hunk.new_count))
                yield OutsideLines(self.change.path, start, 0, len(deleted), self._blank((), deleted))
            for number, run in enumerate(runs):
                gone = () if number else deleted
                yield OutsideLines(self.change.path, run[0], len(run), len(gone), self._blank(run, gone))

    def _blank(self, added: Iterable[int], deleted: Iterable[int]) -> bool:
        return all(map(self.new.is_blank, added)) and all(map(self.old.is_blank, deleted))


def _new_lines(hunk: Hunk) -> range:
    return range(hunk.new_start, hunk.new_start + hunk.new_count)


def _old_lines(hunk: Hunk) -> range:
    return range(hunk.old_start, hunk.old_start + hunk.old_count)


# ---------------------------------------------------------------- sliding


def _slid(hunks: tuple[Hunk, ...], old: Side, new: Side, steady: Collection[int]) -> Iterator[Hunk]:
    """The hunks, pure insertions and deletions slid off the functions whose text is unchanged.

    A diff may show the end of one function and the head of the next as inserted where the whole next one was; both say
    the same (https://git-scm.com/docs/git-diff, `--indent-heuristic`), and only the second names the right function.
    """
    for index, hunk in enumerate(hunks):
        if bool(hunk.old_count) == bool(hunk.new_count):
            yield hunk
            continue
        adds = bool(hunk.new_count)
        low = max((_span(h, adds)[-1] for h in hunks[max(0, index - 1) : index]), default=0)
        side = new if adds else old
        high = min((_span(h, adds)[0] for h in hunks[index + 1 : index + 2]), default=len(side.lines))
        lines = _new_lines(hunk) if adds else _old_lines(hunk)
        shift = _best_shift(side, lines, low, high, steady)
        yield replace(hunk, old_start=hunk.old_start + shift, new_start=hunk.new_start + shift)


def _span(hunk: Hunk, new_side: bool) -> tuple[int, int]:
    """(first line that a hunk below, last line that a hunk above leaves no room for)."""
    start, count = (hunk.new_start, hunk.new_count) if new_side else (hunk.old_start, hunk.old_count)
    return (start, start + count - 1) if count else (start + 1, start)


def _best_shift(side: Side, lines: range, low: int, high: int, steady: Collection[int]) -> int:
    """By how many lines to slide so that the fewest lines of steady functions are touched; the smallest such."""

    def cost(line: int) -> int:
        return id(side.owner(line)) in steady

    start = sum(map(cost, lines))
    best = (start, 0)
    for step in (-1, 1) if start else ():
        first, last, total = lines[0], lines[-1], start
        while True:
            entering, leaving = (first - 1, last) if step < 0 else (last + 1, first)
            if not low < entering < high or side.lines[entering] != side.lines[leaving]:
                break
            total += cost(entering) - cost(leaving)
            first, last = first + step, last + step
            best = min(best, (total, first - lines[0]), key=lambda choice: (choice[0], abs(choice[1])))
    return best[1]
