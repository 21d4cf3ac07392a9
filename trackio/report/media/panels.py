"""The media of one run as panels: the last medium of each name on the page, the others in scripts, by steps."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from trackio.report import data, words
from trackio.report.figures import sections_of
from trackio.report.media import fields, histograms, medium
from trackio.report.media.choice import Chosen
from trackio.report.media.files import made
from trackio.report.media.found import Entry, Found, entries, is_file
from trackio.report.media.place import Place, Unavailable
from trackio.report.model import MediaPanel, MediaSection, MediaStep

if TYPE_CHECKING:
    from trackio.store.project import ProjectStore

FILES_A_PART = 2_000
"""The media of a name lie in several scripts when they have more files than so many, ..."""
ENTRIES_A_PART = {"table": 25, "trace": 10, "markdown": 25, "html": 500}
"""... or more pages than so many."""
OTHERS = 50
"""Without scripts, so many of the other steps are linked to."""

_DOWNLOADS = {"table": ".table.csv", "trace": ".trace.json", "vl": ".vl.svg", "plotly": ".plotly.json"}
"""What there is to download instead of a stored file, by its name's second part."""


@dataclass(frozen=True, slots=True)
class RunMedia:
    """What of a run's media the report shows, and where."""

    found: tuple[Found, ...]
    mode: str
    is_cut: bool
    firsts: tuple[int, ...]
    faults: Mapping[str, str]


def run_media(chosen: Chosen, found: Sequence[Found]) -> RunMedia:
    """The part of the choice that one run's page needs."""
    needs = (need for one in found for needs in one.needs for need in needs)
    return RunMedia(
        tuple(found), chosen.mode, chosen.is_cut, tuple(chosen.first(one) for one in found), chosen.faults_of(needs)
    )


