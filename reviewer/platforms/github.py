"""GitHub Actions, and Gitea and Forgejo, which set the same variables and leave the same payload.

Variables: https://docs.github.com/en/actions/reference/workflows-and-actions/variables
Payloads: https://docs.github.com/en/webhooks/webhook-events-and-payloads
"""

from __future__ import annotations

from reviewer.platforms.records import (
    Base,
    Environ,
    Event,
    Platform,
    Situation,
    before,
    branch,
    commits,
    exactly,
    inside,
    number,
    on,
    text,
)

# These run with the rights of the repository, whoever caused them.
# https://docs.github.com/en/actions/reference/security/secure-use#mitigating-the-risks-of-untrusted-code-checkout
PRIVILEGED = ("pull_request_target", "workflow_run", "issue_comment")
_HEADS = "refs/heads/"


def read(environ: Environ, event: Event) -> Situation:
    """The run that the variables and the payload describe."""
    name = environ.get("GITHUB_EVENT_NAME", "")
    if name in ("pull_request", "pull_request_target"):
        return pull_request(environ, event, name)
    default = default_branch(event)
    head = commits(environ.get("GITHUB_SHA"))
    where = environ.get("GITHUB_REF", "").removeprefix(_HEADS).removeprefix("refs/tags/")
    if name == "merge_group":  # https://docs.github.com/en/webhooks/webhook-events-and-payloads#merge_group
        target = text(inside(event, "merge_group", "base_ref")).removeprefix(_HEADS)
        bases = (*exactly(inside(event, "merge_group", "base_sha"), target or "the base"), *branch(target))
        return Situation(f"merge queue of {target}", bases, heads=head)
    if name == "push" and environ.get("GITHUB_REF", "").startswith(_HEADS):
        # `before` is zeros for a new branch, and may be gone after a force push.
        return Situation(f"push to {where}", (*before(event.get("before")), *default), heads=head)
    if name in PRIVILEGED:
        return Situation(on(name, where), default, privileged=privileged(name))
    return Situation(on(name or "run", where), default, heads=head)


def pull_request(environ: Environ, event: Event, name: str) -> Situation:
    """A pull request. Unless told otherwise, `pull_request` checks out its merge into the base, which is GITHUB_SHA."""
    request = inside(event, "pull_request")
    target = text(inside(request, "base", "ref")) or environ.get("GITHUB_BASE_REF", "")
    head = inside(request, "head", "sha")
    ours, theirs = (inside(request, side, "repo", "full_name") for side in ("base", "head"))
    which = number(inside(request, "number")) or number(event.get("number"))
    target_run = name == "pull_request_target"
    return Situation(
        what=f"pull request {which}" if which else "pull request",
        bases=(*exactly(inside(request, "base", "sha"), target or "the base"), *branch(target)),
        merged=next(iter(commits(head)), None),
        heads=commits(head) if target_run else commits(environ.get("GITHUB_SHA"), head),
        request=True,
        # A payload that does not say where the change comes from cannot vouch for it, either.
        stranger=None if ours and ours == theirs else "it comes from a fork",
        privileged=privileged(name) if target_run else None,
    )


def default_branch(event: Event) -> tuple[Base, ...]:
    """The repository's default branch, if the payload names it."""
    return branch(text(inside(event, "repository", "default_branch")), default=True)


def privileged(name: str) -> str:
    """Why a run of this event executes nothing."""
    return f"`{name}` runs with the repository's rights, so code of the change is not executed; use `pull_request`"


GITHUB = Platform(
    name="GitHub Actions",
    found=lambda environ: environ.get("GITHUB_ACTIONS") == "true",
    read=read,
    deep="`fetch-depth: 0` for actions/checkout",
    event="GITHUB_EVENT_PATH",
    commands=True,
    annotations="github",
    files=(("sarif", "reviewer.sarif"),),
    summary="GITHUB_STEP_SUMMARY",
    # https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#step-isolation-and-limits
    summary_bytes=1024 * 1024,
)

# Both set GITHUB_ACTIONS too; Forgejo's runner sets FORGEJO_ACTIONS and GITEA_ACTIONS, Gitea's only the latter.
# Neither shows annotations: https://docs.gitea.com/usage/actions/comparison#create-an-error-annotation
GITEA = Platform(
    name="Gitea or Forgejo Actions",
    found=lambda environ: "true" in (environ.get("GITEA_ACTIONS"), environ.get("FORGEJO_ACTIONS")),
    read=read,
    deep="`fetch-depth: 0` for actions/checkout",
    event="GITHUB_EVENT_PATH",
    commands=True,
    files=(("html", "reviewer.html"),),
    summary="GITHUB_STEP_SUMMARY",
)
