"""Contexts to HTML, those that only a server has among them."""

from __future__ import annotations

from typing import TypeAlias, cast

from trackio.dashboard.compare import ComparePage
from trackio.dashboard.missing import MissingPage
from trackio.dashboard.reports import ReportsPage
from trackio.report import render
from trackio.report.render import Page

Own: TypeAlias = ComparePage | MissingPage | ReportsPage

TEMPLATES: dict[type[Own], str] = {
    ComparePage: "compare.html.j2",
    MissingPage: "missing.html.j2",
    ReportsPage: "reports.html.j2",
}


def written(page: Page | Own) -> bytes:
    """The page as UTF-8."""
    own = TEMPLATES.get(cast("type[Own]", type(page)))
    if own is None:
        return render.render(cast("Page", page))
    return render.environment().get_template(own).render(page=page).encode("utf-8", "replace")
