"""The heads of live pages: what their scripts ask the server for, and the theme that the dashboard was started with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any
from urllib.parse import urlencode

from trackio.report import heads, resources
from trackio.report.heads import Site
from trackio.report.model import Head
from trackio.report.urls import ASSETS, relative

SCRIPTS = (
    "boot.js",
    "runtime.js",
    "live.js",
    "embed.css",
    "site.css",
    "live.css",
    "media.css",
    "media.js",
    "plotly.js",
)
"""The built files that live pages may load; `embed.js` keeps its name."""

REFRESH_SECONDS = 1
"""Between two looks of a page that somebody can see."""


@dataclass(frozen=True, slots=True)
class LiveSite(Site):
    """What one page of the dashboard knows of where it stands."""

    project: str | None = None
    run: str | None = None
    """The id of the run that the page is of."""
    runs: tuple[str, ...] = ()
    """The ids of those that it is of where it is of several, and what else was asked for."""
    version: str = ""
    """Of what the page shows; it asks for what came after."""
    structure: str = ""
    """Of the parts that the page has; with other parts it has to be asked for again."""
    theme: str = "auto"
    charts: tuple[dict[str, Any], ...] | None = None
    """What the model says of the page's charts, where it is not what the report would say."""

    def head(
        self,
        path: str,
        *,
        title: str,
        description: str,
        model: dict[str, Any],
        load: Sequence[str] = (),  # noqa: ARG002 - the lines come from the server
        image: str | None = None,
        oembed: str | None = None,  # noqa: ARG002 - hosts of live pages fit themselves
        is_embed: bool = False,
        is_single: bool = False,  # noqa: ARG002 - nothing is inline
        has_media: bool = False,
        is_live: bool = True,
    ) -> Head:
        """The head of the page at ``path``."""
        found = Site.head(
            self,
            path,
            title=title,
            description=description,
            model=self._model(path, model) if is_live else model,
            image=image,
            is_embed=is_embed,
            has_media=has_media,
            is_live=is_live,
        )
        own = () if is_embed else (relative(resources.hashed_name("live.css"), path),)
        return replace(found, theme=None if self.theme == "auto" else self.theme, extras=(*own, *found.extras))

    def _model(self, path: str, model: dict[str, Any]) -> dict[str, Any]:
        charts = model["charts"] if self.charts is None else self.charts
        plain = {key: value for key, value in model.items() if key not in ("runs", "energy", "groups")}
        defaults = model["defaults"] if self.theme == "auto" else {**model["defaults"], "theme": self.theme}
        return plain | {
            "charts": [asked(one) for one in charts],
            "defaults": defaults,
            "live": {
                "lines": relative("api/live/lines", path),
                "runs": self._address("api/live/runs", path),
                "charts": self._address("api/live/charts", path, run=self.run),
                "page": self._address("api/live/page", path, kind=str(model["page"]), run=self.runs or self.run),
                "revision": self.version,
                "structure": self.structure,
                "run": self.run,
                "refresh": REFRESH_SECONDS,
            },
        }

    def _address(self, target: str, path: str, **parameters: str | tuple[str, ...] | None) -> str:
        named = {"project": self.project, **parameters}
        given = {name: value for name, value in named.items() if value is not None}
        query = urlencode(given, doseq=True, errors="replace")
        return relative(target, path) + (f"?{query}" if query else "")


def assets() -> dict[str, str]:
    """The built files by their names under ``assets/``, which change with their content."""
    found = {resources.hashed_name(name).removeprefix(f"{ASSETS}/"): name for name in SCRIPTS}
    return found | {"embed.js": "embed.js"}


@cache
def policy() -> str:
    """What a page of ours may load and do: from this server alone, and nothing that stands in the page itself."""
    report = str(heads.csp()["policy"])
    return report.replace("form-action 'none'", "form-action 'self'") + "; connect-src 'self'"


def asked(chart: dict[str, Any]) -> dict[str, Any]:
    """A chart without addresses of data: its lines are asked for by the kind and names of its metrics."""
    return {"kind": "metric", **{key: value for key, value in chart.items() if key not in ("data", "full", "key")}}
