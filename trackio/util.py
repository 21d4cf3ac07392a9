"""Small things that scripts take from ``wandb.util``."""

from __future__ import annotations

import importlib
import json
import re
from types import ModuleType
from typing import Any

from trackio.errors import UsageError
from trackio.tracking.names import run_id
from trackio.tracking.plain import plain


def generate_id(length: int = 8) -> str:
    """Lower-case letters and digits, which seeding ``random`` does not repeat."""
    return run_id(length)


def make_artifact_name_safe(name: str) -> str:
    """The name with ``_`` for every character that a name of an artifact cannot hold, shortened to 128."""
    safe = re.sub(r"[^a-zA-Z0-9_\-.]", "_", name)
    return safe if len(safe) <= 128 else f"{safe[:63]}..{safe[-63:]}"


def get_module(name: str, required: str | bool | None = None) -> ModuleType | None:
    """A module by its name; None where it is not installed, or UsageError with what ``required`` says."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        if required:
            raise UsageError(required if isinstance(required, str) else str(error)) from error
        return None


def json_friendly(value: Any) -> tuple[Any, bool]:
    """The value as JSON can hold it, and whether that is another one than was given."""
    found = plain(value)
    return found, found is not value


def json_dumps_safer(value: Any, **options: Any) -> str:
    """JSON of any value: what it cannot hold is kept as its text."""
    return json.dumps(plain(value), **options)


def to_forward_slash_path(path: str) -> str:
    """The path with ``/`` on every system."""
    return path.replace("\\", "/")
