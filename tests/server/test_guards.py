"""Host and Origin: what a page elsewhere can make a browser do, it cannot do here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server.running import TOKEN, Client, in_thread
from trackio.server.options import ServerOptions

HOSTS = [
    ("localhost", True),
    ("localhost:1234", True),
    ("LOCALHOST", True),
    ("a.localhost", True),
    ("127.0.0.1", True),
    ("127.0.0.1:80", True),
    ("[::1]:80", True),
    ("192.168.1.5:7860", True),
    ("runs.example", True),
    ("Runs.Example:443", True),
    ("team.sub.example", True),
    ("sub.example", False),
    ("evil.example", False),
    ("runs.example.evil.example", False),
    ("evil-runs.example", False),
    ("localhost.evil.example", False),
    ("127.0.0.1.evil.example", False),
    ("localhost@evil.example", False),
    ("evil.example#localhost", False),
    ("evil.example/localhost", False),
    ("localhost:99999", False),
    ("localhost:x", False),
    ("[::1", False),
    ("", False),
]


@pytest.fixture(scope="module")
def named(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A server that has names."""
    with in_thread(
        ServerOptions(tmp_path_factory.mktemp("home"), TOKEN, hosts=("runs.example", "*.sub.example"))
    ) as found:
        yield found


@pytest.mark.parametrize(("host", "is_known"), HOSTS)
def test_a_server_answers_to_its_names_alone(named: Client, host: str, is_known: bool) -> None:
    answer = named.ask("GET", "/healthz", headers={"Host": host})
    assert answer.status == (200 if is_known else 403)
    if not is_known:
        assert "--allowed-host" in answer.json()["error"]


def test_any_name_will_do_where_that_is_said(home: Path) -> None:
    with in_thread(ServerOptions(home, TOKEN, hosts=("*",))) as client:
        assert client.ask("GET", "/healthz", headers={"Host": "evil.example"}).status == 200
        # That says nothing of where a change may come from.
        headers = {"Host": "evil.example", "Origin": "http://other.example", "Cookie": f"trackio_token={TOKEN}"}
        assert client.without_token().ask("DELETE", "/api/runs/r", project="p", headers=headers).status == 403


HERE = "127.0.0.1:7860"
ORIGINS = [
    ({}, True),
    ({"Origin": f"http://{HERE}"}, True),
    ({"Origin": f"https://{HERE}"}, True),
    ({"Origin": "http://127.0.0.1"}, False),
    ({"Origin": "http://127.0.0.1:7861"}, False),
    ({"Origin": "http://localhost:7860"}, False),
    ({"Origin": "null"}, False),
    ({"Origin": "http://evil.example"}, False),
    ({"Origin": f"http://{HERE}.evil.example"}, False),
    ({"Origin": "http://[bad"}, False),
    ({"Origin": "http://a:b"}, False),
    ({"Origin": "https://runs.example"}, True),
    ({"Origin": "null", "Sec-Fetch-Site": "same-origin"}, True),
    ({"Sec-Fetch-Site": "none"}, True),
    ({"Sec-Fetch-Site": "same-site", "Origin": f"http://{HERE}"}, False),
    ({"Sec-Fetch-Site": "cross-site"}, False),
    ({"Sec-Fetch-Site": "cross-site", "Origin": "https://runs.example"}, True),
]


@pytest.mark.parametrize(("headers", "is_ours"), ORIGINS)
@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE", "PUT"])
def test_a_change_with_a_cookie_comes_from_a_page_of_ours(
    named: Client, method: str, headers: dict[str, str], is_ours: bool
) -> None:
    sent = {"Host": HERE, "Cookie": f"trackio_token={TOKEN}", **headers}
    status = named.without_token().ask(method, "/api/runs/r", project="p", headers=sent).status
    assert (status != 403) == is_ours


@pytest.mark.parametrize("headers", [headers for headers, _ in ORIGINS])
@pytest.mark.parametrize("token", [{"Authorization": f"Bearer {TOKEN}"}, {"X-Trackio-Token": TOKEN}])
def test_a_token_in_a_header_is_no_other_pages(named: Client, headers: dict[str, str], token: dict[str, str]) -> None:
    answer = named.without_token().ask("DELETE", "/api/runs/r", project="p", headers={"Host": HERE, **headers, **token})
    assert answer.status == 404


@pytest.mark.parametrize("value", ["Basic dTpw", "x"])
def test_credentials_that_browsers_send_along_are_a_pages(named: Client, value: str) -> None:
    sent = {"Host": HERE, "Cookie": f"trackio_token={TOKEN}", "Authorization": value, "Sec-Fetch-Site": "same-site"}
    assert named.without_token().ask("DELETE", "/api/runs/r", project="p", headers=sent).status == 403
    sent["Sec-Fetch-Site"] = "same-origin"
    assert named.without_token().ask("DELETE", "/api/runs/r", project="p", headers=sent).status == 404


def test_a_page_may_be_opened_from_anywhere(named: Client) -> None:
    headers = {"Origin": "http://evil.example", "Sec-Fetch-Site": "cross-site"}
    assert named.ask("GET", "/healthz", headers=headers).status == 200


def test_what_is_answered_is_taken_for_nothing_else(client: Client) -> None:
    for path in ("/healthz", "/api/read/projects", "/api/nothing", "/nothing"):
        found = client.ask("GET", path).headers
        assert found["x-content-type-options"] == "nosniff"
        assert found["referrer-policy"] == "no-referrer"
        assert ("sandbox" in found.get("content-security-policy", "")) == path.startswith("/api/")
        assert "access-control-allow-origin" not in found


def test_no_other_page_is_told_that_it_may_ask(client: Client) -> None:
    headers = {"Origin": "http://evil.example", "Access-Control-Request-Method": "POST"}
    answer = client.without_token().ask("OPTIONS", "/api/runs/r", project="p", headers=headers)
    assert "access-control-allow-origin" not in answer.headers
