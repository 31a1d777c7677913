"""Values that Hypothesis draws for a type, the same ones on every run. Pure; the only importer of Hypothesis."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from reviewer.evidence.values import text_of

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


def drawn(annotation: ast.expr, count: int = 20) -> tuple[str, ...]:
    """At most `count` values of the type as Python text; none without Hypothesis or for a type it is not told of."""
    try:
        from hypothesis import HealthCheck, Phase, given, settings
    except ImportError:
        return ()
    strategy = _strategy(annotation)
    if strategy is None:
        return ()
    found: dict[str, None] = {}

    @settings(
        max_examples=count,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def collect(value: object) -> None:
        found[text_of(value)] = None

    collect()
    return tuple(found)[:count]


def _strategy(annotation: ast.expr) -> SearchStrategy[object] | None:
    from hypothesis import strategies as st

    simple: dict[str, SearchStrategy[object]] = {
        "int": st.integers(-1000, 1_000_000),
        "float": st.floats(),
        "str": st.text(max_size=20).filter(lambda text: text.isprintable()),
        "bytes": st.binary(max_size=20),
        "bool": st.booleans(),
        "None": st.none(),
    }
    match annotation:
        case ast.Constant(value=None):
            return simple["None"]
        case ast.Name(id=name):
            return simple.get(name)
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            one, two = _strategy(left), _strategy(right)
            return st.one_of(one, two) if one is not None and two is not None else None
        case ast.Subscript(value=ast.Name(id=name), slice=inner):
            return _collection(name, inner)
    return None


def _collection(name: str, inner: ast.expr) -> SearchStrategy[object] | None:
    from hypothesis import strategies as st

    parts = [_strategy(part) for part in (inner.elts if isinstance(inner, ast.Tuple) else [inner])]
    known = [part for part in parts if part is not None]
    if len(known) != len(parts):
        return None
    if name in {"list", "List", "Sequence", "Iterable"}:
        return st.lists(known[0], max_size=6)
    if name in {"dict", "Dict", "Mapping"} and len(known) == 2:
        return st.dictionaries(known[0], known[1], max_size=4)
    if name in {"tuple", "Tuple"}:
        return st.tuples(*known)
    if name == "Optional":
        return st.one_of(st.none(), known[0])
    return None
