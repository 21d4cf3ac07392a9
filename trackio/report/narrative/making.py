"""The page of a note and its files: figures drawn, tables written, pictures copied. The map step of notes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trackio.report import cache, chartjob, citation, data, datahash, figures
from trackio.report.heads import Site
from trackio.report.model import Link
from trackio.report.narrative import document, figure, images, table, tabletext
from trackio.report.narrative.document import TOC_LEVELS, Heading
from trackio.report.narrative.figure import Drawn
from trackio.report.narrative.front import Front
from trackio.report.narrative.images import Image
from trackio.report.narrative.model import NotePage, Passage
from trackio.report.narrative.notes import Note, Piece
from trackio.report.render import render
from trackio.report.urls import INDEX, relative

TABLES = {"md": "Markdown", "tex": "LaTeX", "csv": "CSV"}
DATA = "figures"
"""The file with the lines of all figures, and what it registers."""


@dataclass(frozen=True, slots=True)
class NoteJob:
    """A note without what only reading it needed, so that it can travel to another process."""

    site: Site
    page: str
    title: str
    front: Front
    project: Link | None
    """Its project and the page of that, from the root of the site."""
    summary: str
    body: str
    contents: tuple[Heading, ...]
    pieces: tuple[Piece, ...]
    images: tuple[Image, ...]

    @property
    def base(self) -> str:
        """The folder of its files, which ends in a slash."""
        return f"{self.page.removesuffix('.html')}/"

    @property
    def updated_ns(self) -> int:
        """The time of the newest record of its figures; 0 without."""
        return max((piece.figure.updated_ns for piece in self.pieces if piece.figure is not None), default=0)


def job(note: Note, site: Site, project: Link | None) -> NoteJob:
    """What makes the page of a note."""
    contents = tuple(one for one in note.document.headings if one.level in TOC_LEVELS)
    return NoteJob(
        site=site,
        page=note.page,
        title=note.title,
        front=note.front,
        project=project,
        summary=note.summary,
        body=note.body,
        contents=contents,
        pieces=note.pieces,
        images=note.images,
    )


def names(one: NoteJob) -> tuple[str, ...]:
    """The page and its files."""
    found = [one.page]
    for piece in one.pieces:
        suffixes = figure.EXPORTS.values() if piece.figure is not None else TABLES
        found += [f"{one.base}{piece.anchored.anchor}.{suffix}" for suffix in suffixes]
    if any(piece.figure is not None for piece in one.pieces):
        found.append(f"{one.base}{DATA}.js")
    return (*found, *(one.base + image.name for image in one.images))


def key(one: NoteJob, states: Mapping[str, Mapping[str, Sequence[object]]]) -> str:
    """Changes when the page would; ``states`` are those of each project's runs, by id."""
    parts: list[object] = [one.title, repr(one.front), one.project, one.summary, one.body, one.images]
    for piece in one.pieces:
        parts += [repr(piece.anchored), piece.caption, piece.hrefs]
        if piece.table is not None:
            parts.append(table.document(piece.table))
        if piece.figure is not None:
            drawn = piece.figure
            members = dict.fromkeys(member.id for part in drawn.curves for member in part.members)
            parts += [repr(drawn.view), drawn.own_x, drawn.size, drawn.groups]
            parts += [[(part.metric, part.slug, part.count) for part in drawn.curves]]
            parts += [[states[drawn.project][run] for run in members]]
    return cache.key("note", one.page, *parts)


def make(jobs: Sequence[NoteJob]) -> list[tuple[str, dict[str, bytes], str]]:
    """The page of each note, its files, and the hash of what it says and shows."""
    return [(one.page, *_files(one)) for one in jobs]


def _files(one: NoteJob) -> tuple[dict[str, bytes], str]:
    drawn = {
        piece.anchored.anchor: figure.draw(
            piece.figure, one.page, one.base + piece.anchored.anchor, is_transparent=one.site.is_transparent
        )
        for piece in one.pieces
        if piece.figure is not None
    }
    shown = [one.files["csv"] for one in drawn.values()]
    shown += [_tables(piece)["csv"].encode("utf-8", "replace") for piece in one.pieces if piece.table is not None]
    digest = datahash.of_note(one.title, one.body, shown)
    cite = one.site.cite(one.page, [one.title], digest, one.updated_ns, authors=one.front.authors)
    files = {one.page: render(citation.on(_page(one, drawn), cite))}
    for piece in one.pieces:
        start = f"{one.base}{piece.anchored.anchor}"
        if piece.table is not None:
            files |= {f"{start}.{suffix}": text.encode("utf-8", "replace") for suffix, text in _tables(piece).items()}
        else:
            files |= {f"{start}.{suffix}": part for suffix, part in drawn[piece.anchored.anchor].files.items()}
    if drawn:
        lines = {
            piece.anchored.anchor: figure.values(drawn[piece.anchored.anchor], piece.figure)
            for piece in one.pieces
            if piece.figure is not None
        }
        files[f"{one.base}{DATA}.js"] = data.script(DATA, {"charts": lines})
    return files | {one.base + image.name: images.content(image) for image in one.images}, digest


