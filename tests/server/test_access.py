"""Tokens: who may read, who may write, and that no token is told to anybody."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.server.made import Made
from tests.server.running import TOKEN, Answer, Client, in_thread
from trackio.server.options import ServerOptions, from_environment

READ = "a-read-token"
WRITES = [
    ("GET", "/api/journals/r.0123456789ab.journal?project=p&run=r"),
    ("POST", "/api/journals/r.0123456789ab.journal?project=p&run=r&offset=0"),
    ("POST", "/api/files/missing?project=p"),
    ("PUT", f"/api/files/{'0' * 64}?project=p&offset=0&size=1"),
    ("GET", "/api/runs/r/resume?project=p"),
    ("PATCH", "/api/runs/r?project=p"),
    ("DELETE", "/api/runs/r?project=p"),
    ("POST", "/api/runs/r/move?project=p"),
]
READS = [
    ("GET", f"/api/files/{'0' * 64}?project=p"),
    ("GET", "/api/read/projects"),
    ("GET", "/api/read/runs?project=p"),
    ("POST", "/api/live/lines"),
    ("GET", "/api/live/runs?project=p"),
]


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A server that shows nothing without a token."""
    with in_thread(ServerOptions(tmp_path_factory.mktemp("home"), TOKEN, READ)) as found:
        yield found


@pytest.mark.parametrize(("method", "path"), WRITES)
@pytest.mark.parametrize("token", [None, "", "wrong", TOKEN[:-1], f"{TOKEN}x", READ, "ä"])
def test_nothing_is_written_without_the_write_token(closed: Client, method: str, path: str, token: str | None) -> None:
    headers = {} if token is None else {"X-Trackio-Token": token.encode("utf-8").decode("latin-1")}
    answer = closed.without_token().ask(method, path, headers=headers)
    assert (answer.status, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert "TRACKIO_WRITE_TOKEN" in answer.json()["error"]
    assert TOKEN not in answer.body.decode()


@pytest.mark.parametrize(("method", "path"), READS)
def test_nothing_is_read_without_a_token_where_there_is_a_read_token(closed: Client, method: str, path: str) -> None:
    assert closed.without_token().ask(method, path).status == 401
    for token in (READ, TOKEN):
        assert closed.ask(method, path, headers={"Authorization": f"Bearer {token}"}).status != 401


@pytest.mark.parametrize(("method", "path"), READS)
def test_anybody_may_read_where_there_is_no_read_token(client: Client, method: str, path: str) -> None:
    assert client.without_token().ask(method, path).status != 401


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": f"Bearer {TOKEN}"},
        {"Authorization": f"bearer  {TOKEN} "},
        {"X-Trackio-Token": TOKEN},
        {"Authorization": "Bearer hf_of_a_proxy", "X-Trackio-Token": TOKEN},
        {"Authorization": "Basic dTpw", "X-Trackio-Token": TOKEN},
        {"Cookie": f"trackio_token={TOKEN}"},
    ],
)
def test_a_token_comes_in_any_of_three_places(client: Client, headers: dict[str, str]) -> None:
    asked = client.without_token().ask("GET", "/api/runs/r/resume", project="p", headers=headers)
    assert (asked.status, asked.json()) == (200, {"exists": False})


@pytest.mark.parametrize("headers", [{"Authorization": TOKEN}, {"Authorization": f"Basic {TOKEN}"}])
def test_a_token_in_another_form_is_none(client: Client, headers: dict[str, str]) -> None:
    assert client.without_token().ask("GET", "/api/runs/r/resume", project="p", headers=headers).status == 401


def test_a_token_in_the_address_of_a_program_is_none(client: Client) -> None:
    made = Made()
    assert client.without_token().post(made, 0, made.beginning(), write_token=TOKEN).status == 401


def cookie(answer: Answer) -> str:
    return answer.headers["set-cookie"].partition(";")[0]


@pytest.mark.parametrize("name", ["write_token", "read_token", "token"])
@pytest.mark.parametrize("token", [TOKEN, READ])
def test_a_token_in_the_address_of_a_page_becomes_a_cookie(closed: Client, name: str, token: str) -> None:
    answer = closed.without_token().ask("GET", f"/p/index.html?metrics=a%2Cb&{name}={token}&x=time")
    assert (answer.status, answer.headers["location"]) == (303, "/p/index.html?metrics=a%2Cb&x=time")
    assert answer.headers["cache-control"] == "no-store"
    parts = answer.headers["set-cookie"].split("; ")
    # Several servers of one machine have a cookie each.
    name = f"trackio_token_{closed.port}"
    assert parts == [f"{name}={token}", "Path=/", "Max-Age=2592000", "HttpOnly", "SameSite=Lax"]
    asked = closed.without_token().ask("GET", "/api/read/projects", headers={"Cookie": cookie(answer)})
    assert asked.status == 200


def test_a_link_for_those_who_may_look_takes_nothing_from_those_who_may_change(closed: Client) -> None:
    asked = closed.without_token()
    kept = cookie(asked.ask("GET", f"/?write_token={TOKEN}"))
    name = kept.partition("=")[0]
    answer = asked.ask("GET", f"/p/?read_token={READ}", headers={"Cookie": kept})
    assert (answer.status, answer.headers["location"]) == (303, "/p/")
    assert "set-cookie" not in answer.headers
    for other in (f"{name}=wrong", f"{name}={READ}", ""):
        answer = asked.ask("GET", f"/p/?read_token={READ}", headers={"Cookie": other})
        assert cookie(answer) == f"{name}={READ}"


