"""The artifacts that an offline run logged, from the files that W&B holds ready for their upload."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from trackio.artifacts.manifest import Entry
from trackio.errors import InvalidArtifact, UsageError
from trackio.importers.imported import Version, Watch
from trackio.importers.told import parsed
from trackio.importers.wandb.staging import is_entry

_OWN = ("run_table", "wandb-history", "code", "job")
"""Types that W&B logs by itself."""


def is_logged(record: Any) -> bool:
    """Whether an ``ArtifactRecord`` is of an artifact that the script logged."""
    return record.finalize and record.type not in _OWN and not record.type.startswith("wandb-")


def versions(records: Sequence[Any], time_ns: int, watch: Watch) -> list[Version]:
    """The versions, with their files as they lie; W&B removes those after an upload, which is noted."""
    found = []
    for record in records:
        try:
            found.append(_version(record, time_ns))
        except (UsageError, InvalidArtifact) as error:
            watch.note(f"the artifact {record.name}: {str(error).rstrip('.')}")
    return found


def _version(record: Any, time_ns: int) -> Version:
    if record.manifest.manifest_file_path and not record.manifest.contents:
        raise UsageError("its list of files is kept elsewhere")
    return Version(
        name=record.name,
        type=record.type,
        entries=[_entry(one) for one in record.manifest.contents],
        time_ns=time_ns,
        aliases=[alias for alias in record.aliases if alias != "latest"],
        tags=list(record.tags),
        description=record.description or None,
        metadata=_metadata(record.metadata),
    )


def _entry(one: Any) -> Entry:
    if one.ref:
        return Entry(one.path, ref=one.ref, digest=one.digest or one.ref, size=one.size or None)
    path = Path(one.local_path)
    if not one.local_path or not is_entry(path, one):
        raise UsageError(f"{one.path} is no longer held ready")
    return Entry(one.path, size=one.size, local_path=path)


def _metadata(text: str) -> dict[str, Any]:
    try:
        found = parsed(text or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
