"""How a report is built: gather what there is, plan the pages, render those that changed, write them.

::

    gather   projects, runs, metrics, media  no points are read
    copy     the files of media              each once, by its content
    plan     pages, their files, their keys  a page whose key is the last build's is left as it is
    render   charts and runs                 the map step, on an executor; then projects, root and manifest
    write    through one `Folder`            atomically, and only what is ours
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from trackio import settings
from trackio.energy.statement import Assumptions
from trackio.report import (
    alertdata,
    cardfiles,
    citation,
    code,
    data,
    heads,
    jobs,
    pages,
    runpages,
    urls,
    workers,
)
from trackio.report.chartjob import ChartJob
from trackio.report.citation import Credit
from trackio.report.energy import document, making
from trackio.report.energy.making import Measured
from trackio.report.foremost import MOST_CHARTS, drawn, limited
from trackio.report.gather import Project, Selection, Target, gather
from trackio.report.hashes import Hashes
from trackio.report.heads import Site
from trackio.report.jobs import ChartResult
from trackio.report.media import choice
from trackio.report.media import jobs as media_jobs
from trackio.report.media.choice import LIMIT_BYTES, Chosen, Mode
from trackio.report.narrative import making as note_pages
from trackio.report.narrative import reading
from trackio.report.narrative.reading import Held
from trackio.report.plan import Part, Plan, plan
from trackio.report.render import render
from trackio.report.snapshots import keeping
from trackio.report.snapshots.entry import Snapshot
from trackio.report.snapshots.keeping import Current
from trackio.report.snapshots.shelf import Made, Shelf
from trackio.report.write import Folder
from trackio.store.home import Home

ASSETS = "assets/"
"""The page name under which the cache keeps the assets; the manifest goes under its own."""
RUNS_A_JOB = 16

Progress = Callable[[int, int], None]
"""Told how many pages are done, and of how many."""


def silent(done: int, total: int) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class Options:
    """What to build and where."""

    output: Path
    home: Path | None = None
    """Where the data lies; None is the usual home."""
    selection: Selection = field(default_factory=Selection)
    base_url: str | None = None
    """Where the site will be published, for what needs full addresses: pictures in link previews."""
    is_transparent: bool = False
    """PNG files on no background, for slides and pages of any colour; white otherwise."""
    workers: int | None = None
    """Processes at most; None is one a processor."""
    media: Mode = "all"
    """Which media are published: those of all steps, the last of each name, or none."""
    media_limit_bytes: int = LIMIT_BYTES
    """Where all media of a project have more, the last of each name have to do; and of those the smallest."""
    assumptions: Mapping[str, Assumptions] = field(default_factory=dict)
    """What decides what energy stands for, by project, where it is not what the project keeps."""
    targets: Mapping[str, Target | None] = field(default_factory=dict)
    """Up to which value of which metric energy is told, likewise."""
    charts_limit: int | None = None
    """Charts of a project at most; None is `foremost.MOST_CHARTS`, in one file `foremost.MOST_DRAWN`."""
    notes: Sequence[Path] = ()
    """Files of Markdown that become pages of the site; without chosen projects it has those that they name."""
    credit: Credit = field(default_factory=Credit)
    """Whom citations name."""
    snapshot: str | None = None
    """Keep the report as a snapshot: a label, or ``auto`` for one where the data changed since the last."""
    prune_snapshots: str | None = None
    """How many of the newest snapshots stay, or the names of those that go."""


@dataclass(frozen=True, slots=True)
class Report:
    """What was built."""

    path: Path
    projects: int
    runs: int
    charts: int
    rendered: int
    """Pages that were made again."""
    written: int
    """Files that changed."""
    removed: int
    left_out: Mapping[str, int] = field(default_factory=dict)
    """How many metrics of a project have no chart, as there are too many, by its name."""
    notes: tuple[str, ...] = ()
    """The pages of notes, from the root of the site."""
    warnings: tuple[str, ...] = ()
    """What is not right in the notes and did not stop them, each with its file and line."""
    snapshots: tuple[Snapshot, ...] = ()
    """Those that there are, oldest first."""
    kept: Made | None = None
    """The snapshot that was made."""
    same: Snapshot | None = None
    """One was asked for, and this one has the data already."""
    dropped: tuple[Snapshot, ...] = ()
    """Snapshots that were removed."""
    damage: tuple[str, ...] = ()
    """What is wrong with snapshots, a sentence each."""


def build(
    options: Options,
    *,
    executor: Executor | None = None,
    progress: Progress = silent,
    on_wait: Callable[[], None] = lambda: None,
) -> Report:
    """Bring the folder up to date with the data. ``on_wait`` is called when another build holds the folder."""
    site = Site(urls.base_url(options.base_url), options.is_transparent, options.credit)
    home = options.home or settings.home()
    options = replace(options, snapshot=keeping.asked(options.snapshot))
    # Before the folder is touched: a name that is unknown leaves nothing behind.
    projects, held = gathered(home, options)
    with Folder(options.output, on_wait=on_wait) as folder:
        if folder.has_waited:
            projects, held = gathered(home, options)
        chosen = {one.name: choose(home, one, options) for one in projects}
        copied = _copy_media(folder, home, projects, chosen)
        todo = plan(projects, site, home, code.code_version(), chosen, notes=held.notes)
        report = _Build(folder, site, home, todo, copied=copied, progress=progress).run(executor, options)
        return replace(report, warnings=tuple(map(str, held.warnings)))


def projects_of(home: Path, options: Options) -> list[Project]:
    """The projects of the report, with what these options say of them."""
    found = []
    most = MOST_CHARTS if options.charts_limit is None else options.charts_limit
    for whole in gather(home, options.selection):
        one = limited(whole, most)
        assumed, target = options.assumptions.get(one.name, one.assumptions), options.targets.get(one.name, one.target)
        found.append(replace(one, assumptions=assumed, target=target))
    return found


def gathered(home: Path, options: Options) -> tuple[list[Project], Held]:
    """The projects, and the notes, which are right as far as these go."""
    drafts = reading.drafts(options.notes, home, options.selection)
    projects = projects_of(home, replace(options, selection=drafts.selection))
    return projects, reading.held(drafts, home, projects)


def choose(home: Path, project: Project, options: Options) -> Chosen:
    """Which of a project's media these options publish."""
    return choice.choose(project, Home(home).project(project.name), options.media, options.media_limit_bytes)