@pytest.mark.parametrize("token", ["a+b/c=d", "a b;c\u00e4", "%41%2B"])
def test_any_token_survives_its_way_into_the_cookie(home: Path, token: str) -> None:
    with in_thread(ServerOptions(home, token)) as client:
        answer = client.without_token().ask("GET", f"/?write_token={quote(token)}")
        assert answer.headers["location"] == "/"
        asked = client.without_token().ask("GET", "/api/runs/r/resume", project="p", headers={"Cookie": cookie(answer)})
        assert asked.status == 200


def test_a_plus_sign_in_an_address_is_one(home: Path) -> None:
    with in_thread(ServerOptions(home, "a+b")) as client:
        assert client.without_token().ask("GET", "/?write_token=a+b").status == 303


@pytest.mark.parametrize("path", ["/?write_token=wrong", "/p/?token=", "/?token=x&write_token=y"])
def test_a_wrong_token_in_an_address_is_refused(closed: Client, path: str) -> None:
    answer = closed.without_token().ask("GET", path)
    if path.endswith("="):
        # An empty one says nothing.
        assert answer.status != 303
        return
    assert answer.status == 401
    assert "set-cookie" not in answer.headers
    assert "wrong" in answer.json()["error"]


@pytest.mark.parametrize("path", ["//evil.example/x", "/%2F/evil.example", "/\\evil.example", "/a//b"])
def test_a_cookie_is_given_on_the_way_to_this_server_alone(client: Client, path: str) -> None:
    answer = client.without_token().ask("GET", f"{path}?token={TOKEN}")
    assert answer.status == 303
    assert answer.headers["location"].startswith("/")
    assert not answer.headers["location"].startswith(("//", "/\\"))


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        ({}, "SameSite=Lax"),
        ({"is_secure": True}, "Secure; SameSite=Lax"),
        ({"is_secure": True, "is_embedded": True}, "Secure; SameSite=None; Partitioned"),
    ],
)
def test_the_cookie_is_as_safe_as_its_place_allows(home: Path, options: dict[str, bool], wanted: str) -> None:
    with in_thread(ServerOptions(home, TOKEN, root_path="/below", **options)) as client:
        for path in ("/", "/below/"):
            answer = client.without_token().ask("GET", f"{path}?token={TOKEN}")
            assert answer.headers["location"] == "/below/"
            assert answer.headers["set-cookie"].endswith(f"Path=/below; Max-Age=2592000; HttpOnly; {wanted}")


def test_no_token_is_logged(home: Path, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]) -> None:
    made = Made()
    with in_thread(ServerOptions(home, TOKEN, READ)) as closed, caplog.at_level(logging.DEBUG):
        for token in (TOKEN, READ, "wrong-token"):
            for path in ("/", "/p/", "/api/read/projects", "/healthz", f"/{'x' * 3}"):
                closed.without_token().ask("GET", f"{path}?a=1&write_token={token}&token={token}&b=2")
            closed.without_token().ask("GET", f"/?write%5Ftoken={token}")
        closed.post(made, 0, made.beginning())
        closed.post(made, 0, b"bad")
    printed = capsys.readouterr()
    logged = caplog.text + printed.out + printed.err
    assert "a=1&b=2" in logged
    assert not [token for token in (TOKEN, READ, "wrong-token") if token in logged]
    for path in home.rglob("*"):
        if path.is_file():
            assert TOKEN.encode() not in path.read_bytes(), path


def test_no_token_is_shown_by_what_holds_it(home: Path) -> None:
    options = ServerOptions(home, TOKEN, READ)
    assert TOKEN not in repr(options)
    assert READ not in repr(options)


def test_the_description_of_the_api_names_routes_and_tokens(client: Client) -> None:
    found = client.without_token().ask("GET", "/openapi.json").json()
    assert {"HTTPBearer", "APIKeyHeader"} == set(found["components"]["securitySchemes"])
    assert "/api/journals/{name}" in found["paths"]
    assert TOKEN not in json.dumps(found)
    for path, methods in found["paths"].items():
        for method, told in methods.items():
            assert told.get("description"), f"{method} {path}"


def test_the_environment_sets_a_server_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, value in {
        "TRACKIO_DIR": str(tmp_path),
        "TRACKIO_WRITE_TOKEN": TOKEN,
        "TRACKIO_READ_TOKEN": READ,
        "TRACKIO_ALLOWED_HOSTS": "a.example, b.example",
        "TRACKIO_ROOT_PATH": "trackio/",
        "TRACKIO_HTTPS": "1",
        "TRACKIO_RATE_LIMIT": "5",
    }.items():
        monkeypatch.setenv(name, value)
    wanted = ServerOptions(
        tmp_path,
        TOKEN,
        READ,
        hosts=("a.example", "b.example"),
        root_path="/trackio",
        is_secure=True,
        requests_per_second=5,
    )
    assert from_environment() == wanted
    monkeypatch.setenv("SPACE_HOST", "me-it.hf.space")
    space = from_environment()
    assert (space.hosts[-1], space.is_secure, space.is_embedded) == ("me-it.hf.space", True, True)


def test_a_server_without_a_token_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    from trackio.errors import UsageError

    monkeypatch.delenv("TRACKIO_WRITE_TOKEN", raising=False)
    with pytest.raises(UsageError, match="Set TRACKIO_WRITE_TOKEN"):
        from_environment()
    monkeypatch.setenv("TRACKIO_WRITE_TOKEN", TOKEN)
    monkeypatch.setenv("TRACKIO_RATE_LIMIT", "nan")
    with pytest.raises(UsageError, match="200"):
        from_environment()
