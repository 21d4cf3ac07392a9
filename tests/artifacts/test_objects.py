"""Tables, images and other media in artifacts come back as they were."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import trackio
from trackio import Artifact
from trackio.artifacts import objects
from trackio.errors import InvalidArtifact
from trackio.media.audio import Audio
from trackio.media.base import Media
from trackio.media.histogram import Histogram
from trackio.media.html import Html, Markdown
from trackio.media.image import Image
from trackio.media.molecule import Molecule
from trackio.media.object3d import Object3D
from trackio.media.table import Table
from trackio.media.trace import Trace
from trackio.media.vega import Chart
from trackio.tracking.run import Run

PIXELS = np.arange(4 * 5 * 3, dtype=np.uint8).reshape(4, 5, 3)


def _molecule() -> Molecule:
    Path("m.pdb").write_text("ATOM")
    return Molecule("m.pdb")


KINDS: list[tuple[Callable[[], Media], str]] = [
    (lambda: Table(columns=["a", "b"], data=[[1, "x"], [None, 2.5]]), "n.table.json"),
    (lambda: Table(columns=["i"], data=[[Image(PIXELS)], [Image(PIXELS, caption="c")]]), "n.table.json"),
    (lambda: Table(columns=["i"], data=[[[Image(PIXELS), 5, None, "x", [1, 2], {"a": 1}]]]), "n.table.json"),
    (lambda: Image(PIXELS, caption="c"), "n.image-file.json"),
    (lambda: Audio(np.zeros((80, 1)), 8000, caption="c"), "n.audio-file.json"),
    (lambda: Html("<b>x</b>"), "n.html-file.json"),
    (lambda: Markdown("# x"), "n.markdown.json"),
    (lambda: Histogram([1, 2, 2, 3]), "n.histogram.json"),
    (lambda: Object3D(np.zeros((3, 3))), "n.object3d-file.json"),
    (_molecule, "n.molecule-file.json"),
    (lambda: Trace([{"role": "user", "content": [{"type": "image", "image": Image(PIXELS)}]}]), "n.trace-file.json"),
    (lambda: Chart({"mark": "point", "data": {"values": [{"x": 1}]}}), "n.vega-file.json"),
]


@pytest.mark.parametrize(("make", "path"), KINDS, ids=[path for _, path in KINDS])
def test_an_object_is_stored_as_files_and_made_again_from_them(
    make: Callable[[], Media], path: str, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    artifact = Artifact("data", "dataset")
    entry = artifact.add(make(), "n")
    assert entry.path == path
    assert {one for one in artifact.entries if not one.startswith("media/")} == {path}
    run.log_artifact(artifact).wait()
    found = run.use_artifact("data").get("n")
    # Made again from what was made again: the same files, down to the bytes.
    again = Artifact("again", "dataset")
    assert again.add(found, "n").digest == entry.digest
    assert {one.digest for one in again.entries.values()} == {one.digest for one in artifact.entries.values()}


def test_what_a_table_and_an_image_hold_comes_back(run: Run) -> None:
    artifact = Artifact("data", "dataset")
    boxes = {"b": {"box_data": [{"position": {"minX": 0.1, "maxX": 0.2, "minY": 0.1, "maxY": 0.3}, "class_id": 1}]}}
    masks = {"m": {"mask_data": np.ones((4, 5), int), "class_labels": {1: "one"}}}
    artifact["table"] = Table(columns=["i"], data=[[[Image(PIXELS), Image(PIXELS + 1)]]])
    artifact["image"] = Image(PIXELS, boxes=boxes, masks=masks)
    run.log_artifact(artifact).wait()
    table, image = artifact["table"], artifact["image"]
    assert table.columns == ["i"]
    assert [type(one) for one in table.data[0][0]] == [Image, Image]
    assert (set(image.boxes), image.masks["m"].class_labels) == ({"b"}, {1: "one"})
    assert artifact["none"] is None
    assert artifact.get_entry("table").path == "table.table.json"


def test_the_same_object_is_added_once_and_another_only_when_asked() -> None:
    artifact = Artifact("data", "dataset")
    table = Table(columns=["a"], data=[[1]])
    one = artifact.add(table, "t")
    assert artifact.add(table, "elsewhere") is one
    other = Table(columns=["a"], data=[[2]])
    assert artifact.add(other, "t") is one
    assert artifact.add(other, "t", overwrite=True).digest != one.digest


def test_what_is_no_medium_is_refused(made: Any) -> None:
    with pytest.raises(InvalidArtifact, match="not dict"):
        Artifact("data", "dataset").add({"a": 1}, "n")
    with pytest.raises(InvalidArtifact, match="hologram"):
        objects.load({"_type": "trackio.hologram"}, Path)


def test_artifacts_are_found_by_type_and_name_through_the_api(run: Run, made: Any) -> None:
    run.log_artifact(made("one", a="1"), tags=["old"])
    run.log_artifact(made("one", a="2"))
    run.log_artifact(made("net", "model", a="1")).wait()
    api, project = trackio.Api(), trackio.Api().project("p")
    assert [one.name for one in api.artifacts("dataset", "team/p/one")] == ["one:v1", "one:v0"]
    assert [one.name for one in api.artifacts("dataset", "p/one", tags="old")] == ["one:v0"]
    assert [one.name for one in api.artifact_collections("p", "model")] == ["net"]
    assert [(one.name, one.type, len(one)) for one in project.collections()] == [
        ("net", "model", 1),
        ("one", "dataset", 2),
    ]
    assert api.artifact_collection("dataset", "p/one").aliases == ["latest"]
    assert [one.version for one in project.artifacts(name="one")] == ["v1", "v0"]
    assert api.artifact_exists("p/one:v1")
    assert not api.artifact_exists("p/one:v1", "model")
    assert not api.artifact_exists("p/none")
    assert api.artifact_collection_exists("p/net", "model")
    assert trackio.Api(overrides={"project": "p"}).artifact("one").version == "v1"
