"""The page of a run: the report's own, with frames for its charts and the last of its media."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from trackio.dashboard import media, overview, shells
from trackio.dashboard.known import Known
from trackio.dashboard.overview import ALL_MEDIA
from trackio.dashboard.site import LiveSite
from trackio.energy.statement import RunEnergy
from trackio.report import figures, runpages
from trackio.report.energy import block, runpower
from trackio.report.gather import Run
from trackio.report.media.panels import Shown
from trackio.report.model import RunPage
from trackio.report.served import Edits

if TYPE_CHECKING:
    from markupsafe import Markup


def page(known: Known, run: Run, energy: RunEnergy | None, site: LiveSite, edits: Edits | None) -> RunPage:
    """The page; ``energy`` is what the run used so far."""
    project = known.project
    path = project.urls.run(run.slug)
    charts = shells.run_charts(project, run, path)
    own = replace(site, run=run.record.id, charts=charts.models, structure=overview.structure(known, run))
    found = _page(known, run, energy, own, media.shown(known, run))
    served = overview.served(project, path, edits, run.record.id)
    served = replace(served, compare=f"{served.compare}?{urlencode({'run': run.record.id}, errors='replace')}")
    power = None if found.energy is None else replace(found.energy, power=_power(run, energy))
    shown = replace(found, sections=charts.sections, system=charts.system, energy=power, served=served)
    return replace(shown, more=charts.more, more_system=charts.more_system)


def without_charts(known: Known, run: Run, energy: RunEnergy | None, site: LiveSite) -> RunPage:
    """The same without charts and media."""
    return _page(known, run, energy, site, None)


def _page(known: Known, run: Run, energy: RunEnergy | None, site: LiveSite, shown: Shown | None) -> RunPage:
    energies = {} if energy is None else {run.record.id: energy}
    job = runpages.run_job(known.home, site, known.project, [run], ALL_MEDIA, energies=energies)
    found, _ = runpages.page(job, run, (), known.project.urls.run(run.slug), "", media=shown)
    return replace(found, media_index=f"../data/runs/{run.slug}.media.json" if run.media else None)


def _power(run: Run, energy: RunEnergy | None) -> Markup | None:
    """The power of its devices: drawn here, as readings are no metric that could be asked for."""
    series = [] if energy is None else block.series(figures.member(run), energy)
    return runpower.figure(series, run) if series else None
