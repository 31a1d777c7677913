"""Selections, options and exit codes, as a shell sees them."""

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
import threading
from pathlib import Path

import pytest

from reviewer import __version__
from tests.e2e.helpers import (
    AFTER,
    BEFORE,
    CHANGED,
    NO_SERVER,
    NOTHING,
    SCRIPTS,
    asked_about,
    changed,
    environment,
    finding,
    found,
    one_function,
    program,
    review,
    reviewer,
    says,
    shop,
    validated,
)
from tests.repos import Repo
from tests.servers import MODEL, played

WRONG = found(finding("return sum(prices[1:])", "First price is left out"))


def spelled(value):
    return " ".join(value) if isinstance(value, tuple) else ""


def listed(run):
    return [function["function"] for function in run.report["functions"]]


# ---------------------------------------------------------------- selections


def two_states(tmp_path):
    """`total` is changed in the index, `tax` on disk only."""
    repo = one_function(tmp_path).add()
    return repo.edit("shop.py", lambda text: text.replace("amount * RATE", "amount / RATE"))


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        ((), ["total"]),
        (("--staged",), ["total"]),
        (("--worktree",), ["total", "tax"]),
        (("--base", "HEAD"), []),
        (("--range", "HEAD..HEAD"), []),
        (("--range", "HEAD...HEAD"), []),
        (("--all", "shop.py"), ["total", "tax", "Basket.__init__", "Basket.add", "Basket.names"]),
        (("--all", "shop.py::Basket.add"), ["Basket.add"]),
        (("--all", "shop.py::total", "shop.py::tax"), ["total", "tax"]),
        (("--worktree", "shop.py::tax"), ["tax"]),
        (("--worktree", "."), ["total", "tax"]),
    ],
    ids=spelled,
)
def test_what_is_reviewed(tmp_path, arguments, names):
    run = review(two_states(tmp_path), None, *arguments)

    assert listed(run) == names
    assert run.functions("no_model") == names
    assert run.code == (3 if names else 0)


def test_a_base_is_the_merge_base(tmp_path):
    repo = one_function(tmp_path)
    repo.git("stash", "--quiet")
    repo.branch("topic").git("stash", "pop", "--quiet")
    repo.add().commit()
    repo.git("checkout", "--quiet", "main")
    repo.edit("shop.py", lambda text: text.replace("amount * RATE", "amount / RATE")).add().commit()
    repo.git("checkout", "--quiet", "topic")

    assert listed(review(repo, None, "--base", "main")) == ["total"]
    assert listed(review(repo, None, "--range", "main...topic")) == ["total"]
    assert listed(review(repo, None, "--range", "main..topic")) == ["total", "tax"]


def test_paths_are_relative_to_the_current_folder(tmp_path):
    repo = Repo(tmp_path)
    repo.write("pkg/a.py", BEFORE).write("pkg/b.py", BEFORE).add().commit()
    repo.write("pkg/a.py", AFTER).write("pkg/b.py", AFTER)
    run = reviewer(repo, "review", "--model", "none", "--format", "json", "b.py::tax", "a.py::total", cwd="pkg")

    assert [function["id"] for function in run.report["functions"]] == ["pkg/a.py::total", "pkg/b.py::tax"]


def test_before_the_first_commit_everything_staged_is_new(tmp_path):
    repo = Repo(tmp_path)
    repo.write("shop.py", BEFORE).add()
    run = review(repo, None)

    assert {function["change"] for function in run.report["functions"]} == {"added"}


def test_a_change_without_functions_is_clean_and_asks_nobody(tmp_path):
    repo = changed(tmp_path, BEFORE, BEFORE.replace("RATE = 0.2", "RATE = 0.3"))
    with played() as server:
        run = review(repo, server)

    assert (run.code, run.report["status"], server.seen) == (0, "clean", [])
    assert run.report["outside_functions"] == [{"path": "shop.py", "line": 3, "added": 1, "deleted": 1}]


def test_untracked_files_are_counted_and_said(tmp_path):
    run = review(one_function(tmp_path).write("new.py", BEFORE), None)

    assert listed(run) == ["total"]
    assert "1 untracked Python file is not reviewed" in run.stderr


