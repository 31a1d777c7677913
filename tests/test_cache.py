import os
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from reviewer import cache
from reviewer.cache import Cache
from reviewer.data import Message, Request


@pytest.fixture
def warnings():
    return []


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "cache"


def opened(folder, warnings, **extra):
    return closing(Cache.open(folder, warn=warnings.append, **extra))


def keep(folder, warnings, *pairs, **extra):
    with opened(folder, warnings, **extra) as store:
        for key, value in pairs:
            store.put("reply", key, value)


@pytest.mark.parametrize(
    "value",
    ["", "text", "line\nline\x00", "naïve 🙂", "lone \ud800 surrogate"],
    ids=["empty", "text", "nul", "unicode", "surrogate"],
)
def test_what_was_kept_is_there_in_the_next_run(folder, warnings, value):
    keep(folder, warnings, ("a", value))

    with opened(folder, warnings) as store:
        assert store.get("reply", "a") == value
        assert store.get("verdict", "a") is None
        assert store.get("reply", "b") is None
    assert warnings == []


def test_a_later_text_replaces_the_earlier(folder, warnings):
    keep(folder, warnings, ("a", "one"), ("a", "two"))

    with opened(folder, warnings) as store:
        assert store.get("reply", "a") == "two"


def test_the_files_are_for_their_user_alone(folder, warnings):
    with opened(folder, warnings) as store:
        store.put("reply", "a", "x")
        modes = {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}

    assert modes == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def works_without(store):
    store.put("reply", "a", "x")
    assert (store.available, store.get("reply", "a"), store.mapping("m").get("k")) == (False, None, None)
    assert len(store.fence_key()) == 32
    assert store.fence_key() == store.fence_key()
    store.clear()


