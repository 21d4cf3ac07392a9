"""The Markdown of notes: read into tokens whose references are checked, and written as HTML that can do no harm."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from trackio.report.narrative import blocks, mapping
from trackio.report.narrative.blocks import FigureBlock, TableBlock
from trackio.report.narrative.checking import Checker, Surroundings
from trackio.report.narrative.facts import Unknown
from trackio.report.narrative.filling import BLOCK_CLOSE, BLOCK_OPEN, Filling
from trackio.report.narrative.images import Image
from trackio.report.narrative.linked import Outward
from trackio.report.narrative.mathml import Unreadable, mathml
from trackio.report.narrative.problems import Problems, Say, near
from trackio.report.narrative.rules import is_public, parser
from trackio.report.narrative.source import Source

if TYPE_CHECKING:
    from markdown_it.token import Token

TOC_LEVELS = (2, 3)
NOUNS = {blocks.FIGURE: "Figure", blocks.TABLE: "Table"}


@dataclass(frozen=True, slots=True)
class Heading:
    """An entry of the table of contents."""

    level: int
    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Anchored:
    """A numbered block and its place."""

    block: FigureBlock | TableBlock
    number: int
    anchor: str

    @property
    def noun(self) -> str:
        """``Figure`` or ``Table``."""
        return NOUNS[self.block.kind]

    @property
    def label(self) -> str:
        """``Figure 2``."""
        return f"{self.noun} {self.number}"


@dataclass(slots=True)
class Document:
    """The body of one file, read."""

    tokens: list[Token]
    env: dict[str, Any]
    marked: str
    """Its text with marks for values."""
    title: str | None = None
    headings: list[Heading] = field(default_factory=list)
    anchored: list[Anchored] = field(default_factory=list)
    images: dict[str, Image] = field(default_factory=dict)
    """By the address in the notes."""
    outward: list[Outward] = field(default_factory=list)
    """The links to anchors in other notes."""
    start: int = 0
    """The line, from 0, after the heading that is the title."""
    shift: int = 0
    """By how many levels headings move down, so that the page's title is the only one of the first."""

    @property
    def anchors(self) -> list[str]:
        """What links may lead to."""
        return [*(one.anchor for one in self.anchored), *(one.id for one in self.headings)]


def read(source: Source, filling: Filling, around: Surroundings, problems: Problems) -> Document:
    """The document of a file; what is wrong goes to ``problems``."""
    body, line, say = source.body, source.body_line, problems.error(source.shown)
    code = {
        number
        for token in parser().parse(body)
        if token.type in ("fence", "code_block") and token.map
        for number in range(*token.map)
    }
    env: dict[str, Any] = {}
    marked = filling.mark(body, line + 1, code)
    tokens = parser().parse(marked, env)
    document = Document(tokens, env, marked)
    _fill(tokens, filling)
    _title(document, around.title)
    _anchor(document, line, say)
    _headings(document)
    Checker(document, around, line, say, problems.warning(source.shown)).check()
    return document


def named_projects(body: str, line: int) -> list[tuple[int, str]]:
    """The projects that blocks name, each with its line; what else is in them is not looked at."""
    found: list[tuple[int, str]] = []
    for token in parser().parse(body):
        if token.type == "fence" and token.map and token.info.split()[:1] in ([blocks.FIGURE], [blocks.TABLE]):
            entries = mapping.read(token.content, line + token.map[0] + 2, ("project",), lambda *_: None) or {}
            if "project" in entries and isinstance(entries["project"].value, str):
                found.append((entries["project"].line, entries["project"].value.strip()))
    return found


def html(document: Document, image_base: str) -> str:
    """The body as HTML, with a mark where each figure and table stands; ``image_base`` leads to the pictures."""
    env = {**document.env, "document": document, "image_base": image_base}
    rendered: str = parser().renderer.render(document.tokens, parser().options, env)
    return rendered


