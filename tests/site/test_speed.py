"""Bytes and times that were promised; times with room for a busy machine, the figures themselves are in benchmarks."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.site.pages import DIST, Site, build, curves

Page = Any
TIMED = "async view => { const start = performance.now(); await trackio.set(view); return performance.now() - start }"


def packed(path: Path) -> int:
    return len(gzip.compress(path.read_bytes(), 9, mtime=0))


def test_a_chart_page_of_five_thousand_points_is_small(demo: Site) -> None:
    assert packed(demo.folder / demo.chart) <= 40_000


def test_the_runtime_is_small() -> None:
    assert packed(DIST / "runtime.js") <= 40_000
    assert packed(DIST / "boot.js") <= 1_500
    assert packed(DIST / "media.js") <= 10_000


def test_a_page_with_parameters_moves_little(demo: Site) -> None:
    files = [
        demo.folder / demo.chart,
        DIST / "runtime.js",
        *(demo.folder / "p" / "data" / f"{key}.js" for key in ("project", "m0")),
    ]
    assert sum(map(packed, files)) <= 180_000


def test_five_runs_of_100_000_points_smooth_in_time(page: Page, tmp_path: Path) -> None:
    site = build(tmp_path, {"loss": curves(points=100_000)})
    page.goto(f"file://{site.folder}/{site.chart}")
    page.evaluate("trackio.ready")
    took = page.evaluate(TIMED, {"smoothing": 500})
    assert took < 3_000
    again = page.evaluate(TIMED, {"smoothing": 50})
    assert again < 1_500


def test_ten_embeds_in_one_page_share_the_runtime_and_wait_off_screen(
    page: Page, tmp_path: Path, served: Callable[[Path], str]
) -> None:
    site = build(tmp_path, {f"m{k}": curves(metric=f"m{k}", seed=k) for k in range(10)})
    frames = "".join(
        f'<p><iframe src="p/charts/m{k}.html?smoothing=5" width="600" height="400"></iframe>' for k in range(10)
    )
    (tmp_path / "host.html").write_text(frames)
    asked: list[str] = []
    page.on("requestfinished", lambda request: asked.append(request.url))
    page.goto(f"{served(site.folder)}/host.html", wait_until="networkidle")
    first = page.frames[1]
    first.wait_for_function("document.documentElement.dataset.trackio === 'ready'")
    assert page.frames[9].evaluate("document.documentElement.dataset.trackio") == "loading"
    assert not any(url.endswith("data/m9.js") for url in asked)
    page.locator("iframe").nth(9).scroll_into_view_if_needed()
    page.frames[10].wait_for_function("document.documentElement.dataset.trackio === 'ready'")


@pytest.mark.parametrize("query", ["?smoothing=5&xmin=100", "?yscale=log"])
def test_parameters_are_drawn_in_a_blip(page: Page, demo: Site, served: Callable[[Path], str], query: str) -> None:
    page.goto(f"{served(demo.folder)}/{demo.chart}{query}")
    page.evaluate("trackio.ready")
    # From the page's own start; 300 ms on an idle machine.
    assert page.evaluate("performance.getEntriesByName('trackio:drawn')[0].startTime") < 1_000
