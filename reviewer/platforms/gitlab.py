"""GitLab CI: https://docs.gitlab.com/ci/variables/predefined_variables/."""

from __future__ import annotations

from reviewer.platforms.records import (
    Environ,
    Event,
    Platform,
    Situation,
    before,
    branch,
    commits,
    exactly,
    job,
    number,
    on,
)


def read(environ: Environ, _event: Event) -> Situation:
    """The pipeline that the variables describe."""
    shard = job(environ.get("CI_NODE_INDEX"), environ.get("CI_NODE_TOTAL"))
    request = number(environ.get("CI_MERGE_REQUEST_IID"))
    head = commits(environ.get("CI_COMMIT_SHA"))
    if request is not None:
        target = environ.get("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "")
        ours, theirs = (environ.get(f"CI_MERGE_REQUEST_{one}PROJECT_PATH") for one in ("", "SOURCE_"))
        return Situation(
            what=f"merge request {request}",
            bases=(
                # Only there in pipelines of merged results, where HEAD is the merge into this commit.
                *exactly(environ.get("CI_MERGE_REQUEST_TARGET_BRANCH_SHA"), target or "the target"),
                # The target as it is now rather than as it was when the change began: its settings are what holds.
                *branch(target),
                *exactly(environ.get("CI_MERGE_REQUEST_DIFF_BASE_SHA"), target or "the target"),
            ),
            merged=next(iter(commits(environ.get("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA"))), None),
            heads=head,
            request=True,
            stranger=None if ours and ours == theirs else "it comes from a fork",
            shard=shard,
        )
    default = branch(environ.get("CI_DEFAULT_BRANCH"), default=True)
    if tag := environ.get("CI_COMMIT_TAG"):
        return Situation(f"tag {tag}", default, heads=head, shard=shard)
    # Zeros for a new branch, a schedule, or a pipeline that somebody started by hand.
    bases = (*before(environ.get("CI_COMMIT_BEFORE_SHA")), *default)
    what = on(environ.get("CI_PIPELINE_SOURCE", "pipeline"), environ.get("CI_COMMIT_BRANCH"))
    return Situation(what, bases, heads=head, shard=shard)


GITLAB = Platform(
    name="GitLab CI",
    found=lambda environ: environ.get("GITLAB_CI") == "true",
    read=read,
    # https://docs.gitlab.com/ci/runners/configure_runners/#shallow-cloning
    deep="the variable `GIT_DEPTH: 0` for the job",
    # https://docs.gitlab.com/ci/yaml/artifacts_reports/
    files=(
        ("gitlab", "gl-code-quality-report.json"),
        ("junit", "reviewer-junit.xml"),
        ("markdown", "reviewer.md"),
    ),
)
