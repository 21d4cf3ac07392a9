"""Films from frames decode to these frames; films in files are kept."""

from __future__ import annotations

import io
import pickle
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pillow

from trackio.errors import MissingExtra, UsageError
from trackio.media import ffmpeg
from trackio.media.base import Place
from trackio.media.video import Video

# Flat colours, which survive any encoder.
SHADES = np.array([[200, 30, 30], [30, 200, 30], [30, 30, 200]], np.uint8)
FRAMES = np.broadcast_to(SHADES[:, :, None, None], (3, 3, 18, 26)).copy()
GREYS = np.broadcast_to(np.uint8([[50], [120], [200]])[:, :, None, None], (3, 1, 18, 26))

Decode = Callable[[Video], Any]


@pytest.fixture
def decode(place: Place) -> Decode:
    """The frames of a stored film as ``(time, height, width, 3)``, read by Pillow or by ffmpeg."""

    def read(video: Video) -> Any:
        reference = video.reference(place)
        path = place.blobs.path(reference["file"])
        if reference["format"] == "gif":
            with Pillow.open(path) as film:
                found = []
                for number in range(film.n_frames):
                    film.seek(number)
                    found.append(np.asarray(film.convert("RGB")))
                return np.stack(found)
        command = [
            ffmpeg.executable(),
            "-loglevel",
            "error",
            "-i",
            str(path),
            "-f",
            "rawvideo",
            "-pix_fmt",
            "rgb24",
            "-",
        ]
        raw = subprocess.run(command, capture_output=True, check=True).stdout
        return np.frombuffer(raw, np.uint8).reshape(-1, reference["height"], reference["width"], 3)

    return read


def close(found: Any, frames: Any) -> bool:
    """Whether frames are those of ``(time, 3, height, width)``, but for what an encoder may change."""
    expected = np.asarray(frames).transpose(0, 2, 3, 1).astype(int)
    return found.shape == expected.shape and np.abs(found - expected).mean() < 12


@pytest.mark.parametrize("kind", ["gif", "mp4", "webm", "ogg"])
def test_frames_become_a_film(kind: str, decode: Decode, place: Place) -> None:
    video = Video(FRAMES, format=kind, fps=5, caption="c")
    assert close(decode(video), FRAMES)
    reference = video.reference(place)
    facts = {name: reference[name] for name in ("width", "height", "fps", "frames", "format", "caption")}
    assert facts == {"width": 26, "height": 18, "fps": 5, "frames": 3, "format": kind, "caption": "c"}


@pytest.mark.parametrize("kind", ["mp4", "gif"])
def test_the_same_frames_give_the_same_bytes(kind: str, place: Place) -> None:
    assert Video(FRAMES, format=kind).reference(place) == Video(FRAMES.tolist(), format=kind).reference(place)


@pytest.mark.parametrize(("kind", "size"), [("mp4", (18, 26)), ("gif", (17, 25))])
def test_odd_sides_are_made_even_where_players_want_that(kind: str, size: tuple[int, int], decode: Decode) -> None:
    found = decode(Video(FRAMES[:, :, :17, :25], format=kind))
    assert close(found, FRAMES[:, :, : size[0], : size[1]])


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (FRAMES.transpose(0, 2, 3, 1), FRAMES),
        (GREYS, np.repeat(GREYS, 3, axis=1)),
        (np.concatenate([FRAMES, FRAMES[:, :1]], axis=1), FRAMES),
        (FRAMES / 255, FRAMES),
        (FRAMES.astype(np.int64), FRAMES),
        ([Pillow.fromarray(frame.transpose(1, 2, 0)) for frame in FRAMES], FRAMES),
        ([frame.transpose(1, 2, 0) for frame in FRAMES], FRAMES),
        (FRAMES[:1], FRAMES[:1]),
    ],
)
def test_frames_come_in_many_shapes(given: Any, expected: Any, decode: Decode) -> None:
    assert close(decode(Video(given)), expected)


