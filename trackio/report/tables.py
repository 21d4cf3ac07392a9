"""The run table and the list of runs: what differs between runs, and how far each came (pure)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

from trackio.energy.units import EnergyUnit, energy_unit, in_unit
from trackio.records import MetricRecord
from trackio.report import privacy, words
from trackio.report.gather import Project, Run
from trackio.report.model import Cell, Column, Row, RunGroup, State
from trackio.report.urls import relative
from trackio.telling import is_better_high, telling

CONFIG_COLUMNS = 6
METRIC_COLUMNS = 4
OPEN_RUNS = 30
"""Up to so many runs, the groups of the list stand open."""
COLOURED = 10


Table: TypeAlias = tuple[tuple[Column, ...], tuple[Row, ...], int]
"""Columns, rows, and how many config keys differ beyond those shown."""


def table(project: Project, joules: Mapping[str, float | None] | None = None) -> Table:
    """The table of a project's runs; their ``joules``, by id, have a column."""
    configs = [dict(words.flat(privacy.public(run.record.config))) for run in project.runs]
    differing = _differing(configs)
    keys = differing[:CONFIG_COLUMNS]
    metrics = telling([metric.name for metric in project.metrics])[:METRIC_COLUMNS]
    columns = [Column(key, "config", "") for key in keys]
    for name in metrics:
        columns += [Column(name, "number", "last"), Column(name, "number", "max" if is_better_high(name) else "min")]
    rows = tuple(_row(project, run, config, keys, metrics) for run, config in zip(project.runs, configs, strict=True))
    if joules is not None and any(value is not None for value in joules.values()):
        unit = energy_unit(joules.values())
        columns.append(Column("energy", "number", unit))
        rows = tuple(replace(row, cells=(*row.cells, _energy(joules.get(row.id), unit))) for row in rows)
    return tuple(columns), rows, len(differing) - len(keys)


def listed(project: Project, rows: Sequence[Row], *, is_grouped: bool) -> tuple[RunGroup, ...]:
    """The runs by group, in order of the groups; those without a group last."""
    names: list[str | None] = [*project.groups, None]
    members: dict[str | None, list[Row]] = {name: [] for name in names}
    for run, row in zip(project.runs, rows, strict=True):
        members[run.record.group].append(row)
    is_open = len(rows) <= OPEN_RUNS
    return tuple(
        RunGroup(name, number if is_grouped and name is not None and number < COLOURED else -1, tuple(found), is_open)
        for number, (name, found) in enumerate(members.items())
        if found
    )


def state(run: Run) -> State:
    """The run's status; for a live one the time of the last point."""
    record = run.record
    is_live = record.status == "running"
    return State(record.status, is_live, f"last point {words.minute(record.updated_ns)}" if is_live else "")


def color(project: Project, run: Run) -> int:
    """The run's own colour, or grey where more runs than colours stand beside each other."""
    return run.record.order % COLOURED if len(project.runs) <= COLOURED or run.record.order < COLOURED else -1


def _differing(configs: Sequence[dict[str, Any]]) -> list[str]:
    """Keys whose values are not the same in all runs, in the order in which runs first had them."""
    seen: dict[str, set[str]] = {}
    for config in configs:
        for key, value in config.items():
            seen.setdefault(key, set()).add(words.value(value))
    counts = {key: sum(key in config for config in configs) for key in seen}
    return [key for key, values in seen.items() if len(values) > 1 or counts[key] < len(configs)]


def _row(project: Project, run: Run, config: dict[str, Any], keys: Sequence[str], names: Sequence[str]) -> Row:
    record = run.record
    cells = [_cell(config[key]) if key in config else Cell("", "", is_number=False) for key in keys]
    known = {metric.name: metric for metric in run.numeric("metric")}
    for name in names:
        cells += _metric_cells(known.get(name), is_high=is_better_high(name))
    return Row(
        id=record.id,
        name=record.name,
        href=relative(project.urls.run(run.slug), project.urls.index),
        color=color(project, run),
        group=record.group or "",
        state=state(run),
        created=Cell(words.day(record.created_ns), str(record.created_ns // 1_000_000), is_number=True),
        seconds=Cell(words.duration(record.seconds), f"{record.seconds:.3f}", is_number=True),
        cells=tuple(cells),
        tags=record.tags,
    )


def _metric_cells(metric: MetricRecord | None, *, is_high: bool) -> list[Cell]:
    if metric is None:
        return [Cell("", "", is_number=True)] * 2
    return [_cell(value) for value in (metric.last, metric.maximum if is_high else metric.minimum)]


def _energy(joules: float | None, unit: EnergyUnit) -> Cell:
    text, value = ("", "") if joules is None else (in_unit(joules, unit), repr(joules))
    return Cell(text, value, is_number=True)


def _cell(value: Any) -> Cell:
    if value is None:
        return Cell("", "", is_number=False)
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    text = words.value(value)
    return Cell(
        text if len(text) <= 80 else text[:79] + "…", repr(value) if is_number else text[:200], is_number=is_number
    )
