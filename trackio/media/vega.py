"""Charts as Vega-Lite: those of altair, and those made of a table."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Mapping
from typing import Any

from trackio.media.base import Media, Place, file_reference
from trackio.store.layout import clean


class Chart(Media):
    """A chart of altair, or a Vega-Lite spec, with its data inside it."""

    def __init__(self, chart: Any) -> None:
        self.spec: Mapping[str, Any] = chart if isinstance(chart, Mapping) else _spec(chart)

    def reference(self, place: Place) -> dict[str, Any]:
        """Store the spec and return what stands in the row."""
        return spec_reference(self.spec, place)

    def __repr__(self) -> str:
        return f"Chart({title(self.spec) or 'untitled'})"


def spec_reference(spec: Mapping[str, Any], place: Place, **about: Any) -> dict[str, Any]:
    """Store a spec and return the reference to it."""
    text = json.dumps(_finite(spec), separators=(",", ":"), default=str)
    blob = place.blobs.put(text.encode(), ".vl.json")
    return file_reference("vega", blob, title=title(spec), **about)


def title(spec: Mapping[str, Any]) -> str | None:
    """The title of a chart, where it has one."""
    found = spec.get("title")
    if isinstance(found, Mapping):
        found = found.get("text")
    if isinstance(found, list):
        found = " ".join(map(str, found))
    return clean(found) if isinstance(found, str) and found else None


def is_chart(value: Any) -> bool:
    """Whether a value is a chart of altair."""
    altair = sys.modules.get("altair")
    return altair is not None and isinstance(value, altair.TopLevelMixin)


def _spec(chart: Any) -> dict[str, Any]:
    altair = sys.modules["altair"]
    # All rows, in the spec itself, whatever the script has set for its notebook.
    with altair.data_transformers.enable("default", max_rows=None):
        return dict(chart.to_dict())


def _finite(value: Any) -> Any:
    """JSON as browsers read it, which has no NaN."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {clean(str(key)): _finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    return clean(value) if isinstance(value, str) else value
