"""Sound, film, pages, Markdown, charts and files: media that are shown by the browser's own elements."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from trackio.report import figures, markdown, words
from trackio.report.media import fields, files
from trackio.report.media.found import Need, is_file
from trackio.report.media.pictures import picture
from trackio.report.media.place import MIMES, Place, Unavailable
from trackio.report.media.views import Attachment, Clip, Drawing, Frame, Missing, Numbers, Picture, Prose

POINTS = "pts.json"


def video(reference: Mapping[str, Any], place: Place) -> Clip | Picture:
    """A film; GIFs are images to browsers."""
    if fields.text(reference.get("format")) == "gif":
        return picture(reference, place)
    seconds = _seconds(reference)
    facts = [f"{seconds:.3g} s" if seconds else "", fields.size(fields.number(reference.get("size")))]
    width, height = fields.whole(reference.get("width")), fields.whole(reference.get("height"))
    need = _need(reference)
    return Clip(
        tag="video",
        src=place.address(need),
        mime=_mime(need, "video"),
        caption=fields.text(reference.get("caption")),
        facts=", ".join(filter(None, facts)),
        width=width if width and height else None,
        height=height if width and height else None,
    )


def audio(reference: Mapping[str, Any], place: Place) -> Clip:
    """Sound."""
    need = _need(reference)
    seconds, rate = fields.number(reference.get("seconds")), fields.number(reference.get("sample_rate"))
    facts = [f"{seconds:.3g} s" if seconds else "", f"{rate / 1000:g} kHz" if rate else ""]
    return Clip(
        tag="audio",
        src=place.address(need),
        mime=_mime(need, "audio"),
        caption=fields.text(reference.get("caption")),
        facts=", ".join(filter(None, facts)),
    )


def html(reference: Mapping[str, Any], place: Place) -> Frame:
    """A page, published as it is; it runs in a sandbox that reaches nothing of the report."""
    need = _need(reference)
    document = place.read(need.blob).decode("utf-8", "replace") if place.is_single else None
    return Frame(
        src=None if place.is_single else place.address(need),
        document=document,
        title="HTML",
        caption=fields.text(reference.get("caption")),
        links=place.link("HTML", need),
    )


def prose(reference: Mapping[str, Any], place: Place) -> Prose:  # noqa: ARG001 - the shape of all builders
    """Markdown."""
    value = reference.get("_value")
    return Prose(figures.markup(markdown.to_html(fields.cut(value if isinstance(value, str) else ""))))


def plotly(reference: Mapping[str, Any], place: Place) -> Frame:
    """A Plotly figure; it is drawn by the script that was kept with it."""
    need, script = _need(reference), reference.get("script_file")
    links = place.link("JSON", need, ".plotly.json")
    caption = fields.text(reference.get("caption"))
    place.check(need.blob)
    if not is_file(script):
        note = "This Plotly figure was logged without its script, so it cannot be drawn here."
        return Frame(None, None, "Plotly figure", caption, links, note=note)
    if place.is_single:
        note = "This Plotly figure is left out of the single file."
        return Frame(None, None, "Plotly figure", caption, links, note=note)
    drawn = Need(need.blob, str(script))
    place.check(drawn.role)
    return Frame(place.base + files.plotly_page(drawn), None, "Plotly figure", caption, links, is_ours=True)


def drawing(reference: Mapping[str, Any], place: Place) -> Drawing:
    """A Vega-Lite chart."""
    need = _need(reference)
    title = fields.text(reference.get("title"))
    ends = {"SVG": ".vl.svg", "PNG": ".vl.png", "Spec": ".vl.json"}
    links = [place.link(text, need, end) for text, end in ends.items()]
    table = fields.mapping(reference.get("table")).get("file")
    if is_file(table) and table not in place.faults:
        links.append(place.link("CSV", Need(str(table)), ".table.csv"))
    return Drawing(
        light=place.address(need, ".vl.svg"),
        dark=place.address(need, ".vl.dark.svg"),
        alt=f"Chart: {title}" if title else "Chart",
        caption=fields.text(reference.get("caption")),
        links=tuple(link for found in links for link in found),
    )


def attachment(reference: Mapping[str, Any], place: Place) -> Attachment:
    """A file that is not shown; of point clouds the points are."""
    need = _need(reference)
    kind = fields.text(reference.get("format")) or need.blob.partition(".")[2]
    size = fields.size(fields.number(reference.get("size")))
    is_cloud = need.blob.endswith(f".{POINTS}") and not place.is_single
    return Attachment(
        name=f"{kind or 'file'}",
        href=place.address(need),
        facts=size,
        caption=fields.text(reference.get("caption")),
        cloud=place.address(need, ".pts.js") if is_cloud else None,
    )


def numbers(reference: Mapping[str, Any], place: Place) -> Numbers:  # noqa: ARG001 - the shape of all builders
    """A short array, as text."""
    return Numbers(fields.cut(_array(reference.get("_value"))))


def unknown(reference: Mapping[str, Any], place: Place) -> Attachment | Missing:
    """A kind that this version does not know: its file, if it has one."""
    if is_file(reference.get("file")):
        return attachment(reference, place)
    return Missing("This version of trackio does not know how to show it.")


def _need(reference: Mapping[str, Any]) -> Need:
    blob = reference.get("file")
    if not is_file(blob):
        raise Unavailable("its reference names no file")
    return Need(str(blob))


def _mime(need: Need, family: str) -> str:
    found = MIMES.get(need.blob.rpartition(".")[2], "")
    # One container for both.
    return found if found.startswith(family) or not found else f"{family}/{found.partition('/')[2]}"


def _seconds(reference: Mapping[str, Any]) -> float | None:
    frames, rate = fields.number(reference.get("frames")), fields.number(reference.get("fps"))
    return frames / rate if frames and rate else None


def _array(value: object) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(map(_array, value)) + "]"
    return words.number(value) if isinstance(value, (bool, int, float)) else re.sub(r"\s+", " ", json.dumps(value))