def test_a_file_with_an_unknown_encoding_is_unreviewed(tmp_path):
    run = review(changed(tmp_path, BEFORE, b"# coding: nonsense\n" + AFTER.encode()), None)

    assert [(item["path"], item["reason"]) for item in run.report["unreviewed"]] == [("shop.py", "unparsable")]
    assert run.code == 3


# ---------------------------------------------------------------- wrong use

WRONG_USE = {
    "two selections": ("--staged", "--worktree"),
    "base and range": ("--base", "HEAD", "--range", "HEAD..HEAD"),
    "all and staged": ("--all", "--staged"),
    "no such path": ("nowhere.py",),
    "no such folder": ("nowhere/",),
    "path outside": ("../../elsewhere.py",),
    "no such base": ("--base", "nowhere"),
    "no range": ("--range", "HEAD"),
    "base like an option": ("--base", "--output=planted"),
    "range like an option": ("--range", "--output=planted..HEAD"),
    "unknown format": ("--format", "yaml"),
    "unknown option": ("--nonsense",),
    "unknown fail-on": ("--fail-on", "everything"),
    "unknown on-incomplete": ("--on-incomplete", "maybe"),
    "unknown show": ("--show", "some"),
    "deadline that is no number": ("--deadline", "soon"),
    "deadline below zero": ("--deadline", "-1"),
    "deadline that is not a number": ("--deadline", "nan"),
    "model that is an address": ("--model", "http://far.example/model"),
    "output into nowhere": ("--output", "nowhere/report.json"),
    "output onto a folder": ("--output", "."),
}


@pytest.mark.parametrize("arguments", WRONG_USE.values(), ids=WRONG_USE)
def test_wrong_use_is_said_on_stderr_alone(tmp_path, arguments):
    repo = one_function(tmp_path)
    run = reviewer(repo, "review", "--model", "none", *arguments)

    assert (run.code, run.stdout) == (2, "")
    assert run.stderr.strip()
    assert "Traceback" not in run.stderr
    assert sorted(path.name for path in repo.root.iterdir()) == [".git", "shop.py"]


def test_outside_of_a_repository(tmp_path):
    run = program(SCRIPTS / "reviewer", "review", cwd=tmp_path, GIT_CEILING_DIRECTORIES=str(tmp_path.parent))

    assert (run.code, run.stdout) == (2, "")
    assert "is not in a git repository" in run.stderr


def test_in_a_folder_that_was_deleted(tmp_path):
    (tmp_path / "gone").mkdir()
    command = 'cd gone && rmdir ../gone && exec "$0" review'
    run = program("/bin/sh", "-c", command, SCRIPTS / "reviewer", cwd=tmp_path)

    assert (run.code, run.stdout) == (2, "")
    assert run.stderr == "reviewer: the current folder does not exist any more\n"


@pytest.mark.parametrize("arguments", [("--base", "HEAD"), ("--range", "HEAD..HEAD")], ids=spelled)
def test_nothing_to_compare_with_before_the_first_commit(tmp_path, arguments):
    run = review(Repo(tmp_path).write("shop.py", BEFORE).add(), None, *arguments)

    assert (run.code, run.stdout) == (2, "")


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (("--version",), 0),
        (("-h",), 0),
        (("--help",), 0),
        (("review", "-h"), 0),
        (("review", "--help"), 0),
        (("doctor", "-h"), 0),
        (("hook", "-h"), 0),
        (("hook", "pre-commit", "--help"), 0),
        (("cache", "-h"), 0),
        (("cache", "size", "-h"), 0),
        (("cache", "clear", "--help"), 0),
        (("nonsense",), 2),
        (("hook", "nonsense"), 2),
    ],
    ids=spelled,
)
def test_help_and_version_need_no_repository(tmp_path, command, code):
    run = program(SCRIPTS / "reviewer", *command, cwd=tmp_path)

    assert run.code == code
    assert bool(run.stdout) == (code == 0)
    if command == ("--version",):
        assert run.stdout == f"reviewer {__version__}\n"


