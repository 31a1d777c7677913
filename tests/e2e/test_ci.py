"""`reviewer ci` in real repositories, with the environment that each platform gives a job."""

from __future__ import annotations

import itertools
import json
import os
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.helpers import ROOT, SCRIPTS, Run, finding, found, program, says, validated
from tests.repos import Repo
from tests.servers import MODEL, played

pytestmark = pytest.mark.slow  # whole reviews in the environment of every platform

GITHUB = {"GITHUB_ACTIONS": "true"}
GITLAB = {"GITLAB_CI": "true"}
JENKINS = {"JENKINS_URL": "http://jenkins.example/"}
BUILDKITE = {"BUILDKITE": "true"}
NUMBERS = itertools.count()
ZEROS, NOBODY = "0" * 40, "e" * 40

START = '''\
"""Prices."""


def half(amount):
    """Half of it.

    >>> half(10)
    5
    """
    return amount // 2


def double(amount):
    """Twice as much.

    >>> double(4)
    8
    """
    return amount * 2


def tax(amount):
    """A fifth of it."""
    return amount / 5
'''
WRONG = START.replace("amount // 2", "amount // 3")
OTHER = START.replace("amount / 5", "amount * 0.2")


@dataclass(frozen=True)
class World:
    """`main` is one commit (which touches `tax`) ahead of `start`, where `topic` (which breaks `half`) began."""

    origin: Repo
    start: str
    main: str
    topic: str
    merge: str  # of topic into main, as platforms make it

    def clone(self, commit: str) -> Repo:
        """A clone that has checked out one commit, as a runner does it."""
        clone = self.origin.clone(f"clone{next(NUMBERS)}", "--no-checkout")
        clone.git("fetch", "--quiet", "origin", commit)
        clone.git("checkout", "--quiet", "--detach", commit)
        return clone


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    return make_world(tmp_path_factory.mktemp("world"))


def make_world(parent: Path, on_topic: str = WRONG, **more: str) -> World:
    """The repository of the tests; `more` are further files of the topic, `__` in a name standing for a dot."""
    origin = Repo(parent, "origin").config("uploadpack.allowAnySHA1InWant", "true")
    start = origin.write("shop.py", START).add().commit("start")
    origin.branch("topic").write("shop.py", on_topic)
    for name, text in more.items():
        origin.write(name.replace("__", "."), text)
    topic = origin.add().commit("topic")
    origin.git("checkout", "--quiet", "main")
    main = origin.write("shop.py", OTHER).add().commit("main")
    origin.git("checkout", "--quiet", "--detach")
    origin.git("merge", "--quiet", "--no-ff", "--message", "merge", "topic")
    merge = origin.head
    origin.git("update-ref", "refs/pull/7/merge", merge)
    origin.git("checkout", "--quiet", "main")
    return World(origin, start, main, topic, merge)


def ci(repo: Repo, *arguments: str, event: object = None, model: str = "none", **env: str) -> Run:
    """Run `reviewer ci` there, with this payload."""
    if event is not None:
        file = repo.root.parent / "event.json"
        file.write_text(event if isinstance(event, str) else json.dumps(event))
        env |= {"GITHUB_EVENT_PATH": str(file)}
    return program(SCRIPTS / "reviewer", "ci", *arguments, cwd=repo.root, REVIEWER_MODEL=model, **env)


def request(base: str, head: str, theirs: str = "a/b") -> dict[str, object]:
    """The payload of a pull request."""
    sides = {"base": {"sha": base, "ref": "main", "repo": {"full_name": "a/b"}}}
    return {"pull_request": {"number": 7, "head": {"sha": head, "repo": {"full_name": theirs}}} | sides}


def pull(world: World, **env: str) -> dict[str, str]:
    return GITHUB | {"GITHUB_EVENT_NAME": "pull_request", "GITHUB_SHA": world.merge} | env


def pushed(before: str) -> dict[str, object]:
    return {"before": before, "repository": {"default_branch": "main"}}


# ---------------------------------------------------------------- base and head