def _copy_media(
    folder: Folder, home: Path, projects: Sequence[Project], chosen: dict[str, Chosen]
) -> dict[str, dict[str, int]]:
    """Copy stored files before pages are planned: one that is damaged changes what a page says. Fills in ``chosen``."""
    found: dict[str, dict[str, int]] = {}
    for one in projects:
        names = media_jobs.copied(chosen[one.name])
        if names:
            folder.announce([one.urls.media(name) for name in names])
            sizes, faults = media_jobs.copy(folder, one.urls, Home(home).project(one.name).blobs, names)
            chosen[one.name] = choice.damaged(chosen[one.name], faults)
            found[media_jobs.folder(one.urls)] = sizes
    return found


class _Build:
    """One build in progress: which pages are stale, and which files each page came to consist of."""

    def __init__(
        self,
        folder: Folder,
        site: Site,
        home: Path,
        todo: Plan,
        *,
        copied: dict[str, dict[str, int]],
        progress: Progress,
    ) -> None:
        self.folder, self.site, self.home, self.plan, self.progress = folder, site, home, todo, progress
        parts = todo.parts()
        self.hashes = Hashes(todo, site, folder.before.digests)
        self.has_media = any(one.chosen.shown(run) for one in todo.projects for run in one.project.runs)
        self.keys = {part.page: part.key for part in parts} | dict.fromkeys(copied, "")
        self.stale = {part.page for part in parts if not self._is_fresh(part)}
        self.stated = self._left()
        self.measured: dict[str, Measured] = {}
        """What was measured, by project, where something is to be made of it."""
        self.names = {part.page: part.names for part in parts}
        self.made = {part.page for one in todo.projects for part, _ in one.media}
        self.files: dict[str, dict[str, int]] = {
            part.page: dict(folder.before.files[part.page]) for part in parts if part.page not in self.stale
        } | copied

    def run(self, executor: Executor | None, options: Options) -> Report:
        assets = heads.assets(has_media=self.has_media)
        self.folder.announce([urls.MANIFEST, *assets, *(name for page in self.stale for name in self.names[page])])
        self._save(ASSETS, assets)
        if self.stale:
            self._render(executor, options.workers)
        else:
            self.progress(0, 0)
        shelf = Shelf(self.folder.path)
        with keeping.keeping(shelf, self._current(), options.snapshot, options.prune_snapshots) as outcome:
            keeping.bring_up(shelf, self._current(), self.keys, self.stale)
            # Last, so that what a manifest names is there.
            self._save(urls.MANIFEST, {urls.MANIFEST: self._manifest(shelf.stated())})
            self.folder.finish(self.keys, self.files, self.hashes.known)
        projects = [one.project for one in self.plan.projects]
        return Report(
            snapshots=tuple(shelf.snapshots),
            kept=outcome.kept,
            same=outcome.same,
            dropped=outcome.dropped,
            damage=tuple(shelf.damage),
            path=self.folder.path,
            projects=len(projects),
            runs=sum(len(one.runs) for one in projects),
            charts=sum(len(one.metrics) for one in projects),
            notes=tuple(job.page for _, job in self.plan.notes),
            rendered=sum(page.endswith(".html") for page in self.stale - self.made),
            written=self.folder.written,
            removed=self.folder.removed,
            left_out={one.name: len(one.left) for one in projects if one.left},
        )

    def _left(self) -> dict[str, Mapping[str, Any]]:
        """The documents of energy that the last build left and that still hold; others become stale."""
        found = {}
        for one in self.plan.projects:
            if one.energy is not None and one.energy.page not in self.stale:
                known = making.left(self.folder.path, one.project)
                if known is None:
                    self.stale.add(one.energy.page)
                else:
                    found[one.project.name] = known
        return found

    def _is_fresh(self, part: Part) -> bool:
        before = self.folder.before
        return (
            before.keys.get(part.page) == part.key
            and before.files[part.page].keys() == set(part.names)
            and self.folder.is_intact(part.page)
            and (part.page not in self.hashes.pages or part.page in before.digests)
        )

    def _current(self) -> Current:
        pages: dict[str, str | None] = {urls.INDEX: None, **{part.page: None for part, _ in self.plan.notes}}
        for one in self.plan.projects:
            own = [one.page, *(part for part, _ in one.charts), *(part for part, _ in one.runs)]
            own += [one.energy] if one.energy is not None else []
            pages |= {name: one.project.name for part in own for name in part.names if name.endswith(".html")}
        return Current(
            folder=self.folder,
            files=self.files,
            pages=pages,
            digests=self.hashes.projects,
            digest=self.hashes.whole,
            updated_ns=self.hashes.updated_ns,
            base_url=self.site.base_url,
            manifest=lambda snapshot: self._manifest({"snapshot": snapshot.stated()}),
        )

    def _manifest(self, more: Mapping[str, Any]) -> bytes:
        notes = {"reports": [note_pages.stated(job) for _, job in self.plan.notes]}
        about = {"data_hash": self.hashes.whole, **notes, **more}
        return pages.manifest(self.plan.projects, self.stated, self.hashes.projects, about)

    def _measure(self) -> None:
        """Read what was measured wherever something is to be made of it."""
        for one in self.plan.projects:
            if one.energy is None:
                continue
            told = [one.energy, *(part for part, run in one.runs if run.record.id in one.project.measured)]
            told += [part for part, job in one.charts if job.metric in one.targets]
            told += [one.card] if one.card is not None else []
            if any(part.page in self.stale for part in told):
                self.measured[one.project.name] = making.measure(self.home, one.project)

    def _render(self, executor: Executor | None, most: int | None) -> None:
        self._measure()
        charts, runs = self._chart_jobs(), self._run_jobs()
        stale_charts = sum(job.is_stale for job in charts)
        points = sum(job.count for job in charts)
        seconds = stale_charts * workers.SECONDS_OF_A_CHART + points * workers.SECONDS_OF_A_POINT
        seconds += sum(len(job.runs) for job in runs) * workers.SECONDS_OF_A_RUN
        seconds += sum(len(job.energies) for job in runs) * workers.SECONDS_OF_A_POWER
        media = self._media_jobs()
        drawn = sum(need.blob.endswith(".vl.json") for job in media for need in job.needs)
        notes = [job for part, job in self.plan.notes if part.page in self.stale]
        drawn += sum(piece.figure is not None for job in notes for piece in job.pieces)
        seconds += drawn * workers.SECONDS_OF_A_CHART
        total, done = len(self.stale), 0
        batches = jobs.batches(charts, workers.processors(most))
        results: dict[tuple[str, str], ChartResult] = {}
        pool: AbstractContextManager[Executor] = (
            workers.workers(seconds, len(batches) + len(runs) + len(media) + len(notes), most)
            if executor is None
            else nullcontext(executor)
        )
        with pool as active:
            for result in workers.finished(
                [
                    *workers.submit(active, jobs.charts, batches),
                    *workers.submit(active, runpages.run_pages, runs),
                    *workers.submit(active, media_jobs.make, media),
                    *workers.submit(active, note_pages.make, [[job] for job in notes]),
                ]
            ):
                for one in result:
                    if isinstance(one, ChartResult):
                        results[one.job.project, one.job.metric] = replace(one, files={})
                        page, files = one.job.urls.chart(one.job.slug), one.files
                    else:
                        page, files, *digest = one
                        self.hashes.known.update((page, found) for found in digest)
                    if files:
                        self._save(page, files)
                        done += 1
                    elif not isinstance(one, ChartResult):
                        # A damaged file: nothing was made of it, and the next build tries again.
                        del self.keys[page]
                self.progress(done, total)
        self._save_overviews(results)
        self.progress(total, total)

    def _chart_jobs(self) -> list[ChartJob]:
        """Stale charts, and the unchanged ones whose picture a stale page shows."""
        found = []
        for one in self.plan.projects:
            shown = {metric.name for metric in drawn(one.project)}
            for part, job in one.charts:
                is_stale = part.page in self.stale
                is_shown = (one.page.page in self.stale and job.metric in shown) or (
                    self.plan.index.page in self.stale and job.metric == one.telling
                )
                measured = self.measured.get(one.project.name) if job.metric in one.targets else None
                is_needed = measured is not None and one.energy is not None and one.energy.page in self.stale
                if is_stale or is_shown or is_needed:
                    curves = None if measured is None else measured.curves
                    found.append(replace(job, is_stale=is_stale, curves=curves))
        return found

    def _run_jobs(self) -> list[runpages.RunJob]:
        found = []
        for one in self.plan.projects:
            runs = [run for part, run in one.runs if part.page in self.stale]
            measured = self.measured.get(one.project.name)
            energies = None if measured is None else measured.short
            found += [
                runpages.run_job(
                    self.home, self.site, one.project, runs[start : start + RUNS_A_JOB], one.chosen, energies=energies
                )
                for start in range(0, len(runs), RUNS_A_JOB)
            ]
        return found

    def _media_jobs(self) -> list[media_jobs.MediaJob]:
        found = []
        for one in self.plan.projects:
            needs = [need for part, need in one.media if part.page in self.stale]
            found += [
                media_jobs.MediaJob(self.home, one.project.name, one.project.urls, batch, one.chosen.faults)
                for batch in media_jobs.batches(needs)
            ]
        return found

    def _save_overviews(self, results: dict[tuple[str, str], ChartResult]) -> None:
        for one in self.plan.projects:
            name = one.project.name
            if one.energy is not None and one.energy.page in self.stale:
                meta = pages.facts(one.project)
                cite = self.hashes.cite(one.project, one.energy.page, "energy")
                files, self.stated[name] = making.make(one, self.site, self.measured[name], results, meta, cite=cite)
                self._save(one.energy.page, files)
            if one.card is not None and one.card.page in self.stale:
                found = self.measured.get(name)
                files = cardfiles.make(self.home, one.project, self.site, None if found is None else found.energy)
                self._save(one.card.page, files)
        stated = {name: document.stated(found) for name, found in self.stated.items()}
        for one in self.plan.projects:
            if one.page.page in self.stale:
                found_page = pages.project(one, self.site, results, stated.get(one.project.name))
                page = render(citation.on(found_page, self.hashes.cite(one.project, one.page.page)))
                script, more = data.script("project", data.project(one.project)), alertdata.files(one.project)
                for name in data.metrics_names(one.project):
                    more[name] = data.script("metrics", data.metrics(one.project))
                self._save(one.page.page, {one.project.urls.index: page, one.project.urls.data: script} | more)
        if self.plan.index.page in self.stale:
            index = citation.on(pages.index(self.plan, self.site, results, stated), self.hashes.cite_all())
            self._save(urls.INDEX, {urls.INDEX: render(index)})

    def _save(self, page: str, files: dict[str, bytes]) -> None:
        self.keys.setdefault(page, "")
        self.files[page] = {name: self.folder.write(name, content) for name, content in files.items()}