@pytest.mark.parametrize(
    "arguments",
    [("review", "--model", "none"), ("review", "-h"), ("cache", "size"), ("hook", "pre-commit")],
    ids=spelled,
)
def test_a_start_does_not_wait_for_what_it_does_not_need(tmp_path, arguments):
    code = f"import sys; from reviewer.__main__ import main; main({arguments}); sys.stderr.write(' '.join(sys.modules))"
    run = program(sys.executable, "-c", code, cwd=one_function(tmp_path).add().root, REVIEWER_MODEL="none")

    assert not {"pydantic", "ollama", "httpx", "xllamacpp", "rich", "hypothesis"} & set(run.stderr.split())


# ---------------------------------------------------------------- options


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ((), 0),
        (("--fail-on", "proved"), 0),
        (("--fail-on", "suspected"), 1),
        (("--fail-on", "never"), 0),
    ],
    ids=spelled,
)
def test_which_findings_fail(tmp_path, options, code):
    with played(says(WRONG)) as server:
        run = review(one_function(tmp_path), server, *options)

    assert (run.code, run.report["status"]) == (code, "findings")


def test_findings_that_fail_outweigh_what_was_not_reviewed(tmp_path):
    def play(h):
        says(WRONG if "def total" in asked_about(h) else "no")(h)

    with played(play) as server:
        run = review(shop(tmp_path), server, "--fail-on", "suspected")
        later = review(shop(tmp_path), server, "--fail-on", "never")

    assert (run.code, run.report["status"], run.report["incomplete"]) == (1, "findings", True)
    assert later.code == 3


def test_a_finding_on_an_unchanged_line_was_not_introduced_and_does_not_fail(tmp_path):
    with played(says(found(finding("def total(prices):", "Named wrongly")))) as server:
        run = review(one_function(tmp_path), server, "--fail-on", "suspected")

    assert [item["introduced"] for item in run.report["findings"]] == [False]
    assert run.code == 0


@pytest.mark.parametrize("format_", ["json", "text"])
def test_the_report_goes_to_a_file_in_place_of_stdout(tmp_path, format_):
    repo = one_function(tmp_path)
    with played(says(WRONG)) as server:
        options = ("--model", MODEL, "--format", format_)
        shown = reviewer(repo, "review", *options, OLLAMA_HOST=server.host)
        written = reviewer(repo, "review", *options, "--output", "../report", OLLAMA_HOST=server.host)

    content = (tmp_path / "report").read_text()
    assert (written.code, written.stdout) == (0, "")
    assert not list(tmp_path.glob(".report*"))
    if format_ == "json":
        assert validated(content)["findings"] == shown.report["findings"]
    else:
        assert content == shown.stdout


def test_an_output_that_is_a_device_stays_one(tmp_path):
    link = tmp_path / "link"
    link.symlink_to("/dev/stdout")
    run = reviewer(one_function(tmp_path), "review", "--model", "none", "--format", "json", "--output", str(link))

    assert run.functions("no_model") == ["total"]
    assert link.is_symlink()


def test_text_names_place_code_and_reason(tmp_path):
    with played(says(WRONG)) as server:
        run = reviewer(one_function(tmp_path), "review", "--model", MODEL, OLLAMA_HOST=server.host)

    assert "shop.py:8: error bug [suspected] First price is left out" in run.stdout
    assert "    8 |     return sum(prices[1:])" in run.stdout
    assert "why: It fails for [1]." in run.stdout
    assert "1 finding (0 proved) in 1 of 1 changed function" in run.stdout
    assert "\x1b" not in run.stdout + run.stderr


def test_the_deadline_shows_what_is_done_and_names_the_rest(tmp_path):
    def play(h):
        says(WRONG if len(h.server.prompts()) == 1 else NOTHING)(h) if len(h.server.prompts()) < 3 else h.until_gone()

    with played(play) as server:
        run = review(shop(tmp_path), server, "--deadline", "3")

    assert run.code == 3
    assert run.report["stats"]["reviewed"] == 2
    assert [item["detail"] for item in run.report["unreviewed"]]
    assert len(run.functions("deadline")) == 2
    assert set(run.functions("deadline")) < set(CHANGED)