TOPIC = {"GITHUB_REF": "refs/heads/topic"}
PUSH = GITHUB | {"GITHUB_EVENT_NAME": "push"}
MERGE_REQUEST = GITLAB | {
    "CI_MERGE_REQUEST_IID": "7",
    "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
    "CI_COMMIT_BEFORE_SHA": ZEROS,
}

# What is checked out, the variables, the payload, the functions of the change, and what the base is called.
RUNS = {
    "github, merge, the payload's base is older": (
        "merge",
        lambda w: (pull(w), request(w.start, w.topic), ["half"], f"main ({w.main[:12]})"),
    ),
    "github, the head itself": (
        "topic",
        lambda w: (pull(w), request(w.main, w.topic), ["half"], f"main ({w.main[:12]})"),
    ),
    "github, the payload's base is gone": (
        "topic",
        lambda w: (pull(w), request(NOBODY, w.topic), ["half"], f"main ({w.main[:12]})"),
    ),
    "github, push": (
        "main",
        lambda w: (PUSH | {"GITHUB_REF": "refs/heads/main"}, pushed(w.start), ["tax"], "the commit before this push"),
    ),
    "github, new branch": (
        "topic",
        lambda w: (PUSH | TOPIC, pushed(ZEROS), ["half"], f"main ({w.main[:12]})"),
    ),
    "github, force push": (
        "topic",
        lambda w: (PUSH | TOPIC, pushed(NOBODY), ["half"], f"main ({w.main[:12]})"),
    ),
    "github, force push over what is still here": (
        "topic",
        lambda w: (PUSH | TOPIC, pushed(w.main), ["half"], "the commit before this push"),
    ),
    "github, merge queue": (
        "merge",
        lambda w: (
            GITHUB | {"GITHUB_EVENT_NAME": "merge_group", "GITHUB_SHA": w.merge},
            {"merge_group": {"base_sha": w.main, "base_ref": "refs/heads/main"}},
            ["half"],
            f"main ({w.main[:12]})",
        ),
    ),
    "github, by hand on the default branch": (
        "main",
        lambda w: (GITHUB | {"GITHUB_EVENT_NAME": "workflow_dispatch"}, pushed(""), ["tax"], "the commit before"),
    ),
    "github, by the clock": (
        "merge",
        lambda w: (GITHUB | {"GITHUB_EVENT_NAME": "schedule"}, {}, ["half"], f"origin/HEAD ({w.main[:12]})"),
    ),
    "gitea, pull request": (
        "topic",
        lambda w: (pull(w, GITEA_ACTIONS="true"), request(w.main, w.topic), ["half"], f"main ({w.main[:12]})"),
    ),
    "gitlab, merge request": (
        "topic",
        lambda w: (MERGE_REQUEST | {"CI_MERGE_REQUEST_DIFF_BASE_SHA": w.start}, None, ["half"], "main"),
    ),
    "gitlab, merged results": (
        "merge",
        lambda w: (
            MERGE_REQUEST
            | {
                "CI_MERGE_REQUEST_DIFF_BASE_SHA": w.start,
                "CI_MERGE_REQUEST_TARGET_BRANCH_SHA": w.main,
                "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": w.topic,
            },
            None,
            ["half"],
            f"main ({w.main[:12]})",
        ),
    ),
    "gitlab, push": (
        "main",
        lambda w: (GITLAB | {"CI_COMMIT_BEFORE_SHA": w.start}, None, ["tax"], "the commit before this push"),
    ),
    "gitlab, tag": (
        "topic",
        lambda w: (GITLAB | {"CI_COMMIT_TAG": "v1", "CI_DEFAULT_BRANCH": "main"}, None, ["half"], "main"),
    ),
    "jenkins, change request": (
        "topic",
        lambda w: (JENKINS | {"CHANGE_ID": "7", "CHANGE_TARGET": "main"}, None, ["half"], "main"),
    ),
    "jenkins, merged with its target": (
        "merge",
        lambda w: (JENKINS | {"CHANGE_ID": "7", "CHANGE_TARGET": "main"}, None, ["half"], "main"),
    ),
    "jenkins, branch": (
        "main",
        lambda w: (JENKINS | {"GIT_PREVIOUS_SUCCESSFUL_COMMIT": w.start}, None, ["tax"], "last successful build"),
    ),
    "buildkite, pull request": (
        "topic",
        lambda w: (
            BUILDKITE | {"BUILDKITE_PULL_REQUEST": "7", "BUILDKITE_PULL_REQUEST_BASE_BRANCH": "main"},
            None,
            ["half"],
            "main",
        ),
    ),
    "buildkite, default branch": (
        "main",
        lambda w: (
            BUILDKITE | {"BUILDKITE_PULL_REQUEST": "false", "BUILDKITE_PIPELINE_DEFAULT_BRANCH": "main"},
            None,
            ["tax"],
            "the commit before",
        ),
    ),
    "nowhere": ("topic", lambda w: ({}, None, ["half"], "origin/HEAD")),
    "the first commit": (
        "start",
        lambda w: (GITHUB | {"GITHUB_EVENT_NAME": "workflow_dispatch"}, {}, ["half", "double", "tax"], "nothing"),
    ),
}


