"""A server that misbehaves, the whole program, and what it says: never `clean`, never a good exit code."""

import time

import pytest

from tests.e2e.helpers import NOTHING, asked_about, found, one_function, review, reviewer, says, shop
from tests.servers import MODEL, Recorder, free_port, played

OFF_SCHEMA = '{"findings": [{"code": "return", "line": 3}]}'
BUSY = {"error": "server busy, please try again.  maximum pending requests exceeded"}
PAGE = b"<html>It works!</html>"


def slow_headers(h):
    h.until_gone()


def stall(h):
    h.stream()
    h.pieces('{"findings":')
    h.until_gone()


def trickle(h):
    h.stream()
    while True:
        h.pieces("x")
        time.sleep(0.05)


def cut(h):
    h.stream()
    h.pieces('{"findings":', " []}")


def hang_up(h):
    h.close_connection = True


def error_line(h):
    h.stream()
    h.pieces(NOTHING)
    h.line({"error": "the runner process has terminated"})


def empty_body(h):
    h.raw(b"")


def endless_blanks(h):
    h.stream()
    h.pieces('{"findings":')
    while True:
        h.pieces(" \n\t")


def endless_text(h):
    h.stream()
    while True:
        h.pieces("no end " * 9)


def refuse(status, body):
    return lambda h: h.say(body, status)


def redirect(h):
    h.raw(b"", 307, Location="/api/elsewhere")


FAULTS = {
    "model gone": (refuse(404, {"error": f"model '{MODEL}' not found"}), "model_error", "no longer holds"),
    "queue full": (refuse(503, BUSY), "model_error", "busy"),
    "internal error": (refuse(500, {"error": "boom"}), "model_error", "boom"),
    "web page": (lambda h: h.raw(PAGE), "model_error", "JSON"),
    "connection cut": (cut, "model_error", "middle"),
    "no answer": (hang_up, "model_error", "broke"),
    "error line in a 200": (error_line, "model_error", "terminated"),
    "empty body": (empty_body, "model_error", "middle"),
    "empty reply": (says(" \n"), "invalid_reply", "empty"),
    "prose": (says("Looks good to me!"), "invalid_reply", "not JSON"),
    "off the schema twice": (says(OFF_SCHEMA), "invalid_reply", "lacks"),
    "another object": (says("{}"), "invalid_reply", "findings"),
    "endless blanks": (endless_blanks, "invalid_reply", "blanks"),
    "endless text": (endless_text, "invalid_reply", "did not end"),
    "cut at the cap": (says(NOTHING, done_reason="length"), "invalid_reply", "cut at"),
    "prompt silently cut": (says(NOTHING, prompt_eval_count=8192), "too_large", "cut the prompt"),
    "hardly any of the prompt read": (says(NOTHING, prompt_eval_count=3), "too_large", "cut the prompt"),
    "no token counts": (says(NOTHING, prompt_eval_count=None), "model_error", "count"),
    "redirect": (redirect, "model_error", "redirect"),
}


@pytest.mark.parametrize(("play", "reason", "why"), FAULTS.values(), ids=FAULTS)
def test_a_fault_ends_as_incomplete_with_function_and_reason(tmp_path, play, reason, why):
    with played(play) as server:
        run = review(one_function(tmp_path), server)

    [missed] = run.report["unreviewed"]
    assert run.code == 3
    assert run.report["status"] == "incomplete"
    assert (missed["function_id"], missed["reason"]) == ("shop.py::total", reason)
    assert why in missed["detail"]
    assert [function["reviewed"] for function in run.report["functions"]] == [False]
    assert run.report["stats"]["reviewed"] == 0


@pytest.mark.parametrize("play", [slow_headers, stall, trickle], ids=lambda play: play.__name__)
def test_a_server_that_never_ends_is_left_at_the_deadline(tmp_path, play):
    with played(play) as server:
        run = review(one_function(tmp_path), server, "--deadline", "1")

    assert run.code == 3
    assert run.functions("deadline") == ["total"]


@pytest.mark.parametrize("play", [says("Looks good to me!"), empty_body], ids=["prose", "empty body"])
def test_people_read_that_it_was_not_reviewed(tmp_path, play):
    with played(play) as server:
        run = reviewer(one_function(tmp_path), "review", "--model", MODEL, OLLAMA_HOST=server.host)

    assert run.code == 3
    assert "shop.py:6: not reviewed [" in run.stdout
    assert "clean" not in run.stdout


