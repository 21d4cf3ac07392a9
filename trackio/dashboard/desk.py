"""What the dashboard of one server keeps between requests."""

from __future__ import annotations

from dataclasses import dataclass, field

from fastapi import Request

from trackio.dashboard.cards import Summaries
from trackio.dashboard.energies import Energies, Energy
from trackio.dashboard.known import Known, Projects
from trackio.dashboard.site import LiveSite
from trackio.dashboard.stored import Stored


@dataclass(frozen=True, slots=True)
class Desk:
    """Kept in ``app.state.desk``; safe from many threads."""

    projects: Projects
    summaries: Summaries
    theme: str = "auto"
    energies: Energies = field(default_factory=Energies)
    stored: Stored = field(default_factory=Stored)

    def site(self, known: Known | None = None, energy: Energy | None = None) -> LiveSite:
        """Where a page stands; ``energy`` is what it says of that."""
        if known is None:
            return LiveSite(theme=self.theme)
        return LiveSite(theme=self.theme, project=known.project.name, version=version(known, energy))


def version(known: Known, energy: Energy | None, least: int = 0) -> str:
    """Text that differs whenever anything does that a page shows: ``database.revision.reckoning``.

    The last is the revision at which energy was reckoned. Of several processes each reckons by itself: one that is
    behind the ``least`` that a page has is no news to it.
    """
    return f"{known.version}.{max(least, 0 if energy is None else energy.revision)}"


def seen(text: str, known: Known) -> tuple[int, int]:
    """The revision and the reckoning of a version; those of nothing for one of another database, or of none."""
    database, _, rest = text.partition(".")
    revision, _, reckoning = rest.partition(".")
    if database != known.database or not (revision.isdecimal() and reckoning.isdecimal()):
        return -1, -1
    return int(revision[:18]), int(reckoning[:18])


def desk(request: Request) -> Desk:
    """The desk of the server that was asked."""
    found: Desk = request.app.state.desk
    return found
