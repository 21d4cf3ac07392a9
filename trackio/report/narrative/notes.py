"""Notes as a build takes them: every file read and held against the data, before anything is written."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from trackio.errors import NotFound
from trackio.report import slugs, urls
from trackio.report.gather import Project, Selection
from trackio.report.narrative import document, figure, front, images, source, table
from trackio.report.narrative.blocks import FigureBlock, TableBlock
from trackio.report.narrative.checking import Surroundings
from trackio.report.narrative.document import Anchored, Document
from trackio.report.narrative.facts import ProjectFacts, Unknown
from trackio.report.narrative.figure import FigureJob
from trackio.report.narrative.filling import Filling
from trackio.report.narrative.front import Front
from trackio.report.narrative.images import Image
from trackio.report.narrative.problems import Problems, Say, near
from trackio.report.narrative.source import Source
from trackio.report.narrative.table import Request, Table
from trackio.report.narrative.values import Expressions
from trackio.report.urls import relative


@dataclass(frozen=True, slots=True)
class Draft:
    """A file whose front matter was read, and the projects that it names."""

    source: Source
    front: Front
    projects: tuple[str, ...]
    """In its front matter and its blocks."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A figure or a table of a note, with its words."""

    anchored: Anchored
    caption: str
    """As Markdown, with its values."""
    caption_html: str
    figure: FigureJob | None = None
    table: Table | None = None
    hrefs: tuple[str | None, ...] = ()
    """The pages of the runs that are the rows of a table."""


@dataclass(frozen=True, slots=True, eq=False)
class Note:
    """A file that can become a page: nothing in it leads nowhere."""

    source: Source
    front: Front
    title: str
    page: str
    """Where it will lie, from the root of the site."""
    project: str | None
    """The project that it belongs to; None where it speaks of several or none."""
    projects: tuple[str, ...]
    """Those that it says something of."""
    summary: str
    """As Markdown, with its values."""
    document: Document
    body: str
    """As HTML, with marks where the pieces stand."""
    pieces: tuple[Piece, ...]
    images: tuple[Image, ...]
    filling: Filling = field(repr=False)

    @property
    def base(self) -> str:
        """The folder of its files, which ends in a slash."""
        return f"{self.page.removesuffix('.html')}/"


def drafts(paths: Sequence[Path], known: Sequence[str], problems: Problems) -> list[Draft]:
    """The files with their front matter; ``known`` are the projects that there are."""
    found: list[Draft] = []
    for path in dict.fromkeys(paths):
        shown = str(path)
        say = problems.error(shown)
        read = source.read(path, shown, say)
        if read is None:
            continue
        matter = front.read(read.front, say)
        named = {} if matter.project is None else {matter.project: matter.project_line}
        for line, name in document.named_projects(read.body, read.body_line):
            named.setdefault(name, line)
        for name, line in named.items():
            if name not in known:
                say(line, f"There is no project {name!r}. {near(name, known)}")
        found.append(Draft(read, matter, tuple(named)))
    return found


def selection(found: Sequence[Draft], given: Selection, known: Sequence[str], problems: Problems) -> Selection:
    """What a build of these notes is about: the projects that they name, and those that were asked for."""
    named = [name for one in found for name in one.projects]
    if not named and not given.projects and len(known) > 1:
        for one in found:
            problems.error(one.source.shown)(
                1, f"Say which project this is about: `project: NAME` in the front matter. {near('', known)}"
            )
    return replace(given, projects=tuple(dict.fromkeys([*given.projects, *(name for name in named if name in known)])))


def read(found: Sequence[Draft], home: Path, projects: Sequence[Project], problems: Problems) -> list[Note]:
    """The notes. What is wrong goes to ``problems``, and what is wrong in one is left out."""
    facts = {one.name: ProjectFacts(home, one) for one in projects}
    pages = _pages(found, facts, problems)
    notes = []
    for one in found:
        if one.source.path in pages:
            note = _note(one, facts, pages, problems)
            notes += [note] if note else []
    _check_links(notes, problems)
    return notes


def _check_links(notes: Sequence[Note], problems: Problems) -> None:
    """Say which links from one note into another lead to nothing there; in one that is wrong it is not known."""
    for note in notes:
        folder = note.source.path.resolve().parent
        others = {_beside(other.source.path, folder): other for other in notes}
        for link in note.document.outward:
            other = others.get(link.path)
            anchors = [] if other is None else other.document.anchors
            if other is not None and link.anchor not in anchors:
                text = f"There is nothing called #{link.anchor} in {link.path}. {near(link.anchor, anchors)}"
                problems.error(note.source.shown)(link.line, text)


