"""The files of a Space with a report: those of the built folder, large ones in parts, and the Space's card."""

from __future__ import annotations

import json
from pathlib import Path

from trackio.publish import parts, space_card
from trackio.report.cache import NAME as CACHE
from trackio.report.urls import MANIFEST

_PRIVATE = CACHE.removesuffix(".json")
"""What the names of files begin with that a build keeps for the next one."""


def contents(folder: Path, host: str, scratch: Path) -> dict[str, Path | bytes]:
    """By path; ``scratch`` is a folder for what is only made to be sent."""
    found: dict[str, Path | bytes] = {}
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.is_symlink() or path.name.startswith(_PRIVATE):
            continue
        name = path.relative_to(folder).as_posix()
        found[name] = path
        if parts.is_parted(name, path.stat().st_size):
            for number, (part, content) in enumerate(parts.parts(name, path.read_bytes(), host).items()):
                place = scratch / f"{len(found)}-{number}"
                place.write_bytes(content)
                found[part] = place
    found[space_card.NAME] = space_card.card(json.loads((folder / MANIFEST).read_bytes()), host)
    return found
