from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.site.pages import Site, build, curves, series
from trackio.grammar import View, parse
from trackio.lines import lines
from trackio.report.figures import draw

Page = Any
SNAPSHOT = """() => [...document.querySelectorAll('.tk-chart *')]
  .filter(e => !e.closest('.tk-over, .tk-tip, .tk-reset, [aria-live]') && !e.matches('.tk-foot *'))
  .map(e => [e.tagName.toLowerCase(), Object.fromEntries([...e.attributes].map(a => [a.name, a.value])),
    e.children.length ? '' : e.textContent])"""


def opened(page: Page, site: Site, query: str = "", path: str | None = None) -> Page:
    page.goto(f"file://{site.folder}/{path or site.chart}{query}")
    page.evaluate("trackio.ready")
    return page


SITES: dict[str, Callable[[], dict[str, Any]]] = {
    "five runs": lambda: {"loss": curves()},
    "groups with a band": lambda: {"loss": curves(12, 300, groups=3)},
    "many groups": lambda: {"loss": curves(45, 60, groups=15)},
    "reduced": lambda: {"loss": curves(points=10_000)},
    "one run": lambda: {"loss": curves(1, 30)},
    "one point a run": lambda: {"loss": [series([k], run=f"r{k}", order=k) for k in range(3)]},
    "gaps": lambda: {"loss": [series([1, float("nan"), 3, float("inf"), 5, 6]), series([2] * 6, run="b", order=1)]},
    "tiny": lambda: {"loss": [series([1e-12, 3e-12, 2e-12]), series([2e-12, 1e-12], run="b", order=1)]},
    "huge": lambda: {"loss": [series([2.0**40, -(2.0**42), 2.0**41])]},
    "negative steps": lambda: {"loss": [series([1, 2, 3], steps=[-20, -10, 0])]},
    "hostile": lambda: {
        "</script><b>": [
            series([1, 2], run='"></script><img src=x onerror=alert(1)>', metric="</script><b>"),
            series([2, 3], run="\u202e\u05e2\u05d1 \0 \U0001f600", order=1, metric="</script><b>"),
        ]
    },
}


@pytest.mark.parametrize("name", SITES)
def test_the_live_figure_is_the_static_one(page: Page, tmp_path: Path, name: str) -> None:
    site = build(tmp_path, SITES[name]())
    page.goto(f"file://{site.folder}/{site.chart}")
    static = page.evaluate(SNAPSHOT)
    assert page.evaluate("document.documentElement.dataset.trackio") == "ready"
    page.evaluate("trackio.ready")
    assert page.evaluate("trackio.charts()")[0]["xDomain"] is not None
    assert page.evaluate(SNAPSHOT) == static


def test_live_nodes_are_the_static_nodes(page: Page, demo: Site) -> None:
    page.goto(f"file://{demo.folder}/{demo.chart}")
    page.evaluate("window.before = [...document.querySelectorAll('.tk-plot, .tk-plot svg, .tk-plot path')]")
    page.evaluate("trackio.ready")
    page.evaluate("trackio.set({xmin: 100})")
    assert page.evaluate("before.every(e => e.isConnected)")


@pytest.mark.parametrize(
    "query",
    [
        "xmin=100",
        "xmax=500",
        "xmin=100&xmax=110",
        "smoothing=5",
        "smoothing=0.9",
        "smoothing=50&xmin=300",
        "yscale=log",
        "xscale=log",
        "x=time",
        "x=relative",
        "x=val/loss",
        "run=run-1",
        "runs=run-0,run-3",
        "runs=run-*",
        "groupby=lr",
        "groupby=lr&band=std",
        "groupby=lr&band=ci95&smoothing=3",
        "groupby=none",
        "ymin=1&ymax=3",
        "legend=bottom",
    ],
)
def test_the_browser_draws_what_python_computes(page: Page, demo: Site, query: str) -> None:
    opened(page, demo, f"?{query}")
    view, notes = parse(query)
    assert notes == []
    found = curves(metric="train/loss")
    if view.x == "val/loss":
        others = {one.run_id: one.series for one in curves(points=50, metric="val/loss", seed=1)}
        found = [
            type(one)(**{f: getattr(one, f) for f in one.__slots__} | {"axis": others[one.run_id]}) for one in found
        ]
    # A thousand points a line are all drawn, as a screen can show them; the page's own view is the static picture's.
    expected = draw(found, (), view) if query == "legend=bottom" else lines(found, view, 4000)
    chart = page.evaluate("trackio.charts()")[0]
    assert [(one["run"], one["points"], one["drawn"]) for one in chart["series"]] == [
        (line.label, line.count, line.last - line.first) for line in expected
    ]
    rows = page.evaluate("trackio.rows('m0')")
    x = np.concatenate([line.x[line.first : line.last] for line in expected])
    y = np.concatenate([line.y[line.first : line.last] for line in expected])
    # Columns travel as float32 where that is exact enough for pixels; steps and times are whole numbers.
    np.testing.assert_allclose([row["x"] for row in rows], x, rtol=1e-6 if "/" in view.x else 1e-12)
    np.testing.assert_allclose([row["y"] for row in rows], y, rtol=1e-6)


