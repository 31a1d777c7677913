"""The settings: one field of `Config` each, with its kind, default, who may set it and what it means."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import Field, field, fields
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import Any

from reviewer.records import record


@record(frozen=True, slots=True)
class Kind:
    """What values a setting takes. `accept` returns the value to keep or raises ValueError; so does `from_text`."""

    expected: str  # completes "expected ..."
    accept: Callable[[object], object]
    from_text: Callable[[str], object] = str  # an environment variable's text -> what a file would hold


def _of_type(value: object, *types: type) -> Any:
    # `True` is an int to Python, never to somebody who writes `deadline = true`.
    if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
        raise ValueError
    return value


def _require(holds: bool) -> None:
    if not holds:
        raise ValueError


def _text(value: object) -> str:
    text: str = _of_type(value, str)
    _require(bool(text.strip()))
    return text


def _model(value: object) -> str:
    # A name and nothing else: no address, no file outside the model server's own store.
    name = _text(value)
    _require(bool(re.fullmatch(r"[A-Za-z0-9][\w.:/@+-]*", name)) and "//" not in name and ".." not in name)
    return name


def _inside(value: object) -> str:
    path = PurePosixPath(_text(value))
    _require(not path.is_absolute() and ".." not in path.parts and not str(path).startswith("~"))
    _require("\\" not in str(path) and str(path).isprintable())
    return str(path)


def _globs(value: object) -> tuple[str, ...]:
    entries = _of_type(value, list, tuple)
    return tuple(_text(entry) for entry in entries)


def _seconds(value: object) -> float | None:
    seconds = float(_of_type(value, int, float))
    _require(0 <= seconds < 1e9)  # false for NaN
    return seconds or None


def _window(value: object) -> int:
    tokens: int = _of_type(value, int)
    _require(1024 <= tokens <= 1_048_576)
    return tokens


def _folder(value: object) -> Path:
    try:
        return Path(_text(str(value) if isinstance(value, Path) else value)).expanduser()
    except RuntimeError as error:  # `~nobody-of-that-name`
        raise ValueError from error


def _choice(*choices: str) -> Kind:
    def accept(value: object) -> str:
        _require(value in choices)
        return str(value)

    return Kind("one of " + ", ".join(f'"{choice}"' for choice in choices), accept)


def _boolean_text(text: str) -> bool:
    word = text.strip().lower()
    _require(word in {"1", "true", "yes", "on", "0", "false", "no", "off"})
    return word in {"1", "true", "yes", "on"}


TEXT = Kind("a text", _text)
MODEL = Kind("a model's name (letters, digits and . _ : / @ + -, no address)", _model)
INSIDE = Kind("a path inside the repository, with /", _inside)
FOLDER = Kind("a folder", _folder)
GLOBS = Kind("a list of texts", _globs, str.split)
BOOLEAN = Kind("true or false", lambda value: _of_type(value, bool), _boolean_text)
SECONDS = Kind("a number of seconds, 0 for none", _seconds, float)
WINDOW = Kind("a whole number of tokens from 1024 to 1048576", _window, int)
FAIL_ON = _choice("proved", "suspected", "never")
ON_INCOMPLETE = _choice("fail", "pass")


def _setting(
    default: object, kind: Kind, meaning: str, *, user: bool = False, variable: str = "", flag: str = ""
) -> Any:
    return field(
        default=default,
        metadata={"kind": kind, "meaning": meaning, "user": user, "variable": variable, "flag": flag},
    )


@record(frozen=True, slots=True)
class Config:
    """Every setting, validated. `origins` says where each came from: a file, a variable, a flag or `default`."""

    model: str = _setting("auto", MODEL, "a model's name, `auto`, `embedded` or `none`", variable="REVIEWER_MODEL")
    ollama_model: str = _setting("qwen2.5-coder:7b", MODEL, "the Ollama model that `auto` looks for")
    window: int = _setting(8192, WINDOW, "tokens of context (`num_ctx`) of every request", user=True)
    deadline: float | None = _setting(
        None, SECONDS, "seconds after which the rest is left unreviewed; 0 for none", variable="REVIEWER_DEADLINE"
    )
    fail_on: str = _setting("proved", FAIL_ON, "the least evidence that exits 1: `proved`, `suspected` or `never`")
    on_incomplete: str = _setting("fail", ON_INCOMPLETE, "`fail` exits 3 when anything is unreviewed, `pass` exits 0")
    include: tuple[str, ...] = _setting((), GLOBS, "review only paths that match one of these globs")
    exclude: tuple[str, ...] = _setting((), GLOBS, "leave out paths that match one of these globs")
    tests: str = _setting("tests/test_<module>_docs.py", INSIDE, "where generated tests go")
    baseline: str | None = _setting(None, INSIDE, "file of known findings, which are not reported again")
    execute: bool = _setting(True, BOOLEAN, "run examples and calls in the sandbox")
    twin_seconds: float | None = _setting(
        10, SECONDS, "seconds in which the repository's own tests drive old and new versions; 0 for none"
    )
    show_all: bool = _setting(False, BOOLEAN, "show what is otherwise only counted", user=True, flag="--show all")
    quiet: bool = _setting(False, BOOLEAN, "no progress, and nothing when clean", user=True)
    verbose: bool = _setting(False, BOOLEAN, "more detail", user=True)
    host: str = _setting("127.0.0.1:11434", TEXT, "the Ollama server", user=True, variable="OLLAMA_HOST")
    allow_remote: bool = _setting(False, BOOLEAN, "send code to a model that is not on this machine", user=True)
    python: str | None = _setting(
        None, TEXT, "the project's interpreter, where the one found is wrong", user=True, variable="REVIEWER_PYTHON"
    )
    unsandboxed: bool = _setting(False, BOOLEAN, "execute code even where nothing isolates it", user=True)
    cache_dir: Path | None = _setting(
        None, FOLDER, "the cache, instead of the platform's cache folder", user=True, variable="REVIEWER_CACHE_DIR"
    )
    trusted_models: tuple[str, ...] = _setting(
        (), GLOBS, "models whose suspected findings are listed and can fail a run, measured or not", user=True
    )
    skip: bool = _setting(False, BOOLEAN, "hooks do nothing, and say so", user=True, variable="REVIEWER_SKIP")
    origins: Mapping[str, str] = field(default_factory=dict, compare=False)

    def covers(self, path: str) -> bool:
        """Whether `include` and `exclude` leave a path (relative to the repository's top, with `/`) in the review."""
        included = not self.include or any(matches(path, glob) for glob in self.include)
        return included and not any(matches(path, glob) for glob in self.exclude)


def settings() -> dict[str, Field[Any]]:
    """The fields of `Config` that are settings, by name; `metadata` holds what `_setting` was given."""
    return {setting.name: setting for setting in fields(Config) if setting.metadata}


def matches(path: str, glob: str) -> bool:
    """Whether a glob names a path or a folder above it, as in `.gitignore`: without `/` inside, at any depth.

    `*` and `?` stop at `/`; `**` stands for any number of folders. Matched part by part, so that no glob of a hostile
    repository takes long.

    >>> matches("src/pkg/mod.py", "src/*.py"), matches("src/pkg/mod.py", "src/**/*.py"), matches("a/pkg/b.py", "pkg/")
    (False, True, True)
    """
    parts = path.split("/")
    pieces = glob.strip("/").split("/")
    if "/" not in glob.rstrip("/"):
        pieces = ["**", *pieces]
    used = {0}  # how many parts of the path the pieces so far may have taken
    for piece in pieces:
        if piece == "**":
            used = set(range(min(used), len(parts) + 1))
        else:
            used = {count + 1 for count in used if count < len(parts) and fnmatchcase(parts[count], piece)}
        if not used:
            return False
    return True
