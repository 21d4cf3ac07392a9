"""Which metrics are shown against energy, and up to which values it is told."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.energy.recorded import H200, Recorded, steady
from trackio import definitions
from trackio.consumption import energy_to_target, project_energy
from trackio.records import Series
from trackio.report.energy.targets import Target, main, targets, used
from trackio.report.gather import Project, Selection, gather
from trackio.store.edits import edit
from trackio.store.home import Home
from trackio.store.project import ProjectStore


@pytest.fixture
def store(home: Path) -> ProjectStore:
    return Home(home).create("p")


def gathered(store: ProjectStore) -> Project:
    return gather(None, Selection())[0]


def best_of(store: ProjectStore, values: list[float], metric: str = "val__loss") -> None:
    for number, value in enumerate(values):
        start = number * 100.0
        one = Recorded(store, f"r{number}", start=start).session([(H200, steady(60, 360, start=start))])
        one.log(start + 10, **{metric: value + 5 if "loss" in metric else 0.0}).log(
            start + 20, **{metric: value}
        ).write()


@pytest.mark.parametrize(
    ("metric", "values", "expected"),
    [
        ("val__loss", [3.0], [("best", 3.0)]),
        ("val__loss", [3.0, 3.5, 3.2], [("all", 3.5)]),
        ("val__loss", [3.0, 3.5, 3.2, 3.1], [("all", 3.5), ("half", 3.1)]),
        ("val__loss", [3.0, 3.0, 3.0, 3.0], [("all", 3.0)]),
        ("val__accuracy", [0.9, 0.8, 0.7, 0.6], [("all", 0.6), ("half", 0.8)]),
    ],
)
def test_a_target_is_what_all_and_what_half_of_the_runs_reached(
    store: ProjectStore, metric: str, values: list[float], expected: list[tuple[str, float]]
) -> None:
    best_of(store, values, metric)
    project = gathered(store)
    name = metric.replace("__", "/")
    assert [(one.rule, one.value) for one in targets(project, main(project))[name]] == expected


def test_metrics_that_tell_something_are_shown_and_counts_are_not(store: ProjectStore) -> None:
    one = Recorded(store, "a").session([(H200, steady(60, 360))])
    one.log(10, epoch=1.0, lr=0.1, train__loss=2.0, train__global_step=5.0, val__acc=0.5, val__loss=2.0, test__f1=0.1)
    one.write()
    assert [metric.name for metric in main(gathered(store))] == ["val/acc", "val/loss", "test/f1", "train/loss"]


def test_where_no_metric_tells_anything_the_first_is_shown(store: ProjectStore) -> None:
    Recorded(store, "a").session([(H200, steady(60, 360))]).log(10, temperature=2.0, other=1.0).write()
    assert [metric.name for metric in main(gathered(store))] == ["temperature"]


def test_a_metric_of_runs_without_readings_is_not_shown(store: ProjectStore) -> None:
    Recorded(store, "a").session([(H200, steady(60, 360))]).log(10, loss=2.0).write()
    Recorded(store, "b", start=100).log(110, val__loss=2.0).write()
    assert [metric.name for metric in main(gathered(store))] == ["loss"]


def test_what_runs_said_of_a_metric_goes_before_its_name(store: ProjectStore) -> None:
    best_of(store, [3.0, 4.0], "val__loss")
    said = definitions.fields(definitions.define("val/loss", goal="maximize"), overwrite=False)
    edit(store, "r0", [(definitions.EVENT, said)])
    project = gathered(store)
    assert targets(project, main(project))["val/loss"][0].goal == "maximize"


def test_nan_reaches_no_target() -> None:
    count = np.arange(4)
    series = Series(count, count, count * 10, np.array([np.nan, -np.inf, 2.0, 1.0]))
    assert Target("loss", 1.5, "minimize", "all").reached_ns(series) == 30
    assert Target("loss", 9.0, "maximize", "all").reached_ns(series) is None


def test_the_page_and_the_command_say_the_same(store: ProjectStore) -> None:
    rows = [(float(second), 1e6 + second**2, None, None) for second in range(121)]
    one = Recorded(store, "a").session([(H200, rows)])
    for second in range(1, 120, 7):
        one.log(second, loss=1 / second)
    one.write()
    target = Target("loss", 1 / 50, "minimize", "all")
    reached = target.reached_ns(store.series("a")["loss"])
    found = used(project_energy(store).runs, {"a": reached})
    assert found == {"a": energy_to_target(store, "a", "loss", 1 / 50)}
