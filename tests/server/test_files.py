"""Files come in by chunks and are kept when they are what their name says."""

from __future__ import annotations

import hashlib
import os
import random
import threading
import time
import zlib
from pathlib import Path

import pytest

from tests.server.made import Made
from tests.server.running import TOKEN, Answer, Client, in_thread
from trackio.server.files import SHOWN
from trackio.server.options import ServerOptions
from trackio.store import incoming, layout
from trackio.store.home import Home
from trackio.store.incoming import LEFT_SECONDS, Incoming
from trackio.store.project import ProjectStore


def named(data: bytes, suffix: str = "") -> str:
    return hashlib.sha256(data).hexdigest() + suffix


def put(client: Client, name: str, offset: int, total: int, data: bytes, **headers: str) -> Answer:
    return client.ask("PUT", f"/api/files/{name}", data, headers=headers, project="p", offset=offset, size=total)


def missing(client: Client, *names: str) -> Answer:
    return client.ask("POST", "/api/files/missing", {"names": list(names)}, project="p")


def test_a_file_comes_in_chunks(client: Client, store: ProjectStore) -> None:
    data = random.Random(1).randbytes(100_000)
    name = named(data, ".png")
    assert missing(client, name).json() == {"missing": [name]}
    assert put(client, name, 0, len(data), data[:60_000]).json() == {"size": 60_000, "done": False}
    assert missing(client, name).json() == {"missing": [name]}
    crc = {"X-Trackio-Crc32": f"{zlib.crc32(data[60_000:]):08x}"}
    assert put(client, name, 60_000, len(data), data[60_000:], **crc).json() == {"size": len(data), "done": True}
    assert missing(client, name).json() == {"missing": []}
    assert store.blobs.read(name) == data
    assert list((layout.receiving(store.directory) / "files").iterdir()) == []


@pytest.mark.parametrize("data", [b"", b"x"], ids=["empty", "one byte"])
def test_a_small_file_comes_at_once(client: Client, store: ProjectStore, data: bytes) -> None:
    assert put(client, named(data), 0, len(data), data).json() == {"size": len(data), "done": True}
    assert store.blobs.read(named(data)) == data


def test_a_file_goes_on_where_it_stopped(client: Client, home: Path, store: ProjectStore) -> None:
    data = b"0123456789"
    name = named(data)
    put(client, name, 0, 10, data[:4])
    for offset in (0, 2, 5, 10):
        answer = put(client, name, offset, 10, data[offset : offset + 1])
        assert (answer.status, answer.json()["size"]) == (409, 4)
    with in_thread(ServerOptions(home, TOKEN)) as another:
        assert put(another, name, 4, 10, data[4:]).json() == {"size": 10, "done": True}
    assert store.blobs.read(name) == data


def test_a_file_that_is_there_is_not_sent_again(client: Client) -> None:
    data = b"0123456789"
    put(client, named(data), 0, 10, data)
    for offset in (0, 5, 10):
        assert put(client, named(data), offset, 10, data[offset:]).json() == {"size": 10, "done": True}


def test_a_file_that_a_crash_cut_short_is_put_anew(client: Client, store: ProjectStore) -> None:
    data = b"0123456789"
    put(client, named(data), 0, 10, data)
    store.blobs.path(named(data)).write_bytes(b"0123")
    assert put(client, named(data), 0, 10, data).json() == {"size": 10, "done": True}
    assert store.blobs.read(named(data)) == data


def test_a_file_that_is_another_is_refused_and_can_be_sent_again(client: Client, store: ProjectStore) -> None:
    data = b"0123456789"
    name = named(data)
    put(client, name, 0, 10, data[:5])
    answer = put(client, name, 5, 10, b"xxxxx")
    assert answer.status == 400
    assert "SHA-256" in answer.json()["error"]
    assert not store.blobs.path(name).exists()
    assert put(client, name, 0, 10, data).json() == {"size": 10, "done": True}


def test_a_chunk_that_was_damaged_on_its_way_is_refused(client: Client) -> None:
    data = b"0123456789"
    assert put(client, named(data), 0, 10, data, **{"X-Trackio-Crc32": "00000000"}).status == 400
    assert put(client, named(data), 0, 10, data).status == 200


