"""Logged tables: the first rows on the page, all that a browser can sort at once in a script, every row as CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from trackio.report.media import fields
from trackio.report.media.found import Need, is_file
from trackio.report.media.place import Place, Unavailable
from trackio.report.media.views import Sheet, SheetCell

if TYPE_CHECKING:
    from trackio.report.media.views import View

FIRST_ROWS = 10
SCRIPT_ROWS = 10_000
"""More are in the CSV only: sorting and filtering stay quick, and a page small."""
LONGEST_CELL = 2_000

See = Callable[[object, Place], "View"]
"""Makes the view of a medium in a cell."""


def sheet(reference: Mapping[str, Any], place: Place, see: See) -> Sheet:
    """A table; ``see`` shows the media in its cells."""
    blob = reference.get("file")
    if not is_file(blob):
        raise Unavailable("its reference names no file")
    need = Need(str(blob))
    columns, rows = parse(place.read(need.blob))
    shown = [[_cell(value, place, see) for value in row] for row in rows[:FIRST_ROWS]]
    return Sheet(
        columns=tuple(columns),
        numeric=tuple(_is_numeric(column, rows[:100]) for column in range(len(columns))),
        rows=tuple(map(tuple, shown)),
        count=len(rows),
        script=place.address(need, ".table.js") if len(rows) > FIRST_ROWS and not place.is_single else None,
        links=place.link("CSV", need, ".table.csv"),
        caption=fields.text(reference.get("caption")),
    )


def parse(data: bytes) -> tuple[list[str], list[list[Any]]]:
    """Columns and rows, each of as many cells as there are columns; raises Unavailable for what is no table."""
    try:
        document = fields.mapping(json.loads(data))
    except (ValueError, RecursionError):
        raise Unavailable("damaged: it is no table") from None
    rows = [fields.listed(row) for row in fields.listed(document.get("data"))]
    columns = [fields.words(name) for name in fields.listed(document.get("columns"))]
    width = max([len(columns), *map(len, rows[:1])])
    columns += [f"column {number + 1}" for number in range(len(columns), width)]
    return columns, [[*row[:width], *([None] * (width - len(row)))] for row in rows]


def script_value(data: bytes, html: Callable[[object], str]) -> dict[str, Any]:
    """What the browser is given of a table: numbers and texts, and media as ``{"h": html}``."""
    columns, rows = parse(data)

    def cell(value: object) -> Any:
        if isinstance(value, Mapping) and _is_medium(value):
            return {"h": html(value)}
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, int):
            return value if abs(value) < 2**53 else str(value)
        found = fields.number(value)
        return found if found is not None else fields.cut(fields.words(value), LONGEST_CELL)

    return {"columns": columns, "rows": [[cell(value) for value in row] for row in rows[:SCRIPT_ROWS]]}


def csv_bytes(data: bytes) -> bytes:
    """All rows; of media the names of their files."""
    columns, rows = parse(data)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_plain(value) for value in row] for row in rows)
    return out.getvalue().replace("\0", "\ufffd").encode("utf-8", "replace")


def _cell(value: object, place: Place, see: See) -> SheetCell:
    if isinstance(value, Mapping) and _is_medium(value):
        return SheetCell("", is_number=False, view=see(value, place))
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    text = "true" if value is True else "false" if value is False else fields.words(value)
    return SheetCell(fields.cut(text, LONGEST_CELL), is_number=is_number, view=None)


def _is_medium(value: Mapping[str, Any]) -> bool:
    kind = value.get("_type")
    return isinstance(kind, str) and kind.startswith("trackio.")


def _is_numeric(column: int, rows: Sequence[Sequence[object]]) -> bool:
    values = [row[column] for row in rows if row[column] is not None]
    return bool(values) and all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in values)


def _plain(value: object) -> object:
    if isinstance(value, Mapping) and _is_medium(value):
        name = value.get("file")
        return f"media/{name}" if is_file(name) else fields.words(value.get("_value") or value.get("_type"))
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, int) else fields.words(value)
