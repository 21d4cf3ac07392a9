"""The table ``emissions.csv`` of codecarbon 3.3, for tools that read it: kg, kWh, W and s, as its ``EmissionsData``.

A row a run. As there, energy and power have the PUE in them. What is not known stays empty: codecarbon would write 0 or
its own guess.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping

from trackio.energy.carbon import footprint
from trackio.energy.formats.subject import Subject, hardware
from trackio.energy.rates import mean_watts
from trackio.energy.records import Kind
from trackio.energy.statement import RunEnergy
from trackio.records import RunRecord
from trackio.times import iso

COLUMNS = (
    "timestamp",
    "project_name",
    "run_id",
    "experiment_id",
    "duration",
    "emissions",
    "emissions_rate",
    "cpu_power",
    "gpu_power",
    "ram_power",
    "cpu_energy",
    "gpu_energy",
    "ram_energy",
    "energy_consumed",
    "water_consumed",
    "country_name",
    "country_iso_code",
    "region",
    "cloud_provider",
    "cloud_region",
    "os",
    "python_version",
    "codecarbon_version",
    "cpu_count",
    "cpu_model",
    "gpu_count",
    "gpu_model",
    "longitude",
    "latitude",
    "ram_total_size",
    "tracking_mode",
    "cpu_utilization_percent",
    "gpu_utilization_percent",
    "ram_utilization_percent",
    "ram_used_gb",
    "on_cloud",
    "pue",
    "wue",
)

_KINDS: Mapping[str, Kind] = {"cpu": "cpu", "gpu": "gpu", "ram": "dram"}
"""What it calls kinds of devices. A chip of processor and graphics is only in its total."""


def table(subject: Subject) -> str:
    """The whole file; runs of which no amount is known have no row."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    by_id = subject.by_id
    for record in subject.records:
        run = by_id.get(record.id)
        if run is not None and run.account.kwh is not None:
            writer.writerow(_row(subject, record, run, run.account.kwh))
    return out.getvalue()


def _row(subject: Subject, record: RunRecord, run: RunEnergy, kwh: float) -> dict[str, object]:
    assumed = subject.assumptions
    grid, grams = assumed.intensity, footprint(kwh, assumed).grams
    row: dict[str, object] = {
        "timestamp": iso(record.finished_ns or record.updated_ns)[:19],
        "project_name": subject.project,
        "run_id": record.id,
        "duration": run.seconds,
        "emissions": None if grams is None else grams / 1000,
        "emissions_rate": None if grams is None or not run.seconds else grams / 1000 / run.seconds,
        "energy_consumed": kwh * assumed.pue,
        "country_name": None if grid is None else grid.name,
        "country_iso_code": None if grid is None or grid.location == "WORLD" else grid.location,
        "pue": assumed.pue,
        "cpu_model": hardware(run.devices, "cpu", "soc").partition(" x ")[2],
    }
    for name, kind in _KINDS.items():
        account, watts = run.by_kind.get(kind), mean_watts(run.devices, kind)
        row[f"{name}_energy"] = None if account is None or account.kwh is None else account.kwh * assumed.pue
        row[f"{name}_power"] = None if account is None or watts is None else watts * assumed.pue
    gpus = [one for one in run.devices if one.device.kind == "gpu" and one.is_counted]
    if gpus:
        row |= {"gpu_count": len(gpus), "gpu_model": hardware(gpus)}
    return row
