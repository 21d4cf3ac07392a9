"""Columns of numbers as compact JSON for the browser; ``site/src/columns.js`` reads them.

======================================  =============================================================================
``{"s": start, "d": delta, "n": n}``    ``start + delta * k``
``{"i": base64, "n": n, "e": e}``       whole numbers over ``10**e`` (0 when absent): LEB128 varints of zigzag deltas,
                                        the first from 0
``{"f": base64, "o": offset, "n": n}``  ``offset`` plus little-endian float32
``{"g": base64, "n": n}``               little-endian float64
======================================  =============================================================================

All but ``f`` give the floats back bit for bit; ``f`` is taken only when it is off by less than a millionth.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

Column: TypeAlias = dict[str, Any]

_EXACT = 2.0**53
_PRECISION = 1e-6
_WHOLE_DIGITS = 2.0**24
"""From here on float32 loses whole numbers, which labels show in full."""
_MOST_DECIMALS = 6


def encode(values: ArrayLike) -> Column:
    """The smallest encoding that is exact, or exact enough for any picture."""
    array = np.asarray(values, dtype=np.float64)
    n = len(array)
    progression = _progression(array)
    if progression is not None:
        return progression
    whole = _whole(array)
    if whole is not None and len(whole[1]) <= 4 * n:
        exponent, packed = whole
        column: Column = {"i": b64encode(packed).decode(), "n": n}
        return column | {"e": exponent} if exponent else column
    offset = _offset(array)
    if offset is not None:
        packed = (array - offset).astype("<f4").tobytes()
        return {"f": b64encode(packed).decode(), "o": offset, "n": n}
    return {"g": b64encode(array.astype("<f8").tobytes()).decode(), "n": n}


def decode(column: Column) -> NDArray[np.float64]:
    """The numbers of a column."""
    n = int(column["n"])
    if "s" in column:
        return np.asarray(column["s"] + column["d"] * np.arange(n, dtype=np.float64))
    if "i" in column:
        return np.asarray(_unpacked(b64decode(column["i"]), n) / 10.0 ** column.get("e", 0))
    if "f" in column:
        return np.asarray(np.frombuffer(b64decode(column["f"]), "<f4").astype(np.float64) + column["o"])
    return np.frombuffer(b64decode(column["g"]), "<f8").astype(np.float64)


def _progression(array: NDArray[np.float64]) -> Column | None:
    if not len(array):
        return {"s": 0, "d": 0, "n": 0}
    # JSON has no infinities, and sums of large numbers would make some.
    if not (np.abs(array) <= _EXACT).all():
        return None
    start = float(array[0])
    delta = float(array[1] - array[0]) if len(array) > 1 else 0.0
    if not np.array_equal(start + delta * np.arange(len(array)), array):
        return None
    return {"s": _plain(start), "d": _plain(delta), "n": len(array)}


def _whole(array: NDArray[np.float64]) -> tuple[int, bytes] | None:
    """The number of decimals that all values share, and their varints; None when they share none."""
    if not np.isfinite(array).all():
        return None
    for exponent in range(_MOST_DECIMALS + 1):
        with np.errstate(over="ignore"):
            scaled = np.rint(array * 10.0**exponent)
        # Zigzag deltas of these fit into the 53 bits of a number in JavaScript.
        if not (np.abs(scaled) <= _EXACT / 4).all():
            return None
        if np.array_equal(scaled / 10.0**exponent, array):
            return exponent, _packed(scaled.astype(np.int64))
    return None


def _offset(array: NDArray[np.float64]) -> float | None:
    """What to take away before rounding to float32: nothing, or the middle of numbers far from zero."""
    finite = array[np.isfinite(array)]
    if not len(finite):
        return 0
    low, high = float(finite.min()), float(finite.max())
    if max(abs(low), abs(high)) >= _WHOLE_DIGITS:
        return None
    for offset in (0.0, low / 2 + high / 2):
        with np.errstate(over="ignore", under="ignore"):
            rounded = (finite - offset).astype(np.float32)
        back = rounded.astype(np.float64) + offset
        # Small numbers beside large ones keep their own digits, since an axis may be logarithmic.
        is_near = np.abs(back - finite) <= np.minimum(_PRECISION * (high - low), _PRECISION * np.abs(finite))
        if is_near.all():
            return _plain(offset)
    return None


def _packed(values: NDArray[np.int64]) -> bytes:
    deltas = np.diff(values, prepend=0)
    zigzag = ((deltas << 1) ^ (deltas >> 63)).astype(np.uint64)
    lengths = np.ones(len(zigzag), dtype=np.int64)
    for bits in range(7, 64, 7):
        lengths += zigzag >= np.uint64(1 << bits)
    ends = np.cumsum(lengths)
    result = np.zeros(int(ends[-1]), dtype=np.uint8)
    for place in range(int(lengths.max())):
        reached = lengths > place
        group = (zigzag[reached] >> np.uint64(7 * place)) & np.uint64(0x7F)
        more = (lengths[reached] > place + 1).astype(np.uint64) << np.uint64(7)
        result[(ends - lengths)[reached] + place] = (group | more).astype(np.uint8)
    return result.tobytes()


def _unpacked(packed: bytes, count: int) -> NDArray[np.float64]:
    values, total, number, shift = np.empty(count), 0, 0, 0
    place = 0
    for byte in packed:
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            total += (number >> 1) ^ -(number & 1)
            values[place] = total
            place, number, shift = place + 1, 0, 0
    return values


def _plain(value: float) -> float:
    """A whole number without its ``.0``, for brevity."""
    return int(value) if value == int(value) else value
