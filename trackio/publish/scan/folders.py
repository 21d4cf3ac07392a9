"""The files of a site, looked through as they would be published."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from trackio.publish.scan import allowed
from trackio.publish.scan.batches import Names
from trackio.publish.scan.finding import Finding, Hit, Match
from trackio.publish.scan.known import Known, known
from trackio.publish.scan.pieces import first_line, pieces
from trackio.publish.scan.search import matches
from trackio.report.cache import NAME as CACHE
from trackio.report.write import LOCK

_OURS = re.compile(rf"(?:v[0-9]+/)?assets/[\w.-]+\.[0-9a-f]{{8,64}}\.(?:js|css)|{re.escape(CACHE)}|{re.escape(LOCK)}")
"""Scripts and styles of this package, by name and hash, and what only the next build reads."""

_NUMBERS = re.compile(r"(?:.+/)?charts/[^/]+\.csv")
"""Series of numbers; the names in them stand in the pages, and the first line is read."""

_PIXELS = re.compile(
    r".+\.(?:png|jpe?g|gif|bmp|webp|ico|avif|mp4|webm|ogv|mov|wav|mp3|og[ga]|flac|m4a|aac|woff2?|[ot]tf|glb|gz|zip|np[yz])",
    re.IGNORECASE,
)
_MARKUP = (".html", ".htm", ".svg", ".xml")
_ENTITIES = (
    *((entity, b'"') for entity in (b"&quot;", b"&#34;")),
    *((entity, b"'") for entity in (b"&#39;", b"&#x27;")),
    (b"&lt;", b"<"),
    (b"&gt;", b">"),
    (b"&amp;", b"&"),
)


def folder(path: Path, *, allow: Sequence[str] = ()) -> tuple[Finding, ...]:
    """The secrets in the files below a folder, in the order of their names; raises UsageError for an unknown rule.

    Pictures, sound and films are left out, and of Parquet files the columns of numbers are.
    """
    allowed.check(allow)
    return allowed.without((finding for finding, _ in hits(path, known())), allow)


def hits(path: Path, what: Known) -> Iterator[Hit]:
    """The same, with each secret beside what may be told of it."""
    names = Names(what)
    for file in sorted(one for one in path.rglob("*") if one.is_file()):
        name = file.relative_to(path).as_posix()
        if _OURS.fullmatch(name) or _PIXELS.fullmatch(file.name):
            continue
        told = names.bare(name)
        for match, line in _in_file(file, name, what):
            yield Finding(f"{told}{line}", match.rule, match.excerpt), match.secret


def _in_file(file: Path, name: str, what: Known) -> Iterator[tuple[Match, str]]:
    if file.suffix.lower() == ".parquet":
        for column, text in _columns(file):
            for match in matches(text, what):
                yield match, f" column {column}"
        return
    if _NUMBERS.fullmatch(name):
        for match in matches(first_line(file), what):
            yield match, " line 1"
        return
    lines = 1
    is_markup = file.suffix.lower() in _MARKUP
    for piece, until in pieces(file):
        text = _unescaped(piece) if is_markup else piece
        for match in matches(text, what):
            line = lines + text.count(b"\n", 0, match.start)
            yield match, f" line {line}"
        lines += piece.count(b"\n", 0, until)


def _columns(file: Path) -> Iterator[tuple[str, bytes]]:
    """The different texts of the columns of text."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(file) as opened:
            schema = opened.schema_arrow
            texts = [field.name for field in schema if not pa.types.is_primitive(field.type)]
            for batch in opened.iter_batches(columns=texts):
                for column, array in zip(batch.schema.names, batch.columns, strict=True):
                    values = array.unique().to_pylist() if _is_text(array.type) else array.to_pylist()
                    yield column, "\n\n\n\n".join(map(str, values)).encode("utf-8", "replace")
    except pa.ArrowInvalid:
        # Not Parquet, whatever its name says.
        yield "", file.read_bytes()


def _is_text(kind: object) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_dictionary(kind))


def _unescaped(text: bytes) -> bytes:
    if b"&" in text:
        for entity, char in _ENTITIES:
            text = text.replace(entity, char)
    return text
