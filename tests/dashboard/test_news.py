"""What open pages are told, over HTTP and of runs that go on in another process."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.dashboard.recorded import record
from tests.dashboard.training import training
from tests.server.running import Client, until
from trackio.dashboard.compare import MOST_RUNS


def live(dashboard: Client, path: str) -> dict[str, Any]:
    """What a page's model says of itself."""
    found = re.search(r'id="trackio-model">(.*?)</script>', dashboard.ask("GET", path).body.decode())
    assert found is not None
    known: dict[str, Any] = json.loads(found[1])["live"]
    return known


def news(dashboard: Client, since: str, kind: str = "project", **query: Any) -> dict[str, Any]:
    answer = dashboard.ask("GET", "/api/live/page", kind=kind, since=since, **query)
    assert answer.status == 200, answer.body
    found: dict[str, Any] = answer.json()
    return found


def test_nothing_new_is_a_revision_and_no_more(home: Path, dashboard: Client) -> None:
    run = record()
    for path, kind, query in (
        ("/", "index", {}),
        ("/p/", "project", {"project": "p"}),
        ("/p/runs/a.html", "run", {"project": "p", "run": run}),
        ("/p/charts/loss.html", "chart", {"project": "p"}),
        ("/p/compare.html", "compare", {"project": "p"}),
        ("/p/reports.html", "reports", {"project": "p"}),
    ):
        revision = live(dashboard, path)["revision"]
        assert news(dashboard, revision, kind, **query) == {"revision": revision}, kind


def test_a_point_that_is_logged_changes_one_row_and_no_structure(home: Path, dashboard: Client) -> None:
    for number in range(20):
        record(name=f"old {number}")
    with training(home) as run:
        run.log(1.0)
        until(lambda: run.id in news(dashboard, "", project="p")["rows"])
        page = live(dashboard, "/p/")
        run.log(0.125)
        until(lambda: "rows" in news(dashboard, page["revision"], project="p"))
        found = news(dashboard, page["revision"], project="p")
        assert set(found["rows"]) == {run.id}
        assert "0.125" in found["rows"][run.id]["row"]
        assert found["structure"] == page["structure"]
        assert "1 running" in found["meta"]
        assert news(dashboard, found["revision"], project="p") == {"revision": found["revision"]}


def test_a_new_run_or_metric_is_another_structure(home: Path, dashboard: Client) -> None:
    record()
    before = live(dashboard, "/p/")
    record(name="b")
    second = news(dashboard, before["revision"], project="p")
    assert second["structure"] != before["structure"]
    assert live(dashboard, "/p/")["structure"] == second["structure"]
    record(name="c", metrics={"acc": [1.0]})
    assert news(dashboard, second["revision"], project="p")["structure"] != second["structure"]


def test_runs_side_by_side_are_news_when_one_of_them_is(home: Path, dashboard: Client) -> None:
    ids = [record(name=name) for name in ("a", "b", "c")]
    page = live(dashboard, "/p/compare.html?run=a&run=b&run=nobody")
    asked = {"project": "p", "run": [ids[0], ids[1], "nobody"]}
    assert parse_qs(urlsplit(page["page"]).query) == {"kind": ["compare"], "project": ["p"], "run": asked["run"]}
    assert dashboard.ask("PATCH", f"/api/runs/{ids[2]}", {"notes": "more"}, project="p").status == 200
    other = news(dashboard, page["revision"], "compare", **asked)
    assert (other["revision"], other["structure"]) != (page["revision"], page["structure"])
    assert other["structure"] == page["structure"]
    record(name="a", id=ids[0], resume="must")
    assert news(dashboard, page["revision"], "compare", **asked)["structure"] != page["structure"]
    record(name="nobody")
    again = live(dashboard, "/p/compare.html?run=a&run=b&run=nobody")
    assert news(dashboard, "", "compare", **asked)["structure"] == again["structure"]


