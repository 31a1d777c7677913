"""A repository whose configuration, attributes, names and refs try to run something, to hide something, to mislead."""

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from repos import Repo

from reviewer.changes import names_in_tests, read_change
from reviewer.data import Reason, Selection, SelectionKind
from reviewer.errors import GitError, UsageError

KINDS = ["default", "staged", "worktree", "base", "range", "all", "unpushed"]
BODY = "".join(f"def f{number}():\n    return {number}\n\n\n" for number in range(12))


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """Commits on a branch, staged changes and changes on disk, a rename, and an untracked file."""
    repo = Repo(tmp_path_factory.mktemp("template"))
    for name in ("a.py", "b.py", "c.py", "d.pyi", "tests/test_a.py"):
        repo.write(name, BODY + f"# {name}\n")
    repo.write("notes.txt", "hello\n").add().commit()
    repo.branch("topic").edit("a.py", lambda text: text.replace("return 3", "return 30")).add().commit()
    repo.git("mv", "b.py", "z.py")
    repo.edit("z.py", lambda text: text.replace("return 5", "return 50")).add()
    repo.edit("a.py", lambda text: text.replace("return 8\n\n\n", "return 80\n\n\n\n"))
    repo.remove("c.py").edit("d.pyi", lambda text: text.replace("return 1\n", "return 1\n    # same\n"))
    return repo.write("untracked.py", BODY)


@pytest.fixture
def repo(template, tmp_path, monkeypatch):
    shutil.copytree(template.root, tmp_path / "repo")
    return Repo(tmp_path).isolate(monkeypatch)


@pytest.fixture(scope="module")
def honest(template):
    """What is read when nothing is planted."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        template.isolate(monkeypatch)
        return {kind: read(kind) for kind in KINDS}


def read(kind):
    """Read the change of the current folder's repository, whatever that folder is."""
    ref = {"base": "main", "range": "main..topic"}.get(kind)
    return replace(read_change(Selection(SelectionKind(kind), ref), [], Path.cwd()), root="")


COMMAND = "touch {marker}; cat"
DRIVERS = {
    "diff.evil.textconv": COMMAND,
    "diff.evil.command": COMMAND,
    "diff.evil.cachetextconv": "true",
    "diff.evil.binary": "true",
    "diff.evil.algorithm": "minimal",
}
FILTERS = {"filter.evil.clean": COMMAND, "filter.evil.smudge": COMMAND, "filter.evil.required": "true"}
PLANTED = {
    "fsmonitor": ({"core.fsmonitor": COMMAND}, ""),
    "external diff": ({"diff.external": COMMAND}, ""),
    "diff driver": (DRIVERS, "*.py diff=evil\n"),
    "filter": (FILTERS, "*.py filter=evil\n*.pyi filter=evil\n"),
    "long-running filter": ({"filter.evil.process": COMMAND, "filter.evil.required": "true"}, "* filter=evil\n"),
    "filter with an equals sign": ({"filter.e=v.clean": COMMAND, "filter.e=v.required": "true"}, "* filter=e=v\n"),
    "pager": ({"core.pager": COMMAND, "pager.diff": COMMAND, "pager.grep": "true", "color.pager": "true"}, ""),
    "alias": ({f"alias.{name}": f"!{COMMAND}" for name in ("diff", "rev-parse", "ls-files", "config")}, ""),
    "helpers": ({"core.sshCommand": COMMAND, "core.askPass": COMMAND, "core.editor": COMMAND}, ""),
    "not text": ({}, "*.py -diff\n*.pyi binary\n"),
    "not text, by the old name": ({}, "*.py -text -diff\n"),
    "prefixes": ({"diff.noprefix": "true", "diff.mnemonicPrefix": "true"}, ""),
    "other prefixes": ({"diff.srcPrefix": "x\ny/", "diff.dstPrefix": "diff --git/"}, ""),
    "relative": ({"diff.relative": "true"}, ""),
    "missing order file": ({"diff.orderFile": "/nonexistent/order"}, ""),
    "no renames": ({"diff.renames": "false", "diff.renameLimit": "1"}, ""),
    "copies": ({"diff.renames": "copies"}, ""),
    "algorithm": ({"diff.algorithm": "patience", "diff.indentHeuristic": "false"}, ""),
    "context": ({"diff.context": "9", "diff.interHunkContext": "9", "diff.suppressBlankEmpty": "true"}, ""),
    "colour": ({"color.ui": "always", "color.diff": "always", "diff.colorMoved": "zebra", "color.grep": "always"}, ""),
    "words": ({"diff.wordRegex": ".", "diff.statGraphWidth": "1", "diff.submodule": "log"}, ""),
    "refresh": ({"diff.autoRefreshIndex": "true", "core.preloadIndex": "false", "core.trustctime": "false"}, ""),
    "quoted names": ({"core.quotePath": "true"}, ""),
    "grep": ({"grep.lineNumber": "true", "grep.column": "true", "grep.patternType": "perl"}, ""),
    "submodules": ({"submodule.recurse": "true", "diff.ignoreSubmodules": "none"}, ""),
    "abbreviation": ({"core.abbrev": "4"}, ""),
}  # fmt: skip


