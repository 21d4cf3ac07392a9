"""Logged Vega-Lite charts as pictures in the report's own dress, light and dark."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from html import escape
from typing import Any

from trackio import charts
from trackio.palette import DARK, LIGHT, Theme
from trackio.report import data
from trackio.report.exports import PNG_SCALE

_HEX = re.compile(r"#[0-9a-f]{6}\b")


def pictures(spec: Any) -> tuple[bytes, bytes, bytes, bytes]:
    """The chart as light SVG, dark SVG and PNG, and its spec.

    A spec says itself how it looks, where it does; what it leaves open is as in the report's own charts. One that
    cannot be drawn gives a picture with the reason.
    """
    import vl_convert

    source = json.dumps(data.jsonable(spec), ensure_ascii=True, separators=(",", ":")).encode() + b"\n"
    try:
        light = _svg(spec)
    except ValueError as error:
        light = _sorry(str(error))
    png = bytes(vl_convert.svg_to_png(light, scale=PNG_SCALE))
    # Rendering takes longer than all else: the dark picture is the light one with the other palette.
    return light.encode(), _dark(light).encode(), png, source


def _svg(spec: Any) -> str:
    if not isinstance(spec, Mapping):
        raise ValueError("it is no JSON object")
    import vl_convert

    dressed = {**spec, "config": _merged(_config(), spec.get("config"))}
    if "/vega/" in str(spec.get("$schema", "")):
        return str(vl_convert.vega_to_svg(dressed, allowed_base_urls=[]))
    return str(vl_convert.vegalite_to_svg(dressed, vl_version=charts.vega_lite_version(), allowed_base_urls=[]))


def _config() -> dict[str, Any]:
    series, ours = list(LIGHT.series), charts.config(LIGHT)
    return ours | {
        "legend": {**ours["legend"], "titleColor": LIGHT.foreground},
        "header": {"labelColor": LIGHT.foreground, "titleColor": LIGHT.foreground},
        "text": {"color": LIGHT.foreground},
        "rule": {"color": LIGHT.muted},
        "range": {"category": series, "ramp": [LIGHT.line, LIGHT.accent], "heatmap": [LIGHT.line, LIGHT.accent]},
        "mark": {"color": series[0], "aria": False},
    }


def _merged(ours: Any, theirs: Any) -> Any:
    if isinstance(ours, Mapping) and isinstance(theirs, Mapping):
        return {**ours, **{key: _merged(ours.get(key), value) for key, value in theirs.items()}}
    return ours if theirs is None else theirs


def _dark(svg: str) -> str:
    other = dict(zip(_colors(LIGHT), _colors(DARK), strict=True))
    return _HEX.sub(lambda found: other.get(found[0], found[0]), svg)


def _colors(theme: Theme) -> list[str]:
    return [theme.background, theme.foreground, theme.muted, theme.line, theme.grey, theme.accent, *theme.series]


def _sorry(reason: str) -> str:
    words = escape(" ".join(reason.split())[:120]) or "no reason is known"
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="480" height="96" viewBox="0 0 480 96" font-size="13" '
        f'font-family="sans-serif" fill="{LIGHT.muted}"><text x="16" y="40">This chart could not be drawn:</text>'
        f'<text x="16" y="62">{words}</text></svg>'
    )
