"""The browser's half puts answers together as the page of test_figures.py does: its own module, in Chromium."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import trackio
from trackio import lines
from trackio.drawing import gathered
from trackio.grammar import View, parse
from trackio.live import project as live
from trackio.live.asked import Asked, AskedFigure, budget
from trackio.live.figures import answer
from trackio.live.project import LiveHome
from trackio.store.home import Home

SOURCES = Path(__file__).parents[2] / "site" / "src"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    monkeypatch.setenv("TRACKIO_DIR", str(tmp_path))
    monkeypatch.setattr(live, "LOOK_SECONDS", 0.0)
    yield Home(tmp_path)
    trackio.finish()


@pytest.fixture
def grown(page: Any, served: Callable[[Path], str]) -> Any:
    """A page that has the module, and one figure of it."""
    page.goto(f"{served(SOURCES)}/live/lines.js")
    page.evaluate("import('/live/lines.js').then(({Grown}) => { window.Grown = Grown; window.grown = new Grown(); })")
    return page


@pytest.mark.parametrize("query", ["", "smoothing=30", "x=relative&smoothing=0.9", "groupby=group", "xmin=200"])
def test_the_browser_has_what_the_report_draws(home: Home, grown: Any, query: str) -> None:
    rng = np.random.default_rng(2)
    runs = [trackio.init(project="p", name=name, group="g", reinit="create_new") for name in "ab"]
    project, since = LiveHome(home.project).project("p") if home.projects() else None, -1
    for stretch in (5, 900, 1, 1, 400, 3):
        for run in runs:
            for value in rng.normal(size=stretch).tolist():
                run.log({"loss": value})
        project = project or LiveHome(home.project).project("p")
        pending = True
        while pending:
            known = grown.evaluate("({signature: grown.signature, versions: grown.versions(() => true)})")
            figure = AskedFigure("f", ("loss",), signature=known["signature"], versions=known["versions"])
            found = answer(project, Asked((figure,), query, since=since))
            pending, since = found["pending"], found["revision"]
            assert grown.evaluate("answer => grown.take(JSON.parse(answer))", json.dumps(found["figures"]["f"]))
        _assert_same(home, grown, query)


def test_an_answer_that_goes_on_from_what_is_not_here_is_not_taken(grown: Any) -> None:
    part = {"keep": 3, "x": {"s": 0, "d": 1, "n": 1}, "first": 0, "last": 4, "count": 4, "dropped": 0, "version": "1"}
    head = [{"key": "a", "label": "a", "color": 0, "metric": "loss", "members": ["a"]}]
    whole = {"signature": "s", "axis": "step", "notes": [], "head": head, "parts": {"a": part}}
    assert grown.evaluate("answer => grown.take(answer)", whole) is False
    assert grown.evaluate("answer => new Grown().take(answer)", {**whole, "parts": {}}) is False


def _assert_same(home: Home, grown: Any, query: str) -> None:
    store = home.project("p")
    view, _ = parse(query)
    series = gathered(store, store.runs(), View(metric_names=("loss",)))
    by = lines.grouping(series, view)
    points = budget(1 if by else 2, view, is_grouped=by is not None, is_small=True)
    wanted = lines.lines(series, view, points, lines.groups_of(store.runs()))
    arrays = "[one.x, one.y, one.raw, one.lo, one.hi].map((values) => values && [...values])"
    found = grown.evaluate(f"grown.lines.map((one) => [...{arrays}, one.first, one.last, one.count])")
    assert len(found) == len(wanted)
    for (x, y, raw, lo, hi, *places), line in zip(found, wanted, strict=True):
        assert places == [line.first, line.last, line.count]
        for values, own in ((x, line.x), (y, line.y), (raw, line.raw), (lo, line.lo), (hi, line.hi)):
            if own is not None:
                np.testing.assert_allclose(np.array(values, dtype=float), own, rtol=2e-6, atol=1e-5)
