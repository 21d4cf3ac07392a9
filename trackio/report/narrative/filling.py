"""Finding ``{{ ... }}`` in notes, and putting the values in their places after the Markdown is read.

A value is one letter to the Markdown, of an area of Unicode that has no meaning, with its number: so whatever a run is
called, it is text, no formatting, and ends no cell of a table; and lines stay what they were.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from urllib.parse import quote

from trackio.report.narrative.facts import Unknown
from trackio.report.narrative.problems import Say
from trackio.report.narrative.values import LONGEST, Expressions

OPEN, CLOSE = "\ue000", "\ue001"
BLOCK_OPEN, BLOCK_CLOSE = "\ue002", "\ue003"
"""Around the number of a figure or table in HTML."""

MOST = 2_000
"""Values in one file."""

_OWN = re.compile("[\ue000-\ue003]")
MARK = re.compile(f"{OPEN}([0-9]+){CLOSE}")
_QUOTED_MARK = re.compile(f"{quote(OPEN)}([0-9]+){quote(CLOSE)}")


class Filling:
    """The values of one file."""

    def __init__(self, expressions: Expressions, say: Say) -> None:
        self._expressions, self._say = expressions, say
        self._texts: list[str] = []
        self._known: dict[str, str | None] = {}

    def mark(self, text: str, first_line: int, skipped: Collection[int] = ()) -> str:
        """The text with a mark for each value; ``skipped`` are lines, from 0, that stay as they are."""
        lines = _OWN.sub("\N{REPLACEMENT CHARACTER}", text).split("\n")
        for number, line in enumerate(lines):
            if number not in skipped and "{" in line:
                lines[number] = self._marked(line, first_line + number)
        return "\n".join(lines)

    def fill(self, text: str) -> str:
        """The text with its values."""
        return MARK.sub(lambda found: self._texts[int(found[1])], text)

    def fill_address(self, address: str) -> str:
        """The address with its values, as Markdown has quoted it."""
        return _QUOTED_MARK.sub(lambda found: quote(self._texts[int(found[1])], safe=""), address)

    def value(self, number: int) -> str:
        """The value that a mark stands for."""
        return self._texts[number]

    def text(self, text: str, line: int) -> str:
        """A text of one value or several at once, such as a title."""
        return self.fill(self.mark(text, line))

    def _marked(self, line: str, number: int) -> str:
        parts: list[str] = []
        plain, at = "", 0
        while (start := line.find("{{", at)) >= 0:
            parts.append(line[at:start])
            plain += line[at:start]
            at = start + 2
            if plain.endswith("\\"):
                # Markdown drops the backslash.
                parts.append("{{")
                continue
            end = _end(line, at)
            if end is None:
                self._say(number, "{{ is not closed with }} on its line. Write \\{{ for the two braces themselves.")
                return line
            parts.append(self._value(line[at:end].strip(), number))
            at = end + 2
        if re.search(r"(?<!\\)\{%", plain + line[at:]):
            self._say(
                number,
                "{% ... %} has no meaning here: values are {{ ... }}, and a table of runs is a ```trackio-table block.",
            )
        return "".join(parts) + line[at:]

    def _value(self, expression: str, line: int) -> str:
        if expression not in self._known:
            if len(self._known) == MOST:
                self._say(line, f"A report has at most {MOST:,} different values.")
            self._known[expression] = None if len(self._known) >= MOST else self._worked_out(expression, line)
        elif self._known[expression] is None and len(self._known) < MOST:
            # The same mistake again stands on another line.
            self._worked_out(expression, line)
        return self._known[expression] or ""

    def _worked_out(self, expression: str, line: int) -> str | None:
        try:
            self._texts.append(self._expressions.text(expression))
        except Unknown as error:
            self._say(line, str(error))
            return None
        return f"{OPEN}{len(self._texts) - 1}{CLOSE}"


def _end(line: str, start: int) -> int | None:
    """Where ``}}`` stands that closes an expression; not within a text in quotes."""
    mark = ""
    for place in range(start, min(len(line), start + LONGEST + 4)):
        letter = line[place]
        if mark:
            mark = "" if letter == mark and line[place - 1] != "\\" else mark
        elif letter in "\"'":
            mark = letter
        elif line.startswith("}}", place):
            return place
    return None
