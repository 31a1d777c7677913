"""How a script looks at a value: by its type and what it holds, as the sandbox does. Pure.

A `repr` may hold an address, so that no two runs agree; a script that needs more than literals carries this with it.
"""

from __future__ import annotations

import ast

LOOK = '''\
import enum
import re
import types
from itertools import islice

ITERATORS = {"generator", "async_generator", "map", "filter", "zip", "enumerate", "reversed"}
WHOLE = {"datetime", "decimal", "fractions", "pathlib", "pathlib._local", "uuid", "ipaddress", "zoneinfo", "_decimal"}
SOURCE = {"traceback", "zipimport", "_frozen_importlib", "_frozen_importlib_external"}
NAMED = (type, types.ModuleType, types.FunctionType, types.BuiltinFunctionType, types.MethodType)


def fields(value):
    """What an object holds, without running any code of its class."""
    found = {}
    for base in type(value).__mro__:
        slots = base.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            private = name.startswith("__") and not name.endswith("__")
            member = base.__dict__.get("_" + base.__name__.lstrip("_") + name if private else name)
            try:
                found[name] = member.__get__(value) if isinstance(member, types.MemberDescriptorType) else found[name]
            except (AttributeError, KeyError):
                continue
    found.update(getattr(value, "__dict__", {}))
    return {str(name): part for name, part in found.items()}


def shape(value, path=(), used=True):
    """A value as text, without addresses and in an order of its own. Iterators are used up, or only named."""
    kind, path, looped = type(value), (*path, id(value)), id(value) in path
    name = kind.__qualname__ if kind.__module__ == "builtins" else kind.__module__ + "." + kind.__qualname__
    iterator = kind.__name__ in ITERATORS or kind.__module__ == "itertools" or kind.__name__.endswith("_iterator")
    if looped or len(path) > 7:
        return "<cycle>" if looped else "..."

    def each(items):
        texts = [shape(one, path, used) for one in islice(items, 101)]
        return ", ".join(texts if len(texts) < 101 else [*texts[:100], "..."])

    def pairs(items):
        texts = [shape(key, path, used) + ": " + shape(one, path, used) for key, one in islice(items.items(), 100)]
        return ", ".join(texts if len(items) < 101 else [*texts, "..."])

    def ordered(items):
        return ", ".join(sorted(shape(one, path, used) for one in islice(items, 1000)))

    if value is None or kind in (bool, int, float, complex, str, bytes, bytearray, range, slice, type(...)):
        return repr(value)
    if kind is dict:
        return "{" + pairs(value) + "}"
    if kind is list:
        return "[" + each(value) + "]"
    if kind is tuple:
        return "(" + each(value) + ("," if len(value) == 1 else "") + ")"
    if kind in (set, frozenset):
        inside = "{" + ordered(value) + "}" if value else ""
        return inside if kind is set and value else kind.__name__ + "(" + inside + ")"
    if isinstance(value, enum.Enum):
        return name + "." + value.name
    if kind.__module__ in WHOLE:
        return repr(value)
    if kind.__module__ in SOURCE:
        return "<a place in the source>"
    if isinstance(value, NAMED):
        own = getattr(value, "__qualname__", value.__name__)
        return "<" + kind.__name__ + " " + str(getattr(value, "__module__", "")) + "." + own + ">"
    if isinstance(value, BaseException):
        return name + "(" + each(value.args) + ")"
    if iterator and not used:
        return "<" + name + ">"
    if iterator and kind.__name__ != "async_generator":
        return "<" + name + " [" + each(islice(value, 100)) + "]>"
    if kind.__module__ == "numpy" and hasattr(value, "tolist"):
        return name + "(" + str(value.dtype) + ", " + shape(value.tolist(), path, used) + ")"
    bases = [base for base in (int, str, bytes, float) if isinstance(value, base)]
    if isinstance(value, dict):
        parts = ["{" + pairs(value) + "}"]
    elif isinstance(value, (list, tuple)) or name == "collections.deque":
        parts = ["[" + each(value) + "]"]
    elif isinstance(value, (set, frozenset)):
        parts = ["{" + ordered(value) + "}"]
    else:
        parts = [base.__repr__(value) for base in bases]
    parts += [key + "=" + shape(part, path, used) for key, part in sorted(fields(value).items())]
    return name + "(" + ", ".join(parts) + ")" if parts or hasattr(value, "__dict__") else "<" + name + ">"


def look(value, used=True):
    """The shape, without the addresses in its texts."""
    return stable(shape(value, (), used))


def stable(text):
    """A text without what differs from run to run."""
    return re.sub(r"\\bat 0x[0-9a-fA-F]{6,}|\\bid='[0-9]{9,}'", "at 0x...", text)


def same(now, before):
    """Whether a text is the one that was recorded, which may have been cut."""
    start, cut, _ = before.partition("... <")
    return now.startswith(start) if cut else now == before


'''


def plain(text: str | None) -> bool:
    """Whether a canonical text is what `repr` says of the value, whenever and wherever it is run."""
    try:
        tree = ast.parse(text or "", mode="eval")
        ast.literal_eval(tree)
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
        return False
    return not any(isinstance(node, ast.Set) or is_ellipsis(node) for node in ast.walk(tree))


def is_ellipsis(node: ast.AST) -> bool:
    """Whether something was left out here."""
    return isinstance(node, ast.Constant) and (
        node.value is ... or (isinstance(node.value, str) and (" at 0x..." in node.value or "... <" in node.value))
    )
