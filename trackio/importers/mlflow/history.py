"""The metrics of an MLflow run as rows: what has one step and one time was logged together."""

from __future__ import annotations

import heapq
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from trackio.importers.imported import Attachment, Row
from trackio.importers.mlflow.store import LARGEST
from trackio.importers.told import parsed
from trackio.importers.within import is_within
from trackio.media.base import Media
from trackio.records import Scalar

_IMAGE = re.compile(r"(?P<key>.+?)(?P<joint>[+%])step(?P=joint)(?P<step>-?\d+)(?P=joint)timestamp(?P=joint)(?P<ms>\d+)")


def rows(
    keys: Sequence[str],
    history: Callable[[str], Iterable[Any]],
    typed: Callable[[str, float], tuple[str, Scalar]],
    others: Iterable[Row] = (),
) -> Iterator[Row]:
    """The rows of these metrics by time, then step; ``typed`` gives each value its name and type.

    ``others`` are rows of what is no number, which join those of the same step and millisecond.
    """
    merged = heapq.merge(_numbers(keys, history, typed), sorted(others, key=_place), key=_place)
    pending: Row | None = None
    for row in merged:
        if pending is not None and _place(pending) == _place(row) and pending[2].keys().isdisjoint(row[2]):
            pending = (*pending[:2], {**pending[2], **row[2]})
            continue
        if pending is not None:
            yield pending
        pending = row
    if pending is not None:
        yield pending


def kept(lines: Iterable[str], media: Callable[[Mapping[str, Any]], Media | Scalar | None]) -> Iterator[Row]:
    """The rows that our own export kept beside the metrics."""
    for line in lines:
        try:
            said = parsed(line)
            step, time_ns, values = int(said["step"]), int(said["time_ns"]), dict(said["values"])
        except (ValueError, KeyError, TypeError):
            continue
        found = {name: media(value) if isinstance(value, dict) else value for name, value in values.items()}
        yield step, time_ns, {name: one for name, one in found.items() if one is not None}


def images(folder: Path) -> Iterator[Row]:
    """The pictures that ``mlflow.log_image(key=, step=)`` left among the artifacts."""
    for path in sorted((folder / "images").glob("*.png")):
        found = _IMAGE.match(path.name)
        if found and path.is_file() and is_within(path, folder):
            name = re.sub("[~#]", "/", found["key"])
            picture = Attachment("image", path, ".png", {"format": "png"})
            yield int(found["step"]), int(found["ms"]) * 10**6, {name: picture}


def is_image(path: Path) -> bool:
    """Whether a file is one of those pictures, or a small copy of one."""
    return _IMAGE.match(path.name) is not None


def _numbers(
    keys: Sequence[str], history: Callable[[str], Iterable[Any]], typed: Callable[[str, float], tuple[str, Scalar]]
) -> Iterator[Row]:
    # A point takes 28 bytes here, and ten times that as MLflow gives it.
    steps, times, values, metrics = [], [], [], []
    for number, key in enumerate(keys):
        points = list(history(key))
        steps.append(np.array([point.step for point in points], np.int64))
        times.append(np.array([point.timestamp for point in points], np.int64))
        values.append(np.array([point.value for point in points], np.float64))
        metrics.append(np.full(len(points), number, np.int32))
    if not steps:
        return
    step, time_ms, value, metric = (np.concatenate(parts) for parts in (steps, times, values, metrics))
    # Stable: points of one metric, step and time stay as they came.
    order = np.lexsort((step, time_ms))
    for at in range(0, len(order), 1 << 16):
        some = order[at : at + (1 << 16)]
        for one_step, ms, number, key in zip(
            step[some].tolist(), time_ms[some].tolist(), value[some].tolist(), metric[some].tolist(), strict=True
        ):
            name, known = typed(keys[key], _finite(number))
            yield one_step, ms * 10**6, {name: known}


def _finite(number: float) -> float:
    return math.copysign(math.inf, number) if abs(number) == LARGEST else number


def _place(row: Row) -> tuple[int, int]:
    return row[1] // 10**6, row[0]
