"""Most of these tests are about the model's part: there nothing is executed, unless a test is marked `executes`.

The played models count as measured, so that what they suspect is listed and may fail a run.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "executes: examples and calls are run in the sandbox, as by default")


@pytest.fixture(autouse=True)
def own_settings(own_world: None, request: pytest.FixtureRequest) -> None:
    """The user's own configuration file."""
    executes = request.node.get_closest_marker("executes") is not None
    file = Path(os.environ["XDG_CONFIG_HOME"]) / "reviewer" / "config.toml"
    file.parent.mkdir(parents=True)
    file.write_text(f'execute = {str(executes).lower()}\ntrusted-models = ["played:*", "standin:*"]\n')
