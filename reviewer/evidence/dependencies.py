"""EFFECT: one side of the repository as the sandbox serves it, and which of its files a result depends on."""

from __future__ import annotations

import os
import re
import stat
import time
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path

ABSENT = "absent"
LARGE = 64 * 1024 * 1024  # bytes; of larger files size and time of change count
DYNAMIC = frozenset(
    {"__import__", "entry_points", "exec_module", "import_module", "load_module", "pkgutil", "runpy"}
    | {"spec_from_file_location"}
    | {"exec", "glob", "iglob", "iterdir", "listdir", "rglob", "scandir", "walk"}
)
"""A file that has one of these words may import, run or read Python files that it does not name."""

_WORD = re.compile(rb"\w+")


def digest(data: bytes) -> str:
    """A hash of bytes."""
    return sha256(data).hexdigest()[:32]


def file_clock() -> int:
    """Now, in ns, by the clock that stamps files: it lags behind the other by some milliseconds."""
    coarse = getattr(time, "CLOCK_REALTIME_COARSE", None)
    return time.time_ns() if coarse is None else time.clock_gettime_ns(coarse)


class Contents:
    """The files of one side: `files` by path relative to `root` (None: absent there), all others as on the disk.

    Every file is read once: an object stands for one moment, and `unchanged_since` says whether the disk agrees.
    """

    def __init__(self, root: Path, files: Mapping[str, bytes | None]) -> None:
        self.root = root
        self.files = files
        self._digests: dict[str, str] = {}
        self._words: dict[str, frozenset[str]] = {}
        self._inside: dict[str, dict[str, bool]] = {}  # folder -> name in it -> whether it exists on this side
        for path, data in files.items():
            folder, name = os.path.split(path)
            self._inside.setdefault(folder or ".", {})[name] = data is not None
            while data is not None and folder:
                folder, name = os.path.split(folder)
                self._inside.setdefault(folder or ".", {})[name] = True

    def digest(self, path: str) -> str:
        """A hash of a file's bytes or of the names in a folder; `ABSENT` when it is neither."""
        if path not in self._digests:
            self._digests[path] = self._digest(path)
        return self._digests[path]

    def words(self, path: str) -> frozenset[str]:
        """Every word of a file."""
        if path not in self._words:
            self._words[path] = frozenset(
                word.decode("ascii", "replace") for word in _WORD.findall(self._data(path) or b"")
            )
        return self._words[path]

    def unchanged_since(self, moment: int, paths: Iterable[str]) -> bool:
        """Whether nothing on the disk that these paths name was changed at or after a moment, in ns."""
        return all(path in self.files or self._changed(path) < moment for path in paths)

    def _changed(self, path: str) -> int:
        try:
            return Path(self.root, path).stat().st_ctime_ns
        except (OSError, ValueError):  # code that was run may have asked for what is no path at all
            return 0

    def _digest(self, path: str) -> str:
        names = None if path in self.files else self._names(path)
        if names is not None:
            return digest("\0".join(names).encode("utf-8", "surrogatepass"))
        data = self._data(path)
        return ABSENT if data is None else digest(data)

    def _data(self, path: str) -> bytes | None:
        if path in self.files:
            return self.files[path]
        whole = Path(self.root, path)
        try:
            status = whole.stat()
            if not stat.S_ISREG(status.st_mode):
                return None
            return whole.read_bytes() if status.st_size <= LARGE else f"{status.st_size} {status.st_mtime_ns}".encode()
        except (OSError, ValueError):
            return None

    def _names(self, path: str) -> list[str] | None:
        """What a folder lists, less what tools leave behind there; None when it is no folder on this side."""
        whole = Path(self.root, path)
        changed = self._inside.get(path, {})
        try:
            found = {one.name for one in whole.iterdir()}
            # A package that is installed again under its version has the same names.
            when = [str(whole.stat().st_mtime_ns)] if whole.is_absolute() and Path(path).is_absolute() else []
        except (OSError, ValueError):
            if not any(changed.values()):
                return None
            found, when = set(), []
        found = {name for name in found if changed.get(name, True)} | {name for name, there in changed.items() if there}
        return when + sorted(name for name in found if not name.startswith(".") and name != "__pycache__")


def source_of(path: str) -> str:
    """The source file of a file of bytecode, any other path as it is."""
    folder, name = os.path.split(path)
    if not folder.endswith("__pycache__"):
        return path
    return folder.removesuffix("__pycache__") + name.partition(".")[0] + ".py"


def needed(path: str, also: Iterable[str], opened: Iterable[str], contents: Contents) -> frozenset[str]:
    """What a result of the module at `path` depends on, of everything that was `opened` by it and its neighbours.

    A server imports the modules of several functions, so that it has opened more than one of them needs. Of Python
    files those count whose names the module mentions (or `also`, the words of the case), and those that these mention
    in turn, with the packages they lie in. Everything else counts always.
    """
    places = {source_of(one) for one in opened} | {path}
    modules = {one for one in places if one.endswith(".py")}
    by_word: dict[str, set[str]] = {}
    for one in modules:
        by_word.setdefault(last_name(one), set()).add(one)
    found: set[str] = set()
    waiting, words = [path], frozenset(also)
    while waiting:
        one = waiting.pop()
        if one in found:
            continue
        found.add(one)
        words |= contents.words(one)
        if words & DYNAMIC:
            return frozenset(places)
        mentioned = {other for word in words & by_word.keys() for other in by_word[word]}
        waiting += (mentioned | (packages(one) & modules)) - found
        words = frozenset()
    return frozenset(found | (places - modules))


def last_name(path: str) -> str:
    """The last part of a module's dotted name."""
    folder, name = os.path.split(path)
    return Path(folder).name if name == "__init__.py" else name.removesuffix(".py")


def packages(path: str) -> set[str]:
    """The `__init__.py` of every folder above a file."""
    return {(parent / "__init__.py").as_posix() for parent in Path(path).parents}
