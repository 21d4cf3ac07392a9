"""Films."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trackio.errors import MissingExtra, UsageError
from trackio.media import ffmpeg, pixels
from trackio.media.arrays import Held, hold, is_array
from trackio.media.base import Media, Place, caption_text, file_reference
from trackio.media.extras import load
from trackio.media.source import Source, is_bytes, is_path, source

if TYPE_CHECKING:
    import numpy as np

EXTS = ("gif", "mp4", "webm", "ogg")
FORMATS = (*EXTS, "ogv", "mov", "m4v", "mkv", "avi")
"""What a file may be; frames become one of the first four."""

SHAPES = "(time, channels, height, width), or (batch, time, channels, height, width), with 1, 3 or 4 channels"
DEFAULT_FPS = 4


class Video(Media):
    """A film, from frames or from a file, which is kept as it is.

    Frames are an array of ``(time, channels, height, width)``, or ``(time, height, width, channels)`` where only that
    has 1, 3 or 4 channels, with values as in Image; or a list of Pillow images. Five dimensions are a batch, shown as a
    grid. ``fps``, 4 unless given, and ``format`` (gif, mp4, webm, ogg) are for frames: gif, which Pillow makes, unless
    another is asked for, which ffmpeg makes. A file in memory needs ``format``.
    """

    EXTS = EXTS

    def __init__(
        self,
        data_or_path: Any,
        caption: str | None = None,
        fps: float | None = None,
        format: str | None = None,  # noqa: A002 - wandb's
    ) -> None:
        self.caption = caption_text(caption)
        wanted = None if format is None else str(format).lower()
        self.fps = _fps(fps)
        self._content: Source | Held
        self._about: dict[str, Any] = {}
        if is_path(data_or_path) or is_bytes(data_or_path):
            self._content = source(data_or_path, "Video")
            self.format = _format(self._content, wanted)
        else:
            if wanted not in (None, *EXTS):
                raise UsageError(f"format={format!r} is none of {', '.join(EXTS)}.")
            self._content, self.format = hold(_frames(data_or_path)), wanted or "gif"
            _layout(self._content.shape)

    @property
    def nbytes(self) -> int:
        """How much memory it holds until it is stored, in bytes."""
        return self._content.nbytes

    def reference(self, place: Place) -> dict[str, Any]:
        """Store the film and return what stands in the row; raises MissingExtra when there is nothing to encode it."""
        if isinstance(self._content, Held):
            frames, fps = _film(self._content.host()), self.fps or DEFAULT_FPS
            self._content = Source(
                _gif(frames, fps) if self.format == "gif" else ffmpeg.encode(frames, fps, self.format)
            )
            # ffmpeg has made them even.
            height, width = (side + side % 2 * (self.format != "gif") for side in frames.shape[1:3])
            self._about = {"width": width, "height": height, "fps": fps, "frames": len(frames)}
        blob = self._content.put(place.blobs, f".{self.format}")
        if not self._about:
            path = place.blobs.path(blob.name)
            self._about = _gif_facts(path) if self.format == "gif" else ffmpeg.facts(path)
        return file_reference("video", blob, **self._about, format=self.format, caption=self.caption)

    def __repr__(self) -> str:
        return f"Video({self.format}{f', {self.caption!r}' if self.caption else ''})"


def _fps(value: Any) -> float | None:
    if value is None:
        return None
    try:
        fps = float(value)
    except (TypeError, ValueError) as error:
        raise UsageError(f"fps={value!r} is not a number of frames a second.") from error
    if not 0 < fps <= 1000:
        raise UsageError(f"fps={value!r} is not a number of frames a second up to 1000.")
    return int(fps) if fps.is_integer() else fps


def _format(given: Source, wanted: str | None) -> str:
    for name in (given.suffix, wanted):
        if name in FORMATS:
            return name
    if not given.name and wanted is None:
        raise UsageError(f"Video from bytes needs format=, one of {', '.join(EXTS)}.")
    raise UsageError(f"Video: {given.name or wanted!r} is none of {', '.join(FORMATS)}.")


def _frames(value: Any) -> Any:
    """The frames as one array."""
    if is_array(value):
        return value
    if not isinstance(value, (list, tuple)) or not value:
        raise UsageError(f"Video takes frames or the path of a file, not {type(value).__name__}.")
    import numpy as np

    if hasattr(value[0], "convert"):
        # Pillow's.
        value = [np.asarray(image.convert("RGB")) for image in value]
    elif hasattr(value[0], "detach"):
        value = [hold(frame).host() for frame in value]
    shapes = {tuple(np.shape(frame)) for frame in value}
    if len(shapes) > 1:
        raise UsageError(f"The frames of a film have one size; these have {sorted(shapes)[:4]}.")
    return np.stack(value)


def _layout(shape: tuple[int, ...]) -> bool:
    """Whether the channels come before height and width; raises UsageError."""
    if not 4 <= len(shape) <= 5 or 0 in shape:
        raise UsageError(f"Frames of shape {shape}: they are {SHAPES}.")
    if shape[-3] in pixels.CHANNELS:
        return True
    if shape[-1] not in pixels.CHANNELS:
        raise UsageError(f"Frames of shape {shape}: they are {SHAPES}.")
    return False


def _film(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The frames as ``(time, height, width, 3)`` of uint8."""
    import numpy as np

    if not _layout(array.shape):
        array = np.moveaxis(array, -1, -3)
    values = pixels.levels(array, normalize=True)
    if values.ndim == 5:
        values = _grid(values)
    channels = values.shape[1]
    # Opacity is left out: few films have it.
    values = np.repeat(values, 3, axis=1) if channels == 1 else values[:, :3]
    return np.ascontiguousarray(values.transpose(0, 2, 3, 1))


def _grid(films: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Films beside and below each other, the last places of the grid black; as wandb and TensorBoard lay them out."""
    import numpy as np

    batch, time, channels, height, width = films.shape
    places = 1 << (batch - 1).bit_length()
    rows = 1 << ((batch.bit_length() - 1) // 2)
    columns = places // rows
    full = np.zeros((places, time, channels, height, width), films.dtype)
    full[:batch] = films
    grid = full.reshape(rows, columns, time, channels, height, width).transpose(2, 3, 0, 4, 1, 5)
    return np.reshape(grid, (time, channels, rows * height, columns * width))


def _gif(frames: np.ndarray[Any, Any], fps: float) -> bytes:
    pil = load("PIL.Image")
    first, *others = [pil.fromarray(frame) for frame in frames]
    data = io.BytesIO()
    # A GIF counts in hundredths of a second, and browsers slow down what has less than two of them.
    pause = max(20, round(100 / fps) * 10)
    first.save(data, "GIF", save_all=True, append_images=others, duration=pause, loop=0)
    return data.getvalue()


def _gif_facts(film: Path) -> dict[str, Any]:
    """What a GIF says of itself; nothing when it is damaged, or Pillow is missing."""
    try:
        with load("PIL.Image").open(film) as image:
            pause = image.info.get("duration")
            fps = round(1000 / pause, 3) if pause else None
            return {"width": image.width, "height": image.height, "fps": fps, "frames": image.n_frames}
    except (MissingExtra, OSError, SyntaxError, ValueError, EOFError):
        return {}
