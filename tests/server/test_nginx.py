"""The nginx configuration of the documentation, as it stands there, in a real nginx before a real server."""

from __future__ import annotations

import re
import shutil
import ssl
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from http.client import HTTPSConnection
from pathlib import Path

import pytest

from tests.server.made import Made
from tests.server.running import SECONDS, TOKEN, Client, in_process, until
from trackio.server.running import bound
from trackio.store.home import Home

DOCS = (Path(__file__).parents[2] / "docs" / "server.md").read_text("utf-8")
NAME = "runs.example"


def program(name: str) -> str:
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
    if found is None:
        pytest.fail(
            f"These tests need {name}. Install it (Debian: apt-get install nginx-light openssl).", pytrace=False
        )
    return found


def block(language: str, containing: str) -> str:
    found: list[str] = re.findall(rf"^```{language}\n(.*?)^```$", DOCS, re.MULTILINE | re.DOTALL)
    return next(text for text in found if containing in text)


@dataclass(frozen=True)
class Proxied:
    client: Client
    log: Path
    home: Path


@pytest.fixture(scope="module")
def proxied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxied]:
    """What the documentation says, with ports and paths of the test."""
    folder = tmp_path_factory.mktemp("nginx")
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        [
            *(program("openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}"),
            *("-keyout", str(key), "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
    )
    start = block("bash", "--root-path").split()
    assert start[:2] == ["trackio", "serve"]
    with in_process(folder / "home", *start[2:], "--port", "0", log=folder / "server.log") as server:
        listening = bound("127.0.0.1", 0)
        port = listening.getsockname()[1]
        listening.close()
        configuration = block("nginx", "proxy_pass")
        for before, after in (
            ("listen 443 ssl", f"listen 127.0.0.1:{port} ssl"),
            ("/etc/ssl/runs.example.crt", str(certificate)),
            ("/etc/ssl/runs.example.key", str(key)),
            ("/var/log/nginx/trackio.log", str(folder / "access.log")),
            ("127.0.0.1:7860", f"127.0.0.1:{server.client.port}"),
        ):
            assert configuration.count(before) == 1
            configuration = configuration.replace(before, after)
        temporary = "".join(
            f"{name}_temp_path {folder / name};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        (folder / "nginx.conf").write_text(
            f"daemon off;\npid {folder / 'pid'};\nerror_log {folder / 'error.log'};\n"
            f"events {{}}\nhttp {{\n{temporary}{configuration}}}\n"
        )
        with (folder / "nginx.out").open("w") as out:
            nginx = subprocess.Popen(
                [
                    program("nginx"),
                    "-p",
                    str(folder),
                    "-c",
                    str(folder / "nginx.conf"),
                    "-e",
                    str(folder / "error.log"),
                ],
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        trusted = ssl.create_default_context(cafile=str(certificate))
        client = Client(port, TOKEN, headers={"Host": f"{NAME}:{port}"}, open=lambda: Connection(port, trusted))
        try:
            until(lambda: answers(client), nginx)
            yield Proxied(client, folder / "access.log", folder / "home")
        finally:
            nginx.terminate()
            nginx.wait(SECONDS)


class Connection(HTTPSConnection):
    """To loopback, for the name of the certificate."""

    def __init__(self, port: int, trusted: ssl.SSLContext) -> None:
        super().__init__("127.0.0.1", port, timeout=SECONDS)
        self._trusted = trusted

    def connect(self) -> None:
        super(HTTPSConnection, self).connect()
        self.sock = self._trusted.wrap_socket(self.sock, server_hostname=NAME)


def answers(client: Client) -> bool:
    try:
        return client.ask("GET", "/trackio/healthz").status == 200
    except OSError:
        return False


def below(client: Client) -> Client:
    """The same, asked below the path."""
    return replace(client, prefix="/trackio")


def test_runs_are_recorded_and_read_through_it(proxied: Proxied) -> None:
    client, made = below(proxied.client), Made()
    first = made.beginning() + made.rows(0, 10)
    assert client.post(made, 0, first).json() == {"size": len(first)}
    # More than nginx holds in memory, less than it lets through.
    large = made.rows(10, 400_000)
    assert len(large) > 12 << 20
    assert client.post(made, len(first), large).json() == {"size": len(first) + len(large)}
    assert client.post(made, 0, first).status == 409
    assert Home(proxied.home).project("p").name == "p"
    read = client.ask("GET", "/api/read/runs", project="p")
    assert [run["id"] for run in read.json()["runs"]] == ["r"]


def test_a_body_that_is_too_large_is_refused(proxied: Proxied) -> None:
    assert below(proxied.client).post(Made(), 0, bytes(66 << 20)).status == 413


def test_a_browser_gets_its_cookie_for_the_path_and_for_https(proxied: Proxied) -> None:
    client = below(proxied.client).without_token()
    answer = client.ask("GET", f"/p/?write_token={TOKEN}&x=time")
    assert (answer.status, answer.headers["location"]) == (303, "/trackio/p/?x=time")
    assert answer.headers["set-cookie"].endswith("Path=/trackio; Max-Age=2592000; HttpOnly; Secure; SameSite=Lax")
    cookie = {"Cookie": answer.headers["set-cookie"].partition(";")[0]}
    here = f"https://{NAME}:{client.port}"
    allowed = client.ask("PATCH", "/api/runs/q", {}, project="p", headers={**cookie, "Origin": here})
    assert allowed.status == 404
    refused = client.ask("PATCH", "/api/runs/q", {}, project="p", headers={**cookie, "Origin": "https://evil.example"})
    assert refused.status == 403


def test_no_token_is_in_its_log(proxied: Proxied) -> None:
    below(proxied.client).without_token().ask("GET", f"/?write_token={TOKEN}")
    until(lambda: "GET /trackio/ " in proxied.log.read_text())
    assert TOKEN not in proxied.log.read_text()


def test_another_name_is_refused(proxied: Proxied) -> None:
    answer = below(proxied.client).ask("GET", "/healthz", headers={"Host": "evil.example"})
    assert answer.status == 403
