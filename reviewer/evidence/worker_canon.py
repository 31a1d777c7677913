"""The canonical text of a value: equal values give equal text, in every process and under every hash seed.

Runs in the user's Python (3.9 and newer) and imports the standard library only. Never calls the `repr` of a foreign
class: an address in it would make two equal results look different.
"""

from __future__ import annotations

import enum
import hashlib
import re
import types
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

MAX_CHARACTERS = 4000
MAX_DEPTH = 6
MAX_ITEMS = 100
ITERATORS = {"generator", "async_generator", "map", "filter", "zip", "enumerate", "reversed"}
# Standard types whose repr is their whole value.
WHOLE = {"datetime", "decimal", "fractions", "pathlib", "pathlib._local", "uuid", "ipaddress", "zoneinfo", "_decimal"}
# Where code stands in its file and how it was imported: every change of the file changes that.
SOURCE = {"traceback", "worker_import", "zipimport", "_frozen_importlib", "_frozen_importlib_external"}
ADDRESS = re.compile(r"\bat 0x[0-9a-fA-F]{6,}|\bid='[0-9]{9,}'")
ATOMS = (bool, float, complex, type(None), type(...), type(NotImplemented), range, slice)


def text(value: object) -> tuple[str, bool]:
    """The canonical text, and whether it says all there is (False: equal texts need not mean equal values)."""
    form = Form()
    try:
        result = stable(form.of(value, 0))
    except RecursionError:
        return f"<{type_name(type(value))} ...>", False
    if len(result) > MAX_CHARACTERS:
        return _cut(result, MAX_CHARACTERS), True
    return result, form.whole


def stable(text: str) -> str:
    """A text without what differs from run to run: the addresses that a default `repr` shows."""
    return ADDRESS.sub("at 0x...", text) if "0x" in text or "id=" in text else text


def type_name(kind: type) -> str:
    """`int`, `package.module.Class`."""
    module = kind.__module__ if isinstance(getattr(kind, "__module__", None), str) else ""
    return kind.__qualname__ if module in ("builtins", "") else f"{module}.{kind.__qualname__}"


def is_iterator(value: object) -> bool:
    """Whether a value is worth draining to be compared: a generator, or a lazy iterator of the standard library."""
    kind = type(value)
    return kind.__name__ in ITERATORS or kind.__module__ == "itertools" or kind.__name__.endswith("_iterator")


def _cut(whole: str, size: int) -> str:
    # The hash keeps two long values that differ behind the cut apart.
    digest = hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    return f"{whole[: size - 60]}... <{len(whole)} characters, {digest}>"


