"""What is too much, too often or too slow is told so, and nothing of it is kept."""

from __future__ import annotations

import gzip
import socket
import threading
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.server.made import Made
from tests.server.running import TOKEN, Client, in_process, in_thread
from trackio.server import reading
from trackio.server.limits import Buckets, Few
from trackio.server.options import ServerOptions
from trackio.server.refusals import Refused
from trackio.store import layout
from trackio.store.query import Limits

SMALL = 10_000


@pytest.fixture
def small(home: Path) -> Iterator[Client]:
    """A server that takes little, and waits briefly."""
    options = ServerOptions(
        home, TOKEN, journal_bytes=SMALL, chunk_bytes=SMALL, json_bytes=SMALL, quiet_seconds=0.5, body_seconds=2.0
    )
    with in_thread(options) as found:
        yield found


def packed(data: bytes) -> dict[str, str]:
    return {"X-Trackio-Crc32": f"{zlib.crc32(data):08x}", "Content-Encoding": "gzip"}


def test_a_journal_may_bring_so_much_at_once(small: Client) -> None:
    made = Made()
    first = made.beginning()
    assert small.post(made, 0, first).status == 200
    rows = made.rows(0, SMALL // len(made.row(0)))
    assert small.post(made, len(first), rows).status == 200
    too_many = made.rows(0, SMALL // len(made.row(0)) + 1)
    for is_packed in (False, True):
        answer = small.post(made, small.size(made), too_many, is_packed=is_packed)
        assert answer.status == 413
        assert f"{SMALL:,}" in answer.json()["error"]


def test_a_bomb_does_not_go_off(home: Path) -> None:
    made = Made()
    bomb = gzip.compress(b"\0" * (200 << 20), 9)
    assert len(bomb) < 1 << 20
    with in_thread(ServerOptions(home, TOKEN)) as client:
        answer = client.ask(
            "POST",
            f"/api/journals/{made.name}",
            bomb,
            headers={"X-Trackio-Crc32": "00000000", "Content-Encoding": "gzip"},
            project="p",
            run="r",
            offset=0,
        )
    assert answer.status == 413
    assert not layout.projects_directory(home).exists()


BROKEN: list[tuple[Callable[[bytes], bytes], int]] = [
    (lambda data: gzip.compress(data)[:-4], 400),
    (lambda data: gzip.compress(data)[:20], 400),
    (lambda data: gzip.compress(data) + b"more", 400),
    (lambda data: gzip.compress(data) + gzip.compress(data), 400),
    (lambda data: data, 400),
    (zlib.compress, 400),
    (lambda _: b"", 400),
]


@pytest.mark.parametrize(("spoilt", "status"), BROKEN)
def test_gzip_that_is_none_is_refused(small: Client, home: Path, spoilt: Callable[[bytes], bytes], status: int) -> None:
    made = Made()
    data = made.beginning()
    query = {"project": "p", "run": "r", "offset": 0}
    answer = small.ask("POST", f"/api/journals/{made.name}", spoilt(data), headers=packed(data), **query)
    assert answer.status == status
    assert not layout.projects_directory(home).exists()


@pytest.mark.parametrize("encoding", ["br", "deflate", "gzip, gzip", "zstd"])
def test_an_unknown_encoding_is_refused(small: Client, encoding: str) -> None:
    made = Made()
    answer = small.post(made, 0, made.beginning(), headers={"Content-Encoding": encoding})
    assert answer.status == 415
    assert "gzip" in answer.json()["error"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/files/missing?project=p"),
        ("PATCH", "/api/runs/r?project=p"),
        ("POST", "/api/runs/r/move?project=p"),
        ("POST", "/api/live/lines"),
    ],
)
def test_a_question_may_not_be_a_book(small: Client, method: str, path: str) -> None:
    book = b'{"names": ["' + b"x" * (2 * SMALL) + b'"]}'
    for body in (book, iter([book[:SMALL], book[SMALL:]])):
        answer = small.ask(method, path, body, headers={"Content-Type": "application/json"})
        assert answer.status == 413, answer.body


def exchange(client: Client, sent: bytes) -> bytes:
    """What comes back for bytes as they are; the connection stays open for more that never comes."""
    with socket.create_connection(("127.0.0.1", client.port), timeout=30) as connection:
        connection.sendall(sent)
        found = b""
        while chunk := connection.recv(65536):
            found += chunk
            if b"\r\n\r\n" in found and b"}" in found:
                break
        return found


@pytest.mark.parametrize(
    ("path", "length"),
    [
        ("POST /api/journals/r.0123456789ab.journal?project=p&run=r&offset=0", 1000),
        ("POST /api/files/missing?project=p", 1000),
        (f"PUT /api/files/{'0' * 64}?project=p&offset=0&size=1000", 1000),
    ],
)
def test_a_sender_that_stops_in_the_middle_is_not_waited_for(small: Client, path: str, length: int) -> None:
    head = (
        f"{path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}\r\nContent-Length: {length}\r\n"
        "Content-Type: application/json\r\nX-Trackio-Crc32: 00000000\r\n\r\n{"
    )
    answer = exchange(small, head.encode())
    assert answer.startswith(b"HTTP/1.1 408")
    assert b"too long" in answer


def test_a_sender_that_drips_is_not_waited_for_either(small: Client) -> None:
    stop = threading.Event()
    with socket.create_connection(("127.0.0.1", small.port), timeout=30) as connection:
        connection.sendall(
            f"POST /api/files/missing?project=p HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}\r\n"
            "Content-Length: 1000\r\nContent-Type: application/json\r\n\r\n".encode()
        )

        def drip() -> None:
            while not stop.wait(0.05):
                try:
                    connection.sendall(b" ")
                except OSError:
                    return

        thread = threading.Thread(target=drip)
        thread.start()
        try:
            assert connection.recv(65536).startswith(b"HTTP/1.1 408")
        finally:
            stop.set()
            thread.join()


def test_a_server_goes_on_answering_beside_slow_senders(small: Client) -> None:
    head = (
        "POST /api/journals/r.0123456789ab.journal?project=p&run=r&offset=0 HTTP/1.1\r\nHost: localhost\r\n"
        f"Authorization: Bearer {TOKEN}\r\nContent-Length: 1000\r\nX-Trackio-Crc32: 00000000\r\n\r\n"
    )
    connections = [socket.create_connection(("127.0.0.1", small.port), timeout=30) for _ in range(60)]
    try:
        for connection in connections:
            connection.sendall(head.encode())
        made = Made()
        assert small.post(made, 0, made.beginning()).status == 200
        for connection in connections:
            assert connection.recv(65536).startswith(b"HTTP/1.1 408")
    finally:
        for connection in connections:
            connection.close()


def test_a_server_says_that_it_is_well_while_many_ask_what_takes_long(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "LIMITS", Limits(seconds=3.0))
    endless = "WITH RECURSIVE t(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM t) SELECT count(*) FROM t"
    made = Made()
    with in_thread(ServerOptions(home, TOKEN)) as client, ThreadPoolExecutor(60) as pool:
        assert client.post(made, 0, made.beginning()).status == 200
        asked = [pool.submit(client.ask, "GET", "/api/read/query", project="p", sql=endless) for _ in range(60)]
        assert [client.ask(method, "/healthz").status for method in ("GET", "HEAD")] == [200, 200]
        answers = [one.result() for one in asked]
    assert {answer.status for answer in answers} == {400, 503}
    assert sum(answer.status == 400 for answer in answers) >= 8
    assert all(answer.headers["retry-after"] == "2" for answer in answers if answer.status == 503)


def test_places_are_free_again_when_the_work_has_failed() -> None:
    few = Few(1)

    def fail() -> None:
        with few.place():
            with pytest.raises(Refused):
                few.place().__enter__()
            raise ZeroDivisionError

    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            fail()


def test_a_bucket_fills_steadily() -> None:
    buckets = Buckets(per_second=2.0, at_once=3)
    for _ in range(3):
        buckets.take("a", now=0.0)
    with pytest.raises(Refused) as refused:
        buckets.take("a", now=0.0)
    assert refused.value.status_code == 429
    assert refused.value.headers is not None
    assert refused.value.headers["Retry-After"] == "1"
    buckets.take("b", now=0.0)
    buckets.take("a", now=0.5)
    with pytest.raises(Refused):
        buckets.take("a", now=0.5)
    for _ in range(3):
        buckets.take("a", now=1000.0)


def test_all_addresses_of_one_network_of_ipv6_are_one_client() -> None:
    buckets = Buckets(per_second=1.0, at_once=2)
    buckets.take("2001:db8::1", now=0.0)
    buckets.take("2001:db8::2:3", now=0.0)
    with pytest.raises(Refused):
        buckets.take("2001:db8:0:0:ffff::", now=0.0)
    buckets.take("2001:db8:0:1::1", now=0.0)


def test_too_many_requests_are_told_when_to_come_back(home: Path) -> None:
    with in_thread(ServerOptions(home, TOKEN, requests_per_second=0.01, requests_at_once=3)) as client:
        for _ in range(3):
            assert client.ask("GET", "/healthz").status == 200
        answer = client.ask("GET", "/healthz")
        assert answer.status == 429
        assert 1 <= int(answer.headers["retry-after"]) <= 100
        assert "too many" in answer.json()["error"].lower()


@pytest.mark.parametrize("is_trusted", [False, True])
def test_a_proxy_is_believed_who_asks_when_that_is_said(home: Path, tmp_path: Path, is_trusted: bool) -> None:
    options = ["--port", "0", "--rate-limit", "0.01", "--access-log"]
    options += ["--forwarded-allow-ips", "127.0.0.1"] if is_trusted else []
    with in_process(home, *options, log=tmp_path / "log") as server:
        server.client.ask("GET", "/healthz", headers={"X-Forwarded-For": "203.0.113.9"})
        assert ("203.0.113.9" in server.log.read_text()) == is_trusted
