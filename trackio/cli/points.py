"""The values of a metric as JSON, a million of them in about a second.

Numbers that lie in arrays are formatted by the array library and never become Python objects; what is mixed or text
goes the plain way. Both give the same bytes for the same values.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from trackio import references
from trackio.cli.output import dumps
from trackio.records import Series
from trackio.times import iso

if TYPE_CHECKING:
    # Importing this for real would load numpy for commands that print no values.
    import pyarrow as pa
    from numpy.typing import NDArray

    from trackio.frames import Point

CHUNK = 100_000
"""Points formatted at a time: few enough to stay small, enough to make the calls cheap."""

_NONFINITE = {math.inf: '"Infinity"', -math.inf: '"-Infinity"'}


def objects(points: Iterable[Point]) -> list[dict[str, Any]]:
    """The points as ``{"step", "timestamp", "value"}``."""
    return [{"step": step, "timestamp": iso(time_ns), "value": opened(value)} for _, step, time_ns, value in points]


def opened(value: object) -> object:
    """What a logged medium left, as the object that its text is; anything else as it is."""
    return references.decode(value) or value


def listed(points: Series | list[Point]) -> list[Point]:
    """The points one by one."""
    if not isinstance(points, Series):
        return points
    return list(
        zip(points.row.tolist(), points.step.tolist(), points.time_ns.tolist(), points.value.tolist(), strict=True)
    )


def chunks(head: dict[str, Any], points: Series | list[Point]) -> Iterator[bytes]:
    """The JSON object of ``head`` and then ``"values"``, in pieces to be written one after the other."""
    yield dumps(head)[:-1] + (b',"values":[' if head else b'"values":[')
    for start in range(0, len(points), CHUNK):
        if start:
            yield b","
        if isinstance(points, Series):
            yield from _formatted(points, slice(start, start + CHUNK))
        else:
            yield dumps(objects(points[start : start + CHUNK]))[1:-1]
    yield b"]}\n"


def _formatted(points: Series, part: slice) -> Iterator[bytes]:
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
    yield memoryview(data)[: end - 1].tobytes()


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

    listed = np.frombuffer(orjson.dumps(np.ascontiguousarray(values), option=orjson.OPT_SERIALIZE_NUMPY), np.uint8)[
        1:-1
    ]
    is_comma = listed == ord(",")
    data = listed[~is_comma]
    ends = np.flatnonzero(is_comma)
    offsets = np.concatenate([[0], ends - np.arange(len(ends)), [len(data)]]).astype(np.int32)
    return pa.StringArray.from_buffers(len(values), pa.py_buffer(offsets), pa.py_buffer(data))
