"""Typer commands whose values stay the text that the user wrote.

Typer converts every value through pydantic, whose import takes a third of the time of a cached review. The settings
check each value anyway and name the flag when it is wrong, so a command of `PlainCommand` takes text and flags only.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from typer.core import TyperCommand, TyperGroup


class PlainCommand(TyperCommand):
    """A command that converts nothing: parameters are optional, `bool` flags, `str | None` or `list[str] | None`."""

    def get_params(self, ctx: Any) -> list[Any]:
        """The parameters, the one for help included."""
        return converting_nothing(super().get_params(ctx))


class PlainGroup(TyperGroup):
    """A group of commands that converts nothing in its own options, either."""

    def get_params(self, ctx: Any) -> list[Any]:
        """The options, the one for help included."""
        return converting_nothing(super().get_params(ctx))


def converting_nothing(parameters: list[Any]) -> list[Any]:
    """The same parameters, which now keep the text that the user wrote."""
    for parameter in parameters:
        assert not parameter.required
        parameter.process_value = partial(plain_value, parameter)
    return parameters


def plain_value(parameter: Any, context: Any, value: Any) -> Any:
    """What Typer's own `process_value` does, less the conversion."""
    return parameter.callback(context, parameter, value) if parameter.callback else value
