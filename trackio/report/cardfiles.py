"""A project's model card as files of its report: the section, its metadata and a badge, ready to be put elsewhere."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from trackio import cards
from trackio.energy.statement import ProjectEnergy
from trackio.report.cards import Choice, card_of
from trackio.report.gather import Project
from trackio.report.heads import Site
from trackio.report.urls import relative
from trackio.store.home import Home


def names(project: Project) -> tuple[str, ...]:
    """The files, the section first; none without runs, of which there is nothing to say."""
    own = project.urls
    return (own.card, own.card_metadata, own.badge) if project.runs else ()


def make(home: Path, project: Project, site: Site, energy: ProjectEnergy | None) -> dict[str, bytes]:
    """The files; links are full where it is known where the report will be, else relative to the section's file.

    ``energy`` is what the runs used, where that was read already.
    """

    def address(path: str) -> str:
        return site.url(path) or relative(path, project.urls.card)

    target = {metric: value for metric, value in [project.target] if _has(project, metric)} if project.target else {}
    store = Home(home).project(project.name)
    card = card_of(project, store, project.assumptions, address, Choice(targets=target), energy=energy)
    card = replace(card, badge_url=address(project.urls.badge))
    files = {
        project.urls.card: f"{cards.section(card)}\n",
        project.urls.card_metadata: cards.yaml_block(cards.metadata(card)),
        project.urls.badge: cards.badge(card),
    }
    return {name: text.encode() for name, text in files.items()}


def _has(project: Project, metric: str) -> bool:
    return any(one.name == metric for one in project.metrics)
