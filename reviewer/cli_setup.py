"""The commands that set up and diagnose."""

from __future__ import annotations

from typing import Annotated

import typer

from reviewer.cli_options import ModelName
from reviewer.plain import PlainCommand, PlainGroup

cache_app = typer.Typer(
    cls=PlainGroup, rich_markup_mode=None, no_args_is_help=True, help="Inspect or clear the cache of replies."
)


def doctor(model: ModelName = None) -> None:
    """Say what there is on this machine. Git, the server, the model, the cache; one tiny question is asked."""
    from reviewer.commands.doctor import doctor as command

    raise typer.Exit(command({"model": model}))


def models(
    format_: Annotated[str, typer.Option("--format", metavar="text|json|names", help="How they are listed.")] = "text",
    pull: Annotated[
        str | None, typer.Option("--pull", metavar="MODEL", help="Have the server on this machine fetch a model first.")
    ] = None,
) -> None:
    """List the models there are. What the server holds, what fits this machine, what is recommended."""
    from reviewer.commands.models import models as command

    raise typer.Exit(command(format_, pull))


def init(
    hooks: Annotated[
        bool,
        typer.Option("--hooks", help="Install plain git hooks, after those that are there, not pre-commit's entry."),
    ] = False,
    remove_hooks: Annotated[
        bool, typer.Option("--remove-hooks", help="Take the git hooks away; what was there before comes back.")
    ] = False,
    force: Annotated[
        bool,
        typer.Option("--force", help="Also into a folder of hooks that several repositories share, or a manager's."),
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print what would change, and change nothing.")] = False,
) -> None:
    """Set this repository up. Configuration, and pre-commit's entry or plain git hooks; what you have stays."""
    from reviewer.commands.init import Wishes
    from reviewer.commands.init import init as command

    raise typer.Exit(command(Wishes(hooks, remove_hooks, force, dry_run)))


def completion(
    context: typer.Context,
    shell: Annotated[str | None, typer.Argument(metavar="bash|zsh|fish", help="Whose script is printed.")] = None,
) -> None:
    """Print a completion script for a shell. To use it: `source <(reviewer completion bash)`."""
    from reviewer.commands.completion import completion as command

    raise typer.Exit(command(context.find_root().command, shell))


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
