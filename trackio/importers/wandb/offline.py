"""One offline run of W&B, from the files in which it lies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from pathlib import Path
from re import fullmatch
from typing import Any

from trackio.definitions import EVENT
from trackio.importers.imported import Alert, Event, ImportedRun, Row, Watch
from trackio.importers.media import MediaFiles, Reference
from trackio.importers.wandb import artifacts, items
from trackio.importers.wandb.media import WandbMedia
from trackio.importers.wandb.part import Part, messages, nanoseconds
from trackio.importers.wandb.staging import staged
from trackio.importers.within import is_within
from trackio.store.blobs import Blobs

_LEVELS = {"": "info", "INFO": "info", "WARN": "warn", "ERROR": "error"}


def run(parts: Sequence[Part], watch: Watch) -> ImportedRun:
    """The run whose parts these are; a run that was resumed has several, here by when they began."""
    first, last = parts[0], parts[-1]
    # An export was begun after its rows.
    created_ns = min(part.first_ns or part.started_ns for part in parts)
    merged = {key: value for part in parts for key, value in part.identity.items() if value}
    config = {key: value for part in parts for key, value in part.config.items()}
    sizes = "+".join(f"{part.path.parent.name}/{part.path.name}:{part.size}" for part in parts)
    definitions = {name: one for part in parts for name, one in part.definitions.items()}
    found = ImportedRun(
        id=_id(merged),
        name=merged.get("name") or merged["run_id"],
        group=merged.get("group"),
        config={key: value for key, value in config.items() if key != "_wandb"},
        project=merged.get("project") or "uncategorized",
        fingerprint=sizes,
        origin=_origin(merged),
        job_type=merged.get("job_type"),
        tags=merged.get("tags", ()),
        notes=merged.get("notes"),
        summary=items.beyond(
            {key: value for part in parts for key, value in part.summary.items()},
            {key: value for part in parts for key, value in part.last().items()},
            definitions.values(),
        ),
        status="crashed" if last.exit_code is None else "failed" if last.exit_code else "finished",
        exit_code=last.exit_code,
        created_ns=min(created_ns, first.started_ns),
    )
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
    if fullmatch("[0-9a-z]{8}", run_id):
        # Made by chance, as here: no other run has it.
        return run_id
    # One that a person chose may be another run's in another project of W&B.
    return f"{run_id}-{blake2b(_origin(identity).encode(), digest_size=4).hexdigest()}"


def _origin(identity: Mapping[str, Any]) -> str:
    return f"{identity.get('entity', '')}/{identity.get('project', '')}"


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
                    # W&B shuffles them.
                    yield step, time_ns, dict(sorted(row.items()))
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
    return step, nanoseconds(seconds) or time_ns


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
    folder = part.path.parent
    root = folder / "files"
    for name in dict.fromkeys(["output.log", *part.saved]):
        path = root / name
        if ".." in path.parts or not path.is_relative_to(root) or not path.is_file():
            if name != "output.log":
                watch.note(f"the saved file {name} is missing")
        elif is_within(path, folder) or _is_beside(path, folder):
            yield name, path
        else:
            watch.note(f"the saved file {name}, a link to elsewhere; `cp -rL` of the whole folder makes it a file")


def _is_beside(path: Path, folder: Path) -> bool:
    """Whether a link leads to a plain file below the folder of the script, from which W&B saves files as links."""
    if folder.parent.name not in ("wandb", ".wandb") or not is_within(path, script := folder.parent.parent):
        return False
    # A home folder that was the script's has keys in it.
    return not any(name.startswith(".") for name in path.resolve().relative_to(script.resolve()).parts)
