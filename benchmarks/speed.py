"""How fast a review starts, reads a change and answers from the cache, and what it adds to the model's own time.

Each figure is the least of several runs of the real program, in one run on one machine: ratios hold elsewhere,
milliseconds do not.
"""

from __future__ import annotations

import compileall
import http.client
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import reviewer
from benchmarks.table import Table
from tests.repos import Repo
from tests.servers import MODEL, Handler, RealServer, played, real_ollama

SCRIPT = str(Path(sys.executable).with_name("reviewer"))
RUNS = 5
Row = tuple[object, ...]
FUNCTION = '''

def total_{n}(prices, rates, currency="EUR"):
    """The sum of prices in one currency.

    >>> total_{n}([("EUR", 2), ("USD", 4)], {{"USD": 0.5}})
    4.0
    """
    result = 0.0
    for code, amount in prices:
        if code == currency:
            result += amount
        elif code in rates:
            result += amount * rates[code]
        else:
            message = f"no rate for {{code}}"
            raise KeyError(message)
    if result < 0:
        raise ValueError("the sum is negative")
    return round(result, 2) + {shift}
'''


def least(run: Callable[[], object], runs: int = RUNS) -> float:
    """Seconds of the fastest of several runs."""
    times = []
    for _ in range(runs):
        began = time.perf_counter()
        run()
        times.append(time.perf_counter() - began)
    return min(times)


def row(what: str, measured: str, wanted: str = "") -> Row:
    """A row of the table; `wanted` is the most it should be."""
    return what, measured, wanted


