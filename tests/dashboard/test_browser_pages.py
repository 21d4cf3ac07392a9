"""Pages of runs, charts and all projects follow too; hostile text is text; addresses mean what they mean elsewhere."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest

import trackio
from tests.dashboard.browsing import Page, opened, points, recorded, until_points, until_text
from tests.dashboard.training import training
from tests.server.running import Client

CASES = json.loads((Path(__file__).parents[1] / "cases" / "grammar.json").read_text("utf-8"))
QUERIES = [case for case in CASES if case["call"] == "parse" and len(case["args"]) == 1]
HOSTILE = [
    '</script><img src=x onerror="window.pwned=1">',
    "**bold** [a](javascript:window.pwned=1)",
    "a\u202eb\"'&<>",
    "../../x",
]


def test_the_page_of_a_run_keeps_up(page: Page, home: Path, dashboard: Client) -> None:
    with training(home, name="a", config={"lr": 0.5}) as run:
        run.log(3.0)
        opened(page, dashboard, "p/runs/a.html")
        assert points(page) == [1]
        run.log(2.0)
        until_points(page, 2)
        until_text(page, "[data-values='summary'] dd", "2")
        run.tell("config", {"batch": 64})
        until_text(page, "[data-values='config'] dd", "64")
        run.tell("alert", {"title": "odd thing", "text": "look", "level": "WARN"})
        until_text(page, ".tk-alert-title", "odd thing")
        run.tell("alert", {"title": "bad thing", "level": "ERROR"})
        until_text(page, ".tk-alert-title", "bad thing")
        run.log(0.5, metric="accuracy")
        page.locator("#chart-accuracy .tk-line, #chart-accuracy .tk-dot").first.wait_for(state="attached")
        run.tell("finish")
        page.locator(".tk-head .is-finished").wait_for()
        page.wait_for_function("() => !document.querySelector('.tk-chart .tk-live')")


def test_alerts_of_one_level_stay_chosen_while_others_come(page: Page, home: Path, dashboard: Client) -> None:
    with training(home, name="a") as run:
        run.log(1.0)
        for level in ("ERROR", "WARN"):
            run.tell("alert", {"title": f"first {level}", "level": level})
        opened(page, dashboard)
        page.locator(".tk-alerts-panel label", has_text="error").click()
        assert page.locator(".tk-alert:visible").count() == 1
        run.tell("alert", {"title": "second ERROR", "level": "ERROR"})
        run.tell("alert", {"title": "second WARN", "level": "WARN"})
        until_text(page, ".tk-alerts-panel label", "warn 2")
        assert page.locator(".tk-alert:visible .tk-alert-title bdi").all_inner_texts() == [
            "second ERROR",
            "first ERROR",
        ]


def test_media_come_as_they_are_logged_and_a_slider_stays_where_it_is(
    page: Page, home: Path, dashboard: Client
) -> None:
    with training(home, name="a") as run:
        run.log(1.0)
        opened(page, dashboard, "p/runs/a.html")
        run.tell("image", 10)
        page.locator(".tk-media img").wait_for()
        assert page.evaluate("window.isSame = true")
        run.tell("image", 20)
        page.locator(".tk-media input[type=range]").wait_for()
        until_text(page, ".tk-media .tk-caption", "picture 20")
        run.tell("image", 30)
        until_text(page, ".tk-media .tk-caption", "picture 30")
        page.locator(".tk-media [aria-label='Previous step']").click()
        until_text(page, ".tk-media .tk-caption", "picture 20")
        run.tell("image", 40)
        page.wait_for_function("() => document.querySelector('.tk-media input[type=range]').max === '3'")
        assert page.locator(".tk-media .tk-caption").inner_text() == "picture 20"
        page.locator(".tk-media input[type=range]").press("End")
        until_text(page, ".tk-media .tk-caption", "picture 40")
        assert page.evaluate("window.isSame")


def test_cards_of_projects_keep_up(page: Page, home: Path, dashboard: Client) -> None:
    recorded("a")
    opened(page, dashboard, "index.html")
    assert page.locator(".tk-card h2").all_inner_texts() == ["p"]
    with training(home, name="b") as run:
        run.log(1.0)
        until_text(page, ".tk-card", "1 running")
        recorded("c", project="another")
        page.locator(".tk-card[data-project='another']").wait_for()
        assert page.locator(".tk-card h2").all_inner_texts() == ["another", "p"]
        run.tell("finish")
        page.wait_for_function("() => !document.querySelector('.tk-card .tk-live')")


def test_an_embedded_chart_is_live_and_sees_the_end(page: Page, home: Path, dashboard: Client) -> None:
    with training(home, name="a") as run:
        run.log(*range(10))
        page.set_viewport_size({"width": 640, "height": 480})
        address = f"http://127.0.0.1:{dashboard.port}/p/charts/loss.html?smoothing=3&xmin=2"
        page.goto(f"http://127.0.0.1:{dashboard.port}/healthz")
        page.evaluate(
            "url => { const frame = document.createElement('iframe'); frame.src = url; frame.width = 600;"
            " frame.height = 400; document.body.replaceChildren(frame); }",
            address,
        )
        frame = page.frame_locator("iframe")
        frame.locator(".tk-live").wait_for()
        inside = page.frames[-1]
        inside.wait_for_function("() => window.trackio.charts && document.documentElement.dataset.trackio === 'ready'")
        run.log(*range(10))
        inside.wait_for_function("() => trackio.charts()[0].series[0].points === 18")
        run.tell("finish")
        frame.locator(".tk-live").wait_for(state="detached")


@pytest.mark.parametrize("path", ["p/index.html", "p/charts/loss.html"])
def test_addresses_mean_on_a_live_page_what_they_mean_everywhere(
    page: Page, home: Path, dashboard: Client, path: str
) -> None:
    recorded("a")
    opened(page, dashboard, path)
    plain = page.evaluate("trackio.state()")
    for case in QUERIES:
        query = case["args"][0].lstrip("?")
        page.evaluate(
            "query => { history.replaceState(null, '', '?' + query); dispatchEvent(new PopStateEvent('popstate')); }",
            query,
        )
        wanted = case["want"]
        assert page.evaluate("trackio.state()") == plain | wanted["view"], query
        said = page.locator(".tk-note").all_inner_texts()
        assert all(note in " ".join(said) for note in wanted["notes"][:2]), query
        page.evaluate("trackio.set({})")
        assert urlsplit(page.url).query == wanted["query"], query


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_stay_text_as_they_come_in(page: Page, home: Path, dashboard: Client, name: str) -> None:
    recorded("first")
    opened(page, dashboard)
    with training(home, name=name, group=name, config={name: name}, tags=[name], notes=name) as run:
        run.tell("log", [{name: 1.0, "loss": 2.0}])
        run.tell("alert", {"title": name, "text": name, "level": "ERROR"})
        until_text(page, ".tk-alert-title", "error")
        page.wait_for_function("() => document.querySelectorAll('.tk-runs tbody tr').length === 2")
        page.wait_for_function("() => trackio.charts().length === 2")
        run.log(1.0)
        until_points(page, 3, 2)
        assert page.locator(".tk-runs tbody tr:last-child th").inner_text().strip() == name
        href = page.locator(".tk-runs tbody tr:last-child th a").get_attribute("href")
        page.goto(f"http://127.0.0.1:{dashboard.port}/p/{href}")
        page.evaluate("trackio.ready")
        run.log(0.5)
        until_points(page, 3)
        assert page.locator("h1 bdi").inner_text() == name
        assert page.evaluate("window.pwned") is None


def test_a_choice_of_runs_and_a_line_that_is_off_survive_a_new_run(page: Page, home: Path, dashboard: Client) -> None:
    recorded("a")
    recorded("b")
    opened(page, dashboard, runs="a")
    with training(home, name="c") as run:
        run.log(1.0)
        until_text(page, ".tk-runs tbody th", "c")
        assert not page.locator(f".tk-runlist input[data-run='{run.id}']").is_checked()
        assert len(points(page)) == 1
        page.locator(f".tk-runlist input[data-run='{run.id}']").check()
        page.wait_for_function("() => trackio.charts()[0].series.length === 2")
        assert urlsplit(page.url).query == f"run=a&run={quote('c')}"


@pytest.mark.parametrize("is_by_key", [True, False])
def test_what_was_never_scrolled_to_is_printed_too(
    page: Page, home: Path, dashboard: Client, *, is_by_key: bool
) -> None:
    run = trackio.init(project="p", name="a")
    run.log({f"a/{k}": 1.0 for k in range(120)})
    run.finish()
    opened(page, dashboard)
    undrawn = "() => [...document.querySelectorAll('.tk-chart')].filter((one) => !one.querySelector('.tk-dot')).length"
    assert page.evaluate(undrawn) > 100
    if is_by_key:
        page.evaluate(f"() => {{ window.print = () => (window.printed = ({undrawn})()); }}")
        page.keyboard.press("Control+p")
    else:
        page.evaluate(f"() => addEventListener('afterprint', () => (window.printed = ({undrawn})()))")
        assert page.pdf().startswith(b"%PDF")
    page.wait_for_function("() => window.printed !== undefined")
    assert page.evaluate("window.printed") == 0


@pytest.mark.parametrize("path", ["index.html", "p/index.html", "p/runs/a.html", "p/energy.html", "p/compare.html"])
@pytest.mark.parametrize("width", [360, 1280])
def test_no_page_is_wider_than_its_window(page: Page, home: Path, dashboard: Client, path: str, width: int) -> None:
    recorded("a", group="a group of a rather long name", config={f"key/{k}": "v" * 60 for k in range(9)})
    recorded("b" * 120)
    page.set_viewport_size({"width": width, "height": 700})
    opened(page, dashboard, path)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_theme_is_chosen_in_the_head(page: Page, home: Path, dashboard: Client) -> None:
    recorded("a")
    opened(page, dashboard)
    page.locator("#tk-theme").select_option("dark")
    page.wait_for_url("**theme=dark")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