@pytest.mark.parametrize(
    ("reply", "code", "shown"),
    [(NOTHING, 0, False), (WRONG, 0, True), ("no", 3, True)],
    ids=["clean", "found", "fault"],
)
def test_quiet_says_nothing_when_clean_and_everything_else(tmp_path, reply, code, shown):
    with played(says(reply)) as server:
        run = reviewer(one_function(tmp_path), "review", "--model", MODEL, "--quiet", OLLAMA_HOST=server.host)

    assert (run.code, bool(run.stdout), run.stderr) == (code, shown, "")


def test_quiet_leaves_a_report_for_machines_whole(tmp_path):
    with played(says(NOTHING)) as server:
        run = review(one_function(tmp_path), server, "--quiet")

    assert run.report["status"] == "clean"


def test_environment_variables_are_settings(tmp_path):
    with played(says(NOTHING)) as server:
        run = reviewer(
            one_function(tmp_path),
            "review",
            "--format",
            "json",
            REVIEWER_MODEL=MODEL,
            OLLAMA_HOST=f"http://{server.host}/",
        )

    assert (run.code, run.report["model"]["name"]) == (0, MODEL)


def test_a_reader_that_goes_away_changes_no_exit_code(tmp_path):
    repo = one_function(tmp_path)
    command = [SCRIPTS / "reviewer", "review", "--model", "none", "--format", "json"]
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(command, cwd=repo.root, env=environment(), stdout=write, stderr=subprocess.PIPE, timeout=60)
    os.close(write)

    assert (done.returncode, done.stderr) == (3, b"")


@pytest.mark.parametrize("arguments", [("models",), ("review", "--replay", "nothing"), ("--help",)], ids=spelled)
def test_readers_of_both_that_go_away_never_look_like_a_finding(tmp_path, arguments):
    read, write = os.pipe()
    os.close(read)
    command = [SCRIPTS / "reviewer", *arguments]
    env = environment(OLLAMA_HOST=NO_SERVER)
    done = subprocess.run(command, cwd=one_function(tmp_path).root, env=env, stdout=write, stderr=write, timeout=60)
    os.close(write)

    assert done.returncode in (0, 2)


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&- <&-"])
@pytest.mark.parametrize("arguments", ["review --model none", "hook pre-commit", "models"])
def test_closed_streams_change_no_exit_code(tmp_path, arguments, closed):
    repo = one_function(tmp_path)
    repo.git("add", "-A")
    env = {"OLLAMA_HOST": NO_SERVER, "REVIEWER_MODEL": "none"}
    as_usual, run = (
        program("sh", "-c", f"{SCRIPTS}/reviewer {arguments} {streams}", cwd=repo.root, **env)
        for streams in ("", closed)
    )

    assert (run.code, "Traceback" in run.stderr + run.stdout) == (as_usual.code, False)


def test_skipping_needs_no_stderr(tmp_path):
    command = f"{SCRIPTS}/reviewer hook pre-commit 2>&-"

    assert program("sh", "-c", command, cwd=one_function(tmp_path).root, REVIEWER_SKIP="1").code == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
@pytest.mark.parametrize("arguments", ["review --model none", "hook pre-commit", "models"])
def test_a_report_that_cannot_be_written_is_said_and_is_no_success(tmp_path, arguments):
    repo = one_function(tmp_path)
    repo.git("add", "-A")
    command = f"{SCRIPTS}/reviewer {arguments} > /dev/full"
    run = program("sh", "-c", command, cwd=repo.root, OLLAMA_HOST=NO_SERVER, REVIEWER_MODEL="none")

    assert run.code == 2
    assert run.stderr.splitlines()[-1] == "reviewer: stdout cannot be written: No space left on device"
    assert "Traceback" not in run.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("hook pre-commit 2> /dev/full", 0),  # nothing was reviewed, and nobody can be told
        ("models 2> /dev/full", 2),
        ("--version > /dev/full", 2),
    ],
)
def test_a_full_disk_never_looks_like_a_finding(tmp_path, command, code):
    repo = one_function(tmp_path)
    repo.git("add", "-A")
    env = {"OLLAMA_HOST": NO_SERVER, "REVIEWER_MODEL": MODEL}
    run = program("sh", "-c", f"{SCRIPTS}/reviewer {command}", cwd=repo.root, **env)

    assert (run.code, "Traceback" in run.stderr) == (code, False)


