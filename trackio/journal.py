"""The journal: an append-only file of checked frames, one file a process and run.

A frame is ``magic (1 byte) | length of the payload (4) | CRC-32 of kind and payload (4) | kind (1) | payload``,
little-endian. There are four kinds:

``HEADER``  JSON: format version, run, project, and who writes (host, boot, process)
``SCHEMA``  JSON: ``{"id", "kind": "metric" | "system" | "late", "keys", "types"}``, what the rows of this id hold
``ROW``     schema id (4), step (8), time in nanoseconds (8), then the values packed as their types say
``EVENT``   JSON: ``{"event": "config" | "summary" | "finish" | ..., "time_ns", ...}``; unknown events are kept

Types are ``d`` float64, ``q`` int64, ``?`` bool and ``s`` text: its length in bytes (4), and the bytes after all fixed
fields. Headers and schemas are written twice, so that no single damaged byte costs more than one row.

A row may go ahead of some of its values. Each integer under the empty name, which is no metric's, is then a ticket: a
row of a ``late`` schema, whose first field is that ticket, brings values for the place of the row that issued it. Late
rows are no rows of the run. A ticket whose late row never came costs what it would have brought.

The writer appends a frame with one ``write()``. A process may be killed at any byte, so a torn last frame is normal;
after a frame that fails its check the scan goes on at the next one that passes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from struct import Struct
from struct import error as struct_error
from typing import Any, Literal, TypeAlias
from zlib import crc32

from trackio.records import MetricKind, Scalar

FORMAT = 2
READABLE = (1, 2)
"""Format 1 had no late rows, and its readers would set them aside as damage."""

MAGIC = 0xA7
HEADER, SCHEMA, ROW, EVENT = 1, 2, 3, 4

HEAD = Struct("<BIIB")
SEEDS = {kind: crc32(bytes([kind])) for kind in range(256)}
"""CRC of the kind byte, from which the CRC of the payload goes on."""

_MAGIC = bytes([MAGIC])
_WIDTHS = {"d": "d", "q": "q", "?": "?", "s": "I"}

DEEPEST = 100
"""How deep lists and dicts may lie in each other: whatever reads the database later goes down as far."""

TICKET = ""
"""The name under which a row of format 2 holds a ticket."""

RowKind: TypeAlias = MetricKind | Literal["late"]

Row: TypeAlias = tuple[Any, ...]
"""``(schema id, step, time_ns, *values)``."""


class Schema:
    """The names and types of the values that rows of one shape hold, and how they are packed."""

    __slots__ = ("_fixed", "codes", "id", "keys", "kind", "pack", "size", "unpack_from")

    def __init__(self, number: int, keys: Sequence[str], codes: str, kind: RowKind = "metric") -> None:
        self._fixed = Struct("<Iqq" + "".join(_WIDTHS[code] for code in codes))
        self.id, self.keys, self.codes, self.kind = number, tuple(keys), codes, kind
        self.size = self._fixed.size
        # Plain rows go straight to the struct: this is the path of every log() call.
        self.pack: Callable[..., bytes] = self._pack_text if "s" in codes else self._fixed.pack
        self.unpack_from: Callable[[bytes, int], Row] = self._unpack_text if "s" in codes else self._fixed.unpack_from

    def _pack_text(self, number: int, step: int, time_ns: int, *values: Scalar) -> bytes:
        texts = [str(value).encode() for value, code in zip(values, self.codes, strict=True) if code == "s"]
        lengths = iter([len(text) for text in texts])
        fixed = [next(lengths) if code == "s" else value for value, code in zip(values, self.codes, strict=True)]
        return self._fixed.pack(number, step, time_ns, *fixed) + b"".join(texts)

    def _unpack_text(self, data: bytes, at: int) -> Row:
        row = list(self._fixed.unpack_from(data, at))
        at += self.size
        for place, code in enumerate(self.codes, start=3):
            if code == "s":
                length = row[place]
                row[place] = data[at : at + length].decode()
                at += length
        return tuple(row)

    def payload(self) -> bytes:
        """The payload of the frame that declares this schema."""
        return encode({"id": self.id, "kind": self.kind, "keys": self.keys, "types": self.codes})

    def declaration(self) -> bytes:
        """The frames that say how rows of this schema are read; they come before the first of them."""
        return frame(SCHEMA, self.payload()) * 2

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> Schema:
        """The schema that a payload declares; raises KeyError, TypeError or ValueError when it declares none."""
        number, keys, codes, kind = body["id"], body["keys"], body["types"], body["kind"]
        if kind not in ("metric", "system", "late") or len(keys) != len(codes) or not _are_names(keys):
            raise ValueError("no schema")
        names = [key for key, code in zip(keys, codes, strict=True) if (key, code) != (TICKET, "q")]
        if len(set(names)) != len(names) or (kind == "late" and (keys[:1], names) != ([TICKET], keys[1:])):
            raise ValueError("no schema")
        if not 0 <= number < 1 << 32:
            raise ValueError("no schema")
        return cls(number, keys, codes, kind)


@dataclass(slots=True)
class Scan:
    """What a stretch of a journal holds, in order."""

    end: int = 0
    """Where the next scan goes on, from the start of the stretch."""
    rows: dict[int, list[tuple[int, Row]]] = field(default_factory=dict)
    """By schema id: each row with its ordinal among all the rows of its kind in the stretch."""
    counts: dict[str, int] = field(default_factory=lambda: {"metric": 0, "system": 0, "late": 0})
    """How many rows there are of each kind."""
    events: list[dict[str, Any]] = field(default_factory=list)
    header: dict[str, Any] | None = None
    damaged: list[tuple[int, int]] = field(default_factory=list)
    """Stretches of bytes that hold no readable frame."""


def frame(kind: int, payload: bytes) -> bytes:
    """The bytes to append for one record."""
    return HEAD.pack(MAGIC, len(payload), crc32(payload, SEEDS[kind]), kind) + payload


def encode(body: Mapping[str, Any]) -> bytes:
    """A JSON payload, compact."""
    return json.dumps(body, separators=(",", ":")).encode()


def header(run_id: str, project: str, created_ns: int, writer: Mapping[str, Any]) -> bytes:
    """The frames that every journal begins with."""
    body = {"format": FORMAT, "run": run_id, "project": project, "created_ns": created_ns, "writer": writer}
    return frame(HEADER, encode(body)) * 2


def event(name: str, time_ns: int, /, **fields: Any) -> bytes:
    """The payload of an event."""
    return encode({"event": name, "time_ns": time_ns, **fields})


def scan(data: bytes, schemas: dict[int, Schema], *, is_tail: bool = True) -> Scan:
    """Read frames from the start of ``data`` as far as they are whole; ``schemas`` gains those declared on the way.

    ``is_tail`` says that the file ends with ``data``. What is left behind ``end`` is then a torn frame, or one still
    being written; otherwise it is a frame to be read again with more bytes behind it.
    """
    found = Scan()
    take_row, head, head_size, row_seed = _row_taker(found, schemas), HEAD.unpack_from, HEAD.size, SEEDS[ROW]
    at, size = 0, len(data)
    while at + head_size <= size:
        magic, length, check, kind = head(data, at)
        stop = at + head_size + length
        if magic == MAGIC and stop <= size:
            payload = data[at + head_size : stop]
            # Spelt out for rows, of which there may be millions.
            if crc32(payload, row_seed if kind == ROW else SEEDS[kind]) == check:
                if not (take_row(payload) if kind == ROW else _take(found, schemas, kind, payload)):
                    found.damaged.append((at, stop))
                at = stop
                continue
        elif magic == MAGIC and not is_tail:
            break
        resumed = next_whole(data, at + 1)
        if resumed is None:
            break
        found.damaged.append((at, resumed))
        at = resumed
    found.end = at
    return found


def _row_taker(found: Scan, schemas: Mapping[int, Schema]) -> Callable[[bytes], bool]:
    """A function that notes a row, and is False when its schema is unknown or does not fit."""
    rows, counts = found.rows, found.counts

    def take(payload: bytes) -> bool:
        number = int.from_bytes(payload[:4], "little")
        try:
            schema = schemas[number]
            row = schema.unpack_from(payload, 0)
        except (KeyError, struct_error, UnicodeDecodeError):
            return False
        ordinal = counts[schema.kind]
        counts[schema.kind] = ordinal + 1
        try:
            rows[number].append((ordinal, row))
        except KeyError:
            rows[number] = [(ordinal, row)]
        return True

    return take


def _take(found: Scan, schemas: dict[int, Schema], kind: int, payload: bytes) -> bool:
    """Note a record that is no row; False when it cannot be read though its check passed."""
    try:
        body = json.loads(payload)
        if payload.count(b"[") + payload.count(b"{") > DEEPEST and not _is_shallow(body):
            return False
        if kind == SCHEMA:
            schema = Schema.read(body)
            schemas[schema.id] = schema
        elif kind == HEADER:
            header = dict(body)
            if not (
                _are_names([header["run"]]) and is_time(header["created_ns"]) and isinstance(header["writer"], dict)
            ):
                return False
            found.header = header
        elif kind == EVENT:
            found.events.append(dict(body))
    except (ValueError, KeyError, TypeError, RecursionError):
        return False
    return True


def _is_shallow(body: Any) -> bool:
    """Whether nothing in it lies deeper than ``DEEPEST``."""
    level = [body]
    for _ in range(DEEPEST):
        inner: list[Any] = []
        for one in level:
            if isinstance(one, dict):
                inner.extend(one.values())
            elif isinstance(one, list):
                inner.extend(one)
        if not inner:
            return True
        level = inner
    return False


def whole(data: bytes, at: int = 0) -> tuple[int, list[bytes]]:
    """Where the frames that follow each other from ``at`` on end, and the payloads of the headers among them.

    The end is that of ``data`` when all of it is whole frames of known kinds, each of which passes its check.
    """
    headers = []
    size = len(data)
    while at + HEAD.size <= size:
        magic, length, check, kind = HEAD.unpack_from(data, at)
        stop = at + HEAD.size + length
        if magic != MAGIC or not HEADER <= kind <= EVENT or stop > size:
            break
        payload = data[at + HEAD.size : stop]
        if crc32(payload, SEEDS[kind]) != check:
            break
        if kind == HEADER:
            headers.append(payload)
        at = stop
    return at, headers


def is_time(value: object) -> bool:
    """Whether a value read from JSON is a time in nanoseconds that the database can hold."""
    return type(value) is int and 0 <= value < 1 << 63


def _are_names(values: Sequence[object]) -> bool:
    # Lone surrogates, which JSON can spell, cannot be stored.
    return all(isinstance(value, str) and value == value.encode("utf-8", "replace").decode() for value in values)


def next_whole(data: bytes, at: int) -> int | None:
    """Where the next frame that passes its check starts, if there is one."""
    size = len(data)
    while True:
        at = data.find(_MAGIC, at)
        if at < 0 or at + HEAD.size > size:
            return None
        _, length, check, kind = HEAD.unpack_from(data, at)
        stop = at + HEAD.size + length
        if stop <= size and crc32(data[at + HEAD.size : stop], SEEDS[kind]) == check:
            return at
        at += 1
