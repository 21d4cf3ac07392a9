"""Pages on narrow screens: nothing runs over the edge, and what charts are chosen by stands before them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import trackio
from tests.dashboard.browsing import Page, opened, recorded
from tests.dashboard.training import training
from tests.server.running import Client

LONG = "/data/checkpoints/2026-11-21/" + "many-parts/" * 30
BUTTON = ".tk-sidebar > button"


@pytest.fixture
def ids(home: Path) -> Iterator[list[str]]:
    """Runs with long names and values, one of which goes on."""
    done = [recorded(f"run-{k}-{'with-a-long-name' * k}", config={"lr": k, "from": f"{LONG}{k}"}) for k in range(2)]
    with training(home, name="goes on") as live:
        live.log(1.0)
        yield [*done, live.id]


@pytest.mark.parametrize("width", [1280, 1024, 768, 390])
def test_no_page_is_wider_than_its_screen(page: Page, ids: list[str], dashboard: Client, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    compare = "p/compare.html?" + "&".join(f"run={one}" for one in ids)
    for path in ("index.html", "p/index.html", "p/runs/goes-on.html", compare, "p/energy.html", "p/charts/loss.html"):
        page.goto(f"http://127.0.0.1:{dashboard.port}/{path}")
        page.evaluate("trackio.ready")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


@pytest.mark.parametrize("width", [1280, 390])
def test_no_name_is_too_long_for_any_page(page: Page, home: Path, dashboard: Client, width: int) -> None:
    for name in ("n" * 500, "m" * 500):
        with trackio.init(project="p", name=name, group="g" * 300, tags=["t" * 200], reinit="create_new") as run:
            run.log({"l" * 300: 1.0, "x": trackio.Markdown(f"# {'x' * 300}"), "loss": 1.0})
            run.alert("w" * 300, text="u" * 900)
    page.set_viewport_size({"width": width, "height": 844})
    index = dashboard.ask("GET", "/p/index.html").body.decode()
    runs = sorted(set(re.findall(r'href="(runs/[^"#]+)"', index)))
    assert len(runs) == 2
    own = ["index.html", *runs, f"compare.html?run={run.id}", "reports.html"]
    for path in ("index.html", *(f"p/{one}" for one in own)):
        page.goto(f"http://127.0.0.1:{dashboard.port}/{path}")
        page.evaluate("trackio.ready")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


def test_the_table_of_runs_in_progress_fits_a_laptop(page: Page, home: Path, dashboard: Client) -> None:
    with training(home, name="goes on") as live:
        live.log(1.0)
        page.set_viewport_size({"width": 1280, "height": 844})
        opened(page, dashboard)
        status = page.locator(".tk-runs td .tk-status")
        assert status.inner_text() == "running"
        assert "last point" in (status.get_attribute("title") or "")
        assert page.evaluate(
            "() => { const { scrollWidth, clientWidth } = document.querySelector('.tk-runs .tk-scroll');"
            " return scrollWidth <= clientWidth; }"
        )


def test_on_a_phone_the_list_of_runs_is_a_line_before_the_charts_that_opens(
    page: Page, ids: list[str], dashboard: Client
) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    opened(page, dashboard)
    button = page.locator(BUTTON)
    box, chart = button.bounding_box(), page.locator(".tk-chart").first.bounding_box()
    assert box
    assert chart
    assert box["y"] < chart["y"]
    assert button.get_attribute("aria-expanded") == "false"
    assert not page.locator("#tk-runs-filter").is_visible()
    button.click()
    assert button.get_attribute("aria-expanded") == "true"
    assert "sidebar" not in page.url
    page.locator("#tk-runs-filter").fill("run-1")
    assert page.locator(".tk-runs tbody tr:visible").count() == 1
    button.click()
    assert not page.locator("#tk-runs-filter").is_visible()


def test_with_room_the_button_closes_the_list_as_the_address_says(
    page: Page, ids: list[str], dashboard: Client
) -> None:
    page.set_viewport_size({"width": 1280, "height": 844})
    opened(page, dashboard)
    page.locator(BUTTON).click()
    page.wait_for_function("() => location.search === '?sidebar=collapsed'")
    assert page.locator(BUTTON).get_attribute("aria-expanded") == "false"
    assert not page.locator("#tk-runs-filter").is_visible()


def test_two_runs_stand_side_by_side_on_a_phone_and_the_names_of_values_stay(
    page: Page, ids: list[str], dashboard: Client
) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"http://127.0.0.1:{dashboard.port}/p/compare.html?" + "&".join(f"run={one}" for one in ids))
    second = page.locator(".tk-sides thead th").nth(1).bounding_box()
    assert second
    assert second["x"] + second["width"] <= 390
    cell = page.locator(".tk-sides td", has_text="many-parts").first
    assert (cell.get_attribute("title") or "").startswith(LONG)
    name = page.locator(".tk-sides [scope=row]").first
    before = name.bounding_box()
    page.evaluate("document.querySelector('.tk-scroll').scrollLeft = 80")
    assert page.evaluate("document.querySelector('.tk-scroll').scrollLeft") > 0
    assert name.bounding_box() == before
