"""What the template of a note's page is given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markupsafe import Markup

    from trackio.report.model import Head, Link
    from trackio.report.narrative.document import Heading
    from trackio.report.narrative.table import Table


@dataclass(frozen=True, slots=True)
class Passage:
    """Text, a figure or a table; of the three one is there."""

    text: Markup | None = None
    anchor: str = ""
    label: str = ""
    """``Figure 2``."""
    caption: Markup | None = None
    figure: Markup | None = None
    size: str = ""
    width: str = ""
    table: Table | None = None
    hrefs: tuple[str | None, ...] = ()
    """Of the runs that are its rows."""
    files: tuple[Link, ...] = ()
    """The table in other forms."""


@dataclass(frozen=True, slots=True)
class NotePage:
    """``note.html.j2``."""

    head: Head
    title: str
    crumbs: tuple[Link, ...]
    meta: tuple[str, ...]
    """Authors and date."""
    is_draft: bool
    summary: Markup | None
    contents: tuple[Heading, ...]
    """The headings of the second and third level."""
    passages: tuple[Passage, ...]
