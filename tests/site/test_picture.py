from __future__ import annotations

from html.parser import HTMLParser

import numpy as np
import pytest

from tests.site.pages import curves, series
from trackio.geometry import area, geometry, path
from trackio.grammar import View
from trackio.lines import lines
from trackio.picture import figure, points, sentence, summary, thumbnail

HOSTILE = (
    "</script><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'; drop",
    "\u202eevil",
    "a\0b\x1b",
    "\ud800",
)
VOID = {"path", "img", "br"}


class Nesting(HTMLParser):
    """Collects tags and attributes, and fails on tags that do not match."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def parsed(html: str) -> Nesting:
    found = Nesting()
    found.feed(html)
    assert found.open == []
    return found


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_are_text_wherever_they_stand(text: str) -> None:
    found = lines(
        [series([1, 2, 3], run=text, group=text, metric=text), series([2, 3], run="b", order=1, metric=text)], View()
    )
    html = figure(
        found, View(), slug="m", metric=text, title=text, project=text, date=text, links={"svg": text}, page=text
    )
    tags = parsed(html)
    assert "script" not in tags.tags
    assert "img" not in tags.tags
    assert not {name for name, _ in tags.attributes} & {"style", "onerror", "onclick"}
    html.encode("utf-8")
    assert "\0" not in html


def test_no_style_attributes_so_that_a_strict_policy_holds() -> None:
    assert " style=" not in figure(lines(curves(), View()), View(), slug="m", metric="loss")


def test_a_path_moves_in_whole_relative_steps() -> None:
    assert path(np.array([0.0, 10, 20]), np.array([5.0, 2, 7])) == ("M0 5l10-3 10 5", "")


def test_a_gap_splits_a_path_and_a_lone_point_is_a_dot() -> None:
    y = np.array([1, 2, np.nan, 5, np.nan, 7, 8])
    assert path(np.arange(7.0), y) == ("M0 1l1 1M5 7l1 1", "M3 5h0")


def test_points_that_do_not_move_still_leave_a_mark() -> None:
    assert path(np.array([3.0, 3]), np.array([4.0, 4])) == ("M3 4h0", "")


def test_a_band_is_closed_and_has_no_single_points() -> None:
    low, high = np.array([1.0, 1, np.nan, 1]), np.array([2.0, 3, np.nan, 2])
    assert area(np.arange(4.0), low, high) == "M0 2l1 1 0-2-1 0z"


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ([], ""),
        (curves(1), "run-0"),
        (curves(5), "5 runs"),
        (curves(12, 50, groups=3), "mean of 3 groups (12 runs), min-max band"),
    ],
)
def test_the_subtitle_says_what_is_shown(found: list, words: str) -> None:
    assert summary(lines(found, View()), View()) == words


def test_the_subtitle_names_smoothing_and_log_axes() -> None:
    view = View(smoothing=5, yscale="log")
    assert summary(lines(curves(2), view), view) == "2 runs, smoothing 5, log y"


def test_the_sentence_names_axes_and_ends() -> None:
    found = lines([series([3, 2, 1], run="slow"), series([3, 1, 0.5], run="fast", order=1)], View())
    expected = "Line chart of loss over step from 0 to 2: 2 lines end between 0.5 (fast) and 1 (slow)."
    assert sentence(found, geometry(found, View()), "loss") == expected


def test_the_footer_counts_points_only_where_some_are_left_out() -> None:
    assert points(lines(curves(1, 100), View())) == "100 points"
    assert points(lines(curves(1, 5100), View(), 400)).endswith(" of 5,100 points")


def test_few_short_names_stand_at_line_ends_and_never_on_each_other() -> None:
    shape = geometry(lines([series([5, 1], run=f"r{k}", order=k) for k in range(6)], View()), View())
    places = [place for place, _ in shape.ends]
    assert len(places) == 6
    assert min(np.diff(places)) >= 0.0624
    assert places[0] >= 0
    assert places[-1] <= 1


@pytest.mark.parametrize("found", [curves(1), curves(7), [series([1], run="x" * 40), series([1], run="b", order=1)]])
def test_one_many_or_long_names_go_to_the_legend(found: list) -> None:
    assert geometry(lines(found, View()), View()).ends == ()


def test_the_table_has_ten_rows_and_three_bounds() -> None:
    html = figure(lines(curves(2), View()), View(), slug="m", metric="loss")
    assert html.count('<th scope="row">') == 13


@pytest.mark.parametrize(
    "values",
    [[], [1.0], [float("nan")] * 3, [1e-12, 2e-12], [1e12, 2e12], [5.0] * 10, [float("inf"), 1.0, -float("inf")]],
)
def test_odd_values_give_a_whole_figure(values: list[float]) -> None:
    html = figure(lines([series(values)], View()), View(), slug="m", metric="loss")
    numbers = [value or "" for name, value in parsed(html).attributes if name in ("d", "x", "y", "width")]
    assert not [value for value in numbers if "nan" in value.lower()]
    assert ("No points to show" in html) == (len(values) == 0)
    assert ("Only NaN and infinities" in html) == (len(values) > 0 and not np.isfinite(values).any())


def test_a_thumbnail_is_the_lines_alone() -> None:
    tags = parsed(thumbnail(lines(curves(2, 50), View()), View(), metric="loss"))
    assert "text" not in tags.tags
    assert "table" not in tags.tags
