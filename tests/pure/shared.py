"""Runs the cases of ``tests/cases`` in Python, and in node; both sides answer in JSON, and one comparison judges both.

A case is ``{"call", "args", "want"}``. Numbers that JSON lacks are the strings ``NaN``, ``Infinity`` and ``-Infinity``.
A series may be given as ``{"n", "by", "mod"}``: ``(k * by) % mod / mod``, with ``"but": {place: value}`` on top.
``js_cases.mjs`` is this file's twin; in a page, ``import()`` it and call ``outcomes(cases)``.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from trackio import flags as flags_of
from trackio import grammar, scales, series
from trackio import lines as lines_of
from trackio.energy.axis import along as along_energy
from trackio.energy.statement import JOULES_PER_KWH, Curve
from trackio.grammar import View
from trackio.lines import Line
from trackio.records import RunSeries, Series
from trackio.report import columns

CASES = Path(__file__).parent.parent / "cases"
TOPICS = ("grammar", "smoothing", "lines", "scales", "ticks", "columns", "flags")


def cases(topic: str) -> list[dict[str, Any]]:
    return json.loads((CASES / f"{topic}.json").read_text(encoding="utf-8"))


def title(case: dict[str, Any]) -> str:
    return case.get("name") or f"{case['call']}({json.dumps(case['args'])[1:-1]})"[:80]


def outcome(case: dict[str, Any]) -> Any:
    return plain(CALLS[case["call"]](*[revived(a) for a in case["args"]]))


def differences(got: Any, want: Any, path: str = "") -> list[str]:
    """Where two answers differ; numbers may by a few units in the tenth digit."""
    if isinstance(want, dict) and isinstance(got, dict):
        odd = [f"{path}.{key}: only one side has it" for key in got.keys() ^ want.keys()]
        return odd + [d for key in got.keys() & want.keys() for d in differences(got[key], want[key], f"{path}.{key}")]
    if isinstance(want, list) and isinstance(got, list) and len(want) == len(got):
        return [d for k in range(len(want)) for d in differences(got[k], want[k], f"{path}[{k}]")]
    numbers = isinstance(want, int | float) and isinstance(got, int | float)
    if numbers and not isinstance(want, bool) and not isinstance(got, bool):
        same = math.isclose(got, want, rel_tol=1e-9, abs_tol=1e-300)
    else:
        same = type(got) is type(want) and got == want
    return [] if same else [f"{path}: got {got!r}, want {want!r}"]


def plain(value: Any) -> Any:
    """As JSON holds it."""
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value


def revived(value: Any) -> Any:
    if isinstance(value, list):
        return [revived(v) for v in value]
    if isinstance(value, dict) and "mod" in value:
        made = [(k * value["by"]) % value["mod"] / value["mod"] for k in range(value["n"])]
        for place, other in value.get("but", {}).items():
            made[int(place)] = revived(other)
        return made
    if isinstance(value, dict):
        return {k: revived(v) for k, v in value.items()}
    return float(value) if value in ("NaN", "Infinity", "-Infinity") else value


def view_of(changes: dict[str, Any]) -> View:
    return View(**{k: tuple(v) if isinstance(v, list) else v for k, v in changes.items()})


def changes_of(view: View) -> dict[str, Any]:
    return {k: v for k, v in asdict(view).items() if v != getattr(View(), k)}


def floats(values: Any) -> np.ndarray:
    return np.asarray(values, dtype=np.float64)


def run_series(given: dict[str, Any]) -> RunSeries:
    y = floats(given["y"])
    count = np.arange(len(y))
    row = np.asarray(given.get("row", count))
    step = np.asarray(given.get("step", row))
    time = floats(given.get("time", step * 1000.0))
    created_ns = int(given.get("created_ms", 0)) * 1_000_000
    axis = given.get("axis")
    if axis is not None:
        rows = np.asarray(axis["row"])
        since = floats(axis.get("time", rows * 1000.0))
        axis = Series(rows, rows, (since * 1_000_000).astype(np.int64) + created_ns, floats(axis["y"]))
    return RunSeries(
        run_id=given["run_id"],
        run_name=given.get("run_name", given["run_id"]),
        group=given.get("group"),
        order=given.get("order", 0),
        created_ns=created_ns,
        config=given.get("config", {}),
        metric=given.get("metric", "loss"),
        series=Series(row, step, (time * 1_000_000).astype(np.int64) + created_ns, y),
        axis=axis,
    )


def as_record(line: Line) -> dict[str, Any]:
    return {field: getattr(line, field) for field in Line.__slots__ if field != "_slots"}


def along(given: dict[str, Any], columns_of: dict[str, Any]) -> dict[str, Any]:
    one = run_series(given)
    time, kwh = columns.decode(columns_of["time"]), columns.decode(columns_of["kwh"])
    known = columns.decode(columns_of["known"]) if "known" in columns_of else time[[0, -1]]
    curve = Curve(_wall(one, time), kwh * JOULES_PER_KWH, _wall(one, known).reshape(-1, 2))
    found = along_energy(one, curve)
    assert found.axis is not None
    return {"row": found.series.row, "y": found.series.value, "x": found.axis.value}


def _wall(one: RunSeries, since_ms: np.ndarray) -> np.ndarray:
    return one.created_ns + np.rint(since_ms * 1e6).astype(np.int64)


def parse(query: str, defaults: dict[str, Any] | None = None) -> dict[str, Any]:
    view, notes = grammar.parse(query, view_of(defaults or {}))
    return {"view": changes_of(view), "notes": notes, "query": grammar.query(view)}


def lines(given: list[dict[str, Any]], query: str, budget: int = 400, groups: tuple[str, ...] = ()) -> list[Any]:
    view = grammar.parse(query)[0]
    return [as_record(line) for line in lines_of.lines([run_series(one) for one in given], view, budget, groups)]


def axes(given: list[dict[str, Any]], query: str) -> dict[str, Any]:
    view = grammar.parse(query)[0]
    shown = [run_series(one) for one in given]
    found = lines_of.lines(shown, view)
    axis = lines_of.axis_of(lines_of.selected(shown, view), view)
    return {"x": asdict(scales.x_axis(found, view, axis=axis)), "y": asdict(scales.y_axis(found, view))}


def alert(given: dict[str, Any]) -> flags_of.Alert:
    step = given.get("step")
    return flags_of.Alert(
        run_id=given["run"],
        run_name=given.get("name", given["run"]),
        level=given.get("level", "warn"),
        title=given["title"],
        step=step,
        created_ms=float(given.get("created", 0)),
        since_ms=float(given["since"]),
        x=given.get("x", math.nan),
    )


def flags(raised: list[dict[str, Any]], given: list[dict[str, Any]], query: str) -> list[dict[str, Any]]:
    view = grammar.parse(query)[0]
    shown = [run_series(one) for one in given]
    found = lines_of.lines(shown, view)
    axis = lines_of.axis_of(lines_of.selected(shown, view), view)
    known = [alert(one) for one in raised]
    alerts = known if any("x" in one for one in raised) else flags_of.placed(known, shown, axis)
    return [
        {
            "place": flag.place,
            "level": flag.level,
            "alerts": [one.title for one in flag.alerts],
            "words": flags_of.words(flag.alerts[0]),
        }
        for flag in flags_of.flags(alerts, found, scales.x_axis(found, view, axis=axis), view)
    ]


def told(raised: list[dict[str, Any]], given: list[dict[str, Any]]) -> list[Any]:
    found = lines_of.lines([run_series(one) for one in given], View())
    alerts = flags_of.placed([alert(one) for one in raised], [], "step")
    shown, left = flags_of.told(flags_of.flags(alerts, found, scales.x_axis(found, View()), View()))
    return [[flag.place for flag in shown], left]


def aggregate(curves: list[Any], band: str) -> dict[str, Any]:
    return series.aggregate([(floats(x), floats(y)) for x, y in curves], band)._asdict()


CALLS: dict[str, Callable[..., Any]] = {
    "parse": parse,
    "query": lambda view, defaults: grammar.query(view_of(view), view_of(defaults)),
    "chosen": grammar.chosen,
    "unmatched": grammar.unmatched,
    "numberText": grammar.number_text,
    "smooth": lambda values, smoothing: series.smooth(floats(values), smoothing),
    "aggregate": aggregate,
    "reduce": lambda curves, budget, offset=0: series.reduce([floats(c) for c in curves], budget, offset),
    "bucketSize": series.bucket_size,
    "carried": lambda rows, at, values: series.carried(np.asarray(rows), np.asarray(at), floats(values)),
    "studentT": series.student_t,
    "lines": lines,
    "notes": lambda given, query: lines_of.notes([run_series(one) for one in given], grammar.parse(query)[0]),
    "colours": lines_of.colours,
    "axes": axes,
    "flags": flags,
    "told": told,
    "domain": lambda low, high, scale="linear": scales.domain(low, high, scale=scale),
    "ticks": scales.ticks,
    "tickLabels": lambda start, stop, count: scales.labels(scales.ticks(start, stop, count)),
    "logTicks": scales.log_ticks,
    "logLabels": lambda start, stop, count: scales.log_labels(scales.log_ticks(start, stop, count)),
    "timeTicks": scales.time_ticks,
    "timeLabels": lambda start, stop, count: scales.time_labels(scales.time_ticks(start, stop, count)),
    "timeLabel": scales.time_label,
    "durationTicks": scales.duration_ticks,
    "durationLabel": scales.duration_label,
    "along": along,
    "energyTicks": scales.energy_ticks,
    "energyLabels": lambda *span: scales.energy_labels(scales.energy_ticks(*span), span[:2]),
    "energyLabel": scales.energy_label,
    "numberLabel": scales.number_label,
    "fixed": scales.fixed,
    "decode": columns.decode,
}
