"""Logged values as TensorBoard summaries.

Numbers are ``simple_value``, a float32, because TensorBoard's fast loader shows no other. Where that loses digits, the
number itself stands beside it in a summary that only our own import reads.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Collection, Mapping
from struct import Struct
from typing import Any

from trackio import references
from trackio.errors import MissingExtra, StoreError
from trackio.exporters.exported import Carried
from trackio.exporters.hparams import aside
from trackio.importers.summaries import DOUBLE, EXACT_TAG, PLAIN_TEXT, STRING
from trackio.records import Scalar
from trackio.store.blobs import Blobs

_FLOAT32 = Struct("<f")
_LOST = "digits beyond float32, which TensorBoard has no room for; trackio import reads them"
_PICTURES = frozenset({"png", "jpg", "jpeg", "gif", "bmp", "webp"})


class Summaries:
    """Makes the summaries of one event file; in ``mixed`` are the tags whose numbers have several types."""

    def __init__(self, blobs: Blobs, carried: Carried, mixed: Collection[str] = ()) -> None:
        try:
            from tensorboard.compat.proto import summary_pb2, tensor_pb2, tensor_shape_pb2
            from tensorboard.plugins.audio import metadata as audio
            from tensorboard.plugins.histogram import metadata as histogram
            from tensorboard.plugins.image import metadata as image
            from tensorboard.plugins.text import metadata as text
        except ImportError:
            raise MissingExtra("tensorboard", "tensorboard") from None
        self._value, self._tensor = summary_pb2.Summary.Value, tensor_pb2.TensorProto
        self._shape = tensor_shape_pb2.TensorShapeProto
        self._about: dict[str, Callable[[], Any]] = {
            "text": lambda: text.create_summary_metadata("", ""),
            "plain": lambda: text.create_summary_metadata("", PLAIN_TEXT),
            "image": lambda: image.create_summary_metadata("", ""),
            "audio": lambda: audio.create_summary_metadata("", "", audio.Encoding.Value("WAV")),
            "histogram": lambda: histogram.create_summary_metadata("", ""),
        }
        self._blobs, self._carried, self._mixed = blobs, carried, mixed
        self._named: dict[str, str] = {}
        self._makers: dict[str, Callable[[str, Mapping[str, Any]], Any]] = {
            "image": self._image,
            "video": self._image,
            "audio": self._audio,
            "histogram": self._histogram,
            "markdown": self._markdown,
            "list": self._list,
        }

    def values(self, row: Mapping[str, Scalar], prefix: str = "") -> list[Any]:
        """The summaries of a row; what has no place among them is told."""
        made, exact, lost = [], {}, 0
        for name, value in row.items():
            tag = prefix + name
            if isinstance(value, str):
                one = self._text(tag, value)
                if one is None:
                    continue
            else:
                number = _short(value)
                one = self._value(tag=tag, simple_value=number)
                is_short = number == value or value != value  # noqa: PLR0124 - NaN has no digits to lose
                lost += not is_short
                if not is_short or (tag in self._mixed and not isinstance(value, float)):
                    exact[tag] = value
            made.append(one)
        self._carried.points += len(made)
        if lost:
            self._carried.leave(_LOST, lost)
        if exact:
            made.append(aside(EXACT_TAG, exact))
        return made

    def text(self, tag: str, content: str) -> Any:
        """A text as Markdown."""
        return self._strings(tag, "text", [content.encode()], [])

    def _text(self, tag: str, value: str) -> Any:
        reference = references.decode(value)
        if reference is None:
            return self._strings(tag, "plain", [value.encode()], [])
        kind = str(reference["_type"]).removeprefix(references.PREFIX)
        made = None
        try:
            if kind in self._makers:
                made = self._makers[kind](tag, reference)
        except StoreError:
            self._carried.leave(f"{tag}: media whose files are missing")
            return None
        except (KeyError, TypeError, ValueError):
            made = None
        if made is None:
            self._carried.leave(f"{tag}: media of type {kind}, which TensorBoard has no place for")
        return made

    def _image(self, tag: str, reference: Mapping[str, Any]) -> Any:
        return self._images(tag, [reference])

    def _images(self, tag: str, pictures: list[Mapping[str, Any]]) -> Any:
        if any(one.get("format") not in _PICTURES for one in pictures):
            return None
        if any(one.get(part) for one in pictures for part in ("caption", "boxes", "masks")):
            self._carried.leave(f"{tag}: captions, boxes and masks")
        size = [str(int(pictures[0].get(side) or 0)).encode() for side in ("width", "height")]
        content = [*size, *(self._blobs.read(one["file"]) for one in pictures)]
        return self._strings(tag, "image", content, [len(content)])

    def _audio(self, tag: str, reference: Mapping[str, Any]) -> Any:
        return self._sounds(tag, [reference])

    def _sounds(self, tag: str, sounds: list[Mapping[str, Any]]) -> Any:
        if any(one.get("format") != "wav" for one in sounds):
            return None
        content: list[bytes] = []
        for one in sounds:
            content += [self._blobs.read(one["file"]), str(one.get("caption") or "").encode()]
        return self._strings(tag, "audio", content, [len(sounds), 2])

    def _histogram(self, tag: str, reference: Mapping[str, Any]) -> Any:
        edges, counts = [float(edge) for edge in reference["bins"]], [float(count) for count in reference["values"]]
        if len(edges) != len(counts) + 1:
            return None
        flat = [number for bin_ in zip(edges, edges[1:], counts, strict=False) for number in bin_]
        tensor = self._tensor(dtype=DOUBLE, double_val=flat, tensor_shape=self._dims([len(counts), 3]))
        return self._value(tag=tag, metadata=self._once(tag, "histogram"), tensor=tensor)

    def _markdown(self, tag: str, reference: Mapping[str, Any]) -> Any:
        return self.text(tag, str(reference["_value"]))

    def _list(self, tag: str, reference: Mapping[str, Any]) -> Any:
        items = list(reference["items"])
        kinds = {str(item["_type"]).removeprefix(references.PREFIX) for item in items}
        if kinds and kinds <= {"image", "video"}:
            return self._images(tag, items)
        return self._sounds(tag, items) if kinds == {"audio"} else None

    def _strings(self, tag: str, kind: str, content: list[bytes], dims: list[int]) -> Any:
        tensor = self._tensor(dtype=STRING, string_val=content, tensor_shape=self._dims(dims))
        return self._value(tag=tag, metadata=self._once(tag, kind), tensor=tensor)

    def _dims(self, sizes: list[int]) -> Any:
        return self._shape(dim=[self._shape.Dim(size=size) for size in sizes])

    def _once(self, tag: str, kind: str) -> Any:
        """What a tag is, told with its first summary; a tag that changes, and texts, are told anew."""
        if self._named.get(tag) == kind and kind != "plain":
            return None
        self._named[tag] = kind
        return self._about[kind]()


def _short(value: float) -> float:
    try:
        (number,) = _FLOAT32.unpack(_FLOAT32.pack(value))
    except OverflowError:
        return math.copysign(math.inf, value)
    return float(number)


def json_block(value: object) -> str:
    """A value as indented JSON in a block of Markdown."""
    return f"```json\n{json.dumps(value, indent=2)}\n```"
