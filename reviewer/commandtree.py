"""Pure: the commands and their options as records, for what is generated from them: completion scripts, man pages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from reviewer.records import record


@record(frozen=True, slots=True)
class Option:
    """An option. `value` is how its value is called, "" for a flag."""

    names: tuple[str, ...]
    value: str
    help: str
    default: str  # "" where there is none to show


@record(frozen=True, slots=True)
class Argument:
    """A positional argument; `many` of them, or one."""

    name: str
    help: str
    many: bool


@record(frozen=True, slots=True)
class Command:
    """A command or a group of them; `path` is what is typed, `reviewer cache size`."""

    path: str
    help: str
    options: tuple[Option, ...]
    arguments: tuple[Argument, ...]
    commands: tuple[Command, ...] = ()

    @property
    def name(self) -> str:
        """The last word of what is typed."""
        return self.path.rpartition(" ")[2]

    def walk(self) -> Iterator[Command]:
        """This command and all below it, top down."""
        yield self
        for command in self.commands:
            yield from command.walk()


def tree(command: Any, path: str = "reviewer") -> Command:
    """The records of a Click command, which is only looked at: its own types are known to the command line alone."""
    from inspect import cleandoc

    context = command.context_class(command, info_name=path, help_option_names=["-h", "--help"])
    parameters = command.get_params(context)
    options = tuple(_option(one) for one in parameters if one.param_type_name == "option" and not one.hidden)
    arguments = tuple(
        Argument(one.metavar or one.name.upper(), getattr(one, "help", None) or "", one.nargs != 1)
        for one in parameters
        if one.param_type_name == "argument"
    )
    below = getattr(command, "commands", {})
    commands = tuple(tree(one, f"{path} {name}") for name, one in below.items() if not one.hidden)
    return Command(path, cleandoc(command.help or "").strip(), options, arguments, commands)


def git_review(root: Command) -> Command:
    """The command `git review`, which is `reviewer review` with another selection where none is given."""
    return replace(next(one for one in root.commands if one.name == "review"), path="git review")


def _option(parameter: Any) -> Option:
    value = "" if parameter.is_flag else parameter.metavar or "VALUE"
    default = parameter.default if value and isinstance(parameter.default, str) else ""
    return Option((*parameter.opts, *parameter.secondary_opts), value, parameter.help or "", default)
