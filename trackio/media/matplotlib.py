"""Figures of matplotlib, taken over as they stand and drawn later.

What a figure looks like is settled when it is logged: the caller may close, clear or go on drawing on it. A copy by
pickling costs the caller a fraction of drawing it (1.4 ms against 27 ms for a curve on a logarithmic axis, 25 ms
against 104 ms for 16 images); it is drawn in our thread. A figure that cannot be pickled is drawn at once.
"""

from __future__ import annotations

import io
import os
import pickle
import sys
import threading
import types
from importlib import import_module
from typing import Any

from trackio.errors import UsageError
from trackio.media.extras import load

MOST_PIXELS = 178_956_970
"""Pillow opens no larger picture; one of 70,000 by 70,000 pixels would take 20 GB to draw."""


class _Drawing:
    """One figure at a time: matplotlib's text layout keeps state that two drawings at once would share."""

    lock = threading.Lock()

    @classmethod
    def continue_in_child(cls) -> None:
        """Called in the child right after a ``fork``, which may have come in the middle of a drawing."""
        cls.lock = threading.Lock()


os.register_at_fork(after_in_child=_Drawing.continue_in_child)


class Drawing:
    """A figure as it was."""

    def __init__(self, pickled: bytes, width: int, height: int) -> None:
        self.width, self.height = width, height
        """In pixels."""
        self._pickled = pickled

    @property
    def nbytes(self) -> int:
        """How much memory it holds."""
        return len(self._pickled)

    def image(self) -> Any:
        """Draw it, as an image of Pillow."""
        with _Drawing.lock:
            # What drawing() has pickled in this process.
            found = pickle.loads(self._pickled)  # noqa: S301
            if not isinstance(found, bytes):
                found = _png(found)
        return load("PIL.Image").open(io.BytesIO(found))


def is_drawn(value: Any) -> bool:
    """Whether a value is, or stands for, a figure of matplotlib."""
    return figure_of(value) is not None


def drawing(value: Any) -> Drawing:
    """Take over a figure, something on it, or the current one of ``pyplot``; raises UsageError for what is none.

    So does drawing one that is too large.
    """
    figure = figure_of(value)
    if figure is None:
        raise UsageError(f"{type(value).__name__} has no figure of matplotlib.")
    width, height = _size(figure)
    file = io.BytesIO()
    try:
        _Pickler(file, pickle.HIGHEST_PROTOCOL).dump(figure)
    except Exception:  # noqa: BLE001 - what hangs on a figure has code of its own; such a figure is drawn here and now
        with _Drawing.lock:
            return Drawing(pickle.dumps(_png(figure)), width, height)
    return Drawing(file.getvalue(), width, height)


class _Pickler(pickle.Pickler):
    """Pickles figures so that they do not come back among those that pyplot shows."""

    def reducer_override(self, value: Any) -> Any:
        if not isinstance(value, sys.modules["matplotlib.figure"].Figure):
            return NotImplemented
        reduced = value.__reduce_ex__(pickle.HIGHEST_PROTOCOL)
        state = reduced[2]
        if isinstance(state, dict):
            state.pop("_restore_to_pylab", None)
        return reduced


def _size(figure: Any) -> tuple[int, int]:
    width, height = (max(1, round(inches * figure.dpi)) for inches in figure.get_size_inches())
    return width, height


def _png(figure: Any) -> bytes:
    width, height = _size(figure)
    if width * height > MOST_PIXELS:
        raise UsageError(
            f"A figure of {width:,} x {height:,} pixels is too large to draw. figsize is in inches, of dpi pixels each."
        )
    file = io.BytesIO()
    canvas = figure.canvas
    try:
        import_module("matplotlib.backends.backend_agg").FigureCanvasAgg(figure).print_png(file)
    finally:
        # The caller's figure keeps its window.
        figure.set_canvas(canvas)
    return file.getvalue()


def figure_of(value: Any) -> Any:
    """The matplotlib figure that a value is or belongs to; None for others."""
    if "matplotlib.figure" not in sys.modules:
        return None
    base = sys.modules["matplotlib.figure"].FigureBase
    if isinstance(value, types.ModuleType):
        is_pyplot = value.__name__ in ("matplotlib.pyplot", "matplotlib.pylab", "pylab")
        return value.gcf() if is_pyplot and hasattr(value, "gcf") else None
    for name in ("", "figure", "figure_", "fig"):
        found = getattr(value, name, None) if name else value
        if isinstance(found, base):
            # A subfigure is drawn with what surrounds it.
            return getattr(found.figure, "figure", found.figure)
    return None