def plant(repo, marker, settings, attributes):
    """Write settings as a clone's own configuration has them, and attributes where none is reviewed."""
    for name, value in settings.items():
        repo.config(name, value.format(marker=marker))
    (repo.root / ".git" / "info").mkdir(exist_ok=True)
    (repo.root / ".git" / "info" / "attributes").write_text(attributes)
    for path in repo.root.rglob("*.py*"):
        os.utime(path, (1, 1))  # so that git must look into every file


@pytest.mark.parametrize("planted", list(PLANTED))
def test_nothing_planted_runs_or_changes_what_is_read(repo, honest, tmp_path, planted):
    marker = tmp_path / "marker"
    plant(repo, marker, *PLANTED[planted])
    for kind in KINDS:
        assert honest[kind].files
        assert read(kind) == honest[kind]
    assert names_in_tests(repo.root, ["f3", "g"]) == {"f3"}
    assert not marker.exists()


def test_a_filter_of_an_included_configuration_does_not_run(repo, honest, tmp_path):
    marker, included = tmp_path / "marker", tmp_path / "included"
    included.write_text(f'[filter "far"]\n\tclean = touch {marker}; cat\n\trequired\n')
    plant(repo, marker, {"include.path": str(included)}, "* filter=far\n")
    assert read("worktree") == honest["worktree"]
    assert not marker.exists()


def test_what_is_planted_would_run(repo, tmp_path):
    fired = set()
    for planted in ("fsmonitor", "external diff", "diff driver", "filter", "filter with an equals sign"):
        marker = tmp_path / planted.replace(" ", "-")
        plant(repo, marker, *PLANTED[planted])
        repo.run("diff", "HEAD")
        fired |= {planted} if marker.exists() else set()
        for name in PLANTED[planted][0]:
            repo.git("config", "--unset-all", name)
    assert fired == {"fsmonitor", "external diff", "diff driver", "filter", "filter with an equals sign"}


@pytest.mark.parametrize("kind", KINDS)
def test_hooks_do_not_run_and_the_index_stays(repo, tmp_path, kind):
    marker, hooks = tmp_path / "marker", repo.root / "hooks"
    hooks.mkdir()
    for name in ("post-index-change", "pre-commit", "reference-transaction", "fsmonitor-watchman", "post-checkout"):
        (hooks / name).write_text(f"#!/bin/sh\ntouch {marker}\n")
        (hooks / name).chmod(0o755)
    repo.config("core.hooksPath", str(hooks))
    os.utime(repo.root / "tests" / "test_a.py", (1, 1))
    before = (repo.root / ".git" / "index").read_bytes()
    read(kind)
    assert not marker.exists()
    assert (repo.root / ".git" / "index").read_bytes() == before


@pytest.mark.parametrize(
    "variables",
    [
        {"GIT_EXTERNAL_DIFF": "touch {marker}"},
        {"GIT_DIFF_OPTS": "--unified=5"},
        {"GIT_PAGER": "touch {marker}", "PAGER": "touch {marker}"},
        {"GIT_LITERAL_PATHSPECS": "1"},
        {"GIT_ICASE_PATHSPECS": "1"},
        {"GIT_NOGLOB_PATHSPECS": "1"},
        {"GIT_GLOB_PATHSPECS": "1"},
        {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "core.fsmonitor", "GIT_CONFIG_VALUE_0": "touch {marker}"},
        {"GIT_CONFIG_PARAMETERS": "'diff.external'='touch {marker}'"},
        {"GIT_TRACE": "1", "GIT_TRACE_SETUP": "1"},
    ],
    ids=lambda variables: next(iter(variables)),
)
@pytest.mark.parametrize("kind", ["staged", "worktree", "all"])
def test_variables_of_the_environment_bend_nothing(repo, honest, tmp_path, monkeypatch, variables, kind):
    marker = tmp_path / "marker"
    for name, value in variables.items():
        monkeypatch.setenv(name, value.format(marker=marker))
    assert read(kind) == honest[kind]
    assert names_in_tests(repo.root, ["f3"]) == {"f3"}
    assert not marker.exists()


