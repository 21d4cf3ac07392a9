"""Requests: what is sent, which answers raise what, where redirects and proxies lead, and that no secret is told."""

from __future__ import annotations

import gzip
import io
import itertools
import os
import socket
import ssl
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.remote.answering import Answering, Asked
from trackio.errors import AuthenticationError, Refused, ServerBusy, TransportError, Unreachable, UsageError
from trackio.transport import LONGEST_WAIT_SECONDS, Backoff, Transport

SECRET = "s3cret-token"
Reply = tuple[int, dict[str, str], bytes]


def always(status: int, body: bytes = b"{}", **headers: str) -> Callable[[Asked], Reply]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _asked: (status, named, body)


def test_json_goes_there_and_comes_back_over_one_connection() -> None:
    with Answering(always(200, b'{"size": 3}')) as server:
        transport = Transport(f"{server.url}/trackio/", {"X-Trackio-Token": SECRET})
        first = transport.request("POST", "api/files/missing", query={"project": "a b&c"}, content={"names": []})
        transport.request("GET", "/api/x")
    assert (first.status, first.json()) == (200, {"size": 3})
    one, two = server.asked
    assert (one.method, one.path) == ("POST", "/trackio/api/files/missing?project=a+b%26c")
    assert one.body == b'{"names":[]}'
    assert one.headers["content-type"] == "application/json"
    assert one.headers["x-trackio-token"] == SECRET
    assert one.headers["user-agent"].startswith("trackio/")
    assert two.path == "/trackio/api/x"
    assert one.connection == two.connection


def test_an_address_is_asked_as_it_was_given() -> None:
    with Answering(always(204, b"")) as server:
        Transport(f"{server.url}/hook/?token={SECRET}").request("POST", body=b"x")
    assert server.asked[0].path == f"/hook/?token={SECRET}"


def test_a_name_and_password_in_the_address_become_a_header() -> None:
    with Answering(always(200)) as server:
        Transport(f"http://ann:p%40ss@127.0.0.1:{server.port}/").request("GET", "x")
    assert server.asked[0].headers["authorization"] == "Basic YW5uOnBAc3M="
    assert server.asked[0].headers["host"] == f"127.0.0.1:{server.port}"


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, Refused),
        (401, AuthenticationError),
        (403, Refused),
        (404, Refused),
        (500, Refused),
        (429, ServerBusy),
        (503, ServerBusy),
        (502, ServerBusy),
    ],
)
def test_an_answer_that_is_no_success_raises(status: int, kind: type[Exception]) -> None:
    with Answering(always(status, b'{"error": "Say  it\\nother than so."}')) as server, pytest.raises(kind) as caught:
        Transport(server.url).request("GET", "x")
    assert type(caught.value) is kind
    assert str(caught.value) == f"{server.url}: Say it other than so."
    assert isinstance(caught.value, (Refused, ServerBusy))
    assert caught.value.status == status


def test_what_a_proxy_says_in_html_is_told_by_its_status() -> None:
    with Answering(always(413, b"<html>nginx")) as server, pytest.raises(Refused, match=r"it answers 413 \("):
        Transport(server.url).request("POST", "x", body=b"y")


def test_an_expected_status_is_an_answer() -> None:
    with Answering(always(409, b'{"size": 7}')) as server:
        answer = Transport(server.url).request("POST", "x", expected=frozenset({409}))
    assert (answer.status, answer.json()) == (409, {"size": 7})


def test_an_answer_that_is_no_json_asks_for_the_right_address() -> None:
    with Answering(always(200, b"<html>")) as server, pytest.raises(TransportError, match="is one at this address"):
        Transport(server.url).request("GET", "x").json()


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("7", 7), ("0", 0), ("Thu, 01 Jan 1970 00:00:00 GMT", 0)],
)
def test_retry_after_is_seconds_or_a_date(value: str, seconds: float) -> None:
    assert told_to_wait(value) == seconds


def test_retry_after_may_be_a_date_to_come() -> None:
    in_an_hour = format_datetime(datetime.now(timezone.utc) + timedelta(hours=1), usegmt=True)
    assert 3000 <= told_to_wait(in_an_hour) <= 3600


def told_to_wait(value: str) -> float:
    with Answering(always(429, Retry_After=value)) as server, pytest.raises(ServerBusy) as caught:
        Transport(server.url).request("GET", "x")
    assert caught.value.retry_after_seconds is not None
    return caught.value.retry_after_seconds


@pytest.mark.parametrize("value", ["soon", "-3", "", "nan", "٣ minutes"])
def test_a_retry_after_that_says_nothing_is_none(value: str) -> None:
    said = value.encode().decode("latin-1")
    with Answering(always(503, Retry_After=said)) as server, pytest.raises(ServerBusy) as caught:
        Transport(server.url).request("GET", "x")
    assert caught.value.retry_after_seconds is None


