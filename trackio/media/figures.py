"""Figures and pictures of other libraries, told by the package of their type: none is loaded to find out."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable
from typing import Any

from trackio.media.base import Media


def wrap(value: Any) -> Media | None:
    """The medium for a figure of matplotlib, seaborn, plotly, altair or bokeh, or a Pillow image; None for others."""
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


_MAKERS: dict[str, Callable[[Any], Media | None]] = {
    "PIL": _picture,
    "matplotlib": _drawn,
    "seaborn": _drawn,
    "sklearn": _drawn,
}
"""By the package of a type or of one it is derived from."""
