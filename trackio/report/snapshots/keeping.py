"""What a build does for snapshots once its pages are made: keep one, remove some, fill the places that name them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from pathlib import Path

from trackio.errors import TrackioError
from trackio.report import cache
from trackio.report.snapshots import latest, numbers, pinned, slots
from trackio.report.snapshots.entry import Snapshot
from trackio.report.snapshots.numbers import LATEST
from trackio.report.snapshots.shelf import Made, Shelf
from trackio.report.urls import INDEX, MANIFEST
from trackio.report.words import moment
from trackio.report.write import Folder
from trackio.version import __version__

PINS = "snapshots/"
"""The page name under which the cache keeps which snapshot each project is the same as."""


@dataclass(frozen=True, slots=True)
class Current:
    """The current report: what its snapshots are made of."""

    folder: Folder
    files: dict[str, dict[str, int]]
    """By page, with their sizes; `bring_up` changes these."""
    pages: Mapping[str, str | None]
    """The HTML pages, and the project that each is of; None for those of all."""
    digests: Mapping[str, str]
    """The hash of each project's data, by name."""
    digest: str
    """That of all."""
    updated_ns: int
    base_url: str | None
    """Where it will be published."""
    manifest: Callable[[Snapshot], bytes]
    """The manifest as a snapshot has it."""


@dataclass(slots=True)
class Outcome:
    """What became of the snapshots."""

    kept: Made | None = None
    same: Snapshot | None = None
    """One that had the data already, so that none was made."""
    dropped: tuple[Snapshot, ...] = ()


def asked(text: str | None) -> str | None:
    """What a build is asked to keep, checked before anything is touched; raises UsageError."""
    return text if text is None else numbers.asked(text)


@contextmanager
def keeping(shelf: Shelf, now: Current, snapshot: str | None, prune: str | None) -> Iterator[Outcome]:
    """Keep and remove what is asked for; in the block the report is finished, and what went wrong is raised after.

    What is refused here is no reason to leave the report half written.
    """
    outcome = Outcome()
    problem: TrackioError | None = None
    try:
        if snapshot is not None:
            label = None if snapshot == numbers.AUTO else snapshot
            outcome.same = shelf.having(label, now.digest)
            outcome.kept = keep(shelf, now, label) if outcome.same is None else None
        if prune is not None:
            going = shelf.going(prune)
            shelf.drop(going)
            outcome.dropped = tuple(going)
    except TrackioError as error:
        problem = error
    yield outcome
    if problem is not None:
        raise problem


def keep(shelf: Shelf, now: Current, label: str | None) -> Made:
    """Keep the report as the next snapshot; raises ReportError."""
    about = Snapshot(
        number=shelf.following(),
        label=label,
        data_hash=now.digest,
        projects=dict(now.digests),
        date=f"{moment(now.updated_ns):%Y-%m-%d}" if now.updated_ns else "",
        generator=f"trackio {__version__}",
        files={},
    )
    return shelf.make(about, _contents(about, now))


def bring_up(shelf: Shelf, now: Current, keys: dict[str, str], made: set[str]) -> None:
    """Have the report's pages name the snapshots that there are; ``made`` are the pages that this build made.

    Pages and sizes, and what the next build is to know, are changed in place.
    """
    if not shelf.is_used and PINS not in now.folder.before.keys:
        return
    held: dict[str | None, Snapshot | None] = {None: shelf.holding(now.digest)}
    held |= {project: shelf.holding(digest, project) for project, digest in now.digests.items()}
    pins = {project: None if one is None else one.name for project, one in held.items()}
    before = _pins(now.folder)
    for page, sizes in list(now.files.items()):
        for name in sizes:
            if name not in now.pages:
                continue
            pin = pins[now.pages[name]]
            if name == INDEX or pin != before.get(now.pages[name]) or (pin is not None and page in made):
                _fill(now, sizes, name, pin, shelf)
    keys[PINS] = json.dumps({project or "": pin for project, pin in pins.items() if pin is not None}, sort_keys=True)
    now.files[PINS] = {}
    if shelf.is_used:
        _lead_on(now, keys)


def _contents(about: Snapshot, now: Current) -> Iterator[tuple[str, Path | bytes]]:
    yield MANIFEST, now.manifest(about)
    names = {name for page, own in now.files.items() if page != f"{LATEST}/" for name in own}
    for name in sorted(names - {MANIFEST}):
        path, is_page = now.folder.path / name, name in now.pages
        if not is_page and (now.base_url is None or not pinned.is_moved(name)):
            yield name, path
            continue
        content = path.read_bytes()
        if is_page:
            content = slots.filled(content, slots.kept(name, about.name, about.label))
        if now.base_url is not None:
            content = pinned.moved(name, content, now.base_url, f"{about.name}/")
        yield name, content


def _fill(now: Current, sizes: dict[str, int], name: str, pin: str | None, shelf: Shelf) -> None:
    texts = slots.current(name, pin)
    if name == INDEX and shelf.snapshots:
        texts[slots.LIST] = _list(shelf.snapshots)
    sizes[name] = now.folder.write(name, slots.filled((now.folder.path / name).read_bytes(), texts))


def _list(snapshots: list[Snapshot]) -> str:
    """The snapshots as the root page lists them, the newest first."""
    items = "".join(
        f'<li><a href="{one.name}/{INDEX}">{one.name}</a>{f" <bdi>{escape(one.label)}</bdi>" if one.label else ""}'
        f' <span class="tk-count">{one.date or "no data"} · data hash {one.data_hash[:16]}</span></li>\n'
        for one in reversed(snapshots)
    )
    return (
        '\n<section class="tk-snapshots" aria-labelledby="tk-snapshots-title">\n'
        f'<h2 id="tk-snapshots-title">Snapshots <span class="tk-count">{len(snapshots)}</span></h2>\n'
        f"<ul>\n{items}</ul>\n</section>\n"
    )


def _lead_on(now: Current, keys: dict[str, str]) -> None:
    """Write ``latest/`` where the pages are not those of the last build."""
    page = f"{LATEST}/"
    pages = sorted(now.pages)
    names = latest.names(pages)
    keys[page] = cache.key(names)
    if now.folder.before.keys.get(page) == keys[page] and now.folder.is_intact(page):
        now.files[page] = dict(now.folder.before.files[page])
        return
    now.folder.announce(names)
    now.files[page] = {name: now.folder.write(name, content) for name, content in latest.files(pages).items()}


def _pins(folder: Folder) -> dict[str | None, str]:
    """Which snapshot each project was the same as, as the last build left it."""
    text = folder.before.keys.get(PINS)
    return {project or None: pin for project, pin in json.loads(text).items()} if text else {}
