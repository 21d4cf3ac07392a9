"""Snapshots and citations in a browser."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.report.conftest import Build, Record
from trackio.report.citation import Credit

if TYPE_CHECKING:
    from playwright.sync_api import Browser

Page = Any
Served = Callable[[Path], str]
BASE = "https://me.example/runs"
CHART = "p/charts/loss.html"


@pytest.fixture
def open_(page: Page, served: Served) -> Callable[[Path, str], str]:
    """Opens an address of a served folder, where scripts may use the clipboard; its root."""

    def opened(folder: Path, path: str) -> str:
        root = served(folder)
        page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=root)
        page.goto(f"{root}/{path}")
        return root

    return opened


def copied(page: Page) -> str:
    text: str = page.evaluate("navigator.clipboard.readText()")
    return text


def source(html: str) -> str:
    found = re.search('src="([^"]*)"', html)
    assert found is not None
    return found[1]


def press(page: Page, name: str) -> str:
    page.locator(".tk-menu summary").click()
    page.locator(".tk-menu").get_by_role("button", name=name, exact=True).click()
    page.get_by_role("button", name="Copied").wait_for()
    return source(copied(page))


@pytest.mark.parametrize("path", ["index.html", "p/index.html", "p/runs/a.html", CHART])
def test_a_citation_unfolds_without_scripts(
    record: Record, built: Build, out: Path, browser: Browser, path: str
) -> None:
    record("p", "a")
    built(credit=Credit(["Jane Doe"]))
    with browser.new_context(java_script_enabled=False, viewport={"width": 600, "height": 400}) as context:
        page = context.new_page()
        page.goto(f"file://{out / path}")
        assert not page.locator(".tk-cite pre").is_visible()
        page.locator(".tk-cite summary").click()
        assert "author = {Jane Doe}" in page.locator(".tk-cite pre").inner_text()
        assert not page.get_by_role("button", name="Copy", exact=True).is_visible()


@pytest.mark.parametrize("path", ["p/runs/a.html", CHART])
def test_what_is_copied_is_what_is_shown(
    record: Record, built: Build, out: Path, page: Page, open_: Callable[..., str], *, path: str
) -> None:
    record("p", "a")
    built(base_url=BASE, snapshot="auto")
    open_(out, path)
    page.locator(".tk-cite summary").click()
    page.get_by_role("button", name="Copy", exact=True).click()
    page.get_by_role("button", name="Copied").wait_for()
    assert copied(page) == page.locator(".tk-cite pre").inner_text()
    assert f"url = {{{BASE}/v1/{path}}}" in copied(page)
    assert page.locator(".tk-cite pre").is_visible()


@pytest.mark.parametrize("path", ["p/runs/a.html", CHART, "p/index.html", "index.html"])
@pytest.mark.parametrize("width", [390, 1280])
def test_a_citation_fits_its_page(
    record: Record, built: Build, out: Path, page: Page, *, path: str, width: int
) -> None:
    record("p" * 200, "a")
    record("p", "a")
    built(base_url=BASE + "/long" * 30, snapshot="auto")
    page.set_viewport_size({"width": width, "height": 500})
    page.goto(f"file://{out / path}")
    page.locator(".tk-cite summary").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    box = page.locator(".tk-cite-box").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width


@pytest.mark.parametrize("base_url", [None, BASE])
def test_a_chart_offers_its_embed_in_the_snapshot_with_its_data(
    record: Record, built: Build, out: Path, page: Page, open_: Callable[..., str], *, base_url: str | None
) -> None:
    record("p", "a")
    built(base_url=base_url)
    root = open_(out, CHART)
    page.locator(".tk-menu summary").click()
    assert page.get_by_role("button", name="Copy embed of").count() == 0
    built(base_url=base_url, snapshot="auto")
    page.goto(f"{root}/{CHART}?smoothing=3")
    place = base_url or root
    assert press(page, "Copy embed") == f"{place}/{CHART}?smoothing=3"
    page.goto(f"{root}/{CHART}?smoothing=3")
    assert press(page, "Copy embed of v1") == f"{place}/v1/{CHART}?smoothing=3"
    page.goto(f"{root}/v1/{CHART}?smoothing=3")
    assert press(page, "Copy embed") == f"{place}/v1/{CHART}?smoothing=3"
    assert page.get_by_role("button", name="Copy embed of").count() == 0


def test_a_project_page_in_a_snapshot_copies_addresses_in_it(
    record: Record, built: Build, out: Path, page: Page, open_: Callable[..., str]
) -> None:
    record("p", "a")
    built(base_url=BASE, snapshot="auto")
    open_(out, "v1/p/index.html")
    assert press(page, "Copy embed") == f"{BASE}/v1/{CHART}"


def test_an_embed_of_a_snapshot_stays_while_the_data_goes_on(
    record: Record, built: Build, out: Path, tmp_path: Path, page: Page
) -> None:
    record("p", "a")
    built(snapshot="auto")
    record("p", "b", {"loss": [3.0, 2.0]})
    built()
    host = tmp_path / "post.html"
    frames = "".join(
        f'<iframe src="out/{at}{CHART}?smoothing=2" width="600" height="400"></iframe>' for at in ("v1/", "")
    )
    host.write_text(frames)
    page.goto(f"file://{host}")
    runs = []
    for frame in page.frames[1:]:
        frame.locator(".tk-chart").scroll_into_view_if_needed()
        charts = frame.evaluate("trackio.ready.then(() => trackio.charts())")
        runs.append([line["run"] for line in charts[0]["series"]])
    assert runs == [["a"], ["a", "b"]]
    kept = page.frames[1]
    assert kept.locator(".tk-kept").inner_text() == "Snapshot v1 (latest)"
    kept.get_by_role("link", name="latest").click()
    kept.wait_for_url(f"file://{out}/{CHART}")


@pytest.mark.parametrize("is_served", [True, False])
def test_latest_leads_on_with_its_parameters(
    record: Record, built: Build, out: Path, page: Page, served: Served, *, is_served: bool
) -> None:
    record("p", "a")
    built(snapshot="auto")
    root = served(out) if is_served else f"file://{out}"
    page.goto(f"{root}/latest/{CHART}?smoothing=2&theme=dark")
    page.wait_for_url(f"{root}/{CHART}?smoothing=2&theme=dark")
    assert page.evaluate("trackio.ready.then(() => trackio.state().smoothing)") == 2
    page.goto(f"{root}/latest/index.html?project=p")
    page.wait_for_url(f"{root}/p/index.html")


def test_latest_leads_on_without_scripts(record: Record, built: Build, out: Path, browser: Browser) -> None:
    record("p", "a")
    built(snapshot="auto")
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"file://{out}/latest/{CHART}")
        page.wait_for_url(f"file://{out}/{CHART}")
