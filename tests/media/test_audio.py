"""Sound from samples is a WAV file of them; sound in files is kept."""

from __future__ import annotations

import io
import pickle
import struct
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from trackio.errors import UsageError
from trackio.media.audio import Audio
from trackio.media.base import Media, Place

TONE = np.sin(np.arange(100) / 5)
STEREO = np.stack([TONE, -TONE], axis=1)

Samples = Callable[[Media], tuple[Any, int]]


@pytest.fixture
def samples(place: Place) -> Samples:
    """What the standard library reads of a stored clip: ``(frames, channels)`` and the rate."""

    def read(audio: Media) -> tuple[Any, int]:
        data = place.blobs.read(audio.reference(place)["file"])
        with wave.open(io.BytesIO(data)) as file:
            frames = np.frombuffer(file.readframes(file.getnframes()), "<i2")
            return frames.reshape(-1, file.getnchannels()), file.getframerate()

    return read


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (TONE, np.rint(TONE * 32767)[:, None]),
        (TONE.astype(np.float32)[None, None], np.rint(TONE.astype(np.float32).astype(float) * 32767)[:, None]),
        (TONE.tolist(), np.rint(TONE * 32767)[:, None]),
        (STEREO, np.rint(STEREO * 32767)),
        (STEREO.T, np.rint(STEREO * 32767)),
        (np.array([-2.0, 2.0, np.nan, np.inf, -np.inf]), [[-32767], [32767], [0], [32767], [-32767]]),
        (np.array([-32768, 5, 32767], np.int16), [[-32768], [5], [32767]]),
        (np.array([0, 128, 255], np.uint8), [[-32768], [0], [127 * 256]]),
        (np.array([-128, 127], np.int8), [[-32768], [127 * 256]]),
        (np.array([-(2**31), 65536], np.int32), [[-32768], [1]]),
        (np.array([-40000, 7], np.int64), [[-32768], [7]]),
    ],
)
def test_samples_of_any_type_are_stored_as_16_bits(given: Any, expected: Any, samples: Samples) -> None:
    found, rate = samples(Audio(given, sample_rate=8000))
    assert np.array_equal(found, expected)
    assert rate == 8000


def test_a_reference_says_how_long_and_how_wide_a_clip_is(place: Place) -> None:
    reference = Audio(STEREO, 50, "hello").reference(place)
    facts = {name: reference[name] for name in ("sample_rate", "seconds", "channels", "format", "caption")}
    assert facts == {"sample_rate": 50, "seconds": 2.0, "channels": 2, "format": "wav", "caption": "hello"}


def test_samples_that_change_after_the_call_are_stored_as_they_were(samples: Samples) -> None:
    array = np.array([1, 2, 3], np.int16)
    audio = pickle.loads(pickle.dumps(Audio(array, 8000)))
    array[:] = 0
    assert samples(audio)[0].ravel().tolist() == [1, 2, 3]


@pytest.mark.parametrize("name", ["a.wav", "a.MP3", "a.ogg", "a.flac"])
def test_a_file_is_kept_byte_for_byte(name: str, tmp_path: Path, place: Place) -> None:
    path = tmp_path / name
    path.write_bytes(b"whatever it is")
    reference = Audio(path, caption="x").reference(place)
    assert place.blobs.read(reference["file"]) == b"whatever it is"
    assert reference["format"] == path.suffix[1:].lower()


def test_a_file_of_floats_says_how_long_it_is(place: Place) -> None:
    data = struct.pack("<8f", *TONE[:8])
    layout = struct.pack("<HHIIHH", 3, 1, 4, 16, 4, 32)
    chunks = b"fmt " + struct.pack("<I", 16) + layout + b"fact\3\0\0\0abc\0data" + struct.pack("<I", 32) + data
    reference = Audio(b"RIFF" + struct.pack("<I", len(chunks) + 4) + b"WAVE" + chunks).reference(place)
    assert (reference["sample_rate"], reference["seconds"], reference["channels"]) == (4, 2.0, 1)


@pytest.mark.parametrize(
    "data", [b"RIFF", b"RIFF\0\0\0\0WAVE", b"RIFF\0\0\0\0WAVEfmt \1", b"RIFF\0\0\0\0WAVEdata\0\0\0\0"]
)
def test_a_damaged_file_is_kept_without_a_length(data: bytes, tmp_path: Path, place: Place) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(data)
    reference = Audio(path).reference(place)
    assert place.blobs.read(reference["file"]) == data
    assert "seconds" not in reference


@pytest.mark.parametrize(("sign", "kind"), [(b"ID3", "mp3"), (b"OggS", "ogg"), (b"fLaC", "flac")])
def test_bytes_are_known_by_their_beginning(sign: bytes, kind: str, place: Place) -> None:
    assert Audio(io.BytesIO(sign + b"...")).reference(place)["format"] == kind


@pytest.mark.parametrize(
    "arguments",
    [
        (TONE,),
        (TONE, 0),
        (TONE, -1),
        (TONE, 1 << 40),
        (TONE, [8000]),
        (np.zeros((0,)), 8000),
        (np.zeros((50, 50)), 8000),
        (np.zeros((2, 2, 2)), 8000),
        (np.zeros(3, complex), 8000),
        (None, 8000),
        ("missing.wav",),
        (b"neither sound nor film",),
        (TONE, 8000, None, "mp3"),
    ],
)
def test_what_is_no_sound_is_refused_at_the_call(arguments: tuple[Any, ...]) -> None:
    with pytest.raises(UsageError):
        Audio(*arguments)


def test_a_file_by_another_name_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    path.write_text("<script>")
    with pytest.raises(UsageError, match="none of wav"):
        Audio(path)


def test_the_original_has_the_caption_second(place: Place) -> None:
    reference = Audio(TONE, "hum", 8000).reference(place)
    assert (reference["caption"], reference["sample_rate"]) == ("hum", 8000)
