"""Answers to pages, on a real home that a run logs to: what a page puts together is what the report would draw."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import trackio
from tests.server.running import until
from trackio import lines
from trackio.drawing import gathered
from trackio.grammar import View, parse
from trackio.live import project as live
from trackio.live.asked import Asked, AskedFigure, budget
from trackio.live.figures import TURN_FIGURES, answer
from trackio.live.project import LiveHome, LiveProject
from trackio.report.columns import decode
from trackio.store.home import Home


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    monkeypatch.setenv("TRACKIO_DIR", str(tmp_path))
    monkeypatch.setattr(live, "LOOK_SECONDS", 0.0)
    yield Home(tmp_path)
    trackio.finish()


SECONDS = 60.0
"""How long a test waits for what must come."""


def project_of(home: Home) -> LiveProject:
    return LiveHome(home.project).project("p")


class Page:
    """What the browser does: it keeps lines and asks for what it lacks."""

    def __init__(self, project: LiveProject, metric: str = "loss", query: str = "", **more: Any) -> None:
        self.project, self.metric, self.query, self.more = project, metric, query, more
        self.signature, self.since = "", -1
        self.heads: list[dict[str, Any]] = []
        self.lines: dict[str, dict[str, Any]] = {}
        self.received = 0

    def ask(self) -> dict[str, Any]:
        running = {run.id for run in self.project.runs.values() if run.status == "running"}
        versions = {
            key: line["version"]
            for key, line in self.lines.items()
            if running.intersection(*[next(h["members"] for h in self.heads if h["key"] == key)])
        }
        figure = AskedFigure("f", (self.metric,), signature=self.signature, versions=versions, **self.more)
        found = answer(self.project, Asked((figure,), self.query, since=self.since))
        self.since = found["revision"]
        own: dict[str, Any] = found["figures"]["f"]
        self.signature = own["signature"]
        self.heads = own.get("head", self.heads)
        self.received = 0
        for key, part in own["parts"].items():
            before = self.lines.get(key, {})
            line = {name: part[name] for name in ("first", "last", "count", "dropped", "version")}
            for name in ("x", "y", "lo", "hi", "raw"):
                if name in part:
                    tail = decode(part[name])
                    self.received += len(tail)
                    line[name] = np.concatenate([before[name][: part["keep"]], tail]) if part["keep"] else tail
            self.lines[key] = line
        self.lines = {head["key"]: self.lines[head["key"]] for head in self.heads}
        return found

    def assert_same_as_the_report(self, home: Home) -> None:
        store = home.project("p")
        store.catch_up()
        records = store.runs()
        view, _ = parse(self.query, self.more.get("defaults", View()))
        series = gathered(store, records, View(metric_names=(self.metric,), x=view.x))
        shown = lines.selected(series, view)
        by = lines.grouping(shown, view)
        count = len({one.run_id if by is None else lines.group_value(one, by) or one.run_id for one in shown})
        points = budget(count, view, is_grouped=by is not None, is_small=True)
        wanted = lines.lines(series, view, points, lines.groups_of(records))
        assert [h["key"] for h in self.heads] == [line.key for line in wanted]
        for head, line in zip(self.heads, wanted, strict=True):
            assert (head["label"], head["color"], tuple(head["members"])) == (line.label, line.color, line.members)
            found = self.lines[line.key]
            assert (found["first"], found["last"], found["count"]) == (line.first, line.last, line.count)
            for name in ("x", "y", "lo", "hi", "raw"):
                values = getattr(line, name)
                if values is not None:
                    np.testing.assert_allclose(found[name], values, rtol=2e-6, atol=1e-5)


QUERIES = [
    "",
    "smoothing=20",
    "smoothing=0.9",
    "x=relative&smoothing=5",
    "x=time",
    "xmin=40&xmax=900",
    "xmin=100&smoothing=9",
    "yscale=log&xscale=log",
    "x=epoch",
    "groupby=group&smoothing=3",
    "groupby=lr&band=std",
    "run=b",
]


@pytest.mark.parametrize("query", QUERIES)
def test_a_page_that_follows_has_what_the_report_draws(home: Home, query: str) -> None:
    rng = np.random.default_rng(1)
    runs = [
        trackio.init(project="p", name=name, group="g", config={"lr": k % 2}, reinit="create_new")
        for k, name in enumerate("abc")
    ]
    pages: Page | None = None
    for stretch in (3, 500, 1, 1, 900, 0, 7):
        for run in runs[: 2 if stretch == 1 else 3]:
            for value in rng.normal(size=stretch).tolist():
                run.log({"loss": value, "epoch": run.step // 10, "other": 1})
        pages = pages or Page(project_of(home), query=query)
        pages.project.made.clear() if stretch == 900 else None
        while pages.ask()["pending"]:
            pass
        pages.assert_same_as_the_report(home)
    for run in runs:
        run.finish()
    assert pages is not None
    while pages.ask()["pending"]:
        pass
    pages.assert_same_as_the_report(home)


def test_a_look_at_a_long_run_brings_only_what_is_new(home: Home) -> None:
    run = trackio.init(project="p", name="long")
    page = Page(project_of(home))
    for k in range(20_000):
        run.log({"loss": float(k % 977)})
    page.ask()
    assert page.received > 500
    for _ in range(20):
        run.log({"loss": 3.0})
        page.ask()
        # The bucket that is not full, and the last point.
        assert page.received < 20
    page.assert_same_as_the_report(home)
    assert page.ask()["figures"]["f"]["parts"] == {}


def test_runs_and_metrics_that_come_later_appear_and_deleted_ones_go(home: Home) -> None:
    first = trackio.init(project="p", name="first", reinit="create_new")
    first.log({"other": 1.0})
    page = Page(project_of(home))
    page.ask()
    assert page.heads == []
    first.log({"loss": 1.0})
    second = trackio.init(project="p", name="second", reinit="create_new")
    second.log({"loss": 2.0})
    page.ask()
    assert [head["label"] for head in page.heads] == ["first", "second"]
    second.finish()
    home.project("p").delete_run(second.id)
    page.ask()
    assert [head["label"] for head in page.heads] == ["first"]


def test_a_page_of_another_process_gets_the_line_whole(home: Home) -> None:
    run = trackio.init(project="p", name="a")
    for k in range(50):
        run.log({"loss": float(k)})
    page = Page(project_of(home))
    page.ask()
    run.log({"loss": 1.0})
    page.project = project_of(home)
    page.ask()
    page.assert_same_as_the_report(home)


def test_a_finished_run_is_not_sent_again(home: Home) -> None:
    for name in "ab":
        with trackio.init(project="p", name=name, reinit="create_new") as run:
            run.log({"loss": 1.0})
            run.log({"loss": 2.0})
    going = trackio.init(project="p", name="c", reinit="create_new")
    going.log({"loss": 1.0})
    page = Page(project_of(home))
    page.ask()
    going.log({"loss": 3.0})
    found = page.ask()["figures"]["f"]
    assert list(found["parts"]) == [going.id]
    assert "head" not in found


def test_the_projects_of_a_home_are_found_by_name(home: Home) -> None:
    with trackio.init(project="p"):
        pass
    with pytest.raises(trackio.errors.UnknownProject, match="Nearest: p"):
        LiveHome(home.project).project("pp")


def test_a_short_question_is_answered_while_a_long_one_is(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    names = [f"m{number}" for number in range(3 * TURN_FIGURES)]
    with trackio.init(project="p", auto_log_cpu=False) as run:
        run.log(dict.fromkeys(names, 1.0))
    project = project_of(home)
    has_begun, is_answered = threading.Event(), threading.Event()
    turns: list[str] = []
    load = LiveProject.load

    def slowly(self: LiveProject, places: Any) -> None:
        if threading.current_thread() is not long:
            turns.append("short")
            return load(self, places)
        turns.append("long")
        has_begun.set()
        if len(turns) == 1:
            until(lambda: self.lock.waiting == 1)
        else:
            assert is_answered.wait(SECONDS)
        return load(self, places)

    found: dict[str, Any] = {}

    def ask(name: str, asked: list[str]) -> None:
        found[name] = answer(project, Asked(tuple(AskedFigure(one, (one,)) for one in asked)))
        if name == "short":
            is_answered.set()

    long = threading.Thread(target=ask, args=("long", names))
    short = threading.Thread(target=ask, args=("short", names[-1:]))
    monkeypatch.setattr(LiveProject, "load", slowly)
    long.start()
    assert has_begun.wait(SECONDS)
    short.start()
    long.join()
    short.join()
    assert turns == ["long", "short", "long", "long"]
    alone = answer(project_of(home), Asked(tuple(AskedFigure(one, (one,)) for one in names)))
    assert found["long"]["figures"].keys() == alone["figures"].keys()
    assert [one["head"] for one in found["long"]["figures"].values()] == [
        one["head"] for one in alone["figures"].values()
    ]
