"""Manual pages, made from the commands as they are: man/reviewer.1 and man/git-review.1."""

from __future__ import annotations

import re
import textwrap

from typer.main import get_command

from reviewer import __version__
from reviewer.cli import app
from reviewer.commandtree import Command, Option, git_review, tree
from reviewer.settings import settings

DATE = "2026-11-23"  # of the last change of these texts that readers should know of

ABOUT = """\
reviewer reads the functions that a git change touches, has a model on this machine review them, and runs what can be
run: the examples and exceptions that docstrings promise, and calls made from them, on the old and on the new version,
in a sandbox.
What blocks a commit is proved by a counterexample; what only the model says is marked as suspected and never blocks;
what was not reviewed is named.
Nothing leaves the machine.
"""
GIT_REVIEW = """\
git review is reviewer review of everything that is not yet upstream; if that is nothing, of what is staged; if that is
nothing, of what is edited.
"""
EXIT = (
    ("0", "Clean, or nothing at or above --fail-on."),
    ("1", "At least one finding at or above --fail-on that the change introduced."),
    ("2", "Wrong use, bad configuration, no model: nothing on standard output."),
    ("3", "Incomplete, and nothing failed; --on-incomplete pass makes it 0."),
    ("130", "Interrupted: what was done is printed, the rest is named."),
)
FILES = (
    ("pyproject.toml, .reviewer.toml", "Settings of a repository: the table [tool.reviewer], or a file of its own."),
    ("~/.config/reviewer/config.toml", "Your own settings, which win over a repository's; elsewhere on macOS."),
)


def pages() -> dict[str, str]:
    """The text of every page by its file's name."""
    root = tree(get_command(app))
    review = git_review(root)
    return {
        "reviewer.1": page("reviewer", "review the changed functions of a git change", root, whole(root)),
        "git-review.1": page("git-review", "review what is not yet upstream", review, of_git(review)),
    }


def page(name: str, purpose: str, command: Command, body: list[str]) -> str:
    """One page around the description of its commands."""
    synopses = [synopsis(one) for one in command.walk() if not one.commands]
    lines = [
        f'.TH "{roff(name).upper()}" "1" "{DATE}" "reviewer {__version__}" "User Commands"',
        ".SH NAME",
        f"{roff(name)} \\- {roff(purpose)}",
        ".SH SYNOPSIS",
        ".nf",
        *synopses,
        ".fi",
        ".SH DESCRIPTION",
        *(prose(ABOUT)),
        *body,
        ".SH EXIT STATUS",
        *terms(EXIT),
        ".SH ENVIRONMENT",
        *terms((facts["variable"], facts["meaning"]) for facts in variables()),
        ".SH FILES",
        *terms(FILES),
        ".SH SEE ALSO",
        ".BR git (1)," if name == "reviewer" else ".BR reviewer (1),",
        ".BR git\\-review (1)" if name == "reviewer" else ".BR git (1)",
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def variables():
    """What is known of the settings that a variable of the environment can give."""
    return (setting.metadata for setting in settings().values() if setting.metadata["variable"])


def of_git(review: Command) -> list[str]:
    """What sets the command apart, then its options."""
    return [".PP", *prose(GIT_REVIEW), ".SH OPTIONS", *options(review)]


def whole(root: Command) -> list[str]:
    """Every command as a section of the page."""
    lines = [".SH COMMANDS"]
    for command in root.walk():
        if command is not root and not command.commands:
            lines += [f".SS {roff(command.path)}", *described(command)]
    return lines


def described(command: Command) -> list[str]:
    """What a command does, and its options."""
    return [*prose(command.help), *options(command)]


def options(command: Command) -> list[str]:
    """Each argument and option."""
    lines = terms((one.name + (" ..." if one.many else ""), one.help) for one in command.arguments if one.help)
    return lines + [line for option in command.options if "--help" not in option.names for line in entry(option)]


def entry(option: Option) -> list[str]:
    """One option."""
    value = f" \\fI{roff(option.value)}\\fR" if option.value else ""
    names = ", ".join(f"\\fB{roff(name)}\\fR" for name in option.names)
    default = f" Default: {option.default}." if option.default else ""
    return [".TP", f"{names}{value}", *prose(option.help + default)]


def synopsis(command: Command) -> str:
    """A command with what it takes, on one line."""
    arguments = "".join(f" [\\fI{roff(one.name)}\\fR{' ...' if one.many else ''}]" for one in command.arguments)
    return f"\\fB{roff(command.path)}\\fR [\\fIoptions\\fR]{arguments}"


def terms(pairs) -> list[str]:
    """A list of words and what they mean."""
    return [line for word, meaning in pairs for line in (".TP", f"\\fB{roff(word)}\\fR", *prose(meaning))]


def prose(text: str) -> list[str]:
    """A text as lines of a page, a sentence beginning a line."""
    joined = re.sub(r"(?<=[.;:]) (?=[A-Z])", "\n", " ".join(text.replace("`", "").split()))
    return [
        line for sentence in joined.split("\n") for line in textwrap.wrap(roff(sentence), 100, break_on_hyphens=False)
    ]


def roff(text: str) -> str:
    """Text in which nothing is a request."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{escaped}" if escaped.startswith((".", "'")) else escaped
