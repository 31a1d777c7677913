"""Asking through the cache: what is kept, what is asked again, and when asking ends."""

import json
import time
from dataclasses import dataclass, field, replace

import pytest

from reviewer.asking import PATIENCE, Asker
from reviewer.data import Message, ModelInfo, Reason, Reply, Request
from reviewer.errors import ModelError
from reviewer.replies import InvalidReply

REQUEST = Request((Message("system", "Rules."), Message("user", "Code.")), {"type": "object"}, 64)


MODEL = ModelInfo("played", "digest", "ollama", "http://127.0.0.1:1")


@dataclass
class Played:
    """A model that gives these replies in turn; an exception is raised."""

    replies: list
    info: ModelInfo = MODEL
    version: str = "1"
    window: int = 4096
    asked: list = field(default_factory=list)

    def ask(self, request, deadline):
        self.asked.append((request, deadline))
        reply = self.replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        return Reply(reply, 10, None, 5, 0.1)

    def close(self):
        """Holds nothing."""


class Kept(dict):
    """A store in memory."""

    def get(self, kind, key):
        return super().get((kind, key))

    def put(self, kind, key, value):
        self[kind, key] = value


def read(text):
    try:
        return json.loads(text)
    except ValueError as error:
        raise InvalidReply("not JSON") from error


def asker(*replies, store=None, ends=None, **model):
    return Asker(Played(list(replies), **model), Kept() if store is None else store, ends, fence_key=b"")


def failing(reason=Reason.MODEL_ERROR):
    return ModelError(reason, "why")


def test_a_reply_is_read_kept_and_not_asked_for_again():
    store = Kept()
    first, second = asker("[1]", store=store), asker(store=store)

    assert first.ask(REQUEST, read) == replace(second.ask(REQUEST, read), cached=False)
    assert (first.tally.model_calls, first.tally.cache_hits) == (1, 0)
    assert (first.tally.prompt_tokens, first.tally.completion_tokens) == (10, 5)
    assert (second.tally.model_calls, second.tally.cache_hits) == (0, 1)


@pytest.mark.parametrize(
    ("request_", "model"),
    [
        (replace(REQUEST, messages=(*REQUEST.messages, Message("user", "More."))), {}),
        (replace(REQUEST, schema={"type": "array"}), {}),
        (replace(REQUEST, max_tokens=65), {}),
        (replace(REQUEST, temperature=0.5), {}),
        (replace(REQUEST, seed=1), {}),
        (REQUEST, {"version": "2"}),
        (REQUEST, {"window": 8192}),
        (REQUEST, {"info": replace(MODEL, digest="other")}),
        (REQUEST, {"info": replace(MODEL, name="another")}),
        (REQUEST, {"info": replace(MODEL, provider="embedded")}),
    ],
    ids=["message", "schema", "cap", "temperature", "seed", "version", "window", "digest", "name", "provider"],
)
def test_whatever_decides_the_reply_is_part_of_the_key(request_, model):
    store = Kept()
    asker("[1]", store=store).ask(REQUEST, read)

    assert asker("[2]", store=store, **model).ask(request_, read).value == [2]


def test_where_the_server_listens_is_not_part_of_the_key():
    store = Kept()
    asker("[1]", store=store).ask(REQUEST, read)
    elsewhere = replace(MODEL, endpoint="http://127.0.0.1:2")

    assert asker(store=store, info=elsewhere).ask(REQUEST, read).cached


def test_one_bad_reply_is_repaired_and_the_repaired_one_kept():
    store = Kept()
    first = asker("nonsense", "[1]", store=store)

    assert first.ask(REQUEST, read).value == [1]
    assert (first.tally.model_calls, first.tally.retries) == (2, 1)
    repair = first.model.asked[1][0]
    assert repair.messages[:2] == REQUEST.messages
    assert [message.role for message in repair.messages[2:]] == ["assistant", "user"]
    assert asker(store=store).ask(REQUEST, read).cached


def test_two_bad_replies_are_an_invalid_reply_and_neither_is_kept():
    store = Kept()
    with pytest.raises(ModelError) as failed:
        asker("nonsense", "worse", store=store).ask(REQUEST, read)

    assert failed.value.reason is Reason.INVALID_REPLY
    assert store == {}


def test_a_kept_reply_that_cannot_be_read_counts_as_absent():
    store = Kept()
    asker('"text"', store=store).ask(REQUEST, read)
    for place in store:
        store[place] = "nonsense"

    answer = asker("[2]", store=store).ask(REQUEST, read)
    assert (answer.value, answer.cached) == ([2], False)


def test_after_failures_in_a_row_the_model_is_not_asked_any_more():
    model = asker(*[failing() for _ in range(PATIENCE)], "[1]")
    for _ in range(PATIENCE + 2):
        with pytest.raises(ModelError) as failed:
            model.ask(REQUEST, read)

    assert len(model.model.asked) == PATIENCE
    assert "not asked" in failed.value.detail


def test_a_good_reply_ends_the_row():
    failures = [failing()] * (PATIENCE - 1)
    model = asker(*failures, "[1]", *failures, "[2]")
    for number in range(2):
        for _ in failures:
            with pytest.raises(ModelError):
                model.ask(replace(REQUEST, seed=number), read)
        assert model.ask(replace(REQUEST, seed=number), read).value == [number + 1]


@pytest.mark.parametrize("reason", [Reason.INVALID_REPLY, Reason.TOO_LARGE, Reason.DEADLINE], ids=str)
def test_a_failure_that_is_about_one_request_alone_does_not_count(reason):
    model = asker(*[failing(reason) for _ in range(PATIENCE + 1)], "[1]", ends=time.monotonic() + 60)
    for _ in range(PATIENCE + 1):
        with pytest.raises(ModelError):
            model.ask(REQUEST, read)

    assert model.ask(REQUEST, read).value == [1]


def test_a_server_that_lets_every_request_run_out_is_not_asked_for_ever():
    model = asker(*[failing(Reason.DEADLINE) for _ in range(PATIENCE)], "[1]")
    for _ in range(PATIENCE + 1):
        with pytest.raises(ModelError):
            model.ask(REQUEST, read)

    assert len(model.model.asked) == PATIENCE


def test_after_the_deadline_only_the_cache_answers():
    store = Kept()
    asker("[1]", store=store).ask(REQUEST, read)
    late = asker("[2]", store=store, ends=time.monotonic() - 1)

    assert late.ask(REQUEST, read).cached
    with pytest.raises(ModelError) as failed:
        late.ask(replace(REQUEST, seed=1), read)
    assert failed.value.reason is Reason.DEADLINE
    assert late.model.asked == []


def test_a_request_ends_with_the_run():
    ends = time.monotonic() + 5
    model = asker("[1]", ends=ends)
    model.ask(REQUEST, read)

    assert model.model.asked[0][1] == ends


def test_a_request_without_a_deadline_ends_all_the_same():
    model = asker("[1]")
    model.ask(REQUEST, read)

    assert model.model.asked[0][1] < time.monotonic() + 3600
