"""What was recorded, looked through: every text that a site is made of, with its place in the user's own words.

Secrets count here also where the pages hide them, as in a config: whoever gets the data, as through a backup, has them
as they are. Home folders do not, where the report writes ``~`` in their place.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from trackio import grammar, references
from trackio.publish.scan import allowed, keyed, remedies
from trackio.publish.scan.batches import Batch, Names, Source
from trackio.publish.scan.finding import Finding, Hit
from trackio.publish.scan.known import Known, known
from trackio.publish.scan.pieces import pieces
from trackio.records import RunRecord
from trackio.report.gather import Selection
from trackio.store.home import Home
from trackio.store.points import TEXT
from trackio.store.project import ProjectStore

_AS_IT_IS = (".html", ".svg")
"""Stored files that are published as they are; of others the report makes something, without home folders."""

_WITH_TEXT = (*_AS_IT_IS, ".json", ".md", ".txt", ".js", ".css")
_TEXT_METRICS = """
    SELECT runs.id, metrics.kind, metrics.name FROM metrics JOIN runs ON runs.num = metrics.run WHERE metrics.types & ?
    ORDER BY metrics.num
"""
_TEXTS = """
    SELECT points.step, points.value FROM points JOIN metrics ON metrics.num = points.metric
    JOIN runs ON runs.num = metrics.run
    WHERE runs.id = ? AND metrics.kind = ? AND metrics.name = ? AND typeof(points.value) = 'text' ORDER BY points.row
"""
_SUMMARIES = "SELECT id, summary FROM runs WHERE summary <> '{}'"
"""What scripts set themselves; last values are looked through as what was logged."""

_ARTIFACTS = "SELECT name, version, description, metadata, tags FROM artifacts ORDER BY num"


def recorded(home: Path | None, selection: Selection, *, allow: Sequence[str] = ()) -> tuple[Finding, ...]:
    """The secrets in what was recorded of the chosen projects, runs and metrics; raises UsageError."""
    allowed.check(allow)
    return allowed.without((finding for finding, _ in hits(home, selection, known())), allow)


def hits(home: Path | None, selection: Selection, what: Known) -> Iterator[Hit]:
    """The same, with each secret beside what may be told of it."""
    store = Home(home)
    for name in sorted(grammar.chosen(store.projects(), selection.projects)):
        one = store.project(name)
        one.catch_up()
        yield from _Project(one, what).hits(selection)


class _Project:
    """One project on its way through the search."""

    def __init__(self, store: ProjectStore, what: Known) -> None:
        self._store, self._known = store, what
        self._told = Names(what)
        self._where = f"project {self._told.of(store.name)}"
        self._texts = Batch(what, has_homes=False)
        self._names = Batch(what, has_homes=True)
        self._files: set[str] = set()

    def hits(self, selection: Selection) -> list[Hit]:
        """What is found in all that was recorded of the chosen runs and metrics."""
        self._names.add(Source(f"name of {self._where}", "Record it under another name."), self._store.name)
        runs = self._store.runs()
        wanted = set(grammar.chosen([text for run in runs for text in (run.name, run.id)], selection.runs))
        chosen = {run.id: run for run in runs if run.name in wanted or run.id in wanted}
        summaries = dict(self._store.query(_SUMMARIES)[1])
        for run in chosen.values():
            self._run(run, json.loads(summaries.get(run.id, "{}")))
        self._alerts(chosen)
        self._metrics(chosen, selection.metrics)
        self._artifacts()
        self._texts.flush()
        self._names.flush()
        return [*self._texts.hits, *self._names.hits]

    def _run(self, run: RunRecord, summary: Mapping[str, Any]) -> None:
        where, project = self._run_words(run), self._store.name
        for name, batch, value in (
            ("name", self._names, run.name),
            ("id", self._names, run.id),
            ("group", self._names, run.group),
            ("job type", self._names, run.job_type),
            ("tags", self._names, "\n".join(run.tags)),
            ("notes", self._texts, run.notes),
        ):
            if value:
                batch.add(Source(f"{name} of {where}", remedies.run_field(project, run.id, name)), value)
        for name, fields in (("config", run.config), ("summary", summary)):
            for key in fields:
                remedy = remedies.run_value(project, run.id, name, self._told.hidden(key))
                self._fields(f"{name} of {where}", remedy, {key: fields[key]})

    def _alerts(self, runs: Mapping[str, RunRecord]) -> None:
        for alert in self._store.alerts():
            if alert.run_id in runs:
                place = f"alert at step {alert.step} of {self._run_words(runs[alert.run_id])}"
                text = "\n".join((alert.title, alert.text or "", json.dumps(alert.data)))
                self._texts.add(Source(place, remedies.delete(self._store.name, alert.run_id)), text)

    def _fields(self, place: str, remedy: str, fields: Mapping[str, Any]) -> None:
        """The names and the texts of a JSON object, those under telling names in any case."""
        for names, value in keyed.leaves(fields):
            source = Source(f"{place}: {self._told.bare('.'.join(names))}", remedy)
            self._names.add(source, "\n".join(names))
            if isinstance(value, str):
                self._texts.add(source, value, name=names[-1])

    def _metrics(self, runs: Mapping[str, RunRecord], patterns: Sequence[str]) -> None:
        for run_id, metrics in self._store.metrics_by_run(None).items():
            if run_id in runs:
                source = Source(
                    f"name of a metric of {self._run_words(runs[run_id])}", remedies.delete(self._store.name, run_id)
                )
                self._names.add(source, "\n".join(metric.name for metric in metrics))
        _, found = self._store.query(_TEXT_METRICS, (TEXT,))
        for run_id, kind, name in found:
            if run_id in runs and grammar.chosen((name,), patterns):
                self._values(runs[run_id], kind, name)

    def _values(self, run: RunRecord, kind: str, metric: str) -> None:
        where, remedy = self._run_words(run), remedies.delete(self._store.name, run.id)
        name = self._told.of(metric)
        _, rows = self._store.query(_TEXTS, (run.id, kind, metric))
        for step, value in rows:
            reference = references.decode(value)
            what = "text" if reference is None else str(reference["_type"]).removeprefix(references.PREFIX)
            source = Source(f"{what} {name} at step {step} of {where}", remedy)
            self._texts.add(source, value)
            for file in references.files(reference):
                self._file(source, file)

    def _file(self, source: Source, name: str) -> None:
        if name in self._files or not name.endswith(_WITH_TEXT):
            return
        self._files.add(name)
        batch = self._names if name.endswith(_AS_IT_IS) else self._texts
        try:
            for piece, _ in pieces(self._store.blobs.path(name)):
                batch.add(source, piece)
        except OSError:
            # A file that is gone is not published either.
            pass

    def _artifacts(self) -> None:
        for name, version, description, metadata, tags in self._store.query(_ARTIFACTS)[1]:
            place = f"artifact {self._told.of(name)} v{version} in {self._where}"
            self._names.add(Source(place, ""), f"{name}\n{tags}")
            self._texts.add(Source(place, ""), description or "")
            self._fields(place, "", json.loads(metadata))

    def _run_words(self, run: RunRecord) -> str:
        return f"run {self._told.of(run.name)} in {self._where}"
