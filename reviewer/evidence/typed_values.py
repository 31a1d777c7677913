"""Values for types as Python text, from the types' text alone. Pure."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

from reviewer.data import ClassHeader, FunctionVersion, Module
from reviewer.evidence.documented_types import documented_types, type_expression
from reviewer.evidence.plausible import is_encoding, is_template
from reviewer.records import record

_SIMPLE: Mapping[str, tuple[str, ...]] = {
    "int": ("3", "0", "1", "-1", "2", "10", "1000000"),
    "float": ("1.5", "0.0", "-1.0", "1.0", "2.5", "2", "0.125", "1e-09", "float('inf')"),
    "complex": ("(1+2j)", "0j"),
    "str": ("'ab'", "''", "'a'", "'Hello, world'", "'é漢'", "' a '", "'12'", "'a\\nb'"),
    "bytes": ("b'ab'", "b''", "b'\\xff'"),
    "bytearray": ("bytearray(b'ab')", "bytearray()"),
    "bool": ("True", "False"),
    "None": ("None",),
    "object": ("1", "'a'", "None", "[]"),
    "Any": ("1", "'a'", "None", "[]"),
    "Decimal": ("Decimal('1.5')", "Decimal('0')", "Decimal('-1')"),
    "Fraction": ("Fraction(1, 2)", "Fraction(0)"),
    "date": ("date(2024, 2, 29)", "date(2023, 12, 31)"),
    "datetime": ("datetime(2024, 2, 29, 12, 30)", "datetime(2023, 12, 31)"),
    "timedelta": ("timedelta(days=1)", "timedelta(0)", "timedelta(seconds=-1)"),
}
_ENCODINGS = ("'utf-8'", "'ascii'", "'latin-1'")
_SYNONYMS = {"string": "str", "integer": "int", "boolean": "bool", "number": "float", "text": "str", "AnyStr": "str"}
_LISTS = {"list", "List", "Sequence", "Collection", "MutableSequence", "Sized", "Reversible", "array"}
_ITERATORS = {"Iterator", "Generator"}
_SETS = {"set", "Set", "AbstractSet", "MutableSet"}
_FROZEN = {"frozenset", "FrozenSet"}
_TUPLES = {"tuple", "Tuple"}
_MAPPINGS = {"dict", "Dict", "Mapping", "MutableMapping"}
_TRANSPARENT = {"Annotated", "Final", "Required", "NotRequired", "ReadOnly"}
MODULES = {"Decimal": "decimal", "Fraction": "fractions"} | dict.fromkeys(("date", "datetime", "timedelta"), "datetime")


@record(frozen=True, slots=True)
class Argument:
    """A parameter to be given: what is written before its value (`name=`), whether it must be, and values for it."""

    prefix: str
    required: bool
    values: tuple[str, ...]


def arguments_of(function: FunctionVersion, types: Types) -> list[Argument] | None:
    """The parameters without `self`; None if one that must be there has no known values."""
    try:
        definition = ast.parse(f"{function.signature} ...").body[0]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    if not isinstance(definition, ast.FunctionDef | ast.AsyncFunctionDef):
        return None
    documented = documented_types(function.docstring or "")
    arguments = definition.args
    positional = [*arguments.posonlyargs, *arguments.args]
    defaults: list[ast.expr | None] = [*[None] * (len(positional) - len(arguments.defaults)), *arguments.defaults]
    rows = [(a, d, a in arguments.posonlyargs or d is None) for a, d in zip(positional, defaults, strict=True)]
    if function.class_name and "staticmethod" not in function.decorators:
        rows = rows[1:]
    rows += [(a, d, False) for a, d in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)]
    found = []
    for argument, default, by_place in rows:
        values = types.of_parameter(argument, default, documented)
        if not values and default is None:
            return None
        if by_place and default is not None and argument in arguments.posonlyargs:
            continue  # it could not be left out before a later one
        found.append(Argument("" if by_place else f"{argument.arg}=", default is None, values))
    return found


def combinations_of(arguments: Sequence[Argument]) -> Iterator[list[str]]:
    """The base call, then one argument changed at a time, then two."""

    def written(chosen: Mapping[int, str]) -> list[str]:
        return [
            argument.prefix + chosen.get(index, argument.values[0] if argument.values else "")
            for index, argument in enumerate(arguments)
            if argument.required or index in chosen
        ]

    yield written({})
    longest = max((len(argument.values) for argument in arguments), default=0)
    for turn in range(longest):
        for index, argument in enumerate(arguments):
            if turn < len(argument.values):
                yield written({index: argument.values[turn]})
    for total in range(2 * longest):
        for one, two in combinations(range(len(arguments)), 2):
            for turn in range(total + 1):
                first, second = arguments[one].values, arguments[two].values
                if turn < len(first) and total - turn < len(second):
                    yield written({one: first[turn], two: second[total - turn]})


class Types:
    """Values for types, with the classes of one module."""

    def __init__(self, module: Module, draw: bool) -> None:
        self._module = module
        self._classes = {header.name: header for header in module.classes}
        self._draw = draw
        self._building: set[str] = set()

    def of_parameter(
        self, argument: ast.arg, default: ast.expr | None, documented: Mapping[str, str]
    ) -> tuple[str, ...]:
        """Values for a parameter: of its annotation, else its documented type, else its default's type."""
        annotation: ast.expr | None = argument.annotation
        if annotation is None and argument.arg in documented:
            annotation = type_expression(documented[argument.arg])
        if annotation is None and isinstance(default, ast.Constant) and default.value is not None:
            annotation = ast.Name(type(default.value).__name__)
        if annotation is None:
            return ()
        values = self.values(annotation)
        if isinstance(default, ast.Constant) and is_template(default.value):
            return (ast.unparse(default),)  # another text is no other value of its kind
        if isinstance(default, ast.Constant) and is_encoding(default.value):
            return (ast.unparse(default), *(text for text in _ENCODINGS if text != ast.unparse(default)))
        if self._draw and values:
            from reviewer.evidence.drawn import drawn  # Hypothesis takes most of a second to import

            values += tuple(text for text in drawn(annotation) if text not in values)
        return values

    def values(self, annotation: ast.expr, depth: int = 0) -> tuple[str, ...]:
        """Values of the type as Python text, the plainest first; none where nothing is known."""
        if depth > 4:
            return ()
        match annotation:
            case ast.Constant(value=None):
                return _SIMPLE["None"]
            case ast.Constant(value=str(text)):
                inner = type_expression(text)
                return self.values(inner, depth + 1) if inner else ()
            case ast.BinOp(left=left, op=ast.BitOr(), right=right):
                return _alternating([self.values(left, depth + 1), self.values(right, depth + 1)])
            case ast.Name() | ast.Attribute():
                return self._named(ast.unparse(annotation))
            case ast.Subscript(value=outer, slice=inner):
                return self._generic(ast.unparse(outer).rpartition(".")[2], inner, depth + 1)
        return ()

    def _named(self, text: str) -> tuple[str, ...]:
        name = text.rpartition(".")[2]
        name = _SYNONYMS.get(name, name)
        if text in self._classes:
            return self.instances(text)
        if name in _SIMPLE:
            qualified = text if "." in text and name in MODULES else name
            return tuple(value.replace(f"{name}(", f"{qualified}(") for value in _SIMPLE[name])
        return self._generic(name, ast.Name("int"), 1)

    def _generic(self, name: str, inner: ast.expr, depth: int) -> tuple[str, ...]:
        parts = inner.elts if isinstance(inner, ast.Tuple) else [inner]
        if name in {"Optional", "Union"}:
            sets = [self.values(part, depth) for part in parts]
            return _alternating([*sets, _SIMPLE["None"]] if name == "Optional" else sets)
        if name == "Literal":
            return tuple(ast.unparse(part) for part in parts)
        if name in _TRANSPARENT:
            return self.values(parts[0], depth)
        if name in _MAPPINGS:
            keys, items = self.values(parts[0], depth), self.values(parts[-1], depth)
            if not keys or not items:
                return ()
            two, equal = (f"{{{keys[0]}: {first}, {keys[-1]}: {items[0]}}}" for first in (items[-1], items[0]))
            return (f"{{{keys[0]}: {items[0]}}}", "{}", two, equal)
        items = self.values(parts[0], depth)
        if name in _TUPLES and len(parts) > 1 and ast.unparse(parts[-1]) != "...":
            sets = [self.values(part, depth) for part in parts]
            return tuple("(" + ", ".join(s[t % len(s)] for s in sets) + ")" for t in range(3)) if all(sets) else ()
        return _collections(name, items) if items else ()

    def instances(self, name: str) -> tuple[str, ...]:
        """Expressions for instances of a class of the module: enum members, or a call of the constructor."""
        header = self._classes.get(name)
        if header is None or name in self._building or "<locals>" in name:
            return ()
        if re.search(r"\((?:.*[\s.,(])?(?:Int|Str)?(?:Enum|Flag)\)", header.header):
            members = [field.partition("=")[0].strip() for field in header.fields if "=" in field]
            return tuple(f"{name}.{member}" for member in members[:4] if member.isidentifier())
        if self._is_abstract(header):
            return ()
        self._building.add(name)
        try:
            arguments = self._constructor(header)
        finally:
            self._building.discard(name)
        return (
            tuple(f"{name}({', '.join(chosen)})" for chosen in _first(combinations_of(arguments), 3))
            if arguments is not None
            else ()
        )

    def _is_abstract(self, header: ClassHeader) -> bool:
        """Whether only classes made from it have instances, though Python may allow some of its own."""
        methods = (function for function in self._module.functions if function.class_name == header.name)
        decorators = (text.rpartition(".")[2] for method in methods for text in method.decorators)
        return (
            "Protocol" in header.header
            or "ABC" in header.header
            or any(text.startswith("abstract") for text in decorators)
        )

    def _constructor(self, header: ClassHeader) -> list[Argument] | None:
        own = next((f for f in self._module.functions if f.name == f"{header.name}.__init__"), None)
        if own:
            return arguments_of(own, self)
        if "dataclass" not in header.header and "NamedTuple" not in header.header:
            return []
        parameters = [field for field in header.fields if re.match(r"\w+\s*:(?!\s*ClassVar)", field)]
        fields = [_field(field) for field in parameters]
        found = []
        for field in fields:
            values = self.values(field.annotation) if field else ()
            if field is None or (not values and field.value is None):
                return None
            found.append(Argument(f"{ast.unparse(field.target)}=", field.value is None, values))
        return found