@pytest.mark.parametrize(("ref", "case"), RUNS.values(), ids=RUNS)
def test_what_is_reviewed(world, ref, case):
    environ, event, functions, base = case(world)
    repo = world.clone(getattr(world, ref))
    if ref == "start":
        repo.git("remote", "remove", "origin")
        repo.git("update-ref", "-d", "refs/heads/main")
    run = ci(repo, "--format", "json", "--no-execute", event=event, **environ)

    assert run.code == 3, run.stderr
    assert [function["function"] for function in run.report["functions"]] == functions
    assert f" against {base}" in run.report["change"] or base in run.report["change"]
    assert run.report["change"] in run.stderr


def test_the_user_may_name_the_base(world):
    repo = world.clone(world.main)
    run = ci(repo, "--format", "json", "--no-execute", "--base", world.start, **PUSH)

    assert [function["function"] for function in run.report["functions"]] == ["tax"]


def test_the_merge_of_a_pull_request_needs_no_more_than_its_parents(world):
    run = ci(
        shallow(world, 2), "--format", "json", "--no-execute", event=request(world.start, world.topic), **pull(world)
    )

    assert run.code == 3, run.stderr
    assert [function["function"] for function in run.report["functions"]] == ["half"]


def test_a_merge_request_needs_no_more_than_what_it_began_from(world):
    environ = MERGE_REQUEST | {"CI_MERGE_REQUEST_DIFF_BASE_SHA": world.start}
    run = ci(shallow(world, 2, "refs/heads/topic"), "--format", "json", "--no-execute", **environ)

    assert run.code == 3, run.stderr
    assert [function["function"] for function in run.report["functions"]] == ["half"]


def shallow(world: World, depth: int, ref: str = "refs/pull/7/merge") -> Repo:
    """What a runner has that fetches only so many commits."""
    repo = Repo(world.origin.root.parent, f"shallow{next(NUMBERS)}")
    repo.git("remote", "add", "origin", world.origin.root.as_uri())
    repo.git("fetch", "--quiet", "--no-tags", f"--depth={depth}", "origin", f"+{ref}:refs/remotes/runner/head")
    repo.git("checkout", "--quiet", "--detach", "refs/remotes/runner/head")
    return repo


SETTINGS = {
    "github": (lambda w: pull(w), "fetch-depth: 0"),
    "gitea": (lambda w: pull(w, GITEA_ACTIONS="true"), "fetch-depth: 0"),
    "gitlab": (lambda w: MERGE_REQUEST | {"CI_MERGE_REQUEST_DIFF_BASE_SHA": w.start}, "GIT_DEPTH: 0"),
    "jenkins": (lambda w: JENKINS | {"CHANGE_ID": "7", "CHANGE_TARGET": "main"}, "CloneOption"),
    "buildkite": (
        lambda w: BUILDKITE | {"BUILDKITE_PULL_REQUEST": "7", "BUILDKITE_PULL_REQUEST_BASE_BRANCH": "main"},
        "BUILDKITE_GIT_FETCH_FLAGS",
    ),
    "nowhere": (lambda w: {}, "git fetch --unshallow"),
}


