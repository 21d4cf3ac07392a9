"""Columns and rows as tables are given them: DataFrames, arrays, lists."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from trackio.errors import UsageError


def is_frame(value: Any) -> bool:
    """Whether a value is a DataFrame of pandas, polars or pyarrow."""
    return hasattr(value, "columns") and (
        hasattr(value, "itertuples") or hasattr(value, "iter_rows") or _is_arrow(value)
    )


def _is_arrow(value: Any) -> bool:
    return hasattr(value, "to_pylist") and hasattr(value, "column_names")


def frame(value: Any) -> tuple[list[str | int], Iterable[Iterable[Any]]]:
    """The names of its columns, and its rows."""
    if hasattr(value, "itertuples"):
        return names(value.columns), value.itertuples(index=False, name=None)
    if hasattr(value, "iter_rows"):
        return names(value.columns), value.iter_rows()
    return names(value.column_names), (row.values() for row in value.to_pylist())


def names(columns: Iterable[Any]) -> list[str | int]:
    """The names of columns, as text or whole numbers."""
    if isinstance(columns, (str, bytes)):
        raise UsageError(f"columns is a list of names, not {columns!r}.")
    return [name if type(name) in (str, int) else str(name) for name in columns]


def rows(given: Any) -> Iterator[Any]:
    """The rows in a list or array; raises UsageError at what is none."""
    if given is None:
        return
    if isinstance(given, (str, bytes, Mapping)) or not hasattr(given, "__iter__"):
        raise UsageError(f"data is a list of rows, an array or a DataFrame, not {type(given).__name__}.")
    for number, row in enumerate(given):
        if isinstance(row, (str, bytes, Mapping)) or not hasattr(row, "__iter__"):
            raise UsageError(f"Row {number} is {row!r}; each row is a list with one value for each column.")
        yield row
