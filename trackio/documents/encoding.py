"""Documents as JSON: numbers keep all their digits, and a million points come in pieces."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeAlias

from trackio.documents.points import Points

Document: TypeAlias = Mapping[str, Any]
"""What a read command answers: strings, numbers, truth values, None, lists, mappings, and `Points` for long series."""

_NONFINITE = {math.inf: "Infinity", -math.inf: "-Infinity"}

_INDENTED = 10_000
"""More points than these are for programs: they are written without indentation, which takes no time."""


def dumps(value: object, *, indent: bool = False) -> bytes:
    """The value as UTF-8 JSON; NaN and infinities as the strings that ``float()`` reads.

    Integers keep all their digits; what has no JSON form is given as its ``str()``.
    """
    import orjson

    plain_value = jsonable(value)
    try:
        return orjson.dumps(plain_value, option=orjson.OPT_INDENT_2 if indent else None)
    except orjson.JSONEncodeError:
        # Integers beyond 64 bits and lone surrogates are what the standard library writes and orjson does not.
        import json

        return json.dumps(plain_value, indent=2 if indent else None, separators=None if indent else (",", ":")).encode()


def jsonable(value: object) -> Any:
    """The value made of dicts, lists, strings, finite numbers, booleans and None only."""
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else _NONFINITE.get(value, "NaN")
    if isinstance(value, Mapping):
        return {str(key): jsonable(item) for key, item in value.items()}
    if isinstance(value, bytes):
        return value.decode(errors="backslashreplace")
    if isinstance(value, Iterable):
        return [jsonable(item) for item in value]
    return str(value)


def encode(document: Document, *, indent: bool = False) -> Iterator[bytes]:
    """The document as one JSON object, in pieces to be written one after the other; nothing comes after it."""
    if indent and _points(document) <= _INDENTED:
        yield dumps(document, indent=True)
    else:
        yield from _pieces(document)


def _pieces(value: object) -> Iterator[bytes]:
    if isinstance(value, Points):
        yield b"["
        yield from value.pieces(dumps)
        yield b"]"
    elif isinstance(value, Mapping) and _points(value):
        for index, (key, item) in enumerate(value.items()):
            yield (b"," if index else b"{") + dumps(str(key)) + b":"
            yield from _pieces(item)
        yield b"}"
    else:
        yield dumps(value)


def _points(value: object) -> int:
    """How many points there are; they stand at the end of mappings, never inside of lists."""
    if isinstance(value, Points):
        # One without points counts too: it is written by itself.
        return len(value) or 1
    return sum(map(_points, value.values())) if isinstance(value, Mapping) else 0
