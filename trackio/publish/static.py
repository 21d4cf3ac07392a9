"""A report as a static Space: pages and files, with nothing to run.

::

    look     the Space's kind, and whether it is ours to write to
    build    the report, in a folder that is kept, so that the next time only what changed is made
    scan     for secrets; then whoever publishes is asked
    make     the Space, where there is none
    send     what differs from what is there, in one commit; again on the new head where others were quicker
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from filelock import FileLock, Timeout

from trackio import settings
from trackio.errors import PublishError
from trackio.publish import asking, owned, places, scan
from trackio.publish.hosts import address, page
from trackio.publish.scan import allowed
from trackio.publish.sending import Delivery, Manner, Wait, deliver
from trackio.publish.space_card import SDK
from trackio.publish.spaces import Space, Transport
from trackio.report.build import Options, Progress, Report, build, silent
from trackio.report.chartjob import iframe
from trackio.report.urls import INDEX, MANIFEST
from trackio.report.write import LOCK, PATIENCE_SECONDS
from trackio.store.home import Home

CACHED = Path("cache") / "spaces"
"""Where reports lie that were published, in the home."""


@dataclass(frozen=True, slots=True)
class Publication:
    """What is published where, and how."""

    options: Options
    """What to build; its ``output`` counts for nothing."""
    space_id: str
    """``owner/name``, or a name alone for a Space of the user's own."""
    folder: Path | None = None
    """Where the report is built; None is a place of its own in the home."""
    private: bool | None = None
    """Who may see a Space that is made; None is the owner's default. True is never published where all may see it."""
    source_id: str | None = None
    """A Space that the new one is a copy of: where that is private and nothing else is said, the new one is too."""
    is_forced: bool = False
    """Whether files that others wrote may be replaced where the report needs their place."""
    is_pull: bool = False
    """Whether the change is only proposed."""
    is_pruned: bool = False
    """Whether files of earlier publications go that the report no longer has."""
    is_frozen: bool = False
    """Whether the report is to stay as it is now: its Space is not one that others of ours go to."""
    allow: tuple[str, ...] = ()
    """What the scan for secrets lets through, by rule or place."""


@dataclass(frozen=True, slots=True)
class Published:
    """What came of it."""

    space_id: str
    """With its owner."""
    pages: str
    """The address that the report's pages are served from, with a slash at the end."""
    projects: tuple[str, ...]
    report: Report
    delivery: Delivery

    @property
    def url(self) -> str:
        """The Space's page on the Hub."""
        return page(self.space_id)

    @property
    def index(self) -> str:
        """The report's first page."""
        return f"{self.pages}{INDEX}"

    @property
    def iframe(self) -> str:
        """What shows the report in another page."""
        return iframe(self.index, self.space_id)


def publish(
    what: Publication,
    transport: Transport,
    *,
    confirm: asking.Confirm | None = None,
    progress: Progress = silent,
    wait: Wait = time.sleep,
) -> Published:
    """Build a report and bring a Space up to it; one that is not there is made.

    ``confirm`` is asked before something becomes public for the first time. Raises UsageError for what cannot be
    allowed, UnknownProject, ReportError, SecretsFound and PublishError. However it ends, the Space shows what it did
    before, or all of the new report.
    """
    # Before anything is built: that takes long.
    allowed.check(what.allow)
    space_id = transport.full_id(what.space_id)
    found = transport.find(space_id)
    if found is not None:
        space_id = found.id
        _check(found, transport, what)
    elif what.is_pull:
        raise PublishError(f"Nothing was proposed to {space_id}", "there is no such Space", "Publish there first.")
    elif _is_copy_of_private(what, transport):
        what = replace(what, private=True)
    with _folder(what, space_id) as folder:
        host = found.host if found else address(space_id)
        while True:
            report = _built(what, folder, host, progress)
            # Nobody builds another report there from the scan until what was looked at is sent.
            with _held(folder):
                projects = _projects(folder)
                chosen = replace(what.options.selection, projects=projects)
                scan.check(folder, what.options.home, chosen, notes=what.options.notes, allow=what.allow)
                unasked = _unasked(what, projects, space_id, found)
                if unasked and confirm is not None:
                    confirm(f"the report of {', '.join(unasked)}", space_id, f"{host}{INDEX}")
                found = found or _made(space_id, what, transport)
                if host == found.host or what.options.base_url is not None:
                    manner = Manner(_message(projects), what.is_forced, what.is_pull, what.is_pruned, what.is_frozen)
                    done = deliver(found, folder, manner, transport, wait)
                    return Published(space_id, found.host, projects, report, done)
            # Where the usual name of a host is taken, the Hub finds another.
            host, confirm = found.host, None


