"""What tests ask of a live page in a browser."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import trackio
from tests.server.running import TOKEN, Client

Page = Any


def opened(
    page: Page, dashboard: Client, path: str = "p/index.html", *, token: str | None = None, **query: str
) -> Page:
    """The page when it follows; with ``token`` as whoever may write."""
    given = {**query, **({"write_token": token} if token else {})}
    page.goto(f"http://127.0.0.1:{dashboard.port}/{path}" + (f"?{urlencode(given)}" if given else ""))
    page.evaluate("trackio.ready")
    page.wait_for_function("() => document.documentElement.dataset.pulse !== undefined")
    return page


def as_writer(page: Page, dashboard: Client, path: str = "p/index.html") -> Page:
    return opened(page, dashboard, path, token=TOKEN)


def points(page: Page, metric: str = "loss") -> list[int]:
    """How many points each line of a chart stands for."""
    found: list[int] = page.evaluate(
        "metric => trackio.charts().find((chart) => chart.metric === metric)?.series.map((one) => one.points) ?? []",
        metric,
    )
    return found


def until_points(page: Page, *wanted: int, metric: str = "loss") -> None:
    """Wait until the lines of a chart stand for so many points each."""
    page.wait_for_function(
        "([metric, wanted]) => trackio.charts().find((chart) => chart.metric === metric)?.series"
        ".map((one) => one.points).join() === wanted",
        arg=[metric, ",".join(map(str, wanted))],
    )


def recorded(name: str, values: list[float] | None = None, *, project: str = "p", **options: Any) -> str:
    """A run of this process that has finished; its id."""
    run = trackio.init(project=project, name=name, reinit="create_new", **options)
    for value in values or [3.0, 2.0, 1.0]:
        run.log({"loss": value})
    run.finish()
    return run.id


def listed(page: Page) -> list[str]:
    """The names in the run table, from top to bottom."""
    found: list[str] = page.locator(".tk-runs tbody tr th bdi").all_inner_texts()
    return found


def until_text(page: Page, selector: str, text: str) -> None:
    """Wait until an element says that somewhere."""
    page.locator(selector).filter(has_text=text).first.wait_for()
