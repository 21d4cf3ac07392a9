"""Images with what stands over them: boxes, masks and the legend of their classes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from trackio.numerals import short
from trackio.report.media import fields
from trackio.report.media.colors import CLASSES, class_colors, color_of
from trackio.report.media.found import Need, has_zero, is_file
from trackio.report.media.place import Place, Unavailable
from trackio.report.media.views import Box, Class, Mask, Picture
from trackio.report.words import count

TINY = 96
"""Images of so few pixels are shown larger than they are."""
TINY_SHOWN = 192
HIGHEST = 420
"""Images are shown no higher, in pixels."""
MOST_BOXES = 500


def picture(reference: Mapping[str, Any], place: Place) -> Picture:
    """An image, or an animated one."""
    blob = reference.get("file")
    if not is_file(blob):
        raise Unavailable("its reference names no file")
    src = place.address(Need(str(blob)))
    width, height = fields.whole(reference.get("width")), fields.whole(reference.get("height"))
    caption = fields.text(reference.get("caption"))
    labels = _Labels(reference)
    boxes = tuple(_boxes(reference, labels, width, height))
    shown_boxes = boxes[:MOST_BOXES]
    masks = tuple(_masks(reference, labels, place))
    shown = _fit(width, height)
    return Picture(
        src=src,
        href=None if place.is_single or str(blob).endswith(".svg") else src,
        width=shown[0] if shown else None,
        height=shown[1] if shown else None,
        is_tiny=shown is not None and max(width or 0, height or 0) <= TINY,
        alt=caption or (f"Image, {count(len(boxes), 'box', 'boxes')}" if boxes else "Image"),
        caption=caption,
        masks=masks,
        boxes=shown_boxes,
        classes=labels.seen(),
        note=f"{MOST_BOXES:,} of {len(boxes):,} boxes" if len(boxes) > MOST_BOXES else "",
    )


def _fit(width: int | None, height: int | None) -> tuple[int, int] | None:
    """The size on the page: whole times that of a tiny image, at most of some height, as wide as it is else."""
    if not width or not height or width < 0 or height < 0:
        return None
    if max(width, height) <= TINY:
        times = max(1, TINY_SHOWN // max(width, height))
        return width * times, height * times
    share = min(1.0, HIGHEST / height)
    return max(round(width * share), 1), max(round(height * share), 1)


class _Labels:
    """The classes of an image as they come up: those named for a group of boxes or masks, else those of the image."""

    def __init__(self, reference: Mapping[str, Any]) -> None:
        self._own = {
            str(item.get("id")): fields.words(item.get("name"))
            for item in map(fields.mapping, fields.listed(reference.get("classes")))
        }
        self._seen: dict[str, Class] = {}

    def of(self, named: Mapping[str, Any]) -> dict[str, str]:
        """The names of a group's classes by their numbers."""
        return {**self._own, **{str(key): fields.words(value) for key, value in named.items()}}

    def key(self, group: str, number: int, labels: Mapping[str, str]) -> str:
        """The key of a class, which now is in the legend."""
        key = re.sub(r"\s+", "_", f"{group}/{number}")
        if key not in self._seen:
            label = labels.get(str(number)) or f"class {number}"
            red = class_colors()[number % CLASSES][0]
            self._seen[key] = Class(key, fields.text(f"{label}"), color_of(number), red)
        return key

    def seen(self) -> tuple[Class, ...]:
        """The legend."""
        return tuple(self._seen.values())


def _boxes(reference: Mapping[str, Any], labels: _Labels, width: int | None, height: int | None) -> Iterator[Box]:
    for group, boxes in fields.mapping(reference.get("boxes")).items():
        named = labels.of(fields.mapping(fields.mapping(boxes).get("class_labels")))
        for box in map(fields.mapping, fields.listed(fields.mapping(boxes).get("box_data"))):
            corners = _corners(box, width, height)
            if corners is None:
                continue
            number = fields.whole(box.get("class_id")) or 0
            x, y, right, bottom = corners
            yield Box(
                key=labels.key(fields.text(str(group)), number, named),
                color=color_of(number),
                x=_percent(x),
                y=_percent(y),
                width=_percent(max(right - x, 0)),
                height=_percent(max(bottom - y, 0)),
                label=_label(box, named.get(str(number), "")),
            )


def _corners(box: Mapping[str, Any], width: int | None, height: int | None) -> tuple[float, float, float, float] | None:
    """Left, top, right and bottom as shares of the image; ``middle`` with sizes is the other way to say it."""
    position = fields.mapping(box.get("position"))
    values = [fields.number(position.get(key)) for key in ("minX", "minY", "maxX", "maxY")]
    if None in values:
        middle = [fields.number(value) for value in fields.listed(position.get("middle"))]
        sizes = [fields.number(position.get(key)) for key in ("width", "height")]
        if len(middle) != 2 or None in middle or None in sizes:
            return None
        (x, y), (w, h) = middle, sizes
        values = [x - w / 2, y - h / 2, x + w / 2, y + h / 2]  # type: ignore[operator]
    left, top, right, bottom = (value or 0.0 for value in values)
    if box.get("domain") == "pixel":
        if not width or not height:
            return None
        left, right, top, bottom = left / width, right / width, top / height, bottom / height
    return left, top, right, bottom


def _label(box: Mapping[str, Any], name: str) -> str:
    own = fields.text(box.get("box_caption")) or name
    scores = [
        f"{fields.text(str(key))} {short(value, '.3g')}"
        for key, item in fields.mapping(box.get("scores")).items()
        if (value := fields.number(item)) is not None and not box.get("box_caption")
    ]
    return " ".join([own, *scores[:1]]).strip()


def _masks(reference: Mapping[str, Any], labels: _Labels, place: Place) -> Iterator[Mask]:
    for group, value in fields.mapping(reference.get("masks")).items():
        mask = fields.mapping(value)
        if not is_file(mask.get("file")):
            continue
        need = Need(mask["file"], "mask0" if has_zero(mask) else "mask")
        named = labels.of(fields.mapping(mask.get("class_labels")))
        try:
            src = place.address(need, f".{need.role}.png")
        except Unavailable:
            continue
        first = 0 if need.role == "mask0" else 1
        numbers = [int(key) for key in named if key.isdecimal() and first <= int(key) < CLASSES]
        keys = [labels.key(fields.text(str(group)), number, named) for number in numbers]
        yield Mask(src, " ".join(keys))


def _percent(share: float) -> str:
    return f"{min(max(share, -10), 10) * 100:.6g}%"
