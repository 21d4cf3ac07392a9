"""``/api/read``: what programs find there."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest

from tests.api import made
from trackio.cli.main import main
from trackio.documents import READS
from trackio.documents.schemas import schema
from trackio.server import reading
from trackio.store.query import Limits
from trackio.transport import Transport

COUNTING = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c)"


@pytest.fixture
def server(full: Path, serve: Callable[..., str]) -> Transport:
    """A server of a home with everything."""
    return Transport(serve(full))


def test_openapi_tells_parameters_and_answers_of_each_read(server: Transport) -> None:
    described = server.request("GET", "openapi.json").json()
    for read in READS.values():
        route = described["paths"][f"/api/read/{read.name}"]["get"]
        assert route["description"] == read.summary
        named = {one["name"]: one for one in route.get("parameters", [])}
        assert {parameter.name for parameter in read.parameters} <= set(named)
        for parameter in read.parameters:
            assert named[parameter.name]["required"] is parameter.is_required
            assert named[parameter.name]["description"]
        found = route["responses"]["200"]["content"]["application/json"]["schema"]
        assert found == {key: value for key, value in schema(read.schema).items() if key != "$schema"}


def test_what_has_not_changed_is_not_sent_again(server: Transport) -> None:
    ask = {"project": "mnist", "run": "otter", "metric": "loss"}
    first = server.request("GET", "api/read/metric", query=ask)
    tag = {"If-None-Match": first.headers["etag"]}
    same = server.request("GET", "api/read/metric", query=ask, headers=tag, expected=frozenset({304}))
    assert (same.status, same.body) == (304, b"")
    other = server.request("GET", "api/read/metric", query={**ask, "step": 1}, headers=tag)
    assert other.status == 200
    assert main(["delete", "--project", "mnist", "--run", "b2", "--yes"]) == 0
    assert server.request("GET", "api/read/metric", query=ask, headers=tag).status == 200


@pytest.mark.parametrize(
    ("path", "query", "said"),
    [
        (
            "api/read/runs",
            {"project": "mnist", "grup": "adam"},
            "There is no parameter 'grup' here; there is group.",
        ),
        ("api/read/metric", {"project": "mnist"}, "metric"),
        ("api/read/runs", {"project": "mnist", "status": "odd"}, "status"),
        ("api/read/metric", {"metric": "loss", "step": "one"}, "step"),
    ],
)
def test_what_cannot_be_asked_is_refused(server: Transport, path: str, query: dict[str, str], said: str) -> None:
    answer = server.request("GET", path, query=query, expected=frozenset({400}))
    assert answer.status == 400
    assert said in answer.json()["error"]


def test_a_long_answer_is_packed_and_whole(server: Transport, home: Path) -> None:
    made.project(home, "long", made.run("r", [{"x": i / 7} for i in range(30_000)]))
    ask = {"project": "long", "metric": "x"}
    plain = server.request("GET", "api/read/metric", query=ask)
    packed = server.request("GET", "api/read/metric", query=ask, headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.body == plain.body
    assert len(json.loads(plain.body)["values"]) == 30_000
    jsonschema.validate(json.loads(plain.body), schema("get-metric"))


@pytest.mark.parametrize(
    ("sql", "limits", "said"),
    [
        (f"{COUNTING} SELECT max(x) FROM c", Limits(seconds=0.2), "more than 0.2 s"),
        (f"{COUNTING} SELECT x FROM c", Limits(rows=100), "more than 100 rows"),
        (f"{COUNTING} SELECT zeroblob(500000) FROM c", Limits(bytes=1 << 20), "or 1 MB"),
        ("SELECT zeroblob(2000000)", Limits(bytes=1 << 20), "1 MB" if sys.version_info < (3, 11) else "too big"),
    ],
)
def test_a_query_takes_no_more_than_its_share(
    server: Transport, sql: str, limits: Limits, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "LIMITS", limits)
    ask = {"project": "mnist", "sql": sql}
    answer = server.request("GET", "api/read/query", query=ask, expected=frozenset({400}))
    assert answer.status == 400
    assert said in answer.json()["error"]
