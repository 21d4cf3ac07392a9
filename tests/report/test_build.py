"""The report as a whole: what lies where, what changes and what does not."""

from __future__ import annotations

import csv
import io
import json
import math
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image

import trackio
from tests.report.conftest import Build, Record, files
from trackio.errors import UnknownMetric, UnknownProject, UnknownRun
from trackio.report.build import Options, build
from trackio.report.workers import workers


def test_every_file_that_the_manifest_names_is_there(record: Record, built: Build, out: Path) -> None:
    record("p", "a", {"train/loss": [1.0, 0.5], "acc": [0.1, 0.9]})
    built()
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["trackio_report"] == 1
    assert manifest["generator"] == f"trackio {trackio.__version__}"
    (project,) = manifest["projects"]
    assert project["name"] == "p"
    assert project["energy"] is None
    assert project["card"] == "p/card.md"
    named = [project["path"], project["card"], *(run["path"] for run in project["runs"])]
    for chart in project["charts"]:
        named += [chart[kind] for kind in ("html", "svg", "png", "csv", "spec", "data", "oembed")]
    for name in named:
        assert (out / name).is_file(), name


def test_pages_lie_where_the_design_says(record: Record, built: Build, out: Path) -> None:
    record("p", "a", {"train/loss": [1.0]})
    built()
    for name in ("html", "svg", "png", "csv", "vl.json"):
        assert (out / f"p/charts/train-loss.{name}").is_file()
    assert (out / "p/runs/a.html").is_file()
    assert (out / "p/data/runs/a.parquet").is_file()
    assert (out / "assets/embed.js").is_file()


def test_a_picture_is_on_white_unless_it_is_to_have_no_background(record: Record, built: Build, out: Path) -> None:
    record("p", "a")
    corners = []
    for is_transparent in (False, True, False):
        built(is_transparent=is_transparent)
        with Image.open(out / "p/charts/loss.png") as picture:
            corners.append(picture.convert("RGBA").getpixel((1, 1)))
    assert corners == [(255, 255, 255, 255), (0, 0, 0, 0), (255, 255, 255, 255)]


def test_the_same_data_gives_the_same_bytes(record: Record, built: Build, out: Path, tmp_path: Path) -> None:
    for name in "abc":
        record("p", name, group="g", config={"lr": 0.1})
    built()
    built(output=tmp_path / "again")
    assert files(out) == files(tmp_path / "again")


def test_an_unchanged_report_is_not_touched(record: Record, built: Build, out: Path) -> None:
    record("p", "a")
    built()
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.suffix != ".lock"}
    report = built()
    assert (report.rendered, report.written, report.removed) == (0, 0, 0)
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.suffix != ".lock"} == before


def test_one_run_more_renders_only_what_it_appears_on(record: Record, built: Build, out: Path) -> None:
    record("p", "a", {"loss": [1.0, 0.5], "only-a": [1.0, 2.0]})
    record("other", "x")
    built()
    before = files(out)
    record("p", "b", {"loss": [1.0, 0.4]})
    built()
    after = files(out)
    changed = {name for name in after if before.get(name) != after[name]}
    assert "p/charts/loss.svg" in changed
    assert "p/runs/b.html" in changed
    assert not {name for name in changed if name.startswith(("p/charts/only-a", "p/runs/a", "other/"))}


def test_an_incremental_report_equals_one_built_afresh(record: Record, built: Build, out: Path, tmp_path: Path) -> None:
    record("p", "a")
    built()
    record("p", "b", {"loss": [3.0], "new": [1.0]})
    built()
    built(output=tmp_path / "fresh")
    assert files(out) == files(tmp_path / "fresh")


def test_a_file_that_was_lost_is_made_again(record: Record, built: Build, out: Path) -> None:
    record("p", "a")
    built()
    before = files(out)
    (out / "p/charts/loss.png").unlink()
    (out / "p/runs/a.html").write_text("cut")
    built()
    assert files(out) == before


