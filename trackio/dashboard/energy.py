"""The page of a project's energy so far; bars and tables as of the last reckoning, charts over energy as frames."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from trackio.dashboard import overview, shells
from trackio.dashboard.energies import Energy
from trackio.dashboard.known import Known
from trackio.dashboard.site import LiveSite
from trackio.report import chartfiles, pages
from trackio.report.chartfiles import Figure
from trackio.report.energy import document, making, targets
from trackio.report.energy import page as pages_of_energy
from trackio.report.energy.document import Used
from trackio.report.energy.model import EnergyPage
from trackio.report.energy.targets import Target
from trackio.report.gather import Metric, Run

# The first finite value that is as good as the target; SQLite goes no further than that.
_REACHED = """
    SELECT time_ns FROM points WHERE metric = (
        SELECT metrics.num FROM metrics JOIN runs ON runs.num = metrics.run
        WHERE runs.id = ? AND metrics.kind = 'metric' AND metrics.name = ?
    ) AND value {sign} ? AND typeof(value) IN ('real', 'integer') AND abs(value) < 9e999 ORDER BY row LIMIT 1
"""


def page(known: Known, energy: Energy, site: LiveSite) -> EnergyPage:
    """The page."""
    one, found = known.project, energy.measured
    path = one.urls.energy
    main = targets.main(one)
    used = reached(known, energy, main)
    job, series = making.power(one, site, found)
    # Drawn here: readings are no metric that could be asked for.
    power = chartfiles.overview(job, series, path)
    over = [_over_energy(known, metric, site) for metric in main]
    parts = pages_of_energy.parts(one, found.energy, used, over, power, page=path)
    own = replace(site, structure=overview.structure_of_energy(known, energy.revision))
    return pages_of_energy.page(one, own, parts, over, pages.facts(one))


def stated(known: Known, energy: Energy) -> dict[str, Any]:
    """The same numbers for programs."""
    main = targets.main(known.project)
    return document.document(known.project, energy.measured.energy, reached(known, energy, main))


def reached(known: Known, energy: Energy, metrics: Sequence[Metric]) -> Used:
    """What runs had used when they came up to each target."""
    aims = targets.targets(known.project, metrics)
    found = []
    for metric in metrics:
        for target in aims.get(metric.name, ()):
            moments = {run.record.id: _reached_ns(known, run, target) for run in metric.runs}
            found.append((target, targets.used(energy.measured.energy.runs, moments)))
    return found


def _over_energy(known: Known, metric: Metric, site: LiveSite) -> Figure:
    shell = shells.chart(known.project, metric, site, known.project.urls.energy, is_over_energy=True)
    return Figure(shell.job, shell.figure, shell.subtitle)


def _reached_ns(known: Known, run: Run, target: Target) -> int | None:
    sign = ">=" if target.goal == "maximize" else "<="
    _, rows = known.store.query(_REACHED.format(sign=sign), (run.record.id, target.metric, target.value))
    return rows[0][0] if rows else None
