"""A run's rows as a DataFrame in which every value is what was logged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from trackio.records import Scalar, Series

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

Point = tuple[int, int, int, Scalar]
"""Row, step, time in nanoseconds, value."""

_EXACT = 2**53


def frame(points: Mapping[str, Series | Sequence[Point]]) -> pd.DataFrame:
    """One row per ``log()`` call: ``step``, ``timestamp`` (UTC) and a column per metric, in order of arrival.

    The index is the number of the call. A column is float64, int64, bool or str, whichever holds its values exactly,
    and object for a mixture. Where a metric was not part of a call stands the missing value; so that integers and truth
    values survive beside it, such columns are ``Int64`` and ``boolean``.
    """
    import pandas as pd

    series = {name: values if isinstance(values, Series) else _series(values) for name, values in points.items()}
    none = np.empty(0, dtype=np.int64)
    # The first of the points of a call speaks for its step and time; all of them agree.
    rows, first = np.unique(np.concatenate([none, *(one.row for one in series.values())]), return_index=True)
    index = pd.Index(rows, name="row")
    steps = np.concatenate([none, *(one.step for one in series.values())])[first]
    times = np.concatenate([none, *(one.time_ns for one in series.values())])[first]
    columns: dict[str, pd.Series[Any]] = {
        "step": pd.Series(steps, index=index),
        "timestamp": pd.Series(pd.to_datetime(times, unit="ns", utc=True), index=index),
    }
    for name, one in series.items():
        column = pd.Series(one.value, index=pd.Index(one.row), dtype=_dtype(one.value))
        columns[name if name not in columns else f"metric:{name}"] = _spread(column, index)
    return pd.DataFrame(columns, index=index)


def with_clock(found: pd.DataFrame, created_ns: int) -> pd.DataFrame:
    """The frame with wandb's columns after the others: ``_step``, ``_timestamp`` and ``_runtime``, both in seconds.

    A metric that has one of these names is found as ``metric:_step`` and so on.
    """
    import pandas as pd

    # The moment at full precision as an integer first: as a float it keeps microseconds.
    times = found["timestamp"].astype("int64").to_numpy()
    clock = {"_step": found["step"], "_timestamp": times / 1e9, "_runtime": (times - created_ns) / 1e9}
    found = found.rename(columns={name: f"metric:{name}" for name in clock})
    return pd.concat([found, pd.DataFrame(clock, index=found.index)], axis=1)


def evenly(found: pd.DataFrame, samples: int | None) -> pd.DataFrame:
    """So many rows at even distances, the first and the last among them; all when there are no more."""
    if samples is None or samples >= len(found):
        return found
    if samples < 1:
        return found.iloc[:0]
    return found.iloc[np.unique(np.linspace(0, len(found) - 1, samples).round().astype(np.int64))]


def records(found: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows as dicts, without the values that a row does not have."""
    present = found.notna().to_numpy()
    rows = found.to_dict("records")
    return [
        {str(name): value for (name, value), is_there in zip(row.items(), there, strict=True) if is_there}
        for row, there in zip(rows, present, strict=True)
    ]


def _series(points: Sequence[Point]) -> Series:
    """Points one by one as a series whose ``value`` is an array of objects."""
    # As objects one by one: of lists numpy would make a table.
    values = np.fromiter((value for *_, value in points), dtype=object, count=len(points))
    row, step, time_ns = (np.array([point[place] for point in points], dtype=np.int64) for place in range(3))
    return Series(row, step, time_ns, values)


def _dtype(values: NDArray[Any]) -> str:
    """The pandas type that holds all of these exactly."""
    if values.dtype != object:
        return str(values.dtype)
    kinds = {type(value) for value in values}
    if kinds == {bool}:
        return "bool"
    if kinds == {int}:
        return "int64"
    if kinds == {str}:
        return "str"
    if kinds <= {int, float} and all(abs(value) <= _EXACT for value in values if isinstance(value, int)):
        return "float64"
    return "object"


def _spread(column: pd.Series[Any], index: pd.Index[Any]) -> pd.Series[Any]:
    if len(column) == len(index):
        return column.set_axis(index)
    # Without a type that knows missing values an int64 would turn into a float and lose digits.
    wide = {"int64": "Int64", "bool": "boolean"}.get(str(column.dtype))
    return (column.astype(wide) if wide else column).reindex(index)
