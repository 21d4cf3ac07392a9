"""Charts and runs as files: whole series as CSV and Parquet, pictures as SVG and PNG, the Vega-Lite spec."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from trackio import charts
from trackio.grammar import View
from trackio.lines import Line
from trackio.picture import summary
from trackio.records import MetricKind, RunSeries, Series

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from trackio.flags import Alert

PNG_SCALE = 2.0
CSV_ROWS = 1_000_000
CSV_HEAD = "run,run_id,group,step,timestamp,value\n"


def csv_bytes(series: Sequence[RunSeries], axis: str | None = None) -> bytes:
    """Every point that was logged, exactly: floats as the shortest text that reads back to the same number.

    NaN and infinities are ``NaN``, ``Infinity`` and ``-Infinity``, as pandas and JavaScript read them. With ``axis`` a
    last column of that name holds the x-axis, which then has a value for each point.
    """
    return b"".join(csv_pieces(series, axis))


def csv_pieces(series: Iterable[RunSeries], axis: str | None = None) -> Iterator[bytes]:
    """The same in pieces, for which series are read as they are written."""
    head = CSV_HEAD if axis is None else CSV_HEAD.replace("\n", f",{axis}\n")
    yield head.encode()
    for part in _parts(series, has_axis=axis is not None):
        yield _rows(part, has_axis=axis is not None)


def parquet_bytes(series: Sequence[RunSeries], kinds: Sequence[MetricKind]) -> bytes:
    """The points of one run as Parquet, in long form, so that the files of many runs read as one table."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    def repeated(texts: Sequence[str | None]) -> pa.Array:
        codes = np.repeat(np.arange(len(series)), [len(one.series) for one in series])
        return pa.array(texts, pa.string()).take(pa.array(codes, pa.int64())).dictionary_encode()

    def joined(arrays: Sequence[NDArray[Any]], dtype: type) -> NDArray[Any]:
        return np.concatenate([np.empty(0, dtype), *arrays])

    table = pa.table(
        {
            "run": repeated([one.run_name for one in series]),
            "run_id": repeated([one.run_id for one in series]),
            # Not by categories: pandas warns where those of a run without a group meet another's.
            "group": repeated([one.group for one in series]).dictionary_decode(),
            "kind": repeated(kinds),
            "metric": repeated([one.metric for one in series]),
            "row": joined([one.series.row for one in series], np.int64),
            "step": joined([one.series.step for one in series], np.int64),
            "timestamp": pa.array(joined([one.series.time_ns for one in series], np.int64), pa.timestamp("ns", "UTC")),
            "value": joined([one.series.value for one in series], np.float64),
        }
    )
    out = io.BytesIO()
    pq.write_table(table, out, compression="zstd")
    return out.getvalue()


def pictures(
    lines: Sequence[Line], view: View, title: str, *, is_transparent: bool = False, alerts: Sequence[Alert] = ()
) -> dict[str, bytes]:
    """The files ``svg``, ``png`` and ``vl.json``; the PNG on white, or on nothing."""
    spec = vega_lite(lines, view, title, alerts)
    svg = charts.svg(spec)
    return {
        "svg": svg.encode(),
        "png": charts.png(spec, scale=PNG_SCALE, transparent=True) if is_transparent else png(svg),
        "vl.json": spec_bytes(spec),
    }


def vega_lite(lines: Sequence[Line], view: View, title: str, alerts: Sequence[Alert] = ()) -> dict[str, Any]:
    """A chart as Vega-Lite."""
    spec: dict[str, Any] = charts.chart(
        lines, view, title=title, subtitle=summary(lines, view), alerts=alerts
    ).to_dict()
    return spec


def spec_bytes(spec: dict[str, Any]) -> bytes:
    """The spec as a file."""
    return json.dumps(spec, ensure_ascii=True, separators=(",", ":")).encode() + b"\n"


def png(svg: str) -> bytes:
    """The picture on white."""
    import vl_convert

    return bytes(vl_convert.svg_to_png(svg, scale=PNG_SCALE))


def _parts(series: Iterable[RunSeries], *, has_axis: bool) -> Iterable[list[RunSeries]]:
    """The series in pieces whose text is surely below the 2 GB that one array of texts can hold."""
    part: list[RunSeries] = []
    rows = 0
    for one in series:
        for start in range(0, len(one.series), CSV_ROWS):
            cut = slice(start, start + CSV_ROWS)
            whole = one.series
            piece = _cut(whole, cut)
            if rows + len(piece) > CSV_ROWS:
                yield part
                part, rows = [], 0
            axis = _cut(one.axis, cut) if has_axis and one.axis is not None else None
            part.append(replace(one, series=piece, axis=axis))
            rows += len(piece)
    if part:
        yield part


def _cut(whole: Series, cut: slice) -> Series:
    return Series(whole.row[cut], whole.step[cut], whole.time_ns[cut], whole.value[cut])


def _rows(part: Sequence[RunSeries], *, has_axis: bool) -> bytes:
    """The lines of these series: Arrow writes numbers and times many times as fast as a loop."""
    import pyarrow as pa
    import pyarrow.compute as pc

    text = pa.string()
    value = np.concatenate([one.series.value for one in part])
    values = pa.array(value).cast(text)
    is_odd = ~np.isfinite(value)
    if is_odd.any():
        names = [_ODD[item] for item in values.filter(pa.array(is_odd)).to_pylist()]
        values = pc.replace_with_mask(values, pa.array(is_odd), pa.array(names, text))
    # With a time zone in its type, Arrow takes thirty times as long.
    times = pa.array(np.concatenate([one.series.time_ns for one in part]) // 1000, pa.timestamp("us")).cast(text)
    times = pc.binary_join_element_wise(times, pa.scalar(""), "Z")
    steps = pa.array(np.concatenate([one.series.step for one in part])).cast(text)
    starts = pa.array([_row([one.run_name, one.run_id, one.group or ""]) for one in part], text)
    runs = starts.take(pa.array(np.repeat(np.arange(len(part)), [len(one.series) for one in part])))
    more = [pa.array(np.concatenate([one.axis.value for one in part if one.axis])).cast(text)] if has_axis else []
    lines = pc.binary_join_element_wise(runs, steps, times, values, *more, ",")
    # The texts of an array lie one after another in its buffer: with their line ends, that is the file.
    ended = pc.binary_join_element_wise(lines, pa.scalar(""), "\n")
    return bytes(ended.buffers()[2] or b"")


_ODD = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}


def _row(texts: Sequence[str]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow([text.replace("\0", "\ufffd") for text in texts])
    return out.getvalue()
