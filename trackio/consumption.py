"""What runs used, read from the store: the only way from samples to the numbers on pages, cards and tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal

from trackio import definitions
from trackio.energy.axis import NEAR_NS, is_measured
from trackio.energy.totals import project_energy as _project_energy
from trackio.energy.totals import run_energy as _run_energy
from trackio.telling import is_better_high

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from trackio.energy.records import Measurement
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

_METRICS = "metrics WHERE run = (SELECT num FROM runs WHERE id = ?) AND kind = 'metric'"
_HAS_EARLIER = f"SELECT 1 FROM points WHERE metric IN (SELECT num FROM {_METRICS}) AND row = 0 AND time_ns < ?"  # noqa: S608
_EARLIER = f"""
    WITH own AS (SELECT num, name FROM {_METRICS}),
    begun AS (SELECT coalesce(min(row), 1 << 62) AS row FROM points WHERE metric IN (SELECT num FROM own)
        AND time_ns >= ?)
    SELECT name, max(value), max(step) FROM own JOIN points ON points.metric = own.num
    WHERE points.row < (SELECT row FROM begun) GROUP BY name
"""  # noqa: S608


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
        energy = _energy(store, record, measurements)
        if energy is None:
            unmeasured.append(record.name)
        else:
            found.append((energy, measurements))
    return _project_energy(found, unmeasured)


def counts(store: ProjectStore, record: RunRecord, since_ns: int = 0) -> dict[str, float]:
    """How many steps, samples and tokens a run says it did since a moment: how far the metric that counts them came.

    What the run had before its first row since then, as a fork has its parent's rows, it did not do. Where no metric
    counts steps, the steps that were logged do, unless there is only step 0.
    """
    known = {metric.name: metric.maximum for metric in store.metrics(record.id) if metric.is_numeric}
    names = {noun: next((name for name in names if known.get(name)), None) for noun, names in COUNTS.items()}
    found = {noun: known[name] or 0.0 for noun, name in names.items() if name is not None}
    if "step" not in found and record.last_step:
        # Steps begin with 0 where trackio counts them, and may begin with 1 where the script does: off by one at most.
        found["step"] = float(record.last_step)
    if store.query(_HAS_EARLIER, (record.id, since_ns))[1]:
        earlier = store.query(_EARLIER, (record.id, since_ns))[1]
        before = {name: value for name, value, _ in earlier if isinstance(value, (int, float))}
        steps = max((step for *_, step in earlier if step is not None), default=0)
        found = {noun: value - before.get(names[noun], 0 if names[noun] else steps) for noun, value in found.items()}
    return {noun: value for noun, value in found.items() if value > 0}


def energy_series(
    store: ProjectStore, run_id: str, metric: str, energy: RunEnergy | None = None
) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """How much a run had used, in joules, at each finite point of a metric, and the values: loss against energy.

    Points of times at which nothing measured, such as those that a fork has of its parent, are left out. None where
    either was not recorded. ``energy`` saves reading it again.
    """
    import numpy as np

    from trackio.energy.curves import joules_at

    known = energy if energy is not None else run_energy(store, run_id)
    series = store.series(run_id, [metric]).get(metric)
    if known is None or known.curve is None or series is None:
        return None
    kept = np.isfinite(series.value) & is_measured(known.curve, series.time_ns)
    return (joules_at(known.curve, series.time_ns[kept]), series.value[kept]) if kept.any() else None


def energy_to_target(
    store: ProjectStore,
    run_id: str,
    metric: str,
    value: float,
    *,
    goal: Goal | None = None,
    energy: RunEnergy | None = None,
) -> float | None:
    """How many joules a run had used when the metric first was as good as ``value``.

    None where it never was, and where nothing measured at that time.

    What is good follows ``goal``, else what the run said with ``define_metric``, else the custom of the name.
    """
    import numpy as np

    from trackio.energy.curves import joules_at

    known = energy if energy is not None else run_energy(store, run_id)
    series = store.series(run_id, [metric]).get(metric)
    if known is None or known.curve is None or series is None:
        return None
    chosen = goal or goal_of(store, run_id, metric)
    reached = np.isfinite(series.value) & (series.value >= value if chosen == "maximize" else series.value <= value)
    first = series.time_ns[reached][:1]
    return float(joules_at(known.curve, first)[0]) if is_measured(known.curve, first).any() else None


def goal_of(store: ProjectStore, run_id: str, metric: str) -> Goal:
    """Whether more or less of a metric is better."""
    said = definitions.find(store.definitions(run_id), metric)
    if said is not None and said.goal is not None:
        return "maximize" if said.goal == "maximize" else "minimize"
    return "maximize" if is_better_high(metric) else "minimize"


def _of(store: ProjectStore, record: RunRecord) -> RunEnergy | None:
    return _energy(store, record, store.measurements(record.id))


def _energy(store: ProjectStore, record: RunRecord, measurements: Sequence[Measurement]) -> RunEnergy | None:
    since_ns = min((one.start_time_ns for one in measurements), default=0) - NEAR_NS
    did = counts(store, record, since_ns) if measurements else {}
    return _run_energy(record.id, record.name, measurements, counts=did, is_live=record.status == "running")
