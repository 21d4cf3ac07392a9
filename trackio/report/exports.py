"""A chart as files: the whole series as CSV, the picture as SVG and PNG, its Vega-Lite spec."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from trackio import charts
from trackio.grammar import View
from trackio.lines import Line
from trackio.picture import summary
from trackio.records import RunSeries

PNG_SCALE = 2.0
CSV_HEAD = "run,run_id,group,step,timestamp,value\n"


def csv_bytes(series: Sequence[RunSeries]) -> bytes:
    """Every point that was logged, exactly: floats as the shortest text that reads back to the same number.

    NaN and infinities are ``NaN``, ``Infinity`` and ``-Infinity``, as pandas and JavaScript read them.
    """
    parts = [CSV_HEAD]
    for one in series:
        start = _row([one.run_name, one.run_id, one.group or ""])
        times = np.datetime_as_string(one.series.time_ns.astype("datetime64[ns]").astype("datetime64[us]"))
        points = zip(one.series.step.tolist(), times.tolist(), one.series.value.tolist(), strict=True)
        parts += [f"{start},{step},{time}Z,{value!r}\n" for step, time, value in points]
    text = "".join(parts)
    if "nan\n" in text or "inf\n" in text:
        text = text.replace(",nan\n", ",NaN\n").replace(",inf\n", ",Infinity\n").replace(",-inf\n", ",-Infinity\n")
    return text.encode("utf-8", "replace")


def pictures(lines: Sequence[Line], view: View, title: str) -> dict[str, bytes]:
    """The files ``svg``, ``png`` and ``vl.json``."""
    import vl_convert

    spec: dict[str, Any] = charts.chart(lines, view, title=title, subtitle=summary(lines, view)).to_dict()
    svg = charts.svg(spec)
    return {
        "svg": svg.encode(),
        "png": vl_convert.svg_to_png(svg, scale=PNG_SCALE),
        "vl.json": json.dumps(spec, ensure_ascii=True, separators=(",", ":")).encode() + b"\n",
    }


def _row(texts: Sequence[str]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow([text.replace("\0", "\ufffd") for text in texts])
    return out.getvalue()
