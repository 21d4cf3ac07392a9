"""Boxes and masks over images."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pillow

from trackio.errors import UsageError
from trackio.media.annotations import BoundingBoxes2D, Classes, ImageMask
from trackio.media.base import Place
from trackio.media.image import Image

PIXELS = np.zeros((20, 30, 3), np.uint8)
EDGES = {"minX": 0.1, "maxX": 0.2, "minY": 0.3, "maxY": 0.4}

Read = Callable[[Any], Pillow.Image]


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        ({"position": EDGES}, {"position": EDGES}),
        (
            {"position": {"middle": [15, 10], "width": 4, "height": 2}, "domain": "pixel", "class_id": np.int64(3)},
            {"position": {"minX": 13, "maxX": 17, "minY": 9, "maxY": 11}, "domain": "pixel", "class_id": 3},
        ),
        (
            {"position": {"middle": np.array([0.5, 0.5]), "width": np.float32(0.5), "height": 1}},
            {"position": {"minX": 0.25, "maxX": 0.75, "minY": 0.0, "maxY": 1.0}},
        ),
        (
            {"position": EDGES, "scores": {"p": np.float64(0.5), "n": 2}, "box_caption": "a <b>", "domain": None},
            {"position": EDGES, "scores": {"p": 0.5, "n": 2}, "box_caption": "a <b>"},
        ),
    ],
)
def test_a_box_is_kept_by_its_edges(box: dict[str, Any], expected: dict[str, Any], place: Place) -> None:
    reference = Image(PIXELS, boxes={"pred": {"box_data": [box]}}).reference(place)
    assert reference["boxes"]["pred"]["box_data"] == [expected]


@pytest.mark.parametrize(
    "val",
    [
        None,
        {},
        {"box_data": 3},
        {"box_data": [{}]},
        {"box_data": [{"position": {}}]},
        {"box_data": [{"position": {"minX": 1, "maxX": 2, "minY": 3}}]},
        {"box_data": [{"position": {**EDGES, "minX": "left"}}]},
        {"box_data": [{"position": {"middle": [1], "width": 1, "height": 1}}]},
        {"box_data": [{"position": EDGES, "domain": "percent"}]},
        {"box_data": [{"position": EDGES, "class_id": "cat"}]},
        {"box_data": [{"position": EDGES, "scores": [1]}]},
        {"box_data": [{"position": EDGES, "scores": {"p": "high"}}]},
        {"box_data": [], "class_labels": ["cat"]},
    ],
)
def test_a_box_that_cannot_be_drawn_is_an_error_that_names_it(val: Any) -> None:
    with pytest.raises(UsageError, match="Boxes 'pred'"):
        BoundingBoxes2D(val, "pred")


@pytest.mark.parametrize("name", ["boxes", "masks"])
def test_layers_have_names(name: str) -> None:
    with pytest.raises(UsageError, match=f"{name} are a dict"):
        Image(PIXELS, **{name: [1]})  # type: ignore[arg-type]


def test_classes_without_a_name_get_one(place: Place) -> None:
    boxes = {"pred": {"box_data": [{"position": EDGES, "class_id": 2}, {"position": EDGES, "class_id": 1}]}}
    reference = Image(PIXELS, boxes=boxes).reference(place)
    assert reference["boxes"]["pred"]["class_labels"] == {"1": "class_1", "2": "class_2"}


@pytest.mark.parametrize("dtype", [np.uint8, np.int64, np.float32, bool])
def test_a_mask_is_a_picture_of_its_classes(dtype: type, place: Place, picture: Read) -> None:
    mask = np.eye(20, 30, dtype=dtype)
    reference = Image(PIXELS, masks={"truth": {"mask_data": mask}}).reference(place)["masks"]["truth"]
    assert np.array_equal(np.asarray(picture(reference)), mask)
    assert reference["class_labels"] == {"0": "class_0", "1": "class_1"}


def test_a_mask_may_be_a_file(tmp_path: Path, place: Place, picture: Read) -> None:
    path = tmp_path / "mask.png"
    classes = np.arange(12, dtype=np.uint8).reshape(3, 4)
    Pillow.fromarray(classes).save(path)
    mask = ImageMask({"path": path, "class_labels": {0: "sky"}}, "truth")
    reference = mask.reference(place)
    assert np.array_equal(np.asarray(picture(reference)), classes)
    assert reference["class_labels"] == {"0": "sky"}


@pytest.mark.parametrize(
    "val", [None, {}, {"mask_data": np.zeros((2, 2, 2))}, {"mask_data": 3}, {"path": "missing.png"}]
)
def test_a_mask_that_is_none_is_refused_at_the_call(val: Any) -> None:
    with pytest.raises(UsageError):
        ImageMask(val, "truth")


@pytest.mark.parametrize("value", [-1, 256, 0.5, float("nan")])
def test_classes_of_a_mask_are_whole_numbers_of_a_byte(value: float, place: Place) -> None:
    with pytest.raises(UsageError, match="from 0 to 255"):
        ImageMask({"mask_data": np.array([[value]])}, "truth").reference(place)


def test_the_classes_given_for_an_image_go_before_those_of_its_layers(place: Place) -> None:
    boxes = {"pred": {"box_data": [{"position": EDGES, "class_id": 1}], "class_labels": {1: "cat"}}}
    masks = {"truth": {"mask_data": np.zeros((20, 30), int), "class_labels": {0: "sky", 1: "dog"}}}
    reference = Image(PIXELS, boxes=boxes, masks=masks, classes=[{"id": 1, "name": "bird"}]).reference(place)
    assert reference["classes"] == [{"id": 1, "name": "bird"}, {"id": 0, "name": "sky"}]


def test_classes_need_ids_and_names() -> None:
    assert Classes([{"id": 1, "name": "cat"}]) == Classes([{"id": np.int64(1), "name": "cat"}])
    with pytest.raises(UsageError, match="Classes takes"):
        Classes([{"id": 1}])
