"""Pure: what a model needs of a machine's memory, and which model is recommended for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from reviewer.records import record

SHARE = 0.75
"""Of the machine's memory, what a model may take: the rest is for the editor, the browser and the system. macOS lets a
graphics chip have about as much: https://developer.apple.com/documentation/metal/mtldevice/recommendedmaxworkingsetsize"""

WORKING = 500_000_000
"""Bytes for what is neither weights nor the cache of keys and values: buffers of the computation, the server."""

_BYTES = 2  # of one number in the cache of keys and values, which servers keep as 16-bit floats unless told otherwise


@record(frozen=True, slots=True)
class Candidate:
    """A model that may be recommended: its name in Ollama's library, and its needs in bytes at any window."""

    name: str
    size: int  # of the file
    per_token: int  # of the cache of keys and values


LADDER = (
    # Layers, heads of keys and values, and their width: from the models' own config.json. The 3B model of this family
    # is left out: its licence forbids commercial use.
    Candidate("qwen2.5-coder:7b", 4_683_087_332, 2 * 28 * 4 * 128 * _BYTES),
    Candidate("qwen2.5-coder:1.5b", 986_061_892, 2 * 28 * 2 * 128 * _BYTES),
    Candidate("qwen2.5-coder:0.5b", 397_821_319, 2 * 24 * 2 * 64 * _BYTES),
)
RULE = "the largest Qwen2.5-Coder up to 7B that fits, its 3B left out for its licence"


def recommended(total: int | None, window: int) -> str | None:
    """The largest of the ladder that fits a machine with so many bytes of memory; the first if nobody knows."""
    if total is None:
        return LADDER[0].name
    return next((one.name for one in LADDER if fits(needs(one.size, one.per_token, window), total)), None)


def needs(size: int, per_token: int | None, window: int) -> int:
    """Bytes that a model takes while it answers: its file, the cache for a whole window, and working memory.

    Too much for models that keep only a part of the window (sliding windows); `per_token` None: nothing known of it.
    """
    return size + (per_token or 0) * window + WORKING


def fits(bytes_needed: int, total: int) -> bool:
    """Whether that much may be taken of a machine with `total` bytes of memory."""
    return bytes_needed <= SHARE * total


def per_token(model_info: object) -> int | None:
    """Bytes of the cache of keys and values for one token, out of /api/show's `model_info`; None if it does not say.

    https://github.com/ggml-org/ggml/blob/master/docs/gguf.md names the keys.
    """
    if not isinstance(model_info, Mapping):
        return None
    family = model_info.get("general.architecture")
    layers, heads, width = (
        _count(model_info.get(f"{family}.{key}")) for key in ("block_count", "attention.head_count", "embedding_length")
    )
    if not (layers and heads and width):
        return None
    both = sum(_count(model_info.get(f"{family}.attention.{key}_length", width // heads)) for key in ("key", "value"))
    # Where layers differ, there is a list with the number of heads of each.
    own = model_info.get(f"{family}.attention.head_count_kv", heads)
    return both * (sum(map(_count, own)) if isinstance(own, list) else _count(own) * layers) * _BYTES


def known_total(limits: Iterable[int | None]) -> int | None:
    """The machine's memory in bytes: the least of what the hardware and a container's limits say."""
    return min((limit for limit in limits if limit), default=None)


def gigabytes(size: int) -> str:
    """A number of bytes as people say it; under ten megabytes still in megabytes."""
    return f"{size / 1e9:.1f} GB" if size >= 95_000_000 else f"{size / 1e6:.1f} MB"


def _count(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0
