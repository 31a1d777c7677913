import os
import re
import subprocess
import sys
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer import settings
from reviewer.config import Config, default_user_file, load, table
from reviewer.errors import ConfigError


def read(tmp_path, *, pyproject=None, own=None, user=None, environ=None, flags=None, **extra):
    root = tmp_path / "repository"
    root.mkdir(exist_ok=True)
    user_file = tmp_path / "user" / "config.toml"
    user_file.parent.mkdir(exist_ok=True)
    for path, text in (
        (root / "pyproject.toml", pyproject),
        (root / ".reviewer.toml", own),
        (user_file, user),
    ):
        if text is not None:
            path.write_text(text)
    return load(root, flags or {}, environ or {}, user_file, **extra)


def section(line):
    return f"[tool.reviewer]\n{line}\n"


def test_without_any_setting_everything_is_a_default(tmp_path):
    config = read(tmp_path)

    assert config == Config()
    assert (config.model, config.ollama_model, config.window) == ("auto", "qwen2.5-coder:7b", 8192)
    assert (config.deadline, config.fail_on, config.on_incomplete) == (None, "proved", "fail")
    assert (config.execute, config.unsandboxed, config.allow_remote, config.skip) == (True, False, False, False)
    assert set(config.origins.values()) == {"default"}


def test_every_field_but_the_origins_is_a_setting():
    assert set(settings.settings()) == {field.name for field in fields(Config)} - {"origins"}


LAYERS = {
    "default": {},
    "repository": {"pyproject": section('model = "one"')},
    "user": {"user": 'model = "two"'},
    "environment": {"environ": {"REVIEWER_MODEL": "three"}},
    "flag": {"flags": {"model": "four"}},
}


@pytest.mark.parametrize(
    ("layers", "value", "origin"),
    [
        (["default"], "auto", "default"),
        (["repository"], "one", "pyproject.toml"),
        (["repository", "user"], "two", "user/config.toml"),
        (["repository", "user", "environment"], "three", "REVIEWER_MODEL"),
        (["repository", "user", "environment", "flag"], "four", "--model"),
    ],
    ids=lambda value: value[-1] if isinstance(value, list) else None,
)
def test_the_later_layer_wins_and_says_so(tmp_path, layers, value, origin):
    config = read(tmp_path, **{key: text for layer in layers for key, text in LAYERS[layer].items()})

    assert config.model == value
    assert config.origins["model"].endswith(origin)


def test_a_commands_own_default_gives_way_to_everything_else(tmp_path):
    hook = {"deadline": 20, "on_incomplete": "pass"}

    config = read(tmp_path, pyproject=section("deadline = 5"), defaults=hook)

    assert (config.deadline, config.on_incomplete) == (5.0, "pass")


@pytest.mark.parametrize(
    ("line", "name", "value"),
    [
        ('model = "embedded"', "model", "embedded"),
        ('ollama-model = "hf.co/some-one/Model-GGUF:Q4_K_M"', "ollama_model", "hf.co/some-one/Model-GGUF:Q4_K_M"),
        ('ollama_model = "qwen3-coder:30b"', "ollama_model", "qwen3-coder:30b"),
        ("deadline = 20", "deadline", 20.0),
        ("deadline = 0", "deadline", None),
        ('fail-on = "suspected"', "fail_on", "suspected"),
        ('on-incomplete = "pass"', "on_incomplete", "pass"),
        ('exclude = ["vendor", "*_pb2.py"]', "exclude", ("vendor", "*_pb2.py")),
        ('tests = "test/<module>_test.py"', "tests", "test/<module>_test.py"),
        ('baseline = ".reviewer-baseline.json"', "baseline", ".reviewer-baseline.json"),
        ("execute = false", "execute", False),
    ],
    ids=lambda value: value if isinstance(value, str) and "=" in value else "",
)
def test_what_a_repository_may_set(tmp_path, line, name, value):
    assert getattr(read(tmp_path, pyproject=section(line)), name) == value
    assert getattr(read(tmp_path, pyproject="", own=line), name) == value


