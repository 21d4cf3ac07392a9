"""Where a chart must work: from disk, in a sandbox, under a strict policy, without scripts, on paper and phones."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.site.pages import Site, build, curves, series

if TYPE_CHECKING:
    from playwright.sync_api import Browser

Page = Any
Served = Callable[[Path], str]
QUERY = "?smoothing=5&xmin=100"


def is_drawn(frame: Any) -> bool:
    frame.wait_for_function("document.documentElement.dataset.trackio !== 'loading'")
    assert frame.evaluate("document.documentElement.dataset.trackio") == "ready"
    return frame.evaluate("trackio.ready.then(() => trackio.charts()[0].xDomain)") == [100, 999]


def test_over_http(page: Page, demo: Site, served: Served) -> None:
    page.goto(f"{served(demo.folder)}/{demo.chart}{QUERY}")
    assert is_drawn(page)


def test_from_disk_and_from_a_space(page: Page, demo: Site, located: Served) -> None:
    page.goto(f"{located(demo.folder)}/{demo.chart}{QUERY}")
    assert is_drawn(page)


def test_in_a_sandbox_where_storage_and_history_throw(page: Page, demo: Site, served: Served) -> None:
    host = demo.folder / "sandbox.html"
    host.write_text(f'<iframe sandbox="allow-scripts" src="{demo.chart}{QUERY}" width="600" height="400"></iframe>')
    page.goto(f"{served(demo.folder)}/sandbox.html")
    frame = page.frames[1]
    assert is_drawn(frame)
    frame.evaluate("trackio.set({smoothing: 9})")
    assert frame.evaluate("trackio.state().smoothing") == 9
    frame.locator(".tk-over").hover()
    assert frame.locator(".tk-tip tbody tr").count() == 5


def test_in_a_sandbox_from_disk_which_loads_no_other_file_the_picture_stays(page: Page, demo: Site) -> None:
    host = demo.folder / "sandbox-file.html"
    host.write_text(f'<iframe sandbox="allow-scripts" src="{demo.chart}{QUERY}" width="600" height="400"></iframe>')
    page.goto(f"file://{host}")
    frame = page.frames[1]
    frame.locator(".tk-chart").wait_for(state="visible")
    assert "parameters were ignored" in frame.locator(".tk-note").inner_text()


def test_under_a_strict_policy(page: Page, tmp_path: Path, served: Served) -> None:
    site = build(tmp_path, {"loss": curves()}, csp=True)
    violations: list[str] = []
    page.on("console", lambda message: violations.append(message.text))
    page.goto(f"{served(site.folder)}/{site.chart}{QUERY}")
    assert is_drawn(page)
    page.locator(".tk-over").hover()
    assert page.locator(".tk-tip").is_visible()
    page.evaluate("trackio.set({height: 300, theme: 'dark', legend: 'right'})")
    assert page.locator(".tk-plot").bounding_box()["height"] == 300
    assert violations == []


def test_with_scripts_off_the_figure_is_whole(browser: Browser, demo: Site, grouped: Site, located: Served) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 600, "height": 400})
    page = context.new_page()
    page.goto(f"{located(demo.folder)}/{demo.chart}{QUERY}")
    assert page.locator(".tk-chart").is_visible()
    assert page.locator(".tk-line").count() == 5
    assert page.locator(".tk-line").first.bounding_box()["width"] > 300
    assert page.locator(".tk-ends text").count() == 5
    assert page.locator(".tk-table tbody tr").count() == 13
    page.locator(".tk-menu summary").click()
    assert page.locator(".tk-menu a").all_inner_texts() == ["SVG", "PNG", "CSV"]
    assert page.locator(".tk-menu button:visible").count() == 0
    page.goto(f"{located(grouped.folder)}/{grouped.chart}")
    assert page.locator(".tk-legend").is_visible()
    context.close()


def test_a_page_with_default_parameters_asks_for_nothing_else_until_touched(
    page: Page, demo: Site, served: Served
) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if request.url.startswith("http") else None)
    page.goto(f"{served(demo.folder)}/{demo.chart}", wait_until="networkidle")
    assert len(asked) == 1
    assert page.evaluate("document.documentElement.dataset.trackio") == "ready"
    page.locator(".tk-plot").hover()
    page.locator(".tk-over").wait_for()
    assert any(url.endswith("runtime.js") for url in asked)


def test_a_click_before_the_runtime_is_there_is_not_lost(page: Page, grouped: Site, located: Served) -> None:
    page.goto(f"{located(grouped.folder)}/{grouped.chart}")
    page.evaluate("document.querySelector('.tk-key').click()")
    page.wait_for_function("document.querySelector('.tk-key').getAttribute('aria-pressed') === 'false'")


def test_the_wrong_picture_is_never_seen(page: Page, demo: Site, served: Served) -> None:
    address = served(demo.folder)
    waiting: list[Any] = []
    page.route("**/runtime.js", lambda route: waiting.append(route))  # noqa: PLW0108 - a builtin has no signature to read
    page.goto(f"{address}/{demo.chart}{QUERY}", wait_until="commit")
    page.locator(".tk-line").first.wait_for(state="attached")
    assert page.locator(".tk-chart").is_hidden()
    waiting[0].continue_()
    page.locator(".tk-chart").wait_for(state="visible")
    assert page.evaluate("trackio.charts()[0].xDomain") == [100, 999]


def test_a_runtime_that_does_not_come_leaves_the_static_picture(page: Page, demo: Site, served: Served) -> None:
    page.route("**/runtime.js", lambda route: route.abort())
    page.goto(f"{served(demo.folder)}/{demo.chart}{QUERY}")
    page.locator(".tk-chart").wait_for(state="visible")
    assert page.evaluate("document.documentElement.dataset.trackio") == "error"


def test_data_that_does_not_come_is_said_in_words(page: Page, demo: Site, served: Served) -> None:
    page.route("**/m0.js", lambda route: route.abort())
    page.goto(f"{served(demo.folder)}/{demo.chart}{QUERY}")
    page.locator(".tk-note").wait_for(state="visible")
    assert "did not load" in page.locator(".tk-note").inner_text()
    assert page.locator(".tk-chart").is_visible()


@pytest.mark.parametrize(
    ("query", "note"),
    [
        ("nonsense=1", 'There is no parameter "nonsense"; it was ignored.'),
        ("xmin=abc&smoothing=5", 'xmin="abc" is no number; it was ignored.'),
        ("runs=nobody", 'There is no run "nobody" here.'),
        ("metrics=nothing", 'There is no metric "nothing" here.'),
        ("x=unlogged", 'No run here has logged "unlogged"; the x-axis shows steps.'),
        ("groupby=colour", 'No run here has "colour" to group by.'),
        ("xmin=5&xmax=1", "xmin is not below xmax; both were ignored."),
    ],
)
def test_what_is_ignored_is_said_and_the_rest_holds(
    page: Page, demo: Site, located: Served, query: str, note: str
) -> None:
    page.goto(f"{located(demo.folder)}/{demo.chart}?{query}&yscale=log")
    page.evaluate("trackio.ready")
    assert note in page.locator(".tk-note").inner_text()
    assert page.evaluate("trackio.state().yscale") == "log"
    assert page.locator(".tk-chart").is_visible()


def test_dark_mode_follows_the_reader_and_theme_overrules(browser: Browser, demo: Site, located: Served) -> None:
    context = browser.new_context(color_scheme="dark")
    page = context.new_page()
    dark, light = "rgb(20, 23, 28)", "rgb(255, 255, 255)"
    for query, color in (("", dark), ("?theme=light", light), ("?theme=auto", dark), ("?__theme=light", light)):
        page.goto(f"{located(demo.folder)}/{demo.chart}{query}")
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == color
    page.emulate_media(media="print")
    page.goto(f"{located(demo.folder)}/{demo.chart}")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == light
    assert page.locator(".tk-menu").is_hidden()
    context.close()


@pytest.mark.parametrize("width", [320, 600, 1200])
def test_nothing_is_wider_than_the_page_and_600_by_400_does_not_scroll(
    page: Page, demo: Site, grouped: Site, width: int
) -> None:
    for site in (demo, grouped):
        page.set_viewport_size({"width": width, "height": 400})
        page.goto(f"file://{site.folder}/{site.chart}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate("document.documentElement.scrollHeight") <= 400
        assert page.locator(".tk-area").bounding_box()["height"] > 80


def test_at_320_pixels_names_move_from_line_ends_to_the_legend(page: Page, demo: Site) -> None:
    page.set_viewport_size({"width": 320, "height": 400})
    page.goto(f"file://{demo.folder}/{demo.chart}")
    assert page.locator(".tk-legend").bounding_box()["height"] > 20
    assert page.locator(".tk-ends text").first.is_hidden()


def test_hostile_names_stay_text_when_drawn_live(page: Page, tmp_path: Path) -> None:
    names = ("</script><script>bad()</script>", '"><img src=x onerror=bad()>', "\u202eltr", "nul\0byte")
    found = [series([1, 2, k], run=name, order=k, group=name, metric=names[0]) for k, name in enumerate(names)]
    site = build(tmp_path, {names[0]: found}, project=names[1])
    page.goto(f"file://{site.folder}/{site.chart}?smoothing=3&title=%3Cimg%20src=x%20onerror=bad()%3E")
    page.evaluate("trackio.ready")
    assert page.locator("img").count() == 0
    assert page.evaluate("typeof bad") == "undefined"
    assert [one["run"] for one in page.evaluate("trackio.charts()[0].series")] == list(names)