def test_a_batch_is_shown_as_a_grid(decode: Decode) -> None:
    batch = np.stack([np.full((2, 3, 4, 6), level, np.uint8) for level in (50, 100, 150)])
    batch[:, 1] += 50
    found = decode(Video(batch))
    assert found.shape == (2, 4, 24, 3)
    assert found[0, 0, ::6, 0].tolist() == [50, 100, 150, 0]
    assert found[1, 0, ::6, 0].tolist() == [100, 150, 200, 0]


@pytest.mark.parametrize(("fps", "expected"), [(None, 4), (10.0, 10), (2.5, 2.5), (np.float32(8), 8)])
def test_frames_a_second_are_four_unless_given(fps: Any, expected: float, place: Place) -> None:
    assert Video(FRAMES, fps=fps).reference(place)["fps"] == expected


@pytest.mark.parametrize("kind", ["mp4", "webm", "gif"])
def test_a_film_in_a_file_is_kept_and_measured(kind: str, place: Place, tmp_path: Path) -> None:
    data = place.blobs.read(Video(FRAMES, format=kind, fps=5).reference(place)["file"])
    path = tmp_path / f"film.{kind.upper()}"
    path.write_bytes(data)
    for video in (Video(path), Video(str(path)), Video(io.BytesIO(data), format=kind)):
        reference = video.reference(place)
        assert place.blobs.read(reference["file"]) == data
        facts = [reference[name] for name in ("width", "height", "fps", "frames", "format")]
        assert facts == [26, 18, 5, 3, kind]


@pytest.mark.parametrize("name", ["v.mp4", "v.gif", "v.webm"])
def test_a_file_that_is_no_film_is_kept_as_it_is(name: str, place: Place, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(b"not really a video")
    reference = Video(path, caption="c").reference(place)
    assert place.blobs.read(reference["file"]) == b"not really a video"
    assert "width" not in reference


def test_without_ffmpeg_the_extra_is_named(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(module: str) -> None:
        raise MissingExtra(module, "media")

    monkeypatch.setattr(ffmpeg, "load", missing)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(MissingExtra, match=r"pip install 'trackio\[media\]'"):
        Video(FRAMES, format="mp4").reference(place)
    assert Video(FRAMES, format="gif").reference(place)["format"] == "gif"


def test_an_ffmpeg_on_the_path_is_enough(place: Place, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "ffmpeg").symlink_to(ffmpeg.executable())

    def missing(module: str) -> None:
        raise MissingExtra(module, "media")

    monkeypatch.setattr(ffmpeg, "load", missing)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert Video(FRAMES, format="mp4").reference(place)["format"] == "mp4"


def test_an_ffmpeg_that_fails_says_why(place: Place, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "ffmpeg"
    program.write_text("#!/bin/sh\necho 'Unknown encoder libx264' >&2\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setattr(ffmpeg, "executable", lambda: str(program))
    with pytest.raises(UsageError, match="Unknown encoder libx264"):
        Video(np.zeros((2, 3, 256, 256), np.uint8), format="mp4").reference(place)


@pytest.mark.parametrize(
    "arguments",
    [
        (None,),
        (3,),
        ([],),
        ("missing.mp4",),
        ("film.exe",),
        (b"...",),
        (io.BytesIO(b"..."),),
        (np.zeros((3, 3)),),
        (np.zeros((3, 2, 8, 8)),),
        (np.zeros((0, 3, 8, 8)),),
        ([np.zeros((3, 8, 8)), np.zeros((3, 9, 8))],),
        (FRAMES, None, 0),
        (FRAMES, None, "fast"),
        (FRAMES, None, 4, "avi"),
    ],
)
def test_what_is_no_film_is_refused_at_the_call(arguments: tuple[Any, ...]) -> None:
    with pytest.raises(UsageError):
        Video(*arguments)


def test_frames_can_wait_on_disk(decode: Decode) -> None:
    assert close(decode(pickle.loads(pickle.dumps(Video(FRAMES)))), FRAMES)