@pytest.mark.parametrize(
    "line",
    [
        'host = "http://attacker.example"',
        'HOST = "http://attacker.example"',
        "allow-remote = true",
        "allow_remote = true",
        'python = "./evil"',
        "unsandboxed = true",
        'cache-dir = "/tmp"',
        "skip = true",
        "quiet = true",
        "window = 1000000",
        'endpoint = "http://attacker.example"',
        'base-url = "http://attacker.example"',
        'interpreter = "./evil"',
        'command = "rm -rf"',
        'proxy = "http://attacker.example"',
    ],
)
@pytest.mark.parametrize("file", ["pyproject.toml", ".reviewer.toml"])
def test_a_repository_that_would_widen_trust_is_told_so_by_name(tmp_path, line, file):
    key = line.split(" ")[0].lower().replace("_", "-")
    content = {"pyproject": section(line)} if file == "pyproject.toml" else {"own": line}

    with pytest.raises(ConfigError, match=r"may not be set by a repository") as caught:
        read(tmp_path, **content, environ={"OLLAMA_HOST": "127.0.0.1:1"})

    assert str(caught.value).startswith(file)
    assert key in str(caught.value).replace("_", "-")


@pytest.mark.parametrize(
    ("line", "name", "value"),
    [
        ('host = "http://gpu.lan:11434"', "host", "http://gpu.lan:11434"),
        ("allow-remote = true", "allow_remote", True),
        ('python = "/usr/bin/python3"', "python", "/usr/bin/python3"),
        ("unsandboxed = true", "unsandboxed", True),
        ('cache-dir = "/var/cache/x"', "cache_dir", Path("/var/cache/x")),
        ("window = 16384", "window", 16384),
    ],
)
def test_the_user_may_set_all_of_it(tmp_path, line, name, value):
    assert getattr(read(tmp_path, user=line), name) == value


def test_a_folder_may_be_named_from_the_users_home(tmp_path):
    assert read(tmp_path, user='cache-dir = "~/reviews"').cache_dir == Path.home() / "reviews"


@pytest.mark.parametrize(
    ("variable", "text", "name", "value"),
    [
        ("REVIEWER_MODEL", "none", "model", "none"),
        ("REVIEWER_DEADLINE", "2.5", "deadline", 2.5),
        ("REVIEWER_SKIP", "1", "skip", True),
        ("REVIEWER_SKIP", "0", "skip", False),
        ("REVIEWER_SKIP", "", "skip", False),
        ("REVIEWER_PYTHON", "/usr/bin/python3", "python", "/usr/bin/python3"),
        ("REVIEWER_CACHE_DIR", "/var/cache/x", "cache_dir", Path("/var/cache/x")),
        ("OLLAMA_HOST", ":5", "host", ":5"),
        ("OLLAMA_HOST", " ", "host", "127.0.0.1:11434"),
    ],
)
def test_variables(tmp_path, variable, text, name, value):
    config = read(tmp_path, environ={variable: text})

    assert getattr(config, name) == value
    assert config.origins[name] == (variable if text.strip() else "default")


