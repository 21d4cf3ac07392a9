"""What ``define_metric`` says of a chart: its x-axis, and whether there is one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import trackio
from tests.report.conftest import Build
from tests.report.media import Shelf
from tests.report.test_pages import model
from trackio.references import encode


def record(name: str = "r", *, rows: int = 4, **definition: Any) -> None:
    run = trackio.init(project="p", name=name, auto_log_cpu=False, auto_log_gpu=False)
    if definition:
        run.define_metric("val/*", **definition)
    for step in range(rows):
        run.log({"epoch": step / 2, "val/loss": 1 / (step + 1)}, step=step * 100)
    run.finish()


@pytest.mark.usefixtures("home")
def test_a_step_metric_is_the_axis_of_a_chart_until_asked_otherwise(built: Build, out: Path) -> None:
    record(step_metric="epoch")
    built()
    for page in ("p/index.html", "p/charts/val-loss.html", "p/runs/r.html"):
        charts = {chart["metric"]: chart for chart in model(out / page)["charts"]}
        assert charts["val/loss"]["defaults"] == {"x": "epoch"}, page
        assert "over epoch from 0 to 1.5" in (out / page).read_text(), page
        assert charts.get("epoch", {}).get("defaults", {}) == {}, page
    assert "epoch" in (out / "p/charts/val-loss.svg").read_text()
    assert json.loads((out / "p/charts/val-loss.vl.json").read_text())


@pytest.mark.usefixtures("home")
def test_runs_that_do_not_agree_have_steps(built: Build, out: Path) -> None:
    record("a", step_metric="epoch")
    record("b")
    built()
    (chart,) = (one for one in model(out / "p/index.html")["charts"] if one["metric"] == "val/loss")
    assert chart["defaults"] == {}


@pytest.mark.usefixtures("home")
def test_an_axis_that_the_report_does_not_show_is_none(built: Build, out: Path) -> None:
    record(step_metric="epoch")
    built(metrics=("val/loss",))
    assert model(out / "p/charts/val-loss.html")["charts"][0]["defaults"] == {}


def test_hidden_metrics_and_media_are_left_out_unless_named(home: Path, built: Build, out: Path) -> None:
    run = trackio.init(project="p", name="r", auto_log_cpu=False, auto_log_gpu=False)
    run.define_metric("debug/*", hidden=True)
    shelf = Shelf(home)
    run.log({"loss": 1.0, "debug/loss": 2.0, "debug/image": encode(shelf.image())})
    run.finish()
    built()
    assert [chart["metric"] for chart in model(out / "p/index.html")["charts"]] == ["loss"]
    assert "debug/image" not in (out / "p/runs/r.html").read_text()
    built(metrics=("debug/*",))
    assert [chart["metric"] for chart in model(out / "p/index.html")["charts"]] == ["debug/loss"]
    assert "debug/image" in (out / "p/runs/r.html").read_text()
