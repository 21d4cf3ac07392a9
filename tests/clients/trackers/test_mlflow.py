"""Runs of real MLflow stores come in whole, and those we write are read by MLflow."""

from __future__ import annotations

import io
import math
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import numpy as np
import pytest
from mlflow.entities import Metric, Param, ViewType
from mlflow.tracking import MlflowClient
from PIL import Image as Pillow

import trackio
from trackio import references
from trackio.cli.main import main
from trackio.errors import UsageError
from trackio.exporters.formats import send
from trackio.importers.formats import Report, bring
from trackio.importers.imported import Alert, Attachment, Event, ImportedRun, Inline
from trackio.importers.mlflow.reading import Options
from trackio.importers.recording import record
from trackio.store.home import Home
from trackio.store.project import ProjectStore

START_MS = 1_763_695_140_000


@pytest.fixture(autouse=True)
def folders_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests write folder stores with MLflow; reading them needs no leave."""
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")


@pytest.fixture(params=["mlruns", "mlflow.db"])
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A store of each kind, made by the ``client``."""
    return tmp_path / "store" / str(request.param)


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database without runs: MLflow takes seconds to make one."""
    path = tmp_path_factory.mktemp("mlflow") / "mlflow.db"
    MlflowClient(f"sqlite:///{path}").search_experiments()
    return path


@pytest.fixture
def client(source: Path, empty: Path) -> MlflowClient:
    source.parent.mkdir()
    if source.suffix:
        shutil.copy(empty, source)
    return MlflowClient(f"sqlite:///{source}" if source.suffix else str(source))


@pytest.fixture
def server(empty: Path, tmp_path: Path) -> Iterator[str]:
    """The address of a tracking server that keeps artifacts itself."""
    shutil.copy(empty, tmp_path / "served.db")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    where = [
        "--backend-store-uri",
        f"sqlite:///{tmp_path}/served.db",
        "--artifacts-destination",
        str(tmp_path / "kept"),
    ]
    listen = ["--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    with subprocess.Popen(
        [sys.executable, "-m", "mlflow", "server", *where, *listen], start_new_session=True
    ) as running:
        address = f"http://127.0.0.1:{port}"
        while not answers(address):
            assert running.poll() is None
        yield address
        os.killpg(running.pid, signal.SIGKILL)


def answers(address: str) -> bool:
    try:
        with urlopen(f"{address}/health") as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def experiment(client: MlflowClient, source: Path, name: str = "exp") -> str:
    return client.create_experiment(name, artifact_location=(source.parent / "artifacts" / name).as_uri())


def finished(client: MlflowClient, where: str, name: str, **tags: str) -> str:
    run = client.create_run(where, start_time=START_MS, run_name=name, tags=tags)
    client.log_batch(run.info.run_id, metrics=[Metric("x", 1.0, START_MS, 0)])
    client.set_terminated(run.info.run_id, "FINISHED", START_MS + 5000)
    return str(run.info.run_id)


def test_a_run_comes_in_whole(client: MlflowClient, source: Path) -> None:
    run_id = client.create_run(
        experiment(client, source), start_time=START_MS, run_name="otter", tags={"team": "nlp", "done": ""}
    ).info.run_id
    points = [
        *(Metric("train/loss", 1 / (i + 1), START_MS + i * 1000, i) for i in range(5)),
        *(Metric("acc", i / 4, START_MS + i * 1000, i) for i in range(0, 5, 2)),
        *(Metric("odd", value, START_MS + 9000, 4) for value in (math.inf, -math.inf, math.nan)),
        Metric("system/cpu", 50.0, START_MS, 0),
    ]
    params = [Param(name, str(value)) for name, value in {"lr": 0.1, "n": 3, "ok": True, "opt/kind": "adam"}.items()]
    client.log_batch(run_id, metrics=points, params=[*params, Param("layers", "[1, {'a': None}]"), Param("v", "1.2.3")])
    client.set_tag(run_id, "mlflow.note.content", "# A note")
    client.log_text(run_id, "hello", "files/a.txt")
    client.log_image(run_id, np.zeros((3, 4, 3), np.uint8), key="samples/dogs", step=3, timestamp=START_MS + 3000)
    client.set_terminated(run_id, "FAILED", START_MS + 10_000)

    report = bring("mlflow", [source])
    assert (report.failures, report.notes) == ([], {})
    store = Home().project("exp")
    run = store.run(run_id)
    assert (run.name, run.status, run.exit_code, run.notes) == ("otter", "failed", 1, "# A note")
    assert set(run.tags) == {"team:nlp", "done"}
    assert run.config == {
        "lr": 0.1,
        "n": 3,
        "ok": True,
        "opt/kind": "adam",
        "layers": [1, {"a": None}],
        "v": "1.2.3",
    }
    assert (run.created_ns, run.finished_ns) == (START_MS * 10**6, (START_MS + 10_000) * 10**6)
    rows = [(step, (time_ns // 10**6 - START_MS) // 1000, values) for step, time_ns, values in store.rows(run_id)]
    together = [{key: row[2][key] for key in sorted(row[2]) if key != "samples/dogs"} for row in rows[:5]]
    assert together == [
        {"acc": 0.0, "train/loss": 1.0},
        {"train/loss": 0.5},
        {"acc": 0.5, "train/loss": 1 / 3},
        {"train/loss": 0.25},
        {"acc": 1.0, "train/loss": 0.2},
    ]
    assert [(step, seconds) for step, seconds, _ in rows[:5]] == [(i, i) for i in range(5)]
    assert sorted(repr(row[2]["odd"]) for row in rows[5:]) == ["-inf", "inf", "nan"]
    picture = references.decode(rows[3][2]["samples/dogs"])
    assert picture is not None
    assert Pillow.open(io.BytesIO(store.blobs.read(picture["file"]))).size == (4, 3)
    assert [values for _, _, values in store.rows(run_id, "system")] == [{"cpu": 50.0}]
    (file,) = store.events(run_id, "file")
    assert (file["name"], store.blobs.read(file["file"])) == ("files/a.txt", b"hello")
    (about,) = store.events(run_id, "mlflow")
    assert about["experiment"] == "exp"


def test_experiments_are_projects_and_parents_are_groups(client: MlflowClient, source: Path) -> None:
    where = experiment(client, source)
    parent = finished(client, where, "sweep")
    child = finished(client, where, "trial", **{"mlflow.parentRunId": parent})
    other = finished(client, experiment(client, source, "other"), "o")
    gone = finished(client, where, "gone")
    client.delete_run(gone)
    report = bring("mlflow", [source])
    assert {run.id: (run.project, run.group) for run in report.runs} == {
        parent: ("exp", None),
        child: ("exp", "sweep"),
        other: ("other", None),
    }
    report = bring("mlflow", [source], project="all", options=Options(experiments=("other",)))
    assert [(run.id, run.project) for run in report.runs] == [(other, "all")]
    with pytest.raises(UsageError, match="Nearest: other"):
        bring("mlflow", [source], options=Options(experiments=("othr",)))


def outcomes(report: Report) -> list[str]:
    return [run.outcome for run in report.runs]


def test_twice_gives_one_copy_and_a_run_that_went_on_replaces_it(client: MlflowClient, source: Path) -> None:
    run_id = client.create_run(experiment(client, source), run_name="r").info.run_id
    client.log_metric(run_id, "x", 1.0, START_MS, 0)
    assert [outcomes(bring("mlflow", [source])) for _ in range(2)] == [["new"], ["unchanged"]]
    assert Home().project("exp").run(run_id).status == "crashed"
    client.log_metric(run_id, "x", 2.0, START_MS, 1)
    client.set_terminated(run_id)
    assert outcomes(bring("mlflow", [source])) == ["replaced"]
    run = Home().project("exp").run(run_id)
    assert (run.status, run.row_count) == ("finished", 2)


def test_a_metric_that_goes_on_with_one_value_has_changed(client: MlflowClient, source: Path) -> None:
    run_id = client.create_run(experiment(client, source), run_name="r").info.run_id
    for step in range(2):
        client.log_metric(run_id, "acc", 1.0, START_MS + step, step)
        assert outcomes(bring("mlflow", [source])) == [("new", "replaced")[step]]


def test_a_folder_that_was_moved_keeps_its_artifacts(tmp_path: Path) -> None:
    client = MlflowClient(str(tmp_path / "mlruns"))
    run_id = finished(client, client.create_experiment("exp"), "r")
    client.log_text(run_id, "hello", "a.txt")
    shutil.move(tmp_path / "mlruns", tmp_path / "moved")
    assert bring("mlflow", [tmp_path / "moved"]).failures == []
    assert [file["name"] for file in Home().project("exp").events(run_id, "file")] == ["a.txt"]
    assert not (tmp_path / "mlruns").exists()


def test_reading_makes_nothing(client: MlflowClient, source: Path, tmp_path: Path) -> None:
    finished(client, experiment(client, source), "r")
    before = {path for path in tmp_path.rglob("*") if ".trash" not in path.parts}
    report = bring("mlflow", [source, tmp_path / "none.db", tmp_path / "none"])
    assert [str(error.path) for error in report.failures] == [str(tmp_path / "none.db"), str(tmp_path / "none")]
    made = {path for path in tmp_path.rglob("*") if ".trash" not in path.parts} - before
    assert all(path.is_relative_to(tmp_path / "home") for path in made)


def test_what_is_no_store_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_bytes(b"hello " * 1000)
    with closing(sqlite3.connect(tmp_path / "y.db")) as db:
        db.execute("CREATE TABLE t (x)")
    (tmp_path / "z").mkdir()
    before = (tmp_path / "y.db").read_bytes()
    report = bring("mlflow", [tmp_path / "x.db", tmp_path / "y.db", tmp_path / "z"])
    assert [(Path(error.path).name, error.reason) for error in report.failures] == [
        ("x.db", "file is not a database"),
        ("y.db", "it is no store of MLflow"),
        ("z", "it is no store of MLflow"),
    ]
    assert (tmp_path / "y.db").read_bytes() == before
    assert list((tmp_path / "z").iterdir()) == []


def png() -> bytes:
    data = io.BytesIO()
    Pillow.new("RGB", (4, 3), "red").save(data, "PNG")
    return data.getvalue()


@pytest.fixture
def store(tmp_path: Path) -> ProjectStore:
    """A project with everything that MLflow can hold, and some things that it cannot."""
    store = Home().create("mine")
    saved = tmp_path / "saved.bin"
    saved.write_bytes(b"weights")
    values: list[dict[str, Any]] = [
        {"loss": 0.1, "n": 3, "ok": True, "note": "plain"},
        {"loss": math.nan, "n": 2**53, "ok": False, "a@b": 1.0},
        {"loss": -math.inf, "md": Inline("markdown", {"_value": "# Hi"})},
        {"picture": Attachment("image", png(), ".png", {"width": 4, "height": 3, "format": "png"})},
        {"molecule": Attachment("molecule", b"x", ".pdb", {"format": "pdb"})},
    ]
    run = ImportedRun(
        "r1",
        "otter",
        "g",
        {"lr": 0.1, "model": {"layers": [1, 2]}, "none": None, "long": "x" * 7000, "a/b": 1, "a": {"b": 2}},
        [(step * 7 % 3, (START_MS + step * 1000) * 10**6, row) for step, row in enumerate(values)],
        job_type="train",
        tags=["a", "b:c"],
        notes="hello",
        summary={"best": 0.1},
        status="failed",
        exit_code=3,
        finished_ns=(START_MS + 9000) * 10**6,
        system_rows=[(0, START_MS * 10**6, {"gpu/0": 50.0, "ram": 4})],
        alerts=[Alert(START_MS * 10**6, "warn", "t", "x", 3, {"k": 1})],
        events=[Event("define_metric", START_MS * 10**6, {"name": "loss", "summary": ["min"]})],
        files=[("model/weights.bin", saved), ("../../up", b"hostile")],
    )
    record(store, [run])
    return store


@pytest.mark.parametrize("output", ["mlflow.db", "out"])
def test_a_round_trip_loses_nothing_that_both_hold(store: ProjectStore, tmp_path: Path, output: str) -> None:
    carried = send("mlflow", "mine", tmp_path / "there" / output)
    assert carried.lost == {
        "otter: parameters of more than 6,000 characters": 1,
        "otter: the name of the metric 'a@b', which MLflow forbids": 1,
    }
    report = bring("mlflow", [carried.output], project="back")
    assert (report.failures, report.notes) == ([], {})
    (one,) = report.runs
    back = Home().project("back")
    here, there = store.run("r1"), back.run(one.id)
    for field in ("name", "group", "job_type", "tags", "notes", "config", "summary", "status", "exit_code"):
        assert getattr(there, field) == getattr(here, field), field
    assert (there.created_ns, there.finished_ns) == (here.created_ns, here.finished_ns)
    assert repr([(*row[:2], sorted(row[2].items())) for row in back.rows(one.id)]) == repr(
        [(*row[:2], sorted(row[2].items())) for row in store.rows("r1")]
    )
    assert list(back.rows(one.id, "system")) == list(store.rows("r1", "system"))
    assert [alert.title for alert in back.alerts(one.id)] == ["t"]
    assert back.events(one.id, "define_metric") == store.events("r1", "define_metric")
    files = {event["name"]: back.blobs.read(event["file"]) for event in back.events(one.id, "file")}
    assert files == {"model/weights.bin": b"weights", "up": b"hostile"}


def test_what_cannot_be_carried_is_told(tmp_path: Path) -> None:
    record(
        Home().create("mine"),
        [ImportedRun("r1", "otter", rows=[(step, 1_000_001, {"loss": -0.0}) for step in (1, 2, 1)])],
    )
    (tmp_path / "a.txt").write_text("A")
    with trackio.init(project="mine", name="heron") as run:
        run.log_artifact(str(tmp_path / "a.txt"), name="ds").wait()
        run.use_artifact("ds:latest")
        run.record("energy_begin", session="s", boot="b", clock_ns=0, devices=[{"id": "a", "kind": "gpu", "name": "b"}])
        run.record("energy", session="s", clock_ns=1, rows=[[0, 5, None, None]])
    assert send("mlflow", "mine", tmp_path / "out.db").lost == {
        "the sign of -0.0": 3,
        "the part of a time below a millisecond": 3,
        "values logged twice at one step within a millisecond, of which MLflow keeps one": 1,
        "which values of one step and millisecond were logged together": 1,
        "a version of an artifact": 1,
        "which artifacts a run used": 1,
        "heron: the energy that was measured": 1,
    }


def test_a_database_that_cannot_be_is_told_at_once(store: ProjectStore, tmp_path: Path) -> None:
    (tmp_path / "folder.db").mkdir()
    with pytest.raises(UsageError, match="is a folder"):
        send("mlflow", store.name, tmp_path / "folder.db")


def test_mlflow_reads_it(store: ProjectStore, tmp_path: Path) -> None:
    argv = ["export", "mlflow", "--project", "mine", "--output", str(tmp_path / "o"), "--experiment", "theirs"]
    assert [main(argv) for _ in range(2)] == [0, 0]
    client = MlflowClient(f"sqlite:///{tmp_path}/o/mlflow.db")
    where = client.get_experiment_by_name("theirs")
    (run,) = client.search_runs([where.experiment_id])
    assert len(client.search_runs([where.experiment_id], run_view_type=ViewType.DELETED_ONLY)) == 1
    assert (run.info.run_name, run.info.status, run.info.start_time) == ("otter", "FAILED", START_MS)
    assert (run.data.params["lr"], run.data.params["model/layers"]) == ("0.1", "[1, 2]")
    assert run.data.tags["mlflow.note.content"] == "hello"
    history = client.get_metric_history(run.info.run_id, "loss")
    assert sorted(repr((one.step, one.timestamp - START_MS, one.value)) for one in history) == [
        "(0, 0, 0.1)",
        "(1, 1000, nan)",
        "(2, 2000, -1.7976931348623157e+308)",
    ]
    names = {file.path for file in client.list_artifacts(run.info.run_id)}
    assert names == {"images", "model", "trackio", "up"}
    images = [file.path for file in client.list_artifacts(run.info.run_id, "images")]
    assert sorted(path.rpartition("+")[2].partition(".")[2] for path in images) == ["png", "webp"]


def test_a_tracking_server_is_a_store_too(store: ProjectStore, tmp_path: Path, server: str) -> None:
    carried = send("mlflow", "mine", server)
    assert carried.points == 10
    (one,) = bring("mlflow", [server], project="back").runs
    back = Home().project("back")
    assert repr(next(iter(back.rows(one.id)))) == repr(next(iter(store.rows("r1"))))
    assert {event["name"] for event in back.events(one.id, "file")} == {"model/weights.bin", "up"}


def rerouted(source: Path, run_id: str, uri: str) -> None:
    """Have the store say that the artifacts of a run lie elsewhere."""
    with closing(sqlite3.connect(source)) as db, db:
        db.execute("UPDATE runs SET artifact_uri = ? WHERE run_uuid = ?", (uri, run_id))


@pytest.mark.parametrize("scheme", ["", "file://", "FILE://", "sqlite:///"])
@pytest.mark.parametrize("source", ["mlflow.db"], indirect=True)
def test_a_store_cannot_have_any_folder_read(client: MlflowClient, source: Path, tmp_path: Path, scheme: str) -> None:
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "id").write_text("secret")
    run_id = finished(client, experiment(client, source), "r")
    rerouted(source, run_id, f"{scheme}{tmp_path}/keys")
    report = bring("mlflow", [source])
    assert outcomes(report) == ["new"]
    assert Home().project("exp").events(run_id, "file") == []
    assert report.failures or any("is no folder of MLflow's" in sentence for sentence in report.notes)


def test_links_among_artifacts_bring_nothing_in(client: MlflowClient, source: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    run_id = finished(client, experiment(client, source, "a b"), "r")
    client.log_image(run_id, Pillow.new("RGB", (4, 3)), key="k", step=1)
    client.log_text(run_id, "hello", "a.txt")
    folder = Path(client.get_run(run_id).info.artifact_uri.removeprefix("file://").replace("%20", " "))
    for path in [*(folder / "images").iterdir(), folder / "b.txt"]:
        path.unlink(missing_ok=True)
        path.symlink_to(tmp_path / "secret")
    assert not bring("mlflow", [source]).failures
    store = Home().project("a b")
    assert [event["name"] for event in store.events(run_id, "file")] == ["a.txt"]
    assert all(store.blobs.read(name) != b"secret" for name in store.blobs.names())


@pytest.mark.parametrize("source", ["mlflow.db"], indirect=True)
def test_artifacts_that_no_package_here_can_fetch_cost_themselves(client: MlflowClient, source: Path) -> None:
    run_id = finished(client, experiment(client, source), "r")
    rerouted(source, run_id, "s3://nowhere/x")
    report = bring("mlflow", [source])
    assert outcomes(report) == ["new"]
    assert [str(failure.path) for failure in report.failures] == ["the artifacts of r"]
