"""A published report in a real browser: on its own host, in iframes, and framed by the Hub's page, as on disk."""

from __future__ import annotations

import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

import trackio
from tests.hub.emulator import TOKEN
from tests.hub.emulator import Hub as SmallHub
from trackio.publish import parts
from trackio.publish.hub import Hub
from trackio.publish.static import CACHED, Publication, Published, publish
from trackio.report.build import Options
from trackio.report.gather import Selection

pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=<")  # the client speaks so to its own HTTP library
Page = Any
SPACE, HUB = "ada/charts", "https://huggingface.co"
CHART = "p/charts/train-loss.html"
VIEWS = (
    "smoothing=7",
    "smoothing=0.9&xmin=100&xmax=5000",
    "runs=run-1,run-2&yscale=log",
    "x=relative&ymin=0",
    "groupby=group&band=std",
)


@pytest.fixture
def published(hub: SmallHub, home: Path, monkeypatch: pytest.MonkeyPatch) -> Published:
    """Four runs of 8,000 points: their data travels in parts."""
    monkeypatch.setattr(parts, "WHOLE_BYTES", 10_000)
    monkeypatch.setattr(parts, "LEAST_BYTES", 20_000)
    for number in range(4):
        name, group = f"run-{number}", f"group-{number % 2}"
        with trackio.init(project="p", name=name, group=group, auto_log_cpu=False, auto_log_gpu=False) as run:
            for step in range(8000):
                run.log({"train/loss": 3 / (1 + step / (200 + 50 * number)) + (step * 7919 % 101) / 1000})
    return send(home)


def send(home: Path, **options: Any) -> Published:
    return publish(Publication(Options(Path(), home, Selection(("p",)), workers=1), SPACE, **options), Hub())


@pytest.fixture
def framed(page: Page, hub: SmallHub) -> Callable[[str], Any]:
    """Opens a Space on the Hub's own page, under the addresses that both have in the world; the frame inside."""

    def forward(route: Any) -> None:
        asked = urlsplit(route.request.url)
        headers = {"Host": asked.hostname or "", "X-Forwarded-Proto": "https"}
        headers |= {"Cookie": route.request.headers.get("cookie", "")}
        headers |= {"Authorization": f"Bearer {TOKEN}"} if asked.hostname == "huggingface.co" else {}
        address = f"{hub.endpoint}{asked.path}{f'?{asked.query}' if asked.query else ''}"
        with urllib.request.urlopen(urllib.request.Request(address, headers=headers)) as answer:
            route.fulfill(status=answer.status, headers=dict(answer.headers), body=answer.read())

    page.route(f"{HUB}/**", forward)
    page.route("https://*.static.hf.space/**", forward)

    def opened(query: str = "") -> Any:
        page.goto(f"{HUB}/spaces/{SPACE}{query}")
        page.wait_for_function("document.getElementById('space')")
        return page.frames[1]

    return opened


def told(frame: Any) -> Any:
    """What a page shows: its view, its charts, and every row of the first."""
    frame.evaluate("trackio.ready")
    frame.wait_for_function("trackio.charts().length && trackio.charts()[0].xDomain")
    return frame.evaluate("[trackio.state(), trackio.charts(), trackio.rows(trackio.charts()[0].slug)]")


def test_a_view_shows_the_same_from_disk_on_its_host_and_in_an_iframe(
    page: Page, published: Published, home: Path, served: Callable[[Path], str]
) -> None:
    disk, blog = home / CACHED / SPACE.replace("/", "--"), home.parent / "blog"
    blog.mkdir()
    for view in VIEWS:
        page.goto(f"file://{disk}/{CHART}?{view}")
        expected = told(page)
        assert len(expected[2]) > 1000
        page.goto(f"{published.pages}{CHART}?{view}")
        assert told(page) == expected
        source = f"{published.pages}{CHART}?{view}"
        (blog / "post.html").write_text(f'<iframe src="{source}" width="900" height="600"></iframe>')
        page.goto(f"{served(blog)}/post.html")
        assert told(page.frames[1]) == expected


def test_the_iframe_that_is_printed_shows_the_report(
    page: Page, published: Published, served: Callable[[Path], str], tmp_path: Path
) -> None:
    (tmp_path / "blog").mkdir()
    (tmp_path / "blog" / "post.html").write_text(published.iframe)
    page.goto(f"{served(tmp_path / 'blog')}/post.html")
    page.frames[1].wait_for_selector("html[data-trackio=ready]")
    assert page.frames[1].locator("a[href='p/index.html']").first.is_visible()


@pytest.mark.parametrize("private", [False, True])
def test_the_hubs_page_hands_its_query_to_the_report_and_takes_it_back(
    page: Page, hub: SmallHub, published: Published, framed: Callable[[str], Any], private: bool
) -> None:
    hub.space(SPACE).private = private
    frame = framed("?project=p&smoothing=7&xmin=100")
    frame.wait_for_url("**/p/index.html?**")
    assert told(frame)[0]["smoothing"] == 7
    frame.evaluate("trackio.set({smoothing: 20})")
    page.wait_for_function("location.search.includes('smoothing=20')")
    assert urlsplit(page.url).path == f"/spaces/{SPACE}"
    assert "__sign" not in page.url
    page.reload()
    again = page.frames[1]
    again.wait_for_url("**/p/index.html?**")
    assert told(again)[0]["smoothing"] == 20
    assert told(again)[0]["xmin"] == 100


def test_a_report_with_scripts_off_is_whole_in_a_space(browser: Any, published: Published) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{published.pages}{CHART}?smoothing=7")
    assert page.locator(".tk-chart").is_visible()
    assert page.locator(".tk-line").count() == 4
    context.close()
