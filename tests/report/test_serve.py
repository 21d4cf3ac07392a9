"""The preview, over real HTTP on loopback."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.report.conftest import Record
from trackio.report.build import Options
from trackio.report.serve import HOST, NEWS, RELOAD, Preview


@pytest.fixture
def preview(record: Record, home: Path, out: Path) -> Iterator[Preview]:
    record("p", "a")
    found = Preview(Options(out, home, workers=1), port=0, say=lambda text: None)  # noqa: ARG005 - says nothing
    thread = threading.Thread(target=found.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield found
    found.close()
    thread.join()


def get(preview: Preview, path: str, host: str | None = None) -> tuple[int, bytes]:
    connection = HTTPConnection(HOST, preview.port, timeout=30)
    try:
        connection.request("GET", path, headers={"Host": host or f"{HOST}:{preview.port}"})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def test_a_page_is_served_with_what_reloads_it(preview: Preview, out: Path) -> None:
    status, body = get(preview, "/p/charts/loss.html?smoothing=5")
    assert status == 200
    assert body == (out / "p/charts/loss.html").read_bytes().replace(b"</body>", RELOAD + b"</body>")
    assert RELOAD not in (out / "p/charts/loss.html").read_bytes()


@pytest.mark.parametrize("path", ["/", "/p/", "/p/charts/loss.svg", "/p/data/loss.js"])
def test_files_are_served(preview: Preview, path: str) -> None:
    assert get(preview, path)[0] == 200


@pytest.mark.parametrize("path", ["/nothing", "/p/charts/", "/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/p/\0"])
def test_nothing_else_is_served(preview: Preview, path: str) -> None:
    connection = socket.create_connection((HOST, preview.port), timeout=30)
    with connection, connection.makefile("rb") as answer:
        connection.sendall(f"GET {path} HTTP/1.0\r\nHost: {HOST}\r\n\r\n".encode())
        assert answer.readline().split()[1] in {b"400", b"404"}


def test_only_this_machine_is_answered(preview: Preview) -> None:
    assert get(preview, "/", host="evil.example")[0] == 403


def test_new_data_is_built_and_told(preview: Preview, record: Record, out: Path) -> None:
    before = get(preview, NEWS)[1]
    assert not preview.look()
    record("p", "b")
    assert preview.look()
    assert (out / "p/runs/b.html").is_file()
    assert get(preview, f"{NEWS}?{before.decode()}")[1] != before


def test_a_fault_while_building_is_said_and_tried_again(
    record: Record, home: Path, out: Path, preview: Preview
) -> None:
    said: list[str] = []
    preview._say = said.append
    record("p", "b")
    (out / "p/runs/b.html").write_text("in the way")
    assert not preview.look()
    assert "b.html" in said[0]
    (out / "p/runs/b.html").unlink()
    assert preview.look()


def test_a_port_in_use_gives_way_to_the_next(record: Record, home: Path, out: Path) -> None:
    record("p", "a")
    said: list[str] = []
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]
        found = Preview(Options(out, home, workers=1), port=port, say=said.append)
        assert found.port != port
        assert said == [f"Port {port} is taken; using {found.port}."]
        found.server.server_close()
