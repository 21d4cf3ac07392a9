"""One project: what was recorded of it, for whoever reads."""

from __future__ import annotations

import errno
import json
import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trackio.energy.records import Measurement
from trackio.errors import StoreError, UnknownRun
from trackio.messages import logger
from trackio.records import (
    AlertRecord,
    Changes,
    MetricDefinition,
    MetricKind,
    MetricRecord,
    Raised,
    RunRecord,
    Scalar,
    Series,
    Tail,
)
from trackio.store import crashed, energy, layout, raised, schema, sealable, summaries
from trackio.store.blobs import Blobs
from trackio.store.crashed import Crash
from trackio.store.database import reading, transaction, writing
from trackio.store.fold import fold, is_behind
from trackio.store.points import BOOLEAN, TEXT
from trackio.store.rows import LoggedRow, logged_rows
from trackio.store.runs import encode

if TYPE_CHECKING:
    from trackio.store.query import Limits

_RUNS = (
    "SELECT num, id, name, run_group, job_type, tags, notes, config, summary, status, exit_code, created_ns, "
    "updated_ns, finished_ns, row_count, last_step, revision FROM runs"
)
_METRICS = (
    "SELECT runs.id, metrics.name, metrics.kind, metrics.types, count, first_step, metrics.last_step, last, minimum, "
    "maximum FROM metrics JOIN runs ON runs.num = metrics.run"
)
_LAST_VALUES = "SELECT run, name, last, types FROM metrics WHERE kind = 'metric'"
_VALUES = (
    "SELECT row, step, time_ns, value, types FROM points JOIN metrics ON metrics.num = points.metric "
    "WHERE metrics.run = (SELECT num FROM runs WHERE id = ?) AND metrics.kind = ? AND metrics.name = ? ORDER BY row"
)


