"""What pages ask over HTTP, of a real server on loopback."""

from __future__ import annotations

import gzip
import json
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import uvicorn

import trackio
from trackio.report.columns import decode
from trackio.server.app import create_app
from trackio.server.options import ServerOptions

Ask = Callable[..., tuple[int, Any]]


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("TRACKIO_DIR", str(tmp_path))
    app = create_app(ServerOptions(tmp_path, "write", read_token="read"))
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", lifespan="on"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()
    trackio.finish()


@pytest.fixture
def ask(served: str) -> Ask:
    def answer(path: str, body: Any = None, *, token: str = "read", **headers: str) -> tuple[int, Any]:
        data = None if body is None else json.dumps(body).encode()
        given = {"Authorization": f"Bearer {token}", "Content-Type": "application/json", **headers}
        request = urllib.request.Request(f"{served}{path}", data, given)
        try:
            with urllib.request.urlopen(request) as found:
                content = found.read()
                packed = found.headers.get("Content-Encoding") == "gzip"
                return found.status, json.loads(gzip.decompress(content) if packed else content)
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())

    return answer


def question(**more: Any) -> dict[str, Any]:
    return {"project": "p", "figures": [{"slug": "loss", "metrics": ["loss"]}], **more}


def test_a_page_gets_its_lines_and_then_what_is_new(ask: Ask) -> None:
    run = trackio.init(project="p", name="a")
    for k in range(3000):
        run.log({"loss": float(k)})
    status, first = ask("/api/live/lines", question(), **{"Accept-Encoding": "gzip"})
    assert status == 200
    figure = first["figures"]["loss"]
    assert [head["label"] for head in figure["head"]] == ["a"]
    (key,) = figure["parts"]
    assert figure["parts"][key]["count"] == 3000
    run.log({"loss": 1.0})
    known = {"signature": figure["signature"], "versions": {key: figure["parts"][key]["version"]}}
    figures = [{"slug": "loss", "metrics": ["loss"], **known}]
    while True:
        _, second = ask("/api/live/lines", question(figures=figures, since=first["revision"]))
        if second["revision"] != first["revision"]:
            break
    part = second["figures"]["loss"]["parts"][key]
    assert part["count"] == 3001
    assert part["keep"] > 500
    assert part["x"]["n"] < 10
    assert second["statuses"] == {run.id: "running"}


def test_scripts_learn_of_runs_and_metrics(ask: Ask) -> None:
    with trackio.init(project="p", name="a", group="g", config={"lr": 0.1, "api_key": "secret"}) as run:
        run.log({"val/loss": 1.0, "note": "text"})
    status, found = ask("/api/live/runs?project=p")
    assert status == 200
    assert found["metrics"] == [{"metric": "val/loss", "slug": "val-loss", "count": 1}]
    assert found["groups"] == ["g"]
    (only,) = found["runs"]
    assert (only["id"], only["status"], only["config"]["lr"]) == (run.id, "finished", 0.1)
    assert "secret" not in json.dumps(found)
    assert ask(f"/api/live/runs?project=p&since={found['revision']}")[1] == {"revision": found["revision"]}


@pytest.mark.parametrize(("x", "places"), [("step", None), ("epoch", [1.0, 2.0]), ("nothing", [None, None])])
def test_alerts_come_with_their_places_where_steps_do_not_tell_them(
    ask: Ask, x: str, places: list[float | None] | None
) -> None:
    with trackio.init(project="p", name="a") as run:
        run.log({"epoch": 1.0, "loss": 1.0})
        run.alert("first", level="ERROR")
        run.log({"epoch": 2.0, "loss": 1.0})
        run.alert("second", "<b>text</b>")
    _, lines = ask("/api/live/lines", question())
    status, found = ask(f"/api/live/alerts?project=p&x={x}")
    assert status == 200
    assert found["version"] == lines["alerts"] != ""
    (own,) = found["alerts"]
    assert (own["run"], own["titles"], own["texts"]) == (run.id, ["first", "second"], ["", "<b>text</b>"])
    if places is None:
        assert "x" not in own
        assert decode(own["step"]).tolist() == [0, 1]
    else:
        # Within a millisecond the later row counts.
        assert [None if np.isnan(one) else one for one in decode(own["x"]).tolist()] in (places, places[1:] * 2)
    assert ask("/api/live/alerts?project=p&run=other")[1]["alerts"] == []


def test_a_project_without_alerts_asks_for_none(ask: Ask) -> None:
    with trackio.init(project="p") as run:
        run.log({"loss": 1.0})
    assert ask("/api/live/lines", question())[1]["alerts"] == ""


@pytest.mark.parametrize("path", ["/api/live/runs?project=p", "/api/live/lines"])
def test_without_the_token_nothing_is_told(ask: Ask, path: str) -> None:
    body = question() if path.endswith("lines") else None
    assert ask(path, body, token="wrong")[0] == 401
    assert ask(path, body, token="write")[0] == 404


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"project": "p", "figures": [{"slug": "x", "metrics": "loss"}]},
        {"project": "p", "figures": [{"slug": "x", "metrics": ["loss"], "kind": "other"}]},
        {"project": "p", "figures": [{"slug": "x", "metrics": ["loss"]}] * 401},
        {"project": "p", "figures": [{"slug": "x", "metrics": [str(k) for k in range(100)]}] * 5},
        {"project": "p", "figures": [], "query": "x" * 30_000},
        {"project": "p", "figures": [], "unknown": 1},
    ],
    ids=lambda body: str(sorted(body)),
)
def test_a_question_that_makes_no_sense_is_refused(ask: Ask, body: Any) -> None:
    status, found = ask("/api/live/lines", body)
    assert status in (400, 422)
    assert "error" in found


def test_a_project_that_is_not_there_is_told_with_the_nearest(ask: Ask) -> None:
    with trackio.init(project="mnist"):
        pass
    status, found = ask("/api/live/runs?project=mnits")
    assert status == 404
    assert "mnist" in found["error"]


def test_bad_values_in_the_query_leave_the_rest_standing(ask: Ask) -> None:
    with trackio.init(project="p", name="a") as run:
        run.log({"loss": 1.0})
    status, found = ask("/api/live/lines", question(query="smoothing=x&run=nobody&xmin=%00"))
    assert status == 200
    assert found["figures"]["loss"]["notes"] == ['There is no run "nobody" here.']


def test_a_metric_that_is_asked_for_many_times_is_one_line(ask: Ask) -> None:
    with trackio.init(project="p", name="a") as run:
        run.log({"loss": 1.0})
    status, found = ask("/api/live/lines", question(figures=[{"slug": "loss", "metrics": ["loss"] * 100}]))
    assert status == 200
    assert [head["label"] for head in found["figures"]["loss"]["head"]] == ["a"]
