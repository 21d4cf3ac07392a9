"""A server that counts what it sends and a browser that tells when a chart is on the screen.

The server compresses text as public hosts do (gzip -9) and lets hashed assets be cached. *Drawn* is the first frame on
the screen in which the plot holds half of the coloured pixels that it ends with; frames come from the browser's own
screencast, with the time of each, so that both sides of a comparison are looked at alike, script or none.
"""

from __future__ import annotations

import base64
import gzip
import io
import mimetypes
import os
import shutil
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from PIL import Image
from playwright.sync_api import Browser, Error, Page, sync_playwright

LIMIT_SECONDS = 20.0
SETTLED_SECONDS = 1.0


@dataclass
class Server:
    """A folder served on loopback, and every answer it gave."""

    url: str
    answers: list[tuple[str, int]] = field(default_factory=list)
    """Path and bytes of the body as sent."""

    @property
    def kilobytes(self) -> float:
        """What was sent so far."""
        return sum(size for _, size in self.answers) / 1e3


@dataclass(frozen=True)
class Visit:
    """What it took to show a page."""

    kilobytes: float
    requests: int
    drawn_ms: float
    """Infinity when the plot stayed empty."""

    def measures(self) -> Mapping[str, float]:
        """The three under the names that the tables use."""
        return {"kb": self.kilobytes, "requests": self.requests, "drawn_ms": self.drawn_ms}


@contextmanager
def served(folder: Path) -> Iterator[Server]:
    """Serve a folder until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path = folder / unquote(urlsplit(self.path).path).lstrip("/")
            path = path / "index.html" if path.is_dir() else path
            kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
            is_text = kind.startswith("text/") or kind.endswith(("json", "javascript", "xml"))
            body = _body(path, is_text) if path.is_file() else b""
            # A front end that reads part of a file asks for a range of bytes.
            span = None if is_text else self.headers.get("Range")
            if span and body:
                start, _, end = span.removeprefix("bytes=").partition("-")
                first, last = (
                    (int(start), int(end or len(body) - 1)) if start else (len(body) - int(end), len(body) - 1)
                )
                self.send_response(206)
                self.send_header("Content-Range", f"bytes {first}-{last}/{len(body)}")
                body = body[first : last + 1]
            else:
                self.send_response(200 if path.is_file() else 404)
            server.answers.append((self.path, len(body)))
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", "max-age=600")
            if is_text and body:
                self.send_header("Content-Encoding", "gzip")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server = Server(f"http://127.0.0.1:{http.server_address[1]}")
    thread = threading.Thread(target=http.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        http.shutdown()
        http.server_close()


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless Chromium; CHROMIUM names another executable."""
    names = (os.environ.get("CHROMIUM", "chromium"), "chromium-browser", "google-chrome", "google-chrome-stable")
    path = next(filter(None, map(shutil.which, names)), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        try:
            yield browser
        except Error as error:
            raise RuntimeError(str(error).splitlines()[0]) from error
        finally:
            browser.close()


def visit(browser: Browser, server: Server, path: str, plot: str, slowdown: int = 1) -> Visit:
    """Open a page in a browser without a cache and watch it until the plot, a CSS selector, has settled."""
    context = browser.new_context(viewport={"width": 600, "height": 400})
    page = context.new_page()
    session = context.new_cdp_session(page)
    frames: list[tuple[float, bytes]] = []

    def seen(event: dict[str, Any]) -> None:
        frames.append((event["metadata"]["timestamp"], base64.b64decode(event["data"])))
        session.send("Page.screencastFrameAck", {"sessionId": event["sessionId"]})

    session.on("Page.screencastFrame", seen)
    session.send("Emulation.setCPUThrottlingRate", {"rate": slowdown})
    session.send("Page.startScreencast", {"format": "png", "everyNthFrame": 1})
    server.answers.clear()
    page.goto(f"{server.url}/{path}", wait_until="commit")
    box = settled(page, server, plot)
    began = page.evaluate("performance.timeOrigin") / 1e3
    result = Visit(server.kilobytes, len(server.answers), _drawn(frames, began, box))
    context.close()
    return result


def settled(
    page: Page, server: Server, plot: str, quiet_seconds: float = SETTLED_SECONDS
) -> tuple[float, float, float, float]:
    """Wait until nothing was sent for a while and the plot is there; its corners, or none after the limit."""
    deadline, quiet_since, count = time.monotonic() + LIMIT_SECONDS, time.monotonic(), -1
    while time.monotonic() < deadline:
        if len(server.answers) != count:
            count, quiet_since = len(server.answers), time.monotonic()
        page.wait_for_timeout(50)
        found = page.locator(plot).first
        if time.monotonic() - quiet_since > quiet_seconds and found.count() and (box := found.bounding_box()):
            return box["x"], box["y"], box["x"] + box["width"], box["y"] + box["height"]
    return (0, 0, 0, 0)


def _drawn(frames: list[tuple[float, bytes]], began: float, box: tuple[float, float, float, float]) -> float:
    """Milliseconds to the first frame with half of the last one's coloured pixels inside the box."""
    counts = [(when, _coloured(data, box)) for when, data in frames]
    final = counts[-1][1] if counts else 0
    if final < 20:
        return float("inf")
    return next((when - began) * 1e3 for when, count in counts if count >= final / 2)


def _coloured(png: bytes, box: tuple[float, float, float, float]) -> int:
    """How many pixels inside the box are neither white, black nor grey."""
    picture = Image.open(io.BytesIO(png)).convert("RGB").crop(box).convert("HSV")
    saturation = picture.getchannel("S").histogram()
    return sum(saturation[80:])


@lru_cache(maxsize=512)
def _body(path: Path, is_text: bool) -> bytes:
    data = path.read_bytes()
    return gzip.compress(data, 9) if is_text else data
