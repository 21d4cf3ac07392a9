"""The claims on a published chart: what its page sends, how soon it is seen, what ten of them cost."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path

import peers
from browser import Visit, chromium, served, settled, visit
from harness import Claim, Measure, Measures, environment, script

PLOTS = {"trackio 0.43": "canvas, svg.marks", peers.OURS: ".tk-area"}
"""Where each side draws its lines."""

TEN_QUIET_SECONDS = 4.0
"""Ten dashboards keep two cores so busy that seconds pass between two of their requests."""

VIEWER = "<!doctype html><meta charset=utf-8><title>ten</title><body style='margin:0'>"


def default_page(peer: str, folder: Path, is_quick: bool) -> Measures:
    return _visit(peer, folder, 100 if is_quick else 1000).measures()


def window_page(peer: str, folder: Path, is_quick: bool) -> Measures:
    return _visit(peer, folder, 300 if is_quick else 1000, "smoothing=5&xmin=100").measures()


def ten_pages(peer: str, folder: Path, is_quick: bool) -> Measures:
    """A page with ten frames, as *Copy embed* gives them; opened at the top, then scrolled through."""
    site = publish(peer, folder, width=10, count=100 if is_quick else 1000)
    lazy = "loading=lazy" if peer == peers.OURS else ""
    frames = [
        f'<iframe src="{chart(peer, site, f"loss_{i}")}" width=600 height=400 {lazy} style="display:block"></iframe>'
        f"<p style='height:2000px'>Text between figures."
        for i in range(10)
    ]
    (site / "ten.html").write_text(VIEWER + "".join(frames), "utf-8")
    with chromium() as browser, served(site) as server:
        page = browser.new_page(viewport={"width": 800, "height": 600})
        page.goto(f"{server.url}/ten.html", wait_until="commit")
        settled(page, server, "iframe", quiet_seconds=TEN_QUIET_SECONDS)
        at_top = server.kilobytes
        for i in range(10):
            page.locator("iframe").nth(i).scroll_into_view_if_needed()
            page.wait_for_timeout(500)
        settled(page, server, "iframe", quiet_seconds=TEN_QUIET_SECONDS)
        return {"kb": server.kilobytes, "top_kb": at_top, "requests": len(server.answers)}


def long_page(peer: str, folder: Path, is_quick: bool) -> Measures:
    """First paint of 5 x 100,000 points; then, for this project, the time to an exact smoothing of all of them."""
    site = publish(peer, folder, count=2_000 if is_quick else 100_000)
    with chromium() as browser, served(site) as server:
        first = visit(browser, server, chart(peer, site, "loss_0"), PLOTS[peer])
        if peer != peers.OURS:
            return first.measures()
        page = browser.new_page(viewport={"width": 600, "height": 400})
        page.goto(f"{server.url}/{chart(peer, site, 'loss_0')}")
        page.evaluate("() => window.trackio.ready")
        began = time.perf_counter()
        page.evaluate(
            "async () => { await window.trackio.set({smoothing: 100}); await new Promise(requestAnimationFrame) }"
        )
        page.wait_for_function("trackio.state().smoothing == 100")
        return {**first.measures(), "smooth_s": time.perf_counter() - began}


def publish(peer: str, folder: Path, *, width: int = 1, count: int) -> Path:
    """Record five runs and publish them; the folder to serve."""
    home, site = folder / "home", folder / "site"
    home.mkdir()
    script(peer, "record_runs", home, 5, width, count)
    if peer == peers.OURS:
        trackio = peers.python(peer).with_name("trackio")
        command = [str(trackio), "report", "--project", "bench", "--output", str(site)]
        subprocess.run(command, env=environment() | {"TRACKIO_DIR": str(home)}, check=True, capture_output=True)
    else:
        script(peer, "export_static", home, site)
    return site


def chart(peer: str, site: Path, metric: str) -> str:
    """The address, from the site's root, of a page with that one chart and nothing beside it."""
    if peer != peers.OURS:
        return f"index.html?project=bench&metrics={metric}&sidebar=hidden&navbar=hidden&footer=false"
    [project] = json.loads((site / "manifest.json").read_text("utf-8"))["projects"]
    return next(str(entry["html"]) for entry in project["charts"] if entry["metric"] == metric)


def _visit(peer: str, folder: Path, count: int, query: str = "") -> Visit:
    site = publish(peer, folder, count=count)
    path = chart(peer, site, "loss_0")
    if query:
        path += ("&" if "?" in path else "?") + query
    with chromium() as browser, served(site) as server:
        # The first page of a new browser pays for the browser itself.
        visit(browser, server, path, PLOTS[peer])
        return visit(browser, server, path, PLOTS[peer])


BOTH = ("trackio 0.43", peers.OURS)
TRAFFIC = (
    Measure("kb", "kB sent, gzip -9", "{:.0f}", 40),
    Measure("requests", "requests", "{:.0f}", 1),
    Measure("drawn_ms", "drawn, ms", "{:.0f}"),
)
HOW = (
    "Headless Chromium at 600 x 400 on loopback, empty cache. Peer: its static export served locally, which spares it "
    "the internet. *Drawn* is the first frame with half of the coloured pixels that the plot ends with."
)

CLAIMS = (
    Claim("page", "A chart page, 5 runs x 1,000 points", HOW, TRAFFIC, default_page, BOTH),
    Claim(
        "window",
        "The same with smoothing=5 and xmin=100",
        HOW,
        (Measure("kb", "kB sent, gzip -9", "{:.0f}", 180), Measure("requests", "requests", "{:.0f}"), TRAFFIC[2]),
        window_page,
        BOTH,
    ),
    Claim(
        "ten",
        "Ten charts in one page",
        "A page with ten frames and text between: what was sent when it opened at its top, and after a scroll through.",
        (
            Measure("kb", "kB in all", "{:.0f}", 450),
            Measure("top_kb", "kB at the top", "{:.0f}"),
            Measure("requests", "requests", "{:.0f}"),
        ),
        ten_pages,
        BOTH,
        repeat=1,
    ),
    Claim(
        "long",
        "A chart page, 5 runs x 100,000 points",
        HOW + " *Smoothed* is `trackio.set({smoothing: 100})` to its frame, all points fetched.",
        (*TRAFFIC, Measure("smooth_s", "smoothed, s", "{:.2f}", 1.5)),
        long_page,
        BOTH,
        repeat=1,
    ),
)
