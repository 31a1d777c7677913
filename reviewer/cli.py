"""The Typer application: options -> settings, call the command, return the exit code."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from pathlib import Path
from typing import Annotated

import typer
from typer.models import CommandInfo

from reviewer.cli_hooks import ci, hook_app
from reviewer.cli_options import (
    HELP,
    All,
    Apply,
    Base,
    Baseline,
    Deadline,
    FailOn,
    Format,
    ModelName,
    NoExecute,
    OnIncomplete,
    Output,
    Paths,
    Quiet,
    Range,
    Replay,
    Show,
    Staged,
    TestsFormat,
    TestsOutput,
    Unsandboxed,
    Verbose,
    Worktree,
    WriteBaseline,
    chosen_selection,
    flags,
)
from reviewer.cli_setup import cache_app, completion, doctor, init, models
from reviewer.data import SelectionKind
from reviewer.errors import UsageError
from reviewer.plain import PlainCommand, PlainGroup

# Rich help and completion would cost every start 50 ms.
app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    context_settings=HELP,
    help="Review the changed functions of a git change with a model on this machine. Nothing leaves it.",
)
git_app = typer.Typer(
    add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False, context_settings=HELP
)
app.add_typer(hook_app, name="hook", context_settings=HELP)
app.add_typer(cache_app, name="cache", context_settings=HELP)


@app.command(cls=PlainCommand)
def review(
    context: typer.Context,
    paths: Paths = None,
    staged: Staged = False,
    worktree: Worktree = False,
    base: Base = None,
    range_: Range = None,
    all_: All = False,
    format_: Format = "text",
    output: Output = None,
    model: ModelName = None,
    deadline: Deadline = None,
    fail_on: FailOn = None,
    on_incomplete: OnIncomplete = None,
    no_execute: NoExecute = False,
    unsandboxed: Unsandboxed = False,
    baseline: Baseline = None,
    write_baseline: WriteBaseline = False,
    apply: Apply = False,
    replay: Replay = None,
    show: Show = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Review the changed functions. Which: what is staged, else what is edited."""
    from reviewer.commands.review import review as command

    default = SelectionKind.UNPUSHED if context.obj == "git review" else SelectionKind.DEFAULT
    given = flags(
        model=model,
        deadline=deadline,
        fail_on=fail_on,
        on_incomplete=on_incomplete,
        no_execute=no_execute,
        unsandboxed=unsandboxed,
        baseline=baseline,
        show=show,
        quiet=quiet,
        verbose=verbose,
    )
    selection = chosen_selection(default, staged=staged, worktree=worktree, base=base, range_=range_, all_=all_)
    if replay is not None:
        if apply or write_baseline or output or format_ != "text":
            raise UsageError("--replay prints one thing as text: give it no other format, and nothing to write")
        from reviewer.commands.replay import replay as show_again

        raise typer.Exit(show_again(selection, paths or (), given, replay))
    wishes = {"apply": apply, "write_baseline": write_baseline}
    raise typer.Exit(command(selection, paths or (), given, format_, Path(output) if output else None, **wishes))


git_app.command(
    cls=PlainCommand,
    help="Review the changed functions. Which: what is not yet upstream, else what is staged, else what is edited.",
)(review)


@app.command(cls=PlainCommand)
def tests(
    paths: Paths = None,
    staged: Staged = False,
    worktree: Worktree = False,
    base: Base = None,
    range_: Range = None,
    all_: All = False,
    write: Annotated[
        bool, typer.Option("--write", help="Write the test files; else a unified diff is printed.")
    ] = False,
    prune: Annotated[
        bool, typer.Option("--prune", help="Remove generated tests whose function or promise is gone.")
    ] = False,
    characterise: Annotated[
        bool, typer.Option("--characterise", help="Also pin down what nobody promised: what the function does now.")
    ] = False,
    format_: TestsFormat = "text",
    output: TestsOutput = None,
    model: ModelName = None,
    deadline: Deadline = None,
    on_incomplete: OnIncomplete = None,
    unsandboxed: Unsandboxed = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Make pytest tests from docstrings. Of the changed functions, or of those that PATHS name."""
    from reviewer.commands.tests import tests as command
    from reviewer.generation import Options

    given = flags(
        model=model,
        deadline=deadline,
        on_incomplete=on_incomplete,
        unsandboxed=unsandboxed,
        quiet=quiet,
        verbose=verbose,
    )
    default = SelectionKind.DEFAULT
    selection = chosen_selection(default, staged=staged, worktree=worktree, base=base, range_=range_, all_=all_)
    file = Path(output) if output else None
    raise typer.Exit(command(selection, paths or (), given, format_, file, Options(write, prune, characterise)))


app.command(cls=PlainCommand)(ci)
app.command(cls=PlainCommand)(init)
app.command(cls=PlainCommand)(doctor)
app.command(cls=PlainCommand)(models)
app.command(cls=PlainCommand)(completion)


def version(asked: bool) -> None:
    """Print the version and end."""
    if asked:
        from reviewer import __version__

        typer.echo(f"reviewer {__version__}")
        raise typer.Exit


@app.callback(cls=PlainGroup)
def options(
    _version: Annotated[
        bool, typer.Option("--version", callback=version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Options before the command."""


def run(arguments: Sequence[str]) -> int:
    """The command `reviewer`."""
    return started(called(app, arguments), "reviewer", arguments)


def run_git_review(arguments: Sequence[str]) -> int:
    """The command `git review`."""
    return started(git_app, "git review", arguments)


def called(application: typer.Typer, arguments: Sequence[str]) -> typer.Typer:
    """The application with the one command or group that is called: Typer builds all that it is given, for 10 ms.

    Only `completion` looks at the others.
    """
    name = arguments[0] if arguments else ""
    small = copy(application)
    small.registered_commands = [one for one in application.registered_commands if name_of(one) == name]
    small.registered_groups = [one for one in application.registered_groups if one.name == name]
    known = small.registered_commands or small.registered_groups
    return small if known and name != "completion" else application


def name_of(command: CommandInfo) -> str:
    """What the user calls it."""
    return str(command.name or getattr(command.callback, "__name__", ""))


def started(application: typer.Typer, name: str, arguments: Sequence[str]) -> int:
    """Run an application; its exit code."""
    try:
        application(args=list(arguments), prog_name=name, obj=name)
    except SystemExit as end:
        # Typer ends without a word on Ctrl-C, and with the code of a finding where a reader went away.
        for cause in (end.__context__, end.__context__ and end.__context__.__cause__):
            if isinstance(cause, (KeyboardInterrupt, BrokenPipeError)):
                raise cause from None
        return end.code if isinstance(end.code, int) else 0
    return 0