def inline(text: str) -> str:
    """A caption or a summary as HTML: emphasis, code, formulas and links. Raises Unknown for a formula or link."""
    tokens = parser().parseInline(text)
    for token in tokens[0].children or []:
        if token.type == "image":
            raise Unknown("There is no place for a picture here.")
        if token.type == "link_open" and not is_public(str(token.attrs.get("href", ""))):
            raise Unknown(f"A link here leads to an http or https address, not to {token.attrs.get('href')}.")
        if token.type.startswith("math"):
            try:
                mathml(token.content, is_block=False)
            except Unreadable as error:
                raise Unknown(f"The formula {token.content!r} cannot be shown: {error}.") from None
    rendered: str = parser().renderer.render(tokens, parser().options, {})
    return rendered


def plain(text: str) -> str:
    """The words of such a text without their dress."""
    return _text(parser().parseInline(text)[0])


def marks() -> re.Pattern[str]:
    """Finds the marks of figures and tables in HTML."""
    return re.compile(f"{BLOCK_OPEN}([0-9]+){BLOCK_CLOSE}")


def _fill(tokens: Sequence[Token], filling: Filling) -> None:
    for token in tokens:
        if token.type not in ("fence", "code_block"):
            token.content = filling.fill(token.content)
        for name in ("href", "src"):
            if name in token.attrs:
                token.attrs[name] = filling.fill_address(str(token.attrs[name]))
        if "title" in token.attrs:
            token.attrs["title"] = filling.fill(str(token.attrs["title"]))
        _fill(token.children or (), filling)


def _title(document: Document, title: str | None) -> None:
    """Take the first heading out where it is the title, or says the same."""
    tokens = document.tokens
    if tokens and tokens[0].type == "heading_open" and tokens[0].tag == "h1":
        text = _text(tokens[1])
        if title is None or text.casefold() == title.casefold():
            document.title = text
            document.start = tokens[0].map[1] if tokens[0].map else 0
            del tokens[:3]
    document.shift = int(any(token.type == "heading_open" and token.tag == "h1" for token in tokens))


def _anchor(document: Document, line: int, say: Say) -> None:
    """Read the blocks, number them and give each an anchor."""
    counts = dict.fromkeys(NOUNS, 0)
    taken: set[str] = set()
    for token in document.tokens:
        if token.type != "fence" or not token.map:
            continue
        words = token.info.split()
        language, at = (words[0].lower() if words else ""), line + token.map[0] + 1
        if language not in NOUNS:
            if language.startswith("trackio"):
                say(at, f"There is no block {language!r}. {near(language, list(NOUNS))}")
            continue
        block = blocks.read(language, token.content, at, say)
        counts[language] += 1
        number = counts[language]
        anchor = blocks.PREFIXES[language] + (block.id if block and block.id else str(number))
        if anchor in taken and block is not None:
            say(block.lines.get("id", at), f"Two blocks have the id {block.id!r}. Give each its own.")
        taken.add(anchor)
        if block is not None:
            token.meta["place"] = len(document.anchored)
            document.anchored.append(Anchored(block, number, anchor))


def _headings(document: Document) -> None:
    """Anchors as GitHub makes them, so that links within the notes work there too."""
    taken = {one.anchor for one in document.anchored}
    for place, token in enumerate(document.tokens):
        if token.type != "heading_open":
            continue
        text = _text(document.tokens[place + 1])
        plain = re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-") or "section"
        slug, number = plain, 0
        while slug in taken:
            number += 1
            slug = f"{plain}-{number}"
        taken.add(slug)
        token.attrs["id"] = slug
        level = min(6, int(token.tag[1]) + document.shift)
        document.headings.append(Heading(level, slug, text))


def _text(token: Token) -> str:
    """The words of an inline token without their dress."""
    found = []
    for child in token.children or []:
        if child.type in ("text", "code_inline", "image") or child.type.startswith("math"):
            found.append(child.content)
        elif child.type in ("softbreak", "hardbreak"):
            found.append(" ")
    return "".join(found).strip()
