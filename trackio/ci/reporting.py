"""A report for CI: its summary beside it, on the page of the job, and as a comment; pictures; metrics for GitLab."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from trackio import settings
from trackio.ci import checking, facts, openmetrics, pictures, places, summary
from trackio.ci.checking import Asked, Checked
from trackio.ci.facts import Drawing, Facts
from trackio.ci.files import METRICS, SUMMARY
from trackio.errors import UsageError
from trackio.report.build import projects_of
from trackio.report.gather import Project
from trackio.store.home import Home

if TYPE_CHECKING:
    from trackio.report.build import Options


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a summary will be about, known before the report is built."""

    home: Home
    found: tuple[tuple[Project, Checked], ...]


@dataclass(frozen=True, slots=True)
class Written:
    """What was written."""

    summary: Path
    checked: tuple[Checked, ...]
    appended: int | None
    """Bytes that went to the page of the job; None where there is none."""
    comment: Path | None


def prepare(options: Options, asked: Asked, project: str | None) -> Prepared:
    """Find the runs and the baseline, so that a run that is unknown is told before anything is built.

    Without names the newest run of the report is told of, finished or not. Raises what `checking.check` does.
    """
    home = Home(options.home or settings.home())
    projects = [one for one in projects_of(home.path, options) if one.runs]
    if project is not None and not options.selection.projects:
        projects = [one for one in projects if one.name == project]
    if len(projects) > 1 and (asked.baseline or asked.rules or asked.runs):
        raise UsageError("A baseline and rules are about one project: say which, with --project.")
    found = []
    for one in projects:
        store = home.project(one.name)
        newest = (one.runs[-1].record.id,)
        checked = checking.check(store, replace(asked, runs=asked.runs or newest))
        shown = {run.record.id for run in one.runs}
        if any(run.record.id not in shown for run in checked.runs):
            raise UsageError("The run that is checked is not in the report: choose it with --runs too.")
        found.append((one, checked))
    return Prepared(home, tuple(found))


def write(prepared: Prepared, report: Path, base_url: str | None, comment: Path | None) -> Written:
    """Write everything into and for a report that was built. Raises OSError."""
    told = [facts.gather(project, checked) for project, checked in prepared.found]
    drawn = [(project, checked, one.drawings) for (project, checked), one in zip(prepared.found, told, strict=True)]
    pictures.write(report, prepared.home, drawn)
    slugs = {id(one): pictures.path(project, one) for project, _, found in drawn for one in found}

    def picture(one: Drawing) -> str:
        return slugs[id(one)]

    path = report / SUMMARY
    path.write_text(summary.markdown(told, places.beside(), picture), "utf-8")
    online = places.online(report, base_url)
    if comment is not None:
        comment.parent.mkdir(parents=True, exist_ok=True)
        # Bytes are never fewer than characters.
        comment.write_text(summary.markdown(told, online, picture, limit=summary.COMMENT_CHARS), "utf-8")
    if places.is_gitlab():
        (report / METRICS).write_bytes(openmetrics.document(told))
    job = places.step_summary()
    appended = None if job is None else _append(job, told, online, picture)
    return Written(path, tuple(checked for _, checked in prepared.found), appended, comment)


def _append(path: Path, told: Sequence[Facts], place: places.Place, picture: summary.Picture) -> int:
    """Add to what the step has written already, which counts too."""
    before = path.stat().st_size if path.exists() else 0
    text = summary.markdown(told, place, picture, limit=max(0, summary.LIMIT_BYTES - before - 1))
    content = (b"\n" if before else b"") + text.encode() if text else b""
    with path.open("ab") as file:
        file.write(content)
    return len(content)
