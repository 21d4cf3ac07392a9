"""What runs used so far, reckoned behind the pages: reading all samples of a project takes longer than a page may."""

from __future__ import annotations

import sqlite3
import threading
from collections import OrderedDict
from dataclasses import dataclass, field, replace
from time import monotonic

from trackio.consumption import run_energy
from trackio.dashboard.known import Known
from trackio.energy.statement import RunEnergy
from trackio.errors import TrackioError, UnknownRun
from trackio.report.energy import curves, document, making
from trackio.report.energy.document import Stated
from trackio.report.energy.making import Measured

PAUSE_SECONDS = 10.0
"""Readings alone change a run as often; what a project used is reckoned anew at most so often, ..."""

SHARE = 0.1
"""... and takes up at most this share of the time."""

PATIENCE_SECONDS = 0.3
"""So long a page waits for the first amounts; later ones it has at its next look."""

MOST_RUNS = 200
"""Runs whose pages somebody looks at."""


@dataclass(frozen=True, slots=True)
class Energy:
    """What a project had used at one of its revisions."""

    database: str
    revision: int
    """Also tells one reckoning from another, in whichever process it was made."""
    measured: Measured
    stated: Stated
    changed: dict[str, int] = field(default_factory=dict)
    """The revision at which the amount of each run was first what it is, by id."""


class _Account:
    """The reckoning of one project."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.latest: Energy | None = None
        self.work: threading.Thread | None = None
        self.ended_at = 0.0
        self.took_seconds = 0.0

    def is_due(self, known: Known) -> bool:
        if self.work is not None and self.work.is_alive():
            return False
        latest = self.latest
        if latest is None or latest.database != known.database:
            return True
        pause = max(PAUSE_SECONDS, self.took_seconds / SHARE)
        return latest.revision != known.revision and monotonic() - self.ended_at >= pause


class Energies:
    """What the projects of a home used."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._accounts: dict[str, _Account] = {}
        self._runs: OrderedDict[tuple[str, str], tuple[str, float, RunEnergy | None]] = OrderedDict()

    def project(self, known: Known, patience_seconds: float = PATIENCE_SECONDS) -> Energy | None:
        """What the project used, as of some seconds ago; None where nothing was measured, and until that is known."""
        if not making.is_measured(known.project):
            return None
        with self._lock:
            account = self._accounts.setdefault(known.project.name, _Account())
        with account.lock:
            if account.is_due(known):
                account.work = threading.Thread(
                    target=_reckon, args=(account, known), name="trackio-energy", daemon=True
                )
                account.work.start()
            latest, work = account.latest, account.work
        if (latest is None or latest.database != known.database) and work is not None:
            work.join(patience_seconds)
            latest = account.latest
        return latest if latest is not None and latest.database == known.database else None

    def run(self, known: Known, run_id: str) -> RunEnergy | None:
        """What one run used; None where nothing measured it."""
        if run_id not in known.project.measured:
            return None
        revision = next((run.record.revision for run in known.project.runs if run.record.id == run_id), -1)
        key, state = (known.project.name, run_id), f"{known.database}.{revision}"
        found = self._runs.get(key)
        if found is None or (found[0] != state and monotonic() - found[1] >= PAUSE_SECONDS):
            try:
                energy = run_energy(known.store, run_id)
            except UnknownRun:
                # Deleted a moment ago.
                return None
            short = None if energy is None else curves.short(energy)
            with self._lock:
                found = self._runs[key] = (state, monotonic(), short)
                self._runs.move_to_end(key)
                while len(self._runs) > MOST_RUNS:
                    self._runs.popitem(last=False)
        return found[2]


def _reckon(account: _Account, known: Known) -> None:
    began = monotonic()
    try:
        found = making.measure(known.home, known.project)
    except (TrackioError, OSError, sqlite3.Error):
        # A run was deleted meanwhile, or the database is busy: the next look asks again.
        account.took_seconds, account.ended_at = monotonic() - began, monotonic()
        return
    # The whole curves of hundreds of runs would fill the memory.
    short = Measured(replace(found.energy, runs=tuple(found.short.values())), found.short)
    stated = document.stated(document.document(known.project, short.energy, []))
    before = account.latest if account.latest is not None and account.latest.database == known.database else None
    revision = known.revision
    changed = {
        run: before.changed[run] if before is not None and before.stated.runs.get(run, -1.0) == joules else revision
        for run, joules in stated.runs.items()
    }
    account.latest = Energy(known.database, revision, short, stated, changed)
    account.took_seconds, account.ended_at = monotonic() - began, monotonic()
