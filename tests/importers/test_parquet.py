"""Parquet files as runs: snapshots, data of a report, tables of any origin, and what neptune-exporter leaves."""

from __future__ import annotations

import json
import math
import resource
from datetime import datetime, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import trackio
from trackio.errors import UsageError
from trackio.importers.columns import Choice
from trackio.importers.formats import Report, bring
from trackio.importers.parquet import Options
from trackio.importers.parquet_rows import rows as parquet_rows
from trackio.store.home import Home
from trackio.store.project import ProjectStore

S = 10**9
T0 = 1_763_695_140 * S


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


def imported(home: Home, *paths: Path, options: Options | None = None) -> tuple[Report, ProjectStore]:
    report = bring("parquet", paths, home=home, options=options)
    assert report.failures == []
    return report, home.project(report.projects[0])


def rows(store: ProjectStore, run: str) -> list[tuple[int, dict[str, Any]]]:
    return [(step, values) for step, _, values in store.rows(run)]


def test_a_sealed_snapshot_gives_its_rows_back(tmp_path: Path, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACKIO_DIR", str(tmp_path / "source"))
    with trackio.init(project="a/b", name="otter") as run:
        run.log({"loss": 0.1, "step": 5, "n": 2**60, "ok": True, "note": "x"})
        run.log({"loss": math.nan}, step=7)
        run.log_system({"gpu": 5.5, "loss": 1.5})
    source = Home(tmp_path / "source").project("a/b")
    source.seal(run.id)
    report, store = imported(home, source.directory / "runs")
    assert [(one.project, one.id, one.name) for one in report.runs] == [("a/b", run.id, "otter")]
    assert repr(list(store.rows(run.id))) == repr(list(source.rows(run.id)))
    assert list(store.rows(run.id, "system")) == list(source.rows(run.id, "system"))


def test_the_data_of_a_report_gives_its_rows_back(tmp_path: Path, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    from trackio.records import RunSeries
    from trackio.report.exports import parquet_bytes

    monkeypatch.setenv("TRACKIO_DIR", str(tmp_path / "source"))
    with trackio.init(project="p", name="otter", group="g") as run:
        for at in range(3):
            run.log({"loss": at / 7, "acc": float(at)}, step=5)
        run.log_system({"gpu": 5.5})
    source = Home(tmp_path / "source").project("p")
    record, series, kinds = source.run(run.id), [], []
    for kind in ("metric", "system"):
        for name, one in source.series(run.id, kind=kind).items():  # type: ignore[arg-type]
            series.append(RunSeries(run.id, "otter", "g", 0, record.created_ns, {}, name, one))
            kinds.append(kind)
    (tmp_path / "data.parquet").write_bytes(parquet_bytes(series, kinds))  # type: ignore[arg-type]
    report, store = imported(home, tmp_path / "data.parquet")
    assert [(one.id, one.name, one.group) for one in report.runs] == [(run.id, "otter", "g")]
    assert list(store.rows(run.id)) == list(source.rows(run.id))
    assert list(store.rows(run.id, "system")) == list(source.rows(run.id, "system"))


def test_a_wide_table_is_a_run(tmp_path: Path, home: Home) -> None:
    frame = pd.DataFrame(
        {
            "step": [0, 10],
            "timestamp": pd.to_datetime([T0, T0 + S + 1], utc=True),
            "loss": [0.1, None],
            "n": pd.array([2**60 + 1, None], dtype="Int64"),
            "ok": [True, False],
            "price": [Decimal("1.5"), None],
            "kind": pd.Categorical(["a", "b"]),
            "list": [[1, 2], None],
        }
    )
    frame.to_parquet(tmp_path / "log.parquet")
    report, store = imported(home, tmp_path / "log.parquet")
    [run] = report.runs
    assert (run.name, run.project) == ("log", "log")
    array = '{"_type":"trackio.array","_value":[1,2]}'
    assert list(store.rows(run.id)) == [
        (0, T0, {"loss": 0.1, "n": 2**60 + 1, "ok": True, "price": 1.5, "kind": "a", "list": array}),
        (10, T0 + S + 1, {"ok": False, "kind": "b"}),
    ]
    again, _ = imported(home, tmp_path / "log.parquet")
    assert [one.outcome for one in again.runs] == ["unchanged"]


def test_a_long_table_with_names_of_its_own(tmp_path: Path, home: Home) -> None:
    frame = pd.DataFrame(
        {"who": ["a", "a", "b"], "k": [1, 1, 1], "m": ["x", "y", "x"], "v": [1.5, 2.5, 3.5], "lr": [0.1, 0.1, 0.2]}
    )
    frame.to_parquet(tmp_path / "log.parquet")
    choice = Choice(run="who", step="k", metric="m", value="v", config=("lr",))
    report, store = imported(home, tmp_path / "log.parquet", options=Options(columns=choice))
    assert [(one.name, rows(store, one.id), store.run(one.id).config) for one in report.runs] == [
        ("a", [(1, {"x": 1.5, "y": 2.5})], {"lr": 0.1}),
        ("b", [(1, {"x": 3.5})], {"lr": 0.2}),
    ]


def test_a_wide_table_is_read_by_batches(tmp_path: Path) -> None:
    count = 500_000
    table = pa.table({"step": np.arange(count), "loss": np.random.rand(count), "text": pa.repeat("x" * 400, count)})
    pq.write_table(table, tmp_path / "big.parquet", row_group_size=50_000)
    del table
    found = parquet_rows(tmp_path / "big.parquet")
    for _ in range(10_000):
        next(found)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(200_000):
        next(found)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 60_000


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"nonsense", "no Parquet file"),
        (b"", "no Parquet file"),
        (pa.table({"step": [0.5], "x": [1.0]}), "the step 0.5 is no whole number"),
        (pa.table({"timestamp": ["soon"], "x": [1.0]}), "'soon' is no time"),
        (pa.table({"x": [1.0]}).replace_schema_metadata({"trackio": "{}"}), "its metadata cannot be used"),
    ],
)
def test_a_broken_file_costs_itself_and_is_named(tmp_path: Path, home: Home, content: Any, reason: str) -> None:
    if isinstance(content, bytes):
        (tmp_path / "bad.parquet").write_bytes(content)
    else:
        pq.write_table(content, tmp_path / "bad.parquet")
    pq.write_table(pa.table({"x": [1.0]}), tmp_path / "good.parquet")
    report = bring("parquet", [tmp_path], project="p", home=home)
    [failure] = report.failures
    assert reason in str(failure)
    assert "bad.parquet" in str(failure)
    assert [run.name for run in report.runs] == ["good"]


