"""Journals come in by offset: whole or not at all, and each byte once."""

from __future__ import annotations

import itertools
import random
import threading
import zlib
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.server.made import Made, frames, steps
from tests.server.running import Client, until
from trackio.store import layout
from trackio.store.home import Home
from trackio.store.project import ProjectStore


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
