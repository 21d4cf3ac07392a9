"""What a logged medium leaves in a row: the text of a JSON object whose ``_type`` begins with ``trackio.`` (pure).

The bytes themselves lie in the project's ``files/`` under the name that the object's ``file`` gives; small things, such
as a histogram or a piece of Markdown, are in the object itself. ``docs/media.md`` lists every type.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

PREFIX = "trackio."
_BEGINNING = f'{{"_type":"{PREFIX}'

ARRAY = "trackio.array"
"""The ``_type`` of a few values that were logged as one; they are its ``_value``."""

MARKDOWN = "trackio.markdown"
"""The ``_type`` of Markdown; the text itself is its ``_value``."""

_SHOWN = 80

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


def opened(value: Any) -> Any:
    """A value that was logged as who logged it knows it: a few values as their list, a medium as its reference."""
    reference = decode(value)
    if reference is None:
        return value
    return reference.get("_value") if reference.get("_type") == ARRAY else reference


def words(reference: Mapping[str, Any]) -> str:
    """The reference in a few words, for people: ``image 640 x 480, 12.3 kB, "a cat"``."""
    kind = str(reference["_type"]).removeprefix(PREFIX)
    found = [f"{reference[name]:,} {name}" for name in ("rows", "messages", "frames") if _is_whole(reference.get(name))]
    if _is_whole(reference.get("width")) and _is_whole(reference.get("height")):
        found.insert(0, f"{reference['width']} x {reference['height']}")
    value, items = reference.get("_value"), reference.get("items")
    if value is not None:
        text = value if isinstance(value, str) else json.dumps(value)
        found.append(text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…")
    if isinstance(items, list):
        found.append(f"{len(items):,} items")
    if _is_whole(reference.get("size")):
        found.append(f"{reference['size']:,} bytes")
    if reference.get("caption"):
        found.append(json.dumps(reference["caption"], ensure_ascii=False))
    return f"{kind} {', '.join(found)}".rstrip()


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


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
