"""Single numbers, truth values and texts of any library become type codes and plain values."""

from __future__ import annotations

from math import isinf
from typing import Any

from trackio.records import Scalar
from trackio.store.layout import clean
from trackio.tracking.late import Unstorable

LOWEST, HIGHEST = -(1 << 63), (1 << 63) - 1

_PLAIN_CODES = {float: "d", int: "q", bool: "?"}


def scalar(value: Any) -> tuple[str, Scalar]:
    """The type code and plain value of a number, bool or text of any library; raises Unstorable."""
    if isinstance(value, bool):
        return "?", value
    if isinstance(value, int):
        return _whole(int(value))
    if isinstance(value, float):
        return "d", float(value)
    if isinstance(value, str):
        # Not as an enumeration of texts would show itself.
        return "s", clean(str.__str__(value))
    if value is None:
        raise Unstorable("it is None")
    try:
        return _foreign(value)
    except Unstorable:
        raise
    except Exception as error:  # the value's own code runs here, and may raise anything
        raise Unstorable(f"{type(value).__name__} is no single number or text") from error


def fixed_code(kind: type) -> str | None:
    """The type code where the type of a value alone decides it, so that rows of such values are packed unseen."""
    if kind.__module__ != "numpy":
        return _PLAIN_CODES.get(kind)
    name = kind.__name__
    if name in ("bool", "bool_"):
        return "?"
    if name.startswith("float"):
        return "d"
    return "q" if name.startswith(("int", "uint")) else None


def _whole(value: int) -> tuple[str, Scalar]:
    if LOWEST <= value <= HIGHEST:
        return "q", value
    raise Unstorable("it does not fit in 64 bits")


def _foreign(value: Any) -> tuple[str, Scalar]:
    """Scalars of numpy, torch, jax and the like, told by what they can do and not by what they are."""
    item = getattr(value, "item", None)
    if item is not None:
        size = value.numel() if hasattr(value, "numel") else getattr(value, "size", 1)
        if size != 1:
            raise Unstorable(f"{type(value).__name__} holds {size} values")
        plain = item()
        if isinstance(plain, (bool, int, float, str)):
            return scalar(plain)
        if isinstance(plain, complex):
            raise Unstorable("it is complex")
    elif hasattr(value, "__index__"):
        return _whole(value.__index__())
    # Decimal, Fraction, longdouble, bfloat16; a complex number has no float.
    if not hasattr(value, "__float__"):
        raise Unstorable(f"{type(value).__name__} is no single number or text")
    number = float(value)
    if isinf(number) and value != number:
        raise Unstorable("it does not fit in a float of 64 bits")
    return "d", number
