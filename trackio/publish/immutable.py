"""Snapshots in a Space: they never change, and go only where they were removed on request."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from trackio.errors import PublishError
from trackio.report.snapshots import numbers
from trackio.report.snapshots.shelf import PRUNED


def check(space_id: str, sent: Iterable[str], there: Mapping[str, str]) -> None:
    """Refuse to change a snapshot of the Space; raises PublishError. ``sent`` are the paths that would be written."""
    changed = sorted({path.partition("/")[0] for path in sent if path in there and numbers.is_kept(path)})
    if changed:
        raise PublishError(
            f"{space_id} was left as it is",
            f"its snapshot {changed[0]} is not the one in this folder, and snapshots never change",
            "Publish from the folder that it was made in, or name another Space.",
        )


def staying(stale: Iterable[str], manifest: Path | bytes) -> set[str]:
    """The files of snapshots that the folder does not have and never had removed; ``manifest`` is the folder's."""
    found: Mapping[str, Any] = json.loads(manifest if isinstance(manifest, bytes) else manifest.read_bytes())
    pruned = {numbers.name(number) for number in found.get(PRUNED, ())}
    return {path for path in stale if numbers.is_kept(path) and path.partition("/")[0] not in pruned}
