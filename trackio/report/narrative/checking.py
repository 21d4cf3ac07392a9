"""Links, pictures, formulas and footnotes of notes, each followed to see that it leads somewhere."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from trackio.report.narrative.facts import Unknown
from trackio.report.narrative.images import Image, is_remote
from trackio.report.narrative.linked import Outward, missing, unpublished
from trackio.report.narrative.mathml import Unreadable, mathml
from trackio.report.narrative.problems import Say, near
from trackio.report.narrative.rules import is_public

if TYPE_CHECKING:
    from markdown_it.token import Token

    from trackio.report.narrative.document import Document

_NUMBERED = re.compile(r"(figure|fig\.?|table|tab\.?|)", re.IGNORECASE)
"""Texts of links that take the number of what they lead to."""
_FOOTNOTE = re.compile(r"\[\^([^\]\s]+)\]")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a document is checked against."""

    find_image: Callable[[str], Image]
    pages: Mapping[str, str]
    """Other notes of the same report: their addresses, by path as links name them."""
    folder: Path
    """Of the file."""
    title: str | None
    """Of the front matter; without it the first heading is the title."""


class Checker:
    """Goes through a document for links, pictures, formulas and footnotes that lead nowhere."""

    def __init__(self, document: Document, around: Surroundings, line: int, say: Say, warn: Say) -> None:
        self.document, self.around, self.line, self.say, self.warn = document, around, line, say, warn
        self.blocks = {one.anchor: one for one in document.anchored}

    def check(self) -> None:
        """Say all that is wrong."""
        at = self.line + 1
        for token in self.document.tokens:
            if token.map:
                at = self.line + token.map[0] + 1
            if token.type.startswith("math_block"):
                self._formula(token, at, is_block=True)
            elif token.type == "inline":
                self._inline(token.children or [], at)

    def _inline(self, children: list[Token], line: int) -> None:
        for place, child in enumerate(children):
            if child.type in ("softbreak", "hardbreak"):
                line += 1
            elif child.type == "image":
                self._image(child, line)
            elif child.type == "link_open":
                self._link(child, children, place, line)
            elif child.type.startswith("math_inline"):
                self._formula(child, line, is_block=child.type.endswith("double"))
            elif child.type == "text" and (missing := _FOOTNOTE.search(child.content)):
                self.say(line, f"There is no footnote [^{missing[1]}]: with its text.")

    def _formula(self, token: Token, line: int, *, is_block: bool) -> None:
        try:
            mathml(token.content.strip(), is_block=is_block)
        except Unreadable as error:
            self.say(line, f"The formula {token.content.strip()[:80]!r} cannot be shown: {error}.")

    def _image(self, token: Token, line: int) -> None:
        source = str(token.attrs.get("src", ""))
        if is_remote(source):
            # Readers would fetch it from there, for as long as it is there.
            self.warn(
                line, f"The picture {source} lies elsewhere, so it is a link. Keep it beside the notes to show it."
            )
            token.meta["remote"] = True
            return
        try:
            self.document.images[source] = self.around.find_image(source)
        except Unknown as error:
            self.say(line, str(error))

    def _link(self, token: Token, children: list[Token], place: int, line: int) -> None:
        href = str(token.attrs.get("href", ""))
        if href.startswith("#"):
            self._reference(token, unquote(href[1:]), children, place, line)
        elif not is_public(href):
            address, _, fragment = href.partition("#")
            path = unquote(address)
            page = self.around.pages.get(path)
            if page is not None:
                token.attrs["href"] = f"{page}#{fragment}" if fragment else page
                if fragment:
                    # What there is to lead to is known when all notes are read.
                    self.document.outward.append(Outward(line, path, unquote(fragment)))
                return
            self._dead_end(href, path.partition("?")[0], line)
            token.meta["dead"] = True
            closing = next(k for k in range(place, len(children)) if children[k].type == "link_close")
            children[closing].meta["dead"] = True

    def _dead_end(self, href: str, path: str, line: int) -> None:
        if not path or path.startswith("/") or urlsplit(href).scheme:
            self.warn(line, f"{href} is no page of the site, so it is shown as text.")
            return
        reason = missing(path, self.around.folder, self.around.pages)
        if reason is None:
            self.warn(line, unpublished(path))
        else:
            self.say(line, reason)

    def _reference(self, token: Token, anchor: str, children: list[Token], place: int, line: int) -> None:
        if anchor not in self.document.anchors:
            self.say(line, f"There is nothing called #{anchor} here. {near(anchor, self.document.anchors)}")
            return
        closing = next(k for k in range(place, len(children)) if children[k].type == "link_close")
        inner = children[place + 1 : closing]
        text = "".join(child.content for child in inner)
        found = self.blocks.get(anchor)
        if found is None or not _NUMBERED.fullmatch(text) or any(child.type != "text" for child in inner):
            return
        word = text or found.noun
        token.meta["text"] = f"{word}\u00a0{found.number}"
        for child in inner:
            child.content = ""
