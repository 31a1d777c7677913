"""Which model a run uses. Nothing is ever pulled or installed here; what would help is said."""

from __future__ import annotations

from reviewer.errors import NoModelError
from reviewer.models import embedded, ollama
from reviewer.models.base import Model, SelfTests
from reviewer.records import record
from reviewer.trust import check_endpoint


@record(frozen=True, slots=True)
class Chosen:
    """The model, and a sentence the user should read before it is used, "" for none."""

    model: Model
    note: str = ""


def choose(
    name: str,
    *,
    configured: str,
    host: str,
    allow_remote: bool,
    window: int,
    self_tests: SelfTests,
) -> Chosen | None:
    """The model that `name` stands for: `none` (None), `embedded`, `auto`, or a model of the Ollama server at `host`.

    `auto` is the `configured` Ollama model if the server answers and holds it, else the one in process if installed.
    Raises NoModelError with what would help, TrustError when a prompt may not go where the settings point: that stops
    `auto` as well, since a setting that cannot be followed should be known, not walked around.
    """
    if name == "none":
        return None
    if name == "embedded":
        return Chosen(_embedded(window, self_tests))
    try:
        return _ollama(configured if name == "auto" else name, host, allow_remote, window, self_tests)
    except NoModelError as error:
        if name != "auto":
            raise
        return _instead(error, configured, window, self_tests)


def _ollama(name: str, host: str, allow_remote: bool, window: int, self_tests: SelfTests) -> Chosen:
    endpoint = check_endpoint(host, allow_remote=allow_remote)
    model = ollama.connect(endpoint, name, window=window, self_tests=self_tests, allow_remote=allow_remote)
    note = f"prompts for {model.info.name} leave this machine by way of {endpoint.url}, as you allowed"
    return Chosen(model, note if model.remote else "")


def _embedded(window: int, self_tests: SelfTests) -> Model:
    return embedded.open_embedded(window=min(window, embedded.WINDOW), self_tests=self_tests)


def _instead(error: NoModelError, configured: str, window: int, self_tests: SelfTests) -> Chosen:
    """The model in process, in place of the Ollama model that cannot be had."""
    try:
        model = _embedded(window, self_tests)
    except NoModelError:
        needs = f"`ollama pull {configured}` or `{embedded.INSTALL}` would help"
        help_text = f"{needs}; `--model none` runs what docstrings promise without one"
        raise NoModelError(f"no model can be used: {error}; {help_text}") from None
    return Chosen(model, f"{error}; using the small model in process, {model.info.name}, which misses much")