@pytest.mark.parametrize(("environ", "setting"), SETTINGS.values(), ids=SETTINGS)
def test_a_shallow_clone_is_told_what_to_set(world, environ, setting):
    run = ci(shallow(world, 1), event=request(world.start, world.topic), **environ(world))

    assert (run.code, run.stdout) == (2, "")
    assert setting in run.stderr
    assert "shallow" in run.stderr


HOSTILE = {
    "an option": {"GITHUB_BASE_REF": "--output=owned"},
    "a command": {"GITHUB_BASE_REF": "main;touch owned"},
    "a range": {"GITHUB_BASE_REF": "main..topic"},
    "up": {"GITHUB_BASE_REF": "../../heads/main"},
    "a nul's neighbour": {"GITHUB_BASE_REF": "main\n::error::owned"},
}


@pytest.mark.parametrize("environ", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_branch_name_names_nothing(world, environ):
    repo = world.clone(world.topic)
    run = ci(repo, event={}, **(pull(world) | environ))

    assert (run.code, run.stdout) == (2, "")
    assert not (repo.root / "owned").exists()
    assert not re.search("^::", run.stderr, re.M)


@pytest.mark.parametrize(
    "text", ["", "[", '"text"', "\x00", "[" * 100_000], ids=["empty", "cut", "text", "nul", "deep"]
)
def test_a_payload_that_cannot_be_used_vouches_for_nothing(world, text):
    run = ci(world.clone(world.topic), "--format", "json", "--no-execute", event=text, **pull(world))

    assert (run.code, run.stdout) == (2, "")


def test_without_anything_to_compare_with(tmp_path):
    repo = Repo(tmp_path, init=("--initial-branch=trunk",)).write("a.py", START).add()
    repo.commit()
    run = ci(repo)

    assert (run.code, run.stdout) == (2, "")
    assert "give --base REF" in run.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--shard", "3/2"), "expected I/N"),
        (("--format", "nonsense"), "choose from"),
        (("--output", "x.json"), "give it with --format"),
        (("--base", "--all"), "names no commit"),
        (("--base", "nowhere"), "names no commit"),
    ],
    ids=" ".join,
)
def test_wrong_use(world, arguments, said):
    run = ci(world.clone(world.topic), *arguments, **PUSH)

    assert (run.code, run.stdout) == (2, "")
    assert said in run.stderr


# ---------------------------------------------------------------- what the platform is given

SHOWN = {
    "github": (lambda w: pull(w), ["reviewer.sarif"]),
    "gitea": (lambda w: pull(w, GITEA_ACTIONS="true"), ["reviewer.html"]),
    "gitlab": (
        lambda w: MERGE_REQUEST | {"CI_MERGE_REQUEST_DIFF_BASE_SHA": w.start},
        ["gl-code-quality-report.json", "reviewer-junit.xml", "reviewer.md"],
    ),
    "jenkins": (
        lambda w: JENKINS | {"CHANGE_ID": "7", "CHANGE_TARGET": "main"},
        ["reviewer-junit.xml", "reviewer.md", "reviewer.sarif"],
    ),
    "buildkite": (
        lambda w: BUILDKITE | {"BUILDKITE_PULL_REQUEST": "7", "BUILDKITE_PULL_REQUEST_BASE_BRANCH": "main"},
        ["reviewer-junit.xml", "reviewer.md"],
    ),
    "nowhere": (lambda w: {}, []),
}


