"""Files beside the pages over HTTP: exports as the report writes them, and media."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from urllib.parse import urljoin

import pandas as pd
import pytest

from tests.dashboard.recorded import record
from tests.energy.recorded import H200, Recorded, steady
from tests.report.media import Shelf, histogram, markdown
from tests.server.running import Client
from trackio.report.build import Options, build
from trackio.store.home import Home


@pytest.fixture
def report(home: Path, tmp_path: Path) -> Path:
    """Where a test builds the report of the same home."""
    return tmp_path / "out"


def test_exports_are_those_of_the_report(home: Path, dashboard: Client, report: Path) -> None:
    record(name="a", metrics={"loss": [1.0, float("nan"), float("inf")], "acc": [0.5]})
    record(name="b, c", metrics={"loss": [2.0]}, group="g")
    build(Options(output=report, home=home, workers=1))
    for path in report.rglob("charts/*"):
        if path.name.endswith((".svg", ".png", ".csv", ".vl.json")):
            answer = dashboard.ask("GET", f"/p/charts/{path.name}")
            assert answer.body == path.read_bytes(), path.name
    for name in ("card.md", "card.yaml", "badge.svg"):
        assert dashboard.ask("GET", f"/p/{name}").body == (report / "p" / name).read_bytes()


def test_the_points_of_a_run_are_a_parquet_file(home: Path, dashboard: Client, report: Path) -> None:
    record(metrics={"loss": [1.0, 2.0], "acc": [0.5]})
    build(Options(output=report, home=home, workers=1))
    found = pd.read_parquet(io.BytesIO(dashboard.ask("GET", "/p/data/runs/a.parquet").body))
    pd.testing.assert_frame_equal(found, pd.read_parquet(report / "p/data/runs/a.parquet"))


def test_exports_follow_what_is_logged(home: Path, dashboard: Client) -> None:
    record()
    before = dashboard.ask("GET", "/p/charts/loss.svg").body
    record(name="b")
    assert dashboard.ask("GET", "/p/charts/loss.svg").body != before
    assert dashboard.ask("GET", "/p/charts/loss.csv").body.count(b"\n") == 7


def test_built_scripts_are_kept_for_ever_and_need_no_token(dashboard: Client) -> None:
    page = dashboard.ask("GET", "/").body.decode()
    for name in re.findall(r'"(assets/[^"]+)"', page):
        answer = dashboard.without_token().ask("GET", f"/{name}")
        assert answer.status == 200
        assert "immutable" in answer.headers["cache-control"]
    assert "immutable" not in dashboard.ask("GET", "/assets/embed.js").headers["cache-control"]


def test_media_are_the_last_of_each_name_and_scripts_with_all(home: Path, dashboard: Client) -> None:
    shelf = Shelf(home)
    shelf.log([{"sample": shelf.image(number, caption=f"picture {number}")} for number in range(5)], every=10)
    page = dashboard.ask("GET", "/p/runs/r.html").body.decode()
    assert "picture 4" in page
    assert "picture 3" not in page.partition("tk-others")[0]
    assert 'data-steps="0:10:40"' in page
    picture = re.findall(r'<img src="([^"]+\.png)"', page)[0]
    answer = dashboard.ask("GET", urljoin("/p/runs/", picture))
    assert answer.headers["content-type"] == "image/png"
    assert "sandbox" in answer.headers["content-security-policy"]
    source = re.findall(r'data-source="([^"]+)" data-part="(\d+)"', page)[0]
    answer = dashboard.ask("GET", urljoin("/p/runs/", f"{source[0]}0.js"))
    assert all(f"picture {number}" in answer.body.decode() for number in range(5))
    # No page of another site may have its browser run it.
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    assert dashboard.ask("GET", urljoin("/p/runs/", f"{source[0]}1.js")).status == 404
    index = dashboard.ask("GET", "/p/data/runs/r.media.json").json()
    assert [one["step"] for one in index["media"][0]["entries"]] == [0, 10, 20, 30, 40]


def test_media_that_come_later_are_found(home: Path, dashboard: Client) -> None:
    shelf = Shelf(home)
    shelf.log([{"sample": shelf.image(1), "said": "a word"}, {"sample": shelf.image(2)}], id="x")
    assert 'data-steps="0:1:1"' in dashboard.ask("GET", "/p/runs/r.html").body.decode()
    shelf.log([{}, {}, {"sample": shelf.image(3)}], id="x", resume="must")
    assert 'data-steps="0:1:2"' in dashboard.ask("GET", "/p/runs/r.html").body.decode()


def test_what_is_made_of_media_is_made_when_asked_for(home: Path, dashboard: Client, report: Path) -> None:
    shelf = Shelf(home)
    mask = shelf.mask([[0, 1], [1, 2]], {"1": "one", "2": "two"})
    rows = [
        {
            "table": shelf.table(["a", "b"], [[1, "x"], [2, shelf.image(7)]]),
            "chart": shelf.vega(),
            "figure": shelf.plotly(),
            "cloud": shelf.points([[0, 0, 0], [1, 1, 1]]),
            "masked": shelf.image(3) | {"masks": {"truth": mask}},
            "said": markdown("# Hello"),
            "sound": shelf.sound(),
            "weights": histogram([1, 2, 3]),
        },
        {"weights": histogram([3, 2, 1])},
    ]
    shelf.log(rows)
    build(Options(output=report, home=home, workers=1))
    names = [path.name for path in (report / "p/media").iterdir()]
    assert len(names) > 12
    for name in names:
        answer = dashboard.ask("GET", f"/p/media/{name}")
        assert answer.body == (report / "p/media" / name).read_bytes(), name
        assert "sandbox" in answer.headers["content-security-policy"]
    for path in (report / "p/data/runs/r").iterdir():
        if "weights" in path.name:
            assert dashboard.ask("GET", f"/p/data/runs/r/{path.name}").body == path.read_bytes()


def test_a_film_is_sent_in_pieces(home: Path, dashboard: Client) -> None:
    shelf = Shelf(home)
    sound = shelf.sound()
    shelf.log([{"sound": sound}])
    answer = dashboard.ask("GET", f"/p/media/{sound['file']}", headers={"Range": "bytes=0-3"})
    assert (answer.status, answer.body) == (206, b"RIFF")


def test_files_of_other_projects_and_folders_are_out_of_reach(home: Path, dashboard: Client) -> None:
    other = Shelf(home, "q")
    picture = other.image(5)
    other.log([{"sample": picture}])
    record()
    assert dashboard.ask("GET", f"/q/media/{picture['file']}").status == 200
    for name in (picture["file"], "..%2f..%2ftrackio.db", "trackio.db", "%2e%2e", "a" * 64, "\0", "%00.png"):
        assert dashboard.ask("GET", f"/p/media/{name}".replace("\0", "%00")).status == 404


def test_energy_so_far_has_a_page_and_its_numbers(home: Path, dashboard: Client) -> None:
    store = Home(home).create("p")
    for name, watts in (("a", 360), ("b", 720)):
        one = Recorded(store, name)
        one.session([(H200, steady(60, watts))])
        for second in range(10, 61, 10):
            one.log(second, val__loss=10 / second)
        one.write()
    page = dashboard.ask("GET", "/p/energy.html")
    said = re.sub(r"<[^>]+>", " ", page.body.decode())
    assert "18.0 Wh" in said or "12.0 Wh" in said
    assert dashboard.ask("GET", "/p/data/energy.json").json()["trackio_energy"] == 1
    assert b'href="energy.html"' in dashboard.ask("GET", "/p/").body
    assert b"tk-energy" in dashboard.ask("GET", "/p/runs/a.html").body
    for name in ("val-loss.kwh.html", "val-loss.kwh.csv", "val-loss.kwh.svg", "energy.power.csv", "energy.runs.csv"):
        assert dashboard.ask("GET", f"/p/charts/{name}").status == 200, name
    model = re.search(r'id="trackio-model">(.*?)</script>', page.body.decode())
    assert model is not None
    assert [(one["metric"], one["defaults"]) for one in json.loads(model[1])["charts"]] == [("val/loss", {"x": "kwh"})]
