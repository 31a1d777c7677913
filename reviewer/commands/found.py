"""What `reviewer init` finds out by itself: where tests are, which model there is, where this program comes from."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path

from reviewer import hookfiles
from reviewer.commands.stock import Stock, take_stock
from reviewer.config import Config
from reviewer.projectfiles import at, ini, texts

TESTS = "test_<module>_docs.py"


def settings(root: Path, current: Config, pyproject: bytes | None) -> tuple[dict[str, str], dict[str, str]]:
    """Settings for a repository, and why each; a model only where the user has not chosen one for everywhere."""
    folder, why = tests_folder(root, pyproject)
    entries, whys = {"tests": f"{folder}/{TESTS}"}, {"tests": why}
    if current.origins.get("ollama_model") == "default":
        stock = take_stock(current)
        model = best(stock, current)
        if model is not None:
            entries["ollama-model"] = model
        missing = f"no model is set: {stock.trouble or 'the server holds none for code'}; see `reviewer models`"
        whys["ollama-model"] = "which your server holds" if model else missing
    return entries, whys


def tests_folder(root: Path, pyproject: bytes | None) -> tuple[str, str]:
    """Where this repository's tests are, and how that is known: what pytest is told, else what is usual."""
    for where, folder in _told(root, pyproject):
        inside = (root / folder).resolve()
        if inside.is_dir() and inside != root.resolve() and inside.is_relative_to(root.resolve()):
            return inside.relative_to(root.resolve()).as_posix(), f"as {where} says"
    usual = next((name for name in ("tests", "test") if (root / name).is_dir()), None)
    return usual or "tests", "where your tests are" if usual else "as usual: there are no tests yet"


def best(stock: Stock, current: Config) -> str | None:
    """The model to look for: the recommended or the configured one, else the largest coder that fits; None: none."""
    for name in (stock.recommended, current.ollama_model):
        if name is not None and (held := stock.held(name)):
            return held.stored.name
    coders = [
        one
        for one in stock.choices
        if one.provider == "ollama"
        and one.stored.unusable is None
        and "code" in one.stored.name
        and one.fits is not False
    ]
    return max(coders, key=lambda one: one.stored.size).stored.name if coders else None


def source() -> tuple[str, str] | None:
    """The address of the repository that this program was installed from, and what to check out; None if unknown."""
    from importlib.metadata import PackageNotFoundError, distribution

    try:
        installed = distribution("reviewer")
    except PackageNotFoundError:
        return None
    urls = installed.metadata.get_all("Project-URL") or []
    return address(installed.read_text("direct_url.json"), urls, installed.version)


def address(direct_url: str | None, project_urls: list[str], version: str) -> tuple[str, str] | None:
    """As `source`, from what an installed package says of itself.

    https://packaging.python.org/en/latest/specifications/direct-url/ is what `pip install git+URL` leaves behind; a
    folder of this machine is nothing that others could fetch.
    """
    try:
        direct = json.loads(direct_url or "{}")
    except ValueError:
        direct = {}
    if isinstance(direct, dict) and isinstance(info := direct.get("vcs_info"), dict):
        url, commit = direct.get("url"), info.get("commit_id")
        if info.get("vcs") == "git" and isinstance(url, str) and isinstance(commit, str):
            return url, commit
    for line in project_urls:
        label, _, home = line.partition(",")
        if label.strip().lower() in ("repository", "source"):
            return home.strip(), f"v{version}"
    return None


def hook(folder: Path, stage: str) -> bytes:
    """The beginning of a hook, b"" where there is none to read."""
    try:
        return hookfiles.read_hook(folder / stage) or b""
    except OSError:
        return b""


def _told(root: Path, pyproject: bytes | None) -> Iterator[tuple[str, str]]:
    """Folders that pytest's configuration names, the file that pytest looks at first at the front."""
    for name, section in (("pytest.ini", "pytest"), ("tox.ini", "pytest"), ("setup.cfg", "tool:pytest")):
        if name == "tox.ini":
            yield from (("pyproject.toml", folder) for folder in _testpaths(pyproject))
        yield from ((name, folder) for folder in ini(root / name).get(section, "testpaths", fallback="").split())


def _testpaths(pyproject: bytes | None) -> list[str]:
    try:
        table: object = tomllib.loads((pyproject or b"").decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return []
    paths = at(table, "tool", "pytest", "ini_options", "testpaths")
    return paths.split() if isinstance(paths, str) else texts(paths)
