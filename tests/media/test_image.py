"""Pictures from anything become files that decode to the same pixels."""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pillow

from trackio import references
from trackio.errors import UsageError
from trackio.media.base import Place
from trackio.media.image import Image

RNG = np.random.default_rng(0)
COLORS = RNG.integers(0, 256, (5, 7, 3), dtype=np.uint8)
GREYS = COLORS[:, :, 0]
OPAQUE = np.dstack([COLORS, GREYS])
STEPS = (np.arange(35) * 7 / 255).reshape(5, 7)
LEVELS = np.arange(35).reshape(5, 7) * 7

Read = Callable[[Any], Pillow.Image]


def saved(image: Pillow.Image, kind: str) -> bytes:
    data = io.BytesIO()
    image.save(data, kind)
    return data.getvalue()


@pytest.mark.parametrize(
    ("array", "expected"),
    [
        (GREYS, GREYS),
        (GREYS[:, :, None], GREYS),
        (GREYS[None], GREYS),
        (COLORS, COLORS),
        (COLORS.transpose(2, 0, 1), COLORS),
        (COLORS[None, None], COLORS),
        (OPAQUE, OPAQUE),
        (OPAQUE.transpose(2, 0, 1), OPAQUE),
        (COLORS[:, ::-1], COLORS[:, ::-1]),
        (np.asfortranarray(COLORS), COLORS),
        (COLORS.tolist(), COLORS),
        (COLORS.astype(np.int64), COLORS),
        (COLORS.astype(np.float64), COLORS),
        (GREYS.astype(np.int64) * 3 - 200, (GREYS.astype(int) * 3 - 200).clip(0, 255)),
        (GREYS > 99, np.where(GREYS > 99, 255, 0)),
        (STEPS, LEVELS),
        (STEPS.astype(np.float16), LEVELS),
        (STEPS.astype(np.longdouble), LEVELS),
        (STEPS * 2 - 1, LEVELS),
        (STEPS * 300 - 20, np.rint(STEPS * 300 - 20).clip(0, 255)),
        (np.where(STEPS < 0.5, np.nan, STEPS), np.where(STEPS < 0.5, 0, LEVELS)),
        (np.array([[np.inf, -np.inf, 0.2]]), [[255, 0, 51]]),
        (np.array([[1e300, -1e300]]), [[255, 0]]),
        (np.full((2, 2), np.nan), np.zeros((2, 2))),
        (np.zeros((2, 2, 3), np.uint8), np.zeros((2, 2, 3))),
    ],
)
def test_arrays_are_stored_as_the_pixels_they_stand_for(array: Any, expected: Any, picture: Read) -> None:
    assert np.array_equal(np.asarray(picture(Image(array))), expected)


def test_values_are_taken_as_they_are_where_they_shall_not_be_scaled(picture: Read) -> None:
    assert np.asarray(picture(Image(STEPS, normalize=False))).max() == 1


@pytest.mark.parametrize("shape", [(), (3,), (0, 4), (5, 5, 2), (4, 4, 0), (2, 3, 4, 4), (2, 5, 6)])
def test_a_shape_that_is_no_picture_is_an_error_that_names_the_shapes(shape: tuple[int, ...]) -> None:
    with pytest.raises(UsageError, match=r"\(height, width\)"):
        Image(np.zeros(shape))


@pytest.mark.parametrize("value", [None, 3, {"a": 1}, np.zeros((3, 3), complex), np.array([["a"]]), [[1], [2, 3]]])
def test_what_is_no_picture_is_refused(value: Any) -> None:
    with pytest.raises(UsageError):
        Image(value)


def test_an_array_that_is_changed_after_it_was_given_is_stored_as_it_was(picture: Read) -> None:
    array = COLORS.copy()
    image = Image(array)
    array[:] = 0
    assert np.array_equal(np.asarray(picture(image)), COLORS)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "I;16", "RGB", "RGBA", "CMYK", "YCbCr", "HSV", "I", "F"])
@pytest.mark.parametrize("kind", ["png", "jpg", "bmp", "gif", "webp"])
def test_pillow_images_of_any_mode_are_stored_in_any_format(mode: str, kind: str, picture: Read) -> None:
    reference_size = (7, 5)
    found = picture(Image(Pillow.new(mode, reference_size), file_type=kind))
    assert (found.size, found.format) == (reference_size, {"jpg": "JPEG"}.get(kind, kind.upper()))


def test_a_pillow_image_keeps_its_pixels_and_may_be_changed_afterwards(picture: Read) -> None:
    given = Pillow.fromarray(OPAQUE)
    image = Image(given)
    given.putalpha(0)
    assert np.array_equal(np.asarray(picture(image)), OPAQUE)


def test_depths_of_16_bits_are_kept(picture: Read) -> None:
    depths = np.array([[0, 300], [40_000, 65_535]], np.int32)
    assert np.array_equal(np.asarray(picture(Image(Pillow.fromarray(depths)))), depths)


def test_a_mode_of_pillow_is_made_of_any_array(picture: Read) -> None:
    assert picture(Image(COLORS, mode="L")).mode == "L"
    assert picture(Image(GREYS, "RGB")).mode == "RGB"


def test_a_mode_that_pillow_does_not_have_is_an_error() -> None:
    with pytest.raises(UsageError, match="mode='XYZ'"):
        Image(COLORS, mode="XYZ", caption="x")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "BMP", "WEBP"])
