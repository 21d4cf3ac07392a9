"""Hashes of what a report publishes: of the records themselves, not of the files and pages that show them (pure).

Two reports with one hash show the same runs, numbers, configs and media, whatever version of trackio made them and
however they look. What is hidden from a report is not in its hash either, by which it could be guessed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import numpy as np

from trackio.records import MetricKind, RunRecord, RunSeries
from trackio.report import privacy

if TYPE_CHECKING:
    from trackio.report.gather import Run

SHA256_DIGITS = 64


def of_series(series: RunSeries) -> str:
    """The hash of the points of one metric of one run: steps, times and values, as little-endian numbers."""
    whole = series.series
    value = np.asarray(whole.value, "<f8")
    digest = sha256(len(value).to_bytes(8, "little"))
    digest.update(np.asarray(whole.step, "<i8").tobytes())
    digest.update(np.asarray(whole.time_ns, "<i8").tobytes())
    # There are many NaNs, and which one a value is depends on where it was computed.
    digest.update(np.where(np.isnan(value), np.nan, value).tobytes())
    return digest.hexdigest()


def of_run(run: Run, series: Iterable[tuple[MetricKind, RunSeries]], media: Sequence[Mapping[str, Any]] = ()) -> str:
    """The hash of a run with the series that are shown of it; ``media`` as ``media.json`` tells of them."""
    record = run.record
    points = sorted((kind, one.metric, of_series(one)) for kind, one in series)
    texts = sorted(
        (one.kind, one.name, privacy.public_text(str(one.last)))
        for one in run.metrics
        if not one.is_numeric and isinstance(one.last, str)
    )
    notes = privacy.public_text(record.notes or "")
    about = [privacy.public(record.config), privacy.public(record.summary), notes, record.tags]
    return _hash(["run", _identity(record), about, points, texts, [_medium(one) for one in media], _alerts(run)])


def of_chart(metric: str, series: Iterable[RunSeries]) -> str:
    """The hash of a metric over its runs."""
    return _hash(["chart", metric, [(one.run_id, one.run_name, one.group, of_series(one)) for one in series]])


def of_project(name: str, runs: Iterable[str]) -> str:
    """The hash of a project, of those of its runs in their order."""
    return _hash(["project", name, list(runs)])


def of_note(title: str, body: str, shown: Iterable[bytes]) -> str:
    """The hash of a note: of its words, and of its figures and tables as CSV."""
    return _hash(["note", title, body, [sha256(one).hexdigest() for one in shown]])


def of_site(projects: Mapping[str, str], notes: Sequence[str] = ()) -> str:
    """The hash of a whole report, of those of its projects by name, and of its notes."""
    return _hash(["report", sorted(projects.items()), list(notes)])


def _identity(record: RunRecord) -> list[object]:
    times = [record.created_ns, record.finished_ns]
    return [record.id, record.name, record.group, record.job_type, record.status, record.exit_code, times]


def _medium(found: Mapping[str, Any]) -> list[object]:
    # A file's name begins with the hash of its content; what follows is how trackio calls what it made of it.
    entries = [
        [one["step"], one["timestamp"], one["kind"], [name[:SHA256_DIGITS] for name in one["files"]]]
        for one in found["entries"]
    ]
    return [found["metric"], found["kind"], entries]


def _alerts(run: Run) -> list[object]:
    newest = () if run.alerts is None else run.alerts.newest
    return [
        [one.level, privacy.public_text(one.title), privacy.public_text(one.text or ""), one.step, one.time_ns]
        for one in newest
    ]


def _hash(values: object) -> str:
    text = json.dumps(values, sort_keys=True, ensure_ascii=True, separators=(",", ":"), default=str)
    return sha256(text.encode()).hexdigest()
