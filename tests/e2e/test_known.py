"""The baseline, the replay and the folding of what an unmeasured model suspects, through the real program."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.helpers import MODEL, changed, finding, found, review, reviewer, says
from tests.repos import Repo
from tests.servers import played

pytestmark = pytest.mark.executes
NAME = ".reviewer-baseline.json"
BEFORE = '''\
"""Prices."""


def total(prices):
    """Sum of the prices.

    >>> total([1, 2])
    3
    """
    return sum(prices)


def share(price: int, people: int) -> int:
    """What each pays."""
    return price // people
'''
AFTER = BEFORE.replace("sum(prices)", "sum(prices[1:])").replace("price // people", "price / people")


def names(run) -> list[str]:
    return [item["function"] for item in run.report["findings"]]


def known(repo: Repo) -> list[str]:
    return [item["function"] for item in json.loads((repo.root / NAME).read_text())["findings"]]


def test_what_is_in_the_baseline_is_not_reported_again_even_in_a_renamed_file_with_other_lines(tmp_path):
    repo = changed(tmp_path, BEFORE, AFTER)
    written = review(repo, None, "--write-baseline")
    again = review(repo, None, "--baseline", NAME)
    (repo.root / "shop.py").rename(repo.root / "prices.py")
    repo.edit("prices.py", lambda text: "import os\n\n" + text).add()
    renamed = review(repo, None, "--baseline", NAME)

    assert (written.code, names(written), known(repo)) == (0, ["total"], ["total"])
    assert f"1 known finding in {NAME}" in written.stderr
    assert (again.code, names(again), again.report["stats"]["baselined"]) == (0, [], 1)
    assert (renamed.code, names(renamed), renamed.report["stats"]["baselined"]) == (0, [], 1)


def test_a_new_finding_fails_beside_known_ones(tmp_path):
    repo = changed(tmp_path, BEFORE, AFTER)
    review(repo, None, "--write-baseline")
    repo.write("pyproject.toml", f'[tool.reviewer]\nbaseline = "{NAME}"\n')
    run = review(repo.write("more.py", BROKEN).add("more.py", "shop.py"), None)

    assert (run.code, names(run), run.report["stats"]["baselined"]) == (1, ["one"], 1)


def test_stale_entries_are_named_and_dropped_and_those_of_other_functions_kept(tmp_path):
    repo = changed(tmp_path, BEFORE, AFTER)
    review(repo, None, "--write-baseline")
    entries = json.loads((repo.root / NAME).read_text())
    entries["findings"].append({**entries["findings"][0], "function": "elsewhere", "fingerprint": "0" * 32})
    repo.write(NAME, json.dumps(entries))
    repo.edit("shop.py", lambda text: text.replace("prices[1:]", "iter(prices)"))
    stale = review(repo, None, "--baseline", NAME)
    review(repo, None, "--write-baseline")

    assert "1 entry of the baseline no longer found" in stale.stderr
    assert "total (total([1, 2])" in stale.stderr
    assert known(repo) == ["elsewhere"]


def test_what_the_whole_repository_was_found_to_break_is_known_in_a_later_change(tmp_path):
    repo = changed(tmp_path, AFTER, AFTER).write("gone.py", BROKEN)
    repo.add().commit()
    everything = review(repo, None, "--all", "--write-baseline", "--on-incomplete", "pass")
    repo.write("pyproject.toml", f'[tool.reviewer]\nbaseline = "{NAME}"\n')
    later = review(repo.edit("shop.py", lambda text: text.replace("sum(prices[1:])", "sum(prices[2:])")), None)
    repo.remove("gone.py").edit("shop.py", lambda text: text.replace("prices[2:]", "prices"))
    mended = review(repo, None, "--all")

    assert (everything.code, known(repo)) == (0, ["one", "total"])
    assert (later.code, names(later), later.report["stats"]["baselined"]) == (0, [], 1)
    assert "2 entries of the baseline no longer found" in mended.stderr


BROKEN = '"""Gone."""\n\n\ndef one():\n    """One.\n\n    >>> one()\n    1\n    """\n    return 2\n'


@pytest.mark.parametrize("arguments", [("--baseline", NAME), ("--write-baseline",)], ids=" ".join)
def test_a_malformed_baseline_ends_the_run_and_is_left_as_it_is(tmp_path, arguments):
    repo = changed(tmp_path, BEFORE, AFTER).write(NAME, "<<<<<<< ours\n")
    run = review(repo, None, *arguments)

    assert (run.code, run.stdout, run.stderr.count("\n")) == (2, "", 1)
    assert f"{NAME}: the baseline is not valid JSON" in run.stderr
    assert (repo.root / NAME).read_text() == "<<<<<<< ours\n"


# ---------------------------------------------------------------- --replay


def test_every_difference_can_be_replayed_by_its_id(tmp_path):
    repo = changed(tmp_path, BEFORE, AFTER)
    report = review(repo, None).report
    shown = reviewer(repo, "review", "--model", "none").stdout
    differences = [*report["findings"], *report["behaviour_changes"]]

    assert {item["function"] for item in differences} == {"total", "share"}
    for item in differences:
        run = reviewer(repo, "review", "--replay", item["id"])
        script = run.stdout.partition("\nscript:\n")[2]
        done = subprocess.run(
            [sys.executable, "-c", script], cwd=repo.root, capture_output=True, text=True, check=False
        )
        repo.git("stash", "--quiet")
        before = subprocess.run([sys.executable, "-c", script], cwd=repo.root, capture_output=True, check=False)
        repo.git("stash", "pop", "--quiet")
        call = item["counterexample"]["call"] if "counterexample" in item else item["call"]

        assert f"[{item['id']}]\n" in shown
        assert (run.code, run.stderr) == (0, "")
        assert f">>> {call}\n" in run.stdout
        assert "\nold: " in run.stdout
        assert (done.returncode, before.returncode) == (1, 0), done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--replay", "0123456789ab"), "reviewer review --model none"),
        (("--replay", "0123456789ab", "--no-execute"), "nothing was executed"),
        (("--replay", "0123456789ab", "--format", "json"), "as text"),
        (("--replay", "0123456789ab", "--apply"), "as text"),
    ],
    ids=["unknown", "no execution", "format", "apply"],
)
def test_what_cannot_be_replayed_is_wrong_use(tmp_path, arguments, said):
    run = reviewer(changed(tmp_path, BEFORE, AFTER), "review", *arguments)

    assert (run.code, run.stdout, run.stderr.count("\n")) == (2, "", 1)
    assert said in run.stderr


# ---------------------------------------------------------------- folding


def test_what_an_unmeasured_model_suspects_is_counted_and_never_fails(tmp_path):
    own = Path(os.environ["XDG_CONFIG_HOME"]) / "reviewer" / "config.toml"
    own.write_text("execute = false\n")
    repo = changed(tmp_path, BEFORE, AFTER)
    with played(says(found(finding("sum(prices[1:])", "First is missing")))) as server:
        run = review(repo, server, "--fail-on", "suspected")
        shown = reviewer(repo, "review", "--model", MODEL, OLLAMA_HOST=server.host)
        everything = reviewer(repo, "review", "--model", MODEL, "--show", "all", OLLAMA_HOST=server.host)

    assert (run.code, run.report["status"]) == (0, "findings")
    assert [item["folded"] for item in run.report["findings"]] == [True]
    assert "First is missing" not in shown.stdout
    assert f"1 suspected finding of {MODEL} is folded" in shown.stdout
    assert "First is missing" in everything.stdout


def test_a_repository_cannot_trust_a_model(tmp_path):
    repo = changed(tmp_path, BEFORE, AFTER).write(".reviewer.toml", 'trusted-models = ["*"]\n')
    run = review(repo, None)

    assert run.code == 2
    assert "`trusted-models` may not be set by a repository" in run.stderr
