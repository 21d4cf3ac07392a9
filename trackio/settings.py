"""The only reader of ``os.environ``: each setting is a function that names its variable and its default."""

from __future__ import annotations

import os
from pathlib import Path

from trackio.errors import UsageError


def home() -> Path:
    """Where projects lie: ``TRACKIO_DIR``, else ``~/.trackio``."""
    value = os.environ.get("TRACKIO_DIR")
    try:
        return Path(value).expanduser() if value else Path.home() / ".trackio"
    except (RuntimeError, KeyError):
        # As in a container whose user is only a number.
        raise UsageError(
            f"TRACKIO_DIR={value!r} names a home folder that is not known."
            if value
            else "This user has no home folder. Set TRACKIO_DIR to the folder that data shall go to."
        ) from None


def text(*names: str) -> str | None:
    """The first of the variables that is set and not empty."""
    for name in names:
        value = os.environ.get(name)
        if value:
            return value
    return None
