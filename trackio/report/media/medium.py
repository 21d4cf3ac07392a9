"""One logged reference to what a page shows of it, and that to HTML."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from markupsafe import Markup

from trackio.report.media import documents, fields, histograms, pictures, sheets, talks
from trackio.report.media.place import Place, Unavailable
from trackio.report.media.views import Class, Group, Missing, Picture, View
from trackio.report.render import environment

Builder = Callable[[Mapping[str, Any], Place], View]

MOST_ITEMS = 1_000
DEEPEST = 4
"""Lists within lists and tables within tables are followed so far."""

TITLES = {
    "image": "image",
    "video": "video",
    "audio": "audio",
    "list": "list",
    "vega": "chart",
    "plotly": "Plotly",
    "histogram": "histogram",
    "table": "table",
    "markdown": "Markdown",
    "html": "HTML",
    "trace": "trace",
    "object3d": "3D object",
    "molecule": "molecule",
    "array": "array",
}
"""The kinds in words, in the order in which they stand within a section."""

WIDE = frozenset({"table", "trace", "html", "markdown", "plotly", "list"})
"""Kinds that take a whole row of the page."""


def view(reference: object, place: Place, depth: int = 0) -> View:
    """What there is to see of a medium; what cannot be shown says why."""
    found = fields.mapping(reference)
    kind = str(found.get("_type", "")).removeprefix("trackio.")
    try:
        if kind == "list":
            return _group(found, place, depth)
        if kind == "table":
            return sheets.sheet(found, place, lambda value, at: _inside(value, at, depth))
        return _BUILDERS.get(kind, documents.unknown)(found, place)
    except Unavailable as error:
        return Missing(f"This {TITLES.get(kind, 'medium')} cannot be shown: {error}.")


def html(one: View) -> Markup:
    """The medium as the templates write it."""
    template: Any = environment().get_template("_medium.html.j2").module
    text = str(template.medium(one))
    return Markup(text)  # noqa: S704 - written by our template, which escapes every text


def html_of(reference: object, place: Place) -> str:
    """Both in one step, for a cell of a table."""
    return str(html(view(reference, place, 1)))


def _group(reference: Mapping[str, Any], place: Place, depth: int) -> View:
    items = fields.listed(reference.get("items"))
    views = tuple(_inside(item, place, depth) for item in items[:MOST_ITEMS])
    classes: dict[str, Class] = {}
    for item in views:
        if isinstance(item, Picture):
            classes.update({one.key: one for one in item.classes})
    is_grid = all(item.kind in ("picture", "missing", "clip", "drawing", "plot", "attachment") for item in views)
    return Group(views, is_grid, tuple(classes.values()), max(len(items) - MOST_ITEMS, 0))


def _histogram(reference: Mapping[str, Any], place: Place) -> View:  # noqa: ARG001 - the shape of all builders
    return histograms.bars(histograms.histogram(reference))


def _inside(reference: object, place: Place, depth: int) -> View:
    return view(reference, place, depth + 1) if depth < DEEPEST else Missing("Media so deep in others are not shown.")


_BUILDERS: dict[str, Builder] = {
    "image": pictures.picture,
    "video": documents.video,
    "audio": documents.audio,
    "html": documents.html,
    "markdown": documents.prose,
    "plotly": documents.plotly,
    "vega": documents.drawing,
    "histogram": _histogram,
    "trace": talks.talk,
    "object3d": documents.attachment,
    "molecule": documents.attachment,
    "array": documents.numbers,
}
