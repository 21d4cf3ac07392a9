"""What runs used, read from the store: the only way from samples to the numbers on pages, cards and tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal

from trackio import definitions
from trackio.energy.totals import project_energy as _project_energy
from trackio.energy.totals import run_energy as _run_energy
from trackio.telling import is_better_high

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from trackio.energy.statement import ProjectEnergy, RunEnergy
    from trackio.records import RunRecord
    from trackio.store.project import ProjectStore

Goal = Literal["minimize", "maximize"]

COUNTS: Mapping[str, tuple[str, ...]] = {
    "step": ("train/global_step", "trainer/global_step", "global_step"),
    "sample": ("train/samples_seen", "samples_seen", "train/num_samples", "num_samples", "samples"),
    "token": (
        "train/num_input_tokens_seen",
        "num_input_tokens_seen",
        "train/num_tokens",
        "num_tokens",
        "train/tokens_seen",
        "tokens_seen",
        "tokens",
    ),
}
"""The metrics that count what a run did, by what they count; the first one there is."""


def run_energy(store: ProjectStore, run_id: str) -> RunEnergy | None:
    """What a run used; None when nothing measured it, as in a run that was imported or recorded by an older trackio.

    Raises UnknownRun.
    """
    return _of(store, store.run(run_id))


def project_energy(store: ProjectStore, run_ids: Sequence[str] | None = None) -> ProjectEnergy:
    """What the runs of a project used together, all of them or those of these ids or names.

    Raises UnknownRun.
    """
    records = store.runs() if run_ids is None else [store.run(one) for one in run_ids]
    found = []
    unmeasured = []
    for record in {record.id: record for record in records}.values():
        measurements = store.measurements(record.id)
        energy = _run_energy(
            record.id, record.name, measurements, counts=counts(store, record), is_live=_is_live(record)
        )
        if energy is None:
            unmeasured.append(record.name)
        else:
            found.append((energy, measurements))
    return _project_energy(found, unmeasured)


def counts(store: ProjectStore, record: RunRecord) -> dict[str, float]:
    """How many steps, samples and tokens a run says it did: the greatest value of the metric that counts them.

    Where none counts steps, the highest step that was logged does, unless it is 0.
    """
    known = {metric.name: metric.maximum for metric in store.metrics(record.id) if metric.is_numeric}
    found = {noun: next((known[name] for name in names if known.get(name)), None) for noun, names in COUNTS.items()}
    if found["step"] is None and record.last_step:
        # Steps begin with 0 where trackio counts them, and may begin with 1 where the script does: off by one at most.
        found["step"] = float(record.last_step)
    return {noun: float(value) for noun, value in found.items() if value is not None and value > 0}


def energy_series(
    store: ProjectStore, run_id: str, metric: str, energy: RunEnergy | None = None
) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """How much a run had used, in joules, at each finite point of a metric, and the values: loss against energy.

    None where either was not recorded. ``energy`` saves reading it again.
    """
    import numpy as np

    from trackio.energy.curves import joules_at

    known = energy if energy is not None else run_energy(store, run_id)
    series = store.series(run_id, [metric]).get(metric)
    if known is None or known.curve is None or series is None:
        return None
    is_finite = np.isfinite(series.value)
    if not is_finite.any():
        return None
    return joules_at(known.curve, series.time_ns[is_finite]), series.value[is_finite]


def energy_to_target(
    store: ProjectStore,
    run_id: str,
    metric: str,
    value: float,
    *,
    goal: Goal | None = None,
    energy: RunEnergy | None = None,
) -> float | None:
    """How many joules a run had used when the metric first was as good as ``value``; None where it never was.

    What is good follows ``goal``, else what the run said with ``define_metric``, else the custom of the name.
    """
    found = energy_series(store, run_id, metric, energy)
    if found is None:
        return None
    joules, values = found
    chosen = goal or goal_of(store, run_id, metric)
    reached = values >= value if chosen == "maximize" else values <= value
    return float(joules[reached.argmax()]) if reached.any() else None


def goal_of(store: ProjectStore, run_id: str, metric: str) -> Goal:
    """Whether more or less of a metric is better."""
    said = definitions.find(store.definitions(run_id), metric)
    if said is not None and said.goal is not None:
        return "maximize" if said.goal == "maximize" else "minimize"
    return "maximize" if is_better_high(metric) else "minimize"


def _of(store: ProjectStore, record: RunRecord) -> RunEnergy | None:
    measurements = store.measurements(record.id)
    return _run_energy(record.id, record.name, measurements, counts=counts(store, record), is_live=_is_live(record))


def _is_live(record: RunRecord) -> bool:
    return record.status == "running"