def _tables(piece: Piece) -> dict[str, str]:
    if piece.table is None:
        return {}
    plain = document.plain(piece.caption)
    return {
        "md": tabletext.markdown(piece.table, piece.caption),
        "tex": tabletext.latex(piece.table, plain, piece.anchored.anchor.replace("-", ":", 1)),
        "csv": tabletext.csv_text(piece.table),
    }


def _page(one: NoteJob, drawn: Mapping[str, Drawn]) -> NotePage:
    model: dict[str, Any] = {
        "page": "report",
        "project": None if one.project is None else one.project.text,
        "base": "",
        # Every figure knows of its own project.
        "runs": [],
        "groups": [],
        "charts": [
            figure.model(
                piece.figure,
                drawn[piece.anchored.anchor],
                one.page,
                f"{one.base}{DATA}.js",
                one.base + piece.anchored.anchor,
            )
            for piece in one.pieces
            if piece.figure is not None
        ],
        "defaults": {"alerts": "hidden"},
        "updated_ms": one.updated_ns // 1_000_000,
    }
    first = next((piece.anchored.anchor for piece in one.pieces if piece.figure is not None), None)
    words = document.plain(one.summary) or (f"A report on {one.project.text}" if one.project else "A report")
    head = one.site.head(
        one.page,
        title=one.title if one.project is None else f"{one.title} · {one.project.text}",
        description=words,
        model=model,
        load=[f"{one.base}{DATA}.js"] if drawn else [],
        image=None if first is None else f"{one.base}{first}.png",
    )
    crumbs = [Link("Projects", relative(INDEX, one.page))]
    crumbs += [] if one.project is None else [Link(one.project.text, relative(one.project.href, one.page))]
    authors = ", ".join(one.front.authors)
    return NotePage(
        head=head,
        title=one.title,
        crumbs=tuple(crumbs),
        meta=tuple(filter(None, [authors, one.front.date])),
        is_draft=one.front.is_draft,
        summary=figures.markup(document.inline(one.summary)) if one.summary else None,
        contents=one.contents,
        passages=tuple(_passages(one, drawn)),
    )


def _passages(one: NoteJob, drawn: Mapping[str, Drawn]) -> list[Passage]:
    pieces = {str(place): piece for place, piece in enumerate(one.pieces)}
    found = []
    for place, text in enumerate(document.marks().split(one.body)):
        if place % 2:
            found.append(_passage(one, pieces[text], drawn))
        elif text.strip():
            found.append(Passage(text=figures.markup(text)))
    return found


def _passage(one: NoteJob, piece: Piece, drawn: Mapping[str, Drawn]) -> Passage:
    anchor, base = piece.anchored.anchor, f"{one.base}{piece.anchored.anchor}"
    caption = figures.markup(piece.caption_html) if piece.caption else None
    if piece.figure is not None:
        return Passage(
            anchor=anchor,
            label=piece.anchored.label,
            caption=caption,
            figure=drawn[anchor].figure,
            size=piece.figure.size,
            width=getattr(piece.anchored.block, "width", "text"),
        )
    return Passage(
        anchor=anchor,
        label=piece.anchored.label,
        caption=caption,
        table=piece.table,
        hrefs=tuple(None if href is None else relative(href, one.page) for href in piece.hrefs),
        files=tuple(Link(name, relative(f"{base}.{suffix}", one.page)) for suffix, name in TABLES.items()),
    )


def stated(one: NoteJob) -> dict[str, Any]:
    """What the manifest says of a note."""
    return {
        "title": one.title,
        "path": one.page,
        "authors": list(one.front.authors),
        "date": one.front.date or None,
        "project": None if one.project is None else one.project.text,
        "figures": [
            {
                "id": piece.anchored.anchor,
                "label": piece.anchored.label,
                "metrics": list(piece.figure.metrics),
                "embed": piece.figure.chart(""),
                **{kind: f"{one.base}{piece.anchored.anchor}.{suffix}" for kind, suffix in chartjob.EXPORTS.items()},
            }
            for piece in one.pieces
            if piece.figure is not None
        ],
        "tables": [
            {
                "id": piece.anchored.anchor,
                "label": piece.anchored.label,
                **{name.lower(): f"{one.base}{piece.anchored.anchor}.{suffix}" for suffix, name in TABLES.items()},
            }
            for piece in one.pieces
            if piece.table is not None
        ],
    }
