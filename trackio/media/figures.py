"""Figures and pictures of other libraries, told by the package of their type: none is loaded to find out."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable
from typing import Any

from trackio.media.base import Media


def wrap(value: Any) -> Media | None:
    """The medium for a figure of matplotlib, plotly, altair, bokeh or what draws by them, or for a Pillow image.

    None for others.
    """
    if isinstance(value, types.ModuleType):
        return _drawn(value)
    for base in type(value).__mro__:
        make = _MAKERS.get(base.__module__.partition(".")[0])
        if make is not None:
            return make(value)
    return None


def _drawn(value: Any) -> Media | None:
    from trackio.media.matplotlib import is_drawn

    if not is_drawn(value):
        return None
    from trackio.media.image import Image

    return Image(value)


def _picture(value: Any) -> Media | None:
    if not isinstance(value, sys.modules["PIL.Image"].Image):
        return None
    from trackio.media.image import Image

    return Image(value)


def _plotly(value: Any) -> Media | None:
    base = sys.modules.get("plotly.basedatatypes")
    if base is None or not isinstance(value, base.BaseFigure):
        return None
    from trackio.media.plotly import Plotly

    return Plotly(value)


def _altair(value: Any) -> Media | None:
    from trackio.media.vega import Chart, is_chart

    return Chart(value) if is_chart(value) else None


def _bokeh(value: Any) -> Media | None:
    models, documents = sys.modules.get("bokeh.model"), sys.modules.get("bokeh.document")
    if models is None or documents is None or not isinstance(value, (models.Model, documents.Document)):
        return None
    from trackio.media.bokeh import Bokeh

    return Bokeh(value)


def _seaborn(value: Any) -> Media | None:
    if not hasattr(value, "_repr_png_"):
        return _drawn(value)
    # A plot of seaborn.objects draws itself when asked to.
    data = value._repr_png_()
    from trackio.media.image import Image

    return Image(data[0] if isinstance(data, tuple) else data) if data else None


def _plotnine(value: Any) -> Media | None:
    return _drawn(value.draw()) if hasattr(value, "draw") else None


_MAKERS: dict[str, Callable[[Any], Media | None]] = {
    "PIL": _picture,
    "altair": _altair,
    "bokeh": _bokeh,
    "matplotlib": _drawn,
    "plotly": _plotly,
    "plotnine": _plotnine,
    "seaborn": _seaborn,
    "sklearn": _drawn,
}
"""By the package of a type or of one it is derived from."""