@pytest.mark.executes
@pytest.mark.parametrize(("environ", "files"), SHOWN.values(), ids=SHOWN)
def test_each_platform_is_given_its_files_and_the_failing_exit_code(world, environ, files):
    repo = world.clone(world.topic)
    run = ci(repo, event=request(world.start, world.topic), **environ(world))

    assert run.code == 1, run.stderr
    assert "half(10)" in run.stdout
    untracked = repo.git("ls-files", "--others").split("\n")
    assert [name for name in untracked if name] == files
    for name in files:
        assert "half(10)" in (repo.root / name).read_text()
    for name in [name for name in files if name.endswith((".json", ".sarif"))]:
        json.loads((repo.root / name).read_text())


@pytest.mark.executes
def test_github_annotates_and_adds_to_the_summary(world, tmp_path):
    summary = tmp_path / "summary.md"
    summary.write_text("# Before\n")
    repo = world.clone(world.merge)
    event = request(world.main, world.topic)
    run = ci(repo, event=event, **pull(world, GITHUB_STEP_SUMMARY=str(summary)))

    assert run.code == 1, run.stderr
    assert re.search("^::error file=shop.py,line=10,", run.stdout, re.M)
    assert summary.read_text().startswith("# Before\n")
    assert "half(10)" in summary.read_text()


@pytest.mark.executes
def test_no_reviewed_text_is_a_command_to_the_runner(tmp_path):
    hostile = WRONG.replace(
        "Half of it.", "Half of it.\n\n    >>> half(6)\n    ::add-mask::half\n    ::stop-commands::x"
    )
    world = make_world(tmp_path, hostile)
    run = ci(world.clone(world.topic), event=request(world.main, world.topic), **pull(world))

    assert run.code == 1, run.stderr
    lines = run.stdout.split("\n")
    word = lines[0].removeprefix("::stop-commands::")
    assert re.fullmatch("[0-9a-f]{32}", word)
    again = lines.index(f"::{word}::")
    assert "::add-mask::half" in "\n".join(lines[:again])
    commands = [line for line in lines[again + 1 :] if line.lstrip().startswith("::")]
    assert all(re.match("::(error|warning|notice) ", line) for line in commands)


def test_the_summary_has_a_limit(world, tmp_path):
    summary = tmp_path / "summary.md"
    summary.write_text("x" * (1024 * 1024 - 200))
    run = ci(
        world.clone(world.topic),
        "--no-execute",
        event=request(world.main, world.topic),
        **pull(world, GITHUB_STEP_SUMMARY=str(summary)),
    )

    assert run.code == 3, run.stderr
    assert summary.stat().st_size == 1024 * 1024 - 200
    assert "other commands have filled" in run.stderr


def test_a_summary_that_cannot_be_written_costs_no_review(world, tmp_path):
    run = ci(
        world.clone(world.topic),
        "--no-execute",
        event=request(world.main, world.topic),
        **pull(world, GITHUB_STEP_SUMMARY=str(tmp_path / "missing" / "summary.md")),
    )

    assert run.code == 3
    assert "the job's summary cannot be written" in run.stderr


def test_a_link_that_the_change_put_there_is_not_followed(tmp_path):
    outside = tmp_path / "outside"
    outside.write_text("mine")
    world = make_world(tmp_path)
    repo = world.clone(world.topic)
    (repo.root / "reviewer.sarif").symlink_to(outside)
    run = ci(repo, "--no-execute", event=request(world.main, world.topic), **pull(world))

    assert run.code == 3, run.stderr
    assert outside.read_text() == "mine"
    assert not (repo.root / "reviewer.sarif").is_symlink()


def test_one_format_instead_of_the_platforms(world, tmp_path):
    repo = world.clone(world.topic)
    arguments = ("--no-execute", "--format", "json", "--output", str(tmp_path / "report.json"))
    run = ci(repo, *arguments, event=request(world.main, world.topic), **pull(world))

    assert (run.code, run.stdout) == (3, "")
    assert validated((tmp_path / "report.json").read_text())["functions"]
    assert repo.git("ls-files", "--others") == ""