class Bench:
    """One temporary world: repositories, a cache, the program run in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def repository(self, name: str, functions: int) -> Repo:
        """One module of so many functions, each with one changed line that is not committed."""
        repo = Repo(self.folder, name)
        repo.write("prices.py", "".join(FUNCTION.format(n=n, shift="0") for n in range(functions))).add().commit()
        repo.write("prices.py", "".join(FUNCTION.format(n=n, shift="0.0") for n in range(functions)))
        return repo

    def run(self, repo: Repo, *arguments: str, host: str = "127.0.0.1:1", cache: str = "cache") -> str:
        """Run `reviewer` there; its stdout."""
        environment = repo.env | {"OLLAMA_HOST": host, "REVIEWER_CACHE_DIR": str(self.folder / cache)}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed program is compiled
        done = subprocess.run([SCRIPT, *arguments], cwd=repo.root, env=environment, capture_output=True, check=False)
        if done.returncode not in (0, 1, 3):
            raise RuntimeError(done.stderr.decode())
        return done.stdout.decode()


def start(bench: Bench) -> Iterator[Row]:
    """What every call pays."""
    repo = bench.repository("start", 1)
    bare = least(lambda: subprocess.run([sys.executable, "-c", "pass"], check=True))
    yield row("python -c pass", f"{bare * 1000:.0f} ms")
    yield row("reviewer --help", f"{least(lambda: bench.run(repo, '--help')) * 1000:.0f} ms", "150 ms")
    repo.write("notes.txt", "x").add("notes.txt")
    hook = least(lambda: bench.run(repo, "hook", "pre-commit"))
    yield row("hook, no Python staged", f"{hook * 1000:.0f} ms", "50 ms")


def reading(bench: Bench) -> Iterator[Row]:
    """From the change to its functions in a large repository."""
    repo = Repo(bench.folder, "large")
    for number in range(10_000):
        repo.write(f"pkg{number % 100}/mod{number}.py", FUNCTION.format(n=number, shift="0"))
    repo.add().commit()
    for number in range(10):
        repo.write(f"pkg{number % 100}/mod{number}.py", FUNCTION.format(n=number, shift="0.0"))
    repo.add()
    code = (
        "import time\n"
        "from pathlib import Path\n"
        "from reviewer import config, functions, changes, gitrunner, reading\n"
        "from reviewer.data import Selection\n"
        "import git, tree_sitter, tree_sitter_python\n"
        "settings = config.load(None, {}, {})\n"
        "times = []\n"
        "for _ in range(5):\n"
        "    began = time.perf_counter()\n"
        "    subject = reading.read_subject(settings, Selection(), (), Path.cwd())\n"
        "    times.append(time.perf_counter() - began)\n"
        "assert len(subject.todo) == 10, len(subject.todo)\n"
        "print(times[0], min(times))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=repo.root, env=repo.env, capture_output=True, check=True)
    first, best = map(float, done.stdout.split())
    yield row(
        "10,000 files, 10 staged: change to functions", f"{best * 1000:.0f} ms ({first * 1000:.0f} the first)", "150 ms"
    )


def overhead(bench: Bench) -> Iterator[Row]:
    """What the program adds where the server answers at once, and a review from the cache."""
    one, ten = bench.repository("one", 1), bench.repository("ten", 10)
    with played(nothing_wrong) as server:

        def ask(repo: Repo, cache: str, *more: str) -> str:
            return bench.run(repo, "review", "--model", MODEL, "--format", "json", *more, host=server.host, cache=cache)

        count = iter(range(1000))
        plain = least(lambda: ask(one, f"new{next(count)}", "--no-execute"))
        yield row("one function, server answers at once, no execution", f"{plain * 1000:.0f} ms", "500 ms")
        proved = least(lambda: ask(one, f"new{next(count)}"))
        yield row("the same, examples executed on both versions", f"{proved * 1000:.0f} ms")
        ask(ten, "kept", "--no-execute")
        cached = least(lambda: ask(ten, "kept", "--no-execute"))
        yield row("ten functions from the cache, no execution", f"{cached * 1000:.0f} ms", "250 ms")
        ask(ten, "kept")
        cached = least(lambda: ask(ten, "kept"))
        yield row("ten functions from the cache", f"{cached * 1000:.0f} ms", "250 ms")
        without = least(lambda: ask(ten, f"new{next(count)}", "--no-execute"))
        evidence = least(lambda: ask(ten, f"new{next(count)}"))
        yield row("ten functions: added by the evidence", f"{(evidence - without) * 1000:.0f} ms", "2000 ms")


def nothing_wrong(handler: Handler) -> None:
    """The answer of a model that has nothing to say to any question, at once."""
    wanted = handler.server.seen[-1].json["format"]["required"]
    handler.stream()
    handler.pieces(json.dumps({name: [] for name in wanted}))
    handler.last(prompt_eval_count=700)


def against_the_model(bench: Bench) -> Iterator[Row]:
    """The run's wall time over the time of the same requests sent one after the other by a bare client."""
    with real_server(bench.folder) as server:
        if server is None:
            yield row("wall time over raw model time", "not measured: no ollama on PATH or in .build/bin")
            return
        repo = bench.repository("model", 10)
        warm = ("review", "--model", server.model, "--no-execute", "--format", "json")
        bench.run(bench.repository("warm", 1), *warm, host=server.host, cache="warm")
        with recorded(server) as (host, bodies):
            bench.run(repo, *warm, host=host, cache="recorded")
        unload(server)
        raw, generated = spent(server.host, bodies)
        unload(server)
        began = time.perf_counter()
        stats = json.loads(bench.run(repo, *warm, host=server.host, cache="timed"))["stats"]
        wall = time.perf_counter() - began
        yield row(
            "ten functions: wall time over raw model time", f"{wall / raw:.2f} ({wall:.1f} s over {raw:.1f} s)", "1.05"
        )
        yield row("  tokens generated in that time, ours and raw", f"{stats['completion_tokens']} and {generated}")
        reviewed = max(1, stats["model_calls"])
        yield row("prompt tokens a function, cached ones counted too", f"{stats['prompt_tokens'] / reviewed:.0f}")


