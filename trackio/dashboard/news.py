"""What an open page has to be told: which parts of it became different, as HTML, and no more than that.

The cost does not grow with what was logged: only runs that changed since the page was made are written anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from trackio.dashboard import overview, runs
from trackio.dashboard.cards import Summary
from trackio.dashboard.energies import Energy
from trackio.dashboard.known import Known
from trackio.dashboard.site import LiveSite
from trackio.energy.statement import RunEnergy
from trackio.report.energy.model import EnergyBlock
from trackio.report.gather import Run
from trackio.report.model import AlertsPanel
from trackio.report.render import environment

VALUES = {"config": "Config", "summary": "Summary", "texts": "Text", "facts": "About"}
"""The parts of a run's page that list values, by the field of its context, and their titles."""


def of_project(known: Known, energy: Energy | None, site: LiveSite, since: tuple[int, int]) -> dict[str, Any]:
    """News of a project's page; ``since`` is the revision that the page shows, and that of its energy."""
    page, structure = overview.without_charts(known, energy, site)
    changed = {run.record.id for run in known.project.runs if run.record.revision > since[0]}
    if energy is not None:
        changed |= {run for run, revision in energy.changed.items() if revision > since[1]}
    parts, project = _module("_parts.html.j2"), _module("_project.html.j2")
    is_grouped, is_tagged = any(row.group for row in page.rows), any(row.tags for row in page.rows)
    rows = {
        row.id: {
            "row": str(parts.run_row(row, is_grouped, is_chosen=True, is_tagged=is_tagged)),
            "item": str(project.run_item(row)),
        }
        for row in page.rows
        if row.id in changed
    }
    found = {"structure": structure, "meta": str(project.meta(page)), "rows": rows, "alerts": _alerts(page.alerts)}
    return found | {"updated_ms": known.project.updated_ns // 1_000_000}


def of_run(known: Known, run: Run, energy: RunEnergy | None, site: LiveSite) -> dict[str, Any]:
    """News of a run's page."""
    page = runs.without_charts(known, run, energy, site)
    template = _module("_run.html.j2")
    values = {name: str(template.values(page, name, title, 2)) for name, title in VALUES.items()}
    found = {"structure": overview.structure(known, run), "meta": str(template.meta(page)), "values": values}
    found |= {"alerts": _alerts(page.alerts), "amounts": _amounts(page.energy)}
    return found | {"updated_ms": run.record.updated_ns // 1_000_000}


def of_energy(known: Known, reckoning: int) -> dict[str, Any]:
    """News of the page of energy, which is made anew with each reckoning."""
    return {
        "structure": overview.structure_of_energy(known, reckoning),
        "updated_ms": known.project.updated_ns // 1_000_000,
    }


def of_index(summaries: Sequence[Summary], site: LiveSite) -> dict[str, Any]:
    """News of the first page."""
    page = overview.index(summaries, site)
    write = _module("_card.html.j2").card
    cards = {card.name: str(write(card)) for card in page.cards}
    found = {"structure": overview.names(summaries), "meta": " · ".join(page.meta), "cards": cards}
    return found | {"updated_ms": overview.updated_ms(summaries)}


def _alerts(panel: AlertsPanel | None) -> str:
    return "" if panel is None else str(_module("_alerts.html.j2").panel(panel, 2))


def _amounts(block: EnergyBlock | None) -> str:
    return "" if block is None else str(_module("_energy.html.j2").headline(block.amounts))


def _module(name: str) -> Any:
    return environment().get_template(name).module
