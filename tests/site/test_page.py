"""The page API, the address bar, the host, and the project page's controls."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.site.pages import DIST, Site, build, curves, series

Page = Any
Served = Callable[[Path], str]

CONTROLS = (
    """
<div class="tk-controls">
<input id="tk-filter" type="search"><input id="tk-smoothing" type="range" min="0" max="9" step="1" value="0">
<input id="tk-smoothing-value" type="number" min="0" step="any" value="0">
<select id="tk-x"><option>step</option><option>time</option><option>relative</option></select>
<input id="tk-xscale" type="checkbox"><input id="tk-yscale" type="checkbox">
<select id="tk-groupby"><option selected>none</option><option>group</option></select>
<select id="tk-band"><option>minmax</option><option>std</option><option>ci95</option><option>none</option></select>
<button class="tk-button" type="button" data-action="reset">Reset</button>
<button class="tk-button" type="button" data-action="copy-link">Copy link</button>
<button class="tk-button" type="button" data-action="copy-embed">Copy embed</button></div>
<p id="tk-empty" class="tk-empty" hidden>No chart matches.</p>
<ul class="tk-runlist">"""
    + "".join(
        f'<li><label><input type="checkbox" checked data-run="id-run-{k}"> run-{k}</label></li>' for k in range(5)
    )
    + """</ul><label><input type="checkbox" checked data-run="*"> all</label>