class ProjectStore:
    """Reads a project's database; every method opens it anew, so an instance may be shared by threads and processes."""

    def __init__(self, name: str, directory: Path) -> None:
        self.name, self.directory = name, directory
        self.path = layout.database(directory)
        self.blobs = Blobs(directory)
        """The project's files: media, and what runs saved."""
        self._told = ""

    def catch_up(self) -> None:
        """Fold what was journaled since the last look.

        Where nothing may be written, or another process holds the lock for long, it is quietly left for another time;
        a full disk and the like are told, once for as long as they last. Raises NewerDatabase when the database is a
        newer trackio's.
        """
        try:
            self.fold()
        except (OSError, sqlite3.OperationalError) as error:
            if not _is_expected(error) and str(error) != self._told:
                # A page that is open looks every second, for as long as it is.
                self._told = str(error)
                logger().warning(
                    "Project %r could not be brought up to date (%s). What was logged last is safe in its journals, "
                    "but does not show yet.",
                    self.name,
                    error,
                )
        else:
            self._told = ""

    def fold(self, *, most_bytes: int | None = None) -> None:
        """Fold journals, at most about ``most_bytes`` of them.

        Raises OSError or sqlite3.OperationalError on a fault.
        """
        if self._is_behind():
            with writing(self.path) as db:
                fold(db, self.directory, most_bytes=most_bytes)

    def revision(self) -> str:
        """Text that changes whenever any run of the project changes; catch up first."""
        with self._reading() as db:
            return ".".join(str(value) for (value,) in db.execute("SELECT value FROM meta ORDER BY key"))

    def runs(self) -> list[RunRecord]:
        """Every run, in the order they were begun."""
        with self._reading() as db:
            last: dict[int, dict[str, Any]] = {}
            for run, metric, value, types in db.execute(_LAST_VALUES):
                last.setdefault(run, {})[metric] = _given(value, types)
            for run, given in summaries.defined(db).items():
                last[run] = summaries.summarised(db, run, last.get(run, {}), given)
            return [self._record(row, last.get(row[0], {})) for row in db.execute(f"{_RUNS} ORDER BY num")]

    def run(self, key: str) -> RunRecord:
        """The run of that id, else the newest of that name; raises UnknownRun."""
        key = layout.clean(key)
        with self._reading() as db:
            row = db.execute(
                f"{_RUNS} WHERE id = :key OR name = :key ORDER BY id = :key DESC, num DESC LIMIT 1", {"key": key}
            ).fetchone()
            if row is None:
                known = [name for (name,) in db.execute("SELECT DISTINCT name FROM runs ORDER BY num")]
                if key in known:
                    # It came while the others were looked at.
                    return self.run(key)
                raise UnknownRun(key, known, self.name)
            rows = db.execute(f"{_LAST_VALUES} AND run = ?", (row[0],))
            last = {metric: _given(value, types) for _, metric, value, types in rows}
            given = summaries.defined(db, row[0]).get(row[0], ())
            return self._record(row, summaries.summarised(db, row[0], last, given))

    def definitions(self, run_id: str) -> tuple[MetricDefinition, ...]:
        """What the run said of its metrics with ``define_metric``; empty when there is no such run."""
        with self._reading() as db:
            row = db.execute("SELECT num FROM runs WHERE id = ?", (run_id,)).fetchone()
            return () if row is None else summaries.defined(db, row[0]).get(row[0], ())

    def own_summary(self, run_id: str) -> dict[str, Any]:
        """What the script set itself, without the last values; empty when there is no such run."""
        with self._reading() as db:
            row = db.execute("SELECT summary FROM runs WHERE id = ?", (run_id,)).fetchone()
            return dict(json.loads(row[0])) if row else {}

    def definitions_by_run(self) -> dict[str, tuple[MetricDefinition, ...]]:
        """Likewise of every run that said anything, by run id: two queries, where a project has hundreds of runs."""
        with self._reading() as db:
            ids = dict(db.execute("SELECT num, id FROM runs"))
            return {ids[num]: found for num, found in summaries.defined(db).items()}

    def metrics(self, run_id: str, kind: MetricKind | None = "metric") -> list[MetricRecord]:
        """The metrics of a run in the order they first came; of both kinds when ``kind`` is None."""
        with self._reading() as db:
            rows = db.execute(f"{_METRICS} WHERE runs.id = ? ORDER BY metrics.num", (run_id,))
            return [_metric(row) for row in rows if kind in (None, row[2])]

    def metrics_by_run(self, kind: MetricKind | None = "metric") -> dict[str, list[MetricRecord]]:
        """The metrics of every run, by run id: one query, where a project has hundreds of runs."""
        found: dict[str, list[MetricRecord]] = {}
        with self._reading() as db:
            for row in db.execute(f"{_METRICS} ORDER BY metrics.num"):
                if kind in (None, row[2]):
                    found.setdefault(row[0], []).append(_metric(row))
        return found

    def series(self, run_id: str, names: Iterable[str] | None = None, kind: MetricKind = "metric") -> dict[str, Series]:
        """The numeric points of a run's metrics: all of them, or those named that there are.

        Read from the Parquet snapshot when there is one of just this state of the run, else from the database; the
        snapshot of a run that has ended is then made again where that can be written. Metrics with text only are left
        out, and so is the text among numbers.
        """
        from trackio.store import arrays

        wanted = None if names is None else list(dict.fromkeys(names))
        with self._reading() as db:
            found = arrays.from_snapshot(db, layout.parquet(self.directory, run_id), run_id, wanted, kind)
            if found is not None:
                return found
            found = arrays.from_database(db, run_id, wanted, kind)
            may_seal = sealable.is_sealable(db, run_id)
        if may_seal:
            try:
                self.seal(run_id)
            except (OSError, sqlite3.OperationalError):
                # A home that cannot be written, or is busy: what was read is right all the same.
                pass
        return found

    def many_series(
        self, wanted: Mapping[str, Sequence[str]], kind: MetricKind = "metric"
    ) -> dict[str, dict[str, Tail]]:
        """The numeric points of metrics of many runs, by run and name, each with how many points of any type it has."""
        from trackio.store import arrays

        with self._reading() as db:
            return arrays.together(db, self.directory, wanted, kind)

    def tails(self, run_id: str, after: Mapping[str, int], kind: MetricKind = "metric") -> dict[str, Tail]:
        """What metrics of a run have logged after a row of each, by name; those that there are none of are left out."""
        from trackio.store import arrays

        with self._reading() as db:
            return arrays.tails(db, run_id, after, kind)

    def changes(self, since: int = -1) -> Changes:
        """What changed after a revision of the project; catch up first."""
        with self._reading() as db:
            meta = dict(db.execute("SELECT key, value FROM meta"))
            ids = [run for (run,) in db.execute("SELECT id FROM runs WHERE revision > ? ORDER BY num", (since,))]
            (count,) = db.execute("SELECT count(*) FROM runs").fetchone()
            last, alerts = db.execute("SELECT coalesce(max(num), 0), count(*) FROM alerts").fetchone()
            return Changes(str(meta["database"]), int(meta["revision"]), count, tuple(ids), (last, alerts))

    def values(self, run_id: str, metric: str, kind: MetricKind = "metric") -> list[tuple[int, int, int, Scalar]]:
        """``(row, step, time_ns, value)`` of every point of one metric, exactly as logged."""
        with self._reading() as db:
            rows = db.execute(_VALUES, (run_id, kind, metric))
            return [(row, step, time_ns, _given(value, types)) for row, step, time_ns, value, types in rows]

    def rows(self, run_id: str, kind: MetricKind = "metric") -> Iterator[LoggedRow]:
        """``(step, time_ns, values)`` of every row of a run in order of arrival, read as they are asked for."""
        with self._reading() as db:
            yield from logged_rows(db, run_id, kind)

    def alerts(self, run_id: str | None = None, *, after: int = 0) -> list[AlertRecord]:
        """The alerts of a run, or of all, oldest first; of those that came in after one, when its number is given."""
        with self._reading() as db:
            rows = db.execute(
                "SELECT runs.id, runs.name, time_ns, level, title, text, step, data, alerts.num FROM alerts "
                "JOIN runs ON runs.num = alerts.run WHERE (:run IS NULL OR runs.id = :run) AND alerts.num > :after "
                "ORDER BY time_ns, alerts.num",
                {"run": run_id, "after": after},
            )
            return [
                AlertRecord(run, name, time_ns, level, title, text, step, json.loads(data) if data else None, num)
                for run, name, time_ns, level, title, text, step, data, num in rows
            ]

    def raised(self) -> dict[str, Raised]:
        """The alerts of each run that raised any, by its id: counted, and the newest with long texts cut."""
        with self._reading() as db:
            return raised.raised(db)

    def crashed(self, event: str, silent_ns: int) -> list[Crash]:
        """The runs that crashed and whose newest event of this name says that they are to be told of."""
        with self._reading() as db:
            return crashed.crashed(db, self.directory, event, silent_ns)

    def has_journal(self, name: str) -> bool:
        """Whether a journal of that file name was ever folded, or begun to be."""
        with self._reading() as db:
            return db.execute("SELECT 1 FROM journals WHERE name = ?", (name,)).fetchone() is not None

    def events(self, run_id: str, name: str) -> list[dict[str, Any]]:
        """The events of that name which a run recorded and which no table takes in, oldest first."""
        with self._reading() as db:
            rows = db.execute(
                "SELECT body FROM events WHERE run = (SELECT num FROM runs WHERE id = ?) AND event = ? ORDER BY num",
                (run_id, name),
            )
            return [json.loads(body) for (body,) in rows]

    def measured(self) -> dict[str, bool]:
        """The ids of runs whose energy was measured, or which told why not; and whether each has readings."""
        with self._reading() as db:
            return energy.measured(db)

    def measurements(self, run_id: str) -> list[Measurement]:
        """What the processes of a run measured of its energy, in the order they began."""
        with self._reading() as db:
            return energy.measurements(db, run_id)

    def energy_events(self, run_id: str) -> Iterator[dict[str, Any]]:
        """Likewise as events that make the same again, for whatever copies a run; read as they are asked for."""
        with self._reading() as db:
            yield from energy.events(db, run_id)

    def settings(self) -> dict[str, Any]:
        """What was said of the whole project, by name."""
        with self._reading() as db:
            return {name: json.loads(value) for name, value in db.execute("SELECT name, value FROM settings")}

    def save_settings(self, values: Mapping[str, Any]) -> None:
        """Keep these settings of the project; None forgets one.

        Raises OSError or sqlite3.OperationalError where nothing can be written.
        """
        with writing(self.path) as db, transaction(db):
            for name, value in values.items():
                if value is None:
                    db.execute("DELETE FROM settings WHERE name = ?", (name,))
                else:
                    db.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (name, encode(value)))
            db.execute("UPDATE meta SET value = value + 1 WHERE key = 'revision'")

    def damaged_bytes(self) -> int:
        """How many bytes of journals could not be read and lie in ``set-aside/``."""
        with self._reading() as db:
            return int(db.execute("SELECT coalesce(sum(damaged_bytes), 0) FROM journals").fetchone()[0])

    def query(
        self, sql: str, parameters: Sequence[Scalar] = (), limits: Limits | None = None
    ) -> tuple[list[str], list[tuple[Any, ...]]]:
        """The columns and rows of a query by the user; whatever is not plain reading is refused by SQLite itself."""
        from trackio.store import query

        with self._reading() as db:
            return query.read_only(db, sql, parameters, limits)

    def seal(self, run_id: str) -> Path:
        """Write the Parquet snapshot of a run as it is now, and return its path."""
        from trackio.store import parquet

        path = layout.parquet(self.directory, run_id)
        with self._reading() as db:
            revision = parquet.write(db, path, self.run(run_id))
        with writing(self.path) as db:
            db.execute("UPDATE runs SET sealed_revision = ? WHERE id = ?", (revision, run_id))
        return path

    def unsealed(self) -> list[str]:
        """The ids of runs that have ended, can have a snapshot, and have none of their present state."""
        with self._reading() as db:
            return sealable.unsealed(db, self.directory)

    def delete_run(self, run_id: str) -> None:
        """Remove a run with all that was recorded of it, and the files that nothing else speaks of; raises UnknownRun.

        Artifacts that it logged stay.
        """
        from trackio.store import deleted, garbage, outbox

        run_id = self.run(run_id).id
        # First: what of it is on its way from another machine is then taken in no more.
        deleted.note(self.directory, run_id)
        with writing(self.path) as db:
            (num,) = db.execute("SELECT num FROM runs WHERE id = ?", (run_id,)).fetchone()
            journals = [name for (name,) in db.execute("SELECT name FROM journals WHERE run = ?", (num,))]
            # Before the rows: a journal left behind would bring the run back.
            for name in journals:
                (layout.journals(self.directory) / name).unlink(missing_ok=True)
                layout.received(self.directory, name).unlink(missing_ok=True)
                outbox.place(self.directory, name).unlink(missing_ok=True)
            with transaction(db):
                db.execute("DELETE FROM points WHERE metric IN (SELECT num FROM metrics WHERE run = ?)", (num,))
                db.execute("DELETE FROM runs WHERE num = ?", (num,))
                db.execute("UPDATE meta SET value = value + 1 WHERE key = 'revision'")
        layout.parquet(self.directory, run_id).unlink(missing_ok=True)
        shutil.rmtree(layout.working(self.directory, run_id), ignore_errors=True)
        garbage.collect(self)

    def delete(self) -> None:
        """Remove the project with everything in it.

        Of runs that come over HTTP marks stay, by which what is still on its way is taken in no more.
        """
        from trackio.store import deleted

        is_received = layout.receiving(self.directory).is_dir()
        deleted.remove(self.directory, [record.id for record in self.runs()] if is_received else [])

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        try:
            is_empty = self.path.stat().st_size == 0
        except FileNotFoundError:
            is_empty = True
        if not is_empty:
            try:
                with reading(self.path) as db:
                    found = schema.version(db, self.path)
                    if found > 0:
                        with nullcontext(db) if found == schema.CURRENT else self._migrated(db) as current:
                            yield current
                        return
            except sqlite3.DatabaseError as error:
                if isinstance(error, sqlite3.OperationalError):
                    raise
                raise StoreError(
                    f"{self.path} is damaged ({error}). Move it away; journals not yet folded stay."
                ) from error
        # Nothing was folded yet: an empty project, answered by the same queries.
        with writing(Path(":memory:")) as db:
            yield db

    @contextmanager
    def _migrated(self, old: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
        """The database that an older trackio wrote, with the tables of today; in memory where it may not be written."""
        try:
            with writing(self.path):
                pass
        except (OSError, sqlite3.OperationalError):
            with closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
                old.backup(db)
                schema.migrate(db, self.path)
                yield db
        else:
            with reading(self.path) as db:
                yield db

    def _is_behind(self) -> bool:
        with self._reading() as db:
            return is_behind(db, self.directory)

    def _record(self, row: Sequence[Any], last: dict[str, Any]) -> RunRecord:
        num, run_id, name, group, job_type, tags, notes, config, summary, status, exit_code, *times = row
        created_ns, updated_ns, finished_ns, row_count, last_step, revision = times
        return RunRecord(
            project=self.name,
            id=run_id,
            name=name,
            group=group,
            job_type=job_type,
            tags=tuple(json.loads(tags)),
            notes=notes,
            config=json.loads(config),
            summary={**last, **json.loads(summary)},
            status=status,
            exit_code=exit_code,
            created_ns=created_ns,
            updated_ns=updated_ns,
            finished_ns=finished_ns if status in ("finished", "failed") else None,
            row_count=row_count,
            last_step=last_step,
            revision=revision,
            order=num - 1,
        )


def _given(value: Any, types: int) -> Any:
    """The value as logged: SQLite has no truth values, and no NaN, for which it holds NULL."""
    if value is None:
        return float("nan")
    return bool(value) if types == BOOLEAN else value


def _is_expected(error: Exception) -> bool:
    """Whether a fold failed as it does in a home that is read-only, or while another process folds."""
    if isinstance(error, OSError):
        return error.errno in (errno.EROFS, errno.EACCES, errno.EPERM)
    return any(word in str(error) for word in ("readonly", "unable to open", "locked"))


def _metric(row: Sequence[Any]) -> MetricRecord:
    _, name, kind, types, count, first_step, last_step, last, minimum, maximum = row
    return MetricRecord(
        name=name,
        kind=kind,
        count=count,
        first_step=first_step,
        last_step=last_step,
        last=_given(last, types) if count else None,
        minimum=minimum,
        maximum=maximum,
        is_numeric=types != TEXT,
    )
