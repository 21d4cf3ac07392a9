"""What a logged medium leaves in a row: the text of a JSON object whose ``_type`` begins with ``trackio.`` (pure).

The bytes themselves lie in the project's ``files/`` under the name that the object's ``file`` gives; small things, such
as a histogram or a piece of Markdown, are in the object itself. ``docs/storage.md`` lists every type.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

PREFIX = "trackio."
_BEGINNING = f'{{"_type":"{PREFIX}'

FILE_NAME = re.compile(r"[0-9a-f]{64}(?:\.[a-z0-9]{1,12}){0,2}")
"""A SHA-256 and what kind of file it is; nothing else is followed from a reference to a file."""


def encode(reference: Mapping[str, Any]) -> str:
    """The text that stands in a row; ``_type`` comes first, so that readers tell it from other texts at a glance."""
    ordered = {"_type": reference["_type"], **reference}
    return json.dumps(ordered, separators=(",", ":"), allow_nan=True)


def decode(value: object) -> dict[str, Any] | None:
    """The reference that a logged value is; None for numbers and other texts."""
    if not isinstance(value, str) or not value.startswith(_BEGINNING):
        return None
    try:
        found = json.loads(value)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def files(reference: object) -> Iterator[str]:
    """The names of all files that a reference leads to, those of media inside it included."""
    if isinstance(reference, Mapping):
        for key, value in reference.items():
            if isinstance(value, str):
                if (key == "file" or key.endswith("_file")) and FILE_NAME.fullmatch(value):
                    yield value
            else:
                yield from files(value)
    elif isinstance(reference, (list, tuple)):
        for value in reference:
            yield from files(value)
