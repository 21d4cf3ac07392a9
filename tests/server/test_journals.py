"""Journals come in by offset: whole or not at all, and each byte once."""

from __future__ import annotations

import itertools
import os
import random
import subprocess
import sys
import threading
import time
import zlib
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.server.made import ELSEWHERE, Made
from tests.server.running import Client, until
from trackio import journal
from trackio.store import layout
from trackio.store.home import Home
from trackio.store.liveness import identity
from trackio.store.project import ProjectStore
from trackio.store.receiving import Receiving


def steps(store: ProjectStore, run: str = "r") -> list[int]:
    store.catch_up()
    return [step for _, step, _, _ in store.values(run, "loss")]


def test_pieces_become_rows(client: Client, store: ProjectStore) -> None:
    made = Made()
    first, second = made.beginning() + made.rows(0, 10), made.rows(10, 20) + made.end()
    assert client.post(made, 0, first).json() == {"size": len(first)}
    assert client.post(made, len(first), second, is_packed=True).json() == {"size": len(first) + len(second)}
    assert steps(store) == list(range(20))
    assert store.run("r").status == "finished"


def test_what_was_received_shows_though_nobody_reads(client: Client, store: ProjectStore) -> None:
    made = Made()
    client.post(made, 0, made.beginning() + made.rows(0, 3))
    until(lambda: store.path.exists() and store.runs() and store.runs()[0].row_count == 3)


def test_a_piece_that_comes_twice_counts_once(client: Client, store: ProjectStore) -> None:
    made = Made()
    data = made.beginning() + made.rows(0, 5)
    client.post(made, 0, data)
    again = client.post(made, 0, data)
    assert (again.status, again.json()["size"]) == (409, len(data))
    assert steps(store) == list(range(5))


def test_a_piece_that_comes_too_early_is_sent_back(client: Client, store: ProjectStore) -> None:
    made = Made()
    first, second = made.beginning() + made.row(0), made.row(1)
    early = client.post(made, len(first), second)
    assert (early.status, early.json()["size"]) == (409, 0)
    client.post(made, 0, first)
    client.post(made, len(first), second)
    assert steps(store) == [0, 1]


def test_the_size_is_told_also_of_what_was_folded_and_removed(client: Client, store: ProjectStore) -> None:
    made = Made()
    assert client.size(made) == 0
    data = made.beginning() + made.rows(0, 3) + made.end()
    client.post(made, 0, data)
    store.catch_up()
    path = layout.journals(store.directory) / made.name
    until(lambda: store.catch_up() or not path.exists())
    assert not layout.received(store.directory, made.name).exists()
    assert client.size(made) == len(data)
    assert client.post(made, 0, data).status == 409
    assert client.post(made, len(data), b"").json() == {"size": len(data)}
    assert not path.exists()
    assert steps(store) == [0, 1, 2]


def test_a_project_is_made_by_the_first_piece_alone(client: Client, home: Path) -> None:
    made = Made(project="Küche / ../../etc\n🙂", run="../r")
    assert client.size(made) == 0
    assert client.post(made, 0, b"").json() == {"size": 0}
    assert client.post(made, 0, b"nothing").status == 400
    assert client.post(made, 5, made.row(0)).status == 409
    assert not layout.projects_directory(home).exists()
    assert client.post(made, 0, made.beginning() + made.row(0)).status == 200
    assert Home(home).projects() == [made.project]
    assert steps(Home(home).project(made.project), "../r") == [0]


BAD_NAMES = [
    "r.journal",
    "r..journal",
    "r.a.b.journal",
    "q.0123.journal",
    "r.0123.journal.part",
    "..",
    "r.../x.journal",
    "r.%2e%2e.journal",
    "r.0123.JOURNAL",
    f"r.{'a' * 65}.journal",
    "r.a b.journal",
]


@pytest.mark.parametrize("name", BAD_NAMES)
def test_a_name_that_is_not_the_runs_is_refused(client: Client, home: Path, name: str) -> None:
    made = Made()
    data = made.beginning()
    headers = {"X-Trackio-Crc32": f"{zlib.crc32(data):08x}"}
    path = f"/api/journals/{quote(name, safe='')}"
    answer = client.ask("POST", path, data, headers=headers, project="p", run="r", offset=0)
    assert answer.status in {400, 404, 405}
    assert not layout.projects_directory(home).exists()


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


def frames(data: bytes) -> list[bytes]:
    found = []
    at = 0
    while at < len(data):
        _, length, _, _ = journal.HEAD.unpack_from(data, at)
        found.append(data[at : at + journal.HEAD.size + length])
        at += journal.HEAD.size + length
    return found


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


