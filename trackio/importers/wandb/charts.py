"""The CSV of a chart, as W&B's site exports it: an x-axis, and ``run - metric`` with its band for every line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any

from trackio.definitions import EVENT, define, fields
from trackio.importers import cells
from trackio.importers.imported import Event, ImportedRun

SEPARATOR = " - "
BANDS = ("__MIN", "__MAX")
STEPS = ("step", "_step")
SECONDS = ("relative time (process)", "relative time (wall)", "_runtime", "relative time")
CLOCKS = ("wall time", "_timestamp", "timestamp")


def is_chart(header: Sequence[str]) -> bool:
    """Whether these are the columns of a chart."""
    return len(header) > 1 and SEPARATOR not in header[0] and all(SEPARATOR in name for name in header[1:])


@dataclass(slots=True)
class _Line:
    run: str
    metric: str
    columns: list[str] = field(default_factory=list)


def runs(path: Path, header: Sequence[str], content: str, group: str | None) -> Iterator[ImportedRun]:
    """A run for each that has a line in the chart.

    Where lines are drawn over another metric, that is kept as a metric and as their axis. The band of a line is kept
    where it differs from the line: there the site had put several points together.
    """
    axis, metrics = header[0], _metrics(header[1:])
    start_ns = path.stat().st_mtime_ns
    found: dict[str, list[tuple[int, int, dict[str, Any]]]] = {}
    for row in cells.rows(path):
        x = row.get(axis)
        by_run: dict[str, dict[str, Any]] = {}
        for column, (run, metric) in metrics.items():
            value = row.get(column)
            if value is None or (column.endswith(BANDS) and value == row.get(column[: -len(BANDS[0])])):
                continue
            by_run.setdefault(run, {})[metric] = value
        for run, values in by_run.items():
            rows = found.setdefault(run, [])
            rows.append(_place(axis, x, values, len(rows), start_ns))
    is_axis = axis.lower() not in (*STEPS, *SECONDS, *CLOCKS)
    for run, rows in found.items():
        names = dict.fromkeys(name for _, _, values in rows for name in values if name != axis)
        yield ImportedRun(
            id=f"wandb-{blake2b(f'{content} {run}'.encode(), digest_size=8).hexdigest()}",
            name=run.removeprefix("Group: "),
            group=group or (run.removeprefix("Group: ") if run.startswith("Group: ") else None),
            config={"imported_from": path.name},
            rows=[row for row in rows if row[2]],
            events=[Event(EVENT, start_ns, fields(define(name, step_metric=axis))) for name in names if is_axis],
        )


def _place(axis: str, x: Any, values: dict[str, Any], count: int, start_ns: int) -> tuple[int, int, dict[str, Any]]:
    kind = axis.lower()
    own_step = values.pop("_step", None)
    step = int(own_step) if isinstance(own_step, (int, float)) else count
    if not isinstance(x, (int, float)):
        return step, start_ns, values
    if kind in STEPS:
        return int(x), start_ns, values
    if kind in SECONDS:
        return step, start_ns + round(x * 1e6) * 1000, values
    if kind in CLOCKS:
        return step, cells.nanoseconds(x), values
    return step, start_ns, {axis: x, **values}


def _metrics(columns: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Run and metric of every column. Both may have the separator in them: the ending that most columns share is the
    metric, and of several the shortest."""
    plain = {column: column.removesuffix(BANDS[0]).removesuffix(BANDS[1]) for column in columns}
    endings = Counter(ending for name in set(plain.values()) for ending in _endings(name))
    found = {}
    for column, name in plain.items():
        metric = max(_endings(name), key=lambda ending: (endings[ending], -len(ending)))
        band = column[len(name) :]
        found[column] = name[: -len(SEPARATOR + metric)], metric + band
    return found


def _endings(name: str) -> list[str]:
    parts = name.split(SEPARATOR)
    return [SEPARATOR.join(parts[at:]) for at in range(1, len(parts))]
