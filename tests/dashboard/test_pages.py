"""Pages over HTTP: where they lie, what they show, who may see them, and what stands in their place."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest

import trackio
from tests.dashboard.recorded import HOSTILE, record
from tests.server.running import TOKEN, Answer, Client, in_thread
from trackio.addresses import run_page
from trackio.dashboard.app import create
from trackio.report.build import Options, build
from trackio.server.options import ServerOptions


def model(answer: Answer) -> dict[str, Any]:
    found = re.search(r'id="trackio-model">(.*?)</script>', answer.body.decode())
    assert found is not None
    value: dict[str, Any] = json.loads(found[1])
    return value


def links(answer: Answer, at: str) -> set[str]:
    """The addresses that a page names, without what is behind ``?`` and ``#``."""
    found = re.findall(r'(?:href|src|data-runtime|data-live)="([^"#]+)["#]', answer.body.decode())
    whole = (urljoin(f"http://here{at}", address.replace("&amp;", "&")) for address in found)
    return {urlsplit(one).path for one in whole if one.startswith("http://here/")}


def test_a_home_without_runs_says_how_they_begin(dashboard: Client) -> None:
    answer = dashboard.without_token().ask("GET", "/")
    assert answer.status == 200
    assert b"No run has logged anything yet" in answer.body


def test_every_link_of_every_page_leads_somewhere(home: Path, dashboard: Client) -> None:
    record(name="a", config={"lr": 0.1}, group="g", notes="# Notes")
    record(name="b", metrics={"loss": [1.0], "val/loss": [2.0], "report": [trackio.Markdown("# Hello")]})
    seen: set[str] = set()
    left = {"/"}
    while left:
        path = left.pop()
        seen.add(path)
        answer = dashboard.without_token().ask("GET", path)
        assert answer.status == 200, path
        if answer.headers["content-type"].startswith("text/html"):
            left |= links(answer, path) - seen
    assert {"/p/index.html", "/p/runs/a.html", "/p/charts/val-loss.html", "/p/compare.html", "/p/reports.html"} <= seen
    assert {"/p/charts/loss.svg", "/p/charts/loss.csv", "/p/data/runs/a.parquet"} <= seen


def test_pages_lie_where_the_report_has_them(home: Path, dashboard: Client, tmp_path: Path) -> None:
    for name in ("a", "B!", "a"):
        record("Some project", name, {"Loss": [1.0], "loss": [2.0], "x/y": [1.0, 2.0]})
    build(Options(output=tmp_path / "out", home=home, workers=1))
    for path in (tmp_path / "out").rglob("*"):
        address = f"/{path.relative_to(tmp_path / 'out').as_posix()}"
        if path.suffix in (".html", ".svg", ".png", ".csv", ".md", ".yaml") or address.endswith(".vl.json"):
            assert dashboard.ask("GET", address).status == 200, address


def test_charts_wait_for_their_lines_and_the_page_knows_where_to_ask(home: Path, dashboard: Client) -> None:
    run = record(metrics={"loss": [0.125, 0.25]})
    project, page = dashboard.ask("GET", "/p/"), dashboard.ask("GET", "/p/runs/a.html")
    known = model(project)
    assert [(one["metric"], one["kind"]) for one in known["charts"]] == [("loss", "metric")]
    assert not {"data", "full"} & set(known["charts"][0])
    assert "runs" not in known
    assert known["live"]["run"] is None
    assert model(page)["live"]["run"] == run
    assert b"2 points" in project.body
    assert b'<path class="tk-line' not in project.body
    for asked in (known["live"]["runs"], known["live"]["page"]):
        assert dashboard.ask("GET", urljoin("/p/", asked)).status == 200


def test_a_page_is_sent_once_as_long_as_nothing_is_new(home: Path, dashboard: Client) -> None:
    record()
    first = dashboard.ask("GET", "/p/")
    again = dashboard.ask("GET", "/p/", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status, again.body) == (304, b"")
    record(name="b")
    assert dashboard.ask("GET", "/p/", headers={"If-None-Match": first.headers["etag"]}).status == 200