class Form:
    """One walk over a value; remembers where it is, for cycles, and whether anything was left out."""

    def __init__(self) -> None:
        self.whole = True
        self.path: list[int] = []
        self.size = 0

    def of(self, value: object, depth: int) -> str:
        """The canonical text of one part."""
        if id(value) in self.path:
            return "<cycle>"
        if depth > MAX_DEPTH or self.size > 2 * MAX_CHARACTERS:
            self.whole = False
            return "..."
        self.path.append(id(value))
        try:
            result = self._of(value, depth + 1)
        finally:
            self.path.pop()
        self.size += len(result) if depth > MAX_DEPTH or not isinstance(value, (list, tuple, dict, set)) else 2
        return result

    def _of(self, value: Any, depth: int) -> str:
        kind = type(value)
        plain = self._plain(value, kind)
        if plain is not None:
            return plain
        if kind in (list, tuple, set, frozenset, dict):
            return self._builtin(value, kind, depth)
        if isinstance(value, enum.Enum):
            return f"{type_name(kind)}.{value.name}"
        if kind.__module__ in WHOLE:
            return repr(value)
        if kind.__module__ in SOURCE:
            self.whole = False
            return "<a place in the source>"
        if isinstance(value, (type, types.ModuleType, types.FunctionType, types.BuiltinFunctionType, types.MethodType)):
            name = getattr(value, "__qualname__", value.__name__)
            return f"<{kind.__name__} {getattr(value, '__module__', '')}.{name}>"
        if isinstance(value, BaseException):
            return f"{type_name(kind)}({self._items(value.args, depth)})"
        return self._foreign(value, kind, depth)

    def _plain(self, value: Any, kind: type) -> str | None:
        if kind in ATOMS:
            return repr(value)
        if kind is int:
            return repr(value) if value.bit_length() < 4000 else hex(value)
        if kind in (str, bytes, bytearray):
            whole = repr(value)
            return whole if len(whole) <= MAX_CHARACTERS // 2 else _cut(whole, MAX_CHARACTERS // 2)
        return None

    def _builtin(self, value: Any, kind: type, depth: int) -> str:
        if kind is dict:
            return "{" + self._pairs(value, depth) + "}"
        if kind is list:
            return f"[{self._items(value, depth)}]"
        if kind is tuple:
            return f"({self._items(value, depth)}{',' if len(value) == 1 else ''})"
        inside = "{" + self._sorted(value, depth) + "}" if value else ""
        return inside if kind is set and value else f"{kind.__name__}({inside})"

    def _foreign(self, value: Any, kind: type, depth: int) -> str:
        name = type_name(kind)
        if is_iterator(value) and kind.__name__ != "async_generator":
            return f"<{name} [{self._items(islice(value, MAX_ITEMS), depth)}]>"
        if name == "numpy.ndarray" or (kind.__module__ == "numpy" and hasattr(value, "tolist")):
            return f"{name}({value.dtype}, {self.of(value.tolist(), depth)})"
        parts = []
        if isinstance(value, dict):
            parts.append("{" + self._pairs(value, depth) + "}")
        elif isinstance(value, (list, tuple)) or name == "collections.deque":
            parts.append(f"[{self._items(value, depth)}]")
        elif isinstance(value, (set, frozenset)):
            parts.append("{" + self._sorted(value, depth) + "}")
        else:
            for base in (int, str, bytes, float):
                if isinstance(value, base):
                    parts.append(base.__repr__(value))
        fields = attributes(value)
        parts += [f"{key}={self.of(part, depth)}" for key, part in islice(sorted(fields.items()), MAX_ITEMS)]
        if not parts and not hasattr(value, "__dict__"):
            self.whole = False
            return f"<{name}>"
        return f"{name}({', '.join(parts)})"

    def _items(self, values: Iterable[object], depth: int) -> str:
        texts = []
        for index, item in enumerate(values):
            if index == MAX_ITEMS:
                self.whole = False
                texts.append("...")
                break
            texts.append(self.of(item, depth))
        return ", ".join(texts)

    def _sorted(self, values: Iterable[object], depth: int) -> str:
        texts = sorted(self.of(item, depth) for item in islice(values, 10 * MAX_ITEMS))
        return ", ".join(texts)

    def _pairs(self, values: Mapping[object, object], depth: int) -> str:
        texts = [f"{self.of(key, depth)}: {self.of(item, depth)}" for key, item in islice(values.items(), MAX_ITEMS)]
        if len(values) > MAX_ITEMS:
            self.whole = False
            texts.append("...")
        return ", ".join(texts)


def attributes(value: object) -> dict[str, object]:
    """What an object holds: `__dict__` and `__slots__`, without running any code of its class."""
    found: dict[str, object] = {}
    for base in type(value).__mro__:
        slots = base.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            member = base.__dict__.get(_mangled(base, name))
            if isinstance(member, types.MemberDescriptorType):
                try:
                    found[name] = member.__get__(value)
                except AttributeError:  # the slot is empty
                    continue
    try:
        held = object.__getattribute__(value, "__dict__")
    except AttributeError:
        held = {}
    if type(held) is dict:
        found.update((str(key), item) for key, item in held.items())
    return found


def _mangled(owner: type, name: str) -> str:
    private = name.startswith("__") and not name.endswith("__")
    return f"_{owner.__name__.lstrip('_')}{name}" if private else name