def test_a_file_that_browsers_show_is_kept_byte_for_byte(kind: str, place: Place, tmp_path: Path) -> None:
    data = saved(Pillow.fromarray(COLORS), kind)
    # What is in a file counts, not its name.
    path = tmp_path / "strange name.png"
    path.write_bytes(data)
    with path.open("rb") as file:
        for given in (path, str(path), data, io.BytesIO(data), file):
            reference = Image(given).reference(place)
            assert place.blobs.read(reference["file"]) == data
            assert reference["format"] == {"JPEG": "jpg"}.get(kind, kind.lower())
            assert (reference["width"], reference["height"]) == (7, 5)


def test_a_file_that_browsers_do_not_show_is_kept_as_png(picture: Read) -> None:
    found = picture(Image(saved(Pillow.fromarray(COLORS), "TIFF")))
    assert found.format == "PNG"
    assert np.array_equal(np.asarray(found), COLORS)


def test_a_drawing_keeps_its_own_format(place: Place) -> None:
    data = (
        b'<?xml version="1.0"?>\n<!-- by hand -->\n<svg xmlns="http://www.w3.org/2000/svg" width="20px" height="10"/>'
    )
    reference = Image(data).reference(place)
    assert (reference["format"], reference["width"], reference["height"]) == ("svg", 20, 10)


def test_a_file_is_stored_as_it_was_when_it_was_given(picture: Read, tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Pillow.fromarray(COLORS).save(path)
    image = Image(path)
    Pillow.fromarray(GREYS).save(path)
    assert np.array_equal(np.asarray(picture(image)), COLORS)
    path.unlink()
    assert np.array_equal(np.asarray(picture(image)), COLORS)


@pytest.mark.parametrize("data", [b"", b"not an image", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"<html></html>", b"\0" * 999])
def test_a_file_that_is_no_image_is_refused_at_the_call(data: bytes) -> None:
    with pytest.raises(UsageError, match="no image"):
        Image(data)


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_damaged_file_is_an_error_when_it_is_stored(kind: str, place: Place) -> None:
    data = saved(Pillow.fromarray(RNG.integers(0, 256, (64, 64, 3), dtype=np.uint8)), kind)
    image = Image(data[: len(data) // 2])
    with pytest.raises(UsageError, match="damaged"):
        image.reference(place)


@pytest.mark.parametrize("path", ["missing.png", "/", "a\0b.png", "https://example.com/a.png"])
def test_a_path_that_leads_to_no_file_is_an_error_that_names_it(path: str) -> None:
    with pytest.raises(UsageError, match="Image"):
        Image(path)


def test_what_a_reference_says_is_told_again_from_its_text(place: Place) -> None:
    reference = Image(COLORS, caption="a <b>\ud800 \u2028 'x'", grouping=2).reference(place)
    assert references.decode(references.encode(reference)) == reference
    assert reference["caption"] == "a <b>\ufffd \u2028 'x'"
    assert list(references.files(reference)) == [reference["file"]]


@pytest.mark.parametrize(("caption", "expected"), [(3, "3"), ("", ""), (None, None)])
def test_a_caption_is_text_or_left_out(caption: Any, expected: str | None, place: Place) -> None:
    assert Image(GREYS, caption=caption).reference(place).get("caption") == expected


def test_names_that_lead_elsewhere_change_nothing_about_where_a_file_lies(tmp_path: Path, place: Place) -> None:
    escaping = Place(place.blobs, "../../../etc/passwd", 0)
    name = Image(GREYS).reference(escaping)["file"]
    assert place.blobs.path(name).is_relative_to(tmp_path / "project")


def test_the_same_pixels_are_stored_once(place: Place) -> None:
    first, second = Image(COLORS).reference(place), Image(COLORS.tolist()).reference(place)
    assert first == second
    assert list(place.blobs.names()) == [first["file"]]


def test_an_image_logged_twice_is_encoded_once_and_is_the_same(place: Place) -> None:
    image = Image(COLORS)
    before = image.nbytes
    assert image.reference(place) == image.reference(place)
    assert image.nbytes != before
    assert np.array_equal(np.asarray(image.image), COLORS)


def test_an_image_made_of_an_image_takes_what_is_new_from_the_call(picture: Read, place: Place) -> None:
    copy = Image(Image(COLORS, caption="old", grouping=1), caption="new")
    assert copy.reference(place)["caption"] == "new"
    assert copy.reference(place)["grouping"] == 1
    assert np.array_equal(np.asarray(picture(copy)), COLORS)


def test_images_are_equal_when_their_pixels_and_captions_are() -> None:
    assert Image(COLORS) == Image(Pillow.fromarray(COLORS))
    assert Image(COLORS) != Image(COLORS, caption="x")
    assert Image(COLORS) != Image(GREYS)
    assert Image(COLORS) != COLORS.tolist()


@pytest.mark.parametrize("given", [COLORS, Pillow.fromarray(COLORS), saved(Pillow.fromarray(COLORS), "PNG")])
def test_an_image_can_wait_on_disk(given: Any, picture: Read) -> None:
    waiting = pickle.loads(pickle.dumps(Image(given)))
    assert np.array_equal(np.asarray(picture(waiting)), COLORS)


def test_a_wide_file_type_is_refused() -> None:
    with pytest.raises(UsageError, match="file_type='exe'"):
        Image(COLORS, file_type="exe")


def test_the_original_has_the_caption_second(place: Place) -> None:
    assert Image(COLORS, "a cat").reference(place)["caption"] == "a cat"
