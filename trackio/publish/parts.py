"""Large files of a report as parts of which a new run changes the last ones alone (pure).

A table of all points is whole in a folder. In a Space it is an index of parts, each of them a table by itself, and the
points of a chart are a script that loads its parts. Where the parts end is decided by what stands before: what is
added at the end leaves the first ones as they are. Parts above 10 MB go through LFS; the last are small and do not.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

TABLE = re.compile(r"(?:.+/)?charts/[^/]+\.csv")
SCRIPT = re.compile(r"(?:.+/)?data/[^/]+\.full\.js")
WHOLE_BYTES = 1_000_000
"""What is smaller stays whole."""
LEAST_BYTES = 250_000
"""The least size of a part, but for the last."""
BLOCK_BYTES = 16_000_000
"""Of which size parts of a table are while there is more of it."""

_CALL = re.compile(rb"trackioData\((\"(?:[^\"\\]|\\.)*\"),(.*)\)\n", re.DOTALL)


def is_parted(path: str, size: int) -> bool:
    """Whether a file of a report is published in parts."""
    return size > WHOLE_BYTES and bool(TABLE.fullmatch(path) or SCRIPT.fullmatch(path))


def parts(path: str, content: bytes, host: str) -> Mapping[str, bytes]:
    """The files that stand for one; ``host`` is where the report is served from, with a slash at the end."""
    return _table(path, content, host) if TABLE.fullmatch(path) else _script(path, content)


def _table(path: str, content: bytes, host: str) -> dict[str, bytes]:
    head, start = _line(content, 0, 0)
    bodies = list(_blocks(content, start))
    names = [f"{path.removesuffix('.csv')}.part-{number:03}.csv" for number in range(1, len(bodies) + 1)]
    found = {name: head + body for name, body in zip(names, bodies, strict=True)}
    rows = [f"{host}{quote(name)},{len(part)}\n" for name, part in found.items()]
    return {path: "".join(["csv,bytes\n", *rows]).encode(), **found}


def _blocks(content: bytes, start: int) -> Iterator[bytes]:
    while start < len(content):
        least = BLOCK_BYTES if len(content) - start > BLOCK_BYTES else LEAST_BYTES
        body, start = _line(content, start, least)
        yield body


def _line(content: bytes, start: int, least: int) -> tuple[bytes, int]:
    """The text up to the first end of a row after so many bytes, and where the next one begins."""
    end, quotes = start, 0
    at = start + least
    while True:
        found = content.find(b"\n", at)
        if found < 0:
            return content[start:], len(content)
        # A name may hold line ends, between quotes.
        quotes += content.count(b'"', end, found)
        end, at = found, found + 1
        if quotes % 2 == 0:
            return content[start:at], at


def _script(path: str, content: bytes) -> dict[str, bytes]:
    call = _CALL.fullmatch(content)
    value: dict[str, Any] | None = json.loads(call[2]) if call else None
    if call is None or value is None or not isinstance(value.get("series"), list):
        return {path: content}
    key, stem = json.loads(call[1]), path.removesuffix(".js")
    found = {}
    for number, series in enumerate(_groups(value.pop("series")), 1):
        text = f'trackioData({_ascii(f"{key}.{number}")},{{"series":[{",".join(series)}]}})\n'
        found[f"{stem}.{number}.js"] = text.encode()
    names = [name.rpartition("/")[2] for name in found]
    # What a data script registers may be a promise: whoever loads it waits for the parts.
    text = (
        f"trackioData({_ascii(key)},Promise.all({_ascii(names)}.map("
        "(name)=>trackioData.load(new URL(encodeURIComponent(name),document.currentScript.src).href)"
        f")).then((parts)=>({{...{_ascii(value)},series:parts.flatMap(({{series}})=>series)}})))\n"
    )
    return {path: text.encode(), **found}


def _groups(series: list[Any]) -> Iterator[list[str]]:
    group: list[str] = []
    size = 0
    for text in map(_ascii, series):
        group.append(text)
        size += len(text)
        if size >= LEAST_BYTES:
            yield group
            group, size = [], 0
    if group:
        yield group


def _ascii(value: object) -> str:
    return json.dumps(value, ensure_ascii=True, separators=(",", ":"))
