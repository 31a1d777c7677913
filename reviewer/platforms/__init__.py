"""CI platforms, one record each. A new one is a `Platform` and its place in `PLATFORMS`. Pure: opens nothing."""

from __future__ import annotations

from reviewer.platforms.github import GITEA, GITHUB
from reviewer.platforms.gitlab import GITLAB
from reviewer.platforms.others import BUILDKITE, JENKINS, NONE
from reviewer.platforms.records import Base, Environ, Event, Platform, Situation, default_branches

__all__ = ["DEFAULT_BRANCHES", "NONE", "PLATFORMS", "Base", "Environ", "Event", "Platform", "Situation", "detect"]

PLATFORMS = (GITEA, GITHUB, GITLAB, BUILDKITE, JENKINS, NONE)
"""In the order of looking: Gitea and Forgejo also say that they are GitHub."""

DEFAULT_BRANCHES = default_branches("refs/remotes/origin", "origin/")
"""Where no platform names the default branch."""


def detect(environ: Environ) -> Platform:
    """The platform that this process runs on; the last one, which is none, if nothing says so."""
    return next(platform for platform in PLATFORMS if platform.found(environ))
