"""Keeps every test away from the user's own files and settings, and starts the real model server once."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from reviewer.models.embedded import model_file
from tests.servers import RealServer, real_ollama

BUILT_OLLAMA = Path(__file__).parents[1] / ".build" / "bin" / "ollama"
FOREIGN = ("REVIEWER_", "OLLAMA_", "GIT_")
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


def pytest_configure() -> None:
    """Give Ctrl-C back to what tests start: a suite in the background ignores it, and its children inherit that.

    And no property fails because the machine is busy.
    """
    settings.register_profile("no deadline", deadline=None)
    settings.load_profile("no deadline")
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def own_world(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home of the test's own, and none of the variables that would steer the program or git."""
    for name in tuple(os.environ):
        if name.startswith(FOREIGN) or name.lower() in PROXIES:
            monkeypatch.delenv(name)
    home = tmp_path_factory.mktemp("home")
    for name, folder in {"HOME": "", "XDG_CACHE_HOME": ".cache", "XDG_CONFIG_HOME": ".config"}.items():
        monkeypatch.setenv(name, str(home / folder))
    monkeypatch.setenv("REVIEWER_CACHE_DIR", str(home / ".cache" / "reviewer"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")


@pytest.fixture(scope="session")
def packaged_model() -> Path:
    """The GGUF file that the extra `embedded` brings."""
    path = model_file()
    if path is None:
        pytest.skip('no packaged model: install the extra "embedded"')
    return path


@pytest.fixture(scope="session")
def ollama_binary() -> str:
    """The program `ollama`."""
    binary = shutil.which("ollama") or (str(BUILT_OLLAMA) if BUILT_OLLAMA.exists() else None)
    if binary is None:
        pytest.skip("no `ollama` on PATH and none built: run .ci/run")
    return binary


@pytest.fixture(scope="session")
def ollama_server(
    tmp_path_factory: pytest.TempPathFactory, ollama_binary: str, packaged_model: Path
) -> Iterator[RealServer]:
    """A real Ollama server on a free loopback port that holds the packaged model."""
    with real_ollama(ollama_binary, tmp_path_factory.mktemp("ollama"), packaged_model) as server:
        yield server
