"""The commands that git and CI call."""

from __future__ import annotations

import typer

from reviewer.plain import PlainCommand, PlainGroup

hook_app = typer.Typer(cls=PlainGroup, rich_markup_mode=None, no_args_is_help=True, help="What the git hooks call.")


@hook_app.command("pre-commit", cls=PlainCommand)
def hook_pre_commit() -> None:
    """Review what is staged, within 20 seconds; what could not be reviewed is said and does not block."""
    from reviewer.commands.hook import hook

    raise typer.Exit(hook("pre-commit"))
