"""The iframe, as a function and as a command."""

from __future__ import annotations

import json
from html.parser import HTMLParser

import pytest

from tests.report.conftest import Build, Record
from trackio.cli.main import main
from trackio.errors import UnknownMetric, UnknownProject, UsageError
from trackio.report.embed import CAPTION_HEIGHT, embed

BASE = "https://example.org/runs"


class Frame(HTMLParser):
    """The attributes of the one iframe."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.attributes: dict[str, str | None] = {}
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag == "iframe"
        self.attributes = dict(attrs)


@pytest.fixture
def project(record: Record) -> None:
    record("p", "a", {"train/loss": [1.0], "val/loss": [1.0], "a,b": [1.0]})


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize(
    ("view", "address"),
    [
        ({"metrics": "val/loss"}, "p/charts/val-loss.html"),
        ({"metrics": "val/loss", "smoothing": "5"}, "p/charts/val-loss.html?smoothing=5"),
        (
            {"metrics": "train/loss,val/loss", "smoothing": "5"},
            "p/charts/train-loss.html?metrics=train/loss,val/loss&smoothing=5",
        ),
        ({"metrics": "val*", "theme": "dark"}, "p/charts/val-loss.html?theme=dark"),
        ({"metric": ["a,b"]}, "p/charts/a-b.html"),
        ({"metrics": "val/loss", "runs": "a", "xmin": "3"}, "p/charts/val-loss.html?runs=a&xmin=3"),
    ],
)
def test_the_address_is_the_shortest_that_shows_the_view(view: dict[str, str], address: str) -> None:
    found = embed("p", view, BASE)
    assert found.url == f"{BASE}/{address}"
    assert Frame(found.html).attributes["src"] == found.url


@pytest.mark.usefixtures("project")
def test_the_page_that_an_iframe_shows_is_on_the_site(built: Build, out: object) -> None:
    built()
    found = embed("p", {"metrics": "val/loss"}, BASE)
    assert (out / found.url.removeprefix(f"{BASE}/")).is_file()  # type: ignore[operator]


@pytest.mark.usefixtures("project")
def test_a_plot_of_fixed_height_gets_room_for_what_stands_around_it() -> None:
    assert embed("p", {"metrics": "val/loss", "height": "300"}, BASE).height == 300 + CAPTION_HEIGHT


@pytest.mark.usefixtures("project")
def test_bad_values_are_left_out_with_a_note() -> None:
    found = embed("p", {"metrics": "val/loss", "xmin": "soon"}, BASE)
    assert found.url.endswith("val-loss.html")
    assert len(found.notes) == 1


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize(
    ("project_name", "view", "base", "error"),
    [
        ("q", {"metrics": "val/loss"}, BASE, UnknownProject),
        ("p", {"metrics": "val/los"}, BASE, UnknownMetric),
        ("p", {}, BASE, UsageError),
        ("p", {"metrics": "val/loss"}, "example.org", UsageError),
        ("p", {"metrics": "val/loss"}, "javascript:alert(1)", UsageError),
    ],
)
def test_what_cannot_be_embedded_is_said(
    project_name: str, view: dict[str, str], base: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        embed(project_name, view, base)


@pytest.mark.usefixtures("project")
def test_the_command_prints_the_iframe_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["embed", "--project", "p", "--metrics", "val/loss", "--smoothing", "5", "--base-url", BASE])
    printed = capsys.readouterr()
    assert code == 0
    assert Frame(printed.out.strip()).attributes["src"] == f"{BASE}/p/charts/val-loss.html?smoothing=5"
    assert printed.err == ""


@pytest.mark.usefixtures("project")
def test_the_command_suggests_the_nearest_metric(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["embed", "--project", "p", "--metrics", "val/los", "--base-url", BASE]) == 1
    assert "val/loss" in capsys.readouterr().err


@pytest.mark.usefixtures("project")
def test_the_command_gives_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["embed", "--project", "p", "--metrics", "val/loss", "--base-url", BASE, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["width"], found["height"]) == (600, 400)
