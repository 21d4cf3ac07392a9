"""Notes as plain Markdown: values in their places, pictures for figures, tables written out. For READMEs and cards."""

from __future__ import annotations

import re
from pathlib import Path

from trackio import settings
from trackio.errors import ReportError
from trackio.report.build import Options, Report, gathered
from trackio.report.narrative import rules, tabletext
from trackio.report.narrative.blocks import FIGURE, TABLE
from trackio.report.narrative.filling import MARK
from trackio.report.narrative.images import content
from trackio.report.narrative.notes import Note, Piece
from trackio.report.urls import base_url
from trackio.report.write import replace_file

_REFERENCE = re.compile(r"\[(figure|fig\.?|table|tab\.?|)\]\(#((?:fig|tab)-[a-z0-9_-]+)\)", re.IGNORECASE)


def write_markdown(options: Options, report: Report, path: Path) -> None:
    """Write the one note of a report that was just built.

    Pictures are those of the site, by its address where that is known, else copies in a folder beside the file.
    """
    _, held = gathered(options.home or settings.home(), options)
    (note,) = held.notes
    folder = f"{path.stem}_files"
    base = base_url(options.base_url)
    start = f"{base}{note.base}" if base else f"{folder}/"
    text = markdown(note, start)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if base is None:
            _copy(note, report.path, path.parent / folder)
        replace_file(path, text.encode("utf-8", "replace"))
    except OSError as error:
        raise ReportError(f"{path} could not be written ({error.strerror or error}). Name another file.") from error


def markdown(note: Note, start: str) -> str:
    """The text; ``start`` leads to the files of the note, and ends in a slash."""
    lines = note.document.marked.split("\n")
    places = iter(note.pieces)
    code: set[int] = set()
    for token in rules.parser().parse(note.source.body):
        if token.type not in ("fence", "code_block") or not token.map:
            continue
        first, end = token.map
        code.update(range(first, end))
        words = token.info.split()
        if token.type == "fence" and words and words[0].lower() in (FIGURE, TABLE):
            piece = next(places)
            indent = lines[first][: len(lines[first]) - len(lines[first].lstrip())]
            block = _written(piece, start).rstrip("\n").split("\n")
            lines[first] = "\n".join((indent + line).rstrip() for line in block)
            for number in range(first + 1, end):
                lines[number] = "\0"
    lines[: note.document.start] = ["\0"] * note.document.start
    labels = {piece.anchored.anchor: piece.anchored.number for piece in note.pieces}
    kept = [line if k in code else _with_labels(line, labels) for k, line in enumerate(lines) if line != "\0"]
    body = "\n".join(MARK.sub(lambda found: _value(note, found), line) for line in kept)
    for source, image in note.document.images.items():
        body = body.replace(f"]({source}", f"]({start}{image.name}")
    head = [f"# {tabletext.escaped_markdown(note.title)}", ""]
    lede = [note.summary, ""] if note.summary else []
    return "\n".join([*head, *lede, body.strip("\n")]) + "\n"


def _value(note: Note, found: re.Match[str]) -> str:
    text = note.filling.value(int(found[1]))
    # Within code nothing is escaped.
    is_code = found.string.count("`", 0, found.start()) % 2 == 1
    return text.replace("`", "'") if is_code else tabletext.escaped_markdown(text)


def _with_labels(line: str, labels: dict[str, int]) -> str:
    def written(found: re.Match[str]) -> str:
        word = found[1] or ("Figure" if found[2].startswith("fig") else "Table")
        return f"[{word} {labels[found[2]]}](#{found[2]})" if found[2] in labels else found[0]

    return _REFERENCE.sub(written, line)


def _written(piece: Piece, start: str) -> str:
    anchor, label = piece.anchored.anchor, piece.anchored.label
    caption = f"**{label}.** {piece.caption}".rstrip()
    if piece.table is not None:
        return f'<a id="{anchor}"></a>\n\n{tabletext.markdown(piece.table, caption)}'
    words = piece.figure.title if piece.figure is not None else label
    return f'<a id="{anchor}"></a>\n\n![{tabletext.escaped_markdown(words)}]({start}{anchor}.png)\n\n{caption}'


def _copy(note: Note, site: Path, folder: Path) -> None:
    names = [f"{piece.anchored.anchor}.png" for piece in note.pieces if piece.figure is not None]
    if names or note.images:
        folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        replace_file(folder / name, (site / note.base / name).read_bytes())
    for image in note.images:
        replace_file(folder / image.name, content(image))
