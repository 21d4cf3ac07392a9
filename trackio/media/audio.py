"""Sound."""

from __future__ import annotations

import io
import struct
import wave
from typing import TYPE_CHECKING, Any

from trackio.errors import UsageError
from trackio.media.arrays import Held, hold, is_array
from trackio.media.base import Media, Place, caption_text, file_reference
from trackio.media.source import Source, is_bytes, is_path, source

if TYPE_CHECKING:
    import numpy as np

FORMATS = ("wav", "mp3", "ogg", "oga", "opus", "flac", "m4a", "aac", "mp4", "webm", "aif", "aiff")
MOST_CHANNELS = 16

_SIGNS = ((b"ID3", "mp3"), (b"\xff\xfb", "mp3"), (b"OggS", "ogg"), (b"fLaC", "flac"), (b"FORM", "aiff"))


class Audio(Media):
    """A clip, from samples or from a file, which is kept as it is.

    Samples are an array of ``(frames,)``, ``(frames, channels)`` or ``(channels, frames)``: floats from -1 to 1, or
    whole numbers of 8, 16 or 32 bits; they need a ``sample_rate`` in Hz and become a WAV file of 16 bits.
    """

    def __init__(
        self,
        data_or_path: Any,
        sample_rate: Any = None,
        caption: Any = None,
        format: str | None = None,  # noqa: A002 - the original's
    ) -> None:
        if isinstance(sample_rate, str):
            # The original has the caption first.
            sample_rate, caption = (caption if isinstance(caption, int) else None), sample_rate
        self.caption = caption_text(caption)
        self.sample_rate = _rate(sample_rate)
        self._content: Source | Held
        if is_path(data_or_path) or is_bytes(data_or_path):
            self._content = source(data_or_path, "Audio")
            self.format = _format(self._content, format)
        elif is_array(data_or_path) or isinstance(data_or_path, (list, tuple)):
            if self.sample_rate is None:
                raise UsageError("Audio from samples needs sample_rate=, in Hz.")
            if format not in (None, "wav"):
                raise UsageError(f"Samples are kept as wav, not as {format}.")
            self._content, self.format = hold(data_or_path), "wav"
            _layout(self._content.shape)
        else:
            raise UsageError(f"Audio takes samples or the path of a file, not {type(data_or_path).__name__}.")

    @property
    def nbytes(self) -> int:
        """How much memory it holds until it is stored, in bytes."""
        return self._content.nbytes

    def reference(self, place: Place) -> dict[str, Any]:
        """Store the clip and return what stands in the row."""
        if isinstance(self._content, Held):
            self._content = Source(_wav(_samples(self._content.host()), self.sample_rate or 1))
        blob = self._content.put(place.blobs, f".{self.format}")
        about = wav_facts(self._content) if self.format == "wav" else {}
        about.setdefault("sample_rate", self.sample_rate)
        return file_reference("audio", blob, format=self.format, caption=self.caption, **about)

    def __repr__(self) -> str:
        return f"Audio({self.format}{f', {self.sample_rate} Hz' if self.sample_rate else ''})"


def wav_facts(given: Source) -> dict[str, Any]:
    """What the header of a WAV file says: rate, channels and length; nothing when it is damaged.

    The standard library's reader knows whole numbers only; files of floats have the same header.
    """
    try:
        with given.opened() as file:
            if file.read(4) != b"RIFF" or file.read(8)[4:] != b"WAVE":
                return {}
            found: dict[str, Any] = {}
            while len(head := file.read(8)) == 8:
                kind, size = struct.unpack("<4sI", head)
                if kind == b"fmt ":
                    _, channels, rate, bytes_a_second = struct.unpack("<HHII", file.read(12))
                    found = {"sample_rate": rate, "channels": channels, "seconds": bytes_a_second}
                    size -= 12
                elif kind == b"data":
                    return {**found, "seconds": size / found["seconds"]} if found.get("seconds") else {}
                file.seek(size + size % 2, io.SEEK_CUR)
    except (OSError, struct.error):
        pass
    return {}


def _rate(value: Any) -> int | None:
    if value is None:
        return None
    try:
        rate = int(value)
    except (TypeError, ValueError) as error:
        raise UsageError(f"sample_rate={value!r} is not a number of Hz.") from error
    if not 0 < rate < 1 << 31:
        raise UsageError(f"sample_rate={value!r} is not a number of Hz.")
    return rate


def _format(given: Source, wanted: str | None) -> str:
    head = given.head(12)
    if head[:4] == b"RIFF" and head[8:] == b"WAVE":
        return "wav"
    known = next((name for sign, name in _SIGNS if head.startswith(sign)), None)
    for name in ((wanted or "").lower(), given.suffix, known):
        if name in FORMATS:
            return name
    raise UsageError(f"Audio: {given.name or 'the data given'} is none of {', '.join(FORMATS)}.")


def _layout(shape: tuple[int, ...]) -> tuple[int, int, bool]:
    """Frames, channels, and whether the channels come first; raises UsageError."""
    plain = shape
    while len(plain) > 2 and plain[0] == 1:
        plain = plain[1:]
    if 0 in plain or not 1 <= len(plain) <= 2 or (len(plain) == 2 and min(plain) > MOST_CHANNELS):
        raise UsageError(f"Samples of shape {shape}: they are (frames,), (frames, channels) or (channels, frames).")
    if len(plain) == 1:
        return plain[0], 1, False
    is_first = plain[1] > MOST_CHANNELS >= plain[0] or plain[0] == 1
    return (plain[1], plain[0], True) if is_first else (plain[0], plain[1], False)


def _samples(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The samples as ``(frames, channels)`` of 16 bits."""
    import numpy as np

    frames, channels, is_first = _layout(array.shape)
    values = array.reshape(channels, frames).T if is_first else array.reshape(frames, channels)
    if values.dtype.kind == "f":
        known = np.nan_to_num(values.astype(np.float64), nan=0.0, posinf=1.0, neginf=-1.0)
        values = np.rint(known.clip(-1, 1) * 32767)
    elif values.dtype == np.uint8:
        values = (values.astype(np.int16) - 128) * 256
    elif values.dtype == np.int8:
        values = values.astype(np.int16) * 256
    elif values.dtype == np.int32:
        values = values >> 16
    return values.clip(-32768, 32767).astype("<i2")


def _wav(samples: np.ndarray[Any, Any], sample_rate: int) -> bytes:
    data = io.BytesIO()
    with wave.open(data, "wb") as file:
        file.setnchannels(samples.shape[1])
        file.setsampwidth(2)
        file.setframerate(sample_rate)
        file.writeframes(samples.tobytes())
    return data.getvalue()