def test_of_very_many_runs_side_by_side_only_those_shown_are_asked_for(home: Path, dashboard: Client) -> None:
    ids = [record(name=f"r{number}", metrics={"loss": [1.0]}) for number in range(MOST_RUNS + 2)]
    words = "&".join(f"run={one}" for one in [*ids, *(f"no-{number}" for number in range(300))])
    page = live(dashboard, f"/p/compare.html?{words}")
    found = dashboard.ask("GET", f"/{page['page'].removeprefix('../')}&since=").json()
    assert found["structure"] == page["structure"]


def test_a_run_that_is_killed_is_told(home: Path, dashboard: Client) -> None:
    with training(home) as run:
        run.log(1.0)
        until(lambda: run.id in news(dashboard, "", project="p")["rows"])
        page = live(dashboard, "/p/")
        run.kill()
        until(lambda: "rows" in news(dashboard, page["revision"], project="p"))
        assert "crashed" in news(dashboard, page["revision"], project="p")["rows"][run.id]["row"]


def test_a_run_page_hears_of_its_values_and_not_of_other_runs(home: Path, dashboard: Client) -> None:
    with training(home, name="mine") as run:
        run.log(1.0)
        until(lambda: b"loss" in dashboard.ask("GET", "/p/runs/mine.html").body)
        page = live(dashboard, "/p/runs/mine.html")
        run.tell("config", {"lr": 0.5})
        run.log(0.0625)
        until(lambda: "values" in news(dashboard, page["revision"], "run", project="p", run=run.id))
        until(lambda: "0.0625" in str(news(dashboard, page["revision"], "run", project="p", run=run.id)["values"]))
        found = news(dashboard, page["revision"], "run", project="p", run=run.id)
        assert "0.5" in found["values"]["config"]
        assert "running" in found["meta"]
        assert found["structure"] == page["structure"]
        record(name="other")
        other = news(dashboard, found["revision"], "run", project="p", run=run.id)
        assert other["revision"] != found["revision"]
        assert "values" not in other


def test_a_run_that_is_gone_is_not_found(home: Path, dashboard: Client) -> None:
    run = record()
    dashboard.ask("DELETE", f"/api/runs/{run}", project="p")
    answer = dashboard.ask("GET", "/api/live/page", kind="run", project="p", run=run)
    assert answer.status == 404
    assert "No run" in answer.json()["error"]


def test_the_first_page_hears_of_projects(home: Path, dashboard: Client) -> None:
    record()
    until(lambda: "1 run" in str(news(dashboard, "", "index")["cards"].get("p")))
    before = news(dashboard, "", "index")
    record("new one")
    until(lambda: "new one" in news(dashboard, "", "index")["cards"])
    after = news(dashboard, before["revision"], "index")
    assert after["structure"] != before["structure"]


def test_a_project_that_took_the_place_of_another_is_all_new(home: Path, dashboard: Client) -> None:
    import shutil

    record()
    record(name="b")
    before = live(dashboard, "/p/")["revision"]
    shutil.rmtree(home / "projects/p")
    assert dashboard.ask("GET", "/p/").status == 404
    run = record(name="c")
    until(lambda: dashboard.ask("GET", "/p/").status == 200)
    assert set(news(dashboard, before, project="p")["rows"]) == {run}


def test_strange_versions_are_as_good_as_none(home: Path, dashboard: Client) -> None:
    run = record()
    database = live(dashboard, "/p/")["revision"].partition(".")[0]
    for since in ("", "x", "..", f"{database}.", f"{database}.x.1", f"{database}.-1.0", f"{database}.{'9' * 100}.0"):
        rows = news(dashboard, since, project="p")["rows"]
        assert set(rows) <= {run}


def test_what_is_asked_wrongly_is_said(dashboard: Client) -> None:
    assert dashboard.ask("GET", "/api/live/page", kind="project").status == 400
    assert dashboard.ask("GET", "/api/live/page", kind="nonsense").status == 400
    answer = dashboard.ask("GET", "/api/live/page", kind="project", project="nothing")
    assert answer.status == 404
