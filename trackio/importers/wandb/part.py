"""One ``.wandb`` file, looked through for everything but its rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from trackio.errors import MissingExtra
from trackio.importers.imported import ImportFailed, Watch
from trackio.importers.wandb import artifacts, items
from trackio.importers.wandb.log import records

_FILES_OF_WANDB = frozenset({"config.yaml", "conda-environment.yaml", "diff.patch", "requirements.txt"})


@dataclass(slots=True)
class Part:
    """One ``.wandb`` file, looked through for everything but its rows."""

    path: Path
    size: int
    identity: dict[str, Any] = field(default_factory=dict)
    """``run_id``, ``entity``, ``project``, ``name``, ... as the last record says."""
    started_ns: int = 0
    first_ns: int | None = None
    """The time of the first row."""
    config: dict[str, Any] = field(default_factory=dict)
    summary: dict[str, Any] = field(default_factory=dict)
    latest: dict[str, list[Any]] = field(default_factory=dict)
    """The items of the last row under every outermost key."""
    floats: set[str] = field(default_factory=set)
    """Names under which a number was logged that is no integer; W&B writes 1.0 as 1."""
    definitions: dict[str, dict[str, Any]] = field(default_factory=dict)
    saved: list[str] = field(default_factory=list)
    tables: dict[str, list[Any]] = field(default_factory=dict)
    """What lies in the artifact of each table, by the id that references to it have."""
    artifacts: list[Any] = field(default_factory=list)
    """The records of the artifacts that the script logged."""
    exit_code: int | None = None
    """None while the run goes on, or when it was killed."""

    def last(self) -> dict[str, Any]:
        """The last row's value under every outermost key."""
        return items.tree(item for row in self.latest.values() for item in row)


def messages(path: Path, watch: Watch | None = None) -> Iterator[Any]:
    """The records of a file as W&B's protocol buffers; raises MissingExtra without W&B's own package."""
    try:
        from google.protobuf.message import DecodeError
        from wandb.proto.wandb_internal_pb2 import Record
    except ImportError:
        raise MissingExtra("wandb", "wandb") from None
    told = None if watch is None else (lambda done, total: watch.progress(path.name, done, total))
    for payload in records(path, told):
        message = Record()
        try:
            message.ParseFromString(payload)
        except DecodeError:
            continue
        yield message


def look_through(path: Path) -> Part:
    """Everything but the rows; raises ImportFailed when the file does not say which run it is."""
    part = Part(path, path.stat().st_size)
    for message in messages(path):
        kind = message.WhichOneof("record_type")
        take = _TAKERS.get(kind)
        if take is not None:
            take(part, getattr(message, kind))
    if not part.identity:
        raise ImportFailed(path, "it holds no run")
    return part


def nanoseconds(seconds: Any) -> int | None:
    """The time that W&B tells in seconds; None for none."""
    if not isinstance(seconds, (int, float)) or not 0 < seconds < 9e9:
        return None
    # More than microseconds are not in a float of this size; its fraction alone has them exactly.
    whole = int(seconds)
    return whole * 10**9 + round((seconds - whole) * 1e6) * 1000


def _take_run(part: Part, record: Any) -> None:
    part.identity |= {
        "run_id": record.run_id,
        "entity": record.entity,
        "project": record.project,
        "name": record.display_name,
        "group": record.run_group,
        "job_type": record.job_type,
        "tags": list(record.tags),
        "notes": record.notes,
        "sweep": record.sweep_id,
    }
    part.started_ns = part.started_ns or record.start_time.ToNanoseconds()
    items.merge(part.config, record.config.update)
    items.merge(part.summary, record.summary.update)


def _take_config(part: Part, record: Any) -> None:
    items.merge(part.config, record.update)
    items.remove(part.config, record.remove)


def _take_summary(part: Part, record: Any) -> None:
    items.merge(part.summary, record.update)
    items.remove(part.summary, record.remove)


def _take_history(part: Part, record: Any) -> None:
    row: dict[str, list[Any]] = {}
    for item in record.item:
        path, text = items.keys(item), item.value_json
        row.setdefault(path[0], []).append(item)
        if items.spells_float(text) or (not text and items.typed(item) == "number"):
            part.floats.add("/".join(path))
    if part.first_ns is None:
        part.first_ns = nanoseconds(items.tree(row.get("_timestamp", ())).get("_timestamp"))
    part.latest |= row


def _take_metric(part: Part, record: Any) -> None:
    if record.expanded_from_glob or not record.options.defined:
        return
    one = items.definition(record)
    part.definitions[one["name"]] = one


def _take_files(part: Part, record: Any) -> None:
    for item in record.files:
        is_own = item.type in (1, 2, 3) or item.path.startswith("media/") or item.path in _FILES_OF_WANDB
        if not is_own and not item.path.startswith("wandb-"):
            part.saved.append(item.path)


def _take_artifact(part: Part, record: Any) -> None:
    if record.type == "run_table":
        part.tables[record.client_id] = list(record.manifest.contents)
    elif artifacts.is_logged(record):
        part.artifacts.append(record)


def _take_exit(part: Part, record: Any) -> None:
    part.exit_code = record.exit_code


_TAKERS: dict[str | None, Callable[[Part, Any], None]] = {
    "run": _take_run,
    "config": _take_config,
    "summary": _take_summary,
    "history": _take_history,
    "metric": _take_metric,
    "files": _take_files,
    "artifact": _take_artifact,
    "exit": _take_exit,
}