def test_what_a_model_suspects_is_a_warning_and_fails_nothing(world):
    claim = found(finding("return amount // 3", "A third is no half"))
    with played(says(claim)) as server:
        run = ci(
            world.clone(world.topic),
            "--no-execute",
            event=request(world.main, world.topic),
            model=MODEL,
            **pull(world, OLLAMA_HOST=server.host),
        )

    assert run.code == 0, run.stderr
    assert re.search("^::warning .*A third is no half", run.stdout, re.M)


def test_what_is_not_reviewed_fails_unless_told_otherwise(world):
    repo = world.clone(world.topic)
    event = request(world.main, world.topic)

    assert ci(repo, "--no-execute", event=event, **pull(world)).code == 3
    assert ci(repo, "--no-execute", "--on-incomplete", "pass", event=event, **pull(world)).code == 0


# ---------------------------------------------------------------- the change may not soften its own review


@pytest.mark.executes
@pytest.mark.parametrize(
    "files",
    [
        {"__reviewer__toml": 'fail-on = "never"\n'},
        {"__reviewer__toml": "execute = false\n"},
        {"pyproject__toml": '[tool.reviewer]\nexclude = ["*.py"]\n'},
        {"__reviewer__toml": "this is no TOML"},
    ],
    ids=["fail-on", "execute", "exclude", "broken"],
)
def test_settings_come_from_the_base(tmp_path, files):
    world = make_world(tmp_path, **files)
    run = ci(world.clone(world.topic), event=request(world.main, world.topic), **pull(world))

    assert run.code == 1, run.stderr
    assert "they count from when it is in" in run.stderr


@pytest.mark.executes
def test_the_settings_of_the_base_hold(tmp_path):
    origin = Repo(tmp_path)
    start = origin.write("shop.py", START).write(".reviewer.toml", 'fail-on = "never"\n').add().commit()
    origin.write("shop.py", WRONG).remove(".reviewer.toml").add().commit()

    assert ci(origin, "--base", start).code == 0
    assert ci(origin, "--base", start, "--fail-on", "proved").code == 1


@pytest.mark.executes
def test_the_baseline_comes_from_the_base(tmp_path):
    repo = Repo(tmp_path).write("shop.py", START).write(".reviewer.toml", 'baseline = "known.json"\n')
    start = repo.write("known.json", '{"version": 1, "findings": []}').add().commit()
    repo.write("shop.py", WRONG).add().commit()
    known = program(
        *(SCRIPTS / "reviewer", "review", "--model", "none", "--range", f"{start}..HEAD", "--write-baseline"),
        cwd=repo.root,
    )
    assert known.code == 0, known.stderr
    assert "half" in (repo.root / "known.json").read_text()
    repo.add().commit()
    softened = ci(repo, "--base", start)

    assert softened.code == 1, softened.stderr
    assert "this change edits known.json" in softened.stderr
    later = repo.edit("shop.py", lambda text: text.replace("amount * 2", "2 * amount")).add().commit()
    assert later
    assert ci(repo, "--base", "HEAD~1").code == 0


def test_a_baseline_that_the_base_does_not_have(tmp_path):
    repo = Repo(tmp_path).write("shop.py", START).write(".reviewer.toml", 'baseline = "known.json"\n').add()
    start = repo.commit()
    repo.write("shop.py", WRONG).write("known.json", '{"version": 1, "findings": []}').add().commit()
    run = ci(repo, "--base", start)

    assert (run.code, run.stdout) == (2, "")
    assert "known.json: there is no such baseline" in run.stderr


# ---------------------------------------------------------------- forks


@pytest.mark.executes
def test_with_the_repositorys_rights_nothing_is_executed(world):
    event = request(world.main, world.topic, "evil/b")
    environ = GITHUB | {"GITHUB_EVENT_NAME": "pull_request_target", "GITHUB_SHA": world.main}
    run = ci(world.clone(world.topic), "--format", "json", event=event, **environ)

    assert run.code == 3, run.stderr
    assert run.report["execution"]["state"] == "off"
    assert "pull_request_target" in run.report["execution"]["reason"]
    assert run.report["stats"]["cases_run"] == 0


