"""Reading one run back: arrays, frames, types."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.api import made
from trackio.api import Api
from trackio.errors import UnknownMetric
from trackio.logged import Run
from trackio.records import Scalar, Series
from trackio.store import layout

BIG = 2**63 - 1


def read(home: Path, rows: list[dict[str, Scalar]], *, sealed: bool = True, **options: Any) -> Run:
    store = made.project(home, "p", made.run("r", rows, **options))
    if not sealed:
        layout.parquet(store.directory, "r").unlink()
    return Api(home).project("p").run("r")


@pytest.mark.parametrize("sealed", [True, False])
def test_a_metric_is_arrays_in_order_of_arrival(tmp_path: Path, sealed: bool) -> None:
    run = read(
        tmp_path, [{"a": 1.0}, {"b": 5.0}, {"a": math.nan}, {"a": -math.inf}], steps=[3, 4, -1, 3], sealed=sealed
    )
    series = run.metric("a")
    assert series.row.tolist() == [0, 2, 3]
    assert series.step.tolist() == [3, -1, 3]
    assert series.time_ns.tolist() == [made.START_NS + i * made.SECOND_NS for i in (0, 2, 3)]
    np.testing.assert_array_equal(series.value, [1.0, math.nan, -math.inf])


@pytest.mark.parametrize("sealed", [True, False])
def test_floats_come_back_bit_for_bit(tmp_path: Path, sealed: bool) -> None:
    values = [0.1 + 0.2, 5e-324, 1.7976931348623157e308, -0.0, 1e16 + 2]
    run = read(tmp_path, [{"a": value} for value in values], sealed=sealed)
    assert run.metric("a").value.tobytes() == np.array(values).tobytes()
    assert run.history("a")["a"].to_numpy().tobytes() == np.array(values).tobytes()


@pytest.mark.parametrize("sealed", [True, False])
@pytest.mark.parametrize(
    ("values", "dtype"),
    [
        ([1.5, 2.0], "float64"),
        ([1, 2], "int64"),
        ([BIG, -BIG - 1], "int64"),
        ([True, False], "bool"),
        (["a", "b"], "str"),
        ([1, 2.5], "float64"),
        ([BIG, 2.5], "object"),
        ([1.0, "n/a"], "object"),
        ([1, None], "Int64"),
        ([BIG, None], "Int64"),
        ([True, None], "boolean"),
        ([1.5, None], "float64"),
        (["a", None], "str"),
    ],
)
def test_a_column_has_the_type_that_holds_its_values(
    tmp_path: Path, values: list[Scalar | None], dtype: str, sealed: bool
) -> None:
    run = read(tmp_path, [{"x": 0.0} if v is None else {"x": 0.0, "a": v} for v in values], sealed=sealed)
    column = run.history()["a"]
    # What pandas calls `str` is a type of its own from 3.0 on, and object before.
    assert column.dtype == pd.Series(["a"], dtype=dtype).dtype if dtype == "str" else column.dtype == dtype
    assert [None if missing else v for v, missing in zip(column.tolist(), column.isna(), strict=True)] == values


def test_history_has_a_row_per_log_call(tmp_path: Path) -> None:
    history = read(tmp_path, [{"a": 1.0, "b": 2.0}, {"b": 3.0}, {"a": 4.0}], steps=[0, 0, 1]).history()
    assert list(history.columns) == ["step", "timestamp", "a", "b", "_step", "_timestamp", "_runtime"]
    assert history.index.tolist() == [0, 1, 2]
    assert history["step"].tolist() == [0, 0, 1]
    assert str(history["timestamp"].dtype) == "datetime64[ns, UTC]"
    assert history["timestamp"].iloc[1].isoformat() == "2025-11-21T03:19:01+00:00"
    assert history["b"].tolist()[:2] == [2.0, 3.0]


def test_history_of_some_metrics_has_only_their_rows(tmp_path: Path) -> None:
    history = read(tmp_path, [{"a": 1.0}, {"b": 3.0}, {"a": 4.0}]).history(["a"])
    assert history.index.tolist() == [0, 2]


def test_metrics_called_step_and_timestamp_hide_nothing(tmp_path: Path) -> None:
    history = read(tmp_path, [{"step": 7.0, "timestamp": 8.0}]).history()
    assert history["step"].tolist() == [0]
    assert history[["metric:step", "metric:timestamp"]].to_numpy().tolist() == [[7.0, 8.0]]


def test_a_run_that_logged_nothing_has_an_empty_history(tmp_path: Path) -> None:
    run = read(tmp_path, [])
    assert list(run.history().columns) == ["step", "timestamp", "_step", "_timestamp", "_runtime"]
    assert len(run.history()) == 0
    assert (run.metrics(), run.summary, run.last_step, run.num_logs) == ([], {}, None, 0)


def test_points_are_arrays_only_where_that_loses_nothing(tmp_path: Path) -> None:
    row: dict[str, Scalar] = {"float": 1.5, "int": 3, "big": BIG, "bool": True, "text": "x"}
    points = read(tmp_path, [row]).points()
    assert {name: isinstance(found, Series) for name, found in points.items()} == {
        "float": True,
        "int": True,
        "big": False,
        "bool": False,
        "text": False,
    }
    assert points["big"] == [(0, 0, made.START_NS, BIG)]
    whole = points["int"]
    assert isinstance(whole, Series)
    assert whole.value.dtype == np.int64


def test_text_is_no_number(tmp_path: Path) -> None:
    run = read(tmp_path, [{"note": "fine"}, {"note": "bad"}])
    assert len(run.metric("note")) == 0
    assert run.points(["note"])["note"] == [
        (0, 0, made.START_NS, "fine"),
        (1, 1, made.START_NS + made.SECOND_NS, "bad"),
    ]


@pytest.mark.parametrize("call", [Run.metric, lambda run, name: run.history([name]), Run.history])
def test_an_unknown_metric_suggests_the_nearest(tmp_path: Path, call: Any) -> None:
    run = read(tmp_path, [{"val/loss": 1.0}])
    with pytest.raises(UnknownMetric, match=r"No metric named 'val/los' in run 'r'. Nearest: val/loss\."):
        call(run, "val/los")


def test_what_is_known_of_a_run(tmp_path: Path) -> None:
    run = read(tmp_path, [{"a": 1.0}, {"a": 2.0}], name="otter", group="g", config={"lr": 0.1}, steps=[5, 9])
    assert (run.project, run.id, run.name, run.group, run.path) == ("p", "r", "otter", "g", ["p", "r"])
    assert (run.status, run.state, run.last_step, run.num_logs) == ("finished", "finished", 9, 2)
    assert (run.config, run.summary, run.tags) == ({"lr": 0.1}, {"a": 2.0}, [])
    assert run.created_at.isoformat() == "2025-11-21T03:19:00+00:00"
    assert run.finished_at == run.updated_at


def test_changing_a_config_that_was_read_changes_nothing_before_update(tmp_path: Path) -> None:
    run = read(tmp_path, [], config={"lr": 0.1})
    run.config["lr"] = 5
    assert run.refresh().config == {"lr": 0.1}


def test_scan_history_gives_rows_as_wandb_does(tmp_path: Path) -> None:
    run = read(tmp_path, [{"a": 1.0, "b": 2.0}, {"b": 3.0}])
    seconds = made.START_NS / 1e9
    assert list(run.scan_history()) == [
        {"_step": 0, "_timestamp": seconds, "_runtime": 0.0, "a": 1.0, "b": 2.0},
        {"_step": 1, "_timestamp": seconds + 1, "_runtime": 1.0, "b": 3.0},
    ]
    assert list(run.scan_history(keys=["a", "b"])) == [{"a": 1.0, "b": 2.0}]
    assert list(run.scan_history(keys=["_step", "b"])) == [{"_step": 0, "b": 2.0}, {"_step": 1, "b": 3.0}]
    assert list(run.scan_history(keys=["b"], min_step=1, max_step=2)) == [{"b": 3.0}]


def test_markdown_is_found_among_texts(tmp_path: Path) -> None:
    note = json.dumps({"_type": "trackio.markdown", "_value": "# Hi"})
    run = read(tmp_path, [{"note": "trackio.markdown"}, {"note": note}, {"other": '{"_type": 1}'}])
    (report,) = run.reports()
    assert (report.name, report.step, report.content) == ("note", 1, "# Hi")


def test_more_rows_are_seen_by_the_next_call(tmp_path: Path) -> None:
    store = made.project(tmp_path, "p", made.run("r", [{"a": 1.0}]))
    api = Api(tmp_path)
    before = api.project("p").runs()
    made.project(tmp_path, "p", made.run("s", [{"a": 1.0}]))
    assert (len(before), len(api.project("p").runs())) == (1, 2)
    assert before[0].refresh().id == "r"
    assert store.name == "p"


def test_importing_the_read_side_loads_no_heavy_library() -> None:
    heavy = ["pandas", "altair", "pyarrow", "numpy", "jinja2", "rich"]
    code = f"import sys, trackio.api; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
