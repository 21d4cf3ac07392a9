"""Stored files of a project as its pages ask for them: as they are, or what is made of one for browsers."""

from __future__ import annotations

import threading
from collections import OrderedDict
from pathlib import Path

from trackio.dashboard import media
from trackio.dashboard.known import Known
from trackio.dashboard.media import UnknownMedium
from trackio.references import FILE_NAME
from trackio.report.media import derive, files, medium
from trackio.report.media.found import Need
from trackio.report.media.place import MIMES, Unavailable

MOST_BYTES = 64 << 20
"""Of what was made, as much is kept for others who ask."""

TYPES = {
    **MIMES,
    "csv": "text/csv; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "json": "application/json",
    "md": "text/markdown; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
    "yaml": "text/yaml; charset=utf-8",
}
"""What browsers are told of a file, by the ending of its name; they are to guess nothing."""

_PLAIN_TYPE = "application/octet-stream"


def mime(name: str) -> str:
    """The type of a file."""
    return TYPES.get(name.rpartition(".")[2], _PLAIN_TYPE)


class Stored:
    """The files of media of all projects."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._made: OrderedDict[tuple[str, str], bytes] = OrderedDict()

    def file(self, known: Known, name: str) -> Path | bytes:
        """A file by its name in the project's ``media/`` folder; raises UnknownMedium."""
        need = _need(known, name)
        if need is None:
            return self._as_it_is(known, name)
        key = known.database, name
        with self._lock:
            if key in self._made:
                self._made.move_to_end(key)
                return self._made[key]
        place = media.place_of(known)
        try:
            made = derive.make(need, place.read(need.blob), lambda value: medium.html_of(value, place))
        except Unavailable:
            raise UnknownMedium(name, (), known.project.name) from None
        if name not in made:
            raise UnknownMedium(name, (), known.project.name)
        with self._lock:
            self._made |= {(known.database, other): content for other, content in made.items()}
            while sum(map(len, self._made.values())) > MOST_BYTES and len(self._made) > 1:
                self._made.popitem(last=False)
        return made[name]

    def _as_it_is(self, known: Known, name: str) -> Path:
        if FILE_NAME.fullmatch(name):
            path = known.store.blobs.path(name)
            if path.is_file():
                return path
        raise UnknownMedium(name, (), known.project.name)


def _need(known: Known, name: str) -> Need | None:
    """What has to be made for a file; None for one that is stored under this very name."""
    digest, rest = name[:64], name[64:]
    for suffix, ends in files.SUFFIXES.items():
        if rest in ends:
            return Need(digest + suffix)
    if rest in (".mask.png", ".mask0.png"):
        return Need(f"{digest}.png", rest.split(".")[1])
    if rest == ".plotly.js" or (rest.startswith("-") and rest.endswith(".html")):
        # A figure's script is named by its beginning only, so it is looked for among the media that were logged.
        return next(
            (
                need
                for run in known.project.runs
                for found in run.media
                for needs in found.needs
                for need in needs
                if need.role and need.blob.startswith(digest) and name in files.names(need).made
            ),
            None,
        )
    return None
