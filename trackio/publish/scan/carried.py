"""What goes along only where the runs themselves go: artifacts, saved files, and what else was told of runs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping

from trackio import references
from trackio.artifacts.manifest import Entry, Manifest
from trackio.artifacts.saved import EVENT as FILE
from trackio.errors import StoreError
from trackio.publish.scan import remedies
from trackio.publish.scan.batches import Source, Words
from trackio.publish.scan.files import has_text, in_file
from trackio.publish.scan.finding import Finding, Hit
from trackio.publish.scan.telling import leaves
from trackio.store.project import ProjectStore

_ARTIFACTS = "SELECT name, version, description, metadata, tags, manifest FROM artifacts ORDER BY num"
_EVENTS = """
    SELECT runs.id, body FROM events JOIN runs ON runs.num = events.run WHERE event <> 'import' ORDER BY events.num
"""
"""What came in by an import is of this machine alone."""


class Carried:
    """One project's on its way through the search: each stored file once, whoever shares it.

    Files go as they are, so home folders in them count.
    """

    def __init__(self, store: ProjectStore, words: Words) -> None:
        self._store, self._words = store, words
        self._seen: set[str] = set()

    def hits(self, runs: Mapping[str, str]) -> Iterator[Hit]:
        """Those in files, told by the words of each chosen run by its id; those in words come of the batches."""
        for run_id, body in self._store.query(_EVENTS)[1]:
            if run_id in runs:
                yield from self._event(json.loads(body), runs[run_id], remedies.delete(self._store.name, run_id))
        for name, version, description, metadata, tags, manifest in self._store.query(_ARTIFACTS)[1]:
            told = self._words.told
            remedy = remedies.delete_artifact(self._store.name, f"{told.hidden(name)}:v{version}")
            place = f"artifact {told.of(name)} v{version} in project {told.of(self._store.name)}"
            self._words.names.add(Source(place, remedy), f"{name}\n{tags}")
            self._words.texts.add(Source(place, remedy), description or "")
            self._words.fields(place, remedy, json.loads(metadata))
            for entry in self._entries(manifest):
                source = Source(f"{place}, file {told.bare(entry.path)}", remedy)
                self._words.names.add(source, f"{entry.path}\n{entry.ref or ''}")
                if entry.file is not None:
                    yield from self._file(source, entry.file, entry.path)

    def _event(self, event: Mapping[str, object], where: str, remedy: str) -> Iterator[Hit]:
        kind, name, stored = (str(event.get(key, "")) for key in ("event", "name", "file"))
        source = Source(f"event {self._words.told.bare(kind)} of {where}", remedy)
        if kind == FILE and references.FILE_NAME.fullmatch(stored):
            source = Source(f"saved file {self._words.told.bare(name)} of {where}", remedy)
            yield from self._file(source, stored, name)
        for leaf in leaves(event):
            if isinstance(leaf.value, str):
                self._words.names.add(source, leaf.value, name=leaf.name)

    def _entries(self, manifest: str) -> Iterable[Entry]:
        """What a version holds; nothing where another had the same list of files."""
        if manifest in self._seen:
            return ()
        self._seen.add(manifest)
        try:
            return Manifest.decode(self._store.blobs.read(manifest)).entries.values()
        except StoreError:
            # What is gone or damaged is not sent either.
            return ()

    def _file(self, source: Source, stored: str, name: str) -> Iterator[Hit]:
        """Those in one file, by the name that it is stored under and the one that tells its kind."""
        if stored in self._seen:
            return
        self._seen.add(stored)
        try:
            path = self._store.blobs.path(stored)
            if has_text(path, name):
                for match, where in in_file(path, name, self._words.known):
                    yield Finding(f"{source.place} {where}", match.rule, match.excerpt, source.remedy), match.secret
        except OSError:
            # What is gone is not sent either.
            return
