"""`reviewer doctor`: what this machine has for a review, one line each; exit 2 when no review is possible."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from reviewer import cache as store
from reviewer import changes, config
from reviewer.commands.output import say_line
from reviewer.commands.stock import voice
from reviewer.config import Config
from reviewer.data import Message, Request
from reviewer.emitters import sanitise
from reviewer.errors import ConfigError, ExitCode, GitError, ModelError, NoModelError, TrustError
from reviewer.evidence import interpreter, sandbox
from reviewer.models import choose, embedded, server
from reviewer.models.base import Model
from reviewer.trust import check_endpoint

Line = tuple[str, str, str]  # ok | warning | error, what is looked at, what was found

SECONDS = 120.0
"""How long the tiny request may take: a 7B model is read from a slow disk in less."""

TINY = Request(
    messages=(Message("system", "Answer with JSON."), Message("user", 'Say {"ok": true}.')),
    schema={"type": "object", "properties": {"ok": {"type": "boolean"}}, "required": ["ok"]},
    max_tokens=64,
)


def doctor(flags: Mapping[str, object]) -> int:
    """Look at everything a review needs, say what was found, ask the model one tiny question."""
    try:
        root: Path | None = changes.repository_root(Path.cwd())
    except GitError:
        root = None
    settings = config.load(root, flags, os.environ)
    worst = "ok"
    for state, what, found in lines(settings, root):
        say_line(f"{state:8}{what:13}{sanitise.line(found)}")
        worst = "error" if "error" in (state, worst) else state if worst == "ok" else worst
    return ExitCode.USAGE if worst == "error" else ExitCode.CLEAN


def lines(settings: Config, root: Path | None) -> Iterator[Line]:
    """Everything that is looked at, in the order of a review."""
    yield from git_lines(root)
    yield "ok", "python", f"{platform.python_version()} at {sys.executable}"
    yield from sandbox_lines(settings, root)
    yield from server_lines(settings)
    if embedded.model_file():
        yield "ok", "embedded", "installed: a small model in process, for when no server is there"
    else:
        yield "ok", "embedded", f"not installed (`{embedded.INSTALL}`)"
    yield from cache_lines(settings)
    yield from model_lines(settings)


def git_lines(root: Path | None) -> Iterator[Line]:
    """Git itself, the repository, and who answers to `git review`."""
    git = shutil.which("git")
    if git is None:
        yield "error", "git", "not found on PATH: install it"
        return
    version = subprocess.run([git, "--version"], capture_output=True, text=True, check=False).stdout.strip()
    if too_old(version):
        yield "error", "git", f"{version} at {git}: 2.31 or newer is needed to switch a repository's filters off"
    else:
        yield "ok", "git", f"{version} at {git}"
    if root is None:
        yield "warning", "repository", "the current folder is in none"
    else:
        yield "ok", "repository", str(root)
        if (root / ".gitreview").exists():
            yield "warning", "git review", "the repository has a .gitreview: there it may mean OpenStack's tool"
    yield from git_review_lines()


def too_old(version: str) -> bool:
    """Whether git, which calls itself `git version 2.39.5`, is older than 2.31 (`--config-env`)."""
    numbers = re.search(r"(\d+)\.(\d+)", version)
    return numbers is not None and (int(numbers[1]), int(numbers[2])) < (2, 31)


def git_review_lines() -> Iterator[Line]:
    """Whether `git review` starts this program; OpenStack's tool of the same name may come first on PATH."""
    script = shutil.which("git-review")
    if script is None:
        yield "warning", "git review", "the script git-review is not on PATH; `reviewer review` works all the same"
    elif is_ours(Path(script)):
        yield "ok", "git review", script
    else:
        yield "warning", "git review", f"{script} is another program (OpenStack's?); `reviewer review` is this one"


def is_ours(script: Path) -> bool:
    """Whether a script starts this package."""
    try:
        return b"reviewer" in script.read_bytes()[:4096]
    except OSError:
        return False


