"""A person watches a training that runs in another process: the page keeps up, and what they did to it stays."""

from __future__ import annotations

from pathlib import Path

from tests.dashboard.browsing import Page, listed, opened, points, recorded, until_points, until_text
from tests.dashboard.training import training
from tests.server.running import Client


def test_a_curve_grows_while_it_is_watched(page: Page, home: Path, dashboard: Client) -> None:
    with training(home, name="a") as run:
        run.log(3.0, 2.0)
        opened(page, dashboard)
        assert points(page) == [2]
        run.log(1.5, 1.0, 0.5)
        until_points(page, 5)
        assert page.evaluate("trackio.rows('loss').map((row) => row.y)") == [3.0, 2.0, 1.5, 1.0, 0.5]
        assert "5 points" in page.locator("#chart-loss .tk-points").inner_text()
        until_text(page, ".tk-runs tbody td", "0.5")
        assert page.locator(".tk-fresh").inner_text().startswith("live")


def test_a_new_run_appears_everywhere(page: Page, home: Path, dashboard: Client) -> None:
    recorded("before", group="first")
    opened(page, dashboard)
    assert listed(page) == ["before"]
    with training(home, name="after", group="second") as run:
        run.log(1.0)
        until_points(page, 3, 1)
        until_text(page, ".tk-runs tbody th", "after")
        assert page.locator(f".tk-runlist input[data-run='{run.id}']").is_checked()
        assert page.locator(".tk-rungroup summary bdi").all_inner_texts() == ["first", "second"]
        assert "1 running" in page.locator(".tk-head .tk-meta").inner_text()
        assert page.locator(f".tk-runs tr[data-run='{run.id}'] .is-running").is_visible()
        run.tell("finish")
        page.locator(f".tk-runs tr[data-run='{run.id}'] .is-finished").wait_for()
        page.wait_for_function("!document.querySelector('.tk-live')")
