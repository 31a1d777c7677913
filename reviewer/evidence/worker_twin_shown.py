"""How a call that tells the versions apart is written down: to be pasted where possible, else described.

Runs in the user's Python (3.9 and newer) and imports the standard library only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING or __package__:
    from reviewer.evidence import worker_canon as canon
    from reviewer.evidence import worker_twin_frame as twin_frame
    from reviewer.evidence import worker_twin_values as twin_values
else:
    import worker_canon as canon
    import worker_twin_frame as twin_frame
    import worker_twin_values as twin_values


def describe(frame: twin_frame.Frame, pair: twin_frame.Pair) -> Any:
    """The call as text, whether it can be pasted, and its arguments."""
    shown = [(name, twin_values.still(value, 300)) for name, value in frame.values.items()]
    shown += [(f"*{frame.more}", twin_values.still(one, 300)) for one in frame.extra]
    shown += [(name, twin_values.still(one, 300)) for name, one in frame.keywords.items()]
    text = _pasteable(frame, pair)
    described = f"{pair.name}({', '.join(f'{name}={one}' for name, one in shown)})"
    return {"call": text or described, "pasteable": text is not None, "arguments": shown}


def _pasteable(frame: twin_frame.Frame, pair: twin_frame.Pair) -> str | None:
    qualified, values = pair.name, frame.values
    names = list(frame.positional)
    target: str | None = qualified
    if "<locals>" in qualified:
        return None
    if "." in qualified:
        kinds = {decorator_name(one) for one in pair.new.decorator_list}
        if kinds & {"property", "setter", "cached_property"}:
            return None
        if "staticmethod" not in kinds and qualified.rpartition(".")[2] != "__new__":
            target = _receiver(values[names.pop(0)], qualified, frame.space) if names else None
    if target is None:
        return None
    texts = []
    skipped = False
    for name in [*names, *frame.named]:
        left_out = frame.is_default(name, values[name])
        skipped = skipped or left_out
        text = twin_values.literal(values[name])
        if text is None and not left_out:
            return None
        if not left_out or frame.extra:
            texts.append(f"{name}={text}" if skipped or name in frame.named else str(text))
    more = [twin_values.literal(one) for one in frame.extra]
    others = {name: twin_values.literal(one) for name, one in frame.keywords.items()}
    if None in more or None in others.values() or (more and skipped):
        return None
    spread = [str(one) for one in more]
    return f"{target}({', '.join([*texts, *spread, *(f'{name}={one}' for name, one in others.items())])})"


def _receiver(value: Any, qualified: str, space: dict[str, Any]) -> str | None:
    """What a method is pasted after: its class, or an object that its class can be asked to build again."""
    method = qualified.rpartition(".")[2]
    if isinstance(value, type):
        return f"{value.__qualname__}.{method}" if _known(value, space) else None
    if method == "__init__":
        return type(value).__qualname__ if _known(type(value), space) else None
    built = _built(value, type(value), space)
    return f"{built}.{method}" if built is not None else None


def _known(kind: type, space: dict[str, Any]) -> bool:
    """Whether a class can be called by its name."""
    return space.get(kind.__qualname__) is kind


def _built(value: Any, kind: Any, space: dict[str, Any]) -> str | None:
    """An object as a call of its class with plain arguments, when that makes an equal one."""
    if not _known(kind, space):
        return None
    fields = canon.attributes(value)
    code = getattr(kind.__init__, "__code__", None)
    wanted = code.co_varnames[1 : code.co_argcount] if code is not None else ()
    texts = {name: twin_values.literal(fields.get(name, fields.get(f"_{name}", ...))) for name in wanted}
    if None in texts.values():
        return None
    text = f"{kind.__qualname__}({', '.join(f'{name}={one}' for name, one in texts.items())})"
    try:
        again = eval(text, space)
    except Exception:  # it cannot be built like this
        return None
    return text if twin_values.still(again) == twin_values.still(value) else None


def decorator_name(node: Any) -> str:
    """The last name of a decorator."""
    node = getattr(node, "func", node)
    return str(getattr(node, "attr", getattr(node, "id", "")))