def tokens(bench: Bench) -> Iterator[Row]:
    """Prompt tokens a function, as the model in process counts them: one changed line of twenty."""
    arguments = ("review", "--model", "embedded", "--no-execute", "--format", "json")

    def counted(functions: int) -> tuple[int, int, int]:
        """Requests, their prompt tokens, and those of them that were not cached."""
        name = f"tokens{functions}"
        stats = json.loads(bench.run(bench.repository(name, functions), *arguments, cache=name))["stats"]
        return stats["model_calls"], stats["prompt_tokens"], stats["prompt_tokens"] - stats["cached_prompt_tokens"]

    (few, _, first), (many, whole, fresh) = counted(1), counted(4)
    yield row("prompt tokens a function", f"{whole / many:.0f}")
    yield row("  of them uncached: the first, which reads the rules", f"{first / few:.0f}")
    yield row("  uncached: each one after it", f"{(fresh - first) / (many - few):.0f}", "350")


@contextmanager
def real_server(folder: Path) -> Iterator[RealServer | None]:
    """A real Ollama server that holds the packaged model, None where there is none."""
    import shutil

    from reviewer.models.embedded import model_file

    built = Path(__file__).parents[1] / ".build" / "bin" / "ollama"
    binary, gguf = shutil.which("ollama") or (str(built) if built.exists() else None), model_file()
    if binary is None or gguf is None:
        yield None
        return
    home = folder / "ollama"
    home.mkdir()
    with real_ollama(binary, home, gguf) as server:
        yield server


@contextmanager
def recorded(server: RealServer) -> Iterator[tuple[str, list[bytes]]]:
    """A proxy before the server that keeps its chat requests, as short as the reader let their replies become."""
    import threading
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

    bodies: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            chunks = self.pass_on(body)
            if self.path == "/api/chat":
                bodies.append(body if chunks is None else shortened(body, chunks))

        def do_GET(self) -> None:
            self.pass_on(None)

        def pass_on(self, body: bytes | None) -> int | None:
            """Pass the answer on; how many chunks of it went out before the reader hung up, None if it heard all."""
            chunks = 0
            with answered(server.host, body, self.path) as answer:
                self.send_response(answer.status)
                self.end_headers()
                for line in answer:
                    try:
                        self.wfile.write(line)
                    except ConnectionError:
                        return chunks
                    chunks += 1
            return None

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    proxy = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=proxy.serve_forever, daemon=True).start()
    try:
        yield f"127.0.0.1:{proxy.server_port}", bodies
    finally:
        proxy.shutdown()
        proxy.server_close()


def shortened(body: bytes, chunks: int) -> bytes:
    """The request for so many tokens: a chunk holds one."""
    request = json.loads(body)
    request["options"]["num_predict"] = chunks
    return json.dumps(request).encode()


@contextmanager
def answered(host: str, body: bytes | None, path: str = "/api/chat") -> Iterator[http.client.HTTPResponse]:
    """The answer to one plain request."""
    connection = http.client.HTTPConnection(host, timeout=600)
    try:
        connection.request("GET" if body is None else "POST", path, body, {"Content-Type": "application/json"})
        yield connection.getresponse()
    finally:
        connection.close()


def spent(host: str, bodies: Iterable[bytes]) -> tuple[float, int]:
    """Seconds that requests take one after the other, and the tokens they generate."""
    began, tokens = time.perf_counter(), 0
    for body in bodies:
        with answered(host, body) as answer:
            tokens += json.loads(answer.read().splitlines()[-1])["eval_count"]
    return time.perf_counter() - began, tokens


def unload(server: RealServer) -> None:
    """Make the server forget what it holds of earlier prompts, and load the model anew as the requests will have it."""
    with answered(server.host, json.dumps({"model": server.model, "messages": [], "keep_alive": 0}).encode()) as answer:
        answer.read()
    time.sleep(1)


def measure() -> Iterator[Table]:
    """Every figure."""
    os.environ.pop("OLLAMA_HOST", None)
    compileall.compile_dir(Path(reviewer.__file__).parent, quiet=2)  # as an installer does
    with tempfile.TemporaryDirectory(prefix="reviewer-bench-") as folder:
        bench = Bench(Path(folder))
        sections = (start, reading, overhead, tokens, against_the_model)
        for section in sections:
            title = (section.__doc__ or section.__name__).partition("\n")[0]
            yield Table(title, ("what", "measured", "wanted at most"), tuple(section(bench)))
