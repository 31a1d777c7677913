"""Models of an Ollama server, through the official client, which is imported with the first prompt and not before."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterable, Iterator

from reviewer.data import Message, ModelInfo, Reason, Reply, Request
from reviewer.errors import ModelError
from reviewer.models import answer as answers
from reviewer.models.answer import Answer
from reviewer.models.base import SelfTests, chat_messages, fewest_tokens, remaining
from reviewer.models.client import BusyError, Client
from reviewer.models.cut import Cut
from reviewer.models.server import TIMEOUT, Held, look_up
from reviewer.trust import Endpoint

WINDOW = 8192
THINKING_TOKENS = 4096  # added to the cap of a model that cannot be kept from thinking: its thoughts count
BUSY_PAUSES = (0.5, 2.0)  # seconds before asking a server with a full queue again
_PLAIN = "plain"  # self-test result: no value of `think` makes the server obey the schema
_UNSET = "unset"

_TEST_MESSAGES = (
    Message("system", "You are a helpful assistant."),
    Message("user", "Say hello in one short sentence."),
)
_TEST_SCHEMA = {"type": "object", "properties": {"ok": {"type": "boolean"}}, "required": ["ok"]}
_TEST_TOKENS = 128


def connect(
    endpoint: Endpoint,
    name: str,
    *,
    window: int = WINDOW,
    self_tests: SelfTests | None = None,
    allow_remote: bool = False,
    timeout: float = TIMEOUT,
) -> OllamaModel:
    """The model of that name, found trustworthy, after three small questions and no prompt.

    `window` is lowered to what the model was trained for. Raises NoModelError when the server does not answer within
    `timeout` seconds or does not hold the model, TrustError when prompts to it would leave the machine.
    """
    held = look_up(endpoint, name, allow_remote=allow_remote, timeout=timeout)
    return OllamaModel(endpoint, held, window, {} if self_tests is None else self_tests, allow_remote=allow_remote)


class OllamaModel:
    """A Model that an Ollama server holds. Every request has one `num_ctx`, so the server never reloads the weights."""

    def __init__(
        self, endpoint: Endpoint, held: Held, window: int, self_tests: SelfTests, *, allow_remote: bool
    ) -> None:
        self.info = ModelInfo(held.name, held.digest, "ollama", endpoint.url)
        self.version = held.version
        self.remote = endpoint.remote or held.remote
        self.window = min(window, held.trained_context or window)
        self._endpoint = endpoint
        self._think = held.think
        self._self_tests = self_tests
        self._allow_remote = allow_remote
        self._client: Client | None = None
        self._running: set[Cut] = set()

    def ask(self, request: Request, deadline: float) -> Reply:
        """See `Model.ask`."""
        started = time.monotonic()
        mode = self._thinking(deadline) if self._think else None
        answer = self._complete(request.messages, request, mode, deadline)
        text = answers.unwrapped(answer.text) if mode == _PLAIN else answer.text
        return Reply(text, answer.prompt_tokens, None, answer.completion_tokens, time.monotonic() - started)

    def close(self) -> None:
        """See `Model.close`."""
        for cut in tuple(self._running):
            cut.now(Reason.INTERRUPTED)
        if self._client is not None:
            self._client.close()
            self._client = None

    def _thinking(self, deadline: float) -> str:
        """The JSON text of the `think` value under which this server obeys a schema, `unset`, or `plain`.

        Servers have ignored the schema under `think: false`, others under anything else (ollama/ollama#14645, #15260):
        found out once for a server's version and a model's digest.
        """
        key = f"think {self.version} {self.info.digest}"
        modes = [_UNSET if value is None else json.dumps(value) for value in self._think]
        known = self._self_tests.get(key)
        if known not in (*modes, _PLAIN):  # never found out, or kept by a file that was damaged
            known = next((mode for mode in modes if self._obeys(mode, deadline)), _PLAIN)
            self._self_tests[key] = known
        return known

    def _obeys(self, mode: str, deadline: float) -> bool:
        request = Request(_TEST_MESSAGES, _TEST_SCHEMA, _TEST_TOKENS)
        try:
            value = json.loads(self._complete(request.messages, request, mode, deadline).text)
        except ModelError as error:
            if error.reason is Reason.INVALID_REPLY or "think" in error.detail:  # a value this model refuses
                return False
            raise
        except ValueError:
            return False
        return isinstance(value, dict) and isinstance(value.get("ok"), bool)

    def _complete(self, messages: Iterable[Message], request: Request, mode: str | None, deadline: float) -> Answer:
        """Sends, reads and judges one request."""
        messages = tuple(messages)
        room = self.window - fewest_tokens(messages)
        if room <= 0:
            raise ModelError(Reason.TOO_LARGE, f"the prompt does not fit the model's context of {self.window} tokens")
        thinks = mode not in (None, "false")
        most = min(request.max_tokens + (THINKING_TOKENS if thinks else 0), room)
        body: dict[str, object] = {
            "model": self.info.name,
            "messages": chat_messages(messages),
            "stream": True,
            "truncate": False,
            "options": {
                "num_ctx": self.window,
                "num_predict": most,
                "temperature": request.temperature,
                "seed": request.seed,
            },
        }
        if mode != _PLAIN:
            body["format"] = request.schema
        if mode not in (None, _UNSET, _PLAIN):
            body["think"] = json.loads(mode)
        answer = self._patiently(json.dumps(body).encode(), most, deadline, BUSY_PAUSES)
        answers.judge(answer, messages, window=self.window, most_tokens=most)
        return answer

    def _patiently(self, body: bytes, most: int, deadline: float, pauses: tuple[float, ...]) -> Answer:
        """Asks again when the server's queue is full, after each of the pauses that ends before the deadline."""
        try:
            return self._send(body, most, deadline)
        except BusyError as busy:
            if not pauses or time.monotonic() + pauses[0] >= deadline:
                raise ModelError(Reason.MODEL_ERROR, str(busy)) from None
        time.sleep(pauses[0])
        return self._patiently(body, most, deadline, pauses[1:])

    def _send(self, body: bytes, most: int, deadline: float) -> Answer:
        """One POST of /api/chat; the connection is closed, and so the generation over, when this returns or raises."""
        seconds = remaining(deadline)
        if seconds == 0:
            raise ModelError(Reason.DEADLINE, "the deadline passed before the model was asked")
        if self._client is None:
            self._client = Client(self._endpoint)
        with (
            Cut(deadline) as cut,
            self._listed(cut),
            self._client.streamed("/api/chat", body, timeout=seconds, cut=cut) as chunks,
        ):
            return answers.read(chunks, most_tokens=most, allow_remote=self._allow_remote)

    @contextlib.contextmanager
    def _listed(self, cut: Cut) -> Iterator[None]:
        """Lets `close` cut the request."""
        self._running.add(cut)
        try:
            yield
        finally:
            self._running.discard(cut)