def test_pull_request_target_checks_out_the_base(world):
    event = request(world.main, world.topic, "evil/b")
    environ = GITHUB | {"GITHUB_EVENT_NAME": "pull_request_target", "GITHUB_SHA": world.main}
    run = ci(world.clone(world.main), event=event, **environ)

    assert (run.code, run.stdout) == (2, "")
    assert "HEAD is in main already" in run.stderr


@pytest.mark.executes
def test_code_from_a_fork_runs_in_a_sandbox_or_not_at_all(world):
    event = request(world.main, world.topic, "evil/b")
    run = ci(world.clone(world.topic), "--unsandboxed", "--format", "json", event=event, **pull(world))

    assert "it comes from a fork" in run.stderr
    assert run.report["execution"]["state"] in ("sandboxed", "unavailable")


# ---------------------------------------------------------------- parts


PARTS = (
    START
    + "".join(f'\n\ndef f{n}(x):\n    """>>> f{n}(1)\n    {n}\n    """\n    return x * {n}\n' for n in range(4))
    + "\n\ndef part(x):\n    return x + 7\n"
    + '\n\ndef whole(x):\n    """>>> whole(1)\n    8\n    """\n    return part(x)\n'
)
WRONG_PARTS = re.sub(r"x \* (\d)", r"x * \1 + 1", PARTS.replace("// 2", "// 3").replace("+ 7", "+ 6")).replace(
    "return part(x)", "return 0 + part(x)"
)


@pytest.mark.slow
@pytest.mark.executes
def test_the_parts_together_are_the_whole(tmp_path):
    repo = Repo(tmp_path).write("shop.py", PARTS).write("broken.py", "x = 1\n").add()
    start = repo.commit()
    repo.write("shop.py", WRONG_PARTS).write("broken.py", b"# coding: nonsense\nx = 2\n").add().commit()
    whole, *parts = (
        ci(repo, "--base", start, "--format", "json", *arguments).report
        for arguments in ([], ["--shard", "1/3"], ["--shard", "2/3"], ["--shard", "3/3"])
    )

    assert [report["shard"] for report in (whole, *parts)] == [None, "1/3", "2/3", "3/3"]
    names = {"functions": "id", "findings": "id", "behaviour_changes": "id", "unreviewed": "path"}
    for key, name in (names | {"outside_functions": "path"}).items():
        shown = [entry[name] for report in parts for entry in report[key]]
        assert sorted(shown) == sorted(entry[name] for entry in whole[key]), key
    assert sorted(entry["function"] for entry in whole["findings"]) == ["f0", "f1", "f2", "f3", "half", "whole"]
    # The caller and what it calls are in different parts, and the broken call is shown once all the same.
    by_part = [{entry["function"] for entry in report["functions"]} for report in parts]
    assert not any({"part", "whole"} <= names for names in by_part)


@pytest.mark.parametrize(
    "environ",
    [
        GITLAB | {"CI_NODE_INDEX": "2", "CI_NODE_TOTAL": "3"},
        BUILDKITE | {"BUILDKITE_PARALLEL_JOB": "1", "BUILDKITE_PARALLEL_JOB_COUNT": "3"},
    ],
    ids=["gitlab", "buildkite"],
)
def test_parallel_jobs_are_parts(world, environ):
    repo = world.clone(world.topic)
    arguments = ("--base", "HEAD~1", "--format", "json", "--no-execute")

    assert ci(repo, *arguments, **environ).report["shard"] == "2/3"
    assert ci(repo, *arguments, "--shard", "1/1", **environ).report["shard"] is None


# ---------------------------------------------------------------- the templates

TEMPLATES = ROOT / "hooks" / "ci"


