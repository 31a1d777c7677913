"""`reviewer models`: what there is to review with, what fits this machine, what is recommended; fetching a model."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from reviewer import changes, config, memory
from reviewer.commands.output import say_line
from reviewer.commands.stock import Choice, Stock, take_stock
from reviewer.config import Config
from reviewer.emitters import sanitise
from reviewer.errors import ExitCode, GitError, NoModelError, TrustError, UsageError
from reviewer.models.server import full_name
from reviewer.trust import check_endpoint

FORMATS = ("text", "json", "names")


def models(format_: str, wanted: str | None) -> int:
    """List the models, or first have the server fetch the `wanted` one. Raises ReviewerError.

    Without a server the model in process is listed, and why there is no more is said on stderr; with neither,
    NoModelError.
    """
    if format_ not in FORMATS:
        raise UsageError(f"--format {format_}: choose from {', '.join(FORMATS)}")
    try:
        root: Path | None = changes.repository_root(Path.cwd())
    except GitError:
        root = None
    settings = config.load(root, {}, os.environ)
    if wanted is not None:
        fetch(settings, wanted)
    stock = take_stock(settings)
    if stock.trouble and not stock.choices:
        raise NoModelError(stock.trouble)
    if stock.trouble:
        sys.stderr.write(f"reviewer: {sanitise.line(stock.trouble)}\n")
    shown = {"text": as_text, "json": as_json, "names": as_names}[format_]
    for line in shown(stock, settings):
        say_line(sanitise.line(line))
    return ExitCode.CLEAN


# ---------------------------------------------------------------- what is listed


def as_names(stock: Stock, settings: Config) -> Sequence[str]:
    """Names that `--model` takes, one a line: for completion."""
    return [one.stored.name for one in usable(stock) if one.provider == "ollama"]


def as_json(stock: Stock, settings: Config) -> Sequence[str]:
    """One JSON object on one line."""
    server = {"url": stock.endpoint.url, "version": stock.version} if stock.endpoint else None
    return [
        json.dumps({
            "schema_version": 1,
            "server": server,
            "memory": stock.memory,
            "window": stock.window,
            "configured": settings.ollama_model,
            "recommended": stock.recommended,
            "models": [record(one, settings) for one in stock.choices],
        })
    ]  # fmt: skip


def record(one: Choice, settings: Config) -> dict[str, object]:
    """One model as JSON; sizes in bytes, null for what is not known."""
    stored = one.stored
    return {
        "name": stored.name,
        "provider": one.provider,
        "digest": stored.digest or None,
        "size": stored.size or None,
        "parameters": stored.parameters or None,
        "quantisation": stored.quantisation or None,
        "context": stored.context,
        "licence": stored.licence or None,
        "usable": stored.unusable is None,
        "unusable": stored.unusable,
        "needs": one.needs,
        "fits": one.fits,
        "listed": one.listed,
        "measured": one.why_listed,
        "configured": one.provider == "ollama" and full_name(stored.name) == full_name(settings.ollama_model),
    }


COLUMNS: tuple[tuple[str, Callable[[Choice], str]], ...] = (
    ("MODEL", lambda one: one.stored.name if one.provider == "ollama" else f"{one.stored.name} (in process)"),
    ("SIZE", lambda one: memory.gigabytes(one.stored.size) if one.stored.size else "?"),
    ("WEIGHTS", lambda one: f"{one.stored.parameters} {one.stored.quantisation}".strip() or "?"),
    ("NEEDS", lambda one: memory.gigabytes(one.needs) if one.needs else "?"),
    ("FITS", lambda one: {True: "yes", False: "no", None: "?"}[one.fits]),
    ("SUSPICIONS", lambda one: "listed" if one.listed else "counted only"),
    ("LICENCE", lambda one: one.stored.licence or "?"),
    ("DIGEST", lambda one: one.stored.digest[:12] or "-"),
)


def as_text(stock: Stock, settings: Config) -> Sequence[str]:
    """A table of what can be used, what cannot and why, and what is recommended."""
    lines = [heading(stock), ""] if stock.endpoint else []
    if rows := [[cell(one) for _, cell in COLUMNS] for one in usable(stock)]:
        lines += [*table([[name for name, _ in COLUMNS], *rows]), ""]
    lines += [f"not usable: {one.stored.name}: {one.stored.unusable}" for one in stock.choices if one.stored.unusable]
    for one in usable(stock):
        lines.append(
            f"{one.stored.name}: suspicions are {'listed' if one.listed else 'only counted'}: {one.why_listed}"
        )
    return [*lines, *advice(stock, settings)]


def heading(stock: Stock) -> str:
    """Whose models these are, and what there is to run them."""
    assert stock.endpoint is not None
    server = f"Ollama {stock.version} at {stock.endpoint.url}"
    if stock.endpoint.remote:
        return f"{server}, another machine: how much memory it has is not known here"
    if stock.memory is None:
        return f"{server}; how much memory this machine has is not known"
    share = f"a model may take {memory.gigabytes(int(stock.memory * memory.SHARE))} of it"
    return f"{server}; this machine has {memory.gigabytes(stock.memory)} of memory, {share}"


def advice(stock: Stock, settings: Config) -> list[str]:
    """What is recommended and why, and what to do if it is not there."""
    estimate = f"the file, the cache of a window of {stock.window} tokens as 16-bit numbers, and 0.5 GB to work with"
    lines = [f"NEEDS is an estimate: {estimate}; a graphics card's own memory is not counted"]
    if stock.recommended is None:
        return [*lines, "recommended: none; even the smallest model that can review code does not fit"]
    held = stock.held(stock.recommended)
    get = "held" if held else f"`reviewer models --pull {stock.recommended}` gets it"
    lines.append(f"recommended: {stock.recommended} ({get}): {memory.RULE}")
    if full_name(settings.ollama_model) != full_name(stock.recommended):
        lines.append(f"configured: {settings.ollama_model} ({settings.origins.get('ollama_model', 'default')})")
    return lines


def usable(stock: Stock) -> list[Choice]:
    """The models that a prompt may go to."""
    return [one for one in stock.choices if one.stored.unusable is None]


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines with the cells of each column below each other."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


# ---------------------------------------------------------------- fetching


def fetch(settings: Config, name: str) -> None:
    """Have the server on this machine fetch a model, with progress on stderr. Raises TrustError, NoModelError.

    Ctrl-C ends it; the server keeps what it has, and goes on from there the next time.
    """
    from reviewer.commands.bar import Bar
    from reviewer.models.pull import pull
    from reviewer.settings import MODEL

    try:
        MODEL.accept(name)
    except ValueError:
        raise UsageError(f"--pull {name}: expected {MODEL.expected}") from None
    try:
        endpoint = check_endpoint(settings.host, allow_remote=False)
    except TrustError as error:
        raise TrustError(f"only a server on this machine is asked to fetch a model: {error}") from None
    with Bar(sys.stderr, os.environ) as bar:
        bar.say(f"the server at {endpoint.url} now fetches {name} from {registry(name)}; nothing of yours is sent")
        try:
            for now in pull(endpoint, name):
                bar.show(now.status, now.completed, now.total)
        except KeyboardInterrupt:
            bar.say("the server keeps what it has, and the same command goes on from there")
            raise
        bar.say(f"the server holds {name}")


def registry(name: str) -> str:
    """Whom the server asks for a model of that name."""
    host, slash, _ = name.partition("/")
    return host if slash and ("." in host or ":" in host) else "its registry"
