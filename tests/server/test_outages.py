"""Outages of either side, of any length: what was sent stays, and what was not comes later."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from tests.server.made import ELSEWHERE, Made, steps
from tests.server.running import Client, until
from trackio.errors import TrackioError
from trackio.server.folding import Folding
from trackio.store import layout
from trackio.store.home import Home
from trackio.store.liveness import identity
from trackio.store.project import ProjectStore


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


def test_folding_goes_on_after_a_project_that_cannot_be_folded(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken, sound = Home(home).create("broken"), Home(home).create("sound")
    broken.path.write_bytes(b"no database at all, but long enough to be taken for one" * 100)
    for store in (broken, sound):
        made = Made(project=store.name)
        (layout.journals(store.directory) / made.name).write_bytes(made.beginning() + made.row(0))
    folding = Folding(Home(home))
    folding.ask("broken")
    folding.ask("no such project")
    folding.ask("sound")
    until(lambda: sound.path.exists() and sound.runs())
    with pytest.raises(TrackioError):
        broken.runs()
    until(lambda: not [thread for thread in threading.enumerate() if thread.name == "trackio-fold"])


def test_a_home_that_cannot_be_written_is_told(client: Client, home: Path) -> None:
    layout.projects_directory(home).mkdir(parents=True)
    (layout.projects_directory(home) / "p").write_text("in the way")
    made = Made()
    answer = client.post(made, 0, made.beginning())
    assert answer.status >= 500
    (layout.projects_directory(home) / "p").unlink()
    assert client.post(made, 0, made.beginning()).status == 200