def test_what_no_longer_belongs_is_removed_and_foreign_files_stay(record: Record, built: Build, out: Path) -> None:
    record("p", "a")
    record("gone", "x")
    built()
    (out / "CNAME").write_text("example.org")
    (out / "p/charts/mine.txt").write_text("mine")
    built(projects=("p",))
    assert not (out / "gone").exists()
    assert (out / "CNAME").read_text() == "example.org"
    assert (out / "p/charts/mine.txt").read_text() == "mine"


def test_a_process_pool_gives_the_same_bytes(
    record: Record, built: Build, home: Path, out: Path, tmp_path: Path
) -> None:
    for name in "ab":
        record("p", name, {"loss": [1.0, 0.5], "acc": [0.1, 0.2]})
    built()
    with workers(1000.0, 8, 2) as executor:
        build(Options(tmp_path / "pool", home), executor=executor)
    assert files(out) == files(tmp_path / "pool")


def test_a_script_without_a_guard_may_build_with_a_pool(record: Record, home: Path, out: Path, tmp_path: Path) -> None:
    record("p", "a", {"loss": [1.0], "acc": [1.0]})
    script = tmp_path / "script.py"
    script.write_text(
        "from pathlib import Path\n"
        "from trackio.report import workers\n"
        "from trackio.report.build import Options, build\n"
        "workers.WORTH_A_POOL_SECONDS = 0.0\n"
        f"print(build(Options(Path({str(out)!r}), Path({str(home)!r}), workers=2)).charts)\n"
    )
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, env=environment, timeout=120, check=True
    )
    assert done.stdout == "2\n"


def test_any_executor_of_the_standard_shape_will_do(record: Record, home: Path, out: Path) -> None:
    record("p", "a")
    with ThreadPoolExecutor(2) as executor:
        assert build(Options(out, home), executor=executor).charts == 1


def test_two_reports_into_one_folder_at_once_leave_a_whole_one(
    record: Record, built: Build, home: Path, out: Path, tmp_path: Path
) -> None:
    record("p", "a")
    record("p", "b")
    with ThreadPoolExecutor(3) as threads:
        reports = list(threads.map(build, [Options(out, home, workers=1)] * 3))
    assert sorted(report.rendered > 0 for report in reports) == [False, False, True]
    built(output=tmp_path / "alone")
    assert files(out) == files(tmp_path / "alone")


def test_a_choice_of_runs_and_metrics_moves_no_address(record: Record, built: Build, out: Path) -> None:
    record("p", "a", {"a/b": [1.0], "x": [1.0]})
    record("p", "b", {"a-b": [1.0], "x": [1.0]})
    built()
    everything = {chart["metric"]: chart["slug"] for chart in _project(out)["charts"]}
    built(runs=("b",), metrics=("a*",))
    chosen = {chart["metric"]: chart["slug"] for chart in _project(out)["charts"]}
    assert chosen == {"a-b": everything["a-b"]}
    assert [run["name"] for run in _project(out)["runs"]] == ["b"]


@pytest.mark.parametrize(
    ("options", "error", "hint"),
    [
        ({"projects": ("mnits",)}, UnknownProject, "mnist"),
        ({"runs": ("frist",)}, UnknownRun, "first"),
        ({"metrics": ("los",)}, UnknownMetric, "loss"),
    ],
)
def test_an_unknown_name_suggests_the_nearest(
    record: Record, built: Build, options: dict[str, tuple[str, ...]], error: type[Exception], hint: str
) -> None:
    record("mnist", "first")
    with pytest.raises(error, match=hint):
        built(**options)


def test_an_unknown_name_leaves_no_folder_behind(record: Record, built: Build, out: Path) -> None:
    record("mnist", "first")
    with pytest.raises(UnknownRun):
        built(runs=("frist",))
    assert not out.exists()


def test_a_home_without_projects_gives_a_page_that_says_how_to_begin(built: Build, out: Path) -> None:
    assert built().projects == 0
    assert "trackio.log(...)" in (out / "index.html").read_text()


def test_a_run_that_logged_nothing_has_a_page_that_says_so(record: Record, built: Build, out: Path) -> None:
    record("p", "silent", {})
    built()
    assert "trackio.log" in (out / "p/index.html").read_text()
    assert "has logged nothing yet" in (out / "p/runs/silent.html").read_text()


