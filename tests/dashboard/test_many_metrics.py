"""Projects of very many metrics on a server: pages stay small, and the server finds charts by name."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.dashboard.browsing import Page, opened, until_text
from tests.dashboard.recorded import record
from tests.dashboard.training import training
from tests.server.running import Client
from trackio.report.foremost import MOST_DRAWN, MOST_VALUES

COUNT = MOST_VALUES + 100
NAMES = [*(f"layers.{k}/norm" for k in range(COUNT - 1)), "val/loss"]


@pytest.fixture
def wide(home: Path) -> list[str]:
    """The ids of two runs; the second has one metric more."""
    values: dict[str, list[Any]] = {name: [1.0, 0.5 + place] for place, name in enumerate(NAMES)}
    first = record(name="a", metrics=values)
    return [first, record(name="b", metrics={**values, "extra, *": [1.0, 2.0]})]


def frames(body: bytes) -> int:
    return len(re.findall(rb'<figure class="tk-chart"', re.sub(rb"(?s)<template.*?</template>", b"", body)))


def found(page: Page) -> list[str]:
    names: list[str] = page.evaluate("trackio.charts().filter((one) => one.series.length).map((one) => one.metric)")
    return names


@pytest.mark.parametrize("path", ["/p/index.html", "/p/runs/a.html"])
def test_pages_have_frames_of_some_and_tell_of_the_others(wide: list[str], dashboard: Client, path: str) -> None:
    body = dashboard.ask("GET", path).body
    assert frames(body) == MOST_DRAWN
    assert len(body) < 2_000_000
    count = COUNT + 1 if path == "/p/index.html" else COUNT
    assert f"{MOST_DRAWN} of {count} metrics are drawn" in body.decode()
    assert 'data-metric="val/loss"' in body.decode()


def test_what_a_page_asks_for_once_is_small(wide: list[str], dashboard: Client) -> None:
    assert len(dashboard.ask("GET", "/api/live/runs", project="p").json()["metrics"]) == MOST_DRAWN


@pytest.mark.parametrize(
    ("asked", "count", "missing"),
    [
        ({"metrics": "layers.55*/norm"}, 11, []),
        ({"metrics": "*"}, COUNT + 1, []),
        ({"metrics": "none, layers.1/norm"}, 1, ["none"]),
        ({"metric": "extra, *"}, 1, []),
        ({"metric": "layers.*"}, 0, ["layers.*"]),
        ({}, COUNT + 1, []),
    ],
)
def test_the_server_finds_charts_as_addresses_name_them(
    wide: list[str], dashboard: Client, asked: dict[str, str], count: int, missing: list[str]
) -> None:
    answer = dashboard.ask("GET", "/api/live/charts", project="p", **asked).json()
    assert (answer["count"], answer["missing"]) == (count, missing)
    assert len(answer["charts"]) == min(count, MOST_DRAWN)
    own = dashboard.ask("GET", "/api/live/charts", project="p", run=wide[0], **asked).json()
    assert own["count"] == count - (count > COUNT or asked.get("metric") == "extra, *")


def test_a_run_that_is_not_there_is_told(wide: list[str], dashboard: Client) -> None:
    assert dashboard.ask("GET", "/api/live/charts", project="p", run="nobody").status == 404
    assert dashboard.ask("GET", "/api/live/charts", project="nothing").status == 404


def test_a_chart_is_found_by_the_address_and_by_the_filter(page: Page, wide: list[str], dashboard: Client) -> None:
    opened(page, dashboard, metrics="layers.555/norm,nothing")
    page.wait_for_function("() => trackio.charts()[0]?.series.length === 2")
    assert found(page) == ["layers.555/norm"]
    assert 'There is no metric "nothing" here.' in page.locator("#tk-note").inner_text()
    opened(page, dashboard, "p/runs/b.html")
    page.locator("#tk-filter").fill("extra")
    page.wait_for_function("() => trackio.charts().length === 1 && trackio.charts()[0].series.length === 1")
    assert found(page) == ["extra, *"]
    page.locator("#tk-filter").fill("")
    page.wait_for_function(f"() => trackio.charts().length === {MOST_DRAWN}")


def test_a_chart_that_was_found_grows_and_stays(page: Page, home: Path, dashboard: Client) -> None:
    record(name="a", metrics={name: [1.0] for name in NAMES})
    with training(home, name="goes on") as run:
        run.log(1.0)
        opened(page, dashboard, metrics="layers.400/norm,loss")
        page.wait_for_function("() => trackio.charts().find((one) => one.metric === 'loss')?.series[0]?.points === 1")
        run.log(0.5)
        page.wait_for_function("() => trackio.charts().find((one) => one.metric === 'loss')?.series[0]?.points === 2")
        assert set(found(page)) == {"layers.400/norm", "loss"}
        # A page that has other parts is brought up to date as a whole.
        record(name="another", metrics={"one more": [1.0]})
        until_text(page, ".tk-runs tbody th", "another")
        until_text(page, ".tk-rest", f"of {COUNT + 2} metrics")
        assert set(found(page)) == {"layers.400/norm", "loss"}


def test_long_lists_of_values_are_cut_and_it_is_said(wide: list[str], dashboard: Client) -> None:
    run = dashboard.ask("GET", "/p/runs/a.html").body.decode()
    assert run.count("<dt>") < MOST_VALUES + 20
    assert f"{COUNT - MOST_VALUES} more are not listed" in run
    compare = dashboard.ask("GET", f"/p/compare.html?run={wide[0]}&run={wide[1]}").body.decode()
    assert f"{COUNT + 1 - MOST_VALUES} are not listed" in compare
    assert compare.count('<th scope="row"') == MOST_VALUES