def test_smoothing_is_exact_over_the_whole_series_with_the_raw_curve_behind(page: Page, large: Site) -> None:
    opened(page, large, "?smoothing=101")
    row = page.evaluate("trackio.rows('m0').find(row => row.run === 'run-0' && row.x > 5000)")
    values = curves(points=10_000)[0].series.value
    at = int(row["x"])
    assert row["y"] == pytest.approx(values[at - 50 : at + 51].mean(), rel=1e-6)
    assert row["raw"] == pytest.approx(values[at], rel=1e-6)
    assert page.locator(".tk-raw").count() == 5


def test_a_lone_xmin_leaves_the_other_end_to_the_data(page: Page, demo: Site) -> None:
    opened(page, demo, "?xmin=100")
    assert page.evaluate("trackio.charts()[0].xDomain") == [100, 999]


def test_a_limit_on_y_cuts_what_is_outside(page: Page, demo: Site) -> None:
    opened(page, demo, "?ymin=2&ymax=2.5")
    assert page.evaluate("trackio.charts()[0].yDomain") == [2, 2.5]
    assert page.locator(".tk-area.is-clipped").count() == 1


def test_two_metrics_can_share_a_chart_page(page: Page, demo: Site) -> None:
    opened(page, demo, "?metrics=train/loss,val/loss&run=run-0")
    series = page.evaluate("trackio.charts()[0].series")
    assert [one["metric"] for one in series] == ["train/loss", "val/loss"]
    assert page.locator(".tk-title").inner_text() == "train/loss, val/loss"


def test_the_pointer_brings_up_all_values_at_one_x_sorted(page: Page, demo: Site) -> None:
    opened(page, demo)
    page.locator(".tk-over").hover(position={"x": 300, "y": 100})
    cells = page.locator(".tk-tip tbody td").all_inner_texts()
    values = [float(cell) for cell in cells]
    assert len(values) == 5
    assert values == sorted(values, reverse=True)
    box = page.locator(".tk-over").bounding_box()
    rule = page.locator(".tk-rule").bounding_box()
    assert abs(rule["x"] - (box["x"] + 300)) < 4
    page.mouse.move(1, 1)
    assert page.locator(".tk-tip").is_hidden()


def drag(page: Page, start: float, stop: float) -> None:
    box = page.locator(".tk-over").bounding_box()
    page.mouse.move(box["x"] + start * box["width"], box["y"] + 50)
    page.mouse.down()
    page.mouse.move(box["x"] + stop * box["width"], box["y"] + 60, steps=4)
    page.mouse.up()


def test_a_drag_zooms_and_a_double_click_goes_back(page: Page, demo: Site) -> None:
    opened(page, demo)
    drag(page, 0.25, 0.5)
    page.wait_for_function("trackio.state().xmin !== null")
    low, high = page.evaluate("trackio.charts()[0].xDomain")
    assert low == pytest.approx(250, abs=5)
    assert high == pytest.approx(500, abs=5)
    assert "xmin=" in page.evaluate("location.search")
    page.locator(".tk-over").dblclick()
    page.wait_for_function("trackio.state().xmin === null")
    assert page.evaluate("location.search") == ""


