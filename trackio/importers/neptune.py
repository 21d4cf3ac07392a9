"""What neptune-exporter leaves of a Neptune project: Parquet files with a row for each value of an attribute.

Runs are split over ``*_part_<n>.parquet``. Float series are metrics, single values config, string series texts,
histograms histograms. Files are looked for below the folder that ``--files-path`` named, ``files`` beside ``data``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from hashlib import blake2b
from pathlib import Path
from typing import Any

from trackio.errors import UsageError
from trackio.importers import parquet_rows
from trackio.importers.imported import ImportedRun, ImportFailed, Row, Watch
from trackio.importers.media import Foreign, MediaFiles, Reference
from trackio.store.blobs import Blobs

COLUMNS = frozenset({"run_id", "attribute_path", "attribute_type", "step", "float_value"})
_SINGLE = {"float": "float_value", "int": "int_value", "string": "string_value", "bool": "bool_value",
           "datetime": "datetime_value", "string_set": "string_set_value"}  # fmt: skip
_SERIES = {"float_series": "float_value", "string_series": "string_value", "histogram_series": "histogram_value"}
_NAMES = ("sys/name", "sys/custom_run_id")


@dataclass(slots=True)
class _Told:
    """What the single values of a run say."""

    project: str
    run_id: str
    parts: list[Path] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    count: int = 0
    first_ns: int | None = None


def is_export(path: Path) -> bool:
    """Whether a file has the columns of such an export."""
    try:
        return set(parquet_rows.header(path)) >= COLUMNS
    except ImportFailed:
        return False


def runs(paths: Sequence[Path], watch: Watch) -> Iterator[ImportedRun]:
    """The runs of all these files, by when they began."""
    found: dict[tuple[str, str], _Told] = {}
    for path in paths:
        try:
            _look_through(path, found)
        except ImportFailed as error:
            watch.failed(error)
    for told in sorted(found.values(), key=lambda one: (_created(one), one.run_id)):
        yield _run(told, watch)


def _look_through(path: Path, found: dict[tuple[str, str], _Told]) -> None:
    for row in parquet_rows.rows(path):
        project, run_id, kind, name = (
            str(row.get(key, "")) for key in ("project_id", "run_id", "attribute_type", "attribute_path")
        )
        one = found.setdefault((project, run_id), _Told(project, run_id))
        if path not in one.parts:
            one.parts.append(path)
        one.count += 1
        if kind in _SINGLE and _SINGLE[kind] in row:
            one.values[name] = row[_SINGLE[kind]]
        elif kind == "file" and isinstance(row.get("file_value"), Mapping):
            one.files[name] = str(row["file_value"].get("path"))
        elif kind in _SERIES and "timestamp" in row:
            one.first_ns = min(row["timestamp"], row["timestamp"] if one.first_ns is None else one.first_ns)


def _created(one: _Told) -> int:
    told = one.values.get("sys/creation_time")
    return told if isinstance(told, int) else one.first_ns or 0


def _run(told: _Told, watch: Watch) -> ImportedRun:
    values = told.values
    failed = bool(values.get("sys/failed"))
    run = ImportedRun(
        id=f"neptune-{blake2b(f'{told.project} {told.run_id}'.encode(), digest_size=8).hexdigest()}",
        name=next((str(values[key]) for key in _NAMES if values.get(key)), told.run_id),
        group=str(values["sys/group_tags"][0]) if values.get("sys/group_tags") else None,
        config={key: value for key, value in values.items() if not key.startswith("sys/")},
        project=told.project.rpartition("/")[2] or None,
        fingerprint=f"{told.project} {told.run_id} {told.count}",
        tags=[str(tag) for tag in values.get("sys/tags") or ()],
        notes=values.get("sys/description") or None,
        status="failed" if failed else "finished",
        exit_code=int(failed),
        created_ns=_created(told),
    )
    folder = _files_folder(told.parts[0])
    for name, file in told.files.items():
        try:
            run.files.append((name, MediaFiles(folder, Blobs(folder), watch.note).path(file)))
        except UsageError as error:
            watch.note(f"the file {name}: {error}")
    run.rows = partial(_rows, told, watch)
    return run


def _files_folder(part: Path) -> Path:
    """``.../data/<project>/<run>_part_0.parquet`` has its files below ``.../files``."""
    return next((above / "files" for above in part.parents if (above / "files").is_dir()), part.parent)


def _rows(told: _Told, watch: Watch) -> Iterator[Row]:
    """A row for each step and time, put together in memory: the file has one attribute after the other."""
    rows: dict[tuple[int, int], dict[str, Any]] = {}
    for path in told.parts:
        for row in parquet_rows.rows(path):
            kind = row.get("attribute_type")
            if row.get("run_id") != told.run_id or row.get("project_id", "") != told.project:
                continue
            if kind == "file_series":
                watch.note("a series of files")
            value = row.get(_SERIES.get(str(kind), ""))
            if value is None:
                continue
            step = row.get("step") or 0.0
            if step != int(step):
                watch.note("a step between two whole ones, which became the one below")
            place = rows.setdefault((int(step), row.get("timestamp", _created(told))), {})
            place[str(row["attribute_path"])] = _value(value)
    for (step, time_ns), values in sorted(rows.items()):
        yield step, time_ns, values


def _value(value: Any) -> Any:
    return Foreign(value, _histogram) if isinstance(value, Mapping) else value


def _histogram(_name: str, value: Mapping[str, Any], _blobs: Blobs) -> Reference:
    edges, counts = list(value.get("edges") or ()), list(value.get("values") or ())
    if len(edges) != len(counts) + 1:
        raise UsageError("its edges do not fit its values")
    return {"_type": "trackio.histogram", "bins": edges, "values": counts}
