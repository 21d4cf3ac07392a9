"""Writes the golden files beside it: ``python -m tests.cases.make``; read the difference before you commit it.

Smoothing and means come from their definitions in exact fractions, slowly; the rest is what Python says now.
``grammar.json`` is written by hand, and ``ticks.json`` by d3-array 3.2.4.
"""

from __future__ import annotations

import json
import math
from fractions import Fraction
from typing import Any

import numpy as np

from tests.pure.shared import CASES, outcome, plain, revived
from trackio.report.columns import encode

NOISE = {"n": 60, "by": 37, "mod": 61}
GAPS = {"n": 40, "by": 17, "mod": 41, "but": {"0": "NaN", "7": "Infinity", "8": "NaN", "20": "-Infinity", "39": "NaN"}}
SPIKES = {"n": 50, "by": 11, "mod": 53, "but": {"25": 1e30, "26": -1e-12}}
LONG = {"n": 5000, "by": 7919, "mod": 4999, "but": {"1234": 50.0, "3210": -50.0, "4000": "NaN"}}


def averaged(values: list[float], window: int) -> list[float]:
    half = max(3, min(window, len(values))) // 2
    result = []
    for k, value in enumerate(values):
        near = [Fraction(v) for v in values[max(0, k - half) : k + half + 1] if math.isfinite(v)]
        result.append(float(sum(near) / len(near)) if math.isfinite(value) else value)
    return result


def decayed(values: list[float], weight: float) -> list[float]:
    w, average, count = Fraction(weight), Fraction(0), 0
    result = []
    for value in values:
        if math.isfinite(value):
            average, count = w * average + (1 - w) * Fraction(value), count + 1
            result.append(float(average / (1 - w**count)))
        else:
            result.append(value)
    return result


def smoothing() -> list[dict[str, Any]]:
    table = []
    for series in (NOISE, GAPS, SPIKES, [3.0], [], [1.0, 2.0], ["NaN", "NaN"], [0.1] * 5):
        values = revived(series)
        table += [case("smooth", [series, n], plain(averaged(values, n))) for n in (1, 3, 4, 10, 49, 1000)]
        table += [case("smooth", [series, w], plain(decayed(values, w))) for w in (0.1, 0.6, 0.99)]
        table.append(case("smooth", [series, 0], plain(values)))
    seeds = [[[0, 1, 2, 4], [1.0, 2.0, 3.0, 5.0]], [[1, 2, 3], [4.0, "NaN", 8.0]], [[2, 2, 3, 9], [1.0, 3.0, 0.0, 7.0]]]
    table += [computed("aggregate", [seeds, band]) for band in ("minmax", "std", "ci95", "none")]
    table.append(computed("aggregate", [[[[0], ["NaN"]]], "minmax"]))
    table += [computed("reduce", [[LONG], budget]) for budget in (10, 100, 400, 4999, 5000)]
    table += [computed("reduce", [[LONG], 100, offset]) for offset in (1, 63, 64, 100)]
    table.append(computed("reduce", [[LONG, {"n": 5000, "by": 13, "mod": 4999}], 200]))
    table.append(computed("reduce", [[["NaN"] * 10 + [1.0] * 10 + ["NaN"] * 10], 8]))
    table.append(computed("reduce", [[[1.0, 1.0, 2.0, 2.0, 1.0, 1.0, 2.0, 2.0] * 4], 8]))
    table += [computed("bucketSize", [n, 200]) for n in (0, 1, 200, 201, 400, 401, 100_000)]
    table.append(computed("carried", [[0, 1, 2, 5, 9], [1, 3, 5, 6], [10.0, "NaN", 30.0, 40.0]]))
    table.append(computed("carried", [[0, 1], [], []]))
    return table + [computed("studentT", [freedom]) for freedom in (0, 1, 3, 9, 10, 63)]


def runs(count: int, **more: Any) -> list[dict[str, Any]]:
    return [
        {"run_id": f"id{k}", "run_name": f"run {k}", "order": k, "y": {"n": 30, "by": 7 + k, "mod": 31}, **more}
        for k in range(count)
    ]