def _field(text: str) -> ast.AnnAssign | None:
    try:
        statement = ast.parse(text).body[0]
    except (SyntaxError, ValueError):
        return None
    return statement if isinstance(statement, ast.AnnAssign) else None


def _collections(name: str, items: Sequence[str]) -> tuple[str, ...]:
    lists = (", ".join(items[:2]), "", items[0], ", ".join([*items[:3], items[0]]), ", ".join(reversed(items[:3])))
    if name in _LISTS:
        return tuple(f"[{text}]" for text in lists)
    if name == "Iterable":  # one that can be read once only, too
        return (f"[{lists[0]}]", f"iter([{lists[0]}])", *(f"[{text}]" for text in lists[1:]))
    if name in _ITERATORS:
        return tuple(f"iter([{text}])" for text in lists)
    if name in _TUPLES:
        return tuple(f"({text},)" if text else "()" for text in lists)
    if name in _SETS:
        return tuple(f"{{{text}}}" if text else "set()" for text in lists[:3])
    if name in _FROZEN:
        return tuple(f"frozenset([{text}])" for text in lists[:3])
    return ()


def _alternating(sets: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """The first of each, then the second of each, without repeats."""
    longest = max(map(len, sets), default=0)
    return tuple(dict.fromkeys(one[turn] for turn in range(longest) for one in sets if turn < len(one)))


def _first(texts: Iterator[list[str]], count: int) -> Iterator[list[str]]:
    for _, text in zip(range(count), texts, strict=False):
        yield text
