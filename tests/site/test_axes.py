"""A chart whose runs named its x-axis, in a browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.report.test_axes import record
from trackio.report.build import Options, build

Page = Any


@pytest.mark.parametrize("rows", [4, 30_000])
@pytest.mark.parametrize("place", ["charts/val-loss.html", "index.html", "runs/r.html"])
def test_the_live_view_has_the_axis_of_the_picture(
    page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str, rows: int
) -> None:
    monkeypatch.setenv("TRACKIO_DIR", str(tmp_path / "home"))
    record(rows=rows, step_metric="epoch")
    build(Options(tmp_path / "out", tmp_path / "home", workers=1))
    last = (rows - 1) / 2
    domains = "trackio.charts().filter(chart => chart.metric === 'val/loss').map(chart => chart.xDomain)[0]"
    for query, expected in (("", [0, last]), ("?smoothing=3", [0, last]), ("?x=step", [0, (rows - 1) * 100])):
        page.goto(f"file://{tmp_path}/out/p/{place}{query}")
        page.evaluate("trackio.ready")
        assert page.evaluate(domains) == expected
        assert page.locator("#tk-note:not([hidden]), .tk-note:not([hidden])").all_inner_texts() == []
