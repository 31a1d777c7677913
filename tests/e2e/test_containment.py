"""Nothing leaves the machine: the whole path works with no network but loopback, and opens no other address."""

import os
import re
import shutil
import subprocess
import sys

import pytest

from tests.e2e.helpers import NOTHING, ROOT, SCRIPTS, Run, environment, one_function, program, says
from tests.servers import MODEL, played

LOOPBACK_ONLY = ("unshare", "--user", "--map-root-user", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh")

# Long enough to ask the model; a whole review takes a small computer longer.
SECONDS = pytest.mark.parametrize(
    "seconds", ["2", pytest.param("60", marks=[pytest.mark.slow, pytest.mark.timeout(300)])]
)

# A server and a review of its own inside the namespace: the one outside cannot be reached from there.
INSIDE = """
import sys
from pathlib import Path
sys.path.insert(0, {root!r})
from tests.servers import real_ollama
from tests.e2e.helpers import environment
import subprocess
folder = Path(sys.argv[1])
with real_ollama(sys.argv[2], folder, Path(sys.argv[3])) as server:
    env = environment(OLLAMA_HOST=server.host)
    command = [sys.argv[4], "review", "--model", server.model, "--format", "json", "--deadline", sys.argv[5]]
    raise SystemExit(subprocess.run(command, env=env, stdin=subprocess.DEVNULL).returncode)
"""


@pytest.fixture(scope="module")
def without_network():
    """A command's beginning that runs it where only loopback is up."""
    for tool in ("unshare", "ip"):
        if shutil.which(tool) is None:
            pytest.skip(f"no `{tool}` on PATH")
    probe = subprocess.run([*LOOPBACK_ONLY, "true"], capture_output=True, text=True)
    if probe.returncode:
        pytest.skip(f"no network namespace without permission: {probe.stderr.strip()}")
    return LOOPBACK_ONLY


@pytest.fixture(scope="module")
def traced(tmp_path_factory):
    """A command's beginning that writes its network calls, and its children's, to a file; and that file."""
    if shutil.which("strace") is None:
        pytest.skip("no `strace` on PATH")
    file = tmp_path_factory.mktemp("strace") / "calls"
    command = ("strace", "-f", "-qq", "-e", "signal=none", "-e", "trace=network", "-o", str(file))
    if subprocess.run([*command, "true"], capture_output=True).returncode:
        pytest.skip("`strace` may not trace here")
    return command, file


def test_the_namespace_has_no_other_network(without_network, tmp_path):
    code = "import socket; socket.create_connection(('192.0.2.1', 80), 2)"
    run = program(*without_network, sys.executable, "-c", code, cwd=tmp_path)

    assert "Network is unreachable" in run.stderr


@SECONDS
@pytest.mark.executes
def test_embedded_without_any_network(without_network, tmp_path, packaged_model, seconds):
    command = (SCRIPTS / "reviewer", "review", "--model", "embedded", "--format", "json", "--deadline", seconds)
    run = program(*without_network, *command, cwd=one_function(tmp_path).root)

    assert_went_through(run, "embedded")


@SECONDS
@pytest.mark.executes
def test_a_real_server_without_any_other_network(without_network, tmp_path, ollama_server, packaged_model, seconds):
    binary = shutil.which("ollama") or ROOT / ".build" / "bin" / "ollama"
    (tmp_path / "server").mkdir()
    arguments = (tmp_path / "server", binary, packaged_model, SCRIPTS / "reviewer", seconds)
    command = (sys.executable, "-c", INSIDE.format(root=str(ROOT)), *arguments)
    run = program(*without_network, *command, cwd=one_function(tmp_path).root)

    assert_went_through(run, "ollama")


@SECONDS
@pytest.mark.executes
def test_embedded_opens_no_address(traced, tmp_path, packaged_model, seconds):
    command = (SCRIPTS / "reviewer", "review", "--model", "embedded", "--format", "json", "--deadline", seconds)
    run = program(*traced[0], *command, cwd=one_function(tmp_path).root)

    assert_went_through(run, "embedded")
    assert addresses(traced[1].read_text()) == set()


@pytest.mark.executes
def test_with_a_server_its_address_is_the_only_one(traced, tmp_path):
    with played(says(NOTHING)) as server:
        command = (SCRIPTS / "reviewer", "review", "--model", MODEL, "--format", "json")
        env = environment(OLLAMA_HOST=f"localhost:{server.server_port}")
        done = subprocess.run([*traced[0], *command], cwd=one_function(tmp_path).root, env=env, capture_output=True)

    assert (done.returncode, done.stderr) == (0, b"")
    assert addresses(traced[1].read_text()) == {("127.0.0.1", str(server.server_port))}


@pytest.mark.executes
def test_a_refused_address_is_not_even_looked_up(traced, tmp_path):
    command = (SCRIPTS / "reviewer", "review", "--model", MODEL)
    run = program(*traced[0], *command, cwd=one_function(tmp_path).root, OLLAMA_HOST="models.example")

    assert run.code == 2
    assert addresses(traced[1].read_text()) == set()


def assert_went_through(run: Run, provider: str) -> None:
    """The model was asked; what it said is its own affair."""
    report = run.report
    assert report["model"]["provider"] == provider
    assert report["stats"]["model_calls"] >= 1
    assert {item["reason"] for item in report["unreviewed"]} <= {"invalid_reply", "deadline"}
    assert run.code in (0, 3)


def addresses(calls: str) -> set[tuple[str, str]]:
    """Every internet address and port that a call of the trace connects or sends to."""
    found = set()
    for line in calls.splitlines():
        if not re.search(r"\b(connect|sendto|sendmsg|sendmmsg)\(", line):
            continue
        port = re.search(r"sin6?_port=htons\((\d+)\)", line)
        address = re.search(r'inet_addr\("([^"]+)"\)|inet_pton\(AF_INET6, "([^"]+)"', line)
        if port and address:
            found.add((address[1] or address[2], port[1]))
    return found


def test_the_trace_would_show_another_address(traced, tmp_path):
    code = "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(('192.0.2.1', 53))"
    subprocess.run([*traced[0], sys.executable, "-c", code], cwd=tmp_path, env={**os.environ})

    assert addresses(traced[1].read_text()) == {("192.0.2.1", "53")}
