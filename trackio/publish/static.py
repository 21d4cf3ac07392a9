"""A project's report as a static Space: pages and files, with nothing to run."""

from __future__ import annotations

import json
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

from trackio import settings
from trackio.errors import PublishError
from trackio.publish.spaces import Space, Transport
from trackio.report.build import Options, build
from trackio.report.cache import NAME as CACHE
from trackio.report.gather import Selection
from trackio.report.write import LOCK
from trackio.store.home import Home

HUB = "https://huggingface.co"
SDK = "static"
TAG = "trackio"
"""Marks the Spaces that are ours; the Hub also lists them under it."""


@dataclass(frozen=True, slots=True)
class Publication:
    """What is published where."""

    project: str
    space_id: str
    """``owner/name``, or a name alone for a Space of the user's own."""
    private: bool | None = None
    """Who may see a Space that is made; None is the owner's default."""
    is_forced: bool = False
    """Whether a static Space that trackio did not make may be replaced."""
    home: Path | None = None
    """Where the data lies; None is the usual home."""


def publish(what: Publication, transport: Transport) -> str:
    """Build the project's report and make it the content of a Space, which is made when it is new; the full id.

    Raises UnknownProject, ReportError and PublishError; what is recorded stays as it is in any case.
    """
    # A name with a star in it would mean other projects too, and they are not to be seen.
    project = Home(what.home).project(what.project).name
    space_id = transport.full_id(what.space_id)
    with tempfile.TemporaryDirectory(prefix="trackio-") as temporary:
        folder = Path(temporary) / "report"
        # Before the Space is made: a report that cannot be built leaves no empty one behind.
        build(Options(folder, what.home, Selection((project,)), base_url=address(space_id)))
        for name in (CACHE, LOCK):
            (folder / name).unlink(missing_ok=True)
        card = readme(project).encode()
        (folder / "README.md").write_bytes(card)
        found = transport.find(space_id)
        if found is None:
            _make(space_id, what, card, Path(temporary) / "card", transport)
        else:
            _check(found, is_forced=what.is_forced)
        transport.upload_folder(space_id, folder, message=f"The report of {project}")
    return space_id


def page(space_id: str) -> str:
    """Where people see a Space."""
    return f"{(settings.text('HF_ENDPOINT') or HUB).rstrip('/')}/spaces/{space_id}"


def address(space_id: str) -> str:
    """Where the pages of a static Space are served from."""
    return f"https://{re.sub('[^a-z0-9]+', '-', space_id.lower()).strip('-')}.static.hf.space/"


def readme(project: str) -> str:
    """The Space's card: what the Hub needs to know, then a line for people."""
    # JSON's texts are YAML's, whatever is in them.
    title = json.dumps(" ".join(project.split()), ensure_ascii=False)
    return (
        f"---\ntitle: {title}\nemoji: 📈\ncolorFrom: blue\ncolorTo: gray\nsdk: {SDK}\napp_file: index.html\n"
        f"pinned: false\ntags:\n- {TAG}\n---\n\n"
        "Charts of training runs, recorded and published with trackio. `manifest.json` lists every page and file.\n"
    )


def _make(space_id: str, what: Publication, card: bytes, folder: Path, transport: Transport) -> None:
    """Make the Space and mark it as ours at once, so that publishing goes on in it when it is cut short."""
    transport.create_space(space_id, sdk=SDK, private=what.private, exist_ok=True)
    folder.mkdir()
    (folder / "README.md").write_bytes(card)
    transport.upload_folder(space_id, folder, message="A Space for a report")


def _check(found: Space, *, is_forced: bool) -> None:
    meaning = f"{found.id} was left as it is"
    if found.sdk not in (None, SDK):
        raise PublishError(meaning, f"it is a {found.sdk} Space and a report is static", "Name another Space.")
    if TAG not in found.tags and not is_forced:
        raise PublishError(
            meaning, "trackio did not make it", "Name another Space, or pass force=True to replace what is in it."
        )
