"""A model card of some runs, made for where it goes: shown, put into a README, or sent to a model's repository."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from posixpath import basename
from typing import Any
from urllib.parse import urlsplit

from trackio import cards, grammar
from trackio.cards.contents import Card
from trackio.cards.front import parts
from trackio.cards.markers import between
from trackio.energy.statement import Assumptions
from trackio.errors import CardError, TrackioError, UsageError
from trackio.messages import logger
from trackio.publish import places, readme
from trackio.publish.hosts import address, page
from trackio.publish.models import Models, Place
from trackio.publish.readme import Change, Edited
from trackio.report.cards import Choice, card_of, picture
from trackio.report.gather import Project, Selection, gather
from trackio.report.heads import Site
from trackio.report.urls import base_url
from trackio.store.home import Home
from trackio.store.project import ProjectStore

FOLDER = "trackio"
"""Beside a card, for its pictures."""
BADGE = f"{FOLDER}/energy.svg"
ADDED, REMOVED = "Training results and energy, recorded with trackio", "Take out what trackio wrote"
DESCRIPTION = "Written by `trackio card`. Outside its markers only `co2_eq_emissions` and a tag have changed."
"""Messages of commits."""

_OURS = re.compile(rf"\]\(({FOLDER}/[\w.-]+\.(?:png|svg))\)")


@dataclass(frozen=True, slots=True)
class Subject:
    """What a card is about, and where the pages that it leads to are."""

    project: str
    runs: tuple[str, ...] = ()
    """Ids or names, exact or with ``*``; empty: the newest."""
    choice: Choice = field(default_factory=Choice)
    report_url: str | None = None
    """Where the report's ``index.html`` is; by default in ``space_id``, else in the Space of the last ``sync``."""
    space_id: str | None = None
    """The Space that the report is in, ``owner/name``."""
    is_final: bool = False
    """Whether the training is done though its run still goes on: it is not told that the amounts are those so far."""
    home: Path | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """A card as text, and what lies beside it."""

    card: Card
    section: str
    metadata: Mapping[str, Any]
    files: Mapping[str, bytes] = field(default_factory=dict)
    """Pictures by path, relative to the card."""
    notes: tuple[str, ...] = ()
    """What who makes it should know."""

    @property
    def front_matter(self) -> str:
        """The metadata as it stands at the top of a card."""
        return f"---\n{cards.yaml_block(self.metadata).rstrip()}\n---\n"

    def edit(self, before: bytes | None) -> Edited:
        """The card with this in it; what stood there of an earlier one goes, with its pictures."""
        content = cards.merge_bytes(before or b"", self.section, self.metadata)
        stated = cards.replaced_emissions(before or b"", self.metadata)
        if stated is not None:
            logger().warning("The card stated other emissions (%s); they give way to those of these runs.", stated)
        stale = dict.fromkeys(sorted(_pictures(before) - set(self.files)))
        return Edited(content, {**stale, **self.files})


def make(subject: Subject, assumptions: Assumptions, *, has_folder: bool = False) -> Made:
    """The card; with ``has_folder`` its chart is a picture beside it, else that of the published report, if any.

    Raises UnknownProject, UnknownRun, UnknownMetric and UsageError.
    """
    store = Home(subject.home).project(subject.project)
    store.catch_up()
    ids = _ids(store, subject.runs)
    project = _gathered(subject, store, ids)
    base, notes = _base(subject, store, project)
    site = Site(base)
    card = card_of(
        project,
        store,
        assumptions,
        site.url,
        subject.choice,
        image=(lambda path: f"{FOLDER}/{basename(path)}") if has_folder else site.url,
        is_part=len(ids) < len(store.runs()),
    )
    if subject.is_final:
        ended = tuple(replace(run, is_live=False) for run in card.energy.runs)
        card = replace(card, energy=replace(card.energy, runs=ended))
    files = {}
    if has_folder:
        files = {one.image: picture(project, one.title, Home(subject.home).path) for one in card.charts}
        if card.energy.account.joules is not None:
            card = replace(card, badge_url=BADGE)
            files[BADGE] = cards.badge(card).encode()
    return Made(card, cards.section(card), cards.metadata(card), files, notes)


def into_file(path: Path, made: Made | None, *, is_kept: bool = False) -> Change:
    """Put a card into a README, or take it out with None; with ``is_kept`` only tell what would come of it.

    Raises CardError and PublishError; the file is left as it was then.
    """
    return readme.edit(path, _taken_out if made is None else made.edit, is_kept=is_kept)


def into_model(
    repo_id: str,
    made: Made | None,
    *,
    message: str | None = None,
    revision: str | None = None,
    is_pull: bool = False,
    is_kept: bool = False,
    token: str | None = None,
) -> Change:
    """Likewise with the card of a model on the Hub, as a commit or a pull request.

    Raises CardError, PublishError and MissingExtra; the model is left as it was then.
    """
    place = Place(repo_id, message or (ADDED if made else REMOVED), DESCRIPTION if made else "", revision, is_pull)
    change = _taken_out if made is None else made.edit
    return Models(token).edit(place, change, is_made=made is not None, is_kept=is_kept)


def _taken_out(before: bytes | None) -> Edited:
    """The card without what was put into it, and its pictures gone."""
    if before is None:
        raise CardError("there is none", "Name the one to take the section out of.")
    return Edited(cards.remove_bytes(before), dict.fromkeys(sorted(_pictures(before))))


def _ids(store: ProjectStore, wanted: tuple[str, ...]) -> tuple[str, ...]:
    """The ids of the runs asked for, in the order asked; of runs that are named alike, an exact name is the newest."""
    records = store.runs()
    if not records:
        raise TrackioError(f"Project {store.name!r} has no runs yet.")
    if not wanted:
        return (records[-1].id,)
    found: dict[str, None] = {}
    for name in wanted:
        shown = grammar.chosen([record.name for record in records], [name]) if "*" in name else []
        found |= dict.fromkeys(
            [record.id for record in records if record.name in shown] if shown else [store.run(name).id]
        )
    return tuple(found)


def _gathered(subject: Subject, store: ProjectStore, ids: tuple[str, ...]) -> Project:
    # A name with a star in it would mean other projects too.
    found = gather(subject.home, Selection((store.name,), ids))
    return next(project for project in found if project.name == store.name)


def _base(subject: Subject, store: ProjectStore, project: Project) -> tuple[str | None, tuple[str, ...]]:
    """Where the report is, and what to know of that."""
    if subject.report_url is not None:
        if urlsplit(subject.report_url).scheme not in ("http", "https"):
            raise UsageError(
                f"{subject.report_url!r} is no http or https address. Give the one where the report's index.html is."
            )
        return base_url(subject.report_url), ()
    if subject.space_id is not None:
        if "/" not in subject.space_id:
            raise UsageError(f"Name the Space with its owner, owner/name, not {subject.space_id!r}.")
        return address(subject.space_id), ()
    last = places.recall(store.directory)
    if last is None:
        return None, ()
    if project.updated_ns > places.when_ns(store.directory):
        note = f"{page(last)} was published before all of this was logged: `trackio sync` brings it up to date."
        return address(last), (note,)
    return address(last), ()


def _pictures(content: bytes | None) -> set[str]:
    """The pictures of ours that a card shows in its section."""
    try:
        body = parts((content or b"").decode()).body
        place = between(body)
    except (CardError, UnicodeDecodeError):
        # Whatever changes the card tells of it.
        return set()
    return set() if place is None else set(_OURS.findall(body[slice(*place)]))
