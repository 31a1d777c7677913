"""The commands that git and CI call."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from reviewer.cli_options import (
    Base,
    Deadline,
    FailOn,
    ModelName,
    NoExecute,
    OnIncomplete,
    Output,
    Quiet,
    Show,
    Unsandboxed,
    Verbose,
    flags,
)
from reviewer.plain import PlainCommand, PlainGroup

hook_app = typer.Typer(cls=PlainGroup, rich_markup_mode=None, no_args_is_help=True, help="What the git hooks call.")


@hook_app.command("pre-commit", cls=PlainCommand)
def hook_pre_commit() -> None:
    """Review what is staged. Within 20 seconds; what could not be reviewed is said and does not block."""
    from reviewer.commands.hook import hook

    raise typer.Exit(hook("pre-commit"))


@hook_app.command("pre-push", cls=PlainCommand)
def hook_pre_push(
    remote: Annotated[str | None, typer.Argument(metavar="REMOTE", help="The remote's name, as git gives it.")] = None,
    url: Annotated[str | None, typer.Argument(metavar="URL", help="The remote's address, as git gives it.")] = None,
) -> None:
    """Review what is pushed. Of that, what no remote has yet, within 120 seconds; git says on stdin what is pushed."""
    from reviewer.commands.hook import hook

    raise typer.Exit(hook("pre-push"))


@hook_app.command("post-index-change", cls=PlainCommand)
def hook_post_index_change(
    worktree: Annotated[str | None, typer.Argument(metavar="0|1", help="Whether the worktree was changed.")] = None,
    skip: Annotated[str | None, typer.Argument(metavar="0|1", help="Whether skip-worktree was changed.")] = None,
) -> None:
    """Review what was just staged in the background. The commit then finds it done."""
    from reviewer.commands.hook import hook

    raise typer.Exit(hook("post-index-change"))


def ci(
    base: Base = None,
    shard: Annotated[
        str | None, typer.Option("--shard", metavar="I/N", help="Review one of N parts; each function is in one part.")
    ] = None,
    format_: Annotated[
        str | None, typer.Option("--format", metavar="FORMAT", help="This format instead of the platform's.")
    ] = None,
    output: Output = None,
    model: ModelName = None,
    deadline: Deadline = None,
    fail_on: FailOn = None,
    on_incomplete: OnIncomplete = None,
    no_execute: NoExecute = False,
    unsandboxed: Unsandboxed = False,
    show: Show = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Review what a run of CI has changed. Base, formats and summary are the platform's, the settings the base's."""
    from reviewer.commands.ci import ci as command

    given = flags(
        model=model,
        deadline=deadline,
        fail_on=fail_on,
        on_incomplete=on_incomplete,
        no_execute=no_execute,
        unsandboxed=unsandboxed,
        show=show,
        quiet=quiet,
        verbose=verbose,
    )
    raise typer.Exit(command(given, base, format_, Path(output) if output else None, shard))
