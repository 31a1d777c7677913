"""Whether two runs of one call did the same.

Runs in the user's Python (3.9 and newer) and imports the standard library only.
"""

from __future__ import annotations

from typing import Any


def kind(old: Any, new: Any) -> str:
    """What makes two differences of one kind: how both calls ended, and with what type."""
    return repr([*old["outcome"][::2], *new["outcome"][::2], _essence(old["outcome"]) == _essence(new["outcome"])])


def same(one: Any, other: Any) -> bool:
    """Whether two runs of one side did the same."""
    return _essence(one["outcome"]) == _essence(other["outcome"]) and bool(one["effects"] == other["effects"])


def differ(pair: tuple[Any, Any], call: Any) -> bool:
    """Whether the sides did something different that is worth saying.

    The words of an exception are not. Where an argument was varied to something of another kind, two exceptions are as
    good as one another: which of two wrong uses is noticed first is nobody's contract.
    """
    old, new = pair[0]["outcome"], pair[1]["outcome"]
    if "timed_out" in (old[0], new[0]):
        return bool(old[0] != new[0])
    if call.changes and old[0] == new[0] == "raised":
        return bool(call.plausible and old[2] != new[2])
    return _essence(old) != _essence(new) or bool(changed_effects(*pair))


def _essence(outcome: Any) -> Any:
    """An outcome without the words of its exception."""
    return outcome[:3] if outcome[0] == "raised" else list(outcome)


def changed_effects(old: Any, new: Any) -> dict[str, tuple[str, str]]:
    """What the sides left different, by name; a private attribute that one side lacks counts for nothing."""
    before, after = old["effects"], new["effects"]
    found: dict[str, tuple[str, str]] = {}
    if not (before and after):  # of one that did not come to its end nothing is known
        return found
    for name in sorted({*before, *after}):
        private = "._" in name
        if before.get(name) != after.get(name) and not (private and (name not in before or name not in after)):
            found[name] = (before.get(name, ""), after.get(name, ""))
    return found
