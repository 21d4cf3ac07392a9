"""What several formats have no place for, told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from trackio.exporters.exported import Carried, ExportedRun
from trackio.store import versions

FILES = frozenset({"file", "artifact_linked"})
"""Events that tell of files and artifacts."""

_MEASURED = "SELECT 1 FROM energy_readings WHERE run_id = ? LIMIT 1"


def leave_artifacts(run: ExportedRun, carried: Carried) -> None:
    """The artifacts that a run logged, and those that it used, stay behind."""
    if logged := len(versions.logged(run.store, run.record.id)):
        carried.leave("a version of an artifact", logged)
    leave_uses(run, carried)


def leave_uses(run: ExportedRun, carried: Carried) -> None:
    """Which artifacts a run used stays behind."""
    if used := len(versions.used(run.store, run.record.id)):
        carried.leave("which artifacts a run used", used)


def leave_energy(run: ExportedRun, carried: Carried) -> None:
    """What was measured of a run's energy stays behind; why nothing was is no loss."""
    if run.store.query(_MEASURED, [run.record.id])[1]:
        carried.leave(f"{run.record.name}: the energy that was measured")


def leave_events(run: ExportedRun, carried: Carried, held: Collection[str]) -> None:
    """Events stay behind, but for those of the names that the format holds and of files."""
    counts = Counter(str(event["event"]) for event in run.told())
    for name, count in counts.items():
        if name not in held and name not in FILES:
            carried.leave(f"an event {name!r}", count)
