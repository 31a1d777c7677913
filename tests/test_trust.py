import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.errors import TrustError
from reviewer.trust import Endpoint, check_endpoint, check_model, check_name, check_reply

SHOW = {"details": {"format": "gguf"}}


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("", "http://127.0.0.1:11434"),
        ("  ", "http://127.0.0.1:11434"),
        (":5", "http://127.0.0.1:5"),
        ("127.0.0.1", "http://127.0.0.1:11434"),
        ("127.0.0.1:80", "http://127.0.0.1:80"),
        ("127.8.9.10:1", "http://127.8.9.10:1"),
        ("http://127.0.0.1", "http://127.0.0.1:80"),
        ("HTTP://127.0.0.1:7/", "http://127.0.0.1:7"),
        ("localhost", "http://127.0.0.1:11434"),
        ("LocalHost:9", "http://127.0.0.1:9"),
        ("http://localhost", "http://127.0.0.1:80"),
        ("0.0.0.0", "http://127.0.0.1:11434"),
        ("0.0.0.0:5", "http://127.0.0.1:5"),
        ("::", "http://[::1]:11434"),
        ("[::]:5", "http://[::1]:5"),
        ("::1", "http://[::1]:11434"),
        ("[::1]", "http://[::1]:11434"),
        ("[::1]:5", "http://[::1]:5"),
        ("http://[0:0::1]", "http://[::1]:80"),
        ('"127.0.0.1:5"', "http://127.0.0.1:5"),
        (" '127.0.0.1:5' ", "http://127.0.0.1:5"),
        ("127.0.0.1:5/prefix/", "http://127.0.0.1:5/prefix"),
    ],
)
def test_a_loopback_address_is_read_as_ollamas_own_tools_read_it(text, url):
    endpoint = check_endpoint(text, allow_remote=False)

    assert endpoint.url == url
    assert not endpoint.remote


@pytest.mark.parametrize(
    "text",
    [
        "example.com",
        "http://example.com:11434",
        "192.168.1.5",
        "10.0.0.1:11434",
        "128.0.0.1",
        "126.255.255.255",
        "2130706433",  # 127.0.0.1 to some resolvers
        "0x7f000001",
        "127.1",
        "127.0.0.1.nip.io",
        "localhost.example.com",
        "localhost.",
        "ip6-localhost",
        "::2",
        "[fe80::1]:5",
        "::ffff:127.0.0.1",
        "https://127.0.0.1",
        "https://localhost:443",
    ],
)
def test_what_is_not_plain_http_to_a_loopback_address_needs_the_users_word(text):
    with pytest.raises(TrustError, match="allow-remote = true"):
        check_endpoint(text, allow_remote=False)


@pytest.mark.parametrize(
    "text",
    [
        "ftp://127.0.0.1",
        "unix:///run/ollama.sock",
        "http://me:secret@127.0.0.1",
        "127.0.0.1@example.com",
        "127.0.0.1:port",
        "127.0.0.1:0",
        "127.0.0.1:65536",
        "127.0.0.1:-1",
        "127.0.0.1:\u0665",
        "a b",
        "127.0.0.1\r\nX: y",
        "127.0.0.1/a?b",
        "127.0.0.1/\r\n/x",
        "[127.0.0.1",
        "[]:5",
        "ftp://me:secret@127.0.0.1",
        "http://me:se/secret@127.0.0.1",
        "127.0.0.1:" + "1" * 5000,
        "[::1%lo]",
    ],
)
@pytest.mark.parametrize("allow_remote", [False, True])
def test_what_cannot_be_read_is_refused_even_with_the_users_word(text, allow_remote):
    with pytest.raises(TrustError) as refused:
        check_endpoint(text, allow_remote=allow_remote)

    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "endpoint"),
    [
        ("example.com", Endpoint("http", "example.com", 11434, remote=True)),
        ("https://gpu.lan", Endpoint("https", "gpu.lan", 443, remote=True)),
        ("https://[fd00::5]:8/x", Endpoint("https", "fd00::5", 8, "/x", remote=True)),
        ("https://127.0.0.1", Endpoint("https", "127.0.0.1", 443)),
        ("localhost:5", Endpoint("http", "127.0.0.1", 5)),
    ],
)
def test_with_the_users_word_a_remote_endpoint_is_marked_as_such(text, endpoint):
    assert check_endpoint(text, allow_remote=True) == endpoint


@given(st.text(max_size=40))
def test_whatever_is_accepted_dials_loopback(text):
    try:
        endpoint = check_endpoint(text, allow_remote=False)
    except TrustError:
        return
    packed = socket.inet_pton(socket.AF_INET6 if ":" in endpoint.host else socket.AF_INET, endpoint.host)
    assert packed[0] == 127 if len(packed) == 4 else packed == bytes(15) + b"\1"


@pytest.mark.parametrize(
    "name", ["big:cloud", "big:70b-cloud", "big:70b:cloud", "big-cloud", "BIG:Cloud", "x:1-CLOUD "]
)
def test_a_cloud_name_is_refused_before_anything_is_asked(name):
    with pytest.raises(TrustError, match="cloud"):
        check_name(name)
    with pytest.raises(TrustError, match="cloud"):
        check_model(name, SHOW, {})
    check_model(name, SHOW, {}, allow_remote=True)


@pytest.mark.parametrize("name", ["cloud", "cloudy:7b", "my-cloud-model", "cloud:latest", "a:cloud2"])
def test_a_name_that_only_resembles_a_cloud_name_is_fine(name):
    check_model(name, SHOW, {})


@pytest.mark.parametrize(
    ("show", "tags"),
    [
        (SHOW | {"remote_host": "https://ollama.com:443"}, {}),
        (SHOW | {"remote_model": "big"}, {}),
        (SHOW, {"remote_host": "https://ollama.com:443"}),
        (SHOW, {"remote_model": "big"}),
        ({"details": {"format": ""}}, {}),
        ({"details": {}}, {}),
        ({"details": None}, {}),
        ({}, {}),
    ],
)
def test_a_stub_of_any_name_is_refused(show, tags):
    with pytest.raises(TrustError, match="plain:7b"):
        check_model("plain:7b", show, tags)


def test_a_reply_made_elsewhere_is_refused_unless_allowed():
    check_reply({"model": "x", "remote_host": ""})
    check_reply({"remote_host": "https://ollama.com"}, allow_remote=True)
    with pytest.raises(TrustError):
        check_reply({"remote_host": "https://ollama.com"})
