"""Pure: configuration files of a repository with our part put in, every byte of the rest as it was.

Files are edited as text, since no library writes TOML or YAML back with its comments and layout. What cannot be edited
without doubt is refused, with the lines to put in by hand.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Mapping

from reviewer.errors import ConfigError
from reviewer.records import record

_REPOS = re.compile(r"(?P<key>(?P<quote>[\"']?)repos(?P=quote)[ ]*:)[ ]*(?P<value>[^#\s][^#]*?)?(?P<rest>[ ]*(?:#.*)?)")
_ITEM = re.compile(r"(?P<indent> *)-(?P<gap> +)\S")
_HOOKS = re.compile(r"(?P<indent> *)(?:- +)?hooks *: *(?:#.*)?")
_OURS = re.compile(r"(?:^|[\s{,-])id *: *[\"']?reviewer(?:-push)?[\"']?(?=[\s,}#]|$)")
_LOCAL = {"language": "system", "types_or": "[python, pyi]"}
_HOOK = {"pass_filenames": "false", "require_serial": "true", "verbose": "true"}


@record(frozen=True, slots=True)
class Layout:
    """How a list of repositories is laid out in YAML, in blanks; pre-commit's own documentation has (0, 3, 0)."""

    indent: int = 2  # before the dash of an item
    gap: int = 1  # after it
    nested: int = 2  # before the dash of a hook, counted from the word `hooks`


USUAL = Layout()


# ---------------------------------------------------------------- TOML


def toml(entries: Mapping[str, str], newline: str = "\n") -> str:
    """Lines of TOML with these texts."""
    texts = {name: json.dumps(value, ensure_ascii=False).replace("\x7f", r"\u007f") for name, value in entries.items()}
    return "".join(f"{name} = {text}{newline}" for name, text in texts.items())


def has_table(pyproject: str) -> bool:
    """Whether a pyproject.toml, which is valid TOML, has our table."""
    tool = tomllib.loads(pyproject.removeprefix("\ufeff")).get("tool")
    return isinstance(tool, dict) and "reviewer" in tool


def with_table(pyproject: str, entries: Mapping[str, str]) -> str:
    """A pyproject.toml with `[tool.reviewer]` at its end. Raises ConfigError where that cannot be said in this file."""
    newline = newline_of(pyproject)
    gap = "" if not pyproject.strip() else newline if pyproject.endswith("\n") else newline * 2
    text = f"{pyproject}{gap}[tool.reviewer]{newline}{toml(entries, newline)}"
    before = tomllib.loads(pyproject.removeprefix("\ufeff"))
    try:
        after = tomllib.loads(text.removeprefix("\ufeff"))
        ours = after["tool"].pop("reviewer")
    except (tomllib.TOMLDecodeError, KeyError, TypeError):
        raise ConfigError("pyproject.toml: its `tool` takes no further table") from None
    if not after["tool"] and "tool" not in before:
        del after["tool"]
    if after != before or ours != dict(entries):
        raise ConfigError("pyproject.toml: cannot be added to without changing what it says")
    return text


# ---------------------------------------------------------------- pre-commit's YAML


def entry(source: tuple[str, str] | None) -> list[tuple[str, list[dict[str, str]]]]:
    """What is added: the lines of a repository and its hooks. `source` is its address and `rev`, None if nobody knows.

    Without an address the hooks are local: they run the program that is installed already.
    """
    if source is not None:
        return [(f"repo: {source[0]}\nrev: {source[1]}", [{"id": "reviewer"}, {"id": "reviewer-push"}])]
    hooks = [
        {"id": name, "name": name, "entry": f"reviewer hook {stage}"} | _LOCAL | {"stages": f"[{stage}]"} | _HOOK
        for name, stage in (("reviewer", "pre-commit"), ("reviewer-push", "pre-push"))
    ]
    return [("repo: local", hooks)]


def rendered(source: tuple[str, str] | None, layout: Layout = USUAL) -> list[str]:
    """The lines of our entry in that layout."""
    lines: list[str] = []
    for head, hooks in entry(source):
        outer = " " * (layout.indent + 1 + layout.gap)
        lines += _item(layout.indent, layout.gap, head.split("\n"))
        lines.append(f"{outer}hooks:")
        for hook in hooks:
            lines += _item(len(outer) + layout.nested, layout.gap, [f"{key}: {value}" for key, value in hook.items()])
    return lines