def test_incomplete_passes_where_the_user_says_so_and_stays_incomplete(tmp_path):
    with played(empty_body) as server:
        run = review(one_function(tmp_path), server, "--on-incomplete", "pass")

    assert run.code == 0
    assert run.report["status"] == "incomplete"


def test_a_function_that_fails_leaves_the_others_reviewed(tmp_path):
    def play(h):
        (cut if "def total" in asked_about(h) else says(NOTHING))(h)

    with played(play) as server:
        run = review(shop(tmp_path), server)

    assert run.code == 3
    assert run.functions("model_error") == ["total"]
    assert run.report["stats"]["reviewed"] == 3


def test_a_server_that_keeps_failing_is_not_asked_for_ever(tmp_path):
    with played(cut) as server:
        run = review(shop(tmp_path), server)

    assert run.code == 3
    assert len(run.functions("model_error")) == 4
    assert len(server.prompts()) == 3


def test_one_bad_reply_is_repaired_by_asking_again(tmp_path):
    def play(h):
        says(NOTHING if len(h.server.prompts()) > 1 else OFF_SCHEMA)(h)

    with played(play) as server:
        run = review(one_function(tmp_path), server)

    assert run.code == 0
    assert run.report["status"] == "clean"
    assert run.report["stats"]["retries"] == 1


# ---------------------------------------------------------------- no model at all


def slow_version(h):
    h.until_gone()


NO_MODEL = {
    "no such model": ({"tags": {"models": []}}, f"ollama pull {MODEL}"),
    "model not described": ({"show": lambda h: h.say({"error": "not found"}, 404)}, "not found"),
    "a web server": ({"version": lambda h: h.raw(PAGE), "tags": lambda h: h.raw(PAGE)}, "127.0.0.1"),
    "a redirecting server": ({"version": redirect, "tags": redirect}, "127.0.0.1"),
    "a model that another machine runs": (
        {"show": {"remote_host": "https://far.example", "remote_model": "big", "details": {"format": "gguf"}}},
        "forwards",
    ),
}


SILENT = pytest.param({"version": slow_version}, "127.0.0.1", marks=pytest.mark.slow)


@pytest.mark.parametrize(("routes", "says"), [*NO_MODEL.values(), SILENT], ids=[*NO_MODEL, "a silent server"])
def test_a_named_model_that_cannot_be_used_is_wrong_use(tmp_path, routes, says):
    with played(**routes) as server:
        run = review(one_function(tmp_path), server)

        assert (run.code, run.stdout) == (2, "")
        assert says in run.stderr
        assert not server.prompts()


def test_no_server_at_the_address(tmp_path):
    run = reviewer(
        one_function(tmp_path), "review", "--model", MODEL, "--format", "json", OLLAMA_HOST=f"127.0.0.1:{free_port()}"
    )

    assert (run.code, run.stdout) == (2, "")
    assert "reviewer: " in run.stderr


@pytest.mark.parametrize("host", ["192.0.2.1", "http://models.example:11434", "https://127.0.0.1", "me@127.0.0.1"])
def test_another_machine_is_never_asked(tmp_path, host):
    run = reviewer(one_function(tmp_path), "review", "--model", MODEL, OLLAMA_HOST=host)

    assert (run.code, run.stdout) == (2, "")


def test_a_reply_of_another_machine_ends_the_run_before_a_second_prompt(tmp_path):
    with played(says(NOTHING, remote_host="https://far.example")) as server:
        run = review(shop(tmp_path), server)

        assert (run.code, run.stdout) == (2, "")
        assert len(server.prompts()) == 1


# ---------------------------------------------------------------- ways around the server


def test_no_proxy_of_the_environment_is_used(tmp_path):
    names = ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")
    with Recorder() as proxy, played(says(found())) as server:
        run = review(
            one_function(tmp_path), server, **dict.fromkeys(names, f"http://127.0.0.1:{proxy.port}"), NO_PROXY=""
        )

    assert run.code == 0
    assert run.report["status"] == "clean"
    assert proxy == []


def test_a_socks_proxy_of_the_environment_breaks_nothing(tmp_path):
    with played(says(found())) as server:
        run = review(one_function(tmp_path), server, ALL_PROXY="socks5://127.0.0.1:9")

    assert run.code == 0


def test_a_redirect_is_not_followed_anywhere(tmp_path):
    with Recorder() as elsewhere:

        def away(h):
            h.raw(b"", 307, Location=f"http://127.0.0.1:{elsewhere.port}/api/chat")

        with played(away) as server:
            run = review(one_function(tmp_path), server)

    assert run.code == 3
    assert elsewhere == []
