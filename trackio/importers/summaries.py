"""The values of TensorBoard summaries, in the form of TensorFlow 1 and of 2, as what a row holds.

What a value is, its plugin says, which only the first summary of a tag need name.
"""

from __future__ import annotations

import io
import json
import wave
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from struct import Struct
from typing import Any

from trackio.errors import MissingExtra
from trackio.importers.imported import Attachment, Inline
from trackio.media.base import Media, Place
from trackio.records import Scalar

MARK_PLUGIN = "trackio"
"""The plugin of the summary in which our own export says what event files have no place for."""

MARK_TAG = "_trackio_/run"
EXACT_TAG = "_trackio_/exact"
"""Beside float32, numbers of the same event with all their digits."""

PLAIN_TEXT = "plain text"
"""How our own export describes a text that is no Markdown."""

FLOAT, DOUBLE, STRING = 1, 2, 7
"""Types of tensors, as TensorFlow numbers them."""

_SINGLE = {FLOAT: Struct("<f"), DOUBLE: Struct("<d")}
_NOT_VALUES = frozenset({"hparams", MARK_PLUGIN})
_PICTURES = {b"\x89PNG": "png", b"\xff\xd8": "jpg", b"GIF8": "gif", b"BM": "bmp", b"RIFF": "webp"}
_PR_CURVE = ("true positives", "false positives", "true negatives", "false negatives", "precision", "recall")


@dataclass(frozen=True, slots=True)
class Several(Media):
    """A list of media."""

    items: tuple[Media, ...]

    def reference(self, place: Place) -> dict[str, Any]:
        """Store each and return the list of their references."""
        return {"_type": "trackio.list", "items": [item.reference(place) for item in self.items]}


@dataclass(slots=True)
class Summaries:
    """Reads the values of one run's summaries."""

    note: Callable[[str], object]
    """Told of what cannot be carried over, in a sentence without its full stop."""
    plugins: dict[str, str] = field(default_factory=dict)
    """By tag."""

    def value(self, value: Any) -> Scalar | Media | None:
        """What a ``Summary.Value`` is in a row; None when it is nothing there."""
        kind = value.WhichOneof("value")
        if kind == "simple_value":
            number: float = value.simple_value
            return number
        if value.HasField("metadata") and value.metadata.plugin_data.plugin_name:
            self.plugins.setdefault(value.tag, value.metadata.plugin_data.plugin_name)
        plugin = self.plugins.get(value.tag, "")
        if plugin in _NOT_VALUES or kind is None:
            return None
        if kind == "tensor":
            return self._tensor(plugin, value)
        if kind == "image":
            return picture(value.image.encoded_image_string, value.image.width, value.image.height)
        if kind == "audio":
            one = value.audio
            seconds = one.length_frames / one.sample_rate if one.sample_rate else 0.0
            return sound(
                one.encoded_audio_string,
                {"sample_rate": int(one.sample_rate), "seconds": seconds, "channels": int(one.num_channels)},
            )
        if kind == "histo":
            return old_histogram(value.histo)
        self.note(f"{value.tag}: a {kind}")
        return None

    def _tensor(self, plugin: str, value: Any) -> Scalar | Media | None:
        tensor = value.tensor
        if plugin == "scalars" or not plugin:
            single = _single(tensor)
            if single is not None:
                return single
        array = _array(tensor)
        if plugin == "text" or (not plugin and tensor.dtype == STRING):
            if value.metadata.summary_description == PLAIN_TEXT:
                return _utf8(array.item())
            return text(array)
        if plugin in ("scalars", "") and array.size == 1 and array.dtype.kind in "fiub":
            number: Scalar = array.item()
            return number
        if plugin == "images" and array.ndim == 1 and array.size > 2:
            width, height, *pictures = array.tolist()
            return _some([picture(one, int(width), int(height)) for one in pictures])
        if plugin == "audio" and array.size:
            sounds = [[*one, b""][:2] for one in array.reshape(array.shape[0], -1).tolist()]
            return _some([sound(data, {}, _utf8(caption)) for data, caption in sounds])
        if plugin == "histograms" and array.ndim == 2 and array.shape[1] == 3:
            return histogram(array.tolist())
        if plugin == "pr_curves" and array.ndim == 2 and array.shape[0] == len(_PR_CURVE):
            return _table(_PR_CURVE, array.T.tolist())
        self.note(f"{value.tag}: a summary of the plugin {plugin!r}" if plugin else f"{value.tag}: a tensor")
        return None