def test_a_folder_that_cannot_be_made_means_no_cache_and_one_warning(tmp_path, warnings):
    (tmp_path / "file").write_text("")

    folder = tmp_path / "file" / "cache"
    with opened(folder, warnings) as store:
        works_without(store)
    assert warnings == [f"working without a cache: {folder}: Not a directory; REVIEWER_CACHE_DIR names another folder"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_means_no_cache_and_one_warning(folder, warnings):
    folder.mkdir(mode=0o500)

    with opened(folder, warnings) as store:
        works_without(store)
    assert len(warnings) == 1


def test_a_folder_that_others_can_write_to_is_not_used(folder, warnings):
    folder.mkdir()
    folder.chmod(0o777)

    with opened(folder, warnings) as store:
        works_without(store)
    assert "others can write to it" in warnings[0]
    assert list(folder.iterdir()) == []


def test_a_file_that_is_no_database_is_set_aside(folder, warnings):
    keep(folder, warnings, ("a", "x"))
    damaged = next(folder.glob("*.sqlite3"))
    damaged.write_bytes(b"garbage" * 1000)

    with opened(folder, warnings) as store:
        assert store.get("reply", "a") is None
        store.put("reply", "a", "y")
    with opened(folder, warnings) as store:
        assert store.get("reply", "a") == "y"
        assert damaged.read_bytes().startswith(b"garbage")
        store.clear()
        assert not damaged.exists()
    assert len(warnings) == 1
    assert "damaged" in warnings[0]


def test_damage_that_shows_only_later_ends_the_use_of_the_file(folder, warnings):
    keep(folder, warnings, *((str(number), "x" * 5000) for number in range(200)))
    damaged = next(folder.glob("*.sqlite3"))
    content = damaged.read_bytes()
    damaged.write_bytes(content[:4096] + os.urandom(len(content) - 4096))

    with opened(folder, warnings) as store:
        assert store.available
        assert store.get("reply", "7") is None
        works_without(store)
    with opened(folder, warnings) as store:
        store.put("reply", "7", "y")
        assert store.get("reply", "7") == "y"
    assert len(warnings) == 1


def test_a_text_with_a_flipped_bit_counts_as_absent(folder, warnings):
    keep(folder, warnings, ("a", "payload"))
    path = next(folder.glob("*.sqlite3"))
    path.write_bytes(path.read_bytes().replace(b"payload", b"pay\xffoad"))

    with opened(folder, warnings) as store:
        assert store.get("reply", "a") is None


def damage(folder, statement):
    with closing(sqlite3.connect(next(folder.glob("*.sqlite3")), isolation_level=None)) as connection:
        connection.execute(statement)


@pytest.mark.parametrize("value", ["'text'", "7", "0.5", "x'ff'", "x'80'"])
def test_a_value_of_another_type_counts_as_absent(folder, warnings, value):
    keep(folder, warnings, ("a", "payload"))
    damage(folder, f"UPDATE entries SET value = {value}, size = {value}")

    with opened(folder, warnings) as store:
        assert store.get("reply", "a") is None
        store.put("reply", "a", "again")
        assert store.get("reply", "a") == "again"


@pytest.mark.parametrize("name", ["'text'", "7", "x'ff'"])
def test_a_key_of_another_type_is_no_key(folder, warnings, name):
    keep(folder, warnings, ("a", "one"), ("b", "two"))
    damage(folder, f"UPDATE entries SET key = {name} WHERE value = x'6f6e65'")

    with opened(folder, warnings) as store:
        assert store.keys("reply") == ["b"]


@pytest.mark.parametrize("value", ["'text'", "7", "x''", "x'00'", "zeroblob(33)"])
def test_a_fence_key_that_is_none_is_made_anew_once(folder, warnings, value):
    with opened(folder, warnings) as store:
        before = store.fence_key()
    damage(folder, f"UPDATE secrets SET value = {value}")

    keys = set()
    for _ in range(2):
        with opened(folder, warnings) as store:
            keys.add(store.fence_key())
    assert len(keys) == 1
    assert {len(key) for key in keys} == {len(before)}
    assert before not in keys


def test_beyond_the_limit_the_least_recently_used_go(folder, warnings):
    keep(folder, warnings, *((name, name * 100) for name in "abcdefghi"), limit=1000)
    with opened(folder, warnings, limit=1000) as store:
        assert store.get("reply", "a") == "a" * 100
    keep(folder, warnings, ("j", "j" * 100), ("k", "k" * 100), limit=1000)

    with opened(folder, warnings, limit=1000) as store:
        kept = {name for name in "abcdefghijk" if store.get("reply", name)}
    assert {"a", "k"} <= kept
    assert "b" not in kept
    assert len(kept) <= 10


def test_the_file_stays_bounded_while_one_run_fills_it(folder, warnings):
    with opened(folder, warnings, limit=100_000) as store:
        for number in range(500):
            store.put("reply", str(number), "x" * 1000)
        store.put("reply", "huge", "x" * 100_001)
        assert store.get("reply", "huge") is None
    assert sum(path.stat().st_size for path in folder.iterdir()) < 300_000


def test_clearing_forgets_the_texts_and_keeps_the_fence_key(folder, warnings):
    with opened(folder, warnings) as store:
        fence = store.fence_key()
        store.put("reply", "a", "x" * 1_000_000)
        full = store.size()
        store.clear()
        assert store.get("reply", "a") is None
        assert store.size() < full / 5

    with opened(folder, warnings) as store:
        assert store.fence_key() == fence


def test_two_users_folders_have_two_fence_keys(tmp_path, warnings):
    with opened(tmp_path / "a", warnings) as one, opened(tmp_path / "b", warnings) as two:
        assert one.fence_key() != two.fence_key()


def test_a_mapping_shows_one_kind(folder, warnings):
    with opened(folder, warnings) as store:
        tests = store.mapping("self-test")
        tests["model@1"] = "ok"
        store.put("reply", "other", "x")

        assert dict(tests) == {"model@1": "ok"}
        assert "other" not in tests
        del tests["model@1"]
        assert len(tests) == 0
        with pytest.raises(KeyError):
            del tests["model@1"]


WRITER = """
import sys
from pathlib import Path
from reviewer.cache import Cache

folder, name = Path(sys.argv[1]), sys.argv[2]
sys.stdin.readline()
with Cache.open(folder, warn=print) as store:
    print(store.fence_key().hex())
    for number in range(100):
        store.put("reply", f"{name}{number}", "x" * 2000)
        assert store.get("reply", f"{name}{number}"), number
"""


@pytest.mark.parametrize("before", ["nothing", "damaged"])
def test_processes_share_one_cache_from_its_first_moment(folder, warnings, before):
    if before == "damaged":
        keep(folder, warnings, ("a", "x"))
        next(folder.glob("*.sqlite3")).write_bytes(b"garbage" * 1000)
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, folder, name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for name in "abcd"
    ]
    for writer in writers:
        writer.stdin.write("go\n")
        writer.stdin.flush()
    lines = [writer.communicate()[0].splitlines() for writer in writers]

    assert [writer.returncode for writer in writers] == [0] * 4
    assert len({output[-1] for output in lines}) == 1
    said = [line for output in lines for line in output[:-1]]
    assert said == [] if before == "nothing" else all("damaged" in line for line in said)
    with opened(folder, warnings) as store:
        assert len(store.keys("reply")) == 400


REQUEST = Request((Message("user", "text"),), {"type": "object"}, 100)


def test_a_key_is_the_content_of_its_parts():
    assert cache.key(REQUEST, "digest") == cache.key(
        Request((Message("user", "text"),), {"type": "object"}, 100), "digest"
    )
    assert len(cache.key()) == 64


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (("ab", "c"), ("a", "bc")),
        (("1",), (1,)),
        (("",), ()),
        ((None,), ("",)),
        ((b"a",), ("a",)),
        (("\ud800",), ("?",)),
        (({"a": 1, "b": 2},), ({"b": 2, "a": 1},)),
        ((REQUEST,), (Request((Message("system", "text"),), {"type": "object"}, 100),)),
        ((REQUEST,), (Request((Message("user", "text"),), {"type": "object"}, 100, seed=1),)),
    ],
)
def test_other_content_is_another_key(one, two):
    assert cache.key(*one) != cache.key(*two)


def test_what_has_no_stable_content_is_refused():
    with pytest.raises(TypeError):
        cache.key(object())


def test_the_platforms_folder_is_named_after_the_program():
    assert isinstance(cache.default_folder(), Path)
    assert cache.default_folder().name == "reviewer"