def lines() -> list[dict[str, Any]]:
    three, one = runs(3), runs(1)
    seeds = [
        {**run, "group": f"g{k % 4}", "config": {"lr": 0.1 * (k % 3), "net": {"depth": k % 2}}}
        for k, run in enumerate(runs(12))
    ]
    epochs = {"row": [0, 10, 20], "y": [0.0, 1.0, 2.0]}
    backward = [{"run_id": "a", "step": [0, 1, 2, 1, 2, 3], "y": [1.0, 2.0, 3.0, 9.0, 8.0, 7.0]}]
    signs = [{"run_id": "a", "y": [-1.0, 0.0, 1.0, 10.0, "NaN", 100.0]}]
    twins = [{"run_id": f"abcdefghij{k}", "run_name": "same", "order": 10 * k, "y": [1.0, float(k)]} for k in range(3)]
    queries = {
        "": three,
        "runs=id1,run%202": three,
        "run=nobody": three,
        "smoothing=5&xmin=10&xmax=20": three,
        "smoothing=0.9&xmin=25": three,
        "xmin=10.5&xmax=10.6": one,
        "xmin=50": three,
        "x=relative": runs(2, created_ms=1_700_000_000_000),
        "x=time": runs(2, created_ms=1_700_000_000_000),
        "x=epoch": [{**run, "axis": epochs} for run in runs(2)],
        "x=epoch&xmin=1": [{**runs(1)[0], "axis": {"row": [5], "y": [1.5]}}, *runs(3)[1:]],
        "x=nothing": one,
        "band=std": seeds,
        "band=ci95&smoothing=3": seeds,
        "band=none": seeds,
        "groupby=none": seeds,
        "groupby=group&x=epoch": [{**seeds[0], "axis": epochs}, *seeds[1:]],
        "groupby=lr": seeds,
        "groupby=net.depth&band=std": seeds,
        "groupby=nothing": seeds,
        "group=g1": seeds,
        "group=nobody": seeds,
        "yscale=log": signs,
        "xscale=log&yscale=log": [*signs, *backward],
    }
    table = [computed("lines", [given, query]) for query, given in queries.items()]
    table += [
        computed("lines", [backward, ""]),
        computed("lines", [twins, ""]),
        computed("lines", [[*runs(2, metric="a"), *runs(2, metric="b")], ""]),
        computed("lines", [[*runs(1, metric="a"), *runs(1, metric="b")], ""]),
        computed("lines", [runs(12), ""]),
        computed("lines", [seeds, "group=g2", 400, ["g0", "g1", "g2", "g3"]]),
        computed("lines", [seeds, "groupby=group&group=g2", 400, ["g0", "g1", "g2", "g3"]]),
        computed("lines", [[{"run_id": "long", "y": LONG}], "", 100]),
        computed("lines", [[{"run_id": "long", "y": LONG}], "smoothing=50&xmin=1000&xmax=3000", 100]),
        computed("lines", [[], ""]),
        computed("lines", [[{"run_id": "none", "y": []}], ""]),
    ]
    for query in ("runs=id1,zz&run=yy", "group=g9", "x=epoch", "x=kwh", "groupby=none", "groupby=zz", "runs=zz*"):
        table.append(computed("notes", [three, query]))
    for axis in ("epoch", "kwh"):
        table.append(computed("notes", [[{**runs(1)[0], "axis": epochs}, *runs(3)[1:]], f"x={axis}"]))
    table += [computed("along", [run, curve]) for run in spent_by() for curve in curves()]
    wishes = ([0, 1, 2], [3, 13, 4], [9, 19, 29], list(range(10)), list(range(25)), [5, 15, 25] * 4, [0] * 10)
    return table + [computed("colours", [list(wish)]) for wish in wishes]


def spent_by() -> list[dict[str, Any]]:
    """Runs that log each second, and one that logs now and then from before the first reading."""
    often = {"run_id": "often", "created_ms": 1_700_000_000_000, "y": [1 / (k + 1) for k in range(12)]}
    return [often, {**often, "run_id": "rarely", "y": [3.0, "NaN", 1.0, 0.5], "time": [-9000.0, 2500.0, 30e3, 80e3]}]


def curves() -> list[dict[str, Any]]:
    """What they used: at once, with a pause, with a step, and nothing known."""
    packed = [
        ([0, 4000, 9000], [0.0, 0.25, 1.0], []),
        ([1000, 3000, 70000, 80000], [0.0, 0.5, 0.5, 0.75], [1000, 3000, 70000, 80000]),
        ([2000, 5000, 5000, 7000], [0.0, 0.1, 0.4, 0.5], []),
    ]
    found = [{"time": encode(time), "kwh": encode(kwh), "known": encode(known)} for time, kwh, known in packed]
    return [{name: column for name, column in one.items() if name != "known" or column["n"]} for one in found]


