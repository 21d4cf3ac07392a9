"""A page that stays open: what it receives, when its charts are drawn, and when the screen shows something new.

Charts are looked for before each frame by a script in the page, which takes less of the machine than pictures of a page
that is busy. A page at rest is filmed: the browser's screencast sends a frame whenever the screen changes, with its
time. A plot is told by its coloured pixels, so that both sides of a comparison are looked at alike.
"""

from __future__ import annotations

import base64
import io
import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from PIL import Image, ImageChops
from playwright.sync_api import Browser, CDPSession, Error, Page

Box = tuple[float, float, float, float]
"""Left, top, right, bottom on the screen."""

COLOURED = 80
"""The saturation, of 255, from which a pixel counts as neither white, black nor grey."""
FEWEST = 20
"""A picture that differs in fewer pixels has not changed."""
NEVER = float("inf")

# How many of the plots on the screen have a line, whenever that changes: a path in SVG, a colour in a canvas.
LOOKING = """
(() => {
  const changes = (window.benchDrawn = []);
  const small = new OffscreenCanvas(96, 48).getContext("2d", { willReadFrequently: true });
  const isColoured = (canvas) => {
    small.clearRect(0, 0, 96, 48);
    small.drawImage(canvas, 0, 0, 96, 48);
    const { data } = small.getImageData(0, 0, 96, 48);
    for (let i = 0; i < data.length; i += 4) {
      const [red, green, blue] = data.subarray(i, i + 3);
      if (data[i + 3] > 20 && Math.max(red, green, blue) - Math.min(red, green, blue) > 60) return true;
    }
    return false;
  };
  const hasLine = (plot) => plot instanceof HTMLCanvasElement ? plot.width > 0 && isColoured(plot)
    : plot.querySelector("path[d*='l' i]:not(.tk-grid, .tk-base)") !== null;
  const isOnScreen = (plot) => {
    const box = plot.getBoundingClientRect();
    return box.width > 0 && box.top >= 0 && box.bottom <= innerHeight;
  };
  const look = () => {
    const before = changes.length ? changes.at(-1)[1] : 0;
    const plots = [...document.querySelectorAll(PLOT)].filter(isOnScreen);
    // Those that are drawn are not looked at again, which would take time from the page.
    const count = plots.length > before || !plots.length ? plots.filter(hasLine).length : before;
    if (count !== before) changes.push([performance.now(), count]);
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})();
"""


class NoChart(RuntimeError):
    """A page has drawn nothing in the time that it was given."""


@dataclass(frozen=True)
class Received:
    """One answer that the browser got."""

    path: str
    size: int
    """Bytes on the wire, headers included."""


@dataclass
class Watched:
    """An open page with everything it received and showed."""

    page: Page
    session: CDPSession
    plot: str
    """A CSS selector of where lines are drawn."""
    frames: list[tuple[float, bytes]] = field(default_factory=list)
    """Seconds since 1970, and the PNG; none until it is filmed."""
    received: list[Received] = field(default_factory=list)
    paths: dict[str, str] = field(default_factory=dict)

    def wait(self, seconds: float) -> None:
        """Let the page go on for so long."""
        self.page.wait_for_timeout(seconds * 1000)

    def drawn(self, *, limit_seconds: float, quiet_seconds: float = 3.0) -> tuple[float, float]:
        """Wait until no chart has been added for a while; seconds from navigation to the first one and to the last."""
        deadline, since = time.monotonic() + limit_seconds, time.monotonic()
        before: list[tuple[float, int]] = []
        while time.monotonic() < deadline:
            self.wait(0.25)
            found = self.page.evaluate("window.benchDrawn || []")
            if found != before:
                before, since = found, time.monotonic()
            elif found and found[-1][1] and time.monotonic() - since > quiet_seconds:
                most = max(count for _, count in found)
                return found[0][0] / 1e3, next(when for when, count in found if count == most) / 1e3
        raise NoChart(f"no chart within {limit_seconds:.0f} s")

    def box(self) -> Box:
        """Where the first plot is."""
        box = self.page.locator(self.plot).first.bounding_box()
        assert box is not None
        return box["x"], box["y"], box["x"] + box["width"], box["y"] + box["height"]

    def film(self) -> None:
        """Keep what the screen shows from now on."""

        def framed(event: dict[str, Any]) -> None:
            self.frames.append((event["metadata"]["timestamp"], base64.b64decode(event["data"])))
            # The page may be on its way out.
            with suppress(Error):
                self.session.send("Page.screencastFrameAck", {"sessionId": event["sessionId"]})

        self.session.on("Page.screencastFrame", framed)
        self.session.send("Page.startScreencast", {"format": "png", "everyNthFrame": 1})

    def changed(self, box: Box, moment: float) -> float:
        """Seconds from a moment to the first frame in which the plot looks as it does now, and did not then."""
        final = _mask(self.frames[-1][1], box)
        before = next((png for when, png in reversed(self.frames) if when <= moment), None)
        if before is None:
            return NEVER
        whole = _difference(_mask(before, box), final)
        if whole < FEWEST:
            return NEVER
        for when, png in self.frames:
            if when > moment and _difference(_mask(png, box), final) <= whole / 10:
                return when - moment
        return NEVER

    def forget(self) -> None:
        """Drop all frames but the last, and what was received."""
        del self.frames[:-1]
        self.received.clear()


@contextmanager
def watched(browser: Browser, url: str, plot: str, height: int = 800) -> Iterator[Watched]:
    """Open an address in a browser without a cache."""
    context = browser.new_context(viewport={"width": 1200, "height": height})
    context.add_init_script(LOOKING.replace("PLOT", json.dumps(plot), 1))
    page = context.new_page()
    session = context.new_cdp_session(page)
    found = Watched(page, session, plot)

    def answered(event: dict[str, Any]) -> None:
        found.paths[event["requestId"]] = event["response"]["url"]

    def ended(event: dict[str, Any]) -> None:
        found.received.append(Received(found.paths.pop(event["requestId"], ""), int(event["encodedDataLength"])))

    session.on("Network.responseReceived", answered)
    session.on("Network.loadingFinished", ended)
    session.send("Network.enable")
    page.goto(url, wait_until="commit")
    try:
        yield found
    finally:
        context.close()


def kilobytes(received: Sequence[Received]) -> float:
    """What came in, together."""
    return sum(one.size for one in received) / 1e3


def _mask(png: bytes, box: Box) -> Image.Image:
    """White where the picture has a colour inside the box."""
    return _colours(png).crop((round(box[0]), round(box[1]), round(box[2]), round(box[3])))


@lru_cache(maxsize=16)
def _colours(png: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(png)).convert("RGB").convert("HSV")
    return picture.getchannel("S").point([0] * COLOURED + [255] * (256 - COLOURED))


def _difference(one: Image.Image, other: Image.Image) -> int:
    return ImageChops.difference(one, other).histogram()[255]
