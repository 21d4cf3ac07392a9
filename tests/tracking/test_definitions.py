"""``define_metric``: what is kept of a metric, and which metric its rows take along."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import trackio
from tests.tracking.conftest import Script, points
from trackio import definitions
from trackio.errors import UsageError
from trackio.records import MetricDefinition
from trackio.store.project import ProjectStore

VALUES = [3.0, 1.0, 2.0]
KEPT: list[tuple[dict[str, Any], Any]] = [
    ({}, 2.0),
    ({"summary": "min"}, {"min": 1.0}),
    ({"summary": "max"}, {"max": 3.0}),
    ({"summary": "mean"}, {"mean": 2.0}),
    ({"summary": "first"}, {"first": 3.0}),
    ({"summary": "last"}, {"last": 2.0}),
    ({"summary": "best"}, {"best": 1.0}),
    ({"summary": "best", "goal": "maximize"}, {"best": 3.0}),
    ({"summary": "min, MAX ,last"}, {"min": 1.0, "max": 3.0, "last": 2.0}),
    ({"summary": "copy"}, 2.0),
    ({"summary": "none"}, None),
    ({"hidden": True}, 2.0),
]


@pytest.mark.parametrize(("given", "kept"), KEPT, ids=str)
def test_the_summary_keeps_what_was_defined(given: dict[str, Any], kept: Any, project: ProjectStore) -> None:
    with trackio.init(project="p") as run:
        run.define_metric("loss", **given)
        for value in VALUES:
            run.log({"loss": value})
        assert run.summary.get("loss") == kept
        assert ("loss" in run.summary) is (kept is not None)
    project.catch_up()
    assert project.runs()[0].summary.get("loss") == project.run(run.id).summary.get("loss") == kept


def test_the_summary_of_a_run_that_was_killed_is_right_too(script: Script, project: ProjectStore) -> None:
    script(
        "import os\nrun = trackio.init(project='p')\nrun.define_metric('loss', summary='min,mean')\n"
        "for value in (3, 1, 2): run.log({'loss': value})\nos._exit(0)"
    )
    project.catch_up()
    (record,) = project.runs()
    assert (record.status, record.summary) == ("crashed", {"loss": {"min": 1, "mean": 2.0}})


def test_values_that_are_no_numbers_count_for_nothing(project: ProjectStore) -> None:
    with trackio.init(project="p") as run:
        run.define_metric("*", summary="min,max,mean,first,last")
        for value in (math.nan, 4.0, math.inf, 2.0):
            run.log({"mixed": value, "text": "a", "whole": np.int64(3)})
        run.log({"nothing": math.nan})
        found = run.summary
        assert (found["mixed"]["min"], found["mixed"]["max"], found["mixed"]["mean"]) == (2.0, 4.0, 3.0)
        assert math.isnan(found["mixed"]["first"])
        assert found["text"] == "a"
        assert found["whole"] == {"min": 3, "max": 3, "mean": 3.0, "first": 3, "last": 3}
        assert {"first", "last"} == set(found["nothing"])


def test_own_assignments_stay_over_what_is_kept(project: ProjectStore) -> None:
    with trackio.init(project="p") as run:
        run.define_metric("loss", summary="min")
        run.log({"loss": 1.0})
        run.summary["loss"]["note"] = "good"
        assert run.summary["loss"] == {"min": 1.0, "note": "good"}
    project.catch_up()
    assert project.runs()[0].summary == {"loss": {"min": 1.0, "note": "good"}}


def test_a_resumed_run_keeps_its_definitions_and_all_its_values_count(project: ProjectStore) -> None:
    with trackio.init(project="p", id="i") as first:
        first.define_metric("loss", step_metric="epoch", summary="min")
        first.log({"epoch": 1, "loss": 1.0})
    with trackio.init(project="p", id="i", resume="must") as run:
        run.log({"loss": 2.0})
        assert run.summary["loss"] == {"min": 1.0}
    assert points(project, "epoch") == [(0, 1), (1, 1)]


# The x-axis


def test_rows_take_the_last_value_of_their_axis_along(project: ProjectStore) -> None:
    with trackio.init(project="p") as run:
        run.define_metric("epoch")
        run.define_metric("val/*", step_metric="epoch")
        run.log({"val/loss": 9.0})
        run.log({"epoch": 1})
        run.log({"val/loss": 8.0})
        run.log({"train/loss": 1.0})
        run.log({"epoch": 2, "val": {"loss": 7.0}})
        run.log({"val": {"deep": {"loss": 6.0}}})
        run.log({"val/a": 1.0}, commit=False)
        run.log({"epoch": 3})
    assert points(project, "epoch") == [(1, 1), (2, 1), (4, 2), (5, 2), (6, 3)]


def test_rows_take_nothing_along_when_told_so(project: ProjectStore) -> None:
    with trackio.init(project="p") as run:
        run.define_metric("*", step_metric="epoch", step_sync=False)
        run.log({"epoch": 1})
        run.log({"loss": 8.0})
    assert points(project, "epoch") == [(0, 1)]


def test_an_axis_may_be_the_answer_of_an_earlier_call(project: ProjectStore) -> None:
    run = trackio.init(project="p", id="i")
    epoch = run.define_metric("epoch")
    found = trackio.define_metric("loss", epoch, summary="min", hidden=True)
    assert (found.name, found.step_metric, found.step_sync, found.summary) == ("loss", "epoch", True, ("min",))
    run.finish()
    project.catch_up()
    assert project.definitions("i") == (
        MetricDefinition("epoch"),
        MetricDefinition("loss", "epoch", step_sync=True, hidden=True, summary=("min",)),
    )
    assert project.definitions("unknown") == ()


# Which definition holds


def test_the_name_itself_stands_over_the_longest_beginning() -> None:
    found = [definitions.define(name) for name in ("*", "val/*", "val/loss", "val/l*")]
    for metric, name in [("loss", "*"), ("val/acc", "val/*"), ("val/lr", "val/l*"), ("val/loss", "val/loss")]:
        one = definitions.find(found, metric)
        assert one is not None
        assert one.name == name
    assert definitions.find(found[1:], "loss") is None


def test_a_later_definition_adds_or_takes_the_place() -> None:
    events = [
        definitions.fields(definitions.define("a", step_metric="e", summary="min")),
        definitions.fields(definitions.define("a", hidden=True)),
        definitions.fields(definitions.define("b", hidden=True)),
        definitions.fields(definitions.define("b", summary="max"), overwrite=True),
    ]
    assert definitions.read(events) == (
        MetricDefinition("a", "e", step_sync=True, hidden=True, summary=("min",)),
        MetricDefinition("b", summary=("max",)),
    )


@pytest.mark.parametrize("event", [{}, {"name": 5}, {"name": "a", "summary": 5}, {"name": "a", "summary": ["odd"]}])
def test_an_event_that_says_no_definition_is_passed_over(event: dict[str, Any]) -> None:
    assert definitions.read([event]) == ()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"name": ""}, "takes the name of a metric"),
        ({"name": "a*b"}, "stands at the end alone"),
        ({"name": "a", "summary": "bogus"}, "summary='bogus' is unknown"),
        ({"name": "a", "goal": "up"}, "goal='up' is unknown"),
        ({"name": "a", "step_metric": 5}, "step_metric is the name of a metric"),
    ],
)
def test_definitions_that_cannot_be_say_so(given: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        trackio.init(project="p").define_metric(**given)


def test_a_value_within_a_mapping_is_meant_by_a_name_with_dots_as_well(project: ProjectStore) -> None:
    with trackio.init(project="p") as run:
        run.define_metric("val.loss", summary="min")
        run.define_metric("flat.name", summary="max")
        for value in VALUES:
            run.log({"val": {"loss": value}, "flat.name": value})
    project.catch_up()
    assert project.runs()[0].summary == {"val/loss": {"min": 1.0}, "flat.name": {"max": 3.0}}
