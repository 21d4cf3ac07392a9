"""What was recorded, looked through: every text that is published of it, with its place in the user's own words.

Secrets count here also where the pages hide them, as in a config: whoever gets the data, as through a backup, has them
as they are. Home folders do not, where the report writes ``~`` in their place.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from trackio import grammar, references
from trackio.publish.scan import allowed, remedies
from trackio.publish.scan.batches import Source, Words
from trackio.publish.scan.carried import Carried
from trackio.publish.scan.files import has_text
from trackio.publish.scan.finding import Finding, Hit
from trackio.publish.scan.known import Known, known
from trackio.publish.scan.pieces import pieces
from trackio.records import RunRecord
from trackio.report.gather import Selection
from trackio.store.home import Home
from trackio.store.points import TEXT
from trackio.store.project import ProjectStore

_MADE_ANEW = (".json", ".js")
"""Stored files of media that the report makes something of, without home folders; others are published as they are."""
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


def recorded(home: Path | None, selection: Selection, *, allow: Sequence[str] = ()) -> tuple[Finding, ...]:
    """The secrets in what was recorded of the chosen projects, runs and metrics, with all that is stored of them.

    Raises UsageError.
    """
    allowed.check(allow)
    return allowed.without((finding for finding, _ in hits(home, selection, known(), is_whole=True)), allow)


def hits(home: Path | None, selection: Selection, what: Known, *, is_whole: bool) -> Iterator[Hit]:
    """The same, with each secret beside what may be told of it.

    Without ``is_whole`` only in what a report is made of: it has no artifacts and no saved files.
    """
    store = Home(home)
    for name in sorted(grammar.chosen(store.projects(), selection.projects)):
        one = store.project(name)
        one.catch_up()
        yield from _Project(one, what).hits(selection, is_whole=is_whole)


class _Project:
    """One project on its way through the search."""

    def __init__(self, store: ProjectStore, what: Known) -> None:
        self._store, self._words = store, Words(what)
        self._told, self._texts, self._names = self._words.told, self._words.texts, self._words.names
        self._where = f"project {self._told.of(store.name)}"
        self._files: set[str] = set()

    def hits(self, selection: Selection, *, is_whole: bool) -> list[Hit]:
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
        where = {run.id: self._run_words(run) for run in chosen.values()}
        stored = list(Carried(self._store, self._words).hits(where)) if is_whole else []
        return [*self._words.hits(), *stored]

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
                self._words.fields(f"{name} of {where}", remedy, {key: fields[key]})

    def _alerts(self, runs: Mapping[str, RunRecord]) -> None:
        for alert in self._store.alerts():
            if alert.run_id in runs:
                place = f"alert at step {alert.step} of {self._run_words(runs[alert.run_id])}"
                text = "\n".join((alert.title, alert.text or "", json.dumps(alert.data)))
                self._texts.add(Source(place, remedies.delete(self._store.name, alert.run_id)), text)

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
        if name in self._files:
            return
        self._files.add(name)
        path = self._store.blobs.path(name)
        batch = self._texts if name.endswith(_MADE_ANEW) else self._names
        try:
            if has_text(path, name):
                for piece, _ in pieces(path):
                    batch.add(source, piece)
        except OSError:
            # A file that is gone is not published either.
            pass

    def _run_words(self, run: RunRecord) -> str:
        return f"run {self._told.of(run.name)} in {self._where}"
