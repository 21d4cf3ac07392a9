"""Values of other libraries that are more than a number, told by their type: none is loaded to find out."""

from __future__ import annotations

import sys
from typing import Any

from trackio.media.base import Media
from trackio.media.figures import wrap


def medium(value: Any) -> Media | None:
    """The medium for a figure, a picture, or a DataFrame of pandas or polars; None for others."""
    for name in ("pandas", "polars"):
        library = sys.modules.get(name)
        # A library that is being imported just now has no such class yet.
        if isinstance(value, getattr(library, "DataFrame", ())):
            from trackio.media.table import Table

            return Table(dataframe=value)
    return wrap(value)
