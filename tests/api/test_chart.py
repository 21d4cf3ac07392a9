"""Charts from the URL grammar's parameters."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from tests.api import made
from tests.energy.recorded import H200, Recorded, steady
from trackio.api import Api, Project
from trackio.drawing import view_of
from trackio.errors import UnknownMetric, UnknownRun, UsageError
from trackio.grammar import View
from trackio.store.home import Home


@pytest.fixture
def project(tmp_path: Path) -> Project:
    runs = [made.run(f"r{i}", name=f"seed,{i}", group="ab"[i % 2], config={"lr": 0.1 * (i % 2)}) for i in range(4)]
    made.project(tmp_path, "p", *runs, made.run("other", [{"val/loss": 1.0, "epoch": 1}]))
    return Api(tmp_path).project("p")


def test_a_chart_shows_itself_in_a_notebook(project: Project) -> None:
    chart = project.chart("loss", smoothing=3)
    bundle = chart._repr_mimebundle_()
    data = bundle[0] if isinstance(bundle, tuple) else bundle
    assert any("vega" in kind or "html" in kind for kind in data)


def names(spec: Any) -> set[str]:
    """Every text value in a chart's data."""
    if isinstance(spec, dict):
        return {name for value in spec.values() for name in names(value)}
    if isinstance(spec, list):
        return {name for value in spec for name in names(value)}
    return {spec} if isinstance(spec, str) else set()


@pytest.mark.parametrize(
    ("parameters", "shown", "hidden"),
    [
        ({}, {"seed,0", "seed,1", "seed,2", "seed,3"}, set()),
        ({"runs": "seed,1"}, {"seed,1"}, {"seed,0", "seed,2"}),
        ({"runs": ["r0", "seed,1"]}, {"seed,0", "seed,1"}, {"seed,2"}),
        ({"group": "a"}, {"seed,0", "seed,2"}, {"seed,1"}),
        ({"groupby": "group"}, {"a", "b"}, {"seed,0"}),
        ({"groupby": "lr"}, {"lr=0", "lr=0.1"}, {"seed,0"}),
    ],
)
def test_parameters_choose_the_lines(
    project: Project, parameters: dict[str, Any], shown: set[str], hidden: set[str]
) -> None:
    found = names(project.chart("loss", **parameters).to_dict())
    assert shown <= found
    assert not hidden & found


def test_several_metrics_share_a_chart(project: Project) -> None:
    found = names(project.chart(["loss", "val/*"], runs=["r0", "other"]).to_dict())
    assert {"seed,0 · loss", "other · val/loss"} <= found


def test_the_title_is_the_metrics_or_the_one_given(project: Project) -> None:
    assert project.chart("loss").to_dict()["title"]["text"] == "loss"
    assert project.chart("loss", title="Loss of p").to_dict()["title"]["text"] == "Loss of p"


def test_a_run_draws_itself_alone(project: Project) -> None:
    found = names(project.run("r2").chart("loss", theme="dark").to_dict())
    assert "seed,0" not in found


@pytest.mark.parametrize(
    ("parameters", "error", "message"),
    [
        ({"metrics": "los"}, UnknownMetric, "Nearest: loss"),
        ({"runs": "r99"}, UnknownRun, "r99"),
        ({"smothing": 5}, UsageError, 'no parameter "smothing"'),
        ({"smoothing": -1}, UsageError, "below 0"),
        ({"yscale": "cubic"}, UsageError, "none of linear, log"),
        ({"groupby": "nothing"}, UsageError, '"nothing" to group by'),
        ({"x": "epochs"}, UsageError, '"epochs"'),
        ({"group": "z"}, UsageError, 'no group "z"'),
        ({"theme": "pink"}, UsageError, "neither 'light' nor 'dark'"),
        ({"runs": 5}, UsageError, "neither a name nor a list"),
    ],
)
def test_what_a_page_would_ignore_is_an_error_here(
    project: Project, parameters: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        project.chart(**{"metrics": "loss", **parameters})


@pytest.mark.parametrize(
    ("metrics", "parameters", "view"),
    [
        ("a", {}, View(metric_names=("a",))),
        ("a,b", {}, View(metric_names=("a,b",))),
        ("val/*", {}, View(metrics=("val/*",))),
        (["a", "b*"], {}, View(metrics=("b*",), metric_names=("a",))),
        ("a", {"smoothing": 0.9}, View(metric_names=("a",), smoothing=0.9)),
        ("a", {"xmin": 1e-12, "xmax": 10**12}, View(metric_names=("a",), xmin=1e-12, xmax=1e12)),
        ("a", {"footer": False}, View(metric_names=("a",), footer=False)),
        ("a", {"ymin": None}, View(metric_names=("a",))),
        (
            "a",
            {"x": "time", "xmin": datetime(2024, 11, 21, tzinfo=timezone.utc)},
            View(metric_names=("a",), x="time", xmin=1_732_147_200_000.0),
        ),
        ("a & b=c", {"title": "50 % of <x>"}, View(metric_names=("a & b=c",), title="50 % of <x>")),
    ],
)
def test_keyword_arguments_mean_what_the_grammar_says(metrics: Any, parameters: dict[str, Any], view: View) -> None:
    assert view_of(metrics, parameters) == view


def test_a_chart_over_energy_needs_runs_that_measured_it(tmp_path: Path) -> None:
    store = Home(tmp_path).create("demo")
    Recorded(store, "r").session([(H200, steady(60, 360))]).log(20, loss=3.0).log(40, loss=2.0).write()
    drawn = Project(store).chart("loss", x="kwh").to_dict()
    (rows,) = drawn["datasets"].values()
    assert [row["x"] for row in rows] == [pytest.approx(0.002), pytest.approx(0.004)]
    Recorded(store, "plain").log(20, loss=3.0).write()
    with pytest.raises(UsageError, match="1 of 2 curves have no measured energy"):
        Project(store).chart("loss", x="kwh")
