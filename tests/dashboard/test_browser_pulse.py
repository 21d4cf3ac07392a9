"""How a page keeps in touch: the mark in its head, who does not ask, a server that goes and comes back."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.dashboard.browsing import Page, opened, points, recorded, until_points, until_text
from tests.dashboard.training import training
from tests.server.running import TOKEN, Client, in_thread, until
from trackio.dashboard.app import create
from trackio.server.options import ServerOptions
from trackio.store import layout

_HIDE = """isHidden => {
    Object.defineProperty(document, "hidden", {configurable: true, get: () => isHidden});
    document.dispatchEvent(new Event("visibilitychange"));
}"""


def asked(page: Page) -> list[str]:
    """What the page asks the server from now on."""
    found: list[str] = []
    page.on("request", lambda request: found.append(request.url))
    return found


def test_the_mark_says_when_the_last_point_came(page: Page, home: Path, dashboard: Client) -> None:
    with training(home, name="a") as run:
        run.log(1.0)
        opened(page, dashboard)
        before = page.locator(".tk-fresh time").get_attribute("datetime")
        assert page.locator(".tk-fresh [role=status]").inner_text() == "live"
        assert page.locator(".tk-fresh time").inner_text().endswith(" UTC")
        run.log(2.0)
        page.wait_for_function("before => document.querySelector('.tk-fresh time').dateTime > before", arg=before)


def test_a_tab_that_nobody_sees_asks_nothing_and_catches_up_when_seen(
    page: Page, home: Path, dashboard: Client
) -> None:
    with training(home, name="a") as run:
        run.log(1.0)
        opened(page, dashboard)
        page.evaluate(_HIDE, True)
        until_text(page, ".tk-fresh", "paused")
        page.wait_for_load_state("networkidle")
        found = asked(page)
        run.log(2.0)
        # Another page that is seen has long heard of it when this one is looked at.
        other = page.context.new_page()
        opened(other, dashboard)
        until_points(other, 2)
        other.close()
        assert found == []
        assert points(page) == [1]
        page.evaluate(_HIDE, False)
        until_points(page, 2)
        until_text(page, ".tk-fresh", "live")


def test_how_often_to_look_is_a_parameter_of_the_address(page: Page, home: Path, dashboard: Client) -> None:
    with training(home, name="a") as run:
        run.log(1.0)
        opened(page, dashboard, refresh="0")
        assert page.locator("#tk-refresh").input_value() == "0"
        assert page.locator(".tk-fresh").inner_text().startswith("paused")
        found = asked(page)
        run.log(2.0)
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        other = page.context.new_page()
        opened(other, dashboard)
        until_points(other, 2)
        other.close()
        assert found == []
        page.locator("#tk-refresh").select_option("5")
        page.wait_for_url("**refresh=5")
        page.locator("#tk-refresh").select_option("1")
        page.wait_for_url("**/p/index.html")
        until_points(page, 2)
        page.evaluate("trackio.set({refresh: 12})")
        assert page.locator("#tk-refresh option:checked").inner_text() == "every 12 s"


def test_a_server_that_goes_away_is_said_calmly_and_comes_back(page: Page, home: Path) -> None:
    options = ServerOptions(home, TOKEN)
    with training(home, name="a") as run:
        run.log(1.0)
        with in_thread(options, create) as first:
            opened(page, first)
            assert points(page) == [1]
        until_text(page, ".tk-fresh", "not connected")
        assert page.locator("#tk-note").is_hidden()
        assert page.locator("#chart-loss .tk-area path").first.is_visible()
        run.log(2.0)
        with in_thread(options, create, first.port):
            page.evaluate("dispatchEvent(new Event('online'))")
            until_points(page, 2)
            until_text(page, ".tk-fresh", "live")
            assert page.evaluate("document.documentElement.dataset.trackio") == "ready"


def test_a_view_that_was_changed_while_the_server_was_away_is_drawn_when_it_is_back(page: Page, home: Path) -> None:
    options = ServerOptions(home, TOKEN)
    recorded("a", [1.0, 2.0, 6.0])
    with in_thread(options, create) as first:
        opened(page, first)
    page.evaluate("trackio.set({smoothing: 3})")
    with in_thread(options, create, first.port):
        page.evaluate("dispatchEvent(new Event('online'))")
        page.wait_for_function("() => trackio.rows('loss')[1]?.y === 3")


def test_two_dashboards_follow_the_same_run_each_with_its_own_view(page: Page, home: Path, dashboard: Client) -> None:
    other = page.context.new_page()
    with training(home, name="a") as run:
        run.log(*range(10))
        opened(page, dashboard)
        opened(other, dashboard, smoothing="3", xmin="5")
        run.log(*range(10))
        until_points(page, 20)
        until_points(other, 15)
        assert page.evaluate("trackio.charts()[0].xDomain[0]") == 0
        assert other.evaluate("trackio.charts()[0].xDomain[0]") == 5
        run.tell("finish")
        for one in (page, other):
            one.locator(".tk-runs .is-finished").wait_for()


def test_a_project_that_is_gone_is_said_in_words(page: Page, home: Path, dashboard: Client) -> None:
    recorded("a")
    recorded("b", project="other")
    opened(page, dashboard)
    shutil.rmtree(layout.project_directory(home, "p"))
    until_text(page, "#tk-note", "No project named 'p'")
    until_text(page, ".tk-fresh", "not there any more")


@pytest.mark.parametrize(
    "path", ["index.html", "p/index.html", "p/runs/a.html", "p/charts/loss.html", "p/compare.html"]
)
def test_every_kind_of_page_follows_without_a_fault(page: Page, home: Path, dashboard: Client, path: str) -> None:
    with training(home, name="a") as run:
        run.log(1.0)
        faults: list[str] = []
        page.on("console", lambda said: faults.append(said.text) if said.type in ("error", "warning") else None)
        opened(page, dashboard, path)
        run.log(2.0)
        run.tell("alert", {"title": "odd", "level": "ERROR"})
        page.wait_for_event("requestfinished", lambda request: "/live/page" in request.url)
        run.tell("finish")
        until(lambda: page.locator(".is-running, .tk-live").count() == 0)
        assert faults == []
