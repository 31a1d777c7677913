"""Other people's validators, where `.ci/validators` or the system has put them; without one a test skips, saying so."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[1] / ".build" / "validators" / "node_modules"
MULTITOOL = FOLDER / "@microsoft" / "sarif-multitool-linux"


def installed(path: Path) -> Path:
    """A file of an npm package."""
    if not path.exists():
        pytest.skip(f"{path.name} is not installed: .ci/validators does it")
    return path


def command(name: str) -> str:
    """A program of the system."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed: .ci/validators does it")
    return found


def run(*words: str | Path, text: str | None = None) -> subprocess.CompletedProcess[str]:
    """What a validator says; .NET's own needs no language data."""
    environment = {**os.environ, "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1"}
    return subprocess.run([str(word) for word in words], input=text, capture_output=True, text=True, env=environment)