def test_pages_are_packed_for_those_who_unpack(home: Path, dashboard: Client) -> None:
    record()
    answer = dashboard.ask("GET", "/p/", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    assert len(answer.body) < len(dashboard.ask("GET", "/p/").body) / 2


@pytest.mark.parametrize(
    ("query", "target"),
    [
        ("project=p", "p/index.html"),
        ("project=p&smoothing=5&metrics=a%2Cb", "p/index.html?smoothing=5&metrics=a%2Cb"),
        ("project=p&run={id}", "p/runs/a.html"),
        ("project=p&run=a&x=time", "p/runs/a.html?x=time"),
        ("project=p&run=nobody", "p/index.html?run=nobody"),
        ("project=p&run=a&run=b", "p/index.html?run=a&run=b"),
    ],
)
def test_the_addresses_of_runs_lead_to_their_pages(home: Path, dashboard: Client, query: str, target: str) -> None:
    run = record()
    record(name="b")
    answer = dashboard.ask("GET", f"/?{query.format(id=run)}")
    assert (answer.status, answer.headers["location"]) == (303, target)


def test_the_url_of_a_run_is_that_of_its_page(home: Path, dashboard: Client) -> None:
    run = record("a & b", "x")
    address = urlsplit(run_page("a & b", run))
    answer = dashboard.ask("GET", f"{address.path}?{address.query}")
    assert dashboard.ask("GET", urljoin("/", answer.headers["location"])).status == 200


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/trainng/", "training"),
        ("/?project=trainng", "training"),
        ("/training/runs/gone.html", "no run"),
        ("/training/charts/gone.html", "no metric"),
        ("/training/charts/gone.svg", "no metric"),
        ("/training/charts/loss.exe", "no such page"),
        ("/training/energy.html", "no such page"),
        ("/training/media/" + "0" * 64 + ".png", "no medium"),
        ("/training/media/..%2F..%2Ftrackio.db", "no such page"),
        ("/training/data/runs/a/loss.1.0.js", "no medium"),
        ("/nothing/at/all", "no such page"),
        ("/trainng", "training"),
        ("/assets/runtime.00000000.js", "no such page"),
    ],
)
def test_what_is_not_there_is_said_with_what_is(home: Path, dashboard: Client, path: str, says: str) -> None:
    record("training")
    answer = dashboard.ask("GET", path)
    assert answer.status == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert says in answer.body.decode()
    assert str(home).encode() not in answer.body


def test_a_run_that_was_deleted_has_no_page(home: Path, dashboard: Client) -> None:
    run = record()
    assert dashboard.ask("GET", "/p/runs/a.html").status == 200
    assert dashboard.ask("DELETE", f"/api/runs/{run}", project="p").status == 200
    assert dashboard.ask("GET", "/p/runs/a.html").status == 404
    assert dashboard.ask("GET", "/p/").status == 200


def test_a_damaged_database_is_told_and_hides_no_other(home: Path, dashboard: Client) -> None:
    record("good")
    record("bad")
    next(home.glob("projects/bad/trackio.db")).write_bytes(b"not a database" * 100)
    answer = dashboard.ask("GET", "/bad/")
    assert answer.status == 500
    assert str(home).encode() not in answer.body
    index = dashboard.ask("GET", "/").body.decode()
    assert "cannot be read" in index
    assert "good" in index
    assert dashboard.ask("GET", "/good/").status == 200


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_text_everywhere(home: Path, dashboard: Client, name: str) -> None:
    run = record(name, name, {name: [1.0, 2.0]}, config={name: name}, tags=[name], notes=name, group=name)
    trackio_model = model(
        dashboard.ask("GET", urljoin("/", dashboard.ask("GET", "/", project=name).headers["location"]))
    )
    assert trackio_model["project"] == name
    folder = dashboard.ask("GET", "/", project=name).headers["location"].partition("/")[0]
    own = dashboard.ask("GET", "/", project=name, run=run).headers["location"]
    chart = urljoin(f"/{folder}/", trackio_model["charts"][0]["page"])
    for path in ("/", f"/{folder}/", f"/{own}", chart, f"/{folder}/compare.html?run={run}"):
        body = dashboard.ask("GET", path).body.decode()
        assert "<script>alert" not in body
        assert "<img src=x" not in body
        assert "49" not in re.findall(r"<h1>.*?</h1>", body)[:1]
    news = dashboard.ask("GET", "/api/live/page", kind="project", project=name)
    assert news.status == 200
    assert "<script>alert" not in "".join(one["row"] + one["item"] for one in news.json()["rows"].values())