def test_more_than_was_announced_is_refused(client: Client) -> None:
    assert put(client, "0" * 64, 0, 3, b"0123").status == 400
    assert put(client, "0" * 64, 0, (1 << 40) + 1, b"0123").status == 413
    assert put(client, "0" * 64, -1, 3, b"012").status == 400
    assert put(client, "0" * 64, 0, 9 << 20, bytes((8 << 20) + 1)).status == 413


@pytest.mark.parametrize(
    "name", ["x", "..%2f..%2fetc%2fpasswd", "0" * 63, "0" * 64 + ".PNG", "0" * 64 + ".a/b", "A" * 64]
)
def test_what_is_no_name_of_a_file_is_refused(client: Client, home: Path, name: str) -> None:
    Home(home).create("p")
    assert put(client, name, 0, 1, b"x").status in {400, 404, 405}
    assert client.ask("GET", f"/api/files/{name}", project="p").status in {400, 404}
    assert missing(client, name).status == 400
    assert not [path for path in home.rglob("*") if path.is_file() and path.suffix not in (".json", ".lock")]


def test_many_senders_of_one_file_end_with_one(client: Client, store: ProjectStore) -> None:
    data = random.Random(2).randbytes(200_000)
    name = named(data)

    def send() -> None:
        size, is_done = 0, False
        while not is_done:
            body = put(client, name, size, len(data), data[size : size + 10_000]).json()
            size, is_done = body["size"], body.get("done", False)

    threads = [threading.Thread(target=send) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.blobs.read(name) == data


def test_a_file_is_given_as_it_is(client: Client) -> None:
    data = b"\x89PNG\r\n\x1a\n rest"
    put(client, named(data, ".png"), 0, len(data), data)
    answer = client.without_token().ask("GET", f"/api/files/{named(data, '.png')}", project="p")
    assert (answer.status, answer.body) == (200, data)
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["content-disposition"].startswith("inline")
    assert "immutable" in answer.headers["cache-control"]
    part = client.ask("GET", f"/api/files/{named(data, '.png')}", project="p", headers={"Range": "bytes=1-3"})
    assert (part.status, part.body) == (206, b"PNG")


@pytest.mark.parametrize("suffix", [".html", ".svg", ".htm", ".xml", ".js", ".pdf", ".table.html", ""])
def test_what_could_run_in_a_page_is_saved_and_not_shown(client: Client, suffix: str) -> None:
    data = b"<script>alert(1)</script>"
    put(client, named(data, suffix), 0, len(data), data)
    headers = client.ask("GET", f"/api/files/{named(data, suffix)}", project="p").headers
    assert headers["content-type"] == "application/octet-stream"
    assert headers["content-disposition"].startswith("attachment")
    assert headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in headers["content-security-policy"]


def test_nothing_that_is_shown_can_run() -> None:
    assert not {kind for kind in SHOWN.values() if any(word in kind for word in ("html", "svg", "xml", "script"))}


def test_a_file_that_is_not_there_is_told(client: Client, home: Path) -> None:
    nothing = client.ask("GET", f"/api/files/{'0' * 64}", project="p")
    assert nothing.status == 404
    assert str(home) not in nothing.body.decode()
    Home(home).create("p")
    assert client.ask("GET", f"/api/files/{'0' * 64}", project="p").status == 404


def test_what_a_sender_gave_up_is_cleared_away_some_day(home: Path) -> None:
    directory = layout.create_project(home, "p")
    Incoming(directory).append("1" * 64, 0, 10, b"abc")
    folder = layout.receiving(directory) / "files"
    long_ago = time.time() - LEFT_SECONDS - 1
    os.utime(folder / ("1" * 64), (long_ago, long_ago))
    # Another process looks once.
    incoming._sweep.cache_clear()
    Incoming(directory).append("2" * 64, 0, 10, b"abc")
    assert [path.name for path in folder.iterdir()] == ["2" * 64]


def test_a_file_that_goes_ahead_of_its_row_is_not_cleared_away(client: Client, store: ProjectStore) -> None:
    data = b"0123456789"
    put(client, named(data), 0, 10, data)
    day_ago = time.time() - 86400
    os.utime(store.blobs.path(named(data)), (day_ago, day_ago))
    made = Made()
    client.post(made, 0, made.beginning() + made.end())
    assert client.ask("DELETE", "/api/runs/r", project="p").status == 200
    assert missing(client, named(data)).json() == {"missing": []}
