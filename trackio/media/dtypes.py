"""What the column of a table may be declared to take."""

from __future__ import annotations

import datetime as dt
from typing import Any


def accepts(dtype: Any, value: Any) -> bool:
    """Whether a column declared so takes a value; a declared value stands for its type."""
    if dtype is None or dtype is Any:
        return True
    kind = dtype if isinstance(dtype, type) else type(dtype)
    if kind is object or isinstance(value, kind):
        # A bool is an int to Python, not to whoever reads the table.
        return not (isinstance(value, bool) and kind in (int, float))
    if kind in (int, float):
        return _is_number(value)
    if kind is bool:
        return type(value).__name__ in ("bool", "bool_")
    if kind is str:
        return isinstance(value, str)
    if kind is dt.datetime:
        return isinstance(value, dt.date)
    # An array is a list of numbers.
    return kind in (list, tuple) and (isinstance(value, (list, tuple)) or getattr(value, "ndim", 0) > 0)


def kind_name(dtype: Any) -> str:
    """How a message names what a column takes."""
    kind = dtype if isinstance(dtype, type) else type(dtype)
    return "numbers" if kind in (int, float) else f"values of {kind.__name__}"


def _is_number(value: Any) -> bool:
    if isinstance(value, (bool, str)):
        return False
    kind = getattr(getattr(value, "dtype", None), "kind", "")
    return isinstance(value, (int, float)) or (kind in ("i", "u", "f") and not getattr(value, "ndim", 0))