def script_names(found: Found, first: int) -> list[str]:
    """The scripts with the media of one name: ``samples.0.js``, ...; none where there is one medium only."""
    count = len(found.steps) - first
    if count < 2:
        return []
    if is_heat(found):
        return [f"{found.slug}.0.js"]
    return [f"{found.slug}.{number}.js" for number in range(-(-count // a_part(found, first)))]


def anchor(found: Found) -> str:
    """The id of a panel on its run's page."""
    return f"media-{found.slug}"


def picture_names(found: Found) -> list[str]:
    """The pictures of a heat map, light and dark."""
    return [f"{found.slug}.light.png", f"{found.slug}.dark.png"] if is_heat(found) else []


def is_heat(found: Found) -> bool:
    """Whether the media of a name are shown as one heat map."""
    return found.kind == "histogram" and len(set(found.steps)) > 1


def a_part(found: Found, first: int) -> int:
    """How many media one script holds."""
    files = max((len(needs) for needs in found.needs[first:]), default=1)
    return max(1, min(FILES_A_PART // max(files, 1), ENTRIES_A_PART.get(found.kind, FILES_A_PART)))


@dataclass(frozen=True, slots=True)
class Shown:
    """A run's media on its page."""

    sections: tuple[MediaSection, ...]
    files: dict[str, bytes]
    """Scripts and pictures by their names within the run's own folder."""
    index: dict[str, Any]
    """What ``media.json`` says."""
    notes: tuple[str, ...]


def show(store: ProjectStore, run_id: str, media: RunMedia, place: Place, folder: str, *, prefix: str = "") -> Shown:
    """The panels; ``folder`` is the way from the page to the run's own folder of scripts, empty in a single file."""
    panels: list[tuple[str, MediaPanel]] = []
    files: dict[str, bytes] = {}
    index = []
    for found, first in zip(media.found, media.firsts, strict=True):
        own = entries(store, run_id, found)[first:]
        if not own:
            continue
        shown = heat(found, own, place, folder) if is_heat(found) else None
        panel, scripts = shown or _panel(found, own, first, place, folder)
        if is_heat(found):
            scripts = {**dict.fromkeys((*picture_names(found), *script_names(found, first)), b""), **scripts}
        panels.append((found.metric, replace(panel, id=prefix + anchor(found))))
        files |= scripts
        index.append(index_of(found, own, media.faults))
    notes = [_cut_note(media)] if any(media.firsts) else []
    document = {"run": run_id, "media": index}
    return Shown(sections(panels), {} if place.is_single else files, document, tuple(notes))


def sections(panels: Sequence[tuple[str, MediaPanel]]) -> tuple[MediaSection, ...]:
    """By prefix, as charts are; within one by kind, in the order logged."""
    order = list(medium.TITLES)

    def rank(panel: MediaPanel) -> int:
        return order.index(panel.kind) if panel.kind in order else len(order)

    return tuple(
        MediaSection(name, tuple(sorted((panel for _, panel in members), key=rank)), is_open)
        for name, members, is_open in sections_of(panels, lambda pair: pair[0], "all")
    )


def _panel(
    found: Found, own: Sequence[Entry], first: int, place: Place, folder: str
) -> tuple[MediaPanel, dict[str, bytes]]:
    views = [medium.view(reference, place) for *_, reference in (own[-1:] if place.is_single else own)]
    kinds = [str(reference.get("_type", "")).removeprefix("trackio.") for *_, reference in own]
    is_wide = any(
        kind in medium.WIDE and not (view.kind == "group" and len(view.items) == 1)
        for kind, view in zip(kinds[-len(views) :], views, strict=True)
    )
    html = [medium.html(view) for view in views]
    steps = [step for _, step, _, _ in own]
    scripts: dict[str, bytes] = {}
    size = a_part(found, first)
    names = [] if place.is_single else script_names(found, first)
    for number, name in enumerate(names):
        part = [str(text) for text in html[number * size : (number + 1) * size]]
        scripts[name] = data.script(f"media:{found.slug}.{number}", part)
    panel = MediaPanel(
        id="",
        slug=found.slug,
        metric=found.metric,
        kind=kinds[-1],
        words=described(kinds, len(own), len(found.steps)),
        is_wide=is_wide,
        body=html[-1],
        step=f"{steps[-1]:,}",
        steps=steps_text(steps) if names else "",
        source=f"{folder}{found.slug}." if names else "",
        part=size,
        others=tuple(others_of(own[:-1], html.__getitem__, place)) if names else (),
        more=max(len(own) - 1 - OTHERS, 0) if names else 0,
    )
    return panel, scripts


def heat(found: Found, own: Sequence[Entry], place: Place, folder: str) -> tuple[MediaPanel, dict[str, bytes]] | None:
    """All histograms as one picture; None when there are none after all."""
    steps, each = [], []
    for _, step, _, reference in own:
        try:
            each.append(histograms.histogram(reference))
        except Unavailable:
            continue
        steps.append(step)
    if len(set(steps)) < 2:
        return None
    heat = histograms.heat(steps, each)
    pictures = histograms.pictures(heat)
    names = picture_names(found)
    addresses = [_inline(png) for png in pictures] if place.is_single else [folder + name for name in names]
    plot = histograms.heat_plot(heat, found.metric, *addresses)
    panel = MediaPanel(
        id="",
        slug=found.slug,
        metric=found.metric,
        kind="histogram",
        words=words.count(len(each), "histogram"),
        is_wide=False,
        body=medium.html(plot),
        step="",
        steps="",
        source="" if place.is_single else f"{folder}{found.slug}.",
        part=0,
        others=(),
        more=0,
    )
    script = data.script(f"media:{found.slug}.0", histograms.script_value(heat))
    return panel, dict(zip([*names, f"{found.slug}.0.js"], [*pictures, script], strict=True))


def described(kinds: Sequence[str], shown: int, count: int) -> str:
    """What media are, and of how many steps."""
    kind = medium.TITLES.get(kinds[-1], kinds[-1])
    if count < 2:
        return kind
    return f"{kind}, {count:,} steps" if shown == count else f"{kind}, the last of {count:,} steps"


def steps_text(steps: Sequence[int]) -> str:
    """The steps of media: ``0:20:900`` for first, distance and last; else one by one."""
    gaps = {after - before for before, after in pairwise(steps)}
    if len(gaps) == 1 and 0 not in gaps:
        return f"{steps[0]}:{gaps.pop()}:{steps[-1]}"
    return ",".join(map(str, steps))


def others_of(own: Sequence[Entry], html: Callable[[int], Markup], place: Place) -> list[MediaStep]:
    """The other steps, newest first, for readers without scripts: links to files, or what has none as it is.

    ``html`` gives the medium at a place of ``own``.
    """
    found = []
    for k in range(len(own) - 1, max(len(own) - 1 - OTHERS, -1), -1):
        _, step, _, reference = own[k]
        blobs = [blob for blob in _main_files(reference) if blob not in place.faults]
        links = tuple(place.base + (made(blob, end) if (end := _download(blob)) else blob) for blob in blobs[:100])
        found.append(MediaStep(f"{step:,}", links, html(k) if not links else Markup()))
    return found


def _main_files(reference: Mapping[str, Any]) -> list[str]:
    if reference.get("_type") == "trackio.list":
        return [blob for item in fields.listed(reference.get("items")) for blob in _main_files(fields.mapping(item))]
    blob = reference.get("file")
    return [str(blob)] if is_file(blob) else []


def _download(blob: str) -> str:
    return _DOWNLOADS.get(blob[65:].removesuffix(".json"), "")


def index_of(found: Found, own: Sequence[Entry], faults: Mapping[str, str]) -> dict[str, Any]:
    """What ``media.json`` says of the media of one name."""
    listed = []
    for _, step, time_ns, reference in own:
        entry: dict[str, Any] = {"step": step, "timestamp": f"{words.moment(time_ns):%Y-%m-%dT%H:%M:%S.%fZ}"}
        entry["kind"] = str(reference.get("_type", "")).removeprefix("trackio.")
        blobs = _main_files(reference)
        entry["files"] = [made(blob, end) if (end := _download(blob)) else blob for blob in blobs if blob not in faults]
        captions = [fields.text(item.get("caption")) for item in _items(reference)]
        if any(captions):
            entry["captions"] = captions
        listed.append(entry)
    return {"metric": found.metric, "kind": found.kind, "entries": listed}


def _items(reference: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    if reference.get("_type") == "trackio.list":
        return [fields.mapping(item) for item in fields.listed(reference.get("items"))]
    return [reference]


def _cut_note(media: RunMedia) -> str:
    if media.is_cut:
        return "All media of this project would be more than the report's limit: the last of each name is shown."
    return "The last of each name is shown."


def _inline(png: bytes) -> str:
    return f"data:image/png;base64,{b64encode(png).decode()}"
