"""Typer commands whose values stay the text that the user wrote, and whose complaints are one sentence.

Typer converts every value through pydantic, whose import takes a third of the time of a cached review. The settings
check each value anyway and name the flag when it is wrong, so a command of `PlainCommand` takes text and flags only.
Wrong use is a UsageError as everywhere, where Typer prints a usage line, a hint and an error.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from typer import TyperException
from typer.core import TyperCommand, TyperGroup

from reviewer.errors import UsageError


class PlainCommand(TyperCommand):
    """A command that converts nothing: parameters are optional, `bool` flags, `str | None` or `list[str] | None`."""

    def get_params(self, ctx: Any) -> list[Any]:
        """The parameters, the one for help included."""
        return converting_nothing(super().get_params(ctx))

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        """Read the arguments. Raises UsageError."""
        with one_sentence(f"{parent.command_path} {info_name}" if parent else f"{info_name}"):
            return super().make_context(info_name, args, parent, **extra)


class PlainGroup(TyperGroup):
    """A group of commands that converts nothing in its own options, either."""

    def get_params(self, ctx: Any) -> list[Any]:
        """The options, the one for help included."""
        return converting_nothing(super().get_params(ctx))

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        """Read the arguments. Raises UsageError."""
        with one_sentence(f"{parent.command_path} {info_name}" if parent else f"{info_name}"):
            return super().make_context(info_name, args, parent, **extra)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that is called. Raises UsageError."""
        with one_sentence(ctx.command_path):
            return super().resolve_command(ctx, args)


@contextmanager
def one_sentence(command: str) -> Iterator[None]:
    """Turn what Typer has to complain about into a UsageError; help, which it raises too, is left alone."""
    try:
        yield
    except TyperException as error:
        said = getattr(error, "format_message", None)
        if said is None or type(error).__name__ == "NoArgsIsHelpError":
            raise
        text = said().rstrip(".")
        raise UsageError(f"{text[:1].lower()}{text[1:]} (`{command} -h` says what there is)") from None


def converting_nothing(parameters: list[Any]) -> list[Any]:
    """The same parameters, which now keep the text that the user wrote."""
    for parameter in parameters:
        assert not parameter.required
        parameter.process_value = partial(plain_value, parameter)
    return parameters


def plain_value(parameter: Any, context: Any, value: Any) -> Any:
    """What Typer's own `process_value` does, less the conversion."""
    return parameter.callback(context, parameter, value) if parameter.callback else value
