"""Files tell by what is in them which format they have."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from trackio.cli.main import main
from trackio.importers.imported import ImportedRun
from trackio.importers.likely import likely
from trackio.importers.recording import record
from trackio.store.home import Home


def database(path: Path, table: str) -> None:
    with closing(sqlite3.connect(path)) as db, db:
        db.execute(f"CREATE TABLE {table} (a)")


def made(path: Path, kind: str) -> Path:
    match kind:
        case "csv":
            path.write_text("step,loss\n0,1\n")
        case "json":
            path.write_text('{"step": 0}\n')
        case "parquet":
            pq.write_table(pa.table({"step": [0]}), path)
        case "wandb":
            path.write_bytes(b":W&B\xe1\xbe\x00")
        case "tfevents":
            path.write_bytes(b"\x18" + b"\0" * 11 + b"\t\0\0\0\0\0\0\0\0\x1a\rbrain.Event:2")
        case "mlflow":
            database(path, "experiments")
        case "trackio":
            database(path, "metrics")
        case _:
            path.write_bytes(b"\0\1\2")
    return path


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("x.csv", "csv"),
        ("x.jsonl", "json"),
        ("x", "parquet"),
        ("x", "wandb"),
        ("x", "tfevents"),
        ("x", "mlflow"),
        ("x", "trackio"),
        ("x.csv", None),
    ],
)
def test_a_file_is_told_by_its_content(name: str, kind: str | None, tmp_path: Path) -> None:
    assert likely(made(tmp_path / name, str(kind))) == kind


@pytest.mark.parametrize(
    ("inside", "kind"),
    [
        ("a/events.out.tfevents.1.x", "tfevents"),
        ("offline-run-1-x/run-x.wandb", "wandb"),
        ("0/meta.yaml", "mlflow"),
        ("a.parquet", "parquet"),
        ("a.txt", None),
    ],
)
def test_a_folder_is_told_by_what_is_in_it(inside: str, kind: str | None, tmp_path: Path) -> None:
    (tmp_path / inside).parent.mkdir(exist_ok=True)
    (tmp_path / inside).touch()
    assert likely(tmp_path) == kind


def test_a_home_is_told_and_what_is_not_there_is_nothing(tmp_path: Path) -> None:
    record(Home(tmp_path).create("p"), [ImportedRun("r", "otter")])
    assert (likely(tmp_path), likely(tmp_path / "none")) == ("trackio", None)


@pytest.mark.parametrize(("form", "kind"), [("csv", "parquet"), ("parquet", "csv"), ("wandb", "mlflow")])
def test_the_command_says_which_format_would_do(
    form: str, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TRACKIO_DIR", str(tmp_path / "home"))
    path = made(tmp_path / f"x y.{kind}", kind)
    assert main(["import", form, str(path)]) == 1
    assert f"Try `trackio import {kind} '{path}'`." in capsys.readouterr().err
