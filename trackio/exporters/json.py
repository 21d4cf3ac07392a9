"""Runs as JSON, with everything that was recorded: one object, or a line for each thing where the file is ``.jsonl``.

NaN and infinities, which JSON lacks, are ``"NaN"``, ``"Infinity"`` and ``"-Infinity"``; a text of one of these words is
``{"_text": "NaN"}``. A medium is its reference as an object, whose files lie beside in ``<name>-trackio/files``.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trackio.errors import UsageError
from trackio.exporters.beside import Beside
from trackio.exporters.description import describe
from trackio.exporters.exported import Carried, ExportedRun, whole
from trackio.importers.imported import Watch
from trackio.records import Scalar
from trackio.version import __version__

FORMAT = 1
WORDS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
TEXT = "_text"
SUFFIXES = (".json", ".jsonl")

_BUFFER_BYTES = 1 << 20
_PROGRESS_ROWS = 2000


@dataclass(frozen=True, slots=True)
class Options:
    """How to write."""

    files: bool = True
    """Whether media, saved files and artifacts are copied too."""


def folder_of(path: Path) -> Path:
    """Where the files of an export lie."""
    return path.with_name(f"{path.stem}-trackio")


def write(runs: Sequence[ExportedRun], output: str, options: Options, carried: Carried, watch: Watch) -> None:
    """Write runs to one file, and what they refer to beside it."""
    path = Path(output)
    if path.is_dir() or path.suffix.lower() not in SUFFIXES:
        raise UsageError(f"{path}: JSON goes into a file that ends in .json or .jsonl.")
    beside = Beside(folder_of(path) if options.files else None, carried)
    lines = _lines if path.suffix.lower() == ".jsonl" else _object
    with whole(path) as draft, draft.open("w", encoding="utf-8", newline="\n", buffering=_BUFFER_BYTES) as file:
        file.writelines(lines(runs, beside, carried, watch))
    carried.runs += [run.record.id for run in runs]
    carried.written += [str(path), *beside.written]


def spelt(values: Mapping[str, Scalar], media: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a row as JSON holds them, so that each reads back as what it was."""
    found: dict[str, Any] = {}
    for name, value in values.items():
        if name in media:
            found[name] = media[name]
        elif isinstance(value, float) and not math.isfinite(value):
            found[name] = "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
        elif isinstance(value, str) and value in WORDS:
            found[name] = {TEXT: value}
        else:
            found[name] = value
    return found


def _head(runs: Sequence[ExportedRun]) -> dict[str, Any]:
    return {"trackio": __version__, "format": FORMAT, "project": runs[0].record.project}


def _lines(runs: Sequence[ExportedRun], beside: Beside, carried: Carried, watch: Watch) -> Iterator[str]:
    yield _dumps({"type": "project", **_head(runs)}) + "\n"
    for run in runs:
        yield _dumps({"type": "run", **_described(run, beside, carried)}) + "\n"
        for kind in ("row", "system"):
            for row in _rows(run, kind, beside, carried, watch):
                yield f'{{"type":"{kind}",{row[1:]}\n'
        for event in run.energy():
            yield _dumps({"type": "energy", **event}) + "\n"


def _object(runs: Sequence[ExportedRun], beside: Beside, carried: Carried, watch: Watch) -> Iterator[str]:
    yield _dumps(_head(runs))[:-1] + ',"runs":[\n'
    for number, run in enumerate(runs):
        yield (",\n" if number else "") + _dumps(_described(run, beside, carried))[:-1]
        for kind, name in (("row", "rows"), ("system", "system_rows")):
            yield f',\n"{name}":['
            for place, row in enumerate(_rows(run, kind, beside, carried, watch)):
                yield (",\n" if place else "\n") + row
            yield "]"
        yield ',\n"energy":['
        for place, event in enumerate(run.energy()):
            yield (",\n" if place else "\n") + _dumps(event)
        yield "]}"
    yield "\n]}\n"


def _described(run: ExportedRun, beside: Beside, carried: Carried) -> dict[str, Any]:
    body = describe(run, carried)
    for part in ("events", "artifacts"):
        for one in body[part]:
            beside.keep(str(one.get("name") or one.get("event")), one, run.blobs)
    return body


def _rows(run: ExportedRun, kind: str, beside: Beside, carried: Carried, watch: Watch) -> Iterator[str]:
    total = max(1, run.record.row_count)
    rows = run.rows() if kind == "row" else run.system_rows()
    for number, (step, time_ns, values) in enumerate(rows):
        media = beside.row(values, run.blobs)
        carried.points += len(values)
        yield _dumps({"step": step, "time_ns": time_ns, "values": spelt(values, media)})
        if kind == "row" and number % _PROGRESS_ROWS == 0:
            watch.progress(run.record.name, number, total)


def _dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