@pytest.mark.parametrize(
    ("flags", "name", "origin"),
    [
        ({"execute": False}, "execute", "--no-execute"),
        ({"show_all": True}, "show_all", "--show all"),
        ({"fail_on": "never"}, "fail_on", "--fail-on"),
        ({"fail_on": None}, "fail_on", "default"),
    ],
)
def test_origins_spell_flags_as_the_user_does(tmp_path, flags, name, origin):
    assert read(tmp_path, flags=flags).origins[name] == origin


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"pyproject": section('modle = "x"')}, "pyproject.toml: unknown setting 'modle'; did you mean `model`?"),
        ({"pyproject": section("fail_onn = 1")}, "pyproject.toml: unknown setting 'fail_onn'; did you mean `fail-on`?"),
        (
            {"user": "[tool.reviewer]\nmodel = 'x'"},
            "config.toml: `[tool.reviewer]` is for pyproject.toml; here settings stand without a table",
        ),
        ({"user": "zzz = 1"}, "config.toml: unknown setting 'zzz'; there are: model, ollama-model"),
        ({"pyproject": section('"\\u001b[2J" = 1')}, r"unknown setting '\x1b[2J'"),
        ({"pyproject": section("[tool.reviewer.models]")}, "unknown setting 'models'; did you mean"),
        (
            {"pyproject": section('deadline = "soon"')},
            "`deadline`: expected a number of seconds, 0 for none, got 'soon'",
        ),
        ({"pyproject": section("deadline = true")}, "`deadline`: expected a number of seconds"),
        ({"pyproject": section("deadline = nan")}, "got nan"),
        ({"pyproject": section("deadline = -1")}, "got -1"),
        ({"pyproject": section("execute = 1")}, "pyproject.toml: `execute`: expected true or false, got 1"),
        ({"pyproject": section('execute = "\\u001b[2J"')}, r"got '\x1b[2J'"),
        ({"pyproject": section('exclude = "vendor"')}, "`exclude`: expected a list of texts"),
        ({"pyproject": section("exclude = [1]")}, "`exclude`: expected a list of texts"),
        ({"pyproject": section('fail-on = "all"')}, 'expected one of "proved", "suspected", "never", got \'all\''),
        ({"pyproject": section('model = "http://attacker.example/v1"')}, "`model`: expected a model's name"),
        ({"pyproject": section('model = "../../weights.gguf"')}, "`model`: expected a model's name"),
        ({"pyproject": section('tests = "/etc/cron.d/test_<module>.py"')}, "expected a path inside the repository"),
        ({"pyproject": section('baseline = "../../.ssh/id_ed25519"')}, "expected a path inside the repository"),
        ({"pyproject": section("fail-on = 'never'\nfail_on = 'proved'")}, "`fail-on` is set twice"),
        ({"pyproject": "[tool]\nreviewer = 3"}, "pyproject.toml: `reviewer`: expected a table"),
        ({"pyproject": "tool = 3"}, "pyproject.toml: `tool`: expected a table"),
        ({"pyproject": "a = "}, "pyproject.toml: not valid TOML"),
        ({"user": "window = 0"}, "`window`: expected a whole number of tokens"),
        ({"environ": {"REVIEWER_DEADLINE": "soon"}}, "REVIEWER_DEADLINE: expected a number of seconds"),
        ({"environ": {"REVIEWER_DEADLINE": "inf"}}, "REVIEWER_DEADLINE: expected a number of seconds"),
        ({"environ": {"REVIEWER_SKIP": "perhaps"}}, "REVIEWER_SKIP: expected true or false, got 'perhaps'"),
        ({"flags": {"fail_on": "all"}}, "--fail-on: expected one of"),
        ({"pyproject": section("deadline = 1"), "own": "deadline = 2"}, "keep one of them"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_used_is_said_with_file_key_and_expectation(tmp_path, given, message):
    with pytest.raises(ConfigError, match=re.escape(message)) as caught:
        read(tmp_path, **given)

    assert str(caught.value).isprintable()


def test_a_pyproject_without_our_section_goes_with_a_file_of_our_own(tmp_path):
    assert read(tmp_path, pyproject="[tool.other]\nhost = 1", own="deadline = 2").deadline == 2.0


def test_given_content_replaces_the_files_of_the_worktree(tmp_path):
    base = {"pyproject.toml": section('fail-on = "proved"').encode()}

    assert read(tmp_path, pyproject=section('fail-on = "never"'), repository=base).fail_on == "proved"
    assert read(tmp_path, repository={}).fail_on == "proved"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(b"\xff\xfe", "not valid TOML", id="not UTF-8"),
        pytest.param(b"x = " + b"[" * 100_000, "not valid TOML", id="deeply nested"),
    ],
)
def test_unreadable_content_is_a_configuration_error(tmp_path, content, message):
    with pytest.raises(ConfigError, match=message):
        read(tmp_path, repository={"pyproject.toml": content})