# ---------------------------------------------------------------- the cache


def test_a_second_run_asks_nothing(tmp_path):
    repo = shop(tmp_path)
    with played(says(WRONG)) as server:
        first, second = review(repo, server), review(repo, server)
        assert len(server.prompts()) == 4
        repo.edit("shop.py", lambda text: text.replace("round(amount * RATE)", "round(amount * RATE, 1)"))
        third = review(repo, server)

        assert len(server.prompts()) == 5
    assert second.report["findings"] == first.report["findings"]
    assert [function["cached"] for function in first.report["functions"]] == [False] * 4
    assert [function["cached"] for function in second.report["functions"]] == [True] * 4
    assert (second.report["stats"]["model_calls"], second.report["stats"]["cache_hits"]) == (0, 4)
    assert third.report["stats"]["cache_hits"] == 3


def test_another_model_is_asked_again(tmp_path):
    repo = one_function(tmp_path)
    with played(says(NOTHING)) as server:
        review(repo, server)
    with played(says(NOTHING), version={"version": "0.18.0"}) as server:
        review(repo, server)

        assert len(server.prompts()) == 1


@pytest.mark.parametrize("broken", ["corrupt", "a file"])
def test_a_broken_cache_costs_speed_alone(tmp_path, broken):
    repo, folder = one_function(tmp_path), tmp_path / "cache"
    with played(says(NOTHING)) as server:
        review(repo, server, REVIEWER_CACHE_DIR=str(folder))
        if broken == "corrupt":
            for path in folder.iterdir():
                path.write_bytes(b"\0nonsense" * 1000)
        else:
            folder = tmp_path / "shop"
            folder.write_text("not a folder")
        run = review(repo, server, REVIEWER_CACHE_DIR=str(folder))

    assert (run.code, run.report["status"]) == (0, "clean")


def test_cache_size_and_clear(tmp_path):
    repo = one_function(tmp_path)
    with played(says(NOTHING)) as server:
        review(repo, server)
        sized, cleared = reviewer(repo, "cache", "size"), reviewer(repo, "cache", "clear")
        review(repo, server)

        assert len(server.prompts()) == 2
    assert (sized.code, cleared.code) == (0, 0)
    assert "bytes in" in sized.stdout
    assert "forgot" in cleared.stdout


# ---------------------------------------------------------------- git review


def git_review(repo, *arguments, **env):
    return program("git", "review", *arguments, cwd=repo.root, **env)


def test_git_finds_the_script(tmp_path):
    run = git_review(Repo(tmp_path), "-h")

    assert run.code == 0
    assert "Usage: git review" in run.stdout
    assert "--staged" in run.stdout


def test_git_review_takes_what_is_not_upstream_then_staged_then_worktree(tmp_path):
    origin = changed(tmp_path, BEFORE, BEFORE)
    repo = origin.clone()
    options = ("--model", "none", "--format", "json")
    repo.edit("shop.py", lambda text: text.replace("return [name", "return [str(name)"))
    in_worktree = listed(git_review(repo, *options))
    repo.add()
    repo.edit("shop.py", lambda text: text.replace("self.items = []", "self.items = list()"))
    staged = listed(git_review(repo, *options))
    repo.git("checkout", "--quiet", "--force", "HEAD", "--", ".")
    repo.edit("shop.py", lambda text: text.replace("sum(prices)", "max(prices)")).add().commit()
    repo.edit("shop.py", lambda text: text.replace("amount * RATE", "amount / RATE"))
    not_upstream = listed(git_review(repo, *options))

    assert (in_worktree, staged, not_upstream) == (["Basket.names"], ["Basket.names"], ["total"])


# ---------------------------------------------------------------- doctor


def test_doctor_tells_of_a_good_machine(tmp_path):
    with played() as server:
        run = reviewer(one_function(tmp_path), "doctor", "--model", MODEL, OLLAMA_HOST=server.host)

    rows = {line[8:21].strip(): line for line in run.stdout.splitlines()}
    assert run.code == 0
    assert "git version" in rows["git"]
    assert "0.17.4" in run.stdout
    assert f"http://{server.host}" in run.stdout
    assert MODEL in rows["model"]
    assert "tokens in" in rows["model"]


