"""The values of a metric as JSON has them, a million of them in about a second.

Numbers that lie in arrays are formatted by the array library and never become Python objects; what is mixed or text
goes the plain way. Both give the same bytes for the same values.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias, overload

from trackio import references
from trackio.records import Series
from trackio.times import iso

if TYPE_CHECKING:
    # Importing this for real would load numpy for documents without values.
    import pyarrow as pa
    from numpy.typing import NDArray

    from trackio.frames import Point

    Given: TypeAlias = Series | list[Point]

CHUNK = 100_000
"""Points formatted at a time: few enough to stay small, enough to make the calls cheap."""

_NONFINITE = {math.inf: '"Infinity"', -math.inf: '"-Infinity"'}


class Points(Sequence[dict[str, Any]]):
    """Points as ``{"step", "timestamp", "value"}``, each made when it is asked for."""

    def __init__(self, given: Given) -> None:
        self._given = given

    def __len__(self) -> int:
        return len(self._given)

    @overload
    def __getitem__(self, place: int) -> dict[str, Any]: ...
    @overload
    def __getitem__(self, place: slice) -> Points: ...
    def __getitem__(self, place: int | slice) -> dict[str, Any] | Points:
        if isinstance(place, slice):
            return Points(_part(self._given, place))
        _, step, time_ns, value = self._given[place] if isinstance(self._given, list) else _one(self._given, place)
        return {"step": step, "timestamp": iso(time_ns), "value": opened(value)}

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for _, step, time_ns, value in listed(self._given):
            yield {"step": step, "timestamp": iso(time_ns), "value": opened(value)}

    def inside(self, steps: tuple[int, int] | None = None, times_ns: tuple[int, int] | None = None) -> Points:
        """Those within inclusive limits of the step and of the time; None is no limit."""
        if steps is None and times_ns is None:
            return self
        if not isinstance(self._given, Series):
            return Points([point for point in self._given if _holds(steps, point[1]) and _holds(times_ns, point[2])])
        kept = _mask(self._given.step, steps) & _mask(self._given.time_ns, times_ns)
        return Points(_part(self._given, kept))

    def pieces(self, dumps: Callable[[object], bytes]) -> Iterator[bytes]:
        """The inside of their JSON list; ``dumps`` writes what is no number in an array."""
        for start in range(0, len(self), CHUNK):
            if start:
                yield b","
            if isinstance(self._given, Series):
                yield _formatted(self._given, slice(start, start + CHUNK))
            else:
                yield dumps(self[start : start + CHUNK])[1:-1]


def opened(value: object) -> object:
    """What a logged medium left, as the object that its text is; anything else as it is."""
    return references.decode(value) or value


def listed(given: Given) -> list[Point]:
    """The points one by one."""
    if not isinstance(given, Series):
        return given
    return list(zip(given.row.tolist(), given.step.tolist(), given.time_ns.tolist(), given.value.tolist(), strict=True))


def _one(series: Series, place: int) -> Point:
    return (
        int(series.row[place]),
        int(series.step[place]),
        int(series.time_ns[place]),
        series.value[place].item(),
    )


def _part(given: Given, part: slice | NDArray[Any]) -> Given:
    if isinstance(given, Series):
        return Series(given.row[part], given.step[part], given.time_ns[part], given.value[part])
    assert isinstance(part, slice)  # noqa: S101 - a list is never cut by a mask
    return given[part]


def _holds(limits: tuple[int, int] | None, value: int) -> bool:
    return limits is None or limits[0] <= value <= limits[1]


def _mask(values: NDArray[Any], limits: tuple[int, int] | None) -> NDArray[Any]:
    import numpy as np

    if limits is None:
        return np.ones(len(values), dtype=bool)
    # A window at the edge of what 64 bits hold reaches beyond them.
    low, high = (min(max(limit, -(2**63)), 2**63 - 1) for limit in limits)
    inside: NDArray[Any] = (values >= low) & (values <= high) if limits[0] <= limits[1] else np.zeros(len(values), bool)
    return inside


def _formatted(points: Series, part: slice) -> bytes:
    import numpy as np
    import pyarrow as pa
    from pyarrow import compute as pc

    moments = pa.array(points.time_ns[part] // 1000).cast(pa.timestamp("us")).cast(pa.string())
    objects: pa.StringArray = pc.binary_join_element_wise(
        '{"step":',
        _texts(points.step[part]),
        ',"timestamp":"',
        pc.binary_replace_slice(moments, 10, 11, "T"),
        '+00:00","value":',
        _numbers(points.value[part]),
        "},",
        "",
    )
    _, offsets, data = objects.buffers()
    end = np.frombuffer(offsets, dtype=np.int32)[len(objects)]
    # The texts lie one behind the other already; only the last comma is one too many.
    return memoryview(data)[: end - 1].tobytes()


def _numbers(values: NDArray[Any]) -> pa.StringArray:
    import numpy as np
    import pyarrow as pa
    from pyarrow import compute as pc

    texts = _texts(values)
    wild = ~np.isfinite(values)
    if not wild.any():
        return texts
    names = [_NONFINITE.get(value, '"NaN"') for value in values[wild].tolist()]
    return pc.replace_with_mask(texts, pa.array(wild), pa.array(names, type=pa.string()))


def _texts(values: NDArray[Any]) -> pa.StringArray:
    """An array of numbers as an array of their JSON texts, the same that single numbers have."""
    import numpy as np
    import orjson
    import pyarrow as pa

    together = np.frombuffer(orjson.dumps(np.ascontiguousarray(values), option=orjson.OPT_SERIALIZE_NUMPY), np.uint8)
    texts = together[1:-1]
    is_comma = texts == ord(",")
    data = texts[~is_comma]
    ends = np.flatnonzero(is_comma)
    offsets = np.concatenate([[0], ends - np.arange(len(ends)), [len(data)]]).astype(np.int32)
    return pa.StringArray.from_buffers(len(values), pa.py_buffer(offsets), pa.py_buffer(data))
