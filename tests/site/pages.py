"""Small sites of one project, made of the real picture, columns and runtime: what the browser tests open."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from trackio import picture
from trackio.grammar import View
from trackio.lines import groups_of
from trackio.records import RunSeries, Series
from trackio.report.columns import encode
from trackio.report.figures import draw

DIST = Path(__file__).parents[2] / "site" / "dist"
START_NS = 1_732_000_000_000_000_000
COMPLETE = 20_000


def series(
    values: Sequence[float] | np.ndarray,
    *,
    run: str = "a",
    order: int = 0,
    group: str | None = None,
    metric: str = "loss",
    steps: Sequence[int] | np.ndarray | None = None,
    config: Mapping[str, Any] | None = None,
) -> RunSeries:
    """One run's values, a second apart."""
    y = np.asarray(values, dtype=np.float64)
    rows = np.arange(len(y), dtype=np.int64)
    step = rows if steps is None else np.asarray(steps, dtype=np.int64)
    points = Series(row=rows, step=step, time_ns=START_NS + rows * 1_000_000_000, value=y)
    return RunSeries(f"id-{run}", run, group, order, START_NS, config or {}, metric, points)


def curves(
    count: int = 5, points: int = 1000, *, metric: str = "loss", groups: int = 0, seed: int = 0
) -> list[RunSeries]:
    """Noisy falling curves, as training gives."""
    random = np.random.default_rng(seed)
    x = np.arange(points)
    return [
        series(
            2 + (1 + k / 10) * np.exp(-x / (points / 5)) + random.normal(0, 0.05, points),
            run=f"run-{k}",
            order=k,
            group=f"group-{k % groups}" if groups else None,
            metric=metric,
            config={"lr": 0.1 * (k % 3), "seed": k},
        )
        for k in range(count)
    ]


@dataclass(frozen=True)
class Site:
    """A written site; paths are relative to its folder."""

    folder: Path
    chart: str
    index: str
    slugs: dict[str, str]


def build(
    folder: Path,
    metrics: Mapping[str, Sequence[RunSeries]],
    *,
    project: str = "demo",
    csp: bool = False,
    defaults: Mapping[str, Any] | None = None,
    controls: str = "",
) -> Site:
    """Chart pages and a project page of these series."""
    slugs = {metric: f"m{k}" for k, metric in enumerate(metrics)}
    records: dict[str, RunSeries] = {one.run_id: one for found in metrics.values() for one in found}
    groups = groups_of(records.values())
    for name in ("runtime.js", "embed.js", "site.css"):
        _write(folder / "assets" / name, (DIST / name).read_text("utf-8"))
    runs = [
        {
            "id": one.run_id,
            "name": one.run_name,
            "group": one.group,
            "status": "finished",
            "order": one.order,
            "created_ms": one.created_ns / 1e6,
            "path": "",
            "config": dict(one.config),
        }
        for one in records.values()
    ]
    known = [
        {"metric": m, "slug": slugs[m], "count": _count(found), "complete": _count(found) <= COMPLETE}
        for m, found in metrics.items()
    ]
    _data(folder, "project", {"project": project, "groups": groups, "runs": runs, "metrics": known})
    figures, charts = [], []
    for metric, found in metrics.items():
        drawn = draw(found, groups)
        _write_series(folder, slugs[metric], metric, found, drawn)
        entry = {
            "metric": metric,
            "slug": slugs[metric],
            "title": metric,
            "data": f"../data/{slugs[metric]}.js",
            "full": None if _count(found) <= COMPLETE else f"../data/{slugs[metric]}.full.js",
            "page": f"../charts/{slugs[metric]}.html",
            "links": {},
            "defaults": {},
            "count": _count(found),
        }
        options = {"slug": slugs[metric], "metric": metric, "project": project, "date": "21 Nov 2024"}
        links = {kind: f"{slugs[metric]}.{kind}" for kind in ("svg", "png", "csv")}
        figure = picture.figure(drawn, View(), **options, links=links)
        model = _model("chart", project, [entry], defaults)
        load = f"../data/project.js ../data/{slugs[metric]}.js"
        head = _head(load, style=(DIST / "embed.css").read_text("utf-8"), csp=csp)
        _write(
            folder / "p" / "charts" / f"{slugs[metric]}.html", _page(head, "tk-embed", f"<main>{figure}</main>", model)
        )
        figures.append(picture.figure(drawn, View(), **options, page=f"charts/{slugs[metric]}.html"))
        charts.append(
            entry | {"data": entry["data"][3:], "full": entry["full"] and entry["full"][3:], "page": entry["page"][3:]}
        )
    body = f'<main>{controls}<div class="tk-grid">{"".join(figures)}</div></main>'
    model = _model("project", project, charts, defaults) | {"base": "", "root": "../"}
    _write(folder / "p" / "index.html", _page(_head("data/project.js", csp=csp), "tk-page tk-project", body, model))
    return Site(folder, f"p/charts/{next(iter(slugs.values()))}.html", "p/index.html", slugs)


