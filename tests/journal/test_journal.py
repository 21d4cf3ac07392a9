"""Frames: what is written is read, and what is damaged costs as little as it can."""

from __future__ import annotations

import math
from typing import Any

import pytest

from trackio import journal
from trackio.journal import EVENT, HEADER, ROW, SCHEMA, Schema, encode, event, frame, scan

SHAPES = [
    ("d", (0.1,)),
    ("d", (float("inf"),)),
    ("d", (-0.0,)),
    ("d", (5e-324,)),
    ("q", (-(1 << 63),)),
    ("q", ((1 << 63) - 1,)),
    ("?", (True,)),
    ("s", ("",)),
    ("s", ("\x00 \u202e שלום 🦦",)),
    ("dsqs?", (1.5, "one", 2, "two", False)),
]


@pytest.mark.parametrize(("codes", "values"), SHAPES)
def test_values_come_back_as_they_went_in(codes: str, values: tuple[Any, ...]) -> None:
    shape = Schema(7, [f"m{place}" for place in range(len(codes))], codes)
    found = scan(frame(SCHEMA, shape.payload()) + frame(ROW, shape.pack(7, -3, 12, *values)), {})
    assert found.rows == {7: [(0, (7, -3, 12, *values))]}
    assert [math.copysign(1, v) for v in found.rows[7][0][1][3:] if isinstance(v, float)] == [
        math.copysign(1, v) for v in values if isinstance(v, float)
    ]


def test_nan_comes_back_as_nan() -> None:
    shape = Schema(0, ["loss"], "d")
    found = scan(frame(ROW, shape.pack(0, 0, 0, float("nan"))), {0: shape})
    assert math.isnan(found.rows[0][0][1][3])


def test_a_file_cut_anywhere_gives_every_row_that_is_whole() -> None:
    data, ends = _journal(rows=6)
    for cut in range(len(data)):
        found = scan(data[:cut], {})
        assert _steps(found) == [step for step, end in enumerate(ends) if end <= cut], cut
        assert not found.damaged
        assert found.end <= cut


def test_a_torn_frame_is_read_when_the_rest_arrives() -> None:
    data, ends = _journal(rows=3)
    schemas: dict[int, Schema] = {}
    cut = ends[1] + 5
    first = scan(data[:cut], schemas)
    second = scan(data[first.end :], schemas)
    assert _steps(first) + _steps(second) == [0, 1, 2]


@pytest.mark.parametrize("value", [0x00, 0xFF, journal.MAGIC])
def test_one_damaged_byte_costs_one_row_at_most(value: int) -> None:
    data, ends = _journal(rows=5)
    for place in range(len(data)):
        damaged = bytearray(data)
        if damaged[place] == value:
            continue
        damaged[place] = value
        found = scan(bytes(damaged), {})
        lost = set(range(5)) - set(_steps(found))
        assert len(lost) <= 1, place
        assert found.header is not None
        # Damage in the last frame cannot be told from a frame that is not all there yet.
        assert found.damaged or found.end == ends[-1] or found.end < len(data)


def test_damaged_bytes_are_told_exactly() -> None:
    data, ends = _journal(rows=3)
    damaged = data[: ends[0]] + b"\xa7 garbage" + data[ends[0] :]
    found = scan(damaged, {})
    assert found.damaged == [(ends[0], ends[0] + 9)]
    assert _steps(found) == [0, 1, 2]


def test_a_length_that_reaches_past_the_end_does_not_hide_what_follows() -> None:
    data, ends = _journal(rows=3)
    damaged = bytearray(data)
    damaged[ends[0] + 4] = 0x7F
    assert _steps(scan(bytes(damaged), {})) == [0, 2]


def test_more_bytes_are_awaited_unless_the_file_ends() -> None:
    data, ends = _journal(rows=3)
    found = scan(data[: ends[1] + 4], {}, is_tail=False)
    assert (found.end, found.damaged) == (ends[1], [])


def test_records_of_a_later_version_are_passed_over() -> None:
    shape = Schema(0, ["loss"], "d")
    later = journal.HEAD.pack(journal.MAGIC, 3, journal.crc32(b"new", journal.SEEDS[99]), 99) + b"new"
    found = scan(later + frame(ROW, shape.pack(0, 4, 0, 1.0)), {0: shape})
    assert _steps(found) == [4]