def names_us(text: str) -> bool:
    """Whether a pre-commit configuration has a hook of ours already; comments do not count."""
    return any(_OURS.search(line.partition(" #")[0]) for line in text.splitlines() if not line.lstrip().startswith("#"))


def with_hooks(text: str, source: tuple[str, str] | None) -> str:
    """A pre-commit configuration with our entry as the last of `repos`. Raises ConfigError for an unusual layout."""
    newline = newline_of(text)
    lines = text.split("\n")
    if not any(line.strip() and not line.lstrip().startswith("#") for line in lines):
        gap = newline if text and not text.endswith("\n") else ""
        return text + gap + "".join(f"{line}{newline}" for line in ["repos:", *rendered(source)])
    bare = [line.removesuffix("\r").removeprefix("\ufeff") for line in lines]
    start, found = _repos(bare, source)
    if found["value"]:
        if found["value"].strip() not in ("[]", "[ ]", "null", "~"):
            raise refused("its `repos` are not one item per line", source)
        mark = "\ufeff" if lines[start].startswith("\ufeff") else ""
        carriage = "\r" if lines[start].endswith("\r") else ""
        lines[start] = f"{mark}{found['key']}{found['rest']}{carriage}"
    end = _end(bare, start)
    if any(line.strip() == "-" for line in bare[start:end]):
        raise refused("its items begin with a bare dash", source)
    layout = _layout(bare[start + 1 : end])
    new = [line + newline.removesuffix("\n") for line in rendered(source, layout)]
    if end == len(lines):  # the last line has no newline: give it one, and let ours do without
        lines[-1] += newline.removesuffix("\n") if not lines[-1].endswith("\r") else ""
        new.append("")
    return "\n".join(lines[:end] + new + lines[end:])


def refused(why: str, source: tuple[str, str] | None) -> ConfigError:
    """The sentence for a file that is left alone."""
    return ConfigError(
        f".pre-commit-config.yaml: {why}, so it is left as it is; add our entry yourself to `repos`: {in_line(source)}"
    )


def in_line(source: tuple[str, str] | None) -> str:
    """Our entry on one line of YAML."""
    repositories = []
    for head, hooks in entry(source):
        keys = ", ".join(head.split("\n"))
        repositories.append(f"{{{keys}, hooks: [{', '.join(map(_flow, hooks))}]}}")
    return ", ".join(repositories)


def _flow(pairs: Mapping[str, str]) -> str:
    return f"{{{', '.join(f'{key}: {value}' for key, value in pairs.items())}}}"


def newline_of(text: str) -> str:
    """The newline that a text uses."""
    return "\r\n" if "\r\n" in text else "\n"


def _item(indent: int, gap: int, pairs: Iterable[str]) -> list[str]:
    first, *rest = pairs
    return [f"{' ' * indent}-{' ' * gap}{first}", *(f"{' ' * (indent + 1 + gap)}{line}" for line in rest)]


def _repos(lines: list[str], source: tuple[str, str] | None) -> tuple[int, re.Match[str]]:
    """The line of the key `repos`."""
    if any(re.match(r" *\t", line) for line in lines):
        raise refused("it is indented with tabs", source)
    begin = next((number for number, line in enumerate(lines) if line.strip() and not line.startswith("#")), 0)
    if any(line.startswith(("---", "...")) for line in lines[begin + 1 :]):
        raise refused("it holds more than one document", source)
    found = [(number, match) for number, line in enumerate(lines) if (match := _REPOS.fullmatch(line))]
    if len(found) != 1:
        raise refused("it has no line `repos:`", source)
    return found[0]


def _end(lines: list[str], start: int) -> int:
    """The line after the last one of the list below `repos:`; blank lines and comments at the margin are not its."""
    end = start + 1
    for number in range(start + 1, len(lines)):
        line = lines[number]
        if line.startswith((" ", "-")) and line.strip():
            end = number + 1
        elif line.strip() and not line.startswith("#"):
            break
    return end


def _layout(block: list[str]) -> Layout:
    """The layout of a list, as its first item shows it."""
    first = next((match for line in block if (match := _ITEM.match(line))), None)
    if first is None:
        return Layout()
    indent, gap = len(first["indent"]), len(first["gap"])
    for number, line in enumerate(block):
        hooks = _HOOKS.fullmatch(line)
        below = next((match for one in block[number + 1 :] if (match := _ITEM.match(one))), None)
        if hooks and below and not line.lstrip().startswith("-"):
            return Layout(indent, gap, max(0, len(below["indent"]) - len(hooks["indent"])))
    return Layout(indent, gap)
