"""What the templates are given: one frozen context a page, and the parts they share.

A context holds texts ready to show and addresses relative to its page. Fields of type ``Markup`` are HTML that trackio
itself made (figures, rendered notes, scripts); everything else is escaped by the template.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markupsafe import Markup

    from trackio.report.energy.model import EnergyBlock, EnergyParts
    from trackio.report.served import Served


@dataclass(frozen=True, slots=True)
class Head:
    """The ``<head>`` and the scripts of a page."""

    title: str
    description: str
    root: str
    """The way to the root of the site: empty or ending in ``/``."""
    boot: Markup
    style: Markup | None
    """Inline styles, where the page is to be one request."""
    stylesheet: str | None
    runtime: str | None
    """None where the runtime is inline."""
    extras: tuple[str, ...]
    """More scripts and styles of ours, by address: what only pages with media need."""
    load: str
    """Data files that are surely needed when the address has parameters, with spaces between."""
    model: Markup
    """The page's model as JSON that cannot end its script."""
    url: str | None
    """The public address, when it is known."""
    image: str | None
    """The public address of a picture of the page."""
    oembed: str | None
    icon: str
    live: str | None = None
    """The script that has the lines from a server, on pages that follow a project."""
    theme: str | None = None
    """``light`` or ``dark`` where the page is not to follow its reader's system."""
    cite: Markup | None = None
    """How to cite the page, on those of a report."""


@dataclass(frozen=True, slots=True)
class Link:
    """A named address."""

    text: str
    href: str


@dataclass(frozen=True, slots=True)
class State:
    """A run's status as a page shows it."""

    status: str
    is_live: bool
    note: str
    """For a live run the time of its last point, else empty."""


@dataclass(frozen=True, slots=True)
class Section:
    """The charts of one prefix."""

    name: str
    count: int
    figures: tuple[Markup, ...]
    is_open: bool


@dataclass(frozen=True, slots=True)
class MoreCharts:
    """Charts that a page does not draw from the start: the argument of ``more`` in ``_more.html.j2``."""

    words: str
    links: tuple[Link, ...]
    """To the first of them."""
    unlinked: int
    """How many there are besides."""
    shell: Markup
    """An empty figure, for the script that draws one of them."""


@dataclass(frozen=True, slots=True)
class MediaStep:
    """A step other than the one shown, for readers without scripts."""

    step: str
    links: tuple[str, ...]
    """To its files; when it has none it stands here as it is."""
    body: Markup


@dataclass(frozen=True, slots=True)
class MediaPanel:
    """The media of one name on a run's page: the last one, and where the browser finds the others."""

    id: str
    slug: str
    metric: str
    kind: str
    words: str
    """What it is, and of how many steps."""
    is_wide: bool
    body: Markup
    step: str
    """The last one's; empty where all are shown at once."""
    steps: str
    """Of all: ``first:distance:last``, or with commas between; empty where there is nothing to choose."""
    source: str
    """The address of the scripts without their number and ending."""
    part: int
    """Media in each script."""
    others: tuple[MediaStep, ...]
    more: int
    """Steps that are not in ``others``."""


@dataclass(frozen=True, slots=True)
class MediaSection:
    """The media of one prefix."""

    name: str
    panels: tuple[MediaPanel, ...]
    is_open: bool


@dataclass(frozen=True, slots=True)
class AlertItem:
    """One alert in a panel: the argument of ``item`` in ``_alerts.html.j2``."""

    level: str
    """``error``, ``warn`` or ``info``."""
    title: str
    text: str
    run_id: str
    run: Link | None
    """None on the page of its own run."""
    color: int
    """Its run's, 0 to 9, or -1 for grey."""
    step: str
    """``step 1,200``, or empty."""
    time: str
    timestamp: str
    """The same for programs: ISO 8601, in UTC."""
    data: tuple[tuple[str, str], ...] = ()
    """What was passed along, by name."""


