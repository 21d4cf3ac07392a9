"""Where each page and file of the site lies, as addresses relative to its root (pure)."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from urllib.parse import quote

INDEX = "index.html"
MANIFEST = "manifest.json"
ASSETS = "assets"
REPORTS = "reports"
RESERVED_PROJECTS = (ASSETS, REPORTS, "index", "manifest", "latest", "gradio_api")
"""Folder names at the root that no project may take, the last one as gradio has pages there.

`trackio.report.snapshots` takes ``v1``, ``v2``, ... too.
"""
RESERVED_METRICS = ("project",)
"""``data/project.js`` is the project's own file."""


@dataclass(frozen=True, slots=True)
class ProjectUrls:
    """The addresses of one project, from its slug."""

    slug: str

    @property
    def index(self) -> str:
        """The project's page."""
        return f"{self.slug}/{INDEX}"

    @property
    def data(self) -> str:
        """The project's runs and metrics for the browser."""
        return f"{self.slug}/data/project.js"

    @property
    def metrics(self) -> str:
        """The names of all charts for the browser, where there are very many; no slug has a dot in it."""
        return f"{self.slug}/data/project.metrics.js"

    @property
    def energy(self) -> str:
        """The page of the project's energy."""
        return f"{self.slug}/energy.html"

    @property
    def energy_data(self) -> str:
        """The same numbers for programs."""
        return f"{self.slug}/data/energy.json"

    @property
    def energy_axis(self) -> str:
        """The x-axis of energy for the browser; no slug has a dot in it."""
        return f"{self.slug}/data/project.energy.js"

    @property
    def alerts(self) -> str:
        """The alerts of the runs for programs."""
        return f"{self.slug}/data/alerts.json"

    @property
    def alert_marks(self) -> str:
        """What charts mark of them, for the browser; no slug has a dot in it."""
        return f"{self.slug}/data/project.alerts.js"

    @property
    def card(self) -> str:
        """The section for a model card, as Markdown."""
        return f"{self.slug}/card.md"

    @property
    def card_metadata(self) -> str:
        """What goes with it into a model card's metadata, as YAML."""
        return f"{self.slug}/card.yaml"

    @property
    def badge(self) -> str:
        """The energy of the project as a picture of one line."""
        return f"{self.slug}/badge.svg"

    def report(self, slug: str) -> str:
        """The page of notes on this project; what belongs to it lies in the folder of its name."""
        return f"{self.slug}/{report(slug)}"

    def chart(self, metric_slug: str, suffix: str = "html") -> str:
        """The page of a chart, or one of its exports: ``svg png csv vl.json oembed.json``."""
        return f"{self.slug}/charts/{metric_slug}.{suffix}"

    def series(self, metric_slug: str, *, full: bool = False) -> str:
        """The data of a chart for the browser."""
        return f"{self.slug}/data/{metric_slug}{'.full' if full else ''}.js"

    def run(self, run_slug: str) -> str:
        """The page of a run."""
        return f"{self.slug}/runs/{run_slug}.html"

    def run_data(self, run_slug: str, suffix: str = "js") -> str:
        """The data of a run: ``js`` for the browser, ``parquet`` for people, ``media.json`` for programs."""
        return f"{self.slug}/data/runs/{run_slug}.{suffix}"

    def run_media(self, run_slug: str, name: str) -> str:
        """A script or picture of one run's media."""
        return f"{self.slug}/data/runs/{run_slug}/{name}"

    def media(self, name: str) -> str:
        """A stored file, or what is made of one; all runs share them. The folder itself ends in a slash."""
        return f"{self.slug}/media/{name}"


def report(slug: str) -> str:
    """The page of notes on several projects."""
    return f"{REPORTS}/{slug}.html"


def relative(target: str, page: str) -> str:
    """The address of ``target`` as a link on ``page`` has to say it; both relative to the root."""
    return quote(posixpath.relpath(target, posixpath.dirname(page) or "."))


def base_url(url: str | None) -> str | None:
    """A base address that ends in one slash; None stays None."""
    return None if url is None else url.strip().rstrip("/") + "/"
