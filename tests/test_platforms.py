"""What each platform's variables and payloads mean, as tables; nothing here runs git."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewer import emitters, platforms, shards
from reviewer.comparison import choose
from reviewer.errors import UsageError
from reviewer.platforms import NONE, PLATFORMS, Base, Situation
from reviewer.shards import Shard

A, B, C, D = (letter * 40 for letter in "abcd")
ZEROS = "0" * 40
FORK = "it comes from a fork"

# ---------------------------------------------------------------- which platform

GITHUB = {"GITHUB_ACTIONS": "true"}
GITLAB = {"GITLAB_CI": "true"}
BUILDKITE = {"BUILDKITE": "true"}
JENKINS = {"JENKINS_URL": "http://jenkins.example/"}


@pytest.mark.parametrize(
    ("environ", "name"),
    [
        (GITHUB, "GitHub Actions"),
        (GITHUB | {"GITEA_ACTIONS": "true"}, "Gitea or Forgejo Actions"),
        (GITHUB | {"GITEA_ACTIONS": "true", "FORGEJO_ACTIONS": "true"}, "Gitea or Forgejo Actions"),
        (GITLAB, "GitLab CI"),
        (BUILDKITE, "Buildkite"),
        (JENKINS, "Jenkins"),
        ({"CI": "true"}, "no CI platform"),
        ({}, "no CI platform"),
        ({"GITHUB_ACTIONS": "false", "GITLAB_CI": "", "JENKINS_URL": ""}, "no CI platform"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_platform_is_known_by_its_variable(environ, name):
    assert platforms.detect(environ).name == name


# ---------------------------------------------------------------- GitHub, Gitea, Forgejo


def request(theirs="a/b", **more):
    """The payload of pull request 7 from `theirs` into `a/b`."""
    head = {"sha": B, "repo": {"full_name": theirs} if theirs else None}
    base = {"sha": A, "ref": "main", "repo": {"full_name": "a/b"}}
    return {"pull_request": {"number": 7, "head": head, "base": base} | more, "number": 7}


def pushed(before, **more):
    return {"before": before, "repository": {"default_branch": "main"}} | more


MAIN = Base("refs/remotes/origin/main", "main")
DEFAULT = replace(MAIN, default=True)
ON_TOPIC = {"GITHUB_REF": "refs/heads/topic", "GITHUB_SHA": C}
DANGER = (
    "`pull_request_target` runs with the repository's rights, so code of the change is not executed; use `pull_request`"
)

PULL = Situation(
    what="pull request 7", bases=(Base(A, "main"), MAIN), merged=B, heads=(C, B), stranger=None, request=True
)
GITHUB_RUNS = {
    "pull request": (
        {"GITHUB_EVENT_NAME": "pull_request", "GITHUB_REF": "refs/pull/7/merge", "GITHUB_SHA": C},
        request(),
        PULL,
    ),
    "from a fork": (
        {"GITHUB_EVENT_NAME": "pull_request", "GITHUB_SHA": C},
        request("evil/b"),
        replace(PULL, stranger=FORK),
    ),
    "from a fork that is deleted": (
        {"GITHUB_EVENT_NAME": "pull_request", "GITHUB_SHA": C},
        request(None),
        replace(PULL, stranger=FORK),
    ),
    "without a payload": (
        {"GITHUB_EVENT_NAME": "pull_request", "GITHUB_BASE_REF": "main", "GITHUB_SHA": C},
        {},
        Situation("pull request", (MAIN,), heads=(C,), stranger=FORK, request=True),
    ),
    "pull_request_target": (
        {"GITHUB_EVENT_NAME": "pull_request_target", "GITHUB_SHA": A},
        request(),
        replace(PULL, heads=(B,), privileged=DANGER),
    ),
    "merge queue": (
        {"GITHUB_EVENT_NAME": "merge_group", "GITHUB_SHA": C},
        {"merge_group": {"base_sha": A, "base_ref": "refs/heads/main", "head_sha": C}},
        Situation("merge queue of main", (Base(A, "main"), MAIN), heads=(C,)),
    ),
    "push": (
        ON_TOPIC | {"GITHUB_EVENT_NAME": "push"},
        pushed(A, after=C),
        Situation("push to topic", (Base(A, "the commit before this push"), DEFAULT), heads=(C,)),
    ),
    "force push": (
        ON_TOPIC | {"GITHUB_EVENT_NAME": "push"},
        pushed(A, after=C, forced=True),
        Situation("push to topic", (Base(A, "the commit before this push"), DEFAULT), heads=(C,)),
    ),
    "push of a new branch": (
        ON_TOPIC | {"GITHUB_EVENT_NAME": "push"},
        pushed(ZEROS, created=True),
        Situation("push to topic", (DEFAULT,), heads=(C,)),
    ),
    "push of a tag": (
        {"GITHUB_EVENT_NAME": "push", "GITHUB_REF": "refs/tags/v1", "GITHUB_SHA": C},
        pushed(A),
        Situation("push on v1", (DEFAULT,), heads=(C,)),
    ),
    "by hand": (
        ON_TOPIC | {"GITHUB_EVENT_NAME": "workflow_dispatch"},
        {"repository": {"default_branch": "main"}},
        Situation("workflow_dispatch on topic", (DEFAULT,), heads=(C,)),
    ),
    "by the clock": ({"GITHUB_EVENT_NAME": "schedule", "GITHUB_SHA": C}, {}, Situation("schedule", (), heads=(C,))),
    "nothing at all": ({}, {}, Situation("run")),
}


@pytest.mark.parametrize(("environ", "event", "wanted"), GITHUB_RUNS.values(), ids=GITHUB_RUNS)
@pytest.mark.parametrize("marks", [{}, {"GITEA_ACTIONS": "true"}], ids=["github", "gitea"])
def test_github_and_its_relatives(marks, environ, event, wanted):
    platform = platforms.detect(GITHUB | marks)

    assert platform.read(GITHUB | marks | environ, event) == wanted


def test_every_event_with_the_rights_of_the_repository_executes_nothing():
    for name in ("pull_request_target", "workflow_run", "issue_comment"):
        said = platforms.detect(GITHUB).read({"GITHUB_EVENT_NAME": name}, {}).privileged
        assert said is not None
        assert name in said


# ---------------------------------------------------------------- the others

MERGE_REQUEST = {
    "CI_MERGE_REQUEST_IID": "7",
    "CI_MERGE_REQUEST_DIFF_BASE_SHA": A,
    "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
    "CI_MERGE_REQUEST_PROJECT_PATH": "a/b",
    "CI_MERGE_REQUEST_SOURCE_PROJECT_PATH": "a/b",
    "CI_COMMIT_BEFORE_SHA": ZEROS,
    "CI_COMMIT_SHA": C,
}
ASKED = Situation("merge request 7", (MAIN, Base(A, "main")), heads=(C,), request=True)
BRANCH = {"CI_COMMIT_BRANCH": "topic", "CI_DEFAULT_BRANCH": "main", "CI_PIPELINE_SOURCE": "push", "CI_COMMIT_SHA": C}
CHANGE = {"CHANGE_ID": "7", "CHANGE_TARGET": "main", "BRANCH_NAME": "PR-7", "GIT_COMMIT": C}
PULL_REQUEST = {
    "BUILDKITE_PULL_REQUEST": "7",
    "BUILDKITE_PULL_REQUEST_BASE_BRANCH": "main",
    "BUILDKITE_PULL_REQUEST_REPO": "https://github.example/a/b.git",
    "BUILDKITE_REPO": "git@github.example:a/b.git",
    "BUILDKITE_COMMIT": C,
}
BUILD = {"BUILDKITE_PULL_REQUEST": "false", "BUILDKITE_PIPELINE_DEFAULT_BRANCH": "main", "BUILDKITE_BRANCH": "topic"}

OTHER_RUNS = {
    "gitlab, merge request": (GITLAB | MERGE_REQUEST, ASKED),
    "gitlab, merged results": (
        GITLAB
        | MERGE_REQUEST
        | {"CI_MERGE_REQUEST_TARGET_BRANCH_SHA": D, "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": B, "CI_NODE_TOTAL": "1"},
        replace(ASKED, bases=(Base(D, "main"), MAIN, Base(A, "main")), merged=B),
    ),
    "gitlab, from a fork": (
        GITLAB | MERGE_REQUEST | {"CI_MERGE_REQUEST_SOURCE_PROJECT_PATH": "evil/b"},
        replace(ASKED, stranger=FORK),
    ),
    "gitlab, push": (
        GITLAB | BRANCH | {"CI_COMMIT_BEFORE_SHA": A},
        Situation("push on topic", (Base(A, "the commit before this push"), DEFAULT), heads=(C,)),
    ),
    "gitlab, new branch": (
        GITLAB | BRANCH | {"CI_COMMIT_BEFORE_SHA": ZEROS},
        Situation("push on topic", (DEFAULT,), heads=(C,)),
    ),
    "gitlab, second of three": (
        GITLAB | BRANCH | {"CI_NODE_INDEX": "2", "CI_NODE_TOTAL": "3"},
        Situation("push on topic", (DEFAULT,), heads=(C,), shard=(2, 3)),
    ),
    "gitlab, tag": (
        GITLAB | {"CI_COMMIT_TAG": "v1", "CI_DEFAULT_BRANCH": "main", "CI_COMMIT_SHA": C},
        Situation("tag v1", (DEFAULT,), heads=(C,)),
    ),
    "jenkins, change request": (
        JENKINS | CHANGE,
        Situation("change request 7", (MAIN,), heads=(C,), request=True),
    ),
    "jenkins, from a fork": (
        JENKINS | CHANGE | {"CHANGE_FORK": "evil"},
        Situation("change request 7", (MAIN,), heads=(C,), request=True, stranger=FORK),
    ),
    "jenkins, branch": (
        JENKINS
        | {"BRANCH_NAME": "main", "GIT_PREVIOUS_SUCCESSFUL_COMMIT": A, "GIT_PREVIOUS_COMMIT": B, "GIT_COMMIT": C},
        Situation(
            "build on main",
            (Base(A, "the commit of the last successful build"), Base(B, "the commit before this push")),
            heads=(C,),
        ),
    ),
    "jenkins, first build": (JENKINS | {"BRANCH_NAME": "main"}, Situation("build on main")),
    "jenkins, tag": (JENKINS | {"TAG_NAME": "v1", "BRANCH_NAME": "v1"}, Situation("tag v1")),
    "buildkite, pull request": (
        BUILDKITE | PULL_REQUEST,
        Situation("pull request 7", (MAIN,), request=True),
    ),
    "buildkite, from a fork": (
        BUILDKITE | PULL_REQUEST | {"BUILDKITE_PULL_REQUEST_REPO": "git://github.example/evil/b.git"},
        Situation("pull request 7", (MAIN,), request=True, stranger=FORK),
    ),
    "buildkite, merge queue": (
        BUILDKITE | {"BUILDKITE_MERGE_QUEUE_BASE_BRANCH": "main", "BUILDKITE_MERGE_QUEUE_BASE_COMMIT": A},
        Situation("merge queue of main", (Base(A, "main"), MAIN)),
    ),
    "buildkite, branch": (BUILDKITE | BUILD, Situation("build on topic", (DEFAULT,))),
    "buildkite, tag": (BUILDKITE | BUILD | {"BUILDKITE_TAG": "v1"}, Situation("tag v1", (DEFAULT,))),
    "buildkite, first of two": (
        BUILDKITE | BUILD | {"BUILDKITE_PARALLEL_JOB": "0", "BUILDKITE_PARALLEL_JOB_COUNT": "2"},
        Situation("build on topic", (DEFAULT,), shard=(1, 2)),
    ),
}


@pytest.mark.parametrize(("environ", "wanted"), OTHER_RUNS.values(), ids=OTHER_RUNS)
def test_gitlab_jenkins_and_buildkite(environ, wanted):
    assert platforms.detect(environ).read(environ, {}) == wanted


@pytest.mark.parametrize(
    "address",
    [
        "git@host.example:a/b.git",
        "git://host.example/a/b.git",
        "https://host.example/a/b",
        "ssh://git@host.example/A/b/",
    ],
)
def test_a_repository_has_many_addresses(address):
    environ = BUILDKITE | PULL_REQUEST | {"BUILDKITE_REPO": "https://host.example/a/b.git"}

    assert NONE is not platforms.detect(environ)
    assert not platforms.detect(environ).read(environ | {"BUILDKITE_PULL_REQUEST_REPO": address}, {}).stranger


KEYS = ("base", "head", "sha", "ref", "repo", "full_name", "number", "default_branch", "base_sha", "base_ref")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner),
)
NAMES = sorted({name for environ, *_ in (*GITHUB_RUNS.values(), *OTHER_RUNS.values()) for name in environ})


@settings(deadline=None)
@given(
    st.sampled_from(PLATFORMS),
    st.dictionaries(st.sampled_from([*NAMES, "GITHUB_EVENT_NAME"]), st.text()),
    st.dictionaries(st.sampled_from(["pull_request", "before", "repository", "merge_group"]), JSON),
)
def test_whatever_the_variables_and_the_payload_hold_is_read(platform, environ, event):
    situation = platform.read(environ, event)

    assert all(base.ref.startswith(("refs/", "@")) or len(base.ref) in (40, 64) for base in situation.bases)


def test_formats_and_files_are_known_and_stay_in_the_current_folder():
    for platform in PLATFORMS:
        for format_, name in platform.files:
            assert format_ in emitters.FORMATS
            assert "/" not in name
        assert platform.annotations in ("", *emitters.FORMATS)


# ---------------------------------------------------------------- what HEAD is compared with


class Played:
    """A history in which these references name these commits. HEAD is the commit `d`, its parent `c`."""

    head = D

    def __init__(self, here=(), inside=(), parents=(C,), shallow=False, related=True):
        self.here = dict(here)
        self.inside, self.shallow, self._parents, self._related = inside, shallow, parents, related

    def commit(self, ref):
        return self.here.get(ref)

    def parents(self):
        return self._parents

    def contains(self, commit):
        return commit in self.inside

    def related(self, commit):
        return self._related


PUSH = Situation("push to topic", (Base(A, "the commit before this push"), DEFAULT))
REQUEST = Situation("pull request 7", (Base(A, "main"), MAIN), merged=B, request=True)
MANUAL = Situation("workflow_dispatch", (DEFAULT,))
ALL_HERE = {A: A, MAIN.ref: B}

CHOICES = {
    "the commit before the push": (PUSH, {"here": ALL_HERE}, A),
    "gone after a force push": (PUSH, {"here": {MAIN.ref: B}}, B),
    "the base of a pull request": (REQUEST, {"here": ALL_HERE}, A),
    "its base was collected": (REQUEST, {"here": {MAIN.ref: B}}, B),
    "its target is in a shallow clone": (REQUEST, {"here": {MAIN.ref: B}, "shallow": True}, B),
    "the merge of a pull request": (REQUEST, {"here": ALL_HERE, "parents": (C, B)}, C),
    "a merge of something else": (REQUEST, {"here": ALL_HERE, "parents": (C, A)}, A),
    "a merge of which no more is here": (REQUEST, {"parents": (C, B), "shallow": True}, C),
    "a branch by hand": (MANUAL, {"here": {MAIN.ref: B}}, B),
    "the default branch by hand": (MANUAL, {"here": {MAIN.ref: D}, "inside": (D,)}, C),
    "the first commit of all": (MANUAL, {"here": {MAIN.ref: D}, "inside": (D,), "parents": ()}, None),
    "a default branch that nobody names": (Situation("build"), {"here": {"refs/remotes/origin/master": B}}, B),
}


@pytest.mark.parametrize(("situation", "history", "wanted"), CHOICES.values(), ids=CHOICES)
def test_the_base(situation, history, wanted):
    assert choose(platforms.PLATFORMS[1], situation, Played(**history), None).base == wanted


REFUSED = {
    "shallow, push": (PUSH, {"shallow": True, "here": {MAIN.ref: B}}),
    "shallow, pull request": (REQUEST, {"shallow": True}),
    "shallow, new branch": (MANUAL, {"shallow": True, "parents": ()}),
    "shallow, nothing in common": (REQUEST, {"shallow": True, "here": ALL_HERE, "related": False}),
    "whole, target not fetched": (REQUEST, {}),
}


@pytest.mark.parametrize("platform", [one for one in PLATFORMS if one is not NONE], ids=lambda one: one.name)
@pytest.mark.parametrize(("situation", "history"), REFUSED.values(), ids=REFUSED)
def test_where_the_history_is_missing_one_sentence_says_what_to_set(platform, situation, history):
    with pytest.raises(UsageError) as error:
        choose(platform, situation, Played(**history), None)

    assert f": set {platform.deep}" in str(error.value)


def test_what_the_user_names_wins():
    history = Played({"v1": B, **ALL_HERE})

    assert choose(platforms.PLATFORMS[1], REQUEST, history, "v1").base == B
    with pytest.raises(UsageError, match="--base 'v2' names no commit here"):
        choose(platforms.PLATFORMS[1], REQUEST, history, "v2")


def test_something_else_that_is_checked_out_is_said():
    notes = choose(platforms.PLATFORMS[1], replace(PUSH, heads=(B,)), Played(ALL_HERE), None).notes

    assert notes == (f"HEAD is {D[:12]}, push to topic is about {B[:12]}: HEAD is reviewed",)


# ---------------------------------------------------------------- shards


@settings(deadline=None)
@given(st.lists(st.text(st.characters()), unique=True), st.integers(1, 7))
def test_every_function_is_in_exactly_one_part_whatever_else_there_is(names, total):
    for name in names:
        assert sum(Shard(number, total).has(name) for number in range(1, total + 1)) == 1


def test_which_part_a_function_is_in_never_changes():
    names = [f"pkg/mod.py::f{number}" for number in range(8)]

    assert [next(n for n in (1, 2, 3) if Shard(n, 3).has(name)) for name in names] == [1, 2, 1, 3, 3, 2, 2, 2]


def test_parts_are_about_as_large_as_each_other():
    names = [f"pkg/mod{number % 40}.py::f{number}" for number in range(4000)]
    sizes = [sum(Shard(number, 8).has(name) for name in names) for number in range(1, 9)]

    assert max(sizes) < 1.25 * min(sizes)


@pytest.mark.parametrize("text", ["0/2", "3/2", "1", "1/0", "-1/2", "a/b", "1/2/3", "", "1/9999999", "٢/٣"])
def test_no_such_part(text):
    with pytest.raises(UsageError, match="expected I/N"):
        shards.parse(text)


def test_a_part_is_read_as_it_is_written():
    assert str(shards.parse(" 2/4 ")) == "2/4"
