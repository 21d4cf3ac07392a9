"""Runs with media as they lie in a store: blobs put, and references to them logged as the texts that they are."""

from __future__ import annotations

import io
import json
import struct
import wave
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

import trackio
from trackio.references import encode
from trackio.report.media import colors
from trackio.store import layout
from trackio.store.blobs import Blobs

Reference = dict[str, Any]


class Shelf:
    """The files of a project, and references to them."""

    def __init__(self, home: Path, project: str = "p") -> None:
        self.project = project
        self.blobs = Blobs(layout.project_directory(home, project))

    def put(self, kind: str, data: bytes, suffix: str, **known: Any) -> Reference:
        blob = self.blobs.put(data, suffix)
        return {"_type": f"trackio.{kind}", "file": blob.name, "size": blob.size, **known}

    def image(self, number: int = 0, size: int = 8, **known: Any) -> Reference:
        return self.put("image", png(number, size), ".png", width=size, height=size, format="png", **known)

    def mask(self, classes: Any, labels: Mapping[str, str]) -> Reference:
        return {"file": self.blobs.put(grey(np.array(classes)), ".png").name, "class_labels": dict(labels)}

    def table(self, columns: list[str], rows: list[list[Any]]) -> Reference:
        data = json.dumps({"columns": columns, "data": rows}).encode()
        return self.put("table", data, ".table.json", columns=columns, rows=len(rows))

    def trace(self, messages: list[Any], **metadata: Any) -> Reference:
        data = json.dumps({"messages": messages, "metadata": metadata}).encode()
        return self.put("trace", data, ".trace.json", messages=len(messages))

    def vega(self, **spec: Any) -> Reference:
        return self.put("vega", json.dumps(CHART | spec).encode(), ".vl.json", title="Squares")

    def plotly(self, script: bytes | None = b"window.Plotly = {newPlot: (e, d) => e.append(d[0].name)}") -> Reference:
        kept = {} if script is None else {"script_file": self.blobs.put(script, ".js").name}
        return self.put("plotly", json.dumps({"data": [{"name": "drawn"}]}).encode(), ".plotly.json", **kept)

    def points(self, points: Any) -> Reference:
        return self.put("object3d", json.dumps(points).encode(), ".pts.json", format="pts.json")

    def sound(self) -> Reference:
        out = io.BytesIO()
        with wave.open(out, "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(8000)
            file.writeframes(struct.pack("<400h", *range(400)))
        return self.put("audio", out.getvalue(), ".wav", sample_rate=8000, seconds=0.05, format="wav")

    def log(self, rows: Iterable[Mapping[str, Any]], name: str = "r", *, every: int = 1, **options: Any) -> None:
        """Record a run: references are encoded, other values stay as they are."""
        run = trackio.init(project=self.project, name=name, auto_log_cpu=False, auto_log_gpu=False, **options)
        for number, row in enumerate(rows):
            run.log({key: encode(v) if isinstance(v, dict) else v for key, v in row.items()}, step=number * every)
        run.finish()


CHART = {
    "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
    "data": {"values": [{"x": x, "y": x * x} for x in range(5)]},
    "mark": "line",
    "encoding": {"x": {"field": "x", "type": "quantitative"}, "y": {"field": "y", "type": "quantitative"}},
}


def png(number: int = 0, size: int = 8) -> bytes:
    """A picture that differs by its number."""
    levels = (np.arange(size * size).reshape(size, size) + number) % colors.LEVELS
    return colors.picture(levels, tuple((k, number % 256, 255 - k) for k in range(256)), is_first_clear=False)


def grey(levels: Any) -> bytes:
    """A grey PNG of these levels, as masks are stored."""
    from PIL import Image

    out = io.BytesIO()
    Image.fromarray(np.asarray(levels, np.uint8)).save(out, "PNG")
    return out.getvalue()


def histogram(values: Iterable[float], low: float = 0, high: float = 1) -> Reference:
    counts = list(values)
    return {
        "_type": "trackio.histogram",
        "bins": np.linspace(low, high, len(counts) + 1).tolist(),
        "values": counts,
    }


def markdown(text: str) -> Reference:
    return {"_type": "trackio.markdown", "_value": text}


def several(items: list[Reference]) -> Reference:
    return {"_type": "trackio.list", "items": items}