def policy() -> str:
    """The strict policy that pages must live under."""
    script, style = (_hash((DIST / name).read_text("utf-8")) for name in ("boot.js", "embed.css"))
    return f"default-src 'none'; script-src 'self' {script}; style-src 'self' {style}; img-src 'self' data:"


def _write_series(folder: Path, slug: str, metric: str, found: Sequence[RunSeries], drawn: Sequence[Any]) -> None:
    whole = [
        {
            "run": one.run_id,
            "row": encode(one.series.row),
            "step": encode(one.series.step),
            "time": encode(np.rint((one.series.time_ns - one.created_ns) / 1e6)),
            "y": encode(one.series.value),
        }
        for one in found
    ]
    if _count(found) <= COMPLETE:
        _data(folder, slug, {"metric": metric, "complete": True, "series": whole})
        return
    reduced = []
    for line in drawn:
        entry = {"key": line.key, "label": line.label, "color": line.color, "x": encode(line.x), "y": encode(line.y)}
        if line.lo is not None:
            entry |= {"lo": encode(line.lo), "hi": encode(line.hi)}
        reduced.append(entry | {"count": line.count, "members": list(line.members)})
    _data(folder, slug, {"metric": metric, "complete": False, "lines": reduced})
    _data(folder, f"{slug}.full", {"metric": metric, "complete": True, "series": whole})


def _model(page: str, project: str, charts: list[dict[str, Any]], defaults: Mapping[str, Any] | None) -> dict[str, Any]:
    return {
        "page": page,
        "project": project,
        "base": "../",
        "root": "../../",
        "charts": charts,
        "defaults": dict(defaults or {}),
        "width": 600,
        "height": 400,
    }


def _head(load: str, *, style: str | None = None, csp: bool = False) -> str:
    assets = "../../assets" if style is not None else "../assets"
    meta = f'<meta http-equiv="Content-Security-Policy" content="{escape(policy())}">' if csp else ""
    sheet = f"<style>{style}</style>" if style is not None else f'<link rel="stylesheet" href="{assets}/site.css">'
    boot = (DIST / "boot.js").read_text("utf-8")
    return (
        f'<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">{meta}'
        '<meta name="color-scheme" content="light dark"><link rel="icon" href="data:,"><title>demo</title>'
        f'<script data-runtime="{assets}/runtime.js" data-load="{load}">{boot}</script>{sheet}'
    )


def _page(head: str, body_class: str, body: str, model: Mapping[str, Any]) -> str:
    return (
        f'<!doctype html><html lang="en" data-trackio="ready"><head>{head}</head><body class="{body_class}">{body}'
        f'<script type="application/json" id="trackio-model">{_json(model)}</script></body></html>'
    )


def _data(folder: Path, key: str, value: object) -> None:
    _write(folder / "p" / "data" / f"{key}.js", f"trackioData({_json(key)},{_json(value)})")


def _json(value: object) -> str:
    text = json.dumps(value, separators=(",", ":"))
    return "".join(f"\\u{ord(letter):04x}" if letter in "<>&\u2028\u2029" else letter for letter in text)


def _count(found: Sequence[RunSeries]) -> int:
    return sum(len(one.series) for one in found)


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode("utf-8", "replace"))
