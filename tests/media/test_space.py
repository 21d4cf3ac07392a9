"""Point clouds, scenes, meshes, molecules and models."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from trackio.errors import MissingExtra, UsageError
from trackio.media.base import Media, Place
from trackio.media.graph import Graph, Node
from trackio.media.molecule import Molecule
from trackio.media.object3d import Object3D, box3d

POINTS = np.arange(12.0).reshape(4, 3)
UPRIGHT = {"center": (0, 0, 0), "size": (2, 4, 6), "color": (255, 0, 0)}

Read = Callable[[Media], Any]


@pytest.mark.parametrize("columns", [3, 4, 6])
def test_points_are_kept_as_rows(columns: int, document: Read, place: Place) -> None:
    points = np.arange(2 * columns).reshape(2, columns)
    for cloud in (Object3D(points), Object3D.from_numpy(points), Object3D(points.tolist(), caption="c")):
        assert document(cloud) == points.tolist()
        assert cloud.reference(place)["file"].endswith(".pts.json")


def test_points_that_change_after_the_call_are_kept_as_they_were(document: Read) -> None:
    points = POINTS.copy()
    cloud = Object3D(points)
    points[:] = 0
    assert document(cloud) == POINTS.tolist()


def test_a_scene_has_points_boxes_and_arrows(document: Read) -> None:
    box = box3d(**UPRIGHT, orientation=(1, 0, 0, 0), label="car", score=0.5)
    arrow = {"start": [0, 0, 0], "end": [1, 1, 1]}
    scene = Object3D.from_point_cloud(points=POINTS.tolist(), boxes=[box], vectors=[arrow])
    found = document(scene)
    assert (found["type"], found["points"], found["vectors"]) == ("lidar/beta", POINTS.tolist(), [arrow])
    assert found["boxes"][0]["label"] == "car"
    with_arrays = {"type": "lidar/beta", "points": POINTS, "boxes": np.array([])}
    assert document(Object3D(with_arrays)) == {**with_arrays, "points": POINTS.tolist(), "boxes": [], "vectors": []}


def test_a_box_has_its_corners_in_wandbs_order() -> None:
    box = box3d(**UPRIGHT, orientation=(2, 0, 0, 0))
    assert box["corners"][0] == (-1, -2, -3)
    assert box["corners"][1] == (-1, -2, 3)
    assert box["corners"][-1] == (1, 2, 3)


def test_a_box_is_turned_by_its_quaternion() -> None:
    # A quarter turn around z: x becomes y, y becomes -x.
    turned = box3d(**UPRIGHT, orientation=(1, 0, 0, 1))["corners"]
    assert np.allclose(turned[-1], (-2, 1, 3))
    other_way = box3d(**UPRIGHT, orientation=(1, 0, 0, -1))["corners"]
    assert np.allclose(other_way[-1], (2, -1, 3))


@pytest.mark.parametrize("name", ["m.obj", "m.GLB", "m.gltf", "m.stl", "m.ply", "m.babylon", "m.pts.json"])
def test_a_mesh_in_a_file_is_kept_as_it_is(name: str, place: Place, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(b"[]")
    with path.open("rb") as file:
        for mesh in (Object3D(path), Object3D.from_file(str(path)), Object3D(file)):
            reference = mesh.reference(place)
            assert place.blobs.read(reference["file"]) == b"[]"
            assert f".{reference['format']}" == name[1:].lower()


def test_an_open_file_without_a_name_needs_its_type(place: Place) -> None:
    assert Object3D.from_file(io.StringIO("v 0 0 0"), file_type="obj").reference(place)["format"] == "obj"
    with pytest.raises(UsageError, match="file_type"):
        Object3D(io.StringIO("v 0 0 0"))


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Object3D(None),
        lambda: Object3D(np.zeros((3, 5))),
        lambda: Object3D(np.zeros(3)),
        lambda: Object3D("a.exe"),
        lambda: Object3D({"type": "radar"}),
        lambda: box3d(**UPRIGHT, orientation=(0, 0, 0, 0)),
        lambda: box3d(**UPRIGHT, orientation=(1, 0, 0)),
        lambda: Molecule("a.exe"),
        lambda: Molecule(3),
        lambda: Molecule(io.StringIO("ATOM")),
        lambda: Graph().add_node(Node(1), name="x"),
        lambda: Node(colour="red"),
    ],
)
def test_wrong_usage_is_an_error(wrong: Callable[[], object]) -> None:
    with pytest.raises(UsageError):
        wrong()


def test_a_molecule_in_a_file_is_kept_as_it_is(place: Place, tmp_path: Path) -> None:
    path = tmp_path / "m.pdb"
    path.write_text("ATOM")
    with path.open() as file:
        for molecule in (Molecule(path, "water"), Molecule(file), Molecule(io.StringIO("ATOM"), file_type="pdb")):
            reference = molecule.reference(place)
            assert place.blobs.read(reference["file"]) == b"ATOM"
            assert reference["format"] == "pdb"


def test_without_rdkit_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rdkit", None)
    monkeypatch.delitem(sys.modules, "rdkit.Chem", raising=False)
    with pytest.raises(MissingExtra, match=r"trackio\[molecules\]"):
        Molecule.from_smiles("CCO")


def test_a_model_is_a_table_of_its_layers(document: Read) -> None:
    graph = Graph()
    first = graph.add_node(id=1, name="in", class_name="Dense", output_shape=(None, 4), num_parameters=20)
    second = graph.add_node(Node(2, "out", node=first))
    graph.add_edge(first, second)
    assert graph[2] is second
    found = document(graph)
    assert found["data"] == [["in", "Dense", "(None, 4)", 20, "out"], ["out", "Dense", "(None, 4)", 20, ""]]
    assert json.dumps(found)