@dataclass(frozen=True, slots=True)
class AlertsPanel:
    """The alerts of a run or a project: the argument of ``panel`` in ``_alerts.html.j2``."""

    anchor: str
    """Its id; those of its parts begin with it."""
    count: int
    levels: tuple[tuple[str, int], ...]
    """The levels that occur and how often, the gravest first."""
    items: tuple[AlertItem, ...]
    """The newest first; where there are many, the newest of each level."""
    data: str | None = None
    """A file with more of them, for programs."""

    @property
    def more(self) -> int:
        """How many are not listed."""
        return self.count - len(self.items)


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of the run table; ``value`` is what it sorts by."""

    text: str
    value: str
    is_number: bool


@dataclass(frozen=True, slots=True)
class Row:
    """A run in the table of its project."""

    id: str
    name: str
    href: str
    color: int
    """0 to 9, or -1 for grey."""
    group: str
    state: State
    created: Cell
    seconds: Cell
    cells: tuple[Cell, ...]
    """One for each of the table's columns."""
    tags: tuple[str, ...] = ()

    @property
    def tag_lines(self) -> str:
        """The tags as scripts read them, one a line."""
        return "\n".join(self.tags)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the run table: a config key that differs, or the last or best value of a metric."""

    name: str
    kind: str
    """``config`` or ``number``."""
    note: str
    """``last``, ``min`` or ``max`` for a metric, else empty."""


@dataclass(frozen=True, slots=True)
class RunGroup:
    """Runs of one group in the sidebar; ``name`` is None for those without."""

    name: str | None
    color: int
    runs: tuple[Row, ...]
    is_open: bool


@dataclass(frozen=True, slots=True)
class Card:
    """A project on the root page."""

    name: str
    href: str
    runs: str
    charts: str
    updated: str
    live: int
    figure: Markup | None
    energy: str = ""
    errors: str = ""
    """``2 errors`` of all that its runs raised as alerts, or empty."""


@dataclass(frozen=True, slots=True)
class IndexPage:
    """``index.html.j2``."""

    head: Head
    cards: tuple[Card, ...]
    meta: tuple[str, ...]
    reports: tuple[Link, ...] = ()
    """The notes that are pages of the site."""


@dataclass(frozen=True, slots=True)
class ProjectPage:
    """``project.html.j2``."""

    head: Head
    name: str
    crumbs: tuple[Link, ...]
    meta: tuple[str, ...]
    live: int
    groups: tuple[RunGroup, ...]
    group_names: tuple[str, ...]
    is_grouped: bool
    """Whether charts show groups unless asked otherwise."""
    sections: tuple[Section, ...]
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    hidden_columns: int
    """Columns that differ too but are only on the run pages."""
    reports: tuple[Link, ...] = ()
    """The newest Markdown of its runs."""
    energy: Link | None = None
    """The amount, and the page that explains it."""
    has_energy_axis: bool = False
    """Whether charts can be drawn over energy."""
    alerts: AlertsPanel | None = None
    served: Served | None = None
    more: MoreCharts | None = None


@dataclass(frozen=True, slots=True)
class RunPage:
    """``run.html.j2``."""

    head: Head
    name: str
    id: str
    crumbs: tuple[Link, ...]
    color: int
    state: State
    meta: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    tags: tuple[str, ...]
    notes: Markup | None
    config: tuple[tuple[str, str], ...]
    summary: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    system: tuple[Section, ...]
    parquet: str
    """Its points as a file."""
    is_empty: bool
    """Whether it has logged nothing at all."""
    anchor: str
    """Its id within a single file."""
    texts: tuple[tuple[str, str], ...]
    """The last value of metrics that are no numbers."""
    media: tuple[MediaSection, ...] = ()
    media_notes: tuple[str, ...] = ()
    media_index: str | None = None
    """All media of the run with their files, for programs."""
    energy: EnergyBlock | None = None
    alerts: AlertsPanel | None = None
    served: Served | None = None
    more: MoreCharts | None = None
    more_system: int = 0
    """How many of the machine's metrics are not drawn."""
    unlisted: Mapping[str, int] = field(default_factory=dict)
    """How many values are not in ``summary`` and ``texts``, by the name of the field."""


@dataclass(frozen=True, slots=True)
class ChartPage:
    """``chart.html.j2``."""

    head: Head
    figure: Markup


@dataclass(frozen=True, slots=True)
class SinglePage:
    """``single.html.j2``: a project in one file."""

    head: Head
    project: ProjectPage
    runs: tuple[RunPage, ...]
    """Without their charts."""
    data: tuple[Markup, ...]
    """Scripts that register the data."""
    runtime: Markup
    energy: EnergyParts | None = None


@dataclass(frozen=True, slots=True)
class Frame:
    """A project's whole page inside another page."""

    name: str
    anchor: str
    document: str


@dataclass(frozen=True, slots=True)
class FramesPage:
    """``frames.html.j2``: several projects in one file, each a page of its own, as names repeat between projects."""

    title: str
    icon: str
    style: Markup
    script: Markup
    meta: tuple[str, ...]
    frames: tuple[Frame, ...]