def test_a_redirect_within_the_host_is_followed_with_its_body() -> None:
    def answer(asked: Asked) -> Reply:
        return (308, {"Location": "/new/x?a=1"}, b"") if asked.path.startswith("/x") else (200, {}, b"{}")

    with Answering(answer) as server:
        Transport(server.url, {"Authorization": SECRET}).request("POST", "x", query={"a": 1}, body=b"rows")
    assert [(one.method, one.path, one.body) for one in server.asked] == [
        ("POST", "/x?a=1", b"rows"),
        ("POST", "/new/x?a=1", b"rows"),
    ]


def test_a_redirect_to_another_host_takes_nothing_along() -> None:
    with (
        Answering(always(200)) as other,
        Answering(always(302, Location=f"{other.url}/?{SECRET}")) as server,
        pytest.raises(Refused, match=r"redirects to http://127\.0\.0\.1; give that address") as caught,
    ):
        Transport(server.url, {"Authorization": SECRET}).request("GET", "x")
    assert other.asked == []
    assert SECRET not in str(caught.value)


def test_redirects_in_a_circle_end() -> None:
    with Answering(always(307, Location="/x")) as server, pytest.raises(Refused, match="without an end"):
        Transport(server.url).request("GET", "x")
    assert len(server.asked) == 5


def test_no_answer_is_told_without_the_address_behind_the_host() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(Unreachable, match="connection refused") as caught:
        Transport(f"http://127.0.0.1:{port}/{SECRET}", {"Authorization": SECRET}).request("GET", query={"t": SECRET})
    assert SECRET not in "".join(traceback.format_exception(caught.value))


def test_a_server_that_is_silent_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        transport = Transport(f"http://127.0.0.1:{silent.getsockname()[1]}", answer_seconds=0.05)
        with pytest.raises(Unreachable, match="in time"):
            transport.request("GET", "x")


def test_an_answer_that_breaks_off_is_no_answer() -> None:
    with (
        Answering(always(200, b"half", Content_Length="900", Connection="close")) as server,
        pytest.raises(Unreachable, match="broke off"),
    ):
        Transport(server.url, answer_seconds=0.5).request("GET", "x")


def test_an_answer_without_an_end_is_not_kept_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trackio.transport.MOST_BYTES", 1 << 20)
    with Answering(always(200, gzip.compress(bytes(4 << 20)), Content_Encoding="gzip")) as server:
        transport = Transport(server.url)
        with pytest.raises(TransportError, match="longer than 1 MB"):
            transport.request("GET", "x")
        file = io.BytesIO()
        answer = Transport(server.url).request("GET", "x", into=file)
    assert (answer.body, len(file.getvalue())) == (b"", 4 << 20)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "localhost:7860",
        "ftp://host/",
        "http://",
        "http://host:notaport",
        "http://host:99999",
        "http://[::1",
        "http://host name/",
        "http://host\r\nX-Evil: 1/",
    ],
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(UsageError, match="is no address of HTTP"):
        Transport(url)


@pytest.mark.parametrize(
    "url",
    ["htp://u:{}@host/{}?t={}", "localhost/{}?t={}", "http://host:port/{}#{}", "http://u:{}/", "http://u:{}?@host"],
)
def test_a_refused_address_keeps_its_secrets(url: str) -> None:
    with pytest.raises(UsageError) as caught:
        Transport(url.format(SECRET, SECRET, SECRET))
    assert SECRET not in str(caught.value)


def test_repr_tells_no_secret() -> None:
    assert (
        repr(Transport(f"http://u:{SECRET}@host:1/{SECRET}?t={SECRET}", {"A": SECRET})) == "Transport('http://host:1')"
    )


