"""A README in its parts: the metadata between two lines of three dashes, and the body (pure)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from trackio.errors import CardError

BOM = "\ufeff"

# As the Hub and its client read it.
_BLOCK = re.compile(r"(\s*---(?:\r\n|\r|\n))([\S\s]*?(?:\r\n|\r|\n))(---[ \t]*(?:\r\n|\n|$))")
_EMPTY = re.compile(r"(\s*---(?:\r\n|\r|\n))()(---[ \t]*(?:\r\n|\n|$))")


@dataclass(frozen=True, slots=True)
class Readme:
    """Its parts, which make the file again one after another."""

    start: str
    """A byte order mark, where there is one."""
    opening: str
    """The line of dashes above the metadata, with what stands before it; empty without metadata."""
    block: str
    """The metadata as YAML; its last line is ended."""
    closing: str
    body: str

    @property
    def text(self) -> str:
        """The file."""
        return self.start + self.opening + self.block + self.closing + self.body

    @property
    def newline(self) -> str:
        """The line end that it uses most."""
        windows = self.text.count("\r\n")
        return "\r\n" if 2 * windows > self.text.count("\n") else "\n"

    @property
    def first_line(self) -> int:
        """The number of the metadata's first line."""
        return 1 + len(re.findall(r"\r\n|\r|\n", self.opening))


def parts(text: str) -> Readme:
    """The parts of a file; raises CardError for metadata that is begun and that the Hub would not find."""
    start = BOM if text.startswith(BOM) else ""
    rest = text[len(start) :]
    found = _EMPTY.match(rest) or _BLOCK.match(rest)
    if found is not None:
        return Readme(start, found[1], found[2], found[3], rest[found.end() :])
    first = rest.lstrip().partition("\n")[0]
    if first.rstrip() == "---":
        raise CardError(
            "its metadata begins with a line of three dashes and the Hub finds no end of it",
            "Both have to be --- alone on their line; a rule at the top that begins no metadata can be written as ***.",
        )
    return Readme(start, "", "", "", rest)
