"""Optional packages, loaded when first needed."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from trackio.errors import MissingExtra

_EXTRAS = {
    "PIL": ("pillow", "media"),
    "bokeh": ("bokeh", "figures"),
    "imageio_ffmpeg": ("imageio-ffmpeg", "media"),
    "plotly": ("plotly", "figures"),
    "rdkit": ("rdkit", "molecules"),
}
"""The distribution and our extra of each."""


def load(module: str) -> Any:
    """The module; raises MissingExtra when its package is not installed."""
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != module.partition(".")[0]:
            raise
        raise MissingExtra(*_EXTRAS[module.partition(".")[0]]) from error
