"""Steps as given by callers become whole numbers of 64 bits."""

from __future__ import annotations

from typing import Any

from trackio.errors import InvalidStep
from trackio.tracking.late import Unstorable
from trackio.tracking.scalars import HIGHEST, LOWEST, scalar


def whole(step: Any) -> int:
    """The step as an int: any int, or a float or scalar of a library that stands for one; raises InvalidStep."""
    try:
        code, value = scalar(step)
    except Unstorable as reason:
        raise InvalidStep(step, str(reason)) from None
    if code in "s?":
        raise InvalidStep(step, f"it is {type(step).__name__}")
    if isinstance(value, float):
        if not value.is_integer():
            raise InvalidStep(step)
        value = int(value)
    if not LOWEST <= int(value) <= HIGHEST:
        raise InvalidStep(step, "it does not fit in 64 bits")
    return int(value)