@pytest.mark.parametrize("name", ["http_proxy", "HTTP_PROXY", "ALL_PROXY"])
def test_the_proxy_of_the_environment_is_used(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with Answering(always(200)) as proxy:
        monkeypatch.setenv(name, f"http://ann:pass@127.0.0.1:{proxy.port}")
        Transport("http://trackio.invalid:99", {"Authorization": SECRET}).request("GET", "x")
    assert proxy.asked[0].path == "http://trackio.invalid:99/x"
    assert proxy.asked[0].headers["proxy-authorization"] == "Basic YW5uOnBhc3M="
    assert proxy.asked[0].headers["authorization"] == SECRET


def test_a_proxy_is_not_asked_for_those_it_does_not_serve(monkeypatch: pytest.MonkeyPatch) -> None:
    with Answering(always(500)) as proxy, Answering(always(200)) as server:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("NO_PROXY", "trackio.invalid")
        Transport(server.url).request("GET", "x")
        with pytest.raises(Unreachable):
            Transport("http://sub.trackio.invalid").request("GET", "x")
    assert proxy.asked == []


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"])
def test_certificates_of_the_environment_are_trusted(
    variable: str, certificate: tuple[Path, ssl.SSLContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, context = certificate
    with Answering(always(200)) as server:
        server.wrap(context)
        with pytest.raises(Unreachable, match="no safe connection: "):
            Transport(f"https://localhost:{server.port}").request("GET", "x")
        monkeypatch.setenv(variable, str(path))
        assert Transport(f"https://localhost:{server.port}").request("GET", "x").status == 200


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ssl.SSLContext]:
    """For localhost: the file, and what serves with it."""
    folder = tmp_path_factory.mktemp("tls")
    certificate, key = folder / "cert.pem", folder / "key.pem"
    command = (
        "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost "
        f"-keyout {key.name} -out {certificate.name}"
    )
    subprocess.run(command.split(), cwd=folder, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return certificate, context


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_child_has_connections_of_its_own() -> None:
    with Answering(always(200)) as server:
        code = (
            "import os, sys\nfrom trackio.transport import Transport\n"
            "t = Transport(sys.argv[1])\nt.request('GET', 'parent')\nchild = os.fork()\n"
            "t.request('GET', 'child' if child == 0 else 'parent')\n"
            "if child == 0: os._exit(0)\nos.waitpid(child, 0)\n"
        )
        subprocess.run([sys.executable, "-c", code, server.url], check=True, timeout=60)
    ways = {path: {one.connection for one in server.asked if one.path == path} for path in ("/parent", "/child")}
    assert len(ways["/parent"]) == len(ways["/child"]) == 1
    assert ways["/parent"] != ways["/child"]


def test_many_threads_may_ask_at_once() -> None:
    answers: list[int] = []
    with Answering(always(200)) as server:
        transport = Transport(server.url)
        threads = [
            threading.Thread(target=lambda: answers.append(transport.request("GET", "x").status)) for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert answers == [200] * 8


@given(st.lists(st.one_of(st.none(), st.floats(allow_nan=False)), max_size=80), st.floats(0, 1))
def test_waits_grow_to_the_most_and_keep_what_was_asked_for(asked: list[float | None], chance: float) -> None:
    backoff = Backoff(0.5, 60.0, lambda: chance)
    for count, seconds in enumerate(asked):
        wait = backoff.failed(seconds)
        floor = 0.0 if seconds is None else min(max(seconds, 0.0), LONGEST_WAIT_SECONDS)
        assert floor <= wait <= floor + min(0.5 * 2**count, 60.0)
    backoff.succeeded()
    assert backoff.failed() <= 0.5


class Trickling:
    """Sends the beginning of an answer at once and the rest byte by byte, until the other side goes."""

    def __init__(self, beginning: bytes, rest: bytes, context: ssl.SSLContext | None = None) -> None:
        self._beginning, self._rest, self._context = beginning, rest, context
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self.was_left = threading.Event()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        connection, _ = self._listening.accept()
        if self._context is not None:
            connection = self._context.wrap_socket(connection, server_side=True)
        try:
            connection.recv(65536)
            connection.sendall(self._beginning)
            for byte in itertools.cycle(self._rest):
                connection.sendall(bytes([byte]))
                self.was_left.wait(0.01)
        except OSError:
            self.was_left.set()
        finally:
            connection.close()
            self._listening.close()


TRICKLES = {
    "the status": (b"HTTP/1.1 ", b"2", Unreachable),
    "a header": (b"HTTP/1.1 200 OK\r\nX-More: ", b"x", Unreachable),
    "headers": (b"HTTP/1.1 200 OK\r\n", b"X: y\r\n", Unreachable),
    "an error": (b"HTTP/1.1 500 No\r\nContent-Length: 99999\r\n\r\n", b"x", Unreachable),
    "what nobody waits for": (b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n", b"x", None),
    "chunks": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n", None),
    "without an end": (b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", b"x", None),
}


@pytest.mark.parametrize("is_safe", [False, True])
@pytest.mark.parametrize(("beginning", "rest", "error"), TRICKLES.values(), ids=TRICKLES)
def test_an_answer_that_trickles_has_a_total_time(
    certificate: tuple[Path, ssl.SSLContext],
    monkeypatch: pytest.MonkeyPatch,
    *,
    is_safe: bool,
    beginning: bytes,
    rest: bytes,
    error: type[TransportError] | None,
) -> None:
    path, context = certificate
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    server = Trickling(beginning, rest, context if is_safe else None)
    transport = Transport(f"http{'s' * is_safe}://localhost:{server.port}", total_seconds=0.5)
    if error is None:
        assert transport.request("POST", body=b"x").status == 200
    else:
        with pytest.raises(error, match="in time"):
            transport.request("POST", body=b"x")
    transport.close()
    assert server.was_left.wait(30)
