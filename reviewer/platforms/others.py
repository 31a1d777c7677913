"""Jenkins, Buildkite, and no platform at all."""

from __future__ import annotations

import re

from reviewer.platforms.records import (
    Base,
    Environ,
    Event,
    Platform,
    Situation,
    before,
    branch,
    commits,
    default_branches,
    exactly,
    job,
    number,
    on,
)


def jenkins(environ: Environ, _event: Event) -> Situation:
    """A build of a multibranch pipeline.

    Variables: https://www.jenkins.io/doc/book/pipeline/multibranch/#additional-environment-variables, and those of its
    git plugin: https://plugins.jenkins.io/git/#plugin-content-environment-variables
    """
    head = commits(environ.get("GIT_COMMIT"))
    if change := environ.get("CHANGE_ID"):
        stranger = "it comes from a fork" if environ.get("CHANGE_FORK") else None
        target = branch(environ.get("CHANGE_TARGET"))
        return Situation(f"change request {change}", target, heads=head, stranger=stranger, request=True)
    if tag := environ.get("TAG_NAME"):
        return Situation(f"tag {tag}", heads=head)
    good = exactly(environ.get("GIT_PREVIOUS_SUCCESSFUL_COMMIT"), "the commit of the last successful build")
    what = on("build", environ.get("BRANCH_NAME"))
    return Situation(what, (*good, *before(environ.get("GIT_PREVIOUS_COMMIT"))), heads=head)


def buildkite(environ: Environ, _event: Event) -> Situation:
    """A build: https://buildkite.com/docs/pipelines/configure/environment-variables."""
    shard = job(environ.get("BUILDKITE_PARALLEL_JOB"), environ.get("BUILDKITE_PARALLEL_JOB_COUNT"), first=0)
    head = commits(environ.get("BUILDKITE_COMMIT"))
    if queue := environ.get("BUILDKITE_MERGE_QUEUE_BASE_BRANCH"):
        bases = (*exactly(environ.get("BUILDKITE_MERGE_QUEUE_BASE_COMMIT"), queue), *branch(queue))
        return Situation(f"merge queue of {queue}", bases, heads=head, shard=shard)
    request = number(environ.get("BUILDKITE_PULL_REQUEST"))  # `false` where there is none
    if request is not None:
        ours, theirs = (repository(environ.get(f"BUILDKITE_{one}REPO", "")) for one in ("", "PULL_REQUEST_"))
        return Situation(
            what=f"pull request {request}",
            bases=branch(environ.get("BUILDKITE_PULL_REQUEST_BASE_BRANCH")),
            # A merge refspec checks out another commit than BUILDKITE_COMMIT, so HEAD is not compared with it.
            request=True,
            stranger=None if ours and ours == theirs else "it comes from a fork",
            shard=shard,
        )
    default = branch(environ.get("BUILDKITE_PIPELINE_DEFAULT_BRANCH"), default=True)
    tag = environ.get("BUILDKITE_TAG")
    what = f"tag {tag}" if tag else on("build", environ.get("BUILDKITE_BRANCH"))
    return Situation(what, default, heads=head, shard=shard)


def repository(address: str) -> str:
    """Host and path of a repository, the same for `git@host:a/b.git`, `git://host/a/b.git` and `https://host/a/b`."""
    plain = re.sub(r"^\w+://", "", address.strip().lower())
    plain = re.sub(r"^[^@/]*@", "", plain).removesuffix("/").removesuffix(".git")
    return plain.replace(":", "/", 1)


def nowhere(_environ: Environ, _event: Event) -> Situation:
    """No platform says anything: what is not yet upstream."""
    upstream = Base("@{upstream}", "its upstream", default=True)
    here = default_branches("refs/heads", names=("main", "master"))
    return Situation("the current branch", (upstream, *default_branches("refs/remotes/origin", "origin/"), *here))


JENKINS = Platform(
    name="Jenkins",
    found=lambda environ: bool(environ.get("JENKINS_URL")),
    read=jenkins,
    deep="`honorRefspec: false, shallow: false` in its CloneOption, and let its refspec name the target branch",
    files=(("sarif", "reviewer.sarif"), ("junit", "reviewer-junit.xml"), ("markdown", "reviewer.md")),
)

BUILDKITE = Platform(
    name="Buildkite",
    found=lambda environ: environ.get("BUILDKITE") == "true",
    read=buildkite,
    deep="no `--depth` in BUILDKITE_GIT_CLONE_FLAGS and BUILDKITE_GIT_FETCH_FLAGS",
    # The page is shown by `buildkite-agent annotate`, at most 1 MiB: https://buildkite.com/docs/agent/cli/reference/annotate
    files=(("junit", "reviewer-junit.xml"), ("markdown", "reviewer.md")),
)

NONE = Platform(name="no CI platform", found=lambda _environ: True, read=nowhere, deep="a whole clone")
