"""One offline run of W&B, from the files in which it lies."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from re import fullmatch
from typing import Any

from trackio.definitions import EVENT
from trackio.errors import MissingExtra
from trackio.importers.imported import Alert, Event, ImportedRun, ImportFailed, Row, Watch
from trackio.importers.media import MediaFiles, Reference
from trackio.importers.wandb import artifacts, items
from trackio.importers.wandb.log import records
from trackio.importers.wandb.media import WandbMedia
from trackio.importers.wandb.staging import staged
from trackio.store.blobs import Blobs

_LEVELS = {"": "info", "INFO": "info", "WARN": "warn", "ERROR": "error"}
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
    last: dict[str, Any] = field(default_factory=dict)
    """The last row's value under every outermost key."""
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


def run(parts: Sequence[Part], watch: Watch) -> ImportedRun:
    """The run whose parts these are; a run that was resumed has several, here by when they began."""
    first, last = parts[0], parts[-1]
    # An export was begun after its rows.
    created_ns = min(part.first_ns or part.started_ns for part in parts)
    merged = {key: value for part in parts for key, value in part.identity.items() if value}
    config = {key: value for part in parts for key, value in part.config.items()}
    sizes = "+".join(f"{part.path.parent.name}/{part.path.name}:{part.size}" for part in parts)
    found = ImportedRun(
        id=_id(merged),
        name=merged.get("name") or merged["run_id"],
        group=merged.get("group"),
        config={key: value for key, value in config.items() if key != "_wandb"},
        project=merged.get("project") or "uncategorized",
        fingerprint=f"{merged.get('entity', '')}/{merged.get('project', '')}/{merged['run_id']} {sizes}",
        job_type=merged.get("job_type"),
        tags=merged.get("tags", ()),
        notes=merged.get("notes"),
        summary=items.beyond(
            {key: value for part in parts for key, value in part.summary.items()},
            {key: value for part in parts for key, value in part.last.items()},
        ),
        status="crashed" if last.exit_code is None else "failed" if last.exit_code else "finished",
        exit_code=last.exit_code,
        created_ns=min(created_ns, first.started_ns),
    )
    definitions = {name: one for part in parts for name, one in part.definitions.items()}
    found.events = [
        Event(EVENT, first.started_ns, one)
        for one in definitions.values()
        if items.STEP not in (one["name"], one["step_metric"])
    ]
    for name in _charts(config):
        watch.note(f"the custom chart {name!r} stays the table that it draws")
    if merged.get("sweep"):
        found.config.setdefault("sweep_id", merged["sweep"])
    found.rows = lambda: _rows(parts, found, watch)
    found.system_rows = lambda: _system_rows(parts)
    for part in parts:
        found.files += _files(part, watch)
        found.artifacts += artifacts.versions(part.artifacts, part.started_ns, watch)
    return found


def _charts(config: Mapping[str, Any]) -> list[str]:
    own = config.get("_wandb")
    drawn = own.get("visualize") if isinstance(own, dict) else None
    return list(drawn) if isinstance(drawn, dict) else []


def _id(identity: Mapping[str, Any]) -> str:
    run_id = str(identity["run_id"])
    if fullmatch("(?=.*[0-9])[0-9a-z]{8}", run_id):
        # Made by chance, as here: no other run has it.
        return run_id
    # One that a person chose may be another run's in another project of W&B.
    place = f"{identity.get('entity', '')}/{identity.get('project', '')}"
    return f"{run_id}-{blake2b(place.encode(), digest_size=4).hexdigest()}"


def _rows(parts: Sequence[Part], found: ImportedRun, watch: Watch) -> Iterator[Row]:
    floats = set[str]().union(*(part.floats for part in parts))
    step, time_ns = 0, parts[0].started_ns
    found.alerts.clear()
    for part in parts:
        make = _maker(part, watch)
        for message in messages(part.path, watch):
            kind = message.WhichOneof("record_type")
            if kind == "history":
                values = items.tree(message.history.item)
                step, time_ns = _place(values, message.history, step, time_ns)
                row = items.row(values, floats, make)
                if row:
                    yield step, time_ns, row
            elif kind == "alert":
                alert = message.alert
                level = _LEVELS.get(alert.level.upper(), alert.level.lower())
                found.alerts.append(Alert(time_ns, level, alert.title, alert.text or None, step))


def _place(values: dict[str, Any], history: Any, step: int, time_ns: int) -> tuple[int, int]:
    """Step and time of a row, whose own words for them are taken out."""
    told, seconds, own = (values.pop(name, None) for name in ("_step", "_timestamp", items.STEP))
    values.pop("_runtime", None)
    if isinstance(own, int):
        step = own
    elif isinstance(told, int):
        step = told
    elif history.HasField("step"):
        step = history.step.num
    return step, _nanoseconds(seconds) or time_ns


def _nanoseconds(seconds: Any) -> int | None:
    # More than microseconds are not in a float of this size.
    return round(seconds * 1e6) * 1000 if isinstance(seconds, (int, float)) and 0 < seconds < 9e9 else None


def _maker(part: Part, watch: Watch) -> items.Maker:
    own = part.config.get("_wandb")
    labels: dict[str, Any] = own if isinstance(own, dict) else {}

    def make(name: str, value: Mapping[str, Any], blobs: Blobs) -> Reference:
        files = MediaFiles(part.path.parent / "files", blobs, watch.note)
        held = _held(part.tables, value.get("artifact_path"))
        if held is None:
            return WandbMedia(files, labels).reference(name, value)
        with staged(held) as folder:
            return WandbMedia(files, labels, MediaFiles(folder, blobs, watch.note)).reference(name, value)

    return make


def _held(tables: Mapping[str, list[Any]], address: Any) -> list[Any] | None:
    """The content of the artifact that a table refers to: there its cells are media, and only words in the log."""
    found = fullmatch(r"wandb-client-artifact://([0-9a-z]+)/.*", address) if isinstance(address, str) else None
    return tables.get(found[1]) if found else None


def _system_rows(parts: Sequence[Part]) -> Iterator[Row]:
    step = 0
    for part in parts:
        for message in messages(part.path):
            kind = message.WhichOneof("record_type")
            if kind == "history" and message.history.HasField("step"):
                step = message.history.step.num
            elif kind == "stats":
                values = {item.key: items.value(item) for item in message.stats.item}
                numbers = {name: float(one) for name, one in values.items() if isinstance(one, (int, float))}
                yield step, message.stats.timestamp.ToNanoseconds(), numbers


def _files(part: Part, watch: Watch) -> Iterator[tuple[str, Path]]:
    """What the run saved, and its output."""
    root = part.path.parent / "files"
    for name in dict.fromkeys(["output.log", *part.saved]):
        path = root / name
        # W&B saves a file as a link to where it lies, so that here the link is followed; its own place is checked.
        if ".." not in path.parts and path.is_relative_to(root) and path.is_file():
            yield name, path
        elif name != "output.log":
            watch.note(f"the saved file {name} is missing")


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
    for item in record.item:
        text = item.value_json
        if items.spells_float(text) or (not text and items.typed(item) == "number"):
            part.floats.add("/".join(items.keys(item)))
    row = items.tree(record.item)
    if part.first_ns is None:
        part.first_ns = _nanoseconds(row.get("_timestamp"))
    part.last |= row


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
