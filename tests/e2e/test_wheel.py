"""The wheel alone, without the source tree: everything it needs at run time is in it."""

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from tests.e2e.helpers import BEFORE, ROOT, one_function, program, validated

LOADS = """
import json, reviewer
from importlib import resources
from reviewer import prompts
folder = resources.files("reviewer")
print(reviewer.__file__)
print(" ".join(sorted(item.name for item in folder.joinpath("prompts").iterdir())))
for item in folder.joinpath("prompts").iterdir():
    assert item.read_text("utf-8")
for name in {names!r}:
    prompts.load(name)
print(json.loads(folder.joinpath("report.schema.json").read_text("utf-8"))["type"])
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel, built as from a fresh clone: of nothing that git ignores."""
    folder = tmp_path_factory.mktemp("wheel")
    files = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True
    )
    if files.returncode:
        pytest.skip("the tests do not run from a clone of the repository")
    for name in filter(None, os.fsdecode(files.stdout).split("\0")):
        if (ROOT / name).is_file() and not name.startswith("tests/"):
            (folder / "source" / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / "source" / name).write_bytes((ROOT / name).read_bytes())
    code = f"import hatchling.build as b; print(b.build_wheel({str(folder)!r}))"
    done = subprocess.run([sys.executable, "-c", code], cwd=folder / "source", capture_output=True, text=True)
    if "No module named 'hatchling'" in done.stderr:
        pytest.skip("hatchling is not installed")
    assert done.returncode == 0, done.stderr
    return folder / done.stdout.split()[-1]


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """A fresh environment with the wheel, and the libraries of the environment that runs the tests."""
    folder = tmp_path_factory.mktemp("venv")
    venv.create(folder, with_pip=False)
    own = Path(sysconfig.get_path("purelib", vars={"base": str(folder), "platbase": str(folder)}))
    libraries = Path(sysconfig.get_path("purelib"))
    install = (
        sys.executable,
        "-m",
        "pip",
        "--python",
        folder / "bin" / "python",
        "install",
        "--no-deps",
        "--no-index",
        wheel,
    )
    done = program(*install, cwd=folder)
    assert done.code == 0, done.stderr
    # Path files inside a folder that a path file names do not count, so the source tree does not come back.
    (own / "libraries.pth").write_text(f"{libraries}\n")
    return folder / "bin"


def test_what_is_inside(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    packaged = {name for name in names if ".dist-info/" not in name and ".data/" not in name}
    pages = {name.partition(".data/data/")[2] for name in names if ".data/" in name}

    assert pages == {"share/man/man1/git-review.1", "share/man/man1/reviewer.1"}
    assert {name.partition("/")[0] for name in packaged} == {"reviewer"}
    assert {"reviewer/report.schema.json", "reviewer/py.typed", "reviewer/commands/hook.py"} <= packaged
    assert {f"reviewer/prompts/{path.name}" for path in (ROOT / "prompts").iterdir()} <= packaged
    assert {f"reviewer/hooks/{name}" for name in ("pre-commit", "pre-push", "post-index-change")} <= packaged
    assert not [name for name in names if "__pycache__" in name or name.endswith(".pyc")]
    assert any(name.endswith("LICENSE") for name in names)


def test_prompts_and_schema_load_from_it(installed, tmp_path):
    names = sorted(path.name.removesuffix(".user.md") for path in (ROOT / "prompts").glob("*.user.md"))
    run = program(installed / "python", "-c", LOADS.format(names=names), cwd=tmp_path)
    where, files, kind = run.stdout.splitlines()

    assert run.code == 0, run.stderr
    assert Path(where).is_relative_to(installed.parent)
    assert set(files.split()) >= {path.name for path in (ROOT / "prompts").iterdir()}
    assert kind == "object"


def test_a_review_with_it(installed, tmp_path):
    run = program(
        installed / "reviewer", "review", "--model", "none", "--format", "json", cwd=one_function(tmp_path).root
    )

    assert run.code == 3, run.stderr
    assert [item["function"] for item in validated(run.stdout)["unreviewed"]] == ["total"]
    assert run.stderr == ""


def test_git_review_with_it(installed, tmp_path):
    path = os.pathsep.join((str(installed), os.environ["PATH"]))
    run = program("git", "review", "--model", "none", cwd=one_function(tmp_path).root, PATH=path)

    assert run.code == 3, run.stderr
    assert "not reviewed [no_model] total" in run.stdout


def test_git_hooks_are_installed_from_it(installed, tmp_path):
    repo = one_function(tmp_path)
    run = program(installed / "reviewer", "init", "--hooks", cwd=repo.root)

    assert run.code == 0, run.stderr
    assert str(installed) in (repo.root / ".git/hooks/pre-push").read_text()


def test_git_shows_the_manual_page_that_it_brings(installed, tmp_path):
    if not shutil.which("man"):
        pytest.skip("man is not installed: .ci/run installs it")
    path = os.pathsep.join((str(installed), os.environ["PATH"]))
    run = program("git", "review", "--help", cwd=tmp_path, PATH=path, MANPAGER="cat", MANWIDTH="80")
    if "has been minimized" in run.stdout + run.stderr:
        pytest.skip("this system has only a placeholder for man")

    assert run.code == 0, run.stderr
    assert "git-review - review what is not yet upstream" in run.stdout


@pytest.mark.executes
def test_examples_are_executed_with_it(installed, tmp_path):
    repo = one_function(tmp_path)
    documented = BEFORE.replace("Sum of the prices.", "Sum of the prices.\n\n    >>> total([1, 2])\n    3\n    ")
    repo.write("shop.py", documented).add().commit()
    repo.write("shop.py", documented.replace("sum(prices)", "sum(prices[1:])"))
    run = program(installed / "reviewer", "review", "--model", "none", "--format", "json", cwd=repo.root)
    report = validated(run.stdout)

    if report["execution"]["state"] == "unavailable":
        pytest.skip(f"nothing can be executed here: {report['execution']['reason']}")
    assert run.code == 1, run.stderr
    assert [finding["verdict"] for finding in report["findings"]] == ["regression"]
