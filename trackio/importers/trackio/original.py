"""A project of the original trackio, releases 0.0 to 0.43: its SQLite file, or the Parquet files it leaves beside.

Columns came over time: ``step`` with 0.0.9, files of their own for projects with 0.1, system metrics and alerts with
0.10 and later, ``run_id`` with 0.24. What a file does not have is done without.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from hashlib import blake2b
from pathlib import Path
from typing import Any

from trackio.errors import UsageError
from trackio.importers.imported import Alert, ImportedRun, ImportFailed, Row, Watch
from trackio.importers.trackio import frames, values
from trackio.importers.trackio.artifacts import versions
from trackio.importers.trackio.values import Values
from trackio.importers.within import files_within
from trackio.times import nanoseconds

_SIDECARS = ("_system", "_configs", "_traces", "_artifacts", "_artifact_versions", "_artifact_aliases",
             "_run_artifact_links", "_external_run_artifact_links")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Project:
    """One database, whichever file it is read from."""

    path: Path
    """``<project>.db`` or ``<project>.parquet``."""

    @property
    def home(self) -> Path:
        """Where media and artifacts lie."""
        return self.path.parent


@dataclass(slots=True)
class _Run:
    """What tells a run, and when it was first and last heard of."""

    key: str
    name: str
    project: str
    first: str = ""
    last: str = ""
    config: dict[str, Any] = field(default_factory=dict)


def projects(source: Path) -> list[Project]:
    """The projects of a home, or the one of a file."""
    if source.is_file():
        return [Project(source)] if source.suffix in (".db", ".parquet") else []
    found = {path.stem: path for path in sorted(source.glob("*.parquet")) if not path.stem.endswith(_SIDECARS)}
    found |= {path.stem: path for path in sorted(source.glob("*.db"))}
    return [Project(found[stem]) for stem in sorted(found)]


def runs(project: Project, watch: Watch) -> Iterator[ImportedRun]:
    """The runs of a project, by when they began."""
    try:
        with frames.reading(project.path) as db:
            tables = frames.tables(db)
            if "metrics" not in tables:
                raise ImportFailed(project.path, "it is no database of the original trackio")
            found = _found(db, tables, project)
            made = [_imported(db, tables, project, run, watch) for run in found]
    except UsageError as error:
        watch.failed(ImportFailed(project.path, str(error).rstrip(".")))
        return
    except ImportFailed as error:
        watch.failed(error)
        return
    root = project.home / "media" / project.path.stem / "files"
    saved = files_within(root)
    if made and saved:
        # Saved for the project: its newest run has them.
        made[-1].files = [(path.relative_to(root).as_posix(), path) for path in saved]
    yield from made


def _found(db: sqlite3.Connection, tables: Mapping[str, set[str]], project: Project) -> list[_Run]:
    runs: dict[tuple[str, str], _Run] = {}
    for table, time in (("metrics", "timestamp"), ("system_metrics", "timestamp"), ("traces", "timestamp"),
                        ("configs", "created_at")):  # fmt: skip
        columns = tables.get(table, set())
        if "run_name" not in columns:
            continue
        key = "run_id" if "run_id" in columns else "run_name"
        own = "project_name" if "project_name" in columns else "NULL"
        for run_key, name, place, first, last in db.execute(
            f"SELECT coalesce({key}, run_name), run_name, {own}, min({time}), max({time}) FROM {table} "  # noqa: S608
            "GROUP BY 1, 3 ORDER BY min(rowid)"
        ):
            one = runs.setdefault((str(run_key), str(place)), _Run(str(run_key), str(name), place or project.path.stem))
            one.first = min(filter(None, (one.first, first)), default="")
            one.last = max(one.last, last or "")
    for (key, place), run in runs.items():
        if "configs" in tables:
            where, given = frames.where(tables["configs"], key, place)
            for (body,) in db.execute(f"SELECT config FROM configs WHERE {where}", given):  # noqa: S608
                run.config |= values.body(body)
    return sorted(runs.values(), key=lambda run: (_time(run.config.get("_Created") or run.first, 0) or 0, run.name))


def _imported(
    db: sqlite3.Connection, tables: Mapping[str, set[str]], project: Project, run: _Run, watch: Watch
) -> ImportedRun:
    created = run.config.pop("_Created", None)
    run.config.pop("_Username", None)
    group = run.config.pop("_Group", None)
    made = Values(project.home, watch.note)
    where = partial(frames.where, key=run.key, project=run.project)
    # The id is the run's own since 0.24; before, a name was all that told a run.
    run_id = run.key if "run_id" in tables["metrics"] else _id(run)
    counts = []
    for table in ("metrics", "system_metrics", "traces", "alerts"):
        if table in tables:
            clause, given = where(tables[table])
            counts.append(db.execute(f"SELECT count(*) FROM {table} WHERE {clause}", given).fetchone()[0])  # noqa: S608
    first_ns = _time(created, None) or _time(run.first, 0)
    return ImportedRun(
        id=run_id,
        name=run.name,
        group=None if group is None else str(group),
        config=run.config,
        project=run.project,
        fingerprint=f"{run.key} {counts} {run.last}",
        created_ns=min(first_ns or 0, _time(run.first, first_ns) or 0),
        rows=partial(_rows, project, tables, run, made),
        system_rows=partial(_system_rows, project, tables, run, made),
        alerts=_alerts(db, tables, run),
        artifacts=versions(db, tables, project.home / "artifacts" / project.path.stem, run.key, watch),
    )


def _id(run: _Run) -> str:
    return f"trackio-{blake2b(json.dumps([run.project, run.name]).encode(), digest_size=8).hexdigest()}"


def _rows(project: Project, tables: Mapping[str, set[str]], run: _Run, made: Values) -> Iterator[Row]:
    with frames.reading(project.path) as db:
        traces = frames.Traces(db, tables, run.key)
        columns = tables["metrics"]
        step_column = "step" if "step" in columns else "NULL"
        log_id = "log_id" if "log_id" in columns else "NULL"
        where, given = frames.where(columns, run.key, run.project)
        query = f"SELECT timestamp, {step_column}, metrics, {log_id} FROM metrics WHERE {where} ORDER BY rowid"  # noqa: S608
        time_ns = 0
        for number, (timestamp, step, body, log) in enumerate(db.execute(query, given)):
            time_ns = _time(timestamp, time_ns) or 0
            row = made.row(values.body(body)) | {key: made.trace(one) for key, one in traces.of(log)}
            if row:
                yield number if step is None else int(step), time_ns, row
        # A trace that was logged with nothing else has no row.
        for timestamp, step, key, one in traces.rest():
            yield int(step), _time(timestamp, time_ns) or 0, {key: made.trace(one)}


def _system_rows(project: Project, tables: Mapping[str, set[str]], run: _Run, made: Values) -> Iterator[Row]:
    if "system_metrics" not in tables:
        return
    with frames.reading(project.path) as db:
        where, given = frames.where(tables["system_metrics"], run.key, run.project)
        query = f"SELECT timestamp, metrics FROM system_metrics WHERE {where} ORDER BY rowid"  # noqa: S608
        time_ns = 0
        for timestamp, body in db.execute(query, given):
            time_ns = _time(timestamp, time_ns) or 0
            row = made.row(values.body(body))
            if row:
                # The original notes no step for these.
                yield 0, time_ns, row


def _alerts(db: sqlite3.Connection, tables: Mapping[str, set[str]], run: _Run) -> list[Alert]:
    if "alerts" not in tables:
        return []
    where, given = frames.where(tables["alerts"], run.key, run.project)
    query = f"SELECT timestamp, level, title, text, step FROM alerts WHERE {where} ORDER BY rowid"  # noqa: S608
    return [
        Alert(_time(timestamp, 0) or 0, str(level), str(title), text, step)
        for timestamp, level, title, text, step in db.execute(query, given)
    ]


def _time(text: Any, otherwise: int | None) -> int | None:
    try:
        return otherwise if text in (None, "") else nanoseconds(str(text))
    except UsageError:
        return otherwise
