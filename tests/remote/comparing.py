"""Whether two stores have the same of a run: every value bit for bit, and all else that was recorded."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import Any

from trackio.store.garbage import referenced
from trackio.store.project import ProjectStore

_TIMES = "time_ns"


def assert_same(here: ProjectStore, there: ProjectStore, run_id: str) -> None:
    """Everything of a run, and the files that both projects speak of."""
    here.catch_up()
    there.catch_up()
    for kind in ("metric", "system"):
        names = [metric.name for metric in here.metrics(run_id, kind)]
        assert [metric.name for metric in there.metrics(run_id, kind)] == names
        for name in names:
            assert exact(there.values(run_id, name, kind)) == exact(here.values(run_id, name, kind)), name
    one, two = here.run(run_id), there.run(run_id)
    for field in (
        "name",
        "group",
        "job_type",
        "tags",
        "notes",
        "config",
        "summary",
        "status",
        "exit_code",
        "row_count",
    ):
        assert getattr(two, field) == getattr(one, field), field
    assert there.alerts(run_id) == here.alerts(run_id)
    assert list(there.energy_events(run_id)) == list(here.energy_events(run_id))
    for table in ("artifacts", "artifact_uses", "events"):
        assert _rows(there, table) == _rows(here, table), table
    assert referenced(there) == referenced(here)
    for name in referenced(here):
        assert there.blobs.read(name) == here.blobs.read(name)


def exact(rows: Iterable[tuple[int, int, int, Any]]) -> list[tuple[Any, ...]]:
    """Values by their type and bits, as NaN is not equal to itself and 1 is to 1.0."""
    return [
        (row, step, time_ns, type(value), struct.pack("<d", value) if isinstance(value, float) else value)
        for row, step, time_ns, value in rows
    ]


def _rows(store: ProjectStore, table: str) -> list[tuple[Any, ...]]:
    if not store.query("SELECT 1 FROM sqlite_master WHERE name = ?", (table,))[1]:
        return []
    columns, rows = store.query(f"SELECT * FROM {table}")
    kept = [place for place, name in enumerate(columns) if name not in ("num", "run")]
    return sorted((tuple(row[place] for place in kept) for row in rows), key=repr)
