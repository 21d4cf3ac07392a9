"""Open a project's database: to write it, to read it, or to read it where nothing may be written."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from trackio.errors import StoreError
from trackio.store import schema

BUSY_SECONDS = 20.0
"""How long to wait for another process's transaction; a fold holds the lock for well under a second at a time."""


@contextmanager
def writing(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection that may write, with the schema up to date; creates the database where there is none.

    Connections are opened for one piece of work and never kept: one that lives through ``fork`` may damage the file.
    """
    with closing(sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)) as db:
        # Asked before anything else, so that a database from a newer trackio keeps even its journal mode.
        found = schema.version(db, path)
        db.execute("PRAGMA synchronous = NORMAL")
        if found == 0:
            db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA foreign_keys = ON")
        db.execute("PRAGMA wal_autocheckpoint = 4000")
        schema.migrate(db, path)
        yield db


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """One transaction that holds the write lock from the start."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection that cannot write. Raises StoreError when there is no readable database."""
    with closing(_open_read_only(path)) as db:
        yield db


def _open_read_only(path: Path) -> sqlite3.Connection:
    # A WAL database in a folder that may not be written opens only as immutable; it is then read without its WAL.
    error: sqlite3.Error | None = None
    # The first may fail for a moment, while the last of other connections takes its WAL away.
    for options in ("mode=ro", "mode=ro", "mode=ro", "mode=ro&immutable=1"):
        db = sqlite3.connect(
            f"{path.absolute().as_uri()}?{options}", uri=True, timeout=BUSY_SECONDS, isolation_level=None
        )
        try:
            schema.version(db, path)
        except sqlite3.OperationalError as caught:
            db.close()
            error = caught
            time.sleep(0.005)
        except BaseException:
            db.close()
            raise
        else:
            return db
    raise StoreError(f"{path} cannot be read: {error}. See `trackio status`.") from error