def test_any_order_any_repetition_and_any_cut_give_the_same(client: Client, store: ProjectStore) -> None:
    dice = random.Random(7)
    made = Made()
    data = made.beginning() + made.rows(0, 400) + made.end()
    cuts = [0, *itertools.accumulate(len(frame) for frame in frames(data))]
    while (size := client.size(made)) < len(data):
        # As a sender that got no answer, or an old one.
        offset = dice.choice([size, size, 0, dice.choice(cuts)])
        stop = dice.choice([cut for cut in cuts if cut > offset] or [len(data)])
        answer = client.post(made, offset, data[offset:stop], is_packed=dice.random() < 0.5)
        assert answer.status == (200 if offset == size else 409)
    assert steps(store) == list(range(400))


def test_senders_of_the_same_journal_at_once_double_nothing(client: Client, store: ProjectStore) -> None:
    made = Made()
    data = made.beginning() + made.rows(0, 300) + made.end()
    cuts = [0, *itertools.accumulate(len(frame) for frame in frames(data))]

    def send() -> None:
        dice = random.Random(threading.get_ident())
        size = 0
        while size < len(data):
            stop = dice.choice([cut for cut in cuts if size < cut <= size + 600])
            size = client.post(made, size, data[size:stop]).json()["size"]

    threads = [threading.Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert steps(store) == list(range(300))
    assert store.damaged_bytes() == 0


def test_many_senders_at_once_lose_nothing(client: Client, store: ProjectStore) -> None:
    def send(number: int) -> None:
        made = Made(run=f"r{number}", writer=f"{number:012x}")
        size = client.post(made, 0, made.beginning()).json()["size"]
        for step in range(20):
            size = client.post(made, size, made.row(step)).json()["size"]
        client.post(made, size, made.end())

    threads = [threading.Thread(target=send, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    store.catch_up()
    assert [steps(store, f"r{number}") for number in range(12)] == [list(range(20))] * 12
    assert {run.status for run in store.runs()} == {"finished"}


def test_first_pieces_at_once_make_one_project(client: Client, home: Path) -> None:
    for turn in range(10):
        start = threading.Barrier(8)
        found: list[int] = []

        def send(number: int) -> None:
            made = Made(project=f"p{turn}", run=f"r{number}")  # noqa: B023
            start.wait()  # noqa: B023
            found.append(client.post(made, 0, made.beginning()).status)  # noqa: B023

        threads = [threading.Thread(target=send, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert found == [200] * 8
    assert len(Home(home).projects()) == 10
    assert not list(home.rglob("project.json.*"))


def test_what_a_killed_server_left_of_a_piece_is_taken_away(client: Client, store: ProjectStore) -> None:
    made = Made()
    first, second = made.beginning() + made.rows(0, 3), made.rows(3, 6)
    client.post(made, 0, first)
    for cut in (1, len(second) // 2, len(second) - 1):
        with (layout.journals(store.directory) / made.name).open("ab") as file:
            file.write(second[:cut])
        size = client.size(made)
        # Whole rows of it may stay.
        assert size <= len(first) + cut
        first, second = (first + second)[:size], (first + second)[size:]
        assert client.post(made, size, second[: len(made.row(0))]).status == 200
        first, second = first + second[: len(made.row(0))], second[len(made.row(0)) :] + made.rows(100, 103)
    store.catch_up()
    assert store.damaged_bytes() == 0


def test_a_beginning_that_a_killed_server_left_is_not_given_up(client: Client, store: ProjectStore) -> None:
    made = Made()
    data = made.beginning() + made.row(0)
    client.post(Made(writer="ffff"), 0, Made(writer="ffff").beginning())
    path = layout.journals(store.directory) / made.name
    layout.received(store.directory, made.name).write_text("0")
    path.write_bytes(data[:30])
    os.utime(path, (time.time() - 3600,) * 2)
    store.fold()
    assert client.size(made) == 0
    assert client.post(made, 0, data).status == 200
    assert steps(store) == [0]


def test_a_journal_that_is_sent_to_its_own_home_stays_as_it_is(client: Client, store: ProjectStore) -> None:
    made = Made(who=identity())
    data = made.beginning() + made.rows(0, 3)
    path = layout.journals(layout.create_project(store.directory.parents[1], "p")) / made.name
    path.write_bytes(data + made.row(3)[:-5])
    size = client.size(made)
    assert size == path.stat().st_size
    assert client.post(made, len(data), made.row(3)).status == 409
    assert path.stat().st_size == size


@pytest.mark.parametrize(
    "who",
    [ELSEWHERE, {**identity(), "started": "0"}],
    ids=["a writer elsewhere", "a process of this machine that has ended"],
)
def test_a_journal_goes_on_after_an_outage_of_any_length(
    client: Client, store: ProjectStore, who: dict[str, Any]
) -> None:
    made = Made(who=who)
    first = made.beginning() + made.rows(0, 3)
    client.post(made, 0, first)
    path = layout.journals(store.directory) / made.name
    month_ago = time.time() - 30 * 86400
    os.utime(path, (month_ago, month_ago))
    store.fold()
    assert store.run("r").status == "crashed"
    assert client.size(made) == len(first)
    assert client.post(made, len(first), made.rows(3, 6)).status == 200
    assert steps(store) == list(range(6))
    assert store.run("r").status == "running"
    assert store.damaged_bytes() == 0


def test_a_journal_whose_file_was_lost_goes_on_behind_what_was_folded(client: Client, store: ProjectStore) -> None:
    made = Made()
    first = made.beginning() + made.rows(0, 3)
    client.post(made, 0, first)
    store.fold()
    (layout.journals(store.directory) / made.name).unlink()
    assert client.size(made) == len(first)
    assert client.post(made, len(first), made.rows(3, 6)).status == 200
    assert steps(store) == list(range(6))
    assert client.post(made, client.size(made), made.end()).status == 200
    store.fold()
    assert store.run("r").status == "finished"


def test_a_sign_of_life_keeps_a_run_in_progress(client: Client, store: ProjectStore) -> None:
    made = Made()
    data = made.beginning()
    client.post(made, 0, data)
    path = layout.journals(store.directory) / made.name
    hour_ago = time.time() - 3600
    os.utime(path, (hour_ago, hour_ago))
    store.fold()
    assert store.run("r").status == "crashed"
    assert client.post(made, len(data), b"").json() == {"size": len(data)}
    store.fold()
    assert store.run("r").status == "running"
    assert client.post(made, 1, b"").status == 409


def test_a_run_that_was_deleted_does_not_come_back(client: Client, store: ProjectStore) -> None:
    made, unheard_of = Made(), Made(writer="ffff00000000")
    data = made.beginning() + made.row(0)
    client.post(made, 0, data)
    store.fold()
    store.delete_run("r")
    for piece, offset, sent in (
        (made, 0, data),
        (made, len(data), made.row(1)),
        (made, len(data), b""),
        (unheard_of, 0, unheard_of.beginning()),
    ):
        answer = client.post(piece, offset, sent)
        assert answer.status == 410, answer.body
        assert "deleted" in answer.json()["error"]
    store.fold()
    assert store.runs() == []
    assert list(layout.journals(store.directory).iterdir()) == []


def test_a_run_that_is_begun_after_its_deletion_is_a_new_one(client: Client, store: ProjectStore) -> None:
    old = Made()
    client.post(old, 0, old.beginning() + old.row(0))
    store.fold()
    store.delete_run("r")
    new = Made(writer="ffff00000000")
    data = new.beginning() + new.row(7)
    assert client.post(new, 0, data).status == 200
    assert client.post(new, len(data), new.row(8) + new.end()).status == 200
    assert steps(store) == [7, 8]
    # All of it is folded and its file removed: still no reason to call it deleted.
    until(lambda: store.catch_up() or not (layout.journals(store.directory) / new.name).exists())
    assert client.post(new, 0, data).status == 409


def test_a_full_disk_leaves_the_journal_as_it_was(tmp_path: Path) -> None:
    # A limit on the size of files stands for the disk: the write is cut short in the middle.
    script = f"""
import resource, signal, sys
from pathlib import Path
from tests.server.made import ELSEWHERE, Made
from trackio.store import layout
from trackio.store.receiving import Piece, Receiving
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
project = layout.create_project(Path({str(tmp_path)!r}), "p")
made, receiving = Made(), Receiving(project)
first = made.beginning()
receiving.append(Piece(made.name, "r", 0, first, made.begun_ns))
resource.setrlimit(resource.RLIMIT_FSIZE, (len(first) + 1000, resource.RLIM_INFINITY))
try:
    receiving.append(Piece(made.name, "r", len(first), made.rows(0, 100)))
except OSError as error:
    print(type(error).__name__, (layout.journals(project) / made.name).stat().st_size == len(first))
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
print(receiving.append(Piece(made.name, "r", len(first), made.rows(0, 100))) == len(first) + len(made.rows(0, 100)))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["OSError", "True", "True"], done.stderr
