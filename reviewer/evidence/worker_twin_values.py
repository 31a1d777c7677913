"""Arguments of recorded calls: how they are told apart and shown.

Runs in the user's Python (3.9 and newer) and imports the standard library only. What is asked here in the process that
runs the user's tests looks at builtin types only: no code of a foreign class runs, and no iterator is used up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING or __package__:
    from reviewer.evidence import worker_canon as canon
else:
    import worker_canon as canon

ATOMS = (bool, int, float, complex, str, bytes, type(None))
MAX_LITERAL = 2000
MAX_SEEN = 8


class Still(canon.Form):
    """A canonical form that uses up no iterator."""

    def _foreign(self, value: Any, kind: type, depth: int) -> str:
        if canon.is_iterator(value):
            return f"<{canon.type_name(kind)}>"
        return super()._foreign(value, kind, depth)


def still(value: object, size: int = canon.MAX_CHARACTERS // 2) -> str:
    """The canonical text of an argument, which stays as it is."""
    try:
        text = Still().of(value, 0)
    except Exception as error:  # a class that cannot be looked at
        text = f"<{canon.type_name(type(value))}: {type(error).__name__}>"
    text = canon.stable(text)
    return text if len(text) <= size else canon._cut(text, size)


def literal(value: object) -> str | None:
    """The text of a plain value that evaluates to an equal one, None for any other."""
    if not _plain(value, [2000]):
        return None
    text = repr(value)
    if len(text) > MAX_LITERAL or "nan" in text or "inf" in text:
        return None
    return text


def expression(value: object) -> str | None:
    """The text of a plain value, infinities and the like included; None for any other."""
    return f"float({str(value)!r})" if isinstance(value, float) and literal(value) is None else literal(value)


def _plain(value: Any, budget: list[int]) -> bool:
    budget[0] -= 1
    kind = type(value)
    if budget[0] < 0:
        return False
    if kind in ATOMS:
        return kind not in (str, bytes) or len(value) <= MAX_LITERAL
    if kind in (list, tuple):
        return all(_plain(one, budget) for one in value)
    if kind is dict:
        return all(_plain(key, budget) and _plain(one, budget) for key, one in value.items())
    return kind is set and bool(value) and all(_plain(one, budget) for one in sorted(value, key=repr))


class Seen:
    """The plain values that each parameter of a function had so far."""

    def __init__(self) -> None:
        self.texts: dict[str, list[str]] = {}

    def note(self, name: str, text: str) -> None:
        """Remember a value by its text."""
        texts = self.texts.setdefault(name, [])
        if text not in texts and len(texts) < MAX_SEEN and len(text) <= 200:
            texts.append(text)
