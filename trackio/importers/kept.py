"""Media that refer to stored files already, as a project or an export of one has them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trackio import references
from trackio.errors import StoreError, UsageError
from trackio.importers.imported import Row
from trackio.importers.told import parsed
from trackio.media.base import Media, Place
from trackio.records import Scalar
from trackio.store.blobs import Blobs

_NESTING = (".table.json", ".trace.json")
"""Files that have references in them."""


@dataclass(frozen=True, slots=True)
class Kept(Media):
    """A reference as another project has it, with the files that it leads to."""

    body: Mapping[str, Any]
    blobs: Blobs

    def reference(self, place: Place) -> dict[str, Any]:
        """The same reference, once its files are in the project."""
        for name in files(self.body, self.blobs):
            take(self.blobs.path(name), place.blobs)
        return dict(self.body)


def files(body: object, blobs: Blobs) -> set[str]:
    """The stored files that a reference leads to, those that tables and traces name inside their files included.

    Raises UsageError where one is gone or cannot be read.
    """
    found: set[str] = set()
    waiting = list(references.files(body))
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        path = blobs.path(name)
        # Files are stored as such: a link was put there to bring in another.
        if not path.is_file() or path.is_symlink():
            raise UsageError("its file is missing")
        if name.endswith(_NESTING):
            try:
                waiting += references.files(parsed(blobs.read(name)))
            except (ValueError, StoreError) as error:
                raise UsageError(f"its file cannot be read ({str(error).rstrip('.')})") from None
    return found


def take(path: Path, blobs: Blobs) -> None:
    """Copy a file that another project has stored; raises UsageError when it is not what its name says."""
    target = blobs.path(path.name)
    try:
        if not target.is_file():
            Blobs(path.parents[2]).copy_to(path.name, target)
    except StoreError as error:
        raise UsageError(f"its file cannot be read ({str(error).rstrip('.')})") from None


def kept_rows(rows: Iterable[tuple[int, int, Mapping[str, Scalar]]], blobs: Blobs) -> Iterator[Row]:
    """Rows with the references in them as media whose files lie in ``blobs``."""
    for step, time_ns, values in rows:
        yield step, time_ns, {name: _value(value, blobs) for name, value in values.items()}


def _value(value: Scalar, blobs: Blobs) -> Scalar | Kept:
    body = references.decode(value)
    return value if body is None else Kept(body, blobs)