def test_rows_of_a_shape_that_was_never_declared_are_damage() -> None:
    data = frame(ROW, Schema(5, ["loss"], "d").pack(5, 0, 0, 1.0))
    assert scan(data, {}).damaged == [(0, len(data))]


UNSOUND = [
    (HEADER, {"run": "r", "created_ns": 1}),
    (HEADER, {"run": 3, "created_ns": 1, "writer": {}}),
    (HEADER, {"run": "\udc80", "created_ns": 1, "writer": {}}),
    (HEADER, {"run": "r", "created_ns": 1 << 63, "writer": {}}),
    (HEADER, {"run": "r", "created_ns": "now", "writer": {}}),
    (HEADER, []),
    (SCHEMA, {"id": 0, "keys": ["a"], "types": "dd", "kind": "metric"}),
    (SCHEMA, {"id": 0, "keys": ["a"], "types": "x", "kind": "metric"}),
    (SCHEMA, {"id": 0, "keys": [1], "types": "d", "kind": "metric"}),
    (SCHEMA, {"id": 0, "keys": ["\udc80"], "types": "d", "kind": "metric"}),
    (SCHEMA, {"id": 0, "keys": ["a"], "types": "d", "kind": "other"}),
    (SCHEMA, {"id": -1, "keys": ["a"], "types": "d", "kind": "metric"}),
    (SCHEMA, {"id": "0", "keys": ["a"], "types": "d", "kind": "metric"}),
    (SCHEMA, {"id": 0, "keys": ["a", "b", "a"], "types": "ddd", "kind": "metric"}),
    (SCHEMA, {"id": 0, "keys": ["", ""], "types": "dd", "kind": "metric"}),
    (SCHEMA, {"id": 0, "keys": [], "types": "", "kind": "late"}),
    (SCHEMA, {"id": 0, "keys": ["a", ""], "types": "dq", "kind": "late"}),
    (SCHEMA, {"id": 0, "keys": ["", "a"], "types": "dd", "kind": "late"}),
    (SCHEMA, {"id": 0, "keys": ["", "a", ""], "types": "qdq", "kind": "late"}),
    (SCHEMA, {"id": 0, "keys": "", "types": "", "kind": "late"}),
    (SCHEMA, {}),
    (EVENT, "text"),
    (EVENT, 3),
]


@pytest.mark.parametrize(("kind", "body"), UNSOUND, ids=str)
def test_records_that_say_nonsense_are_damage(kind: int, body: Any) -> None:
    data = frame(kind, encode(body))
    found = scan(data, {})
    assert found.damaged == [(0, len(data))]
    assert (found.header, found.events) == (None, [])


def test_rows_count_by_their_kind() -> None:
    own, machine = Schema(0, ["a", ""], "dq"), Schema(1, ["b"], "d", "system")
    late = Schema(2, ["", "c"], "qd", "late")
    rows = [
        own.pack(0, 0, 0, 1.0, 7),
        machine.pack(1, 0, 0, 1.0),
        late.pack(2, 0, 0, 7, 3.0),
        own.pack(0, 1, 0, 2.0, 8),
    ]
    found = scan(b"".join(frame(ROW, row) for row in rows), {0: own, 1: machine, 2: late})
    assert found.counts == {"metric": 2, "system": 1, "late": 1}
    assert [ordinal for ordinal, _ in found.rows[0]] == [0, 1]


def _journal(rows: int) -> tuple[bytes, list[int]]:
    """A journal, and where each of its rows ends."""
    shape = Schema(0, ["loss", "note"], "ds")
    header = {"run": "r", "created_ns": 1, "writer": {}}
    data = frame(HEADER, encode(header)) * 2 + frame(SCHEMA, shape.payload()) * 2
    ends = []
    for step in range(rows):
        data += frame(ROW, shape.pack(0, step, step, step * 0.1, f"\u00a7{step}"))
        ends.append(len(data))
    return data + frame(EVENT, event("finish", 1)), ends


def _steps(found: journal.Scan) -> list[int]:
    return [row[1] for rows in found.rows.values() for _, row in rows]
