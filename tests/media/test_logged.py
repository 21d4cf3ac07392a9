"""Media go through ``log()`` into rows, and cost nobody else when they cannot."""

from __future__ import annotations

import importlib
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import trackio
from trackio import references
from trackio.store.blobs import Blobs
from trackio.store.layout import project_directory

RED = np.zeros((4, 6, 3), np.uint8)
RED[:, :, 0] = 255


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("TRACKIO_DIR", str(tmp_path))
    yield project_directory(tmp_path, "p")
    trackio.finish()


def rows(directory: Path) -> list[dict[str, Any]]:
    """Step, numbers and references of each logged row."""
    history = trackio.Api().runs("p")[0].history()
    assert directory.is_dir()
    return [
        {name: references.decode(value) or value for name, value in row.items() if value == value}  # noqa: PLR0124
        for row in history.to_dict("records")
    ]


def test_every_kind_of_medium_is_kept_and_told_apart(directory: Path) -> None:
    table = trackio.Table(columns=["x", "y"], data=[[1, 2], [2, 3]])
    media = {
        "image": trackio.Image(RED),
        "images/nested": {"deep": trackio.Image(RED, caption="c")},
        "list": [trackio.Image(RED), trackio.Image(RED, caption="second")],
        "video": trackio.Video(np.zeros((3, 3, 8, 8), np.uint8), format="mp4"),
        "audio": trackio.Audio(np.zeros(100), sample_rate=8000),
        "html": trackio.Html("<p>"),
        "markdown": trackio.Markdown("# T"),
        "table": table,
        "histogram": trackio.Histogram([1, 2, 3]),
        "object3d": trackio.Object3D(np.zeros((3, 3))),
        "trace": trackio.Trace([{"role": "user", "content": "hi"}]),
        "vega": trackio.plot.line(table, "x", "y"),
    }
    with trackio.init(project="p") as run:
        run.log({**media, "loss": 0.5})
    (row,) = rows(directory)
    assert row["loss"] == 0.5
    kinds = {name: value["_type"] for name, value in row.items() if isinstance(value, dict)}
    assert kinds == {
        **{name: f"trackio.{name}" for name in media if name != "images/nested"},
        "images/nested/deep": "trackio.image",
    }
    assert [item.get("caption") for item in row["list"]["items"]] == [None, "second"]
    blobs = Blobs(directory)
    for name in references.files(row):
        assert blobs.read(name)


def test_a_table_that_grows_is_kept_as_it_was_at_each_step(directory: Path) -> None:
    table = trackio.Table(columns=["a"], log_mode="INCREMENTAL")
    with trackio.init(project="p") as run:
        for step in range(3):
            table.add_data(step)
            run.log({"t": table}, step=step)
    assert [row["t"]["rows"] for row in rows(directory)] == [1, 2, 3]


def test_what_cannot_be_stored_costs_only_itself(directory: Path, caplog: pytest.LogCaptureFixture) -> None:
    damaged = trackio.data_types.ImageMask({"mask_data": np.array([[300]])}, "m")
    with caplog.at_level(logging.WARNING, "trackio"), trackio.init(project="p") as run:
        run.log({"bad": trackio.Image(RED, masks={"m": damaged}), "good": trackio.Image(RED), "loss": 1.0})
        run.log({"loss": 2.0})
    first, second = rows(directory)
    assert (first["loss"], first["good"]["_type"], second["loss"]) == (1.0, "trackio.image", 2.0)
    assert "bad" not in first
    assert "'bad'" in caplog.text
    assert "from 0 to 255" in caplog.text


def test_the_same_picture_in_many_runs_is_one_file(directory: Path) -> None:
    for _ in range(2):
        with trackio.init(project="p") as run:
            run.log({"image": trackio.Image(RED), "again": trackio.Image(RED)})
    assert len(list(Blobs(directory).names())) == 1


def test_names_and_captions_are_nothing_but_text(directory: Path) -> None:
    name, caption = "../../../etc/passwd", "'; DROP TABLE points; -- <script>"
    with trackio.init(project="p") as run:
        run.log({name: trackio.Image(RED, caption=caption)})
    (row,) = rows(directory)
    assert row[name]["caption"] == caption
    assert {path.parent.parent.name for path in directory.rglob("*.png")} == {"files"}


@pytest.mark.parametrize("name", trackio.data_types.__all__)
def test_wandbs_data_types_have_the_classes_of_the_package(name: str) -> None:
    found = getattr(importlib.import_module("trackio.data_types"), name)
    if hasattr(trackio, name):
        assert getattr(trackio, name) is found
