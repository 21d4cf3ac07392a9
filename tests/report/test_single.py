"""One file with everything in it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.report.conftest import Build, Record
from tests.report.test_pages import HOSTILE, Page, model
from trackio.errors import ReportError
from trackio.report.build import Options
from trackio.report.single import single


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "report.html"


def test_it_asks_for_no_other_file(record: Record, home: Path, file: Path) -> None:
    record("p", "a", {"train/loss": [1.0, 0.5]}, config={"lr": 0.125})
    assert single(Options(file, home)) == file.stat().st_size
    for tag, attributes in Page(file.read_text()).elements:
        for name in ("src", "data-runtime"):
            assert name not in attributes, tag
        assert attributes.get("href", "#").startswith(("#", "data:"))


def test_it_holds_every_chart_the_run_table_and_each_runs_config(record: Record, home: Path, file: Path) -> None:
    record("p", "a", {"train/loss": [1.0, 0.5]}, config={"lr": 0.125})
    record("p", "b", {"val/loss": [1.0, 0.5]}, config={"lr": 0.25, "rare": "only here"})
    single(Options(file, home))
    page = Page(file.read_text())
    assert [chart["metric"] for chart in model(file)["charts"]] == ["train/loss", "val/loss"]
    assert {"a", "b"} <= {run["name"] for run in model(file)["runs"]}
    assert "only here" in page.text
    ids = {attributes.get("id") for _, attributes in page.elements}
    links = {attributes["href"] for tag, attributes in page.elements if tag == "a"}
    assert {f"#{name}" for name in ids} >= links


def test_the_data_of_every_chart_is_registered_inside(record: Record, home: Path, file: Path) -> None:
    record("p", "a", {"train/loss": [1.0, 0.5]})
    single(Options(file, home))
    (chart,) = model(file)["charts"]
    assert chart["data"] == "#train-loss"
    assert [s for s in Page(file.read_text()).scripts if s.startswith('trackioData("train-loss",')]


def test_the_same_data_gives_the_same_bytes(record: Record, home: Path, file: Path, tmp_path: Path) -> None:
    record("p", "a")
    single(Options(file, home))
    single(Options(tmp_path / "again.html", home))
    assert file.read_bytes() == (tmp_path / "again.html").read_bytes()


def test_several_projects_stand_one_after_another(record: Record, home: Path, file: Path) -> None:
    record("one", "a")
    record("two", "b")
    single(Options(file, home))
    frames = [attributes for tag, attributes in Page(file.read_text()).elements if tag == "iframe"]
    assert [frame["title"] for frame in frames] == ["one", "two"]
    assert all("<!doctype html>" in (frame["srcdoc"] or "") for frame in frames)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_stays_text(name: str, record: Record, home: Path, file: Path) -> None:
    record(name, name, {name: [1.0]}, group=name, notes=name, tags=[name], config={name: name})
    single(Options(file, home))
    page = Page(file.read_text())
    assert not [tag for tag, _ in page.elements if tag == "img"]
    assert not [script for script in page.scripts if re.match(r"\s*alert", script)]


def test_a_file_of_someone_else_is_left_alone(record: Record, home: Path, file: Path) -> None:
    record("p", "a")
    file.write_text("<html>mine</html>")
    with pytest.raises(ReportError, match="not written by trackio"):
        single(Options(file, home))
    assert file.read_text() == "<html>mine</html>"


def test_a_file_of_ours_is_replaced(record: Record, home: Path, file: Path) -> None:
    record("p", "a")
    single(Options(file, home))
    record("p", "new")
    single(Options(file, home))
    assert "new" in {run["name"] for run in model(file)["runs"]}


def test_a_folder_is_no_file(home: Path, record: Record, built: Build, out: Path) -> None:
    record("p", "a")
    built()
    with pytest.raises(ReportError, match="is a folder"):
        single(Options(out, home))
