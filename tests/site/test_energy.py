"""Charts over energy, and the energy page, in a browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.energy.recorded import H200, PACKAGE, Recorded, steady
from trackio.report.build import Options, build
from trackio.report.single import single
from trackio.store.home import Home

Page = Any
LAST = "trackio.charts().filter(chart => chart.metric === 'val/loss').map(chart => chart.xDomain)[0]"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two runs of a minute, one of which was resumed after a pause that nobody measured, and one without a meter."""
    path = tmp_path_factory.mktemp("energy")
    store = Home(path / "home").create("p")
    for number, watts in enumerate((360.0, 720.0)):
        start = number * 1000.0
        one = Recorded(store, f"r{number}", start=start)
        one.session([(H200, steady(60, watts, start=start)), (PACKAGE, steady(60, 90, start=start, load=0))])
        if number:
            one.session([(H200, steady(60, watts, start=start + 300))], start=start + 300)
        for second in (*range(1, 61), 200, *range(301, 361)):
            if second <= 60 or number:
                one.log(start + second, val__loss=10 / second, watts=5.0)
        one.write()
    Recorded(store, "plain", start=5000).log(5001, val__loss=1.0).log(5002, val__loss=0.5).write()
    build(Options(path / "out", path / "home", workers=1))
    single(Options(path / "report.html", path / "home", workers=1))
    return path


@pytest.mark.parametrize("place", ["charts/val-loss.html?x=kwh", "charts/val-loss.kwh.html", "index.html?x=kwh"])
def test_the_live_view_draws_over_energy_as_the_picture_does(page: Page, site: Path, place: str) -> None:
    page.goto(f"file://{site}/out/p/{place}")
    page.evaluate("trackio.ready")
    low, high = page.evaluate(LAST)
    assert low == pytest.approx(0.000125, rel=1e-3)
    # 60 s at 810 W, and 60 s at 720 W.
    assert high == pytest.approx((60 * 810 + 60 * 720) / 3.6e6, rel=1e-3)
    rows = page.evaluate("trackio.rows('val-loss')") or page.evaluate("trackio.rows()")
    # The point in the pause has no place on the axis.
    assert len(rows) == 60 + 120
    assert page.locator(".tk-note:not([hidden])").all_inner_texts() == [
        "1 of 3 curves have no measured energy and are left out."
    ]


def test_a_chart_page_that_is_not_asked_loads_nothing_of_energy(page: Page, site: Path) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.rpartition("/")[2]))
    page.goto(f"file://{site}/out/p/charts/val-loss.html?smoothing=3")
    page.evaluate("trackio.ready")
    assert "val-loss.js" in asked
    assert "project.energy.js" not in asked
    page.evaluate("trackio.set({x: 'kwh'})")
    assert "project.energy.js" in asked


def test_the_energy_page_lives(page: Page, site: Path) -> None:
    page.goto(f"file://{site}/out/p/energy.html")
    page.evaluate("trackio.ready")
    charts = {chart["slug"]: chart for chart in page.evaluate("trackio.charts()")}
    assert set(charts) == {"energy.power", "val-loss.kwh"}
    assert charts["val-loss.kwh"]["xDomain"][1] == pytest.approx(0.0255, rel=1e-3)
    page.locator("[data-slug='energy.power']").scroll_into_view_if_needed()
    page.wait_for_function("trackio.charts().find(chart => chart.slug === 'energy.power').xDomain")
    assert page.locator("html").get_attribute("data-trackio") == "ready"
    page.get_by_role("button", name="energy Wh").first.click()
    page.wait_for_function("document.querySelector('[aria-sort]')")
    assert page.locator("#tk-note:not([hidden])").count() in (0, 1)


@pytest.mark.parametrize("width", [1200, 600, 375])
def test_the_energy_page_fits_its_window_without_scripts(browser: Any, site: Path, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 800}, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"file://{site}/out/p/energy.html")
    wide = page.locator("html").bounding_box()
    assert wide["width"] <= width
    for node in page.locator(".tk-chart, .tk-bars, .tk-amounts, .tk-reasons, .tk-scroll").all():
        box = node.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width + 1
    assert page.locator(".tk-bar rect").first.bounding_box()["width"] > 20
    context.close()


def test_a_run_page_draws_its_devices_and_its_metrics_over_energy(page: Page, site: Path) -> None:
    page.goto(f"file://{site}/out/p/runs/r0.html?x=kwh")
    page.evaluate("trackio.ready")
    assert page.evaluate(LAST)[1] == pytest.approx(60 * 450 / 3.6e6, rel=1e-3)
    page.goto(f"file://{site}/out/p/runs/r0.html")
    page.evaluate("trackio.ready")
    page.locator("[data-slug='energy.power']").scroll_into_view_if_needed()
    page.wait_for_function("trackio.charts().find(chart => chart.slug === 'energy.power').xDomain")
    power = page.evaluate("trackio.charts().find(chart => chart.slug === 'energy.power')")
    assert [one["run"] for one in power["series"]] == ["GPU 0", "processor"]
    # A metric of the same name is another chart.
    assert page.evaluate("trackio.rows('watts').every(row => row.y === 5)")
    assert power["yDomain"][1] > 300


def test_a_single_file_draws_over_energy(page: Page, site: Path) -> None:
    page.goto(f"file://{site}/report.html?x=kwh")
    page.evaluate("trackio.ready")
    assert page.evaluate(LAST)[1] == pytest.approx(0.0255, rel=1e-3)
    page.goto(f"file://{site}/report.html")
    assert page.locator("#energy h2").inner_text() == "Energy"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pictures_of_the_runtime_and_of_the_build_are_the_same(page: Page, site: Path, theme: str) -> None:
    address = f"file://{site}/out/p/charts/val-loss.kwh.html"
    paths = "[...document.querySelectorAll('.tk-line')].map(path => path.getAttribute('d'))"
    page.goto(f"{address}?theme={theme}")
    live = page.evaluate(f"trackio.ready.then(() => {paths})")
    page.goto(address)
    assert page.evaluate(paths) == live
