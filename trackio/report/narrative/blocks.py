"""What fenced blocks of notes ask for: figures and tables, as values (pure)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from trackio import grammar
from trackio.grammar import View
from trackio.report.narrative import mapping
from trackio.report.narrative.mapping import Entry
from trackio.report.narrative.problems import Say

FIGURE, TABLE = "trackio", "trackio-table"
"""The languages of the fences."""

PREFIXES = {FIGURE: "fig-", TABLE: "tab-"}

SIZES = {"small": 180, "medium": 280, "large": 400}
"""Heights of the plot, in pixels."""
WIDTHS = ("text", "half", "wide")

_VIEW = (
    *("smoothing", "xmin", "xmax", "ymin", "ymax", "x", "xscale", "yscale"),
    *("groupby", "band", "group", "legend", "title"),
)
_COMMON = ("project", "runs", "group", "groupby", "caption", "id")
FIGURE_KEYS = tuple(dict.fromkeys([*_COMMON, "metrics", "window", "size", "width", *_VIEW]))
TABLE_KEYS = (*_COMMON, "columns", "sort", "limit", "best")
COLUMN_KEYS = ("column", "title", "digits", "best")
_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")


@dataclass(frozen=True, slots=True)
class Block:
    """What figures and tables have in common."""

    kind: str
    line: int
    """Of the fence."""
    lines: Mapping[str, int]
    """Of each key."""
    project: str | None
    runs: tuple[str, ...]
    group: str | None
    groupby: str | None
    caption: str
    id: str | None
    """Without prefix."""


@dataclass(frozen=True, slots=True)
class FigureBlock(Block):
    """A ``trackio`` block."""

    metrics: tuple[str, ...] = ()
    view: View = field(default_factory=View)
    """Everything of it but metrics and runs."""
    has_x: bool = False
    size: str = "medium"
    width: str = "text"


@dataclass(frozen=True, slots=True)
class ColumnBlock:
    """A column that a table asks for."""

    name: str
    title: str | None = None
    digits: int | None = None
    best: str | None = None
    """``min``, ``max`` or ``none``; None leaves it to what is known of the metric."""


@dataclass(frozen=True, slots=True)
class TableBlock(Block):
    """A ``trackio-table`` block."""

    columns: tuple[ColumnBlock, ...] = ()
    sort: str | None = None
    """A column; with ``-`` before it the greatest come first."""
    limit: int | None = None
    has_best: bool = True


def read(kind: str, text: str, line: int, say: Say) -> FigureBlock | TableBlock | None:
    """The block whose fence stands at ``line``; None when too little of it is right."""
    entries = mapping.read(text, line + 1, FIGURE_KEYS if kind == FIGURE else TABLE_KEYS, say)
    if entries is None:
        return None
    own = "metrics" if kind == FIGURE else "columns"
    if own not in entries:
        what = (
            "`metrics: val/loss` says which curves" if kind == FIGURE else "`columns: [config.lr, val/loss]` says what"
        )
        say(line, f"{own} is missing: {what} to show.")
        return None
    common: dict[str, Any] = {
        "kind": kind,
        "line": line,
        "lines": {key: one.line for key, one in entries.items()},
        "project": mapping.given(entries, "project", mapping.text, say) or None,
        "runs": mapping.given(entries, "runs", mapping.texts, say) or (),
        "group": mapping.given(entries, "group", mapping.text, say),
        "groupby": mapping.given(entries, "groupby", mapping.text, say),
        "caption": mapping.given(entries, "caption", mapping.text, say) or "",
        "id": _id(entries["id"], kind, say) if "id" in entries else None,
    }
    if kind == TABLE:
        return TableBlock(
            **common,
            columns=_columns(entries["columns"], say),
            sort=mapping.given(entries, "sort", mapping.text, say),
            limit=mapping.given(entries, "limit", mapping.whole, say),
            has_best=mapping.given(entries, "best", mapping.flag, say) is not False,
        )
    return FigureBlock(
        **common,
        metrics=mapping.given(entries, "metrics", mapping.texts, say) or (),
        view=_view(entries, say),
        has_x="x" in entries,
        size=_chosen(entries, "size", tuple(SIZES), say) or "medium",
        width=_chosen(entries, "width", WIDTHS, say) or "text",
    )


def _id(entry: Entry, kind: str, say: Say) -> str | None:
    found = (mapping.text(entry, say) or "").removeprefix(PREFIXES[kind])
    if _ID.fullmatch(found):
        return found
    say(entry.line, "id must be small letters, digits, - and _, at most 60.")
    return None


def _chosen(entries: Mapping[str, Entry], key: str, options: tuple[str, ...], say: Say) -> str | None:
    return mapping.choice(entries[key], options, say) if key in entries else None


def _view(entries: Mapping[str, Entry], say: Say) -> View:
    """The view, read by the grammar of addresses: what it would ignore on a page is a mistake here."""
    given: dict[str, Entry] = {key: entries[key] for key in _VIEW if key in entries}
    if "window" in entries:
        window = entries["window"]
        ends = window.value
        if not isinstance(ends, list) or len(ends) != 2 or any(isinstance(end, (list, dict, bool)) for end in ends):
            say(window.line, "window is the two ends of the x-axis: [0, 1000]; null leaves one open.")
        elif "xmin" in given or "xmax" in given:
            say(window.line, "window says the same as xmin and xmax. Give one of them.")
        else:
            named = zip(("xmin", "xmax"), ends, strict=True)
            given |= {name: Entry(name, end, window.line) for name, end in named if end is not None}
    read = {key: mapping.number_text(one.value) or mapping.text(one, say) for key, one in given.items()}
    texts = {key: text for key, text in read.items() if text}
    view = View()
    # One after the other, so that each note has its line; x first, as limits of a time axis are dates.
    done: dict[str, str] = {}
    for key in sorted(texts, key=lambda key: (key != "x", not key.endswith("scale"))):
        done[key] = texts[key]
        view, notes = grammar.parse(urlencode(done))
        if notes:
            del done[key]
            say(given[key].line, _mistake(notes[0]))
    return grammar.parse(urlencode(done))[0] if done else view


def _mistake(note: str) -> str:
    """A note of the grammar without what a page does about it."""
    return re.sub(r"; (?:it was ignored|both were ignored|it was rounded down|the nearest was taken)\.$", ".", note)


def _columns(entry: Entry, say: Say) -> tuple[ColumnBlock, ...]:
    value = entry.value if isinstance(entry.value, list) else mapping.texts(entry, say) or ()
    found = []
    for one in value:
        if isinstance(one, (str, int, float)) and not isinstance(one, bool):
            found.append(ColumnBlock(str(one).strip()))
        elif isinstance(one, dict) and isinstance(one.get("column"), str):
            made = _column(one, entry.line, say)
            found += [made] if made else []
        else:
            say(entry.line, "A column is a name, or {column: val/loss, title: loss, digits: 3, best: min}.")
    return tuple(found)


def _column(value: Mapping[str, Any], line: int, say: Say) -> ColumnBlock | None:
    unknown = [str(key) for key in value if key not in COLUMN_KEYS]
    digits, best, title = value.get("digits"), value.get("best"), value.get("title")
    if unknown:
        say(line, f"A column has no {unknown[0]!r}. There are: {', '.join(COLUMN_KEYS)}.")
    elif digits is not None and (not isinstance(digits, int) or isinstance(digits, bool) or not 0 <= digits <= 12):
        say(line, "digits is a whole number from 0 to 12.")
    elif best not in (None, "min", "max", "none"):
        say(line, "best is min, max or none.")
    else:
        return ColumnBlock(value["column"].strip(), None if title is None else str(title), digits, best)
    return None
