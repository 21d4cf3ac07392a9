"""What is known of a snapshot: ``snapshot.json`` in its folder, and its line in the report's manifest."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trackio.errors import ReportError
from trackio.report.snapshots import numbers

FILE = "snapshot.json"
FORMAT = 1


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One snapshot of a report."""

    number: int
    label: str | None
    data_hash: str
    """Of all data in it, in hexadecimal."""
    projects: Mapping[str, str]
    """The same by project, by name."""
    date: str
    """The day of its newest record: ``2024-11-21``; empty without runs."""
    generator: str
    files: Mapping[str, tuple[int, str]]
    """The size and the SHA-256 of each file, by its path in the snapshot; its own list aside."""

    @property
    def name(self) -> str:
        """Its folder."""
        return numbers.name(self.number)

    @property
    def title(self) -> str:
        """Its name, and its label in brackets."""
        return f"{self.name} ({self.label})" if self.label else self.name

    def stated(self) -> dict[str, Any]:
        """What manifests say of it."""
        return {
            "number": self.number,
            "name": self.name,
            "label": self.label,
            "data_hash": self.data_hash,
            "date": self.date or None,
            "generator": self.generator,
            "path": f"{self.name}/index.html",
        }

    def encoded(self) -> bytes:
        """The bytes of its file."""
        lines = [f"{json.dumps(path)}: {json.dumps(list(found))}" for path, found in sorted(self.files.items())]
        about = {"trackio_snapshot": FORMAT, **self.stated(), "projects": dict(sorted(self.projects.items()))}
        head = json.dumps(about, indent=1)[:-2]
        return (head + ',\n "files": {\n' + ",\n".join(lines) + "\n}}\n").encode()


def decode(data: bytes) -> Snapshot | None:
    """The snapshot that a file tells of; None when it cannot be read."""
    try:
        found = json.loads(data)
        if found["trackio_snapshot"] != FORMAT:
            return None
        return Snapshot(
            number=int(found["number"]),
            label=None if found["label"] is None else str(found["label"]),
            data_hash=str(found["data_hash"]),
            projects={str(name): str(digest) for name, digest in found["projects"].items()},
            date=str(found["date"] or ""),
            generator=str(found["generator"]),
            files={str(path): (int(size), str(digest)) for path, (size, digest) in found["files"].items()},
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def folders(report: Path) -> dict[int, Path]:
    """Everything in a report that is called as a snapshot is, by number."""
    found = {}
    for path in report.iterdir() if report.is_dir() else ():
        own = numbers.number(path.name)
        if own is not None:
            found[own] = path
    return dict(sorted(found.items()))


def refuse(path: Path) -> None:
    """Raise ReportError for what is a snapshot or would lie in one."""
    place = path.resolve()
    for folder in (place, *place.parents):
        if read(folder) is not None:
            what = "is" if folder == place else f"would lie in {folder}, which is"
            raise ReportError(f"{path} {what} a snapshot, and never changed. Name another place with --output.")


def read(folder: Path) -> Snapshot | None:
    """The snapshot in a folder; None where its list is missing, unreadable or another's."""
    try:
        found = decode((folder / FILE).read_bytes())
    except OSError:
        return None
    return found if found is not None and found.name == folder.name else None
