"""Files that links of notes lead to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from trackio.report.narrative.problems import near


@dataclass(frozen=True, slots=True)
class Outward:
    """A link to an anchor in another file of notes."""

    line: int
    path: str
    """As the link names it."""
    anchor: str


def missing(path: str, folder: Path, pages: Iterable[str]) -> str | None:
    """Why a link from ``folder`` leads nowhere, with the nearest name; None where there is a file or a folder.

    ``pages`` are the other notes of the report, as links name them.
    """
    place = folder / path
    try:
        if place.exists():
            return None
        beside = [one.name for one in place.parent.iterdir()] if place.parent.is_dir() else []
    except (OSError, ValueError):
        # A name that no file can have.
        beside = []
    start = path.rpartition("/")[0]
    known = {f"{start}/{name}" if start else name for name in beside if not name.startswith(".")} | {*pages}
    return f"There is no {path!r} to link to. {near(path, sorted(known))}"


def unpublished(path: str) -> str:
    """Why a link to a file that is there is shown as text."""
    if path.lower().endswith(".md"):
        return f"{path} is not built with these notes, so the link is shown as text. Name it in the same command."
    return f"{path} is not published with the notes, so the link is shown as text. Link to where readers find it."
