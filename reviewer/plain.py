"""Typer commands whose values stay the text that the user wrote.

Typer converts every value through pydantic, whose import takes a third of the time of a cached review. The settings
check each value anyway and name the flag when it is wrong, so a command of `PlainCommand` takes text and flags only.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from typer.core import TyperCommand


class PlainCommand(TyperCommand):
    """A command that converts nothing: parameters are optional, `bool` flags, `str | None` or `list[str] | None`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for parameter in self.params:
            assert not parameter.required
            parameter.process_value = partial(plain_value, parameter)  # type: ignore[method-assign]


def plain_value(parameter: Any, context: Any, value: Any) -> Any:
    """What Typer's own `process_value` does, less the conversion."""
    return parameter.callback(context, parameter, value) if parameter.callback else value
