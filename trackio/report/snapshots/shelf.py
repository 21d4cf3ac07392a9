"""The snapshots that lie in a report's folder: read, checked, made, and removed on request.

Whoever uses it holds the folder's lock. A snapshot is filled under a hidden name and takes its own when it is whole;
one that goes loses its name first. So a build that is killed leaves no half of one, and the next removes the rest.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from trackio.errors import ReportError, UsageError
from trackio.report.snapshots import entry, numbers
from trackio.report.snapshots.copying import Copier, by_content
from trackio.report.snapshots.entry import Snapshot
from trackio.report.urls import MANIFEST

PRUNED = "pruned_snapshots"
"""In the manifest: the numbers of snapshots that were removed, and are not given again."""

_HIDDEN = re.compile(r"\.v[0-9]+\.(?:part|gone)")


@dataclass(frozen=True, slots=True)
class Made:
    """A snapshot that was made."""

    snapshot: Snapshot
    new_bytes: int
    shared_bytes: int


class Shelf:
    """The snapshots of one report."""

    def __init__(self, report: Path) -> None:
        self.report = report
        self.damage: list[str] = []
        """What is wrong with snapshots that are there, a sentence each."""
        self._clean()
        folders = entry.folders(report)
        found = {number: entry.read(path) for number, path in folders.items()}
        self.snapshots = [one for one in found.values() if one is not None]
        """Those that can be read, oldest first."""
        self.pruned = _pruned(report)
        self._taken = {*found, *self.pruned}
        for number, one in found.items():
            self._check(folders[number], one)

    @property
    def is_used(self) -> bool:
        """Whether there is a snapshot, or ever was one."""
        return bool(self.snapshots or self.pruned)

    def holding(self, digest: str, project: str | None = None) -> Snapshot | None:
        """The newest snapshot with this data, of a project or of all."""
        for one in reversed(self.snapshots):
            if (one.data_hash if project is None else one.projects.get(project)) == digest:
                return one
        return None

    def having(self, label: str | None, digest: str) -> Snapshot | None:
        """The snapshot that has this data and label already; without a label the newest one will do.

        Raises UsageError for a label that other data has.
        """
        if label is None:
            return self.snapshots[-1] if self.snapshots and self.snapshots[-1].data_hash == digest else None
        for one in self.snapshots:
            if one.label == label:
                if one.data_hash == digest:
                    return one
                raise UsageError(
                    f"--snapshot {label!r}: {one.name} has that label and other data, and stays as it is. "
                    "Choose another label; the report itself is up to date."
                )
        return None

    def make(self, about: Snapshot, fill: Iterable[tuple[str, Path | bytes]]) -> Made:
        """Make a snapshot of these files, which are bytes or to be copied; ``about`` gets its number here."""
        name = about.name
        draft = self.report / f".{name}.part"
        copier = Copier(draft, by_content(self.report, self.snapshots))
        try:
            draft.mkdir()
            for path, source in fill:
                if isinstance(source, bytes):
                    copier.write(path, source)
                else:
                    copier.copy(path, source)
            made = replace(about, files=copier.files)
            copier.write(entry.FILE, made.encoded())
            draft.rename(self.report / name)
        except OSError as error:
            shutil.rmtree(draft, ignore_errors=True)
            raise ReportError(
                f"The snapshot {name} could not be written ({error.strerror or error}). The report itself is up to "
                "date; make room and run the report again."
            ) from error
        except BaseException:
            shutil.rmtree(draft, ignore_errors=True)
            raise
        self.snapshots.append(made)
        self._taken.add(made.number)
        return Made(made, copier.new_bytes, copier.shared_bytes)

    def following(self) -> int:
        """The number of the next snapshot."""
        return numbers.following(self._taken)

    def going(self, asked: str) -> list[Snapshot]:
        """The snapshots that ``--prune-snapshots`` names; raises UsageError."""
        going = numbers.pruned(asked, [(one.number, one.label) for one in self.snapshots])
        return [one for one in self.snapshots if one.number in going]

    def drop(self, snapshots: Iterable[Snapshot]) -> None:
        """Remove snapshots for good."""
        for one in snapshots:
            hidden = self.report / f".{one.name}.gone"
            try:
                (self.report / one.name).rename(hidden)
            except OSError as error:
                raise ReportError(f"{one.name} could not be removed ({error.strerror or error}).") from error
            self.snapshots.remove(one)
            self.pruned = sorted({*self.pruned, one.number})
            shutil.rmtree(hidden, ignore_errors=True)

    def stated(self) -> dict[str, list[Any]]:
        """What the report's manifest says of them."""
        found: dict[str, list[Any]] = {"snapshots": [one.stated() for one in self.snapshots]}
        return found | ({PRUNED: self.pruned} if self.pruned else {})

    def _clean(self) -> None:
        for path in self.report.glob(".v*"):
            if _HIDDEN.fullmatch(path.name) and path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)

    def _check(self, folder: Path, found: Snapshot | None) -> None:
        """Say what is missing or of another size; contents are compared where they are shared."""
        if found is None:
            if (folder / MANIFEST).is_file():
                self.damage.append(f"The snapshot {folder.name} is damaged: its {entry.FILE} is gone or unreadable.")
            return
        wrong = [path for path, (size, _) in found.files.items() if not _has_size(folder / path, size)]
        if wrong:
            named = ", ".join(sorted(wrong)[:3]) + (f" and {len(wrong) - 3:,} more" if len(wrong) > 3 else "")
            self.damage.append(
                f"The snapshot {found.title} is damaged: {named} {'is' if len(wrong) == 1 else 'are'} missing or "
                "changed. It was left as it is; put back a copy of it."
            )


def _has_size(path: Path, size: int) -> bool:
    try:
        return path.stat().st_size == size
    except OSError:
        return False


def _pruned(report: Path) -> list[int]:
    try:
        found: Mapping[str, Any] = json.loads((report / MANIFEST).read_bytes())
        told = [*found.get(PRUNED, ()), *(one["number"] for one in found.get("snapshots", ()))]
        numbers_told = {int(number) for number in told}
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return []
    return sorted(numbers_told - entry.folders(report).keys())
