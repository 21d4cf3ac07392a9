"""The media of a run on its live page: the last of each name, and scripts with the others as a reader moves to them."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from trackio import references
from trackio.dashboard.known import Known
from trackio.errors import NotFound
from trackio.report import data
from trackio.report.gather import Run
from trackio.report.media import medium, panels
from trackio.report.media.found import Entry, Found, kind_of
from trackio.report.media.jobs import MEDIA_FROM_A_RUN
from trackio.report.media.panels import OTHERS, Shown
from trackio.report.media.place import Place
from trackio.report.model import MediaPanel

if TYPE_CHECKING:
    from markupsafe import Markup

MOST_COLUMNS = 400
"""Of a heat map: histograms of so many steps, evenly apart, are more than it has pixels for."""

_MEDIA = """
    SELECT points.row, step, time_ns, value FROM points
    JOIN metrics ON metrics.num = points.metric JOIN runs ON runs.num = metrics.run
    WHERE runs.id = ? AND metrics.kind = 'metric' AND metrics.name = ? AND value GLOB '{"_type":"trackio.*'
    ORDER BY points.row
"""
_LAST = f"{_MEDIA} DESC LIMIT ?"
_PART = f"{_MEDIA} LIMIT ? OFFSET ?"
_APART = f"SELECT * FROM (SELECT *, row_number() OVER () AS place FROM ({_MEDIA})) WHERE (place - 1) % ? = 0"  # noqa: S608


class UnknownMedium(NotFound):
    """No medium of that name, or no such file of it."""

    noun = "medium"


def shown(known: Known, run: Run) -> Shown | None:
    """The panels of a run's page; None where it logged no media."""
    if not run.media:
        return None
    place = place_of(known)
    found = [(one.metric, _panel(known, run, one, place)) for one in run.media]
    sections = panels.sections([(metric, panel) for metric, panel in found if panel is not None])
    return Shown(sections, {}, {}, ())


def script(known: Known, run: Run, name: str) -> bytes:
    """A file beside a run's page, by its name in the run's own folder; raises UnknownMedium."""
    slug, _, rest = name.partition(".")
    one = next((found for found in run.media if found.slug == slug), None)
    if one is None:
        raise UnknownMedium(slug, [found.slug for found in run.media], run.record.name)
    if panels.is_heat(one):
        made = _heat(known, run, one, place_of(known))
        content = None if made is None else made[1].get(name)
    else:
        size, number = _numbers(rest)
        content = None if size < 1 else _part(known, run, one, size, number)
    if content is None:
        raise UnknownMedium(name, (), run.record.name)
    return content


def index(known: Known, run: Run) -> dict[str, object]:
    """All media of a run with their files, for programs."""
    found = [panels.index_of(one, _entries(known, run, one, _MEDIA), {}) for one in run.media]
    return {"run": run.record.id, "media": found}


def place_of(known: Known) -> Place:
    """How the pages of runs reach stored files."""
    return Place(known.store.blobs, {}, MEDIA_FROM_A_RUN)


def _panel(known: Known, run: Run, one: Found, place: Place) -> MediaPanel | None:
    made = _heat(known, run, one, place) if panels.is_heat(one) else None
    panel = made[0] if made else _latest(known, run, one, place)
    return None if panel is None else replace(panel, id=panels.anchor(one))


def _latest(known: Known, run: Run, one: Found, place: Place) -> MediaPanel | None:
    own = _entries(known, run, one, _LAST, OTHERS + 1)[::-1]
    if not own:
        return None
    _, step, _, reference = own[-1]
    kind = str(reference.get("_type", "")).removeprefix("trackio.")
    view = medium.view(reference, place)
    is_wide = kind in medium.WIDE and not (view.kind == "group" and len(view.items) == 1)
    count = len(one.steps)
    has_others = bool(panels.script_names(one, 0))
    size = panels.a_part(one, 0)
    return MediaPanel(
        id="",
        slug=one.slug,
        metric=one.metric,
        kind=kind,
        words=panels.described([kind], count, count),
        is_wide=is_wide,
        body=medium.html(view),
        step=f"{step:,}",
        steps=panels.steps_text(one.steps) if has_others else "",
        # How many media a script holds may change as more are logged: a page's own number stands in the address.
        source=f"{_folder(run)}{one.slug}.{size}." if has_others else "",
        part=size,
        others=tuple(panels.others_of(own[:-1], partial(_html, own, place), place)) if has_others else (),
        more=max(count - 1 - OTHERS, 0) if has_others else 0,
    )


def _html(own: list[Entry], place: Place, number: int) -> Markup:
    return medium.html(medium.view(own[number][-1], place))


def _heat(known: Known, run: Run, one: Found, place: Place) -> tuple[MediaPanel, dict[str, bytes]] | None:
    apart = -(-len(one.steps) // MOST_COLUMNS)
    return panels.heat(one, _entries(known, run, one, _APART, apart), place, _folder(run))


def _part(known: Known, run: Run, one: Found, size: int, number: int) -> bytes | None:
    place = place_of(known)
    own = _entries(known, run, one, _PART, size, size * number)
    html = [str(_html(own, place, k)) for k in range(len(own))]
    return data.script(f"media:{one.slug}.{number}", html) if html else None


def _entries(known: Known, run: Run, one: Found, sql: str, *numbers: int) -> list[Entry]:
    _, rows = known.store.query(sql, (run.record.id, one.metric, *numbers))
    return [
        (row, step, time_ns, references.decode(value) or {})
        for row, step, time_ns, value, *_ in rows
        if kind_of(value) is not None
    ]


def _folder(run: Run) -> str:
    return f"../data/runs/{run.slug}/"


def _numbers(rest: str) -> tuple[int, int]:
    """``25.3.js``: the fourth script of 25 media each; zeros for what is none."""
    parts = rest.split(".")
    if len(parts) != 3 or parts[2] != "js" or not all(part.isdecimal() and len(part) < 8 for part in parts[:2]):
        return 0, 0
    return min(int(parts[0]), panels.FILES_A_PART), int(parts[1])