def test_a_folder_without_parquet_is_wrong_usage(tmp_path: Path, home: Home) -> None:
    with pytest.raises(UsageError, match=r"no \.parquet file"):
        bring("parquet", [tmp_path], home=home)


HISTOGRAM = pa.struct([("type", pa.string()), ("edges", pa.list_(pa.float64())), ("values", pa.list_(pa.float64()))])
NEPTUNE = pa.schema(
    {
        "project_id": pa.string(),
        "run_id": pa.string(),
        "attribute_path": pa.string(),
        "attribute_type": pa.string(),
        "step": pa.decimal128(18, 6),
        "timestamp": pa.timestamp("ms", "UTC"),
        "int_value": pa.int64(),
        "float_value": pa.float64(),
        "string_value": pa.string(),
        "bool_value": pa.bool_(),
        "datetime_value": pa.timestamp("ms", "UTC"),
        "string_set_value": pa.list_(pa.string()),
        "file_value": pa.struct([("path", pa.string())]),
        "histogram_value": HISTOGRAM,
    }
)


def neptune(folder: Path, *told: dict[str, Any], part: int = 0) -> None:
    path = folder / "data" / "p-1f" / f"RUN-1_part_{part}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    both = {"project_id": "me/p", "run_id": "RUN-1"}
    pq.write_table(pa.Table.from_pylist([{**both, **one} for one in told], schema=NEPTUNE), path)


def series(name: str, step: str, value: Any, kind: str = "float_series") -> dict[str, Any]:
    time = datetime.fromtimestamp(T0 / 1e9 + float(step), tz=timezone.utc)
    column = {"float_series": "float_value", "string_series": "string_value", "histogram_series": "histogram_value"}
    return {
        "attribute_path": name,
        "attribute_type": kind,
        "step": Decimal(step),
        "timestamp": time,
        column.get(kind, "file_value"): value,
    }


def single(name: str, kind: str, value: Any) -> dict[str, Any]:
    return {"attribute_path": name, "attribute_type": kind, f"{kind}_value": value}


def test_an_export_of_neptune_is_runs(tmp_path: Path, home: Home) -> None:
    created = datetime.fromtimestamp(T0 / 1e9, tz=timezone.utc)
    (tmp_path / "files" / "p-1f").mkdir(parents=True)
    (tmp_path / "files" / "p-1f" / "model.bin").write_bytes(b"model")
    neptune(
        tmp_path,
        single("sys/name", "string", "otter"),
        single("sys/tags", "string_set", ["a", "b"]),
        single("sys/creation_time", "datetime", created),
        single("sys/failed", "bool", True),
        single("params/lr", "float", 0.1),
        single("params/layers", "int", 3),
        {"attribute_path": "model", "attribute_type": "file", "file_value": {"path": "p-1f/model.bin"}},
        {"attribute_path": "gone", "attribute_type": "file", "file_value": {"path": "../../secret"}},
        series("metrics/loss", "0", 1.5),
        series("metrics/loss", "1", math.nan),
    )
    histogram = {"type": "COUNTING", "edges": [0.0, 1.0, 2.0], "values": [3.0, 4.0]}
    neptune(
        tmp_path,
        series("metrics/acc", "1", 0.5),
        series("log", "1", "line", "string_series"),
        series("hist", "2", histogram, "histogram_series"),
        series("images", "2", {"path": "p-1f/x.png"}, "file_series"),
        series("metrics/loss", "2.5", 0.25),
        part=1,
    )
    report, store = imported(home, tmp_path / "data")
    [run] = store.runs()
    assert (store.name, run.name, run.tags, run.status, run.created_ns) == ("p", "otter", ("a", "b"), "failed", T0)
    assert run.config == {"params/lr": 0.1, "params/layers": 3}
    found = rows(store, run.id)
    assert repr(found[:2]) == repr(
        [(0, {"metrics/loss": 1.5}), (1, {"metrics/loss": math.nan, "metrics/acc": 0.5, "log": "line"})]
    )
    assert found[2][0] == 2
    assert json.loads(found[2][1]["hist"]) == {
        "_type": "trackio.histogram",
        "bins": [0.0, 1.0, 2.0],
        "values": [3.0, 4.0],
    }
    assert found[3] == (2, {"metrics/loss": 0.25})
    [saved] = store.events(run.id, "file")
    assert (saved["name"], store.blobs.read(saved["file"])) == ("model", b"model")
    assert report.notes == {
        "the file gone: its file ../../secret lies outside of the run": 1,
        "a series of files": 1,
        "a step between two whole ones, which became the one below": 1,
    }
    again, _ = imported(home, tmp_path / "data")
    assert [one.outcome for one in again.runs] == ["unchanged"]
