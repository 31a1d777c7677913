"""Changed functions from two texts, for tests of the stages after parsing."""

from difflib import SequenceMatcher

from reviewer import functions
from reviewer.data import ChangedFunction, ChangeKind, Module


def changed(old: str | None, new: str, name: str, path: str = "pkg/mod.py") -> ChangedFunction:
    """The function of that name; `old` None: it is added."""
    module = parsed(new, path)
    after = next(version for version in module.functions if version.name == name)
    before = None if old is None else next(v for v in parsed(old, path).functions if v.name == name)
    touched = set(range(after.line, after.end_line + 1))
    if old is not None:
        matcher = SequenceMatcher(None, old.split("\n"), new.split("\n"), autojunk=False)
        different = {
            line + 1
            for kind, _, _, start, end in matcher.get_opcodes()
            if kind != "equal"
            for line in range(start, end)
        }
        touched &= different
    kind = ChangeKind.ADDED if before is None else ChangeKind.MODIFIED
    return ChangedFunction(f"{path}::{name}", path, name, kind, before, after, tuple(sorted(touched)), True)


def parsed(text: str, path: str = "pkg/mod.py") -> Module:
    """The text as a module."""
    return functions.parse(path, text.encode())
