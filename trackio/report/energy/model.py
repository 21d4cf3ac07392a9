"""What the templates are given of energy; texts are ready to show, and addresses relative to their page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markupsafe import Markup

    from trackio.report.model import Cell, Column, Head, Link


@dataclass(frozen=True, slots=True)
class Amount:
    """A figure of the headline."""

    value: str
    words: str
    """What it is, and what it rests on."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a bar; lengths are shares of the whole width, as SVG takes them."""

    kind: str
    x: str
    width: str
    title: str


@dataclass(frozen=True, slots=True)
class Bar:
    """A run's bar."""

    id: str
    name: str
    href: str
    color: int
    segments: tuple[Segment, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Bars:
    """Runs by an amount, the first of them at once."""

    slug: str
    title: str
    words: str
    bars: tuple[Bar, ...]
    more: str
    """How many runs are in the table alone, in words."""
    legend: tuple[tuple[str, str], ...]
    """Kinds and their names; empty where there is but one."""
    without: str
    """Which runs have no bar, in words."""
    footer: Markup


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of one shape."""

    columns: tuple[Column, ...]
    rows: tuple[TableRow, ...]


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row that begins with a name."""

    id: str
    name: str
    href: str
    color: int | None
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class EnergyBlock:
    """What one run used, on its page."""

    amounts: tuple[Amount, ...]
    covers: tuple[str, ...]
    power: Markup | None
    facts: tuple[tuple[str, str], ...]
    devices: Table | None
    phases: Table | None
    missing: tuple[tuple[str, str], ...]
    """Kinds that were not measured, and why."""
    notes: tuple[str, ...]
    project: str
    """The address of the project's energy page."""


@dataclass(frozen=True, slots=True)
class EnergyParts:
    """What the runs of a project used, on a page of its own or in a single file."""

    amounts: tuple[Amount, ...]
    covers: tuple[str, ...]
    runs: Bars | None
    power: Markup | None
    metrics: tuple[Markup, ...]
    """Metrics against energy."""
    others: tuple[Link, ...]
    """The charts of other metrics, over energy."""
    targets: tuple[Bars, ...]
    table: Table | None
    devices: Table | None
    assumptions: tuple[tuple[str, str], ...]
    missing: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    unmeasured: Markup
    """The runs that no energy is known of, in words."""


@dataclass(frozen=True, slots=True)
class EnergyPage:
    """``energy.html.j2``."""

    head: Head
    crumbs: tuple[Link, ...]
    name: str
    meta: tuple[str, ...]
    energy: EnergyParts
    data: str
    """The same numbers for programs."""