def test_a_run_that_still_goes_is_reported_so_far_and_marked(home: Path, built: Build, out: Path) -> None:
    run = trackio.init(project="p", name="going", auto_log_cpu=False, auto_log_gpu=False)
    run.log({"loss": 0.5}, step=7)
    built()
    page = (out / "p/runs/going.html").read_text()
    assert "is-running" in page
    assert "last point" in page
    assert "tk-live" in (out / "p/index.html").read_text()
    assert _project(out)["runs"][0]["status"] == "running"
    assert ",7," in (out / "p/charts/loss.csv").read_text()
    run.finish()
    built()
    assert "is-finished" in (out / "p/runs/going.html").read_text()


def test_the_csv_holds_every_value_exactly(record: Record, built: Build, out: Path) -> None:
    values = [0.1 + 0.2, 1e-300, -1e300, math.nan, math.inf, -math.inf, 2.0**53, 5e-324]
    record("p", 'a, "quoted"\nname', {"x": values}, group="=1+1")
    built()
    # Left to itself, pandas before 3 misses the last digit of some floats.
    frame = pd.read_csv(out / "p/charts/x.csv", converters={"value": float})
    assert [float(v) for v in frame["value"]] == pytest.approx(values, rel=0, abs=0, nan_ok=True)
    rows = list(csv.DictReader(io.StringIO((out / "p/charts/x.csv").read_text())))
    assert rows[0]["run"] == 'a, "quoted"\nname'
    assert rows[0]["group"] == "=1+1"
    assert [row["value"] for row in rows[3:6]] == ["NaN", "Infinity", "-Infinity"]


def test_the_parquet_files_of_runs_read_as_one_table(record: Record, built: Build, out: Path) -> None:
    record("p", "a", {"loss": [1.0, 0.5]}, group="g")
    record("p", "b", {"loss": [2.0], "acc": [1.0]})
    built()
    frame = pd.concat(pd.read_parquet(path) for path in sorted((out / "p/data/runs").glob("*.parquet")))
    assert frame.groupby(["run", "metric"], observed=True)["value"].sum().to_dict() == {
        ("a", "loss"): 1.5,
        ("b", "acc"): 1.0,
        ("b", "loss"): 2.0,
    }


def test_a_base_address_is_written_where_full_addresses_are_needed(record: Record, built: Build, out: Path) -> None:
    record("p", "a")
    built(base_url="https://example.org/runs")
    page = (out / "p/charts/loss.html").read_text()
    assert '<meta property="og:image" content="https://example.org/runs/p/charts/loss.png">' in page
    oembed = json.loads((out / "p/charts/loss.oembed.json").read_text())
    assert oembed["type"] == "rich"
    assert 'src="https://example.org/runs/p/charts/loss.html"' in oembed["html"]
    assert oembed["thumbnail_url"] == "https://example.org/runs/p/charts/loss.png"


def test_without_a_base_address_no_page_names_a_host(record: Record, built: Build, out: Path) -> None:
    record("p", "a")
    built()
    assert "og:image" not in (out / "p/charts/loss.html").read_text()


def test_the_vega_spec_is_the_one_of_the_pictures(record: Record, built: Build, out: Path) -> None:
    record("p", "a")
    built()
    assert "vega-lite" in json.loads((out / "p/charts/loss.vl.json").read_text())["$schema"]
    assert (out / "p/charts/loss.svg").read_text().startswith("<svg")
    assert (out / "p/charts/loss.png").read_bytes().startswith(b"\x89PNG")


def test_a_read_only_home_can_be_reported(record: Record, built: Build, home: Path, out: Path) -> None:
    record("p", "a")
    folders = [home, *(path for path in home.rglob("*") if path.is_dir())]
    for folder in folders:
        folder.chmod(0o555)
    try:
        assert built().charts == 1
    finally:
        for folder in folders:
            folder.chmod(0o755)
    assert os.access(out / "p/charts/loss.html", os.R_OK)


def _project(out: Path) -> dict[str, list[dict[str, str]]]:
    (project,) = json.loads((out / "manifest.json").read_text())["projects"]
    found: dict[str, list[dict[str, str]]] = project
    return found
