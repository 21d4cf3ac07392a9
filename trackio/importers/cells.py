"""Rows of a table, whatever kind of file it lies in, and what their cells mean."""

from __future__ import annotations

import ast
import csv
import json
import math
from collections.abc import Callable, Iterator
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from typing import Any

from trackio.importers import parquet_rows
from trackio.importers.csv import scalar
from trackio.importers.imported import ImportFailed
from trackio.importers.told import parsed

_WORDS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf, "True": True, "False": False}
_LONGEST_CELL = 1 << 24


def header(path: Path) -> list[str]:
    """The names of the columns; of JSON those of the first rows. Raises ImportFailed for another kind of file."""
    if path.suffix.lower() == ".csv":
        return next(_lines(path))
    if path.suffix.lower() == ".parquet":
        return parquet_rows.header(path)
    return list(dict.fromkeys(name for row in islice(rows(path), 100) for name in row))


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a file, one at a time; cells that hold nothing are left out. Raises ImportFailed."""
    made = _KINDS.get(path.suffix.lower())
    if made is None:
        raise ImportFailed(path, f"it is none of {', '.join(_KINDS)}")
    for row in made(path):
        yield {name: value for name, cell in row.items() if name and (value := meaning(cell)) is not None}


def meaning(cell: Any) -> Any:
    """What a cell holds; None for nothing. Pandas writes dicts and lists into CSV as Python spells them."""
    if isinstance(cell, dict):
        found = {key: one for key, part in cell.items() if (one := meaning(part)) is not None}
        return found or None
    if not isinstance(cell, str):
        return cell
    if cell[:1] + cell[-1:] in ("{}", "[]"):
        for read in (parsed, _as_python):
            try:
                return read(cell)
            except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
                continue
    return _WORDS.get(cell, cell) if cell.strip() else None


def _as_python(cell: str) -> Any:
    """What JSON can hold of a literal; sets and bytes stay the text that they are."""
    return parsed(json.dumps(ast.literal_eval(cell)))


def digest(path: Path) -> str:
    """What a file is called by its content."""
    found = blake2b(digest_size=16)
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            found.update(chunk)
    return found.hexdigest()


def nanoseconds(time: float) -> int:
    """The API gives seconds; pandas makes nanoseconds of times, and old clients wrote milliseconds."""
    if abs(time) > 1e17:
        return int(time)
    return int(time * 1e6) if abs(time) > 1e11 else round(time * 1e6) * 1000


def _csv(path: Path) -> Iterator[dict[str, Any]]:
    lines = _lines(path)
    names = next(lines)
    for number, row in enumerate(lines, 2):
        if len(row) > len(names):
            raise ImportFailed(path, f"{len(row)} cells where the header has {len(names)}", number)
        yield {name: scalar(cell) for name, cell in zip(names, row, strict=False) if cell.strip()}


def _lines(path: Path) -> Iterator[list[str]]:
    csv.field_size_limit(_LONGEST_CELL)
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file)
        try:
            first = next(reader, None)
            if not first:
                raise ImportFailed(path, "it has no header line")
            yield [name.strip() for name in first]
            yield from (row for row in reader if row)
        except (csv.Error, UnicodeDecodeError) as error:
            raise ImportFailed(path, str(error), reader.line_num) from None


def _jsonl(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                row = parsed(line)
            except ValueError:
                # The last line of a run that was killed is torn.
                if not line.endswith("\n") and number > 1:
                    return
                raise ImportFailed(path, "it is no JSON", number) from None
            if not isinstance(row, dict):
                raise ImportFailed(path, "it is no JSON object", number)
            yield row


def _json(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        if file.read(1) != "[":
            yield from _jsonl(path)
            return
        file.seek(0)
        try:
            found = parsed(file.read())
        except ValueError as error:
            raise ImportFailed(path, f"it is no JSON ({error})") from None
    yield from (row for row in found if isinstance(row, dict))


_KINDS: dict[str, Callable[[Path], Iterator[dict[str, Any]]]] = {
    ".csv": _csv,
    ".parquet": parquet_rows.rows,
    ".jsonl": _jsonl,
    ".json": _json,
}
