"""Metrics that a run asked to leave out of charts."""

from __future__ import annotations

from pathlib import Path

import pytest

import trackio
from tests.report.conftest import Build


@pytest.fixture
def hidden(home: Path) -> None:
    with trackio.init(project="p", name="n", auto_log_cpu=False, auto_log_gpu=False) as run:
        run.define_metric("debug/*", hidden=True)
        for step in range(3):
            run.log({"loss": 1.0 / (step + 1), "debug/norm": 2.0 * step})


def test_a_hidden_metric_has_no_chart(hidden: None, built: Build, out: Path) -> None:
    built()
    assert (out / "p" / "charts" / "loss.html").exists()
    assert not list((out / "p" / "charts").glob("debug*"))
    assert "debug/norm" not in (out / "p" / "index.html").read_text()


def test_a_hidden_metric_is_shown_when_it_is_chosen(hidden: None, built: Build, out: Path) -> None:
    built(metrics=("debug/*",))
    assert [path.name for path in (out / "p" / "charts").glob("*.html")] == ["debug-norm.html"]
