"""The commands that set up and diagnose."""

from __future__ import annotations

import typer

from reviewer.cli_options import ModelName
from reviewer.plain import PlainCommand, PlainGroup

cache_app = typer.Typer(
    cls=PlainGroup, rich_markup_mode=None, no_args_is_help=True, help="Inspect or clear the cache of replies."
)


def doctor(model: ModelName = None) -> None:
    """Say what reviewer finds on this machine: git, the server, the model, the cache; ask one tiny question."""
    from reviewer.commands.doctor import doctor as command

    raise typer.Exit(command({"model": model}))


@cache_app.command("size", cls=PlainCommand)
def cache_size() -> None:
    """How large the cache is, and where."""
    from reviewer.commands.cache import cache

    raise typer.Exit(cache("size"))


@cache_app.command("clear", cls=PlainCommand)
def cache_clear() -> None:
    """Forget every reply."""
    from reviewer.commands.cache import cache

    raise typer.Exit(cache("clear"))
