"""Completion scripts, sourced and asked by the real shells."""

import shutil
import subprocess
import sys

import pytest

from reviewer.emitters import FORMATS
from tests.e2e.helpers import SCRIPTS, environment, program
from tests.repos import Repo
from tests.servers import MODEL, played

pytestmark = pytest.mark.slow  # starts shells

BASH = """\
source "$1"
COMP_LINE=$2 COMP_POINT=${#2} COMP_WORDBREAKS=$' \\t\\n"\\'><=;|&(:'
"$3"
printf '%s\\n' "${COMPREPLY[@]}"
"""
# What zsh gives to a completion function: the words, and builtins that take its answers.
ZSH = """\
compdef() { : }
compadd() { [[ $1 == -a ]] && set -- "${(@P)2}"; [[ $1 == -- ]] && shift; print -rl -- "$@" }
compset() { [[ $PREFIX == $~2* ]] && PREFIX=${PREFIX#$~2} }
_files() { print -rl -- *(N) }
source "$1"
words=("${(@s: :)2}") CURRENT=$#words PREFIX=${words[-1]}
_reviewer
"""


@pytest.fixture
def scripts(tmp_path):
    """A folder with one script for each shell."""
    for shell in ("bash", "zsh", "fish"):
        run = program(SCRIPTS / "reviewer", "completion", shell, cwd=tmp_path)
        assert (run.code, run.stderr) == (0, "")
        (tmp_path / f"{shell}.script").write_text(run.stdout)
    return tmp_path


def needs(shell: str) -> str:
    if not shutil.which(shell):
        pytest.skip(f"{shell} is not installed: .ci/run installs it")
    return shell


def by_bash(scripts, line: str, cwd, **env: str) -> list[str]:
    function = "_git_review" if line.startswith("git") else "_reviewer"
    command = [needs("bash"), "--norc", "-c", BASH, "bash", scripts / "bash.script", line, function]
    done = subprocess.run(command, cwd=cwd, env=environment(**env), capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return sorted(filter(None, done.stdout.split("\n")))


def by_fish(scripts, line: str, cwd, **env: str) -> list[str]:
    code = f"source {scripts / 'fish.script'}; complete --do-complete $argv[1]"
    command = [needs("fish"), "--no-config", "-c", code, line]
    done = subprocess.run(command, cwd=cwd, env=environment(**env), capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return sorted(answer.partition("\t")[0] for answer in done.stdout.splitlines())


def by_zsh(scripts, line: str, cwd, **env: str) -> list[str]:
    command = [needs("zsh"), "-f", "-c", ZSH, "zsh", scripts / "zsh.script", line.removeprefix("git ")]
    done = subprocess.run(command, cwd=cwd, env=environment(**env), capture_output=True, text=True, check=False)
    assert done.stderr == ""
    typed = line.rpartition(" ")[2]  # zsh itself leaves out what does not begin so
    return sorted(answer for answer in done.stdout.splitlines() if answer.startswith(typed))


SHELLS = {"bash": by_bash, "fish": by_fish, "zsh": by_zsh}
shells = pytest.mark.parametrize("shell", SHELLS)


@pytest.fixture
def repo(tmp_path):
    repo = Repo(tmp_path)
    repo.write("shop.py", "x = 1\n").write("other file.txt", "").add().commit()
    repo.branch("feature/a")
    return repo


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_can_be_read(scripts, shell):
    done = subprocess.run(
        [needs(shell), "-n", scripts / f"{shell}.script"], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")


def test_shellcheck_finds_nothing(scripts):
    done = subprocess.run(
        [needs("shellcheck"), "-s", "bash", scripts / "bash.script"], capture_output=True, text=True, check=False
    )

    assert done.stdout == ""


def test_bash_completes_after_sourcing(scripts):
    done = subprocess.run(
        [needs("bash"), "--norc", "-c", f"source {scripts / 'bash.script'}; complete -p reviewer git-review"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.stdout == "complete -F _reviewer reviewer\ncomplete -F _reviewer git-review\n"


@shells
@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("reviewer re", ["review"]),
        ("reviewer cache ", ["clear", "size"]),
        ("reviewer hook pre-", ["pre-commit", "pre-push"]),
        ("reviewer completion ", ["bash", "fish", "zsh"]),
        ("reviewer review --fail-on ", ["never", "proved", "suspected"]),
        ("reviewer review --on-incomplete p", ["pass"]),
        ("reviewer tests --on-incomplete p", ["pass"]),
        ("reviewer models --format ", ["json", "names", "text"]),
        ("reviewer review --format ", sorted(FORMATS)),
        ("reviewer review --base fea", ["feature/a"]),
        ("reviewer review --deadline ", []),
        ("reviewer review sho", ["shop.py"]),
        ("reviewer review --baseline sho", ["shop.py"]),
        ("reviewer review --quiet sho", ["shop.py"]),
        ("git review --fail-on n", ["never"]),
        ("reviewer review --write-b", ["--write-baseline"]),
        ("git review --write-b", ["--write-baseline"]),
    ],
)
def test_what_is_offered(scripts, repo, shell, line, expected):
    assert SHELLS[shell](scripts, line, repo.root) == expected


@shells
def test_models_are_those_of_the_server(scripts, repo, shell):
    with played() as server:
        found = SHELLS[shell](scripts, "reviewer review --model ", repo.root, OLLAMA_HOST=server.host)

    assert found == sorted(["auto", "embedded", "none", MODEL])


def test_bash_wants_the_piece_behind_a_colon(scripts, repo):
    with played() as server:
        found = by_bash(scripts, "reviewer review --model played:", repo.root, OLLAMA_HOST=server.host)

    assert found == [MODEL.partition(":")[2]]


@pytest.mark.parametrize("dots", ["..", "..."])
def test_both_ends_of_a_range_are_completed(scripts, repo, dots):
    assert by_bash(scripts, f"reviewer review --range main{dots}fea", repo.root) == [f"main{dots}feature/a"]


def test_a_value_behind_an_equals_sign(scripts, repo):
    assert by_bash(scripts, "reviewer review --fail-on=pr", repo.root) == ["proved"]


@shells
@pytest.mark.parametrize("branch", ["$(touch${IFS}pwned)", "`touch${IFS}pwned`", "a;touch${IFS}pwned", "'x"])
def test_a_branch_can_name_itself_as_it_likes_and_nothing_runs(scripts, repo, shell, branch):
    repo.git("update-ref", f"refs/heads/{branch}", repo.head)
    found = SHELLS[shell](scripts, "reviewer review --base ", repo.root)

    assert not (repo.root / "pwned").exists()
    assert "main" in found
    if shell != "fish":  # which quotes what it offers
        assert branch not in found


def test_file_names_with_blanks_are_one_answer(scripts, repo):
    assert by_bash(scripts, "reviewer review oth", repo.root) == ["other file.txt"]


def test_a_shell_that_is_not_known_is_one_sentence(tmp_path):
    for arguments in ((), ("tcsh",)):
        run = program(SCRIPTS / "reviewer", "completion", *arguments, cwd=tmp_path)

        assert (run.code, run.stdout) == (2, "")
        assert "choose from bash, zsh, fish" in run.stderr


def test_making_a_script_imports_nothing_heavy(tmp_path):
    code = (
        "import sys; from reviewer.__main__ import main; main(['completion', 'bash']); print(*sys.modules, sep='\\n')"
    )
    run = program(sys.executable, "-c", code, cwd=tmp_path)

    assert not {"git", "ollama", "httpx", "rich.console", "tree_sitter", "pydantic"} & set(run.stdout.split("\n"))
