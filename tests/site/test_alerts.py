"""Alerts on charts and their panels, in a browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.energy.recorded import H200, Recorded, steady
from tests.site.test_figure import SNAPSHOT
from trackio.report.build import Options, build
from trackio.report.single import single
from trackio.store.home import Home

Page = Any
DOTS = "[...document.querySelectorAll('.tk-x circle')].map(dot => dot.getAttribute('cx'))"
HOSTILE = '"></bdi><img src=x onerror=alert(1)>\u202e'


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two runs of a minute that measured energy and logged an epoch every ten seconds; and a long one by its epoch."""
    path = tmp_path_factory.mktemp("alerts")
    store = Home(path / "home").create("p")
    for number in range(2):
        start = number * 1000.0
        one = Recorded(store, f"r{number}", start=start)
        one.session([(H200, steady(60, 360.0, start=start))])
        for second in range(1, 61):
            more = {"epoch": second / 10} if second % 10 == 0 else {}
            one.log(start + second, val__loss=10 / second + number, **more)
            if second == 5 and number:
                one.event(start + 5.2, "alert", title="warming up", level="info", step=second - 1)
            if second == 30:
                one.event(start + 30.4, "alert", title="hot", text="over 90 °C", level="warn", step=second - 1)
            if second == 30 and number:
                one.event(start + 30.6, "alert", title=HOSTILE, text=HOSTILE * 9, level="error", step=second - 1)
        one.event(start + 70, "alert", title="no log for ten seconds", level="error", step=59)
        one.write()
    build(Options(path / "out", path / "home", workers=1))
    single(Options(path / "report.html", path / "home", workers=1))
    return path


def opened(page: Page, site: Path, place: str) -> Page:
    page.goto(f"file://{site}/{place}")
    page.evaluate("trackio.ready")
    return page


@pytest.mark.parametrize(
    "place",
    [
        "out/p/charts/val-loss.html",
        "out/p/charts/val-loss.kwh.html",
        "out/p/charts/energy.power.html",
        "out/p/index.html",
        "out/p/energy.html",
        "out/p/runs/r1.html",
        "report.html",
    ],
)
def test_the_live_marks_are_the_static_ones(page: Page, site: Path, place: str) -> None:
    page.set_viewport_size({"width": 900, "height": 6000})
    page.goto(f"file://{site}/{place}")
    static = page.evaluate(SNAPSHOT)
    assert [tag for tag, *_ in static].count("circle") >= 3
    page.evaluate("trackio.ready")
    page.wait_for_function("trackio.charts().every(chart => chart.xDomain)")
    assert page.evaluate(SNAPSHOT) == static


@pytest.mark.parametrize(
    ("query", "places"),
    [
        ("", ["6.8%", "49.15%", "100%"]),
        ("x=relative", ["7.1%", "49.85%", "100%"]),
        ("x=epoch", ["40%", "100%"]),
        ("x=kwh", ["6.8%", "49.15%", "100%"]),
        ("xmin=20&xmax=40", ["45%"]),
        ("run=r0", ["49.15%", "100%"]),
        ("alerts=hidden", []),
        ("groupby=group", ["6.8%", "49.15%", "100%"]),
    ],
)
def test_marks_follow_the_axis_the_window_and_the_runs(page: Page, site: Path, query: str, places: list[str]) -> None:
    opened(page, site, f"out/p/charts/val-loss.html?{query}")
    assert page.evaluate(DOTS) == places


def test_marks_of_a_run_that_the_legend_switches_off_hide(page: Page, site: Path) -> None:
    opened(page, site, "out/p/charts/val-loss.html?legend=bottom")
    assert len(page.evaluate(DOTS)) == 3
    page.click(".tk-key >> text=r1")
    assert page.evaluate(DOTS) == ["49.15%", "100%"]
    assert "2 alerts on the axis" in page.get_attribute(".tk-plot", "aria-label")
    page.click(".tk-key >> text=r1")
    assert len(page.evaluate(DOTS)) == 3


def test_pointing_at_a_mark_tells_of_its_alerts(page: Page, site: Path) -> None:
    opened(page, site, "out/p/charts/val-loss.html")
    box = page.locator(".tk-x circle").nth(1).bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2 + 2)
    tip = page.locator(".tk-tip")
    text = tip.inner_text()
    assert "3 alerts" in text
    assert text.index("<img") < text.index("hot") < text.index("over 90 °C")
    assert "r0 · step 29 · 2025-11-20 12:00:30 UTC" in text
    assert tip.locator("img").count() == 0
    assert page.locator(".tk-rule").is_visible()
    # Away from the marks the values of the lines are told.
    page.mouse.move(box["x"] + 60, box["y"] - 60)
    assert "alerts" not in tip.inner_text()
    assert "r0" in tip.inner_text()
    page.mouse.move(2, 2)
    assert tip.is_hidden()


