"""What is kept between looks has a size, whatever is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import trackio
from trackio.grammar import View
from trackio.lines import GREY, Line
from trackio.live import made, project, shelf
from trackio.live.asked import Asked, AskedFigure
from trackio.live.figures import answer
from trackio.live.made import MadeLines
from trackio.live.project import LiveHome
from trackio.store.home import Home


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    monkeypatch.setenv("TRACKIO_DIR", str(tmp_path))
    yield Home(tmp_path)
    trackio.finish()


def line(points: int) -> Line:
    return Line("", "", GREY, np.zeros(points), np.zeros(points), None, None, None, points, (), "", 0, 0, 0)


def test_lines_that_were_made_take_no_more_than_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(made, "MOST_BYTES", 100_000)
    lines = MadeLines()
    versions = [lines.put(key, line(1000), 0, 0.0, 0.0).version for key in range(50)]
    assert 0 < lines.nbytes <= 100_000
    assert lines.find(0) is None
    assert lines.find(49) is not None
    again = lines.put(49, line(1000), 1, 0.0, 0.0)
    assert lines.past(versions[-1]) is not None
    for turn in range(50):
        again = lines.put(49, line(1000), turn, 0.0, 0.0)
    assert lines.nbytes <= 200_000
    assert lines.find(49) is again
    assert lines.past(versions[-1]) is None
    lines.put("larger than the room", line(100_000), 0, 0.0, 0.0)
    assert lines.find("larger than the room") is not None
    lines.clear()
    assert lines.nbytes == 0


def test_a_run_in_progress_keeps_the_curves_that_were_looked_at_last(home: Home) -> None:
    run = trackio.init(project="p", name="a")
    for step in range(100):
        run.log({"loss": float(step)})
    followed = LiveHome(home.project).project("p")
    figure = AskedFigure("f", ("loss",), defaults=View())
    for number in range(3 * shelf.MOST_CURVES):
        found = answer(followed, Asked((figure,), f"smoothing={number + 2}"))
        assert found["figures"]["f"]["parts"]
    curves = followed.kept((run.id, "metric", "loss")).curves
    assert len(curves) == shelf.MOST_CURVES
    assert ("step", 3.0 * shelf.MOST_CURVES + 1) in curves


@pytest.mark.parametrize(("most", "size"), [("MOST_PROJECTS", 2), ("MOST_BYTES", 1)])
def test_projects_looked_at_long_ago_are_let_go_of(
    home: Home, monkeypatch: pytest.MonkeyPatch, most: str, size: int
) -> None:
    monkeypatch.setattr(project, most, size)
    homes = LiveHome(home.project)
    names = ["a", "b", "c"]
    figure = AskedFigure("f", ("loss",))
    for name in names:
        with trackio.init(project=name) as run:
            run.log({"loss": 1.0})
    first = homes.project("a")
    for name in names:
        assert answer(homes.project(name), Asked((figure,)))["figures"]["f"]["parts"]
    assert homes.project("c") is homes.project("c")
    assert homes.project("a") is not first
    assert answer(homes.project("a"), Asked((figure,)))["figures"]["f"]["parts"]
