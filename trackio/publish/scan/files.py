"""One file of any kind, looked through: text by its lines, Parquet by its columns."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from trackio.publish.scan.finding import Match
from trackio.publish.scan.known import Known
from trackio.publish.scan.pieces import pieces
from trackio.publish.scan.search import matches

PIXELS = re.compile(
    r".+\.(?:png|jpe?g|gif|bmp|webp|ico|avif|mp4|webm|ogv|mov|wav|mp3|og[ga]|flac|m4a|aac|woff2?|[ot]tf|glb|gz|zip|np[yz])",
    re.IGNORECASE,
)
"""Names of files that hold no text."""

_PARQUET = ".parquet"
_MARKUP = (".html", ".htm", ".svg", ".xml")
_ENTITIES = (
    *((entity, b'"') for entity in (b"&quot;", b"&#34;")),
    *((entity, b"'") for entity in (b"&#39;", b"&#x27;")),
    (b"&lt;", b"<"),
    (b"&gt;", b">"),
    (b"&amp;", b"&"),
)
_BEGINNING = 8 << 10


def has_text(file: Path, name: str) -> bool:
    """Whether there may be text in a file, whose name tells its kind; weights, archives and pictures have none.

    Raises OSError.
    """
    if PIXELS.fullmatch(name):
        return False
    if name.lower().endswith(_PARQUET):
        return True
    with file.open("rb") as stream:
        # As Git tells them apart.
        return b"\0" not in stream.read(_BEGINNING)


def in_file(file: Path, name: str, what: Known) -> Iterator[tuple[Match, str]]:
    """Each secret in a file, whose name tells its kind, and where: ``line 3``, ``column text``. Raises OSError."""
    end = Path(name).suffix.lower()
    if end == _PARQUET:
        for column, text in _columns(file):
            for match in matches(text, what):
                yield match, f"column {column}"
        return
    lines = 1
    for piece, until in pieces(file):
        text = _unescaped(piece) if end in _MARKUP else piece
        for match in matches(text, what):
            line = lines + text.count(b"\n", 0, match.start)
            yield match, f"line {line}"
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