<table class="tk-data tk-sortable"><thead><tr><th>name</th><th>loss</th></tr></thead><tbody>
<tr data-run="id-run-0"><td>b</td><td data-value="10">10</td></tr><tr><td>a</td><td data-value="9">9</td></tr>
<tr><td>c</td><td data-value=""></td></tr></tbody></table>"""
)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Site:
    metrics = {
        "train/loss": curves(points=200, metric="train/loss"),
        "val/loss": curves(points=20, metric="val/loss", seed=1),
        "lr": curves(points=200, metric="lr", seed=2),
    }
    return build(tmp_path_factory.mktemp("project"), metrics, controls=CONTROLS)


@pytest.fixture
def opened(page: Page, project: Site, served: Served) -> Callable[[str], Page]:
    address = served(project.folder)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=address)

    def at(query: str = "") -> Page:
        page.goto(f"{address}/{project.index}{query}")
        page.evaluate("trackio.ready")
        return page

    return at


def shown(page: Page) -> list[str]:
    return page.evaluate("trackio.charts().map(chart => chart.metric)")


def test_the_stub_answers_before_the_runtime_is_there(page: Page, demo: Site) -> None:
    page.goto(f"file://{demo.folder}/{demo.chart}")
    assert page.evaluate("trackio.state()")["smoothing"] == 0
    assert len(page.evaluate("trackio.rows('m0')")) > 1000


def test_set_changes_the_view_the_picture_and_the_address(opened: Callable[..., Page]) -> None:
    page = opened()
    page.evaluate("trackio.set({smoothing: 7, xmin: 50, runs: ['run-1', 'run-2']})")
    assert page.evaluate("trackio.state().smoothing") == 7
    assert urlsplit(page.url).query == "runs=run-1,run-2&smoothing=7&xmin=50"
    assert page.evaluate("trackio.charts()[0].xDomain[0]") == 50
    assert [one["run"] for one in page.evaluate("trackio.charts()[0].series")] == ["run-1", "run-2"]
    page.evaluate("trackio.set({smoothing: null, xmin: null, runs: null})")
    assert urlsplit(page.url).query == ""


def test_names_with_commas_and_stars_travel_verbatim(opened: Callable[..., Page]) -> None:
    page = opened()
    page.evaluate("trackio.set({runs: ['a,b', 'run-1']})")
    assert parse_qs(urlsplit(page.url).query) == {"run": ["a,b", "run-1"]}
    page.evaluate("trackio.set({metric: ['val/loss']})")
    assert shown(page) == ["val/loss"]


def test_set_notes_what_it_cannot_use(opened: Callable[..., Page]) -> None:
    page = opened()
    page.evaluate("trackio.set({bogus: 1, smoothing: 'x'})")
    assert "bogus" in page.locator("#tk-note").inner_text()
    assert page.evaluate("document.documentElement.dataset.trackio") == "ready"


def test_metrics_choose_figures_and_nothing_matching_is_said(opened: Callable[..., Page]) -> None:
    page = opened("?metrics=*/loss")
    assert shown(page) == ["train/loss", "val/loss"]
    assert page.locator(".tk-chart:visible").count() == 2
    page.evaluate("trackio.set({metrics: 'nothing'})")
    assert page.locator("#tk-empty").is_visible()


def test_the_filter_box_finds_parts_of_names(opened: Callable[..., Page]) -> None:
    page = opened()
    page.locator("#tk-filter").fill("val")
    page.wait_for_function("trackio.charts().length === 1")
    assert urlsplit(page.url).query == "metrics=*val*"
    page.locator("#tk-filter").fill("")
    page.wait_for_function("trackio.charts().length === 3")
    assert urlsplit(page.url).query == ""


def test_each_control_changes_its_parameter_and_shows_it(opened: Callable[..., Page]) -> None:
    page = opened("?smoothing=20&yscale=log&band=std&x=lr")
    assert page.locator("#tk-smoothing").input_value() == "4"
    assert page.locator("#tk-smoothing-value").input_value() == "20"
    assert page.locator("#tk-yscale").is_checked()
    assert page.locator("#tk-band").input_value() == "std"
    assert page.locator("#tk-x").input_value() == "lr"
    page.locator("#tk-x").select_option("relative")
    page.locator("#tk-yscale").uncheck()
    page.locator("#tk-smoothing-value").fill("0.9")
    page.locator("#tk-smoothing-value").press("Enter")
    page.locator("#tk-groupby").select_option("lr")
    page.wait_for_function("trackio.state().groupby === 'lr'")
    state = page.evaluate("trackio.state()")
    assert (state["x"], state["yscale"], state["smoothing"]) == ("relative", "linear", 0.9)
    page.locator("[data-action=reset]").first.click()
    page.wait_for_function("trackio.state().smoothing === 0")
    assert urlsplit(page.url).query == ""


def test_the_slider_works_by_keyboard(opened: Callable[..., Page]) -> None:
    page = opened()
    page.locator("#tk-smoothing").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.wait_for_function("trackio.state().smoothing === 5")


def test_checkboxes_choose_runs(opened: Callable[..., Page]) -> None:
    page = opened()
    page.locator("input[data-run='id-run-3']").uncheck()
    page.wait_for_function("trackio.charts()[0].series.length === 4")
    assert parse_qs(urlsplit(page.url).query)["run"] == ["run-0", "run-1", "run-2", "run-4"]
    page.locator("input[data-run='*']").check()
    page.wait_for_function("trackio.charts()[0].series.length === 5")
    assert urlsplit(page.url).query == ""
    page.locator("input[data-run='*']").uncheck()
    page.wait_for_function("trackio.charts()[0].series.length === 0")
    opened("?runs=run-1")
    assert page.locator("input[data-run]:checked").count() == 1


def test_tables_sort_numbers_before_text_and_empty_last(opened: Callable[..., Page]) -> None:
    page = opened()
    names = lambda: page.locator("table.tk-sortable tbody td:first-child").all_inner_texts()  # noqa: E731
    head = page.locator("table.tk-sortable th").nth(1)
    head.locator("button").click()
    assert names() == ["a", "b", "c"]
    assert head.get_attribute("aria-sort") == "ascending"
    head.locator("button").click()
    assert names() == ["b", "a", "c"]


def test_copies_are_of_exactly_what_is_on_screen(opened: Callable[..., Page]) -> None:
    page = opened("?runs=run-1&smoothing=5")
    page.locator("[data-action=copy-link]").first.click()
    page.locator("text=Copied").first.wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == page.url
    figure = page.locator("#chart-m1")
    figure.locator("summary").click()
    figure.locator("[data-action=copy-embed]").click()
    figure.locator("text=Copied").wait_for()
    html = page.evaluate("navigator.clipboard.readText()")
    assert '/p/charts/m1.html?runs=run-1&amp;smoothing=5"' in html
    assert 'width="600" height="400"' in html
    page.set_content(html)
    frame = page.frames[1]
    frame.wait_for_function("window.trackio && trackio.ready.then(() => true)")
    assert frame.evaluate("trackio.state().smoothing") == 5


def test_one_of_very_many_runs_switched_off_still_fits_an_address(page: Page, tmp_path: Path) -> None:
    runs = [series([k], run=f"{'long-' * 8}{k:03}", order=k) for k in range(300)]
    site = build(tmp_path, {"loss": runs})
    page.goto(f"file://{site.folder}/{site.chart}")
    page.evaluate("trackio.ready")
    off = page.locator(".tk-key .tk-name").first.inner_text()
    page.locator(".tk-key").first.click()
    assert len(page.url) < 6000
    page.reload()
    page.evaluate("trackio.ready")
    left = page.evaluate("trackio.charts()[0].series.map(one => one.run)")
    assert sorted([*left, off]) == sorted(found.run_name for found in runs)


def test_a_page_without_charts_gets_ready(page: Page, project: Site) -> None:
    html = (project.folder / project.index).read_text(encoding="utf-8")
    model = '{"page": "project", "project": "p", "base": "p/", "root": "", "charts": []}'
    start, end = html.index('id="trackio-model">') + len('id="trackio-model">'), html.rindex("</script>")
    empty = (project.folder / project.index).with_name("empty.html")
    empty.write_text(html[:start] + model + html[end:], encoding="utf-8")
    page.goto(f"file://{empty}?bogus=1")
    page.wait_for_selector("html[data-trackio=ready]")
    assert "bogus" in page.locator("#tk-note").inner_text()


def test_off_screen_figures_wait_until_scrolled_to(page: Page, tmp_path: Path) -> None:
    site = build(tmp_path, {f"m{k:02}": curves(2, 50, metric=f"m{k:02}") for k in range(30)})
    page.goto(f"file://{site.folder}/{site.index}?smoothing=5")
    page.evaluate("trackio.ready")
    drawn = "trackio.charts().filter(chart => chart.xDomain).length"
    assert 0 < page.evaluate(drawn) < 20
    assert page.evaluate("document.querySelectorAll('script[src*=\"data/m\"]').length") < 20
    page.locator("#chart-m29").scroll_into_view_if_needed()
    page.wait_for_function("trackio.charts().at(-1).xDomain")


def test_the_host_fits_its_iframes_and_loads_them_lazily(page: Page, project: Site, served: Served) -> None:
    host = project.folder / "host.html"
    frames = "".join(
        f'<iframe data-trackio {"data-src" if k == 2 else "src"}="p/charts/m{k}.html?height={300 + 10 * k}" '
        f'width="600" height="150"></iframe>{"<p>.</p>" * 100 if k == 1 else ""}'
        for k in range(3)
    )
    host.write_text(f'<script src="assets/embed.js" async></script>{frames}')
    page.goto(f"{served(project.folder)}/host.html")
    page.wait_for_function("[...document.querySelectorAll('iframe')].slice(0, 2).every(f => f.clientHeight >= 300)")
    plots, frames_fit = page.evaluate(
        """(() => {
          const frames = [...document.querySelectorAll("iframe")].slice(0, 2);
          const roots = frames.map((frame) => frame.contentDocument.documentElement);
          return [
            roots.map((root) => root.querySelector(".tk-plot").getBoundingClientRect().height),
            frames.every((frame, k) => frame.clientHeight === Math.ceil(roots[k].getBoundingClientRect().height)),
          ];
        })()"""
    )
    assert (plots, frames_fit) == ([300, 310], True)
    assert page.locator("iframe").nth(2).evaluate("frame => frame.clientHeight") == 150
    assert page.locator("iframe").nth(2).get_attribute("src") is None
    page.locator("iframe").nth(2).scroll_into_view_if_needed()
    page.wait_for_function("document.querySelectorAll('iframe')[2].clientHeight > 320")


def test_inside_a_static_space_the_hub_is_told_the_query(page: Page, project: Site, served: Served) -> None:
    host = project.folder / "space.html"
    host.write_text(
        "<script>window.told = []; window.postMessage = (data, origin) => told.push([data, origin])</script>"
        f'<iframe src="{project.chart}" width="600" height="400"></iframe>'
    )
    page.goto(f"{served(project.folder).replace('127.0.0.1', 'me-demo.static.hf.space')}/space.html")
    page.frames[1].evaluate("trackio.set({smoothing: 5})")
    page.wait_for_function(
        "told.some(([data, origin]) => data.queryString === 'smoothing=5' && origin === 'https://huggingface.co')"
    )


def test_the_root_page_opens_the_project_that_is_named(page: Page, project: Site, served: Served) -> None:
    boot = (DIST / "boot.js").read_text()
    model = {
        "page": "index",
        "charts": [],
        "projects": [{"name": "a & b", "path": project.index}, {"name": "c", "path": "x"}],
    }
    (project.folder / "index.html").write_text(
        '<!doctype html><html data-trackio="ready"><head>'
        f'<script data-runtime="assets/runtime.js">{boot}</script></head><body class="tk-page"><main></main>'
        f'<script type="application/json" id="trackio-model">{json.dumps(model)}</script>'
    )
    address = served(project.folder)
    page.goto(f"{address}/index.html?project=a+%26+b&smoothing=5")
    page.wait_for_url(f"{address}/{project.index}?smoothing=5")
    page.goto(f"{address}/index.html?project=nope")
    page.locator(".tk-note").wait_for()
    assert 'no project "nope"' in page.locator(".tk-note").inner_text()