def picture(data: bytes, width: int, height: int) -> Media:
    """An encoded picture, as it is."""
    kind = next((kind for magic, kind in _PICTURES.items() if data.startswith(magic)), "png")
    return Attachment("image", data, f".{kind}", {"width": width, "height": height, "format": kind})


def sound(data: bytes, about: dict[str, Any], caption: str = "") -> Media:
    """An encoded sound, as it is; its header tells what ``about`` does not."""
    if not about:
        try:
            with wave.open(io.BytesIO(data)) as file:
                rate, frames = file.getframerate(), file.getnframes()
                about = {"sample_rate": rate, "seconds": frames / rate, "channels": file.getnchannels()}
        except (wave.Error, EOFError, ZeroDivisionError):
            # Floats within a WAV file are beyond the standard library; players tell for themselves.
            about = {}
    told = {"caption": caption} if caption else {}
    return Attachment("audio", data, ".wav", {**about, "format": "wav", **told})


def text(array: Any) -> Media:
    """A text as Markdown; an array of them as TensorBoard shows it, which is a table."""
    if array.size == 1:
        return Inline("markdown", {"_value": _utf8(array.item())})
    rows = array.reshape(array.shape[0], -1) if array.ndim > 1 else array.reshape(-1, 1)
    lines = ["| " + " | ".join(_cell(cell) for cell in row) + " |" for row in rows.tolist()]
    width = rows.shape[1] if rows.size else 1
    head = [f"|{'   |' * width}", f"|{' - |' * width}"]
    return Inline("markdown", {"_value": "\n".join(head + lines)})


def old_histogram(histogram_proto: Any) -> Media | None:
    """A histogram of TensorFlow 1, without the empty bins at its ends, whose edges are the largest floats."""
    counts, limits = list(histogram_proto.bucket), list(histogram_proto.bucket_limit)
    filled = [place for place, count in enumerate(counts) if count > 0]
    if not filled:
        return None
    first, last = filled[0], filled[-1]
    edges = [histogram_proto.min, *limits[first:last], histogram_proto.max]
    return Inline("histogram", {"bins": edges, "values": counts[first : last + 1]})


def histogram(bins: Sequence[Sequence[float]]) -> Media | None:
    """A histogram of TensorFlow 2, each bin with its left edge, its right edge and its count."""
    if not bins:
        return None
    edges, counts = [bins[0][0]], []
    for left, right, count in bins:
        if left > edges[-1]:
            edges.append(left)
            counts.append(0.0)
        edges.append(right)
        counts.append(count)
    return Inline("histogram", {"bins": edges, "values": counts})


def _single(tensor: Any) -> float | None:
    """The value of a tensor that holds one float, which nearly all do."""
    packed = _SINGLE.get(tensor.dtype)
    if packed is None:
        return None
    values = tensor.float_val if tensor.dtype == FLOAT else tensor.double_val
    if len(values) == 1 and not tensor.tensor_content:
        number: float = values[0]
        return number
    if len(tensor.tensor_content) == packed.size:
        (number,) = packed.unpack(tensor.tensor_content)
        return number
    return None


def _array(tensor: Any) -> Any:
    try:
        from tensorboard.util import tensor_util
    except ImportError:
        raise MissingExtra("tensorboard", "tensorboard") from None
    return tensor_util.make_ndarray(tensor)


def _some(items: list[Media]) -> Media:
    return items[0] if len(items) == 1 else Several(tuple(items))


def _table(columns: Sequence[str], rows: list[Any]) -> Media:
    data = json.dumps({"columns": columns, "data": rows}).encode()
    return Attachment("table", data, ".table.json", {"columns": list(columns), "rows": len(rows)})


def _utf8(value: Any) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def _cell(value: Any) -> str:
    return _utf8(value).replace("|", "\\|").replace("\n", " ")
