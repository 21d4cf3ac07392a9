"""The only reader of ``os.environ``: each setting is a function that names its variable and its default."""

from __future__ import annotations

import os
from pathlib import Path


def home() -> Path:
    """Where projects lie: ``TRACKIO_DIR``, else ``~/.trackio``."""
    value = os.environ.get("TRACKIO_DIR")
    return Path(value).expanduser() if value else Path.home() / ".trackio"


def text(*names: str) -> str | None:
    """The first of the variables that is set and not empty."""
    for name in names:
        value = os.environ.get(name)
        if value:
            return value
    return None
