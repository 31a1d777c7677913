"""The one place that decides whether a prompt may go to an endpoint and to a model there.

Reviewed code leaves the process only towards a literal loopback address, and only to a model whose weights the server
itself holds. An Ollama server forwards whole prompts to another machine for models with a cloud name and for stubs of
any name, so the address alone says nothing. Whoever wants a remote model says so (`allow_remote`), and it is shown.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping

from reviewer.errors import TrustError
from reviewer.records import record

DEFAULT_PORT = 11434
_PORTS = {"http": 80, "https": 443}
_CLOUD_NAME = re.compile(r"(?i)(:|-)cloud$")
_HOST_NAME = re.compile(r"[A-Za-z0-9._-]+")
_AUTHORITY = re.compile(r"(?:\[(?P<six>[0-9A-Fa-f:.]+)\]|(?P<name>[^\[\]:]*))(?::(?P<port>[0-9]{1,5}))?")
_OPT_IN = "allow it with `allow-remote = true` in your own configuration, never in the repository's"


@record(frozen=True, slots=True)
class Endpoint:
    """Where prompts may go, as `check_endpoint` allowed it. `host` is an address without brackets, or a remote name."""

    scheme: str
    host: str
    port: int
    path: str = ""  # prefix of every request path, "" or "/prefix"
    remote: bool = False  # not this machine: allowed by the user, to be shown on every run

    @property
    def url(self) -> str:
        """The endpoint as an URL without a slash at its end."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}{self.path}"


def check_endpoint(host: str, *, allow_remote: bool) -> Endpoint:
    """The endpoint that OLLAMA_HOST-style text names, read as Ollama's own tools read it.

    "" is 127.0.0.1:11434, ":5" another port, "http://h" port 80; blanks and quotes around it do not count; 0.0.0.0
    and ::, which a server may listen on, are the loopback address to a client. `localhost` is taken as 127.0.0.1
    without asking a resolver, whose answer need not be this machine. TrustError unless the address is in 127.0.0.0/8
    or is ::1, over plain http; with `allow_remote` any host and https. Never with a user name or password inside.
    """
    text = host.strip().strip("\"'").strip()
    scheme, separator, rest = text.partition("://")
    if not separator:
        scheme, rest = "http", text
    if "@" in rest:
        raise TrustError("the model server's address must not hold a user name or password")
    scheme = scheme.lower()
    if scheme not in _PORTS:
        raise TrustError(f"the model server's address {text!r} is neither http nor https")
    authority, _, path = rest.partition("/")
    name, port = _split(authority, _PORTS[scheme] if separator else DEFAULT_PORT, text)
    address = _loopback(name)
    path = _path(path, text)
    if address is not None and scheme == "http":
        return Endpoint(scheme, address, port, path)
    if allow_remote:
        return Endpoint(scheme, address or name, port, path, remote=address is None)
    what = f"{name} is not a loopback address" if address is None else "https is not what a local server speaks"
    raise TrustError(f"prompts may not go to {text!r}: {what}; {_OPT_IN}")


def check_model(
    name: str,
    show: Mapping[str, object],
    tags: Mapping[str, object],
    *,
    allow_remote: bool = False,
) -> None:
    """TrustError unless the server holds the model's weights itself.

    `show` is the raw answer of /api/show, `tags` the model's own raw entry of /api/tags; raw, because the client
    library drops the very fields that tell a remote stub.
    """
    why = is_remote(name, show, tags)
    if why and not allow_remote:
        raise TrustError(f"prompts may not go to model {name!r}: {why}; {_OPT_IN}")


def is_remote(name: str, show: Mapping[str, object], tags: Mapping[str, object]) -> str | None:
    """Why the server must be thought not to run this model itself; None when it holds the weights."""
    if _CLOUD_NAME.search(name.strip()):
        return "by its name it runs in the cloud"
    if _forwards(show) or _forwards(tags):
        return "it is a stub, which the server forwards to another machine"
    details = show.get("details")
    if not (isinstance(details, Mapping) and details.get("format")):
        return "the server does not say that it holds its weights"
    return None


def check_name(name: str, *, allow_remote: bool = False) -> None:
    """TrustError for a name that servers forward to the cloud without looking for the model first."""
    if not allow_remote and _CLOUD_NAME.search(name.strip()):
        raise TrustError(f"prompts may not go to model {name!r}: by its name it runs in the cloud; {_OPT_IN}")


def check_reply(raw: Mapping[str, object], *, allow_remote: bool = False) -> None:
    """TrustError when a reply says that another machine made it: no further prompt may follow."""
    if not allow_remote and _forwards(raw):
        raise TrustError(f"the server passed the prompt on to another machine; {_OPT_IN}")


def _forwards(raw: Mapping[str, object]) -> bool:
    return bool(raw.get("remote_host") or raw.get("remote_model"))


def _split(authority: str, default: int, text: str) -> tuple[str, int]:
    """Host without brackets ("" becomes 127.0.0.1) and port of an URL's authority, or of a bare IPv6 address."""
    if authority.count(":") > 1 and "[" not in authority:
        return authority, default
    parts = _AUTHORITY.fullmatch(authority)
    if not parts or (parts["port"] and not 0 < int(parts["port"]) < 65536):
        raise TrustError(f"the model server's address {text!r} cannot be read")
    return parts["six"] or parts["name"] or "127.0.0.1", int(parts["port"] or default)


def _loopback(name: str) -> str | None:
    """The literal loopback address a client dials for this name, None when it is another machine's."""
    if name.lower() in ("localhost", "0.0.0.0"):  # noqa: S104 - dialled, never bound
        return "127.0.0.1"
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        if not _HOST_NAME.fullmatch(name):
            raise TrustError(f"the model server's address {name!r} cannot be read") from None
        return None
    if address == ipaddress.IPv6Address("::") or address == ipaddress.IPv6Address("::1"):
        return "::1"
    return str(address) if isinstance(address, ipaddress.IPv4Address) and address.is_loopback else None


def _path(path: str, text: str) -> str:
    path = path.strip("/")
    if not re.fullmatch(r"[A-Za-z0-9._~/-]*", path):
        raise TrustError(f"the model server's address {text!r} has a path that cannot be used")
    return f"/{path}" if path else ""
