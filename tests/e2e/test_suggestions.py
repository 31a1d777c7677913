"""A played model suggests replacements: running decides which are shown as verified, and only those are applied."""

from __future__ import annotations

import signal
import stat
import subprocess
import time

import pytest

from tests.e2e.helpers import (
    MODEL,
    SCRIPTS,
    Run,
    changed,
    environment,
    finding,
    found,
    review,
    reviewer,
    says,
    validated,
)
from tests.repos import Repo
from tests.servers import played

pytestmark = pytest.mark.executes

BEFORE = '''\
"""Prices."""


def total(prices):
    """Sum of the prices.

    >>> total([1, 2])
    3
    >>> total([])
    0
    """
    return sum(prices)


def first(prices):
    return prices[0]


def share(prices, people):
    """What each pays.

    >>> share([4], 2)
    2
    """
    return total(prices) // people
'''
WRONG = "    return sum(prices[1:])"
AFTER = BEFORE.replace("    return sum(prices)", WRONG).replace("prices[0]", "prices[-1]")

RIGHT = "    return sum(prices)"
BREAKS = "    return 3"
STILL_WRONG = "    return sum(prices[1:]) + 0"
HALF = "    return sum(prices[1:]) or 1"  # total([]) held before


def suggests(replacement: str, code: str = WRONG):
    def play(handler):
        asked = handler.server.seen[-1].json["messages"][-1]["content"]
        about = code.strip() in asked
        says(found(finding(code.strip(), "Wrong elements", replacement=replacement)) if about else found())(handler)

    return play


def run(repo: Repo, play, *arguments: str) -> Run:
    with played(play) as server:
        return review(repo, server, *arguments)


def by_evidence(done: Run) -> dict[str, list[dict]]:
    findings = [item for item in done.report["findings"] if item["function"] == "total"]
    return {kind: [item for item in findings if item["evidence"] == kind] for kind in ("proved", "suspected")}


def test_a_right_suggestion_is_verified_and_stands_with_the_proof_that_it_mends(tmp_path):
    repo = changed(tmp_path, BEFORE, AFTER)
    done = run(repo, suggests(RIGHT))
    (proved,), (suspected,) = by_evidence(done).values()

    assert proved["counterexample"]["call"] == "total([1, 2])"
    assert proved["suggestion"] == suspected["suggestion"]
    assert proved["suggestion"]["verified"] is True
    repo.git("apply", "--check", "-", data=proved["suggestion"]["patch"].encode())
    assert done.report["stats"]["suggestions_dropped"] == 0


@pytest.mark.parametrize(
    ("replacement", "kept", "dropped"),
    [(BREAKS, False, 1), (HALF, False, 1), (STILL_WRONG, True, 0)],
    ids=["breaks another example", "breaks what held before", "mends nothing"],
)
def test_a_suggestion_that_breaks_what_held_is_dropped_and_one_that_mends_nothing_is_not_verified(
    tmp_path, replacement, kept, dropped
):
    done = run(changed(tmp_path, BEFORE, AFTER), suggests(replacement))
    (proved,), (suspected,) = by_evidence(done).values()

    assert proved["suggestion"] is None
    assert (suspected["suggestion"] is not None) == kept
    assert not kept or suspected["suggestion"]["verified"] is False
    assert done.report["stats"]["suggestions_dropped"] == dropped


def test_a_suggestion_that_breaks_another_changed_function_is_dropped(tmp_path):
    before = BEFORE.replace("total(prices) // people", "twice(prices) // people // 2") + TWICE
    after = before.replace("return sum(prices) * 2", "return 2 * sum(prices)").replace("// 2", "// (1 + 1)")
    done = run(changed(tmp_path, before, after), suggests("    return sum(prices)", "    return 2 * sum(prices)"))

    assert done.report["stats"]["suggestions_dropped"] == 1
    assert [item["suggestion"] for item in done.report["findings"]] == [None]


TWICE = '''

def twice(prices):
    """Double the sum."""
    return sum(prices) * 2
'''


def test_without_a_case_to_judge_by_a_suggestion_stays_unverified(tmp_path):
    done = run(
        changed(tmp_path, BEFORE, BEFORE.replace("prices[0]", "prices[-1]")),
        suggests("    return prices[0]", "return prices[-1]"),
    )
    (suspected,) = done.report["findings"]

    assert suspected["suggestion"]["verified"] is False


