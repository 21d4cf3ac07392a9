"""What is damaged is refused whole, unless it is said to be damaged at its source; what is odd stops nothing."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.server.made import Made, frames, steps
from tests.server.running import Client
from trackio import journal
from trackio.store import layout
from trackio.store.project import ProjectStore
from trackio.store.receiving import Receiving


def flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 0x10]) + data[at + 1 :]


MADE = Made(begun_ns=1_700_000_000_000_000_000)
GOOD = MADE.beginning() + MADE.rows(0, 3)
CORRUPTED = {
    "a torn last frame": GOOD[:-1],
    "bytes after the last frame": GOOD + b"x",
    "bytes before the first frame": b"x" + GOOD,
    "a flipped bit in a row": flipped(GOOD, len(GOOD) - 3),
    "a flipped bit in a length": flipped(GOOD, len(GOOD) - len(MADE.row(0)) + 1),
    "a flipped bit in the header": flipped(GOOD, 20),
    "a frame of an unknown kind": GOOD + journal.frame(9, b"{}"),
    "rows without a header": MADE.rows(0, 3),
    "the header of another run": Made(run="q").beginning(),
    "the header of another project": Made(project="q").beginning(),
    "another run's header in the middle": GOOD + Made(run="q").beginning(),
    "a header that says nothing": journal.frame(journal.HEADER, b"{}"),
    "a header that is no JSON": journal.frame(journal.HEADER, b"\xff\x00"),
    "a header that is a list": journal.frame(journal.HEADER, b"[]"),
    "a header whose project is a number": journal.frame(
        journal.HEADER, b'{"format":2,"run":"r","project":1,"created_ns":1,"writer":{}}'
    ),
    "a length beyond the end": GOOD + journal.HEAD.pack(journal.MAGIC, 1 << 31, 0, journal.ROW),
    "zeros": bytes(1000),
    "magic alone": bytes([journal.MAGIC]) * 1000,
}


@pytest.mark.parametrize("case", CORRUPTED)
def test_a_corrupted_piece_is_refused_whole(client: Client, home: Path, case: str) -> None:
    answer = client.post(MADE, 0, CORRUPTED[case])
    assert answer.status == 400, answer.body
    assert answer.json()["error"]
    assert not layout.projects_directory(home).exists()
    assert client.post(MADE, 0, GOOD).status == 200


@pytest.mark.parametrize("case", ["a torn last frame", "a flipped bit in a row", "zeros", "rows and a torn frame"])
def test_a_corrupted_piece_leaves_what_was_there(client: Client, store: ProjectStore, case: str) -> None:
    client.post(MADE, 0, GOOD)
    bad = MADE.rows(3, 5)[:-1] if case == "rows and a torn frame" else CORRUPTED[case]
    assert client.post(MADE, len(GOOD), bad).status == 400
    assert client.size(MADE) == len(GOOD)
    assert (layout.journals(store.directory) / MADE.name).read_bytes() == GOOD


def test_a_body_that_is_not_what_its_check_says_is_refused(client: Client, home: Path) -> None:
    for crc in ("00000000", "", "xyz", "123"):
        assert client.post(MADE, 0, GOOD, headers={"X-Trackio-Crc32": crc}).status == 400
    assert not layout.projects_directory(home).exists()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(at=st.integers(0, len(GOOD) - 1), bit=st.integers(0, 7), cut=st.booleans())
def test_no_damage_whatever_is_stored(client: Client, home: Path, at: int, bit: int, cut: bool) -> None:
    data = GOOD[:at] if cut else GOOD[:at] + bytes([GOOD[at] ^ (1 << bit)]) + GOOD[at + 1 :]
    boundaries = {0, *itertools.accumulate(len(frame) for frame in frames(GOOD))}
    if cut and at in boundaries:
        return
    assert client.post(MADE, 0, data).status == 400
    assert not layout.projects_directory(home).exists()


def test_damage_at_the_source_is_taken_as_such_and_set_aside(client: Client, store: ProjectStore) -> None:
    made = Made()
    first, damage, last = made.beginning() + made.row(0), b"\xa7damage" * 9, made.row(1) + made.end()
    client.post(made, 0, first)
    assert client.post(made, len(first), damage).status == 400
    assert client.post(made, len(first), damage, damaged=1).json() == {"size": len(first) + len(damage)}
    # No other worker takes it for what a killed server has left.
    assert Receiving(store.directory).size(made.name) == len(first) + len(damage)
    assert client.post(made, len(first) + len(damage), last).status == 200
    assert steps(store) == [0, 1]
    assert store.damaged_bytes() == len(damage)


def test_a_journal_whose_beginning_is_damaged_is_kept(client: Client, store: ProjectStore) -> None:
    made = Made()
    half = len(frames(made.beginning())[0])
    rest = made.beginning()[half:] + made.row(0)
    assert client.post(made, 0, b"\0" * half, damaged=1).status == 200
    assert client.post(made, half, rest).status == 200
    assert steps(store) == [0]


def event(body: object) -> bytes:
    return journal.frame(journal.EVENT, json.dumps(body).encode())


def nested(depth: int) -> bytes:
    body = b'{"event":"config","time_ns":1,"values":{"a":' + b"[" * depth + b"]" * depth + b"}}"
    return journal.frame(journal.EVENT, body)


ODD = {
    "JSON that is none": journal.frame(journal.EVENT, b"\xff\x00"),
    "JSON that is no object": event([1, 2]),
    "an event without a name": event({"time_ns": 1}),
    "an event of another type": event({"event": ["x"], "time_ns": "now"}),
    "a time before all times": event({"event": "finish", "time_ns": -(1 << 80)}),
    "a config that is a list": event({"event": "config", "time_ns": 1, "values": [1]}),
    "numbers of any size": event({"event": "summary", "time_ns": 1, "values": {"a": 1 << 200, "b": float("nan")}}),
    "a number of too many digits": journal.frame(journal.EVENT, b"9" * 10_000),
    "lists in lists, many": nested(400),
    "lists in lists, too many to read": nested(100_000),
    "texts that are no text": event(
        {"event": "alert", "time_ns": 1, "title": "\ud800", "text": "\x00", "step": 1 << 70}
    ),
    "a schema of an unknown type": journal.frame(journal.SCHEMA, b'{"id":7,"kind":"metric","keys":["a"],"types":"Z"}'),
    "a schema of nothing": journal.frame(journal.SCHEMA, b'{"id":7,"kind":"metric","keys":[],"types":""}'),
    "a row of no schema": journal.frame(journal.ROW, b"\xff" * 40),
    "a row that is too short": journal.frame(journal.ROW, b"\0" * 5),
    "an empty row": journal.frame(journal.ROW, b""),
}


@pytest.mark.parametrize("case", ODD)
def test_what_is_odd_stops_nothing(client: Client, store: ProjectStore, case: str) -> None:
    made = Made()
    data = made.beginning() + made.row(0) + ODD[case] + made.row(1) + made.event("run", name="otter")
    assert client.post(made, 0, data).status == 200
    assert steps(store) == [0, 1]
    assert store.run("r").name == "otter"
    assert client.ask("GET", "/api/read/run", project="p", run="r").status == 200


@pytest.mark.parametrize("between", [b"", MADE.row(7)])
def test_frames_that_nobody_can_read_become_few_files(
    client: Client, home: Path, store: ProjectStore, between: bytes
) -> None:
    unread = journal.frame(journal.EVENT, b"no JSON")
    end = journal.frame(journal.EVENT, journal.event("finish", 1, status="finished", exit_code=0))
    assert client.post(MADE, 0, GOOD + (unread + between) * 2000 + end).status == 200
    assert steps(store) == [0, 1, 2] + [7] * (2000 if between else 0)
    kept = sorted(layout.set_aside(store.directory).iterdir())
    assert 1 <= len(kept) <= 32
    assert sum(path.stat().st_size for path in kept) == 2000 * len(unread)
    assert kept[0].read_bytes().startswith(unread)
