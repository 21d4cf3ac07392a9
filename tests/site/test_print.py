"""Printing from the browser's menu, when nobody has scrolled to the end of the page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.site.pages import Site, build, curves

Page = Any

MANY = 9
DRAWN = "trackio.charts().filter((one) => one.series.length).length"
STALE = "document.querySelectorAll('.tk-chart.is-stale').length"


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> Site:
    metrics = {f"m{k}": curves(2, 20, metric=f"m{k}", seed=k) for k in range(MANY)}
    return build(tmp_path_factory.mktemp("long"), metrics)


def printed(page: Page, what: str) -> Any:
    """What is so while the browser prints."""
    page.evaluate(f"() => addEventListener('afterprint', () => {{ window.seen = {what}; }})")
    assert page.pdf().startswith(b"%PDF")
    page.wait_for_function("() => window.seen !== undefined")
    return page.evaluate("window.seen")


def test_no_chart_is_left_out_of_print_and_one_that_is_not_as_chosen_says_so(page: Page, long: Site) -> None:
    page.set_viewport_size({"width": 390, "height": 600})
    page.goto(f"file://{long.folder}/{long.index}?smoothing=5")
    page.evaluate("trackio.ready")
    assert page.evaluate(DRAWN) < MANY
    assert printed(page, STALE) > 0
    page.emulate_media(media="print")
    seen = "[...document.querySelectorAll('.tk-plot')].every((one) => getComputedStyle(one).visibility === 'visible')"
    assert page.evaluate(seen)
    # What printing asked for came a moment later.
    page.wait_for_function(f"() => {DRAWN} === {MANY}")
    assert printed(page, STALE) == 0


def test_the_key_waits_until_all_is_drawn(page: Page, long: Site) -> None:
    page.set_viewport_size({"width": 390, "height": 600})
    page.goto(f"file://{long.folder}/{long.index}?smoothing=5")
    page.evaluate("trackio.ready")
    page.evaluate(f"() => {{ window.print = () => (window.seen = {DRAWN}); }}")
    page.keyboard.press("Control+p")
    page.wait_for_function("() => window.seen !== undefined")
    assert page.evaluate("window.seen") == MANY


def test_a_page_as_it_was_written_prints_without_a_word(page: Page, long: Site) -> None:
    page.goto(f"file://{long.folder}/{long.index}")
    page.evaluate("trackio.ready")
    assert printed(page, "document.documentElement.hasAttribute('data-changed')") is False


def test_the_number_of_points_of_means_is_that_of_what_was_logged(page: Page, grouped: Site, tmp_path: Path) -> None:
    page.goto(f"file://{grouped.folder}/{grouped.index}")
    assert page.locator(".tk-points").inner_text() == "3,600 points"
    page.evaluate("trackio.set({ xmin: 100 })")
    page.evaluate("trackio.ready")
    page.wait_for_function("() => document.querySelector('.tk-points').textContent === '2,400 points'")
    page.evaluate("trackio.set({ xmin: null, groupby: 'none' })")
    page.wait_for_function("() => document.querySelector('.tk-points').textContent.endsWith('3,600 points')")
