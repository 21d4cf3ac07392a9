"""A page that stays open: what it receives, and when the screen shows what.

Frames come from the screencast of the browser itself, which sends one whenever the screen changes, with its time. A
plot is told by its coloured pixels, and is compared with what it looks like once it is at rest; so both sides of a
comparison are looked at alike, whatever they draw with.
"""

from __future__ import annotations

import base64
import io
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
"""A plot with fewer coloured pixels is empty."""
NEVER = float("inf")


@dataclass(frozen=True)
class Received:
    """One answer that the browser got."""

    when: float
    path: str
    size: int
    """Bytes on the wire, headers included."""


@dataclass
class Watched:
    """An open page with everything it received and showed."""

    page: Page
    session: CDPSession
    frames: list[tuple[float, bytes]] = field(default_factory=list)
    """Seconds since 1970, and the PNG."""
    received: list[Received] = field(default_factory=list)
    paths: dict[str, str] = field(default_factory=dict)

    def wait(self, seconds: float) -> None:
        """Let the page go on for so long."""
        self.page.wait_for_timeout(seconds * 1000)

    @property
    def began(self) -> float:
        """When its navigation started."""
        return float(self.page.evaluate("performance.timeOrigin")) / 1e3

    def boxes(self, plot: str) -> list[Box]:
        """Where the plots, a CSS selector, lie that are wholly on the screen, from top to bottom."""
        size = self.page.viewport_size or {"width": 0, "height": 0}
        found = []
        for one in self.page.locator(plot).all():
            # It may be drawn anew between the two questions.
            with suppress(Error):
                box = one.bounding_box(timeout=1000)
                if box and box["width"] and box["y"] + box["height"] <= size["height"] and box["y"] >= 0:
                    found.append((box["x"], box["y"], box["x"] + box["width"], box["y"] + box["height"]))
        return sorted(found, key=lambda box: (box[1], box[0]))

    def settle(self, plot: str, *, limit_seconds: float, quiet_seconds: float = 3.0) -> list[Box]:
        """Wait until all plots on the screen are drawn and have not changed for a while; where they are."""
        deadline, since, before = time.monotonic() + limit_seconds, time.monotonic(), None
        while time.monotonic() < deadline:
            self.wait(0.25)
            boxes = self.boxes(plot)
            drawn = [_count(_mask(self.frames[-1][1], box)) for box in boxes] if self.frames else []
            if (boxes, drawn) != before:
                before, since = (boxes, drawn), time.monotonic()
            elif drawn and min(drawn) >= FEWEST and time.monotonic() - since > quiet_seconds:
                return boxes
        return []

    def drawn(self, box: Box) -> float:
        """Seconds from navigation to the first frame with half of the coloured pixels that the plot ends with."""
        began = self.began
        final = _mask(self.frames[-1][1], box)
        for when, png in self.frames:
            if 2 * _count(ImageChops.multiply(_mask(png, box), final)) >= _count(final):
                return when - began
        return NEVER

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
def watched(browser: Browser, url: str, size: tuple[int, int] = (1200, 800)) -> Iterator[Watched]:
    """Open an address in a browser without a cache."""
    context = browser.new_context(viewport={"width": size[0], "height": size[1]})
    page = context.new_page()
    session = context.new_cdp_session(page)
    found = Watched(page, session)

    def framed(event: dict[str, Any]) -> None:
        found.frames.append((event["metadata"]["timestamp"], base64.b64decode(event["data"])))
        # The page may be on its way out.
        with suppress(Error):
            session.send("Page.screencastFrameAck", {"sessionId": event["sessionId"]})

    def answered(event: dict[str, Any]) -> None:
        found.paths[event["requestId"]] = event["response"]["url"]

    def ended(event: dict[str, Any]) -> None:
        path = found.paths.pop(event["requestId"], "")
        found.received.append(Received(time.time(), path, int(event["encodedDataLength"])))

    session.on("Page.screencastFrame", framed)
    session.on("Network.responseReceived", answered)
    session.on("Network.loadingFinished", ended)
    session.send("Network.enable")
    session.send("Page.startScreencast", {"format": "png", "everyNthFrame": 1})
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


def _count(mask: Image.Image) -> int:
    return mask.histogram()[255]


def _difference(one: Image.Image, other: Image.Image) -> int:
    return _count(ImageChops.difference(one, other))
