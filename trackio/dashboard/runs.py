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
from trackio.report.model import RunPage
from trackio.report.served import Edits

if TYPE_CHECKING:
    from markupsafe import Markup


def page(known: Known, run: Run, energy: RunEnergy | None, site: LiveSite, edits: Edits | None) -> RunPage:
    """The page; ``energy`` is what the run used so far."""
    project = known.project
    path = project.urls.run(run.slug)
    sections, system, models = shells.run_sections(project, run, path)
    own = replace(site, run=run.record.id, charts=tuple(models))
    energies = {} if energy is None else {run.record.id: energy}
    job = runpages.run_job(known.home, own, project, [run], ALL_MEDIA, energies=energies)
    found, _ = runpages.page(job, run, (), path, "", media=media.shown(known, run))
    index = f"../data/runs/{run.slug}.media.json" if run.media else None
    served = overview.served(project, path, edits, run.record.id)
    served = replace(served, compare=f"{served.compare}?{urlencode({'run': run.record.id}, errors='replace')}")
    return replace(
        found,
        sections=sections,
        system=system,
        media_index=index,
        energy=None if found.energy is None else replace(found.energy, power=_power(run, energy)),
        served=served,
    )


def _power(run: Run, energy: RunEnergy | None) -> Markup | None:
    """The power of its devices: drawn here, as readings are no metric that could be asked for."""
    series = [] if energy is None else block.series(figures.member(run), energy)
    return runpower.figure(series, run) if series else None
