"""Alerts on the pages of a report, in its data and in its manifest."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import trackio
from tests.report.conftest import Build, Record, files
from tests.report.test_pages import model
from trackio.report.build import Options
from trackio.report.single import single

SECRET = "hf_abcdefghijklmnopqrstuvwxyz0123"
HOSTILE = (
    "</script><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "\u202eevil",
    "# b **c**",
    "{{ 7*7 }}",
)

Raise = Callable[..., None]


@pytest.fixture
def raised(home: Path) -> Raise:
    """Record a run of 20 steps which raises alerts at some: ``raised("a", {3: [("title", "text", "WARN")]})``."""

    def raised(name: str, alerts: dict[int, list[tuple[str, str, str]]], project: str = "p", **options: Any) -> None:
        with trackio.init(project=project, name=name, auto_log_cpu=False, auto_log_gpu=False, **options) as run:
            for step in range(20):
                run.log({"loss": 1 / (1 + step)}, step=step)
                for title, text, level in alerts.get(step, []):
                    run.alert(title, text, level=level)

    return raised


def script(path: Path) -> Any:
    """What a data file registers."""
    return json.loads(path.read_text().split(",", 1)[1].rstrip().removesuffix(")"))


def titles(html: str) -> list[str]:
    return re.findall(r'class="tk-level">\w+</span> <bdi>(.*?)</bdi>', html)


@pytest.mark.usefixtures("raised")
def test_a_report_without_alerts_does_not_speak_of_them(record: Record, built: Build, out: Path) -> None:
    record("p", "a")
    built()
    assert not [name for name in files(out) if "alert" in name]
    for name in ("index.html", "p/index.html", "p/charts/loss.html", "p/runs/a.html", "p/data/project.js"):
        boot = r"<script[^>]* data-runtime.*?</script>|<style.*?</style>"
        assert "alert" not in re.sub(boot, "", (out / name).read_text(), flags=re.DOTALL), name
    (project,) = json.loads((out / "manifest.json").read_text())["projects"]
    assert project["alerts"] is None
    assert project["runs"][0]["alerts"] is None


def test_alerts_stand_on_the_pages_of_project_and_run_newest_first(raised: Raise, built: Build, out: Path) -> None:
    raised("a", {3: [("slow", "", "INFO")], 9: [("hot", "over 90 °C", "WARN")]})
    raised("b", {5: [("loss is NaN", "after a spike", "ERROR")]})
    built()
    page = (out / "p/index.html").read_text()
    assert titles(page) == ["loss is NaN", "hot", "slow"]
    assert "over 90 °C" in page
    assert '<a href="runs/b.html"><bdi>b</bdi></a>' in page
    assert "<span>step 5</span>" in page
    assert 'id="alerts-all" checked' in page
    run = (out / "p/runs/a.html").read_text()
    assert titles(run) == ["hot", "slow"]
    assert "loss is NaN" not in run
    assert "1 error" in (out / "index.html").read_text()


def told(page: str) -> list[tuple[str, str]]:
    return re.findall(r'<span><bdi>(.*?)</bdi> <bdi class="tk-mono">(.*?)</bdi></span>', page)


@pytest.mark.usefixtures("home")
def test_what_is_passed_along_with_an_alert_stands_below_it(built: Build, out: Path, tmp_path: Path) -> None:
    many = {f"key-{number:02}": number for number in range(40)}
    given = {
        "nested": {"loss": 2.5, "grad": {"norm": 1e9}, "api_key": "hunter2-hunter2"},
        "path": "/home/alice/run",
        f"{'n' * 200} {SECRET}": [1, "two"],
        "<b>": "<i>&",
    }
    with trackio.init(project="p", name="a", auto_log_cpu=False, auto_log_gpu=False) as run:
        run.log({"loss": 1.0})
        for data in (given, many, [1, 2], "text", {}, None):
            run.alert("look", data=data)
    built()
    single(Options(tmp_path / "one.html", workers=1))
    listed = json.loads((out / "p/data/alerts.json").read_text())["alerts"]
    assert {"grad": {"norm": 1e9}, "loss": 2.5}.items() <= listed[-1]["data"]["nested"].items()
    assert [one["data"] for one in listed[:4]] == [None, {}, "text", [1, 2]]
    assert "alice" not in str(listed)
    for page in (out / "p/index.html", out / "p/runs/a.html", tmp_path / "one.html"):
        html = page.read_text()
        found = told(html)
        assert ("nested/loss", "2.5") in found
        assert ("path", "~/run") in found
        assert ("&lt;b&gt;", "&lt;i&gt;&amp;") in found
        assert ("data", "text") in found
        assert ("key-11", "11") in found
        assert "key-12" not in html
        assert not [word for word in ("hunter2", SECRET[:12], "alice") if word in html]


def test_charts_mark_the_alerts_of_their_own_runs(raised: Raise, record: Record, built: Build, out: Path) -> None:
    raised("a", {10: [("hot", "", "WARN")]})
    record("p", "b", {"accuracy": [0.1, 0.2]})
    built()
    dot = r'<circle cx="52.65%" r="3" fill="var\(--warn\)"/>'
    for name in ("charts/loss.html", "index.html", "runs/a.html"):
        assert len(re.findall(dot, (out / "p" / name).read_text())) == 1, name
    assert "circle" not in (out / "p/charts/accuracy.html").read_text()
    assert "alerts" not in model(out / "p/charts/accuracy.html")
    assert model(out / "p/charts/loss.html")["alerts"] == "../data/project.alerts.js"
    assert model(out / "p/runs/a.html")["alerts"] == "../data/runs/a.js"
    assert script(out / "p/data/project.js")["alerts"] == "data/project.alerts.js"
    (entry,) = script(out / "p/data/project.alerts.js")["alerts"]
    assert entry == script(out / "p/data/runs/a.js")["alerts"][0]
    assert (entry["name"], entry["titles"], entry["step"]) == ("a", ["hot"], {"s": 10, "d": 0, "n": 1})
    assert "hot" in (out / "p/charts/loss.vl.json").read_text()
    assert "1 alert on the axis" in (out / "p/charts/loss.svg").read_text()


def test_the_manifest_says_how_many_and_where(raised: Raise, built: Build, out: Path) -> None:
    raised("a", {3: [("slow", "", "INFO")] * 2, 9: [("hot", "why", "ERROR")]})
    built()
    (project,) = json.loads((out / "manifest.json").read_text())["projects"]
    counted = {"count": 3, "levels": {"error": 1, "info": 2}}
    assert project["alerts"] == counted | {"path": "p/index.html#alerts", "data": "p/data/alerts.json"}
    assert project["runs"][0]["alerts"] == counted | {"path": "p/runs/a.html#run-a-alerts"}
    assert 'id="run-a-alerts"' in (out / "p/runs/a.html").read_text()
    found = json.loads((out / "p/data/alerts.json").read_text())
    assert [(one["run"], one["level"], one["title"], one["text"], one["step"]) for one in found["alerts"]] == [
        ("a", "error", "hot", "why", 9),
        ("a", "info", "slow", "", 3),
        ("a", "info", "slow", "", 3),
    ]


def test_what_must_not_be_published_is_not(raised: Raise, built: Build, out: Path, tmp_path: Path) -> None:
    # A text that is cut in the middle of a token would not look like one.
    texts = [
        SECRET,
        "x" * 230 + f" {SECRET}",
        "x" * 990 + f" {SECRET}",
        f"see /home/alice/run and https://me:{SECRET}@x.org",
    ]
    raised("a", {3: [("title", text, "WARN") for text in texts] + [("x" * 100 + f" {SECRET}", "", "ERROR")]})
    built()
    single(Options(tmp_path / "one.html", workers=1))
    for name, content in [*files(out).items(), ("one.html", (tmp_path / "one.html").read_bytes())]:
        assert SECRET[:12].encode() not in content, name
        assert b"alice" not in content, name


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_alerts_are_text(raised: Raise, built: Build, out: Path, tmp_path: Path, text: str) -> None:
    raised(f"r {text}", {3: [(text, text, "WARN")], 4: [(text * 3000, text * 3000, "ERROR")]})
    built()
    single(Options(tmp_path / "one.html", workers=1))
    for path in (*out.rglob("*.html"), tmp_path / "one.html"):
        tags = re.findall(r"<(\w+)", re.sub(r"<script.*?</script>", "", path.read_text(), flags=re.DOTALL))
        assert not {"img", "script", "b", "c"} & set(tags), path
        assert path.stat().st_size < 300_000


def test_ten_thousand_alerts_stay_light(raised: Raise, built: Build, out: Path) -> None:
    flood = {step: [(f"spike {step % 7}", "x" * 300, "INFO")] * 500 for step in range(20)}
    raised("a", flood | {2: [("loss is NaN", "the first", "ERROR")]})
    raised("b", {})
    built()
    page = (out / "p/index.html").read_text()
    # The newest of each level: the one error is not lost among what came after it.
    assert titles(page).count("loss is NaN") == 1
    assert len(titles(page)) == 101
    assert "9,400 older ones are not listed" in page
    assert len(page) < 150_000
    assert len((out / "p/charts/loss.html").read_text()) < 60_000
    assert (out / "p/data/project.alerts.js").stat().st_size < 80_000
    assert (out / "p/charts/loss.vl.json").stat().st_size < 40_000


def test_the_same_alerts_give_the_same_bytes_and_a_new_one_makes_only_its_pages_again(
    raised: Raise, record: Record, built: Build, out: Path
) -> None:
    raised("a", {3: [("hot", "", "WARN")]})
    record("p", "b", {"accuracy": [0.1, 0.2]})
    built()
    before = files(out)
    assert built().written == 0
    with trackio.init(project="p", name="a", resume="must", auto_log_cpu=False, auto_log_gpu=False) as run:
        run.alert("again", level="ERROR")
    built()
    changed = {name for name, content in files(out).items() if before.get(name) != content}
    assert {"p/index.html", "p/charts/loss.html", "p/runs/a.html", "p/data/project.alerts.js"} <= changed
    assert not {"p/charts/accuracy.html", "p/runs/b.html", "p/data/runs/b.js"} & changed


def test_a_single_file_has_the_panels_and_the_marks(raised: Raise, tmp_path: Path) -> None:
    raised("a", {3: [("hot", "why", "WARN")], 5: [("loss is NaN", "", "ERROR")]})
    single(Options(tmp_path / "one.html", workers=1))
    html = (tmp_path / "one.html").read_text()
    assert titles(html) == ["loss is NaN", "hot"] * 2
    assert '<a href="#run-a"><bdi>a</bdi></a>' in html
    assert html.count("<circle cx=") == 2
    ids = re.findall(r'\bid="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    assert "alerts.json" not in html
