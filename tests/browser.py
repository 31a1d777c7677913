"""A headless Chromium, driven over its debugging pipe: https://chromedevtools.github.io/devtools-protocol/"""

from __future__ import annotations

import base64
import json
import os
import struct
import subprocess
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.validators import command

# Of its own it asks the network for updates, models and settings.
_QUIET = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-sync", "--disable-extensions"),
    *("--disable-background-networking", "--disable-component-update", "--disable-default-apps", "--no-first-run"),
    *("--hide-scrollbars", "--force-color-profile=srgb", "--disable-dev-shm-usage", "--remote-debugging-pipe"),
    *("--host-resolver-rules=MAP * ~NOTFOUND", "--no-default-browser-check", "--metrics-recording-only"),
)


class Browser:
    """One page of one browser; what the page does is in `events`."""

    def __init__(self, commands: int, answers: int) -> None:
        self.commands, self.answers = commands, answers
        self.unread = b""
        self.number = 0
        self.events: list[dict[str, Any]] = []
        self.session: str | None = None
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Log", "Runtime"):
            self.ask(f"{domain}.enable")

    def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        """What the browser answers to one command."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.commands, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._read()
            if answer.get("id") == self.number:
                assert "error" not in answer, f"{method}: {answer['error']}"
                return answer["result"]

    def _read(self) -> dict[str, Any]:
        while b"\0" not in self.unread:
            received = os.read(self.answers, 1 << 20)
            assert received, "the browser has ended"
            self.unread += received
        message, _, self.unread = self.unread.partition(b"\0")
        answer = json.loads(message)
        if "method" in answer:
            self.events.append(answer)
        return answer

    def show(self, page: Path, *, width: int = 1000, scheme: str = "light", media: str = "screen") -> None:
        """Load a page anew, in a window of this width."""
        self.events.clear()
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=width < 500)
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.ask("Emulation.setEmulatedMedia", media=media, features=features)
        self.ask("Page.navigate", url=page.as_uri())
        while not any(event["method"] == "Page.loadEventFired" for event in self.events):
            self._read()

    def evaluate(self, expression: str) -> Any:
        """The value of some JavaScript, run beside the page and not by it."""
        answer = self.ask("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def requests(self) -> list[str]:
        """What has been loaded since `show`, the page itself included."""
        sent = (event["params"] for event in self.events if event["method"] == "Network.requestWillBeSent")
        return [event["request"]["url"] for event in sent]

    def complaints(self) -> list[str]:
        """What the browser has complained about since `show`."""
        return [event["params"]["entry"]["text"] for event in self.events if event["method"] == "Log.entryAdded"]

    def screenshot(self, x: float = 0, y: float = 0, width: float = 0, height: float = 0) -> bytes:
        """A PNG of a region of the page; of all of it where no size is given."""
        if not width:
            size = self.ask("Page.getLayoutMetrics")["cssContentSize"]
            width, height = size["width"], size["height"]
        clip = {"x": x, "y": y, "width": width, "height": height, "scale": 1}
        answer = self.ask("Page.captureScreenshot", clip=clip, captureBeyondViewport=True)
        return base64.b64decode(answer["data"])


@contextmanager
def chromium(folder: Path) -> Iterator[Browser]:
    """A browser with a new profile in the folder; skips where there is none."""
    program = command("chromium")
    commands_read, commands = os.pipe()
    answers, answers_write = os.pipe()
    # It reads commands from descriptor 3 and answers on 4; a plain `sh` may know no descriptor above 9.
    start = f'exec "$@" 3<&{commands_read} 4>&{answers_write}'
    words = ["bash", "-c", start, "bash", program, *_QUIET, f"--user-data-dir={folder}", "about:blank"]
    own = {"PATH": os.environ["PATH"], "HOME": str(folder), "LC_ALL": "C.UTF-8"}
    process = subprocess.Popen(words, pass_fds=(commands_read, answers_write), stderr=subprocess.DEVNULL, env=own)
    os.close(commands_read)
    os.close(answers_write)
    try:
        browser = Browser(commands, answers)
        yield browser
        browser.session = None
        browser.ask("Browser.close")
    finally:
        os.close(commands)
        os.close(answers)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def pixels(png: bytes) -> list[list[tuple[int, int, int]]]:
    """Rows of red, green and blue of a PNG as Chromium writes it: 8 bits, RGB or RGBA, not interlaced.

    https://www.w3.org/TR/png-3/#9Filters
    """
    width, height, depth, kind, _, _, interlaced = struct.unpack(">IIBBBBB", png[16:29])
    assert (depth, interlaced) == (8, 0)
    size = {2: 3, 6: 4}[kind]
    data, place = b"", 8
    while place < len(png):
        length, name = struct.unpack(">I4s", png[place : place + 8])
        data += png[place + 8 : place + 8 + length] if name == b"IDAT" else b""
        place += length + 12
    raw, above, rows = zlib.decompress(data), bytes(width * size), []
    for start in range(0, len(raw), width * size + 1):
        above = _unfiltered(raw[start], raw[start + 1 : start + 1 + width * size], above, size)
        rows.append([tuple(above[at : at + 3]) for at in range(0, width * size, size)])
    assert len(rows) == height
    return rows


def _unfiltered(filter_: int, line: bytes, above: bytes, size: int) -> bytes:
    done = bytearray(line)
    for at, value in enumerate(line):
        left = done[at - size] if at >= size else 0
        up, corner = above[at], above[at - size] if at >= size else 0
        predicted = (0, left, up, (left + up) // 2, _paeth(left, up, corner))[filter_]
        done[at] = (value + predicted) & 0xFF
    return bytes(done)


def _paeth(left: int, up: int, corner: int) -> int:
    near = left + up - corner
    return min((abs(near - left), 0, left), (abs(near - up), 1, up), (abs(near - corner), 2, corner))[2]