def sandbox_lines(settings: Config, root: Path | None) -> Iterator[Line]:
    """The interpreter that runs the project's code, and the walls around it; each wall is tried before it is named."""
    here = root or Path.cwd()
    try:
        found = interpreter.find(here, settings.python, os.environ)
    except ConfigError as error:
        yield "error", "project", str(error)
        return
    yield "ok", "project", f"its code runs in {found.path} ({found.why})"
    if not settings.execute:
        yield "warning", "sandbox", "execution is switched off: nothing will be proved"
        return
    try:
        with sandbox.open(found.path, here, (here,), {}, {}) as box:
            yield "ok", "sandbox", ", ".join(box.isolation)
    except sandbox.Unavailable as error:
        yield "warning", "sandbox", f"{error}: nothing will be executed, and so nothing proved"


def server_lines(settings: Config) -> Iterator[Line]:
    """The Ollama server: reached, trusted, its version, what it holds, whether it forwards to the cloud."""
    try:
        endpoint = check_endpoint(settings.host, allow_remote=settings.allow_remote)
        facts = server.server_facts(endpoint)
    except TrustError as error:
        yield "error", "server", str(error)
        return
    except NoModelError as error:
        yield "warning", "server", str(error)
        return
    yield "ok", "server", f"Ollama {facts.version} at {endpoint.url}"
    for warning in facts.warnings:
        yield "warning", "server", warning
    if facts.cloud_disabled:
        yield "ok", "cloud", "forwarding is off"
    elif facts.cloud_disabled is None:
        yield "ok", "cloud", "this server does not say; models that it would forward are refused"
    else:
        yield "warning", "cloud", "forwarding is on (OLLAMA_NO_CLOUD=1 ends it); models it would forward are refused"
    held = server.full_name(settings.ollama_model) in {server.full_name(name) for name in facts.models}
    if held:
        yield "ok", "configured", f"{settings.ollama_model} is held"
    else:
        yield "warning", "configured", f"{settings.ollama_model} is not held: `ollama pull {settings.ollama_model}`"


def cache_lines(settings: Config) -> Iterator[Line]:
    """Where replies are kept."""
    folder = settings.cache_dir or store.default_folder()
    problems: list[str] = []
    with store.Cache.open(folder, warn=problems.append) as cache:
        size = cache.size()
    yield ("warning", "cache", problems[0]) if problems else ("ok", "cache", f"{size / 1e6:.1f} MB in {folder}")


def model_lines(settings: Config) -> Iterator[Line]:
    """The model a review would use now, and how long it takes to answer something tiny."""
    if settings.model == "none":
        yield "ok", "model", "none, as configured"
        return
    try:
        chosen = choose.choose(
            settings.model,
            configured=settings.ollama_model,
            host=settings.host,
            allow_remote=settings.allow_remote,
            window=settings.window,
            self_tests={},
        )
    except (NoModelError, TrustError) as error:
        yield "error", "model", str(error)
        return
    assert chosen is not None, "only the name `none` chooses no model"
    if chosen.note:
        yield "warning", "model", chosen.note
    listed, why = voice(chosen.model.info, settings)
    heard = "listed" if listed else "only counted, `--show all` lists it"
    yield "ok", "suspicions", f"what {chosen.model.info.name} suspects is {heard}: {why}"
    try:
        yield timed(chosen.model)
    finally:
        chosen.model.close()


def timed(model: Model) -> Line:
    """One tiny request."""
    began = time.monotonic()
    info = f"{model.info.name} ({model.info.provider}, {model.info.digest.removeprefix('sha256:')[:12]})"
    try:
        reply = model.ask(TINY, began + SECONDS)
    except ModelError as error:
        return "error", "model", f"{info}: {error.detail}"
    took = time.monotonic() - began
    return "ok", "model", f"{info} answered {reply.completion_tokens} tokens in {took:.1f} s, loading included"
