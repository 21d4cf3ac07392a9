"""What is made of one stored file for the report; the same file and need give the same bytes."""

from __future__ import annotations

import json
from collections.abc import Callable
from html import escape
from typing import Any

from trackio.report import data
from trackio.report.media import clouds, fields, files, sheets, vega
from trackio.report.media.colors import colored_mask
from trackio.report.media.found import Need
from trackio.report.resources import hashed_name


def make(need: Need, content: bytes, html: Callable[[object], str] = fields.words) -> dict[str, bytes]:
    """The files by name; ``html`` shows a medium in the cell of a table.

    A file that is not what its name says gives files that say so, or are empty: it costs only itself.
    """
    names = files.names(need).made
    suffix = need.blob[64:]
    if need.role in ("mask", "mask0"):
        return {names[0]: colored_mask(content, has_zero=need.role == "mask0") or b""}
    if suffix == ".table.json":
        value = sheets.script_value(content, html)
        return {names[0]: data.script(need.blob[:64], value), names[1]: sheets.csv_bytes(content)}
    if suffix == ".vl.json":
        return dict(zip(names, vega.pictures(_json(content)), strict=True))
    if suffix == ".pts.json":
        return {names[0]: data.script(need.blob[:64], clouds.script_value(_json(content)))}
    if suffix == ".plotly.json":
        return _plotly(need, names, content)
    return {names[0]: _dumps(_json(content))}


def _plotly(need: Need, names: tuple[str, ...], content: bytes) -> dict[str, bytes]:
    value = _json(content)
    found = {names[0]: _dumps(value)}
    if need.role:
        asset = f"../../{hashed_name('plotly.js')}"
        found[names[1]] = _plotly_page(need.role, names[2], asset)
        found[names[2]] = f"trackioPlotly({data.inline(data.jsonable(value))})\n".encode()
    return found


def _json(content: bytes) -> Any:
    try:
        return fields.clean(json.loads(content))
    except (ValueError, RecursionError):
        return None


def _dumps(value: Any) -> bytes:
    return json.dumps(data.jsonable(value), ensure_ascii=True, separators=(",", ":")).encode() + b"\n"


def _plotly_page(script: str, data: str, asset: str) -> bytes:
    """The page in a Plotly figure's frame; all it says is in its scripts, so that a strict policy holds."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="generator" content="trackio">'
        '<title>Plotly figure</title></head><body><div id="figure"></div>'
        "<noscript>This figure is drawn by a script.</noscript>"
        f'<script src="{escape(script)}"></script><script src="{escape(asset)}"></script>'
        f'<script src="{escape(data)}"></script></body></html>\n'
    ).encode()
