"""Defaults, the repository, the user's own file, the environment and flags -> one frozen `Config`.

The repository's settings travel with the code under review, so they may not widen trust: those marked `user` in
`settings.py` are refused there by name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import Field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from reviewer import folders
from reviewer.errors import ConfigError
from reviewer.settings import Config, settings

__all__ = ["REPOSITORY_FILES", "Config", "default_user_file", "load", "table"]

REPOSITORY_FILES = ("pyproject.toml", ".reviewer.toml")
MAX_FILE_BYTES = 1_000_000
_NOTHING: Mapping[str, Any] = MappingProxyType({})

# No settings of ours, but what somebody would try who wants to widen trust: told the same as for a real one.
_TRUST_WORDS = frozenset({
    *("address", "api_base", "api_key", "args", "base_url", "command", "commands", "endpoint", "endpoints", "env"),
    *("environment", "exec", "executable", "hook", "hooks", "interpreter", "ollama_host", "plugin", "plugins"),
    *("prompts", "proxy", "remote", "sandbox", "server", "setup", "shell", "url"),
})  # fmt: skip

_Entry = tuple[str, str, object]  # origin, name of the setting, value
_Settings = Mapping[str, Field[Any]]


def load(
    root: Path | None,
    flags: Mapping[str, object],
    environ: Mapping[str, str],
    user_file: Path | None = None,
    *,
    defaults: Mapping[str, object] = _NOTHING,
    repository: Mapping[str, bytes] | None = None,
) -> Config:
    """Read every layer; later ones win: defaults, repository, user's file, environment, flags.

    `root` is the repository's top folder, None outside of one. A flag that is None was not given. `user_file` is
    `config.toml` in the platform's configuration folder unless given. `defaults` are a command's own (a hook's
    deadline). `repository` (file name -> content) is used instead of the files under `root`: CI takes them from the
    base revision. Raises ConfigError for a file, key or value that cannot be used.
    """
    known = settings()
    own_file = user_file or default_user_file()
    files = _repository_files(root) if repository is None else repository
    entries = [
        *(("default", name, value) for name, value in defaults.items()),
        *_from_repository(files, known, own_file),
        *_from_file(_read(own_file), str(own_file), known),
        *_from_environment(environ, known),
        *_from_flags(flags, known),
    ]
    values: dict[str, Any] = {}
    origins = dict.fromkeys(known, "default")
    for origin, name, value in entries:
        values[name] = _accepted(known[name], value, origin)
        origins[name] = origin
    return Config(**values, origins=MappingProxyType(origins))


def default_user_file() -> Path:
    """Where the user's own settings are, whether or not the file exists."""
    return folders.configuration() / "config.toml"


def table() -> str:
    """The README's table of settings, in Markdown."""
    rows = ["| setting | default | who may set it | variable | meaning |", "|---|---|---|---|---|"]
    for name, setting in settings().items():
        facts, default = setting.metadata, setting.default
        shown = "" if default in (None, ()) else f"`{str(default).lower() if isinstance(default, bool) else default}`"
        who = "user" if facts["user"] else "user, repository"
        variable = f"`{facts['variable']}`" if facts["variable"] else ""
        rows.append(f"| `{_spelled(name)}` | {shown} | {who} | {variable} | {facts['meaning']} |")
    return "\n".join(rows) + "\n"


def _repository_files(root: Path | None) -> dict[str, bytes]:
    found = {name: _read(root / name) for name in REPOSITORY_FILES} if root else {}
    return {name: content for name, content in found.items() if content is not None}


def _read(path: Path) -> bytes | None:
    # A repository can hold a symbolic link to a device that never ends: hence `is_file` and the limit.
    try:
        if not path.is_file():
            return None
        with path.open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}); make it readable or remove it") from error
    if len(content) > MAX_FILE_BYTES:
        raise ConfigError(f"{path}: larger than {MAX_FILE_BYTES} bytes; that is no configuration file")
    return content


def _from_repository(files: Mapping[str, bytes], known: _Settings, own_file: Path) -> Iterator[_Entry]:
    tables = {}
    if "pyproject.toml" in files:
        tool = _subtable(_toml(files["pyproject.toml"], "pyproject.toml"), "tool", "pyproject.toml")
        if "reviewer" in tool:
            tables["pyproject.toml"] = _subtable(tool, "reviewer", "pyproject.toml")
    if ".reviewer.toml" in files:
        tables[".reviewer.toml"] = _toml(files[".reviewer.toml"], ".reviewer.toml")
    if len(tables) > 1:
        raise ConfigError("both [tool.reviewer] in pyproject.toml and .reviewer.toml are there; keep one of them")
    for file, entries in tables.items():
        for key in entries:
            _refuse_trust(key, file, known, own_file)
        yield from _named(entries, file, known)