def flags() -> list[dict[str, Any]]:
    noon = 1_732_190_400_000
    three = runs(3, created_ms=noon)

    def alert(run: int, title: str, since: float, **more: Any) -> dict[str, Any]:
        return {"run": f"id{run}", "title": title, "since": since, "created": noon, **more}

    few = [
        alert(0, "early", 2000, step=2, level="info"),
        alert(1, "grave", 15_400, step=15, level="error"),
        alert(1, "beside it", 15_500, step=15),
        alert(2, "no step", 20_000),
        alert(2, "after the end", 90_000, step=90, level="error"),
        alert(9, "of another run", 3000, step=3),
        alert(0, "of no level", 25_000, step=25, level="fatal"),
    ]
    epochs = {"row": [0, 10, 20], "y": [0.0, 1.0, 2.0]}
    odd = {"row": [0, 1, 2, 3], "time": [5000.0, 1000.0, 20_000.0, 20_000.0], "y": [0.5, "NaN", 1.5, 2.5]}
    queries = [
        "",
        "x=time",
        "x=relative",
        "xscale=log",
        "xmin=10",
        "xmin=10&xmax=20",
        "xmax=1",
        "runs=id1",
        "alerts=hidden",
    ]
    table = [computed("flags", [few, three, query]) for query in queries]
    table += [
        computed("flags", [few, [{**run, "axis": axis} for run in three[:2]] + three[2:], f"x={name}"])
        for axis in (epochs, odd)
        for name in ("epoch", "kwh")
    ]
    seeds = [{**run, "group": "g"} for run in three]
    table.append(computed("flags", [few, seeds, "groupby=group"]))
    table.append(computed("flags", [[{**one, "x": k * 3.0} for k, one in enumerate(few)], three, "x=epoch"]))
    table.append(computed("flags", [few, [], ""]))
    table.append(computed("flags", [[], three, ""]))
    many = [alert(k % 3, f"{k}", k, step=k * 7 % 30, level=("info", "warn", "error")[k % 5 % 3]) for k in range(60)]
    long = {"run_id": "id0", "step": [0, 100_000], "y": [1.0, 2.0]}
    spread = [alert(0, f"{k}", k, step=k * 997 % 100_000, level=("info", "warn", "error")[k % 3]) for k in range(100)]
    table += [computed("flags", [many, three, ""]), computed("flags", [spread, [long], ""])]
    far = alert(0, "far", 0, step=-1_234_567)
    table.append(
        computed("flags", [[far, {**far, "step": 0}], [{"run_id": "id0", "step": [-2_000_000, 5], "y": [1, 2]}], ""])
    )
    return table + [computed("told", [found, given]) for found, given in ((few, three), (spread, [long]), ([], three))]