def steps(name: str) -> tuple[list[str], dict[str, str], list[str]]:
    """The shell commands of a template, the variables that it sets, and the files that it keeps."""
    text = (TEMPLATES / name).read_text()
    if name == "Jenkinsfile":
        kept = re.findall(r"(?:testResults|artifacts): '([^']+)'", text)
        values = dict(re.findall(r"^\s+([A-Z_]+) = '([^']*)'", text, re.M))
        return re.findall(r"\bsh '([^']+)'", text), values, [file for names in kept for file in names.split(", ")]
    whole = pytest.importorskip("yaml").safe_load(text)
    if name == "gitlab.yml":
        job = whole["reviewer"]
        files = [*job["artifacts"]["paths"], *job["artifacts"]["reports"].values()]
        return job["script"], job["variables"], files
    if name == "buildkite.yml":
        [step] = whole["steps"]
        return [step["command"].replace("$$", "$")], step["env"], step["artifact_paths"]
    job = whole["jobs"]["review"]
    matrix = job.get("strategy", {}).get("matrix", {"shard": [""]})
    [step] = [step for step in job["steps"] if "run" in step]
    values = {key: value.replace("${{ matrix.shard }}", matrix["shard"][0]) for key, value in step["env"].items()}
    kept = [step["with"]["path"] for step in job["steps"] if "upload" in step.get("uses", "")]
    return [step["run"]], values, kept


@pytest.mark.executes
@pytest.mark.parametrize("name", sorted(path.name for path in TEMPLATES.iterdir() if path.name != "README.md"))
def test_the_commands_of_a_template_review_a_change(world, tmp_path, name):
    environ, _ = SHOWN["jenkins" if name == "Jenkinsfile" else name.partition(".")[0]]
    commands, values, kept = steps(name)
    repo = world.clone(world.topic)
    event = tmp_path / "event.json"
    event.write_text(json.dumps(request(world.main, world.topic)))
    agent = tmp_path / "bin" / "buildkite-agent"
    agent.parent.mkdir()
    agent.write_text(f'#!/bin/sh\ncat > "{tmp_path}/annotated"\n')
    agent.chmod(0o755)
    more = {"GITHUB_EVENT_PATH": str(event), "REVIEWER_MODEL": "none"}
    path = os.pathsep.join((str(agent.parent), str(SCRIPTS), os.environ["PATH"]))
    script = "\n".join(commands)
    run = program("bash", "-e", "-c", script, cwd=repo.root, PATH=path, **(environ(world) | more | values))

    assert run.code == 1, run.stderr
    assert "half(10)" in run.stdout
    for file in kept:
        assert "half(10)" in (repo.root / file).read_text()
    if name == "buildkite.yml":
        assert "half(10)" in (tmp_path / "annotated").read_text()


SCHEMAS = {
    "github.yml": "vendor.github-workflows",
    "gitea.yml": "vendor.github-workflows",
    "gitlab.yml": "vendor.gitlab-ci",
    "buildkite.yml": "vendor.buildkite",
}


@pytest.mark.parametrize(("name", "schema"), SCHEMAS.items(), ids=SCHEMAS)
def test_a_template_is_what_its_platform_takes(name, schema):
    checker = SCRIPTS / "check-jsonschema"
    if not checker.exists():
        pytest.skip("check-jsonschema is not installed: it is in the extra `dev`")
    run = program(checker, "--builtin-schema", schema, TEMPLATES / name, cwd=ROOT)

    assert run.code == 0, run.stdout + run.stderr


@pytest.mark.parametrize("name", ["github.yml", "gitea.yml"])
def test_actionlint_finds_nothing(name):
    run = program(actionlint(), "-no-color", "-shellcheck=", "-pyflakes=", TEMPLATES / name, cwd=ROOT)

    assert (run.code, run.stdout) == (0, "")


def actionlint() -> Path | str:
    from tests import validators

    own = ROOT / ".build" / "validators" / "actionlint"
    return own if own.exists() else validators.command("actionlint")


def test_every_platform_has_a_template_and_the_readme_names_it():
    from reviewer.platforms import NONE, PLATFORMS

    readme = (TEMPLATES / "README.md").read_text()
    for platform in PLATFORMS:
        assert platform is NONE or platform.name in readme
        for _, file in platform.files:
            assert file in readme
    for template in TEMPLATES.iterdir():
        assert template.name in readme or template.name == "README.md"
        if template.name != "README.md":
            assert "DANGER" in template.read_text()