def _from_file(content: bytes | None, file: str, known: _Settings) -> Iterator[_Entry]:
    if content is not None:
        yield from _named(_toml(content, file), file, known)


def _from_environment(environ: Mapping[str, str], known: _Settings) -> Iterator[_Entry]:
    for name, setting in known.items():
        variable = setting.metadata["variable"]
        text = environ.get(variable, "").strip() if variable else ""
        if text:  # an empty variable is one that is not set
            try:
                yield variable, name, setting.metadata["kind"].from_text(text)
            except ValueError as error:
                raise _unusable(setting, text, variable) from error


def _from_flags(flags: Mapping[str, object], known: _Settings) -> Iterator[_Entry]:
    for name, value in flags.items():
        if value is not None:
            flag = _flag(known[name], value)
            try:
                yield flag, name, known[name].metadata["kind"].from_text(value) if isinstance(value, str) else value
            except ValueError as error:
                raise _unusable(known[name], value, flag) from error


def _toml(content: bytes, file: str) -> dict[str, object]:
    import tomllib

    try:
        return tomllib.loads(content.decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ConfigError(f"{file}: not valid TOML: {error}") from error


def _subtable(table: Mapping[str, object], key: str, file: str) -> dict[str, object]:
    value = table.get(key, {})
    if not isinstance(value, dict):
        raise ConfigError(f"{file}: `{key}`: expected a table")
    return value


def _refuse_trust(key: str, file: str, known: _Settings, own_file: Path) -> None:
    name = _normal(key)
    setting = known.get(name)
    if setting and setting.metadata["user"]:
        instead = [f"`{_spelled(name)}` in {own_file}", setting.metadata["variable"]]
        raise ConfigError(
            f"{file}: `{_spelled(name)}` may not be set by a repository: that is for whoever runs the review to decide."
            f" Remove it; if you want it yourself, set {' or '.join(filter(None, instead))}"
        )
    if not setting and name in _TRUST_WORDS:
        raise ConfigError(
            f"{file}: `{name}` may not be set by a repository: it could send code elsewhere or run a command. Remove it"
        )


def _named(table: Mapping[str, object], file: str, known: _Settings) -> Iterator[_Entry]:
    seen: set[str] = set()
    for key, value in table.items():
        name = _normal(key)
        if name == "tool" and isinstance(value, dict) and "reviewer" in value:
            raise ConfigError(f"{file}: `[tool.reviewer]` is for pyproject.toml; here settings stand without a table")
        if name not in known:
            raise ConfigError(f"{file}: unknown setting {key!r}{_suggestion(name, known)}")
        if name in seen:
            raise ConfigError(f"{file}: `{_spelled(name)}` is set twice")
        seen.add(name)
        yield file, name, value


def _suggestion(name: str, known: _Settings) -> str:
    from difflib import get_close_matches

    close = get_close_matches(name, known, n=1)
    return f"; did you mean `{_spelled(close[0])}`?" if close else f"; there are: {', '.join(map(_spelled, known))}"


def _accepted(setting: Field[Any], value: object, origin: str) -> object:
    try:
        return setting.metadata["kind"].accept(value)
    except ValueError as error:
        raise _unusable(setting, value, origin) from error


def _unusable(setting: Field[Any], value: object, origin: str) -> ConfigError:
    # A flag or variable names its setting itself; a file has to be told which key. `ascii`: the value may be hostile.
    key = f"`{_spelled(setting.name)}`: " if origin.endswith(".toml") else ""
    return ConfigError(f"{origin}: {key}expected {setting.metadata['kind'].expected}, got {ascii(value)[:80]}")


def _flag(setting: Field[Any], value: object) -> str:
    no = "no-" if value is False else ""
    return setting.metadata["flag"] or f"--{no}{_spelled(setting.name)}"


def _normal(key: str) -> str:
    return key.strip().lower().replace("-", "_")


def _spelled(name: str) -> str:
    return name.replace("_", "-")
