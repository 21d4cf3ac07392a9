"""The JSON schemas of what commands print with ``--json``: in the package when it was installed, else in ``docs/``."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

_PACKAGE = Path(__file__).parents[1]


def folder() -> Path:
    """Where the schemas lie, a file for each command: ``list-runs.json``."""
    shipped = _PACKAGE / "_schemas"
    return shipped if shipped.is_dir() else _PACKAGE.parent / "docs" / "schemas"


@cache
def schema(name: str) -> dict[str, Any]:
    """The schema of that name (draft 2020-12, without references); it is shared, so leave it as it is."""
    found: dict[str, Any] = json.loads((folder() / f"{name}.json").read_text("utf-8"))
    return found