def test_an_undocumented_exception_is_mended_by_what_returns_as_before(tmp_path):
    text = '"""Means."""\n\n\ndef mean(prices: list[int]) -> float:\n    """Mean price."""\n    {}\n'
    good, wrong = "return sum(prices) / (len(prices) or 1)", "return sum(prices) / len(prices)"
    done = run(changed(tmp_path, text.format(good), text.format(wrong)), suggests(good, wrong))
    proved = [item for item in done.report["findings"] if item["evidence"] == "proved"]

    assert [item["verdict"] for item in proved] == ["undocumented_exception"]
    assert proved[0]["suggestion"]["verified"] is True


def test_what_a_model_wrote_is_not_run_without_execution(tmp_path):
    done = run(changed(tmp_path, BEFORE, AFTER), suggests(RIGHT), "--no-execute")

    assert [item["suggestion"]["verified"] for item in done.report["findings"]] == [False]


# ---------------------------------------------------------------- --apply


def applied(repo: Repo, *arguments: str, replacement: str = RIGHT) -> Run:
    with played(suggests(replacement)) as server:
        return reviewer(repo, "review", "--model", MODEL, "--apply", *arguments, OLLAMA_HOST=server.host)


def test_a_verified_suggestion_is_put_into_the_worktree(tmp_path):
    repo = changed(tmp_path, BEFORE, AFTER)
    path = repo.root / "shop.py"
    path.chmod(0o640)
    done = applied(repo)

    assert done.code == 1, "the review found what it found"
    assert path.read_text() == AFTER.replace(WRONG, RIGHT)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert done.stderr.count("applied") == 1
    assert "total: applied" in done.stderr
    assert sorted(file.name for file in repo.root.iterdir()) == [".git", "shop.py"]


def test_a_suggestion_that_is_not_verified_is_not_applied(tmp_path):
    repo = changed(tmp_path, BEFORE, AFTER)
    done = applied(repo, replacement=STILL_WRONG)

    assert (repo.root / "shop.py").read_text() == AFTER
    assert "no verified suggestion" in done.stderr


STAGED = {
    "edit elsewhere": (lambda text: "import os\n\n" + text + "\n# mine\n", None),
    "edit in those lines": (lambda text: text.replace(WRONG, WRONG + "  # mine"), "other lines"),
    "edit close by": (lambda text: text.replace("def first(prices)", "def first(prices, mine=1)"), "other lines"),
    "windows newlines": (lambda text: text.replace("\n", "\r\n"), None),
    "no longer there": (lambda text: "", "other lines"),
}


@pytest.mark.parametrize(("edit", "reason"), STAGED.values(), ids=STAGED)
def test_unstaged_edits_are_never_lost(tmp_path, edit, reason):
    repo = changed(tmp_path, BEFORE, AFTER).add().edit("shop.py", edit)
    mine = (repo.root / "shop.py").read_bytes()
    done = applied(repo, "--staged")
    wrong, right = (line.encode() for line in (WRONG, RIGHT))

    assert (repo.root / "shop.py").read_bytes() == (mine.replace(wrong, right) if reason is None else mine)
    assert reason is None or ("not applied: " in done.stderr and reason in done.stderr)
    assert repo.git("show", ":shop.py") + "\n" == AFTER, "the index stays"


def test_a_file_that_is_gone_or_a_link_out_of_the_repository_is_left_alone(tmp_path):
    outside = tmp_path / "outside.py"
    outside.write_text(AFTER)
    repo = changed(tmp_path, BEFORE, AFTER).add().remove("shop.py")
    gone = applied(repo, "--staged")
    (repo.root / "shop.py").symlink_to(outside)
    link = applied(repo, "--staged")

    assert "not on the disk" in gone.stderr
    assert "symbolic link" in link.stderr
    assert outside.read_text() == AFTER


def test_an_interrupted_verification_leaves_a_partial_report(tmp_path):
    repo = changed(tmp_path, BEFORE, AFTER)
    command = [SCRIPTS / "reviewer", "review", "--format", "json", "--model", MODEL]
    with played(suggests("    while True: pass")) as server:
        env = environment(OLLAMA_HOST=server.host)
        with subprocess.Popen(command, cwd=repo.root, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as run:
            while len(server.prompts()) < 2:
                time.sleep(0.05)
            time.sleep(2)  # whatever it is doing by now, the loop is not over
            run.send_signal(signal.SIGINT)
            output, errors = run.communicate(timeout=60)

    report = validated(output.decode())
    assert (run.returncode, errors) == (130, b"")
    assert {(item["function"], item["reason"]) for item in report["unreviewed"]} >= {("total", "interrupted")}
    assert not [item for item in report["findings"] if item["suggestion"] and item["suggestion"]["verified"]]