def test_a_finger_on_a_mark_tells_of_it(browser: Any, site: Path) -> None:
    context = browser.new_context(viewport={"width": 400, "height": 500}, has_touch=True)
    page = opened(context.new_page(), site, "out/p/charts/val-loss.html")
    box = page.locator(".tk-x circle").nth(0).bounding_box()
    page.touchscreen.tap(box["x"] + 8, box["y"] - 6)
    assert "warming up" in page.locator(".tk-tip").inner_text()
    context.close()


def test_keys_lead_to_the_marks_and_back(page: Page, site: Path) -> None:
    opened(page, site, "out/p/charts/val-loss.html")
    page.focus(".tk-plot")
    said = page.locator(".tk-chart [aria-live]")
    page.keyboard.press("ArrowDown")
    assert "warming up" in said.inner_text()
    page.keyboard.press("ArrowRight")
    assert "over 90" in said.inner_text()
    page.keyboard.press("End")
    assert "no log for ten seconds" in said.inner_text()
    page.keyboard.press("ArrowRight")
    assert "no log for ten seconds" in said.inner_text()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowUp")
    assert said.inner_text().startswith("step 29")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Escape")
    assert page.locator(".tk-tip").is_hidden()


def test_screen_readers_have_a_list(page: Page, site: Path) -> None:
    page.goto(f"file://{site}/out/p/charts/val-loss.html")
    items = page.locator(".tk-alerts li").all_text_contents()
    assert items[0].startswith("3 alerts, error, step 29, r1: ")
    assert items[1:] == [
        "2 alerts, error, step 59, r0: no log for ten seconds",
        "info, step 4, r1: warming up",
    ]


def test_the_switch_of_a_project_page_hides_the_marks_and_stands_in_the_address(page: Page, site: Path) -> None:
    page.set_viewport_size({"width": 900, "height": 3000})
    opened(page, site, "out/p/index.html")
    page.uncheck("#tk-alerts")
    page.wait_for_function(f"{DOTS}.length === 0")
    assert page.evaluate("location.search") == "?alerts=hidden"
    page.check("#tk-alerts")
    page.wait_for_function(f"{DOTS}.length > 0")
    assert page.evaluate("location.search") == ""


def test_a_panel_shows_one_level_without_a_script(browser: Any, site: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"file://{site}/out/p/index.html")
    items = page.locator("#alerts .tk-alert")
    assert [items.nth(k).is_visible() for k in range(6)] == [True] * 6
    page.click("#alerts label:has-text('warn')")
    assert page.locator("#alerts .tk-alert:visible .tk-level").all_inner_texts() == ["warn", "warn"]
    page.click("#alerts label:has-text('all')")
    assert page.locator("#alerts .tk-alert:visible").count() == 6
    context.close()


def test_alerts_that_do_not_load_cost_only_themselves(page: Page, tmp_path: Path, site: Path) -> None:
    import shutil

    shutil.copytree(site / "out", tmp_path / "out")
    (tmp_path / "out/p/data/project.alerts.js").unlink()
    opened(page, tmp_path, "out/p/charts/val-loss.html?smoothing=5")
    assert page.evaluate("trackio.charts()[0].series.length") == 2
    assert page.evaluate(DOTS) == []
    assert "The alerts did not load" in page.locator(".tk-note").inner_text()


@pytest.mark.parametrize("step_metric", [None, "epoch"])
def test_a_long_chart_marks_alerts_by_its_reduced_file(
    page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step_metric: str | None
) -> None:
    import trackio

    monkeypatch.setenv("TRACKIO_DIR", str(tmp_path / "home"))
    with trackio.init(project="p", name="r", auto_log_cpu=False, auto_log_gpu=False) as run:
        if step_metric:
            run.define_metric("val/*", step_metric="epoch")
        for step in range(25_000):
            run.log({"epoch": step / 2, "val/loss": 1 / (step + 1)}, step=step * 100)
            if step == 5000:
                run.alert("hot", level="ERROR")
    build(Options(tmp_path / "out", tmp_path / "home", workers=1))
    single(Options(tmp_path / "report.html", tmp_path / "home", workers=1))
    for place in ("out/p/charts/val-loss.html", "out/p/index.html", "report.html"):
        page.goto(f"file://{tmp_path}/{place}")
        static = page.evaluate(DOTS)
        # Rows of the same millisecond count as logged before the alert.
        assert all(place.startswith("20") for place in static)
        assert len(static) == (1 if "charts" in place else 2)
        opened(page, tmp_path, place)
        assert page.evaluate(DOTS) == static
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.rpartition("/")[2]))
    opened(page, tmp_path, "out/p/charts/val-loss.html")
    assert "val-loss.full.js" not in asked
    assert "project.alerts.js" in asked
    opened(page, tmp_path, "out/p/charts/val-loss.html?smoothing=9")
    assert page.evaluate(DOTS)[0].startswith("20")