def test_a_byte_order_mark_is_no_error(tmp_path):
    assert read(tmp_path, repository={".reviewer.toml": b"\xef\xbb\xbfdeadline = 3"}).deadline == 3.0


def test_links_to_endless_devices_and_huge_files_are_not_read(tmp_path):
    (tmp_path / "pyproject.toml").symlink_to("/dev/zero")
    assert load(tmp_path, {}, {}, tmp_path / "none.toml") == Config()

    (tmp_path / ".reviewer.toml").write_bytes(b"#" * 1_000_001)
    with pytest.raises(ConfigError, match="larger than"):
        load(tmp_path, {}, {}, tmp_path / "none.toml")


def test_outside_a_repository_only_the_users_layers_count(tmp_path):
    assert load(None, {"model": "none"}, {}, tmp_path / "none.toml").model == "none"


def test_the_users_file_is_in_the_platforms_configuration_folder():
    assert default_user_file().parts[-2:] == ("reviewer", "config.toml")


@pytest.mark.parametrize(
    ("path", "glob", "expected"),
    [
        ("src/pkg/mod.py", "src", True),
        ("src/pkg/mod.py", "src/", True),
        ("src/pkg/mod.py", "pkg", True),
        ("src/pkg/mod.py", "/pkg", False),
        ("src/pkg/mod.py", "mod.py", True),
        ("src/pkg/mod.py", "*.py", True),
        ("src/pkg/mod.py", "src/*.py", False),
        ("src/pkg/mod.py", "src/*/*.py", True),
        ("src/pkg/mod.py", "src/**/*.py", True),
        ("src/mod.py", "src/**/*.py", True),
        ("src/mod.py", "**/mod.py", True),
        ("source/mod.py", "src", False),
        ("src/mod.pyi", "*.py", False),
        ("a/b/" * 40 + "c", "/".join(["**", "*"] * 40) + "/nothing", False),
    ],
)
def test_globs(path, glob, expected):
    assert settings.matches(path, glob) is expected


@given(st.lists(st.sampled_from(["a", "b", "ab"]), min_size=1, max_size=4).map("/".join))
def test_a_path_matches_itself_every_folder_above_it_and_everything(path):
    assert settings.matches(path, "/" + path)
    assert settings.matches(path, "/" + path.split("/")[0])
    assert settings.matches(path, "**")


def test_include_and_exclude_together():
    config = Config(include=("src",), exclude=("*_pb2.py",))

    assert [config.covers(path) for path in ("src/a.py", "src/a_pb2.py", "tests/a.py")] == [True, False, False]


def test_the_table_names_every_setting_and_who_may_set_it():
    rows = [line.split(" | ") for line in table().splitlines()[2:]]

    assert len(rows) == len(settings.settings())
    assert ["| `host`", "`127.0.0.1:11434`", "user", "`OLLAMA_HOST`"] in [row[:4] for row in rows]
    assert all(len(row) == 5 for row in rows)


def test_the_defaults_can_be_written_into_a_file_as_the_table_spells_them(tmp_path):
    written = {}
    for line in table().splitlines()[2:]:
        key, default = line.strip("| ").split(" | ")[:2]
        if default:
            text = default.strip("`")
            written[key.strip("`")] = text if text in {"true", "false"} or text.isdigit() else f'"{text}"'
    own = "\n".join(f"{key} = {value}" for key, value in written.items())

    assert tomllib.loads(own)
    assert read(tmp_path, user=own) == Config()


def test_reading_the_settings_imports_nothing_heavy(tmp_path):
    code = (
        "import sys; from pathlib import Path; from reviewer import config;"
        "config.load(None, {}, {}, Path('none.toml'));"
        "print(sorted({'tomllib', 'platformdirs', 'rich', 'typer', 'pydantic', 'difflib'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, env=os.environ)

    assert done.stdout == "[]\n", done.stderr
