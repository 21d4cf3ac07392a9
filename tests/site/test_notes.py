"""Pages of notes in a real browser: figures are alive and stay as they were drawn, each on its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import trackio
from trackio.report.build import Options, build

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

NOTES = """
# Title

See [Figure](#fig-one).

## First

```trackio
metrics: train/loss
runs: [run-1, run-2]
smoothing: 5
window: [100, 800]
id: one
```

## Second

```trackio
project: other
metrics: [loss, acc]
id: two
```

```trackio-table
columns: train/loss
```

$x^2$ and words[^1].

[^1]: A note.
"""


@pytest.fixture(scope="module")
def notes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site with notes on two projects."""
    folder = tmp_path_factory.mktemp("notes")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRACKIO_DIR", str(folder / "home"))
        for number in range(3):
            with trackio.init(project="main", name=f"run-{number}", auto_log_cpu=False, auto_log_gpu=False) as run:
                for step in range(1000):
                    run.log({"train/loss": 1 / (1 + step + number)}, step=step)
        with trackio.init(project="other", name="alone", auto_log_cpu=False, auto_log_gpu=False) as run:
            for step in range(50):
                run.log({"loss": 50.0 - step, "acc": float(step)}, step=step)
        (folder / "notes.md").write_text(f"---\nproject: main\n---\n{NOTES}", "utf-8")
        build(Options(folder / "site", folder / "home", workers=1, notes=[folder / "notes.md"]))
    return folder / "site"


ADDRESS = "new DOMParser().parseFromString(window.copied, 'text/html').querySelector('iframe').src"
PATHS = "[...document.querySelectorAll('.tk-area path')].map((path) => path.getAttribute('d'))"


def test_a_script_changes_no_picture(page: Page, notes: Path) -> None:
    page.goto((notes / "reports/notes.html").as_uri())
    before = page.evaluate(PATHS)
    page.evaluate("trackio.ready")
    assert page.evaluate(PATHS) == before
    found = page.evaluate("trackio.charts()")
    assert [one["slug"] for one in found] == ["fig-one", "fig-two"]
    assert [one["run"] for one in found[0]["series"]] == ["run-1", "run-2"]
    assert [one["run"] for one in found[1]["series"]] == ["loss", "acc"]


def test_the_embed_of_a_figure_shows_the_same(page: Page, notes: Path) -> None:
    page.goto((notes / "reports/notes.html").as_uri())
    page.evaluate("trackio.ready")
    domains = page.evaluate("trackio.charts().map((one) => one.xDomain)")
    for place, domain in enumerate(domains):
        page.goto((notes / "reports/notes.html").as_uri())
        page.evaluate("trackio.ready")
        page.evaluate("navigator.clipboard.writeText = (text) => Promise.resolve(void (window.copied = text))")
        figure = page.locator(".tk-figure .tk-chart").nth(place)
        figure.locator("summary").click()
        figure.locator("[data-action=copy-embed]").click()
        page.wait_for_function("window.copied")
        address = page.evaluate(ADDRESS)
        title = figure.locator(".tk-title a").get_attribute("href")
        page.goto(address)
        page.evaluate("trackio.ready")
        embedded = page.evaluate("trackio.charts()[0].xDomain")
        names = page.evaluate("trackio.charts()[0].series.map((one) => one.run)")
        assert embedded == domain
        assert names == (["run-1", "run-2"] if place == 0 else ["loss", "acc"])
        assert title is not None
        assert address.endswith(title.removeprefix(".."))


def test_figures_zoom_by_themselves(page: Page, notes: Path) -> None:
    page.goto((notes / "reports/notes.html").as_uri())
    page.evaluate("trackio.ready")
    before = page.evaluate("trackio.charts().map((one) => one.xDomain)")
    page.locator("#fig-one .tk-plot").scroll_into_view_if_needed()
    box = page.locator("#fig-one .tk-over").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 50, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + 150, box["y"] + 50, steps=4)
    page.mouse.up()
    page.wait_for_function("(old) => trackio.charts()[0].xDomain[0] > old", arg=before[0][0])
    after = page.evaluate("trackio.charts().map((one) => one.xDomain)")
    assert after[0] != before[0]
    assert after[1] == before[1]
    assert "?" not in page.url


def test_everything_can_be_read_without_scripts(browser: Browser, notes: Path) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 1280, "height": 900})
    opened = context.new_page()
    opened.goto((notes / "reports/notes.html").as_uri())
    assert opened.locator(".tk-figure .tk-area path.tk-line").count() == 4
    assert opened.locator(".tk-contents").is_visible()
    assert not opened.locator(".tk-contents-fold").is_visible()
    assert opened.locator("math").count() == 1
    opened.set_viewport_size({"width": 390, "height": 800})
    assert not opened.locator(".tk-contents").is_visible()
    opened.locator(".tk-contents-fold summary").click()
    assert opened.get_by_role("link", name="Second").is_visible()
    assert opened.evaluate("document.documentElement.scrollWidth") <= 390
    context.close()


def test_a_strict_policy_holds(page: Page, notes: Path, served: Callable[[Path], str]) -> None:
    policy = json.loads((notes / "manifest.json").read_bytes())["csp"]["policy"]
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))

    def with_policy(route: Route) -> None:
        found = route.fetch()
        route.fulfill(response=found, headers={**found.headers, "content-security-policy": policy})

    page.route("**/*.html", with_policy)
    page.goto(f"{served(notes)}/reports/notes.html")
    page.evaluate("trackio.ready")
    assert page.evaluate("document.documentElement.dataset.trackio") == "ready"
    assert [line for line in said if "Content Security Policy" in line] == []
