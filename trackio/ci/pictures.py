"""Small pictures of the run and its baseline, beside the pages of a report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from trackio.ci.files import PICTURES
from trackio.ci.recorded import Recorded

if TYPE_CHECKING:
    from trackio.ci.checking import Checked
    from trackio.ci.facts import Drawing
    from trackio.report.gather import Project
    from trackio.store.home import Home

BASELINE = "baseline"

_WIDTH, _HEIGHT = 340, 170


def path(project: Project, drawing: Drawing) -> str:
    """Where the picture of a drawing lies in the report."""
    return f"{PICTURES}/{project.urls.slug}.{drawing.slug}.png"


def write(report: Path, home: Home, made: Sequence[tuple[Project, Checked, Sequence[Drawing]]]) -> list[str]:
    """Draw them, and remove those of an earlier summary; the paths in the report."""
    wanted = {
        path(project, one): _drawn(home, project, checked, one) for project, checked, found in made for one in found
    }
    folder = report / PICTURES
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.png"):
        if f"{PICTURES}/{old.name}" not in wanted:
            old.unlink(missing_ok=True)
    for name, content in wanted.items():
        (report / name).write_bytes(content)
    return list(wanted)


def _drawn(home: Home, project: Project, checked: Checked, one: Drawing) -> bytes:
    from trackio import charts
    from trackio.grammar import View
    from trackio.report import exports, figures

    base = [run.record for run in checked.baseline or () if isinstance(run, Recorded)]
    names = {run.record.id: run.name for run in checked.runs} | {record.id: BASELINE for record in base}
    records = [*(run.record for run in checked.runs), *base]
    members = [figures.Member(one.id, one.name, one.group, one.order, one.created_ns) for one in records]
    read = figures.read(home.path, project.name, {one.metric: members}, {})[one.metric]
    # The run is a line, and all of the baseline's runs are one with a band.
    series = [replace(found, group=names[found.run_id]) for found in read]
    view = View(groupby="group", legend="bottom")
    groups = tuple(dict.fromkeys(names.values()))
    lines = figures.draw(series, groups, view, is_small=True)
    spec = charts.chart(lines, view, title=one.metric, subtitle="", width=_WIDTH, height=_HEIGHT).to_dict()
    return exports.png(charts.svg(spec))