def _pages(found: Sequence[Draft], facts: Mapping[str, ProjectFacts], problems: Problems) -> dict[Path, str]:
    """Where each will lie; what has no project or several lies at the root."""
    pages: dict[Path, str] = {}
    taken: dict[str, str] = {}
    for one in found:
        stem = one.source.path.stem
        slug = one.front.slug or slugs.slugs({stem: stem}, "report")[stem]
        own = one.projects or (tuple(facts) if len(facts) == 1 else ())
        page = facts[own[0]].project.urls.report(slug) if len(own) == 1 and own[0] in facts else urls.report(slug)
        if page in taken:
            text = f"This would have the same address as {taken[page]}. Give one of them another `slug:`."
            problems.error(one.source.shown)(one.front.slug_line, text)
        taken[page] = one.source.shown
        pages[one.source.path] = page
    return pages


def _note(one: Draft, facts: Mapping[str, ProjectFacts], pages: Mapping[Path, str], problems: Problems) -> Note | None:
    page, matter, shown = pages[one.source.path], one.front, one.source.shown
    before = len(problems.errors)
    say = problems.error(shown)
    if matter.project is not None and matter.project not in facts:
        # Already told; without it nothing else means anything.
        return None
    default = facts.get(matter.project or "") or (next(iter(facts.values())) if len(facts) == 1 else None)
    expressions = Expressions(facts, default)
    filling = Filling(expressions, say)
    folder = one.source.path.resolve().parent
    others = {_beside(path, folder): relative(to, page) for path, to in pages.items()}
    title = filling.text(matter.title, 2) if matter.title else None
    around = Surroundings(partial(images.find, folder=folder), others, folder, title)
    body = document.read(one.source, filling, around, problems)
    pieces = [_piece(each, expressions, filling, say) for each in body.anchored]
    summary = filling.text(matter.summary, matter.summary_line) if matter.summary else ""
    try:
        document.inline(summary)
    except Unknown as error:
        say(matter.summary_line, str(error))
    if len(problems.errors) > before:
        return None
    own = one.projects or ((default.name,) if default is not None else ())
    base = relative(f"{page.removesuffix('.html')}/", page)
    return Note(
        source=one.source,
        front=matter,
        title=title or body.title or one.source.path.stem,
        page=page,
        project=own[0] if len(own) == 1 else None,
        projects=tuple(sorted({*own, *expressions.asked})),
        summary=summary,
        document=body,
        body=document.html(body, f"{base}/"),
        pieces=tuple(piece for piece in pieces if piece is not None),
        images=tuple(sorted(set(body.images.values()), key=lambda image: image.name)),
        filling=filling,
    )


def _beside(path: Path, folder: Path) -> str:
    return Path(os.path.relpath(path.resolve(), folder)).as_posix()


def _piece(each: Anchored, expressions: Expressions, filling: Filling, say: Say) -> Piece | None:
    """What a block shows; None where it is wrong, which is then said."""
    block = each.block
    try:
        facts = expressions.facts(block.project)
    except Unknown as error:
        say(block.lines.get("project", block.line), str(error))
        return None
    at = block.lines.get("caption", block.line)
    caption = filling.text(block.caption, at)
    try:
        html = document.inline(caption)
    except Unknown as error:
        say(at, str(error))
        return None
    if isinstance(block, FigureBlock):
        title = block.view.title and filling.text(block.view.title, block.lines["title"])
        wanted = replace(block, view=replace(block.view, title=title))
        job = figure.job(wanted, facts, each.anchor, say)
        return None if job is None else Piece(each, caption, html, figure=job)
    found = _table(block, facts, say)
    pages = {one.id: facts.project.urls.run(one.run.slug) for one in facts.runs}
    hrefs = () if found is None else tuple(pages.get(one or "") for one in found.run_ids)
    return None if found is None else Piece(each, caption, html, table=found, hrefs=hrefs)


def _table(block: TableBlock, facts: ProjectFacts, say: Say) -> Table | None:
    asked = Request(block.columns, block.runs, block.group, block.groupby, block.sort, block.limit, block.has_best)
    # Each part alone, so that every mistake is told with its own line.
    mistakes = 0
    for key, part in (
        ("runs", Request((), block.runs)),
        ("group", Request((), (), block.group)),
        ("groupby", Request((), (), None, block.groupby)),
        ("sort", Request((), (), None, block.groupby if block.sort in ("runs", "-runs") else None, block.sort)),
        *(("columns", Request((column,))) for column in block.columns),
    ):
        try:
            table.table(facts, part)
        except (Unknown, NotFound) as error:
            say(block.lines.get(key, block.line), str(error))
            mistakes += 1
    if mistakes:
        return None
    try:
        return table.table(facts, asked)
    except (Unknown, NotFound) as error:
        say(block.line, str(error))
        return None
