"""Which format a file or folder seems to be, for a hint to those who named another."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from trackio.importers.wandb.log import MAGIC
from trackio.store import layout

_HEAD_BYTES = 1 << 12
_SUFFIXES = {".csv": "csv", ".tsv": "csv", ".json": "json", ".jsonl": "json"}
_EVENT_FILE = b"brain.Event:"
_TABLES = {"experiments": "mlflow", "metrics": "trackio"}


def likely(path: Path) -> str | None:
    """The format as ``trackio import`` calls it; None for what does not exist, or tells nothing."""
    try:
        if path.is_dir():
            return _of_folder(path)
        if not path.is_file():
            return None
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
    except OSError:
        return None
    if head.startswith(MAGIC):
        return "wandb"
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith(b"SQLite format 3"):
        return _of_database(path)
    if _EVENT_FILE in head[:64]:
        return "tfevents"
    return None if b"\0" in head else _SUFFIXES.get(path.suffix.lower())


def _of_folder(path: Path) -> str | None:
    if layout.projects_directory(path).is_dir():
        return "trackio"
    if any(path.glob("*/meta.yaml")):
        return "mlflow"
    if any(path.glob("*run-*/*.wandb")) or any(path.glob("*.wandb")):
        return "wandb"
    if any(path.glob("*tfevents*")) or any(path.glob("*/*tfevents*")):
        return "tfevents"
    return "parquet" if any(path.glob("*.parquet")) else None


def _of_database(path: Path) -> str | None:
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path.absolute()))}?mode=ro", uri=True)) as db:
            names = {name for (name,) in db.execute("SELECT name FROM sqlite_master")}
    except (sqlite3.Error, UnicodeDecodeError):
        return None
    return next((kind for table, kind in _TABLES.items() if table in names), None)
