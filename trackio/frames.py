"""A run's rows as a DataFrame in which every value is what was logged."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from trackio.records import Scalar

if TYPE_CHECKING:
    import pandas as pd

Point = tuple[int, int, int, Scalar]
"""Row, step, time in nanoseconds, value."""

_EXACT_FLOAT = 2**53


def frame(points: Mapping[str, Sequence[Point]]) -> pd.DataFrame:
    """One row per ``log()`` call: ``step``, ``timestamp`` (UTC) and a column per metric, in order of arrival.

    The index is the number of the call. A column is float64, ``Int64`` or int64, ``boolean`` or bool, or str,
    whichever holds its values exactly, and object for a mixture. Where a metric was not part of a call stands the
    column's missing value, which for floats is NaN.
    """
    import pandas as pd

    known = {row: (step, time_ns) for values in points.values() for row, step, time_ns, _ in values}
    rows = sorted(known)
    index = pd.Index(rows, dtype="int64", name="row")
    columns: dict[str, Any] = {
        "step": pd.Series([known[row][0] for row in rows], index=index, dtype="int64"),
        "timestamp": pd.Series(
            pd.to_datetime(np.array([known[row][1] for row in rows], dtype="int64"), unit="ns", utc=True), index=index
        ),
    }
    for name, values in points.items():
        own = pd.Index([row for row, *_ in values], dtype="int64")
        column = pd.Series([value for *_, value in values], index=own, dtype=dtype([v for *_, v in values]))
        columns[name if name not in ("step", "timestamp") else f"{name} (metric)"] = _spread(column, index)
    return pd.DataFrame(columns, index=index)


def dtype(values: Sequence[Scalar]) -> str:
    """The pandas type that holds all of these exactly."""
    kinds = {type(value) for value in values}
    if kinds == {bool}:
        return "bool"
    if kinds == {int}:
        return "int64"
    if kinds == {str}:
        return "str"
    if kinds <= {int, float} and all(abs(v) <= _EXACT_FLOAT for v in values if isinstance(v, int)):
        return "float64"
    return "object"


def is_missing(value: object) -> bool:
    """Whether a cell stands for a metric that was not part of the call, or is NaN."""
    return value is None or (isinstance(value, float) and math.isnan(value))


def _spread(column: pd.Series[Any], index: pd.Index[Any]) -> pd.Series[Any]:
    if len(column) == len(index):
        return column.set_axis(index)
    # Without a type that knows missing values an int64 would turn into a float and lose digits.
    wide = {"int64": "Int64", "bool": "boolean"}.get(str(column.dtype))
    return (column.astype(wide) if wide else column).reindex(index)