def scales() -> list[dict[str, Any]]:
    spans = [(0, 1), (0.1, 11.2), (-3, 7), (0, 5100), (1e12, 1e12 + 5), (-1e-12, 3e-12), (3.27, 3.31), (0, 12345678)]
    spans += [(0, 1e12), (9.5e5, 1.2e6), (0, 3e-4), (0.0002, 0.0123), (1e20, 3e20), (-1e5, 2.5e5), (0, 1e-300), (5, 5)]
    logs = [(1e-5, 1e3), (0.3, 20), (3, 4.5), (1e-12, 1e12), (1, 10), (2, 900), (1e-300, 1e300), (5, 15), (0.09, 110)]
    noon, day = 1732190400000, 86400000
    times = [0.05, 5, 60, 900, 3600, 40000, 90000, 5 * 86400, 40 * 86400, 200 * 86400, 800 * 86400, 9000 * 86400]
    table = [computed("domain", [*span]) for span in spans]
    table += [computed("domain", ["NaN", "NaN"]), computed("domain", ["NaN", "NaN", "log"])]
    table += [computed("domain", [low, high]) for low, high in ((0, 0), (0.1, 0.10000000000000002), (-5, -5), (-9, 0))]
    table += [computed("domain", [*span, "log"]) for span in [*logs, (7, 7), (1e-320, 1e-310)]]
    table += [computed(call, [*span, n]) for span in spans for n in (3, 5, 10) for call in ("ticks", "tickLabels")]
    table += [computed(call, [*span, n]) for span in logs for n in (3, 5, 8) for call in ("logTicks", "logLabels")]
    for seconds in times:
        span = [noon - 3000, noon - 3000 + seconds * 1000]
        table += [computed(call, [*span, n]) for n in (4, 7) for call in ("timeTicks", "timeLabels")]
        table.append(computed("durationTicks", [0, seconds, 6]))
        table.append(computed("durationLabel", [seconds]))
    table += [computed("timeTicks", [-1e17, 1e17, 5]), computed("timeTicks", [noon - 900 * 366 * day, noon, 5])]
    table += [computed("timeLabel", [value]) for value in (0, -1, noon + 0.7, -62135596800000, 1e17)]
    table += [computed("durationLabel", [value]) for value in (0, 0.25, -90, 59.9996, 3599.6, 86400 * 1234, 1e-9)]
    amounts = [(0, 0.98), (0, 1.004), (0, 2.5e-4), (3e-7, 9e-7), (12, 20_500), (0, 0)]
    table += [computed(call, [*span, 6]) for span in amounts for call in ("energyTicks", "energyLabels")]
    table += [computed("energyLabel", [value]) for value in (0, 3e-7, 0.0312345, 0.99949, 0.9996, 1.25, 9999, 12_345.6)]
    numbers = [0, 1, -7, 1 / 3, 3.2763, 1234.5678, 99999.5, 123456.7, 1e12, 1e15, -5e15, 1e-4, 9.99999e-5, -1.2e-12]
    numbers += [0.5, 2.5, 0.00025, 12345.5, 5e-324, 1.7e308, "NaN", "Infinity", "-Infinity"]
    table += [computed("numberLabel", [number]) for number in numbers]
    table += [
        computed("fixed", [value, digits]) for value, digits in ((0.5, 0), (2.5, 0), (1.005, 2), (-0.04, 1), (-1.25, 1))
    ]
    signs = [{"run_id": "a", "y": [-1.0, 0.0, 1.0, 10.0, "NaN", 100.0]}]
    spans_of = {
        "": runs(2),
        "xmin=3": runs(2),
        "xmin=500": runs(2),
        "ymin=0&ymax=0.5": runs(2),
        "ymin=99": runs(2),
        "smoothing=5": runs(2),
        "yscale=log": signs,
        "xscale=log": signs,
        "x=relative": runs(1),
        "x=time": runs(1, created_ms=noon),
        "x=epoch": [{**runs(1)[0], "axis": {"row": [0, 9], "y": [0.0, 1.0]}}],
        "x=kwh": [{**runs(1)[0], "axis": {"row": [0, 9, 20], "y": [0.0, 0.3, 0.98]}}],
        "x=kwh&xmin=0.5&xmax=2": [{**runs(1)[0], "axis": {"row": [0, 9, 20], "y": [0.0, 1.3, 2.98]}}],
        "x=kwh&xscale=log": [{**runs(1)[0], "axis": {"row": [0, 9, 20], "y": [1e-5, 0.01, 0.2]}}],
    }
    table += [computed("axes", [given, query]) for query, given in spans_of.items()]
    table.append(computed("axes", [[], ""]))
    return table + [computed("axes", [[{"run_id": "a", "y": [y] * 5}], ""]) for y in (0.0, 1e-12, 1e12, -3.0, 1e308)]


def columns() -> list[dict[str, Any]]:
    random = np.random.default_rng(3)
    arrays: dict[str, Any] = {
        "progression": np.arange(10, 60, 5),
        "fractions of a step": np.arange(9) * 0.25,
        "none": [],
        "whole numbers": [3, 1, -4, 1, 5, 926535, -(2**51), 2**51, 0],
        "four decimals": np.round(random.normal(3, 1, 20), 4),
        "floats": random.normal(0, 1, 20).astype(np.float32),
        "floats with gaps": [1 / 3, math.nan, math.inf, -math.inf, 2 / 7],
        "far from zero": 1e9 + random.normal(0, 1, 20),
        "doubles": [1e300, 2e-300, -7.5e299],
    }
    return [{"name": name, **computed("decode", [encode(values)])} for name, values in arrays.items()]


def case(call: str, args: list[Any], want: Any) -> dict[str, Any]:
    return {"call": call, "args": args, "want": want}


def computed(call: str, args: list[Any]) -> dict[str, Any]:
    return case(call, args, outcome({"call": call, "args": args}))


if __name__ == "__main__":
    for topic in (smoothing, lines, scales, columns, flags):
        rows = ",\n".join(json.dumps(row, allow_nan=False, ensure_ascii=False) for row in topic())
        (CASES / f"{topic.__name__}.json").write_text(f"[\n{rows}\n]\n", encoding="utf-8")
