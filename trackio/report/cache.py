"""What the last build wrote and from what: lets the next one do only what changed, and remove only what was its own.

It is a file beside ``index.html`` with names, hashes and sizes; no times, paths or hosts. A site without it (a copy, a
checkout) is rebuilt in full.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

NAME = ".trackio-report.json"
FORMAT = 1


@dataclass(frozen=True, slots=True)
class Cache:
    """Pages by their first address: the hash of what they were made of, and the files (with sizes) they consist of."""

    keys: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    digests: Mapping[str, str] = field(default_factory=dict)
    """The hash of the data that a page shows, where others are made of it."""

    @property
    def names(self) -> set[str]:
        """Every file."""
        return {name for files in self.files.values() for name in files}


def encode(cache: Cache) -> bytes:
    """The bytes of the cache file; the same cache gives the same bytes."""
    # A line a page, put together here: with an indent, json leaves its fast encoder.
    lines = [f"{json.dumps(page)}: {json.dumps(_entry(cache, page))}" for page in sorted(cache.keys)]
    pages = ",\n".join(lines)
    return f'{{"trackio_report_cache": {FORMAT}, "pages": {{\n{pages}\n}}}}\n'.encode()


def _entry(cache: Cache, page: str) -> list[object]:
    digest = cache.digests.get(page)
    return [cache.keys[page], dict(sorted(cache.files[page].items())), *([] if digest is None else [digest])]


def decode(data: bytes) -> Cache | None:
    """The cache in the bytes; None when they are no cache that this version reads."""
    try:
        document = json.loads(data)
        if document["trackio_report_cache"] != FORMAT:
            return None
        pages: dict[str, Any] = document["pages"]
        files = {str(page): {str(n): int(size) for n, size in entry[1].items()} for page, entry in pages.items()}
        digests = {str(page): str(entry[2]) for page, entry in pages.items() if len(entry) > 2}
        return Cache({str(page): str(entry[0]) for page, entry in pages.items()}, files, digests)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError):
        return None


def key(*parts: object) -> str:
    """A hash of plain values: texts, numbers, None, and tuples, lists and mappings of such."""
    text = json.dumps(parts, sort_keys=True, default=str, ensure_ascii=True, separators=(",", ":"))
    return blake2b(text.encode(), digest_size=12).hexdigest()
