"""What an export to Parquet keeps of a run's energy beside it, as events again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from trackio.importers.description import energy_event
from trackio.importers.imported import Event, ImportFailed
from trackio.importers.parquet_rows import BATCH_ROWS, opened, plain
from trackio.importers.told import listed, parsed
from trackio.store.energy import SAMPLE

ENERGY = b"trackio.energy"
"""The key of such a file's metadata: which run it is of, and what was told beside the readings."""

_COLUMNS = ("session", "clock_ns", "timestamp", "place", "counter_mj", "power_mw", "utilization_percent")


def beside(path: Path) -> Path:
    """Where the energy of the run in a file lies."""
    return path.parent / "energy" / path.name


def energy_of(path: Path, run_id: str) -> Iterator[Event]:
    """The energy of the run in the file at ``path``, read by batches; nothing when there is none beside it.

    Raises ImportFailed for a file that is damaged. One of another run is passed over, as files may be put together.
    """
    path = beside(path)
    if not path.is_file():
        return
    with opened(path) as file:
        try:
            told = parsed((file.schema_arrow.metadata or {})[ENERGY])
            if told["run"] != run_id:
                return
            events = [energy_event(one) for one in listed(told["events"])]
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ImportFailed(path, f"its metadata cannot be used ({error})") from None
        # Samples belong to a session that has begun.
        yield from events
        if not set(_COLUMNS) <= set(file.schema_arrow.names):
            raise ImportFailed(path, "it lacks columns of readings")
        for batch in file.iter_batches(BATCH_ROWS, columns=list(_COLUMNS)):
            by_name = dict(zip(batch.schema.names, batch.columns, strict=True))
            for row in zip(*(plain(by_name[name]).to_pylist() for name in _COLUMNS), strict=True):
                yield _sample(*row)


def _sample(session: Any, clock_ns: Any, time_ns: Any, *row: Any) -> Event:
    return Event(SAMPLE, time_ns, {"session": session, "clock_ns": clock_ns, "rows": [list(row)]})
