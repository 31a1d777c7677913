"""Against a real Ollama server. What the model says is never asserted: it differs between builds."""

import json
import math
import time

import pytest

from reviewer.data import Message, Reason, Request
from reviewer.errors import ModelError, NoModelError
from reviewer.models import ollama
from reviewer.models.choose import choose
from reviewer.models.server import server_facts
from reviewer.trust import check_endpoint

SCHEMA = {
    "type": "object",
    "properties": {"colour": {"type": "string", "enum": ["red", "green"]}, "size": {"type": "integer"}},
    "required": ["colour", "size"],
}
WINDOW = 1024


def request(text="Name a colour and a size.", schema=SCHEMA, max_tokens=300):
    return Request((Message("system", "You answer in JSON."), Message("user", text)), schema, max_tokens)


@pytest.fixture(scope="module")
def model(ollama_server):
    model = ollama.connect(
        check_endpoint(ollama_server.host, allow_remote=False), ollama_server.model, window=WINDOW, timeout=60
    )
    yield model
    model.close()


def test_a_reply_obeys_the_schema_and_is_counted(model):
    reply = model.ask(request(), math.inf)

    value = json.loads(reply.text)
    assert value["colour"] in ("red", "green")
    assert isinstance(value["size"], int)
    assert 0 < reply.prompt_tokens < WINDOW
    assert 0 < reply.completion_tokens <= 300


def test_what_is_known_of_the_model(model, ollama_server):
    assert model.info.name == f"{ollama_server.model}:latest"
    assert len(model.info.digest) == 64
    assert (model.info.provider, model.info.endpoint) == ("ollama", f"http://{ollama_server.host}")
    assert model.window == WINDOW


def test_a_prompt_larger_than_the_window_is_refused_by_the_server_not_cut(model):
    letters = "+-*/" * 1500  # few words, many tokens: only the server can tell
    with pytest.raises(ModelError) as failed:
        model.ask(request(letters), math.inf)

    assert failed.value.reason is Reason.TOO_LARGE


def test_a_repeated_prefix_gives_the_same_counts(model):
    prefix = "The list of words is: " + "one two three four " * 60
    first, second = (model.ask(request(prefix + last), math.inf) for last in ("First?", "Other?"))

    assert abs(first.prompt_tokens - second.prompt_tokens) <= 2


def test_a_call_cut_at_its_deadline_leaves_the_server_answering(model):
    long = {"type": "array", "items": {"type": "integer"}, "minItems": 400}
    with pytest.raises(ModelError) as failed:
        model.ask(request("Count.", long, 900), time.monotonic() + 1)

    assert failed.value.reason is Reason.DEADLINE
    assert json.loads(model.ask(request(), math.inf).text)


def test_a_reply_that_needs_more_tokens_than_it_may_have_is_no_reply(model):
    with pytest.raises(ModelError) as failed:
        model.ask(request(max_tokens=2), math.inf)

    assert failed.value.reason is Reason.INVALID_REPLY


@pytest.mark.parametrize("name", ["absent:7b", "absent"])
def test_a_model_that_the_server_does_not_hold(ollama_server, name):
    with pytest.raises(NoModelError, match="does not hold"):
        choose(name, configured="", host=ollama_server.host, allow_remote=False, window=WINDOW, self_tests={})


def test_auto_finds_the_configured_model(ollama_server):
    chosen = choose(
        "auto",
        configured=ollama_server.model,
        host=ollama_server.host,
        allow_remote=False,
        window=WINDOW,
        self_tests={},
    )

    assert chosen.model.info.provider == "ollama"
    assert chosen.note == ""


def test_the_facts_of_the_server(ollama_server):
    facts = server_facts(check_endpoint(ollama_server.host, allow_remote=False), timeout=60)

    assert f"{ollama_server.model}:latest" in facts.models
    assert facts.cloud_disabled in (True, None)
