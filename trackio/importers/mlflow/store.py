"""A store of MLflow, opened."""

from __future__ import annotations

import logging
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from trackio import settings
from trackio.errors import MissingExtra

DATABASES = (".db", ".sqlite", ".sqlite3")
SYSTEM = "system/"
"""What MLflow's own figures of the machine begin with."""

ASIDE = "trackio"
"""The folder among a run's artifacts in which our own export keeps what MLflow has no place for."""
MARK_FILE = f"{ASIDE}/run.json"
ROWS_FILE = f"{ASIDE}/rows.jsonl"

LARGEST = 1.7976931348623157e308
"""What a database of MLflow holds in the place of infinity."""


@contextmanager
def opened(uri: str) -> Iterator[Any]:
    """MLflow's client for a store; raises MissingExtra.

    Its makers hear nothing of it, and folders, which it gives up in favour of databases, are read all the same.
    """
    with settings.lent(
        MLFLOW_DISABLE_TELEMETRY="true",
        MLFLOW_ALLOW_FILE_STORE="true",
        # Standard output is the command's own.
        MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT="true",
        # A server that is not there is told of within half a minute; MLflow itself tries for four.
        MLFLOW_HTTP_REQUEST_MAX_RETRIES="3",
    ):
        # It tells of every step of a database's making.
        quiet = [logging.getLogger(name) for name in ("alembic", "mlflow.store.db.utils")]
        levels = [logger.level for logger in quiet]
        try:
            from mlflow.tracking import MlflowClient
        except ImportError:
            raise MissingExtra("mlflow", "mlflow") from None
        for logger in quiet:
            logger.setLevel(logging.WARNING)
        try:
            yield MlflowClient(tracking_uri=uri)
        finally:
            for logger, level in zip(quiet, levels, strict=True):
                logger.setLevel(level)


def faults() -> tuple[type[Exception], ...]:
    """What MLflow raises when a store cannot be read or written."""
    try:
        from mlflow.exceptions import MlflowException
        from sqlalchemy.exc import SQLAlchemyError
    except ImportError:
        raise MissingExtra("mlflow", "mlflow") from None
    return MlflowException, SQLAlchemyError, OSError, UnicodeDecodeError


def first_line(error: Exception) -> str:
    """What an error of MLflow says, without its full stop and what it puts below."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")


def unusable(uri: str) -> str | None:
    """Why there is no store to be read at a place on this machine; None when there may be one.

    MLflow itself would make a store where there is none, even in the database of another program.
    """
    path = local_path(uri)
    if path is None:
        return None
    if not path.exists():
        return "there is no such store"
    if path.is_dir():
        return None if is_folder_store(path) else "it is no store of MLflow"
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as db:
            is_one = db.execute("SELECT 1 FROM sqlite_master WHERE name = 'experiments'").fetchone()
    except sqlite3.Error as error:
        return str(error)
    except UnicodeDecodeError:
        # What Python makes of an error of SQLite that quotes the damage.
        return "its tables are damaged"
    return None if is_one else "it is no store of MLflow"


def address(source: str) -> str:
    """What MLflow calls a store: ``sqlite:///...`` for a database, the path of a folder, any other address as it is."""
    if _is_address(source):
        return source
    path = Path(source).absolute()
    return f"sqlite:///{path}" if path.suffix.lower() in DATABASES else str(path)


def local_path(uri: str) -> Path | None:
    """The file or folder that an address of a store or of artifacts means; None for another machine's."""
    scheme = uri.partition(":")[0].lower()
    if uri.startswith("sqlite:///"):
        return Path(uri.removeprefix("sqlite:///").partition("?")[0])
    if scheme == "file":
        return Path(unquote(urlsplit(uri).path))
    return None if _is_address(uri) else Path(uri)


def is_folder_store(path: Path) -> bool:
    """Whether a folder is a store of MLflow: each experiment lies in a folder with a ``meta.yaml``."""
    return any(path.glob("*/meta.yaml"))


def _is_address(text: str) -> bool:
    # One letter is a drive, as in C:\\mlruns; mlflow-artifacts:/1/2 has one slash alone.
    return text == "databricks" or re.match(r"[a-zA-Z][a-zA-Z0-9+.\-]+:", text) is not None
