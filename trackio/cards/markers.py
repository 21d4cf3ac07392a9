"""Where the section stands in a README: between two markers that each stand alone on a line (pure).

A marker inside a block of code is text that shows one. That is told by a parser of Markdown, which also tells when what
stands before the section swallows it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from trackio.errors import CardError

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

BEGIN = "<!-- trackio:begin -->"
END = "<!-- trackio:end -->"

_MARKER = re.compile(r"<!--[ \t]*trackio:(begin|end)[ \t]*-->")
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|$)")
_STEP = f"Leave one `{BEGIN}` and one `{END}` after it, each alone on its line, or remove both."


class Place(NamedTuple):
    """Where the section stands, markers included."""

    start: int
    end: int
    is_markdown: bool
    """False where both markers are in one block of HTML, such as a ``<pre>``, and what is between them with it."""


def between(body: str) -> Place | None:
    """The section's place in the text below the metadata; None without markers.

    Raises CardError for markers that are doubled, alone, in the wrong order or beside other text.
    """
    if "trackio:" not in body:
        return None
    found = list(_markers(body))
    if not found:
        return None
    words = [word for word, *_ in found]
    if words != ["begin", "end"]:
        raise CardError(f"the README has these markers of trackio: {', '.join(words)}", _STEP)
    (_, start, _, first), (_, _, end, second) = found
    return Place(start, end, is_markdown=first != second)


def _markers(body: str) -> Iterator[tuple[str, int, int, int]]:
    """The word of each, where it begins and ends, and the first line of the block that it is in."""
    starts = [match.start() for match in _LINE.finditer(body)]
    for token in _parser().parse(body):
        if token.type != "html_block" or token.map is None:
            continue
        for line in range(*token.map):
            start = starts[line]
            text = body[start : starts[line + 1] if line + 1 < len(starts) else len(body)]
            for match in _MARKER.finditer(text):
                if text.strip() != match[0]:
                    raise CardError(f"line {line + 1} below the metadata has a marker beside other text", _STEP)
                yield match[1], start + match.start(), start + match.end(), token.map[0]


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark")
    # Blocks are all that is asked for.
    parser.core.ruler.disable("inline")
    return parser
