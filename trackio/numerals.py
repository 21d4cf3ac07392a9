"""Numbers in few characters, in one form wherever they are read: ``0.125``, ``2.5e-6``, ``1e6`` (pure).

The scripts of pages write powers of ten likewise: see ``numberLabel`` in ``site/src/scales.js``.
"""

from __future__ import annotations


def short(value: float, form: str = ".6g") -> str:
    """The number as ``format`` has it, its power of ten without the zeros and the plus of Python's and C's."""
    mantissa, sign, exponent = format(value, form).partition("e")
    return f"{mantissa}e{int(exponent)}" if sign else mantissa


def rounded(value: float, figures: int) -> str:
    """The number with so many significant figures, as far as a million without a power of ten: ``250``, ``1230``."""
    return short(float(f"{value:.{figures}g}"), f".{max(figures, 6)}g")
