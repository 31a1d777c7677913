"""Real servers on loopback for tests: one that plays faults, one that only records, and a real `ollama serve`."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

MODEL = "played:7b"
DIGEST = sha256(b"played").hexdigest()
DETAILS = {"format": "gguf", "family": "qwen2"}


@dataclass(frozen=True)
class Seen:
    """One request as the server got it."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    client: object  # address and port it came from: one connection, one client

    @property
    def json(self) -> dict[str, Any]:
        return json.loads(self.body)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: PlayedServer

    def answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        self.server.seen.append(Seen(self.command, self.path, dict(self.headers), body, self.client_address))
        play = self.server.routes.get(self.path)
        with contextlib.suppress(ConnectionError):
            if play is None:
                self.say({"error": "not found"}, 404)
            elif callable(play):
                play(self)
            else:
                self.say(play)

    do_GET = do_POST = do_CONNECT = answer  # noqa: N815

    def say(self, value: object, status: int = 200, **headers: str) -> None:
        self.raw(value if isinstance(value, bytes) else json.dumps(value).encode(), status, **headers)

    def raw(self, body: bytes, status: int = 200, **headers: str) -> None:
        self.head(status, {"Content-Length": str(len(body)), **headers})
        self.wfile.write(body)

    def head(self, status: int = 200, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()

    def stream(self) -> None:
        """Starts an answer that ends with the connection; lines follow by `line`."""
        self.close_connection = True
        self.head(200, {"Content-Type": "application/x-ndjson", "Connection": "close"})

    def line(self, value: object) -> None:
        self.wfile.write(json.dumps(value).encode() + b"\n")

    def pieces(self, *texts: object) -> None:
        for text in texts:
            self.line({"model": MODEL, "message": {"role": "assistant", "content": text}, "done": False})

    def last(self, **changes: object) -> None:
        counts = {"done_reason": "stop", "prompt_eval_count": 40, "eval_count": 6}
        self.line({"model": MODEL, "message": {"role": "assistant", "content": ""}, "done": True} | counts | changes)

    def until_gone(self) -> None:
        """Waits for the client to close the connection, and notes that it did."""
        self.connection.settimeout(60)
        with contextlib.suppress(ConnectionError):
            self.connection.recv(1)
        self.server.clients_gone.release()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Silent."""


Play = Callable[[Handler], None]


@dataclass
class PlayedServer(ThreadingHTTPServer):
    """Answers as an Ollama server that holds MODEL, except for what `routes` says otherwise."""

    routes: dict[str, Any] = field(default_factory=dict)
    seen: list[Seen] = field(default_factory=list)
    daemon_threads = True

    def __post_init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.clients_gone = threading.Semaphore(0)
        listed = {"name": MODEL, "model": MODEL, "digest": DIGEST, "details": DETAILS}
        shown = {"details": DETAILS, "model_info": {"general.architecture": "q", "q.context_length": 32768}}
        self.routes = {
            "/api/version": {"version": "0.17.4"},
            "/api/tags": {"models": [listed]},
            "/api/show": shown | {"capabilities": ["completion"]},
            "/api/chat": good,
        } | self.routes

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.server_port}"

    def prompts(self) -> list[Seen]:
        return [seen for seen in self.seen if seen.path == "/api/chat"]


def good(handler: Handler) -> None:
    handler.stream()
    handler.pieces('{"ok":', " true}")
    handler.last()


@contextlib.contextmanager
def played(chat: Play | None = None, **routes: object) -> Iterator[PlayedServer]:
    """A PlayedServer; `version=...`, `tags=...`, `show=...`, `status=...` replace what /api/... answers."""
    changed = {f"/api/{name}": value for name, value in routes.items()} | ({"/api/chat": chat} if chat else {})
    server = PlayedServer(routes=changed)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


class Recorder(list[bytes]):
    """A listening `port` that answers nothing; the list holds the first bytes of whatever connected."""

    def __init__(self) -> None:
        super().__init__()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._socket.accept()
                with connection:
                    connection.settimeout(2)
                    self.append(b"connected")
                    self[-1] = connection.recv(65536)

    def __enter__(self) -> Recorder:
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


# ---------------------------------------------------------------- the real server


@dataclass(frozen=True)
class RealServer:
    """A real Ollama server: `host` as OLLAMA_HOST takes it, `model` the name of the packaged model in it."""

    host: str
    model: str


@contextlib.contextmanager
def real_ollama(binary: str, folder: Path, gguf: Path, **more: str) -> Iterator[RealServer]:
    """Runs `ollama serve` with its own home and models below `folder`, holding the model of the GGUF file.

    `more` is added to its environment.
    """
    host = f"127.0.0.1:{free_port()}"
    paths = {"HOME": str(folder), "OLLAMA_MODELS": str(folder / "models"), "PATH": os.environ["PATH"]}
    environment = paths | {"OLLAMA_HOST": host, "OLLAMA_NO_CLOUD": "1"} | more
    with (folder / "serve.log").open("wb") as log:
        process = subprocess.Popen(
            [binary, "serve"], env=environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True
        )
    try:
        _wait_until_ready(f"http://{host}/api/version", process, folder / "serve.log")
        _import_model(host, "smollm2", gguf)
        yield RealServer(host, "smollm2")
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _wait_until_ready(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    ends = time.monotonic() + 60
    while time.monotonic() < ends and process.poll() is None:
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=5):
            return
        time.sleep(0.1)
    raise RuntimeError(f"ollama serve did not start:\n{log.read_text(errors='replace')[-2000:]}")


def _import_model(host: str, name: str, gguf: Path) -> None:
    from ollama import Client

    client = Client(host, trust_env=False)
    client.create(model=name, files={"smollm2.gguf": client.create_blob(gguf)})
