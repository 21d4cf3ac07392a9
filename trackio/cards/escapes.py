"""Names, sentences and addresses inside Markdown: shown as they are, whatever is in them (pure).

A pipe, a bracket, a backtick or a line break in the name of a run ends no table cell, makes no link and no HTML, and
is no marker. Entities do what backslashes do not: parsers agree on them inside tables.
"""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote, urlsplit

LONGEST = 200
"""Characters of one name or sentence; what is longer is cut."""
LONGEST_ADDRESS = 4000
"""Characters of an address that is still one."""

_CODE = re.compile(r"[\w ./:@=+,%()#-]+")
"""What stands in a code span as it is, in every parser; no pipe, no backtick, no backslash."""
_QUIET = frozenset(" .,;:'\"()/%+=?-")
"""Punctuation that means nothing within a line."""
_AUTOLINK = re.compile(r"(?i)(?<=www)\.|:(?=//)")
_SAFE_IN_ADDRESS = ":/?#@!$&*+,;=%~-._"


def clean(text: str, longest: int = LONGEST) -> str:
    """The text on one line: control characters, and those that turn the direction of text, are spaces."""
    # A name of millions of characters is cut before anything is done for each.
    cut = text[: 4 * longest]
    line = " ".join("".join(" " if _is_unseen(character) else character for character in cut).split())
    return line if len(line) <= longest and len(cut) == len(text) else line[: longest - 1].rstrip() + "…"


def name(text: str) -> str:
    """A name in the type of code; where that could end early, as plain text."""
    line = clean(text)
    if not line:
        return "(no name)"
    return f"`{line}`" if _CODE.fullmatch(line) else prose(line)


def prose(text: str) -> str:
    """A sentence or a name as text."""
    line = clean(text, 5 * LONGEST)
    found = "".join(
        character
        if character.isalnum() or character in _QUIET or ord(character) > 127 or _is_within_word(line, place)
        else f"&#{ord(character)};"
        for place, character in enumerate(line)
    )
    return _AUTOLINK.sub(lambda match: f"&#{ord(match[0])};", found)


def address(url: str | None) -> str | None:
    """An address as a link's destination; None where it is none that a card may lead to."""
    if url is None or not url.strip() or len(url) > LONGEST_ADDRESS:
        return None
    try:
        scheme = urlsplit(url.strip()).scheme
    except ValueError:
        return None
    if scheme not in ("http", "https", ""):
        return None
    encoded = quote(url.strip().encode("utf-8", "replace"), safe=_SAFE_IN_ADDRESS)
    # A reference such as &copy is read in addresses too.
    return encoded.replace("&", "&amp;")


def link(text: str, url: str | None) -> str:
    """Markdown that is escaped already, as a link where there is an address."""
    target = address(url)
    return text if target is None else f"[{text}]({target})"


def image(alternative: str, source: str, page: str | None) -> str:
    """A picture that leads to a page; its words alone where the picture has no address."""
    target = address(source)
    words = prose(alternative)
    return link(words if target is None else f"![{words}]({target})", page)


def _is_within_word(line: str, place: int) -> bool:
    """Whether an underscore stands inside a word, where it means nothing: ``CUDA_VISIBLE_DEVICES``."""
    around = line[place - 1 : place] + line[place + 1 : place + 2]
    return line[place] == "_" and len(around) == 2 and around.isalnum()


def _is_unseen(character: str) -> bool:
    # Of the format characters the joiners make letters and emoji; the others move or hide what stands beside them.
    category = unicodedata.category(character)
    return category in ("Cc", "Cs", "Zl", "Zp") or (category == "Cf" and character not in "\u200c\u200d")
