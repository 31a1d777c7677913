"""Pure: the bytes of a streamed /api/chat answer -> an Answer, or a ModelError that says what is wrong with it.

Servers report trouble in many ways: an error line under status 200, an early end, a prompt silently cut, a reply that
never ends. Whatever is not a complete answer to the whole prompt is an error here, never a reply.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping

from reviewer.data import Message, Reason
from reviewer.errors import ModelError
from reviewer.models.base import fewest_tokens, one_line, printable
from reviewer.records import record
from reviewer.trust import check_reply

_LONGEST_LINE = 1024 * 1024  # bytes; a line carries one token, or with logprobs a few hundred bytes more
_BYTES_PER_TOKEN = 4096  # of the stream, far above any server's framing
_CHARACTERS_PER_TOKEN = 64
_BLANKS = 512  # consecutive blanks that no formatting needs; grammars allow a model to emit them for ever
# The three ways servers since 0.12.6 say that a prompt does not fit.
_TOO_LONG = ("exceeds the context length", "exceed_context_size", "longer than the context length")


@record(frozen=True, slots=True)
class Answer:
    """One whole answer and the counts the server gave, in tokens."""

    text: str
    done_reason: str
    prompt_tokens: int
    completion_tokens: int


def read(chunks: Iterable[bytes], *, most_tokens: int, allow_remote: bool = False) -> Answer:
    """Reads until the server says it is done.

    Raises ModelError for anything but a well-formed answer, TrustError when another machine answered.
    """
    pieces: list[str] = []
    length = blanks = 0
    for part in _objects(chunks, most=_LONGEST_LINE + most_tokens * _BYTES_PER_TOKEN):
        check_reply(part, allow_remote=allow_remote)
        if part.get("error"):
            raise refusal(200, part["error"])
        piece = _content(part)
        pieces.append(piece)
        length += len(piece)
        blanks = len(piece) - len(piece.rstrip()) + (blanks if not piece.strip() else 0)
        if blanks > _BLANKS:
            raise ModelError(Reason.INVALID_REPLY, "the reply fell into endless blanks")
        if length > _CHARACTERS_PER_TOKEN * most_tokens:
            raise ModelError(Reason.INVALID_REPLY, f"the reply did not end at {most_tokens} tokens")
        if part.get("done"):
            return _finish(part, "".join(pieces))
    raise ModelError(Reason.MODEL_ERROR, "the server ended its answer in the middle")


def judge(answer: Answer, messages: Iterable[Message], *, window: int, most_tokens: int) -> None:
    """ModelError unless the answer is complete and was made from the whole prompt."""
    if answer.done_reason == "length":
        raise ModelError(Reason.INVALID_REPLY, f"the reply was cut at {answer.completion_tokens or most_tokens} tokens")
    if answer.done_reason != "stop":
        raise ModelError(Reason.MODEL_ERROR, f"the server stopped with the reason {one_line(answer.done_reason, 40)!r}")
    messages, read_tokens = tuple(messages), answer.prompt_tokens
    words = fewest_tokens(messages)
    large = sum(len(message.content.encode("utf-8", "replace")) for message in messages) > 2 * window
    # A prompt cut to the window fills it; one cut to half the window counts fewer tokens than it has words. A small
    # prompt cannot have been cut by that, so there a count is doubted only when no tokenizer could reach it.
    if read_tokens >= window or read_tokens < (words if large else words // 2):
        raise ModelError(Reason.TOO_LARGE, f"the server cut the prompt: it read {read_tokens} tokens of it")
    if read_tokens + answer.completion_tokens > window:
        raise ModelError(Reason.TOO_LARGE, "prompt and reply outgrew the context, so part of the prompt was forgotten")
    if not answer.text.strip():
        raise ModelError(Reason.INVALID_REPLY, "the reply is empty")


def refusal(status: int, error: object) -> ModelError:
    """What a server's refusal means; `error` is the body's `error`, or the body itself."""
    text = error if isinstance(error, str) else json.dumps(error)
    if any(mark in text for mark in _TOO_LONG):
        return ModelError(Reason.TOO_LARGE, "the prompt does not fit the model's context")
    if 300 <= status < 400:
        return ModelError(Reason.MODEL_ERROR, "the server answers with a redirect, which is not followed")
    said = one_line(text) or f"status {status}"
    if status == 404:
        return ModelError(Reason.MODEL_ERROR, f"the server no longer holds the model: {said}")
    if status == 503:
        return ModelError(Reason.MODEL_ERROR, f"the server is busy: {said}")
    return ModelError(Reason.MODEL_ERROR, f"the server reports an error: {said}")


def refusal_of(status: int, body: bytes) -> ModelError:
    """As `refusal`, from the raw body."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        value = body.decode("utf-8", "replace")
    return refusal(status, value.get("error", value) if isinstance(value, dict) else value)


def unwrapped(text: str) -> str:
    """The JSON object inside a reply that no grammar kept free of prose; the text itself where there is none."""
    start, end = text.find("{"), text.rfind("}")
    return text[start : end + 1] if 0 <= start < end else text


def _objects(chunks: Iterable[bytes], *, most: int) -> Iterator[Mapping[str, object]]:
    total, rest = 0, b""
    for chunk in chunks:
        total += len(chunk)
        *lines, rest = (rest + chunk).split(b"\n")
        if total > most or len(rest) > _LONGEST_LINE:
            raise ModelError(Reason.INVALID_REPLY, "the server's answer does not end")
        yield from (_object(line) for line in lines if line.strip())
    if rest.strip():
        yield _object(rest)


def _object(line: bytes) -> Mapping[str, object]:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise ModelError(Reason.MODEL_ERROR, "the server's answer is not the JSON that Ollama sends")
    return value


def _content(part: Mapping[str, object]) -> str:
    message = part.get("message")
    content = message.get("content", "") if isinstance(message, Mapping) else None
    if not isinstance(content, str):
        raise ModelError(Reason.MODEL_ERROR, "the server's answer has no text where Ollama sends text")
    return content


def _finish(part: Mapping[str, object], text: str) -> Answer:
    reason, prompt, made = part.get("done_reason"), part.get("prompt_eval_count"), part.get("eval_count")
    if not isinstance(reason, str):
        raise ModelError(Reason.MODEL_ERROR, "the server does not say why the reply ended")
    if reason == "stop" and not (_is_count(prompt) and _is_count(made)):
        raise ModelError(Reason.MODEL_ERROR, "the server does not count tokens, so a cut prompt could not be noticed")
    return Answer(printable(text), reason, _count(prompt), _count(made))


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _count(value: object) -> int:
    return value if isinstance(value, int) and _is_count(value) else 0
