"""What lies in a project's ``media/`` folder: stored files as they are, and what is made of others (pure)."""

from __future__ import annotations

from dataclasses import dataclass

from trackio.report.media.found import Need

SUFFIXES = {
    ".table.json": (".table.js", ".table.csv"),
    ".trace.json": (".trace.json",),
    ".plotly.json": (".plotly.json",),
    ".vl.json": (".vl.svg", ".vl.dark.svg", ".vl.png", ".vl.json"),
    ".pts.json": (".pts.js",),
}
"""Of the names that end so, what a report makes of the file; the file itself is not published, point clouds aside."""

COPIED = ".pts.json"


@dataclass(frozen=True, slots=True)
class Names:
    """The files that one need leads to, as names within ``media/``."""

    made: tuple[str, ...]
    copied: str | None


def names(need: Need) -> Names:
    """What a need becomes."""
    digest, dot, rest = need.blob.partition(".")
    suffix = dot + rest
    if need.role in ("mask", "mask0"):
        return Names((f"{digest}.{need.role}.png",), None)
    made = tuple(digest + end for end in SUFFIXES.get(suffix, ()))
    if suffix == ".plotly.json" and need.role:
        made += (plotly_page(need), f"{digest}.plotly.js")
    return Names(made, need.blob if not made or suffix == COPIED else None)


def plotly_page(need: Need) -> str:
    """The page that draws a figure with its script, for an iframe."""
    return f"{need.blob[:64]}-{need.role[:8]}.html"


def made(blob: str, suffix: str) -> str:
    """The name of what is made of a stored file."""
    return blob.partition(".")[0] + suffix