@pytest.mark.parametrize("way", ["Escape", "button", "menu"])
def test_escape_the_button_and_the_menu_reset_a_zoom(page: Page, demo: Site, way: str) -> None:
    opened(page, demo, "?xmin=100&xmax=200")
    if way == "Escape":
        page.locator(".tk-plot").focus()
        page.keyboard.press(way)
    elif way == "button":
        page.locator(".tk-over").hover()
        page.locator(".tk-reset").click()
    else:
        page.locator(".tk-menu summary").click()
        page.locator(".tk-menu [data-action=reset]").click()
    page.wait_for_function("trackio.state().xmin === null && trackio.state().xmax === null")


def test_arrows_move_the_rule_and_say_the_values(page: Page, demo: Site) -> None:
    opened(page, demo)
    page.locator(".tk-plot").focus()
    page.keyboard.press("Home")
    first = page.locator(".tk-tip caption").inner_text()
    page.keyboard.press("ArrowRight")
    assert first == "step 0"
    assert page.locator(".tk-tip caption").inner_text() != first
    assert "run-0" in page.locator("[aria-live]").inner_text()
    page.keyboard.press("+")
    page.wait_for_function("trackio.state().xmax !== null")
    assert page.evaluate("document.activeElement.className").startswith("tk-plot")


def test_a_legend_entry_hides_its_line_and_the_address_says_so(page: Page, demo: Site) -> None:
    opened(page, demo, "?legend=bottom")
    entry = page.locator(".tk-key", has_text="run-2")
    entry.click()
    assert entry.get_attribute("aria-pressed") == "false"
    assert page.evaluate("trackio.charts()[0].series.map(s => s.run)") == ["run-0", "run-1", "run-3", "run-4"]
    assert page.locator(".tk-line.is-off").count() == 1
    assert "run=run-0&run=run-1&run=run-3&run=run-4" in page.evaluate("location.search")
    entry.click()
    assert page.evaluate("location.search") == "?legend=bottom"


def test_a_hovered_legend_entry_lifts_its_line(page: Page, demo: Site) -> None:
    opened(page, demo, "?legend=bottom")
    page.locator(".tk-key", has_text="run-2").hover()
    assert page.locator(".tk-line.is-lit").get_attribute("data-key") == "id-run-2"


def test_groups_show_a_mean_and_a_band(page: Page, grouped: Site) -> None:
    opened(page, grouped)
    assert page.locator(".tk-band").count() == 3
    assert page.locator(".tk-subtitle").inner_text() == "mean of 3 groups (12 runs), min-max band"
    page.evaluate("trackio.set({groupby: 'none'})")
    assert page.locator(".tk-line").count() == 12


def test_many_lines_fold_their_legend(page: Page, tmp_path: Path) -> None:
    site = build(tmp_path, {"loss": curves(30, 20)})
    opened(page, site)
    assert page.locator(".tk-key").count() == 10
    page.locator(".tk-more").click()
    assert page.locator(".tk-key").count() == 30


def test_dress_parameters(page: Page, demo: Site) -> None:
    opened(page, demo, "?title=My%20%3Cb%3Etitle&legend=none&footer=false&height=300&theme=dark")
    assert page.locator(".tk-title").inner_text() == "My <b>title"
    assert page.locator(".tk-legend").is_hidden()
    assert page.locator(".tk-foot").is_hidden()
    assert page.locator(".tk-plot").bounding_box()["height"] == 300
    assert 300 < page.evaluate("document.documentElement.getBoundingClientRect().height") < 400
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(20, 23, 28)"
    page.evaluate("trackio.set({title: 'none'})")
    assert page.locator(".tk-title").is_hidden()


def test_times_are_utc_and_relative_times_are_durations(page: Page, demo: Site) -> None:
    opened(page, demo, "?x=time")
    texts = page.locator(".tk-x text").all_text_contents()
    assert texts[0].startswith("Nov 19 07:")
    assert texts[-1] == "time (UTC)"
    page.evaluate("trackio.set({x: 'relative'})")
    assert "10m" in page.locator(".tk-x text").all_text_contents()


def test_state_is_json(page: Page, demo: Site) -> None:
    opened(page, demo, "?smoothing=5&metric=a,b")
    state = json.loads(page.evaluate("JSON.stringify(trackio.state())"))
    assert state["smoothing"] == 5
    assert state["metric_names"] == ["a,b"]
    assert set(state) == set(View.__dataclass_fields__)
