"""``trackio.card``: what was just trained, as a section of a model card.

As in `trackio.sharing`, this is where the write side meets the outlets: a run in progress is flushed first.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from trackio import settings
from trackio.context_vars import current_project
from trackio.energy.assumptions import changed, to_settings
from trackio.errors import UsageError
from trackio.messages import logger
from trackio.publish.cards import Subject, into_file, into_model, make
from trackio.publish.hosts import HUB
from trackio.report.cards import Choice
from trackio.store.home import Home
from trackio.tracking.run import Run
from trackio.tracking.session import process

if TYPE_CHECKING:
    from trackio.energy.statement import Assumptions
    from trackio.logged import Run as LoggedRun
    from trackio.store.project import ProjectStore


def card(
    run: Run | LoggedRun | str | Iterable[Run | LoggedRun | str] | None = None,
    project: str | None = None,
    *,
    readme: str | os.PathLike[str] | None = None,
    repo: str | None = None,
    create_pr: bool = False,
    revision: str | None = None,
    message: str | None = None,
    metrics: str | Sequence[str] = (),
    chart: str | None = None,
    targets: Mapping[str, float] | None = None,
    training_type: str | None = None,
    hardware: str | None = None,
    not_included: str | Sequence[str] = (),
    is_final: bool = False,
    report_url: str | None = None,
    space_id: str | None = None,
    location: str | None = None,
    grid_intensity: float | None = None,
    pue: float | None = None,
    price: str | float | None = None,
    cpu_watts: float | None = None,
    token: str | None = None,
) -> str:
    """Write what a run used and reached as a section of a model card; the Markdown, or the address of what was sent.

    ``run`` is a run, its id or name (exact or with ``*``), or several; by default the current one, else the last one of
    this process, else the newest of ``project``. ``readme`` is the file to put it into, which is made when there is
    none; ``repo`` a model on the Hub, which gets a commit, or with ``create_pr`` a pull request. The chart of a card
    that is put somewhere is a picture in the folder ``trackio`` beside it.

    ``metrics`` are those of its table and ``chart`` the one that is shown, or ``"none"``; ``targets`` are values of
    metrics, for which it tells the energy until each was reached first. ``not_included`` says what else the training
    used and nobody measured. ``is_final`` says that it is done though its run goes on, as just before ``finish``. Pages
    that the card leads to are at ``report_url``, or in the Space ``space_id``, by default that of the last ``sync``.
    ``location``, ``grid_intensity`` (g CO2e per kWh), ``pue``, ``price`` (``"0.25 EUR/kWh"``) and ``cpu_watts`` are
    kept with the project.

    While a run of the project goes on in this process, whatever keeps the card from being made or put costs a warning.
    Otherwise raises UnknownProject, UnknownRun, UnknownMetric, UsageError, CardError, PublishError, and MissingExtra
    without huggingface_hub.
    """
    if readme is not None and repo is not None:
        raise UsageError("card() puts the section into one place: pass readme= or repo=, and call it again for both.")
    runs = [] if run is None else [run] if isinstance(run, str) or not isinstance(run, Iterable) else list(run)
    name = project or _project(runs)
    live = [one for one in process.live if one.project == name]
    if any(one.disabled for one in live):
        return ""
    for one in live:
        one.flush()
    choice = Choice(
        metrics=(metrics,) if isinstance(metrics, str) else tuple(metrics),
        chart=chart,
        targets=targets or {},
        training_type=training_type,
        hardware=hardware,
        not_included=(not_included,) if isinstance(not_included, str) else tuple(not_included),
    )
    subject = Subject(name, _names(runs, name, live), choice, report_url, space_id, is_final)
    given = {
        "location": location,
        "grid_intensity": grid_intensity,
        "pue": pue,
        "price": price,
        "cpu_watts": cpu_watts,
    }
    answer = ""
    # A border to the training loop, where there is one.
    with live[0].faults.contained("card", f"the card of {name} is not made") if live else nullcontext():
        made = make(subject, _assumptions(Home().project(name), given), has_folder=bool(readme or repo))
        for note in made.notes:
            logger().warning(note)
        answer = made.section
        if readme is not None:
            into_file(Path(readme), made)
        elif repo is not None:
            change = into_model(repo, made, message=message, revision=revision, is_pull=create_pr, token=token)
            answer = change.url or f"{(settings.text('HF_ENDPOINT') or HUB).rstrip('/')}/{change.name}"
    return answer


def _project(runs: Sequence[Run | LoggedRun | str]) -> str:
    known = sorted({one.project for one in runs if not isinstance(one, str)})
    if len(known) > 1:
        raise UsageError(f"A card is of one project, and these runs are of {', '.join(known)}.")
    name = known[0] if known else current_project.get()
    if name is None:
        raise UsageError("Name the project: card(project=...). No run has begun in this process.")
    return name


def _names(runs: Sequence[Run | LoggedRun | str], project: str, live: Sequence[Run]) -> tuple[str, ...]:
    """Ids and names of the runs; empty: the newest of the project."""
    if runs:
        return tuple(one if isinstance(one, str) else one.id for one in runs)
    current = process.current()
    if current is not None and current in live:
        return (current.id,)
    last = process.last
    return (last[1],) if last is not None and last[0] == project else ()


def _assumptions(store: ProjectStore, given: Mapping[str, str | float | None]) -> Assumptions:
    """What is said now, else what the project keeps; what is said now is kept."""
    kept = store.settings()
    found = changed(kept, given)
    new = {key: value for key, value in to_settings(found).items() if value != kept.get(key)}
    if new and any(value is not None for value in given.values()):
        try:
            store.save_settings(new)
        except (OSError, sqlite3.OperationalError) as error:
            logger().warning("What energy stands for could not be kept with %r (%s); it holds now.", store.name, error)
    return found
