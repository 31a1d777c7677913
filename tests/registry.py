"""A registry of models on loopback, over TLS, that holds one model: enough for a real Ollama server to fetch it."""

from __future__ import annotations

import contextlib
import json
import re
import ssl
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import file_digest, sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

_OPENSSL = ("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1")


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Registry

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        path, _, stored = self.path.partition("?")
        digest = path.rpartition("/")[2]
        content = self.server.manifest if "/manifests/" in self.path else self.server.blobs.get(digest)
        if content is None:
            self.answer(404, b"{}")
            return
        if self.command == "GET" and "/blobs/" in path and not stored:  # Ollama wants to be sent to another host
            self.answer(307, b"", Location=f"https://localhost:{self.server.server_port}{path}?stored")
            return
        wanted = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
        if wanted:
            self.answer(206, content[int(wanted[1]) : int(wanted[2]) + 1])
        else:
            self.answer(200, content)

    do_HEAD = do_GET  # noqa: N815

    def answer(self, status: int, content: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        with contextlib.suppress(OSError):
            if self.command == "GET":
                self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Silent."""


@dataclass
class Registry(ThreadingHTTPServer):
    """`name` is what Ollama calls the model there; `certificate` is the file that makes it trusted."""

    certificate: Path
    gguf: Path
    blobs: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    manifest: bytes = b""
    daemon_threads = True

    def __post_init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        with self.gguf.open("rb") as file:
            model = "sha256:" + file_digest(file, "sha256").hexdigest()
        config = {"model_format": "gguf", "model_family": "llama", "model_families": ["llama"], "file_type": "Q4_1"}
        config |= {"model_type": "134.52M", "architecture": "amd64", "os": "linux"}
        config |= {"rootfs": {"type": "layers", "diff_ids": [model]}}
        text = json.dumps(config).encode()
        self.blobs = {model: self.gguf.read_bytes(), "sha256:" + sha256(text).hexdigest(): text}
        kinds = ("ollama.image.model", "docker.container.image.v1+json")
        parts = [
            {"mediaType": f"application/vnd.{kind}", "digest": digest, "size": len(blob)}
            for kind, (digest, blob) in zip(kinds, self.blobs.items(), strict=True)
        ]
        kind = "application/vnd.docker.distribution.manifest.v2+json"
        self.manifest = json.dumps(
            {"schemaVersion": 2, "mediaType": kind, "layers": parts[:1], "config": parts[1]}
        ).encode()

    @property
    def name(self) -> str:
        return f"127.0.0.1:{self.server_port}/library/tiny:1b"


@contextlib.contextmanager
def registry(folder: Path, gguf: Path) -> Iterator[Registry]:
    """A registry that holds the model of the GGUF file; its key and certificate are made in `folder`."""
    files = ("-keyout", folder / "key.pem", "-out", folder / "certificate.pem")
    subprocess.run(
        [*_OPENSSL, "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost", *files], check=True, capture_output=True
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    server = Registry(folder / "certificate.pem", gguf)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
