"""The snapshot of a run says the same as the database."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from tests.store.journals import Written
from trackio.store import layout, sealable
from trackio.store.project import ProjectStore

NAN, INF = float("nan"), float("inf")

RUNS: dict[str, list[dict[str, Any]]] = {
    "one metric": [{"loss": value} for value in (1.0, 0.1, -0.0)],
    "sparse": [{"a": 1.0}, {"b": 2}, {"a": 3.0, "b": 4}, {"c": True}],
    "not finite": [{"a": NAN, "b": INF}, {"a": -INF, "b": NAN}],
    "integers": [{"a": 2**53 + 1}, {"a": -(2**63)}],
    "integers and floats": [{"a": 1}, {"a": 2.5}],
    "bools": [{"a": True}, {"a": False}, {"b": True, "a": True}],
    "bools and integers": [{"a": True}, {"a": 7}],
    "text": [{"a": "one"}, {"b": 1.0}, {"a": "🦦\x00"}],
    "text and numbers": [{"a": "one"}, {"a": 1.5}, {"a": NAN}],
    "names that clash": [{"row": 1.0, "step": 2.0, "timestamp": 3.0, "metric:row": 4.0}],
    "hostile names": [{"": 1.0, "\x00": 2.0, "\u202e": 3.0, "x" * 5000: 4.0, "a,b": 5.0, "a.b.c": 6.0}],
    "nothing": [],
}


@pytest.mark.parametrize("rows", RUNS.values(), ids=RUNS)
def test_series_from_the_snapshot_equal_those_from_the_database(
    rows: list[dict[str, Any]], project: ProjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealable, "CELLS", 1)
    written = Written(project)
    for step, row in enumerate(rows):
        written.row(step * 10, **row).row(step, "system", loss=step * 1.0, step=0.5)
    written.finish()
    project.catch_up()
    before = {kind: project.series("r", kind=kind) for kind in ("metric", "system")}
    project.seal("r")
    for kind, expected in before.items():
        found = project.series("r", kind=kind)  # type: ignore[arg-type]
        assert found.keys() == expected.keys()
        for name, series in expected.items():
            for part in ("row", "step", "time_ns", "value"):
                np.testing.assert_array_equal(getattr(found[name], part), getattr(series, part))
            assert np.signbit(found[name].value).tolist() == np.signbit(series.value).tolist()


def test_a_snapshot_of_an_earlier_state_is_not_read(project: ProjectStore) -> None:
    written = Written(project).rows([0])
    project.catch_up()
    project.seal("r")
    written.rows([1])
    project.catch_up()
    assert project.series("r")["loss"].step.tolist() == [0, 1]


@pytest.mark.parametrize("content", [b"", b"PAR1", b"no parquet at all" * 10])
def test_a_damaged_snapshot_is_not_read(content: bytes, project: ProjectStore) -> None:
    Written(project).rows([0, 1]).finish()
    project.catch_up()
    project.seal("r").write_bytes(content)
    assert project.series("r")["loss"].step.tolist() == [0, 1]


def test_runs_that_ended_and_changed_since_are_unsealed(project: ProjectStore) -> None:
    Written(project, "going", created_ns=1).rows([0])
    Written(project, "ended", created_ns=2).rows([0]).finish()
    project.catch_up()
    assert project.unsealed() == ["ended"]
    path = project.seal("ended")
    assert project.unsealed() == []
    path.unlink()
    assert project.unsealed() == ["ended"]


def test_reading_a_run_that_ended_makes_its_snapshot_again(project: ProjectStore) -> None:
    Written(project, "going", created_ns=1).rows([0])
    Written(project, "ended", created_ns=2).rows([0, 1]).finish()
    project.catch_up()
    for run_id in ("going", "ended"):
        project.series(run_id)
    assert project.unsealed() == []
    assert not layout.parquet(project.directory, "going").exists()
    layout.parquet(project.directory, "ended").write_bytes(b"damaged")
    project.series("ended")
    assert len(pq.read_table(layout.parquet(project.directory, "ended"))) == 2


def test_a_snapshot_that_cannot_be_written_costs_no_reader(project: ProjectStore) -> None:
    Written(project).rows([0, 1]).finish()
    project.catch_up()
    # A file where the folder should be, which stops root too.
    layout.parquet(project.directory, "r").parent.write_text("")
    assert project.series("r")["loss"].step.tolist() == [0, 1]


def test_sealing_changes_no_revision(project: ProjectStore) -> None:
    Written(project).rows([0]).finish()
    project.catch_up()
    before = project.revision(), project.run("r").revision
    project.seal("r")
    assert (project.revision(), project.run("r").revision) == before


def test_the_same_run_gives_the_same_bytes(project: ProjectStore) -> None:
    Written(project).rows(range(100)).finish()
    project.catch_up()
    first = project.seal("r").read_bytes()
    assert project.seal("r").read_bytes() == first


def test_pandas_reads_the_snapshot_as_a_table_of_calls(project: ProjectStore) -> None:
    Written(project, created_ns=0).row(0, loss=1.0, epoch=1).row(5, loss=0.5).row(6, done=True).finish()
    project.catch_up()
    table = pd.read_parquet(project.seal("r"))
    assert list(table.columns) == ["row", "step", "timestamp", "loss", "epoch", "done"]
    assert table["step"].tolist() == [0, 5, 6]
    assert table["loss"].tolist()[:2] == [1.0, 0.5]
    assert table["epoch"].isna().tolist() == [False, True, True]
    assert table["timestamp"][0] == pd.Timestamp("1970-01-01 00:00:02", tz="UTC")


def test_columns_have_the_types_that_were_logged(project: ProjectStore) -> None:
    Written(project).row(0, f=1.0, i=1, b=True, s="x").finish()
    project.catch_up()
    schema = pq.read_schema(project.seal("r"))
    assert {name: str(schema.field(name).type) for name in "fibs"} == {
        "f": "double",
        "i": "int64",
        "b": "bool",
        "s": "large_string",
    }


def test_a_run_of_very_many_names_that_each_came_once_has_no_snapshot(
    project: ProjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealable, "MANY_CHUNKS", 64)
    sparse, dense = Written(project, "sparse", created_ns=1), Written(project, "dense", created_ns=2)
    for step in range(100):
        sparse.row(step, **{f"name {step}": 1.0})
        dense.row(step, **{f"name {column}": 1.0 for column in range(100)})
    sparse.finish()
    dense.finish()
    project.catch_up()
    assert project.unsealed() == ["dense"]
    assert len(project.series("sparse")) == 100
    assert not layout.parquet(project.directory, "sparse").exists()
    assert pq.read_table(project.seal("sparse")).num_rows == 100
