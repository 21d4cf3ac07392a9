"""What was measured of a run's energy as Parquet: a row a reading of a device, the rest in the file's metadata."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trackio.energy.records import Device, Measurement, Readings
from trackio.exporters.exported import ExportedRun, whole
from trackio.importers.parquet_energy import ENERGY
from trackio.store.energy import BEGIN, END, SAMPLE

if TYPE_CHECKING:
    import pyarrow as pa


def write_energy(run: ExportedRun, path: Path) -> bool:
    """Write the file, or remove an old one when nothing is known of the run's energy; says whether it did."""
    import pyarrow.parquet as pq

    found = run.store.measurements(run.record.id)
    if not found:
        path.unlink(missing_ok=True)
        return False
    told = {"run": run.record.id, "events": [event for one in found for event in _events(one)]}
    schema = _schema().with_metadata({ENERGY: json.dumps(told).encode()})
    with whole(path) as draft, pq.ParquetWriter(draft, schema, compression="zstd") as writer:
        for one in found:
            for place, (device, readings) in enumerate(zip(one.devices, one.readings, strict=True)):
                writer.write_table(_table(one.id, place, device, readings, schema))
    return True


def _events(one: Measurement) -> Iterator[dict[str, Any]]:
    """All that was told but the readings."""
    session = {"session": one.id}
    yield {
        "event": BEGIN,
        "time_ns": one.start_time_ns,
        **session,
        "boot": one.boot,
        "clock_ns": one.session.start_ns,
        "devices": [asdict(device) for device in one.devices],
        "missing": dict(one.missing),
    }
    for mark in one.marks:
        at = {"time_ns": mark.time_ns, "clock_ns": mark.clock_ns}
        yield {"event": SAMPLE, **session, **at, "rows": [], "mark": mark.name}
    if one.is_ended:
        yield {"event": END, "time_ns": one.end_time_ns, **session, "clock_ns": one.session.end_ns}


def _schema() -> pa.Schema:
    import pyarrow as pa

    word = pa.dictionary(pa.int32(), pa.string())
    return pa.schema(
        {
            "session": word,
            "place": pa.int32(),
            "device": word,
            "kind": word,
            "product": word,
            "clock_ns": pa.int64(),
            "timestamp": pa.timestamp("ns", "UTC"),
            "counter_mj": pa.int64(),
            "power_mw": pa.int64(),
            "utilization_percent": pa.float64(),
        }
    )


def _table(session: str, place: int, device: Device, readings: Readings, schema: pa.Schema) -> pa.Table:
    import numpy as np
    import pyarrow as pa

    count = len(readings.clock_ns)
    words = {"session": session, "device": device.id, "kind": device.kind, "product": device.name}
    columns = {
        **{name: pa.DictionaryArray.from_arrays(np.zeros(count, np.int32), [word]) for name, word in words.items()},
        "place": np.full(count, place, np.int32),
        "clock_ns": readings.clock_ns,
        "timestamp": pa.array(readings.time_ns, pa.timestamp("ns", "UTC")),
        "counter_mj": pa.array(readings.counter_mj, mask=readings.counter_mj < 0),
        "power_mw": pa.array(readings.power_mw, mask=readings.power_mw < 0),
        "utilization_percent": pa.array(readings.utilization_percent, from_pandas=True),
    }
    return pa.table([columns[name] for name in schema.names], schema=schema)
