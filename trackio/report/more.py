"""What a page says of charts that it does not draw from the start, as there are very many (pure)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from trackio import picture
from trackio.grammar import View
from trackio.report import figures
from trackio.report.chartjob import links
from trackio.report.model import Link, MoreCharts
from trackio.report.urls import ProjectUrls, relative

if TYPE_CHECKING:
    from markupsafe import Markup

MOST_LINKED = 500
"""Charts that are not drawn are linked to for readers without scripts, up to so many."""

SHELL = "tk-shell"
"""Stands for the name and the address of a chart in the frame that a page's script fills."""


def more(
    urls: ProjectUrls, path: str, drawn: int, others: Sequence[tuple[str, str]], *, left: int = 0
) -> MoreCharts | None:
    """What the page at ``path`` says; None where it draws all that there is.

    ``others`` are names and slugs of the charts that are not drawn; ``left`` is how many metrics have no chart at all.
    """
    if not others and not left:
        return None
    words, count = [], drawn + len(others)
    if others:
        words.append(f"{drawn:,} of {count:,} metrics are drawn: filter to see others.")
    if left:
        words.append(f"{left:,} more have no chart in this report; trackio report --metrics chooses others.")
    found = tuple(Link(name, relative(urls.chart(slug), path)) for name, slug in others[:MOST_LINKED])
    return MoreCharts(" ".join(words), found, len(others) - len(found), shell(urls, path))


def shell(urls: ProjectUrls, path: str) -> Markup:
    """An empty figure with stand-ins for what differs between charts; it links to files where others of the page do."""
    has_files = path == urls.index
    return figures.markup(
        picture.figure(
            (),
            View(),
            slug=SHELL,
            metric=SHELL,
            title=SHELL,
            subtitle="",
            links=links(urls, SHELL, path) if has_files else {},
            page=relative(urls.chart(SHELL), path) if has_files else "",
            heading=3,
            pending=0,
        )
    )
