"""Runs the real scripts as a user's shell would, and plays models that answer a whole review."""

from __future__ import annotations

import json
import os
import subprocess
import sysconfig
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema

from tests.repos import Repo
from tests.servers import MODEL, Handler, Play, PlayedServer

ROOT = Path(__file__).parents[2]
SCRIPTS = Path(sysconfig.get_path("scripts"))
SCHEMA = json.loads((ROOT / "reviewer" / "report.schema.json").read_text())
NO_SERVER = "127.0.0.1:1"  # nobody listens there
KEPT = ("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "REVIEWER_CACHE_DIR", "TMPDIR")

NOTHING = '{"findings": []}'


@dataclass(frozen=True)
class Run:
    """What a process left behind."""

    code: int
    stdout: str
    stderr: str

    @property
    def report(self) -> dict[str, Any]:
        return validated(self.stdout)

    def functions(self, reason: str) -> list[str]:
        """Names of the functions that are unreviewed for this reason."""
        return [item["function"] for item in self.report["unreviewed"] if item["reason"] == reason]


def validated(text: str) -> dict[str, Any]:
    """A JSON report that keeps the contract."""
    report = json.loads(text)
    jsonschema.validate(report, SCHEMA)
    assert report["incomplete"] == bool(report["unreviewed"])
    assert report["status"] == ("findings" if report["findings"] else "incomplete" if report["incomplete"] else "clean")
    return report


def environment(**more: str) -> dict[str, str]:
    """Nothing of the user's own: the folders of the test, no server, no proxies, no settings."""
    own = {name: os.environ[name] for name in KEPT if name in os.environ}
    path = os.pathsep.join((str(SCRIPTS), os.environ["PATH"]))
    git = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}
    return own | git | {"PATH": path, "LC_ALL": "C.UTF-8", "OLLAMA_HOST": NO_SERVER} | more


def program(*arguments: str | Path, cwd: Path, timeout: float = 300, **env: str) -> Run:
    """Run a command to its end in the clean environment with these variables added."""
    done = subprocess.run(
        arguments, cwd=cwd, env=environment(**env), stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout
    )
    return Run(done.returncode, os.fsdecode(done.stdout), os.fsdecode(done.stderr))


def reviewer(repo: Repo, *arguments: str, cwd: str = "", **env: str) -> Run:
    """Run `reviewer ARGUMENTS` at the top of the repository, or in a folder of it."""
    return program(SCRIPTS / "reviewer", *arguments, cwd=repo.root / cwd, **env)


def review(repo: Repo, server: PlayedServer | None, *arguments: str, **env: str) -> Run:
    """Run `reviewer review --format json` with the played model, or with none."""
    chosen = ("--model", "none") if server is None else ("--model", MODEL)
    host = {} if server is None else {"OLLAMA_HOST": server.host}
    return reviewer(repo, "review", "--format", "json", *chosen, *arguments, **(host | env))


# ---------------------------------------------------------------- a repository with a change


BEFORE = '''\
"""Prices."""

RATE = 0.2


def total(prices):
    """Sum of the prices."""
    return sum(prices)


def tax(amount):
    """Tax on an amount."""
    return amount * RATE


class Basket:
    """What a customer buys."""

    def __init__(self):
        self.items = []

    def add(self, name, price):
        """Put something in."""
        self.items.append((name, price))
        return self

    def names(self):
        """Names in the order they came."""
        return [name for name, _ in self.items]
'''

AFTER = (
    BEFORE.replace("return sum(prices)", "return sum(prices[1:])")
    .replace("return amount * RATE", "return round(amount * RATE)")
    .replace("self.items.append((name, price))", "self.items.insert(0, (name, price))")
    .replace("return [name for name, _ in self.items]", "return sorted(name for name, _ in self.items)")
)
CHANGED = ["total", "tax", "Basket.add", "Basket.names"]  # in the order of lines


def shop(parent: Path) -> Repo:
    """A repository with one file in which four functions have changed on disk."""
    return changed(parent, BEFORE, AFTER)


def one_function(parent: Path) -> Repo:
    """A repository in which only `total` has changed."""
    return changed(parent, BEFORE, BEFORE.replace("sum(prices)", "sum(prices[1:])"))


def changed(parent: Path, before: str | bytes, after: str | bytes, path: str = "shop.py") -> Repo:
    """A repository with one file, committed and then edited."""
    repo = Repo(parent)
    repo.write(path, before).add().commit()
    return repo.write(path, after)


# ---------------------------------------------------------------- a model


def finding(code: str, title: str = "Wrong", **more: str | None) -> dict[str, str | None]:
    """One finding as the model writes it."""
    plain = {"explanation": "It fails for [1].", "kind": "bug", "replacement": None, "severity": "error"}
    return {"code": code, "title": title} | plain | more


def found(*findings: Mapping[str, object]) -> str:
    """The model's reply with these findings."""
    return json.dumps({"findings": findings})


def asked_about(handler: Handler) -> str:
    """The last message of the request that is being answered."""
    return handler.server.seen[-1].json["messages"][-1]["content"]


def says(reply: str | Callable[[str], str], **last: object) -> Play:
    """Answers with a reply, or with what a function makes of the request's last message; counts tokens credibly."""

    def play(handler: Handler) -> None:
        messages = handler.server.seen[-1].json["messages"]
        text = reply if isinstance(reply, str) else reply(asked_about(handler))
        prompt = sum(len(message["content"]) for message in messages) // 4
        handler.stream()
        handler.pieces(text)
        handler.last(**{"prompt_eval_count": prompt, "eval_count": len(text) // 4 + 1, **last})

    return play
