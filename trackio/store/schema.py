"""The database schema, as numbered steps; a step and the record of it commit together."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from trackio.errors import NewerDatabase, StoreError

APPLICATION_ID = 0x7472_6B69
"""``trki``: what ``file`` and SQLite tell a trackio database by."""

_FIRST = (
    """
    CREATE TABLE meta (
        key TEXT PRIMARY KEY,
        value
    ) WITHOUT ROWID
    """,
    "INSERT INTO meta VALUES ('revision', 0), ('database', lower(hex(randomblob(4))))",
    """
    CREATE TABLE runs (
        num INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        name TEXT NOT NULL,
        run_group TEXT,
        job_type TEXT,
        tags TEXT NOT NULL DEFAULT '[]',
        notes TEXT,
        config TEXT NOT NULL DEFAULT '{}',
        summary TEXT NOT NULL DEFAULT '{}',
        status TEXT NOT NULL DEFAULT 'running',
        outcome TEXT,
        exit_code INTEGER,
        created_ns INTEGER NOT NULL,
        updated_ns INTEGER NOT NULL,
        finished_ns INTEGER,
        row_count INTEGER NOT NULL DEFAULT 0,
        system_row_count INTEGER NOT NULL DEFAULT 0,
        last_step INTEGER,
        revision INTEGER NOT NULL DEFAULT 0,
        sealed_revision INTEGER
    )
    """,
    "CREATE INDEX runs_by_status ON runs (status)",
    """
    CREATE TABLE metrics (
        num INTEGER PRIMARY KEY AUTOINCREMENT,
        run INTEGER NOT NULL REFERENCES runs (num) ON DELETE CASCADE,
        kind TEXT NOT NULL,
        name TEXT NOT NULL,
        types INTEGER NOT NULL DEFAULT 0,
        count INTEGER NOT NULL DEFAULT 0,
        first_step INTEGER,
        last_step INTEGER,
        last,
        minimum REAL,
        maximum REAL,
        UNIQUE (run, kind, name)
    )
    """,
    # No column type for the value: a declared one would turn 1.0 into 1 or '1' into 1.
    """
    CREATE TABLE points (
        metric INTEGER NOT NULL,
        row INTEGER NOT NULL,
        step INTEGER NOT NULL,
        time_ns INTEGER NOT NULL,
        value,
        PRIMARY KEY (metric, row)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE journals (
        name TEXT PRIMARY KEY,
        run INTEGER REFERENCES runs (num) ON DELETE CASCADE,
        position INTEGER NOT NULL DEFAULT 0,
        writer TEXT NOT NULL DEFAULT '{}',
        state TEXT NOT NULL DEFAULT 'open',
        last_ns INTEGER NOT NULL DEFAULT 0,
        damaged_bytes INTEGER NOT NULL DEFAULT 0
    ) WITHOUT ROWID
    """,
    "CREATE INDEX journals_by_run ON journals (run)",
    "CREATE INDEX journals_by_state ON journals (state)",
    # What rows further on in a journal are read by; only as long as there is more to come.
    """
    CREATE TABLE journal_schemas (
        journal TEXT NOT NULL REFERENCES journals (name) ON DELETE CASCADE,
        id INTEGER NOT NULL,
        body TEXT NOT NULL,
        PRIMARY KEY (journal, id)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE alerts (
        num INTEGER PRIMARY KEY AUTOINCREMENT,
        run INTEGER NOT NULL REFERENCES runs (num) ON DELETE CASCADE,
        time_ns INTEGER NOT NULL,
        level TEXT NOT NULL,
        title TEXT NOT NULL,
        text TEXT,
        step INTEGER,
        data TEXT
    )
    """,
    "CREATE INDEX alerts_by_run ON alerts (run)",
    """
    CREATE TABLE events (
        num INTEGER PRIMARY KEY AUTOINCREMENT,
        run INTEGER NOT NULL REFERENCES runs (num) ON DELETE CASCADE,
        time_ns INTEGER NOT NULL,
        event TEXT NOT NULL,
        body TEXT NOT NULL
    )
    """,
    "CREATE INDEX events_by_run ON events (run)",
    """
    CREATE VIEW logs AS
    SELECT runs.id AS run_id,
        runs.name AS run,
        metrics.kind AS kind,
        metrics.name AS metric,
        points.row AS row,
        points.step AS step,
        strftime('%Y-%m-%dT%H:%M:%S', points.time_ns / 1000000000, 'unixepoch')
            || printf('.%03dZ', points.time_ns / 1000000 % 1000) AS timestamp,
        points.value AS value
    FROM points
    JOIN metrics ON metrics.num = points.metric
    JOIN runs ON runs.num = metrics.run
    """,
)

_SECOND = (
    # Rows of which values are still on their way: a late row names the journal and the ticket, and fills them in.
    """
    CREATE TABLE tickets (
        journal TEXT NOT NULL REFERENCES journals (name) ON DELETE CASCADE,
        ticket INTEGER NOT NULL,
        kind TEXT NOT NULL,
        row INTEGER NOT NULL,
        step INTEGER NOT NULL,
        time_ns INTEGER NOT NULL,
        PRIMARY KEY (journal, ticket)
    ) WITHOUT ROWID
    """,
    "CREATE INDEX events_by_name ON events (event)",
    # One artifact's name, with all its versions: ``versions`` counts those ever made, as numbers are not used again.
    """
    CREATE TABLE artifact_collections (
        name TEXT PRIMARY KEY,
        type TEXT NOT NULL,
        versions INTEGER NOT NULL DEFAULT 0
    ) WITHOUT ROWID
    """,
    # A version is of a project and outlives the run that logged it.
    """
    CREATE TABLE artifacts (
        num INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT NOT NULL REFERENCES artifact_collections (name),
        version INTEGER NOT NULL,
        type TEXT NOT NULL,
        digest TEXT NOT NULL,
        manifest TEXT NOT NULL,
        size INTEGER NOT NULL,
        file_count INTEGER NOT NULL,
        description TEXT,
        metadata TEXT NOT NULL DEFAULT '{}',
        tags TEXT NOT NULL DEFAULT '[]',
        step INTEGER,
        created_ns INTEGER NOT NULL,
        updated_ns INTEGER NOT NULL,
        run INTEGER REFERENCES runs (num) ON DELETE SET NULL,
        UNIQUE (name, version)
    )
    """,
    "CREATE INDEX artifacts_by_digest ON artifacts (name, digest)",
    "CREATE INDEX artifacts_by_run ON artifacts (run)",
    # A version may also stand in other collections, such as a registry's, under a number of its own there.
    """
    CREATE TABLE artifact_links (
        name TEXT NOT NULL REFERENCES artifact_collections (name),
        version INTEGER NOT NULL,
        artifact INTEGER NOT NULL REFERENCES artifacts (num) ON DELETE CASCADE,
        linked_ns INTEGER NOT NULL,
        PRIMARY KEY (name, version)
    ) WITHOUT ROWID
    """,
    "CREATE INDEX artifact_links_by_artifact ON artifact_links (artifact)",
    """
    CREATE TABLE artifact_aliases (
        name TEXT NOT NULL REFERENCES artifact_collections (name),
        alias TEXT NOT NULL,
        artifact INTEGER NOT NULL REFERENCES artifacts (num) ON DELETE CASCADE,
        PRIMARY KEY (name, alias)
    ) WITHOUT ROWID
    """,
    "CREATE INDEX artifact_aliases_by_artifact ON artifact_aliases (artifact)",
    """
    CREATE TABLE artifact_uses (
        artifact INTEGER NOT NULL REFERENCES artifacts (num) ON DELETE CASCADE,
        run INTEGER NOT NULL REFERENCES runs (num) ON DELETE CASCADE,
        time_ns INTEGER NOT NULL,
        role TEXT NOT NULL,
        PRIMARY KEY (artifact, run, role)
    ) WITHOUT ROWID
    """,
    "CREATE INDEX artifact_uses_by_run ON artifact_uses (run)",
    """
    CREATE VIEW artifact_versions AS
    SELECT name, version, num AS artifact, 0 AS is_link, created_ns AS added_ns FROM artifacts
    UNION ALL
    SELECT name, version, artifact, 1, linked_ns FROM artifact_links
    """,
)

_THIRD = (
    # What one process measured for a run; devices are numbered by their place in the list.
    """
    CREATE TABLE energy_sessions (
        num INTEGER PRIMARY KEY AUTOINCREMENT,
        run INTEGER NOT NULL REFERENCES runs (num) ON DELETE CASCADE,
        id TEXT NOT NULL,
        boot TEXT NOT NULL,
        start_ns INTEGER NOT NULL,
        end_ns INTEGER,
        start_time_ns INTEGER NOT NULL,
        end_time_ns INTEGER NOT NULL,
        devices TEXT NOT NULL,
        missing TEXT NOT NULL DEFAULT '{}',
        UNIQUE (run, id)
    )
    """,
    """
    CREATE TABLE energy_samples (
        session INTEGER NOT NULL REFERENCES energy_sessions (num) ON DELETE CASCADE,
        device INTEGER NOT NULL,
        clock_ns INTEGER NOT NULL,
        time_ns INTEGER NOT NULL,
        counter_mj INTEGER,
        power_mw INTEGER,
        utilization REAL,
        PRIMARY KEY (session, device, clock_ns)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE energy_marks (
        session INTEGER NOT NULL REFERENCES energy_sessions (num) ON DELETE CASCADE,
        clock_ns INTEGER NOT NULL,
        name TEXT NOT NULL,
        time_ns INTEGER NOT NULL,
        PRIMARY KEY (session, clock_ns, name)
    ) WITHOUT ROWID
    """,
    # What was said of the whole project, such as where its machines stand.
    """
    CREATE TABLE settings (
        name TEXT PRIMARY KEY,
        value TEXT NOT NULL
    ) WITHOUT ROWID
    """,
    """
    CREATE VIEW energy_readings AS
    SELECT runs.id AS run_id,
        runs.name AS run,
        sessions.id AS session,
        sessions.boot AS boot,
        json_extract(sessions.devices, '$[' || samples.device || '].id') AS device,
        json_extract(sessions.devices, '$[' || samples.device || '].name') AS product,
        samples.clock_ns AS clock_ns,
        strftime('%Y-%m-%dT%H:%M:%S', samples.time_ns / 1000000000, 'unixepoch')
            || printf('.%03dZ', samples.time_ns / 1000000 % 1000) AS timestamp,
        samples.counter_mj / 1000.0 AS counter_joules,
        samples.power_mw / 1000.0 AS power_watts,
        samples.utilization AS utilization_percent
    FROM energy_samples AS samples
    JOIN energy_sessions AS sessions ON sessions.num = samples.session
    JOIN runs ON runs.num = sessions.run
    """,
)

MIGRATIONS: tuple[tuple[str, ...], ...] = (_FIRST, _SECOND, _THIRD)
"""Step n brings a database from schema n to n + 1. A step that was released is never edited."""

CURRENT = len(MIGRATIONS)


def migrate(db: sqlite3.Connection, path: Path) -> None:
    """Bring an open database to the current schema; one from a newer trackio is refused and left as it is."""
    found = version(db, path)
    if found == CURRENT:
        return
    db.execute("BEGIN IMMEDIATE")
    try:
        # Another process may have migrated while this one waited for the lock.
        for number, step in enumerate(MIGRATIONS[version(db, path) :], start=version(db, path) + 1):
            for statement in step:
                db.execute(statement)
            db.execute(f"PRAGMA user_version = {number}")
            db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        db.execute("COMMIT")
    except BaseException:
        # A full disk has ended it already.
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def version(db: sqlite3.Connection, path: Path) -> int:
    """The schema number of an open database; raises when it is newer than this trackio, or not trackio's."""
    found = int(db.execute("PRAGMA user_version").fetchone()[0])
    owner = int(db.execute("PRAGMA application_id").fetchone()[0])
    if owner not in (0, APPLICATION_ID):
        raise StoreError(f"{path} is a database of another program. Nothing was changed; move it away and try again.")
    if found > CURRENT:
        raise NewerDatabase(path, found, CURRENT)
    return found