def test_markdown_of_runs_can_do_no_harm(home: Path, dashboard: Client) -> None:
    text = "# Hi\n<script>alert(1)</script>\n[x](javascript:alert(1)) ![p](http://elsewhere/p.png)"
    record(metrics={"report": [trackio.Markdown(text)]}, notes=text)
    for path in ("/p/reports.html", "/p/runs/a.html"):
        body = dashboard.ask("GET", path).body.decode()
        assert "Hi</h1>" in body
        assert "<script>alert" not in body
        assert 'href="javascript' not in body
        assert "<img" not in body


def test_a_strict_policy_holds_for_all_pages(home: Path, dashboard: Client) -> None:
    record()
    for path in ("/", "/p/", "/p/runs/a.html", "/p/charts/loss.html", "/p/compare.html", "/nothing/"):
        headers = dashboard.ask("GET", path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["referrer-policy"] == "no-referrer"


def test_only_those_with_the_write_token_have_controls_that_change_runs(home: Path, dashboard: Client) -> None:
    record()
    record("other")
    for path in ("/p/", "/p/runs/a.html"):
        writer, reader = (one.ask("GET", path).body for one in (dashboard, dashboard.without_token()))
        assert b"data-edits" in writer
        assert b"<dialog" in writer
        assert b'<option value="other">' in writer
        assert b"data-edits" not in reader
        assert b"<dialog" not in reader


def test_pages_ask_for_the_read_token_and_a_cookie_has_it_then(home: Path) -> None:
    record()
    with in_thread(ServerOptions(home, TOKEN, "read-me"), create) as dashboard:
        anybody = dashboard.without_token()
        for path in ("/", "/p/", "/p/charts/loss.svg", "/p/data/runs/a.parquet", "/nothing/"):
            answer = anybody.ask("GET", path)
            assert answer.status == 401, path
            assert b'name="token"' in answer.body
            assert b"loss" not in answer.body
        opened = anybody.ask("GET", "/p/?token=read-me&x=time")
        assert (opened.status, opened.headers["location"]) == (303, "/p/?x=time")
        cookie = {"Cookie": opened.headers["set-cookie"].partition(";")[0]}
        assert anybody.ask("GET", "/p/", headers=cookie).status == 200
        wrong = anybody.ask("GET", "/p/?token=wrong")
        assert wrong.status == 401
        for words in (b"This token is wrong", b'name="token"', b"<title>"):
            assert words in wrong.body
        asset = next(iter(links(answer, "/nothing/")))
        assert anybody.ask("GET", asset).status == 200


def test_a_theme_holds_for_pages_whose_address_names_none(home: Path) -> None:
    record()

    def dark(options: ServerOptions) -> Any:
        return create(options, theme="dark")

    with in_thread(ServerOptions(home, TOKEN), dark) as dashboard:
        for path in ("/", "/p/", "/p/runs/a.html", "/p/charts/loss.html", "/nothing/"):
            assert b'data-theme="dark"' in dashboard.ask("GET", path).body
        assert model(dashboard.ask("GET", "/p/"))["defaults"]["theme"] == "dark"


def test_it_works_below_a_path_of_a_proxy(home: Path) -> None:
    record()
    with in_thread(ServerOptions(home, TOKEN, root_path="/sub"), create) as dashboard:
        page = dashboard.ask("GET", "/sub/p/")
        assert page.status == 200
        assert all(dashboard.ask("GET", one).status == 200 for one in links(page, "/sub/p/"))
        assert dashboard.ask("GET", "/sub/?project=p").headers["location"] == "p/index.html"
        # Whether the proxy takes the path away or not, and whatever it speaks to the browser.
        for asked in ("/sub/p?x=time", "/p?x=time"):
            answer = dashboard.ask("GET", asked)
            assert (answer.status, answer.headers["location"]) == (307, "./p/?x=time")