def _is_copy_of_private(what: Publication, transport: Transport) -> bool:
    if what.source_id is None or what.private is not None:
        return False
    source = transport.find(transport.full_id(what.source_id))
    return source is not None and source.is_private


def _check(found: Space, transport: Transport, what: Publication) -> None:
    """Refuse a Space that is not for this report, before it is built."""
    meaning = f"{found.id} was left as it is"
    if found.sdk not in (None, SDK):
        raise PublishError(meaning, f"it is a {found.sdk} Space and a report is static", "Name another Space.")
    if what.private and not found.is_private:
        raise PublishError(
            meaning,
            "it is public, and the report was to be private",
            "Make it private in the settings of its page, name another Space, or leave out --private (in Python "
            "private=True).",
        )
    if owned.LIST in transport.files(found):
        owned.refuse(found.id, transport.content(found, owned.LIST), is_frozen=what.is_frozen)
    elif not what.is_forced and not transport.is_new(found.id):
        raise PublishError(
            meaning,
            "trackio did not make it",
            "Name another Space, or pass --force (in Python force=True) to replace the files that are in the way.",
        )


def _built(what: Publication, folder: Path, host: str, progress: Progress) -> Report:
    options = replace(what.options, output=folder, base_url=what.options.base_url or host)
    return build(options, progress=progress)


def _projects(folder: Path) -> tuple[str, ...]:
    """The projects that a report came to have: notes choose some by what they show."""
    return tuple(str(one["name"]) for one in json.loads((folder / MANIFEST).read_bytes())["projects"])


def _unasked(what: Publication, projects: tuple[str, ...], space_id: str, found: Space | None) -> list[str]:
    """The projects that others would see for the first time."""
    home = Home(what.options.home or settings.home())
    private = found.is_private if found else what.private
    last = {name: places.recall(home.project(name).directory) for name in projects}
    return [name for name in projects if asking.is_asked(space_id, is_private=private, before=last[name])]


def _made(space_id: str, what: Publication, transport: Transport) -> Space:
    transport.create_space(space_id, sdk=SDK, private=what.private)
    found = transport.find(space_id)
    if found is None:
        raise PublishError(f"{space_id} was not published to", "it was made and is gone again", "Publish again.")
    return found


def _message(projects: tuple[str, ...]) -> str:
    name = " ".join(", ".join(projects).split())
    return f"The report of {name if len(name) <= 60 else f'{name[:59]}…'}"


@contextmanager
def _folder(what: Publication, space_id: str) -> Iterator[Path]:
    """Where the report is built; in a home that cannot be written, for this once in a temporary folder."""
    if what.folder is not None:
        yield what.folder
        return
    folder = (what.options.home or settings.home()) / CACHED / space_id.replace("/", "--")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / LOCK).touch()
    except OSError:
        with TemporaryDirectory(prefix="trackio-") as temporary:
            yield Path(temporary) / "report"
        return
    yield folder


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    """Keeps another build from changing the report while it is read."""
    lock = FileLock(folder / LOCK)
    try:
        lock.acquire(timeout=PATIENCE_SECONDS)
    except Timeout:
        raise PublishError(
            f"{folder} was not published", "another report is being written to it", "Try again."
        ) from None
    try:
        yield
    finally:
        lock.release()