def test_the_attributes_of_the_change_itself_hide_nothing(repo, honest):
    repo.write(".gitattributes", "* -diff\n*.py binary\n*.py export-ignore linguist-generated -text\n").add(
        ".gitattributes"
    )
    assert read("staged").files == honest["staged"].files


@pytest.mark.parametrize("kind", KINDS)
def test_a_diff_driver_of_gits_own_changes_nothing(repo, honest, kind):
    (repo.root / ".git" / "info" / "attributes").write_text("*.py diff=python ident\n*.pyi diff=html\n")
    assert read(kind) == honest[kind]


def test_a_submodules_configuration_is_not_reached(repo, tmp_path):
    marker = tmp_path / "marker"
    inner = Repo(tmp_path, "inner").write("x.py", BODY).add()
    inner.commit()
    repo.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner.root), "sub")
    Repo(repo.root, "sub").config("core.fsmonitor", f"touch {marker}")
    repo.write("sub/x.py", "changed\n").config("diff.submodule", "diff").config("status.submoduleSummary", "true")
    for kind in KINDS:
        read(kind)
    assert names_in_tests(repo.root, ["f3"]) == {"f3"}
    assert not marker.exists()


@pytest.mark.parametrize(
    "ref", ["--output=x", "-p", "-Ox", "--upload-pack=touch x", "--end-of-options", "--all", "--help"]
)
@pytest.mark.parametrize("kind", ["base", "range"])
def test_options_in_the_place_of_refs_are_wrong_use(repo, kind, ref):
    with pytest.raises(UsageError):
        read_change(Selection(SelectionKind(kind), f"{ref}..HEAD" if kind == "range" else ref), [], Path.cwd())
    assert not (repo.root / "x").exists()


def test_a_branch_named_like_an_option_is_a_branch(repo, honest):
    repo.git("update-ref", "refs/heads/--output=x", "main")
    change = read_change(Selection(SelectionKind.BASE, "--output=x"), [], Path.cwd())
    assert change.files == honest["base"].files
    assert not (repo.root / "x").exists()


@pytest.mark.parametrize(
    "name", ["--output=x.py", "-p.py", "--", "-", "--cached/y.py", ":!a.py", ":(exclude)a.py", "HEAD", "HEAD^{commit}"]
)
def test_files_named_like_options_refs_or_patterns_are_files(repo, name):
    repo.git("commit", "--quiet", "--all", "--message", "all")
    path = name if name.endswith(".py") else f"{name}/z.py"
    repo.write(path, BODY)
    repo.git("--literal-pathspecs", "add", "--", path)
    for kind in ("staged", "worktree"):
        change = read_change(Selection(SelectionKind(kind)), [name], Path.cwd())
        assert [file.path for file in change.files] == [path]
    assert not (repo.root / "x.py").exists()


def test_lines_that_look_like_a_patch_stay_lines(repo):
    repo.git("commit", "--quiet", "--all", "--message", "all")
    trap = "diff --git a/a.py b/a.py\n@@ -1 +1 @@\n--- a/a.py\n+++ b/a.py\n* Unmerged path a.py\n:100644 100644\n"
    repo.write("a.py", trap + BODY + trap).add("a.py")
    [file] = read("staged").files
    assert file.new == (trap + BODY + trap).encode()
    assert sum(hunk.new_count for hunk in file.hunks) >= 2 * trap.count("\n")


def test_a_name_that_looks_like_a_patch_cannot_move_a_hunk(repo):
    repo.git("commit", "--quiet", "--all", "--message", "all")
    name = "0\ndiff --git a\n@@ -1 +1 @@\n.py"
    (repo.root / name.replace("/", "")).write_text(BODY)
    repo.edit("a.py", lambda text: text + "x = 1\n").add("a.py", name)
    change = read("staged")
    assert [(file.path, len(file.hunks)) for file in change.files] == [(name, 1), ("a.py", 1)]


def test_pipes_and_devices_in_the_place_of_files_do_not_block(repo):
    repo.remove("a.py")
    os.mkfifo(repo.root / "a.py")
    change = read("all")
    assert [(item.path, item.reason) for item in change.unreviewed] == [("a.py", Reason.UNREADABLE)]
    with pytest.raises(GitError, match=r"a\.py"):
        read("worktree")


def test_an_unreadable_file_is_named(repo):
    (repo.root / "a.py").chmod(0)
    if os.access(repo.root / "a.py", os.R_OK):
        pytest.skip("this user may read every file")
    [item] = read("all").unreviewed
    assert (item.path, item.reason) == ("a.py", Reason.UNREADABLE)
