"""What pages have only where a server answers: runs set side by side, and what whoever has the write token may do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trackio.report.model import Link


@dataclass(frozen=True, slots=True)
class Edits:
    """What may be changed: the runs of a page."""

    api: str
    """The address of the runs' routes; a run's own is its id behind it."""
    project: str
    projects: tuple[str, ...]
    """Where runs can be moved to."""
    groups: tuple[str, ...] = ()
    """Those there are already."""


@dataclass(frozen=True, slots=True)
class Served:
    """The argument of the macros in ``_served.html.j2``."""

    compare: str
    """The page that sets runs side by side; takes ``run=`` once for each."""
    reports: Link | None = None
    """All Markdown of the project's runs."""
    edits: Edits | None = None
    """None for those who may only look."""
    run: str | None = None
    """The id of the run that the page is of."""