def test_doctor_fails_where_no_model_can_be_used(tmp_path):
    run = reviewer(one_function(tmp_path), "doctor", "--model", MODEL)

    assert run.code == 2
    assert any(line.startswith("error   model") for line in run.stdout.splitlines())


def test_doctor_tells_openstacks_git_review_from_this_one(tmp_path):
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "git-review").write_text("#!/usr/bin/python3\nfrom git_review.cmd import main\nmain()\n")
    (folder / "git-review").chmod(0o755)
    repo = one_function(tmp_path).write(".gitreview", "[gerrit]\nhost=review.example\n")
    path = os.pathsep.join((str(folder), str(SCRIPTS), os.environ["PATH"]))
    other = reviewer(repo, "doctor", "--model", "none", PATH=path).stdout
    ours = reviewer(repo.remove(".gitreview"), "doctor", "--model", "none").stdout

    assert f"{folder / 'git-review'} is another program (OpenStack's?)" in other
    assert "the repository has a .gitreview" in other
    assert f"git review   {SCRIPTS / 'git-review'}" in ours


def test_doctor_works_outside_of_a_repository(tmp_path):
    run = program(
        SCRIPTS / "reviewer", "doctor", "--model", "none", cwd=tmp_path, GIT_CEILING_DIRECTORIES=str(tmp_path)
    )

    assert "the current folder is in none" in run.stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("frobnicate",), "no such command 'frobnicate' (`reviewer -h` says what there is)"),
        (("reveiw",), "no such command 'reveiw'. Did you mean 'review'? (`reviewer -h` says what there is)"),
        (("--frob",), "no such option: --frob (`reviewer -h` says what there is)"),
        (("review", "--frob"), "no such option: --frob (`reviewer review -h` says what there is)"),
        (
            ("review", "--deadline"),
            "option '--deadline' requires an argument (`reviewer review -h` says what there is)",
        ),
        (("review", "--staged=1"), "option '--staged' does not take a value (`reviewer review -h` says what there is)"),
        (("review", "--show", "some"), "--show some: expected all"),
        (("hook", "x"), "no such command 'x' (`reviewer hook -h` says what there is)"),
        (("cache", "size", "x"), "got unexpected extra argument(s) (x) (`reviewer cache size -h` says what there is)"),
    ],
    ids=spelled,
)
def test_wrong_use_is_one_sentence(arguments, sentence, tmp_path):
    run = program(SCRIPTS / "reviewer", *arguments, cwd=tmp_path)

    assert (run.code, run.stdout, run.stderr) == (2, "", f"reviewer: {sentence}\n")


@pytest.mark.parametrize(
    ("env", "colored"),
    [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False), ({"CI": "true"}, False)],
    ids=["terminal", "NO_COLOR", "dumb", "CI"],
)
def test_a_terminal_has_its_width_and_colours_unless_told_otherwise(tmp_path, env, colored):
    wordy = found(finding("return sum(prices[1:])", "First price is left out", explanation="left out " * 30))
    with played(says(wordy)) as server:
        options = ("review", "--quiet", "--no-execute", "--show", "all", "--model", MODEL)
        shown = on_a_terminal(one_function(tmp_path), 44, *options, OLLAMA_HOST=server.host, **{"TERM": "xterm", **env})
    prose = [line for line in shown.splitlines() if "left out left" in line]

    assert ("\x1b[" in shown) is colored
    assert len(prose) > 5
    assert all(len(line) <= 44 + 9 * colored for line in prose)


def on_a_terminal(repo: Repo, columns: int, *arguments: str, **env: str) -> str:
    """What `reviewer` writes to stdout when that is a terminal."""
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    sent = list[bytes]()

    def read() -> None:
        try:
            while data := os.read(leader, 65536):
                sent.append(data)
        except OSError:  # the last process has closed it
            return

    reader = threading.Thread(target=read)
    reader.start()
    command = [SCRIPTS / "reviewer", *arguments]
    subprocess.run(
        command, cwd=repo.root, env=environment(**env), stdout=follower, stderr=subprocess.DEVNULL, check=False
    )
    os.close(follower)
    reader.join(60)
    os.close(leader)
    return os.fsdecode(b"".join(sent))
