"""Figures of plotly."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Mapping
from typing import Any

from trackio.errors import MissingExtra, UsageError
from trackio.media.base import Media, Place, file_reference
from trackio.media.extras import load
from trackio.media.matplotlib import figure_of


class Plotly(Media):
    """A figure of plotly, or one of matplotlib that plotly can make its own.

    It is kept as JSON, and plotly's script once beside it, so that reports draw it without a network.
    """

    def __init__(self, val: Any) -> None:
        self._figure = _figure(val)

    @classmethod
    def make_plot_media(cls, val: Any) -> Media:
        """A figure as plotly has it, or as a picture when it has images in it."""
        from trackio.media.image import Image

        drawn = figure_of(val)
        return Image(val) if drawn is not None and any(axes.images for axes in drawn.axes) else cls(val)

    @property
    def nbytes(self) -> int:
        """How much memory it holds until it is stored, in bytes."""
        return _size(self._figure)

    def reference(self, place: Place) -> dict[str, Any]:
        """Store the figure, and the script that draws it, and return what stands in the row."""
        text = load("plotly.io.json").to_json_plotly(self._figure)
        blob = place.blobs.put(text.encode(), ".plotly.json")
        script = place.blobs.put(load("plotly.offline").get_plotlyjs().encode(), ".js")
        return file_reference("plotly", blob, script_file=script.name)

    def __repr__(self) -> str:
        return f"Plotly({len(self._figure.get('data', ()))} traces)"


def _figure(value: Any) -> dict[str, Any]:
    """The figure as plotly has it in JSON; a copy."""
    base = sys.modules.get("plotly.basedatatypes")
    if base is not None and isinstance(value, base.BaseFigure):
        return dict(value.to_plotly_json())
    if isinstance(value, Mapping) and "data" in value:
        found = load("plotly.graph_objects").Figure(value, skip_invalid=True)
        return dict(found.to_plotly_json())
    drawn = figure_of(value)
    if drawn is None:
        raise UsageError(f"Plotly takes a figure of plotly or matplotlib, not {type(value).__name__}.")
    if any(axes.images for axes in drawn.axes):
        raise UsageError("plotly cannot show a matplotlib figure with images; log the figure itself, or Image(figure).")
    try:
        with warnings.catch_warnings():
            # Of names that plotly's converter goes on using.
            warnings.simplefilter("ignore", DeprecationWarning)
            return dict(load("plotly.tools").mpl_to_plotly(drawn).to_plotly_json())
    except MissingExtra:
        raise
    except Exception as error:  # plotly's converter breaks on what it does not know, with errors of any kind
        raise UsageError(f"plotly cannot show this matplotlib figure ({error}); log the figure itself.") from error


def _size(value: Any) -> int:
    """About how many bytes the arrays and texts in a figure take."""
    if isinstance(value, Mapping):
        return sum(map(_size, value.values()))
    if isinstance(value, (list, tuple)):
        return 16 * len(value) + (_size(value[0]) * len(value) if value else 0)
    return len(value) if isinstance(value, str) else int(getattr(value, "nbytes", 0))
