"""YAML as text to be changed at places that its parser found: what is not touched keeps every character (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from trackio.cards.yaml_nodes import FIX, Node, parse
from trackio.errors import CardError

_COLON = re.compile(r"[ \t]*:")
_LINE_END = re.compile(r"\r\n|\r|\n")


class Edit(NamedTuple):
    """Text in place of the characters from ``start`` to ``end``."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Yaml:
    """The text of a mapping, whose last line is ended."""

    text: str
    newline: str
    first_line: int = 1
    """The number of its first line in the file."""
    root: Node | None = field(init=False)
    """None when it says nothing."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "root", parse(self.text, first_line=self.first_line))

    def find(self, name: str) -> tuple[Node, Node] | None:
        """A key of the root with its value."""
        return None if self.root is None else self.root.find(name)

    def edited(self, edits: Iterable[Edit]) -> str:
        """The text with these changes; those at one place come one after another."""
        parts, reached = [], 0
        for edit in sorted(edits, key=lambda edit: edit.start):
            parts += [self.text[reached : edit.start], edit.text]
            reached = edit.end
        return "".join([*parts, self.text[reached:]])

    def appended(self, lines: Sequence[str]) -> Edit:
        """New keys after everything else."""
        root = self.root
        if root is None:
            return self._inserted(len(self.text), "", lines)
        if not root.children:
            return Edit(root.start, root.end, (self.newline + " " * root.column).join(lines))
        if root.is_flow:
            raise CardError("its metadata is written in braces", "Write a key a line, and run it again.")
        return self._inserted(len(self.text), " " * root.children[0].column, lines)

    def after(self, node: Node, column: int, lines: Sequence[str]) -> Edit:
        """Lines below the last one of a value."""
        return self._inserted(self.next_line(node.end), " " * column, lines)

    def value(self, key: Node, value: Node, text: str) -> Edit:
        """Another value for a key, on its line."""
        start = self.colon(key)
        return Edit(start, max(start, self.end(value)), f" {text}")

    def below(self, key: Node, value: Node, lines: Sequence[str]) -> list[Edit]:
        """Lines as the value of a key; a comment on the line of the old one stays where it is."""
        start, end = self.colon(key), self.end(value)
        # Blanks go with the value, unless a comment has to be kept apart from the colon.
        rest = self.text[end : end + 1]
        edits = [Edit(start, end, "" if rest in "\r\n" else " ")] if end > start else []
        return [*edits, self._inserted(self.next_line(max(start, end)), " " * key.column, lines)]

    def without(self, key: Node, value: Node) -> Edit:
        """No such key, with the lines that it takes."""
        return Edit(self.line(key.start), self.next_line(max(self.colon(key), value.end)), "")

    def colon(self, key: Node) -> int:
        """The place behind the colon of a key."""
        found = _COLON.match(self.text, key.end)
        if found is None:
            raise CardError(f"the key {key.text!r} of its metadata is written in a way of its own", FIX)
        return found.end()

    def end(self, node: Node) -> int:
        """Where a value ends, without the line end that those in lines of their own take."""
        return node.start + len(self.text[node.start : node.end].rstrip("\r\n \t"))

    def line(self, place: int) -> int:
        """Where the line of a place begins."""
        return max(self.text.rfind("\n", 0, place), self.text.rfind("\r", 0, place)) + 1

    def next_line(self, place: int) -> int:
        """Where the line after a place begins; a place at a line's start is behind a value that took its line end."""
        if place and self.text[place - 1] in "\r\n":
            return place
        found = _LINE_END.search(self.text, place)
        return len(self.text) if found is None else found.end()

    def _inserted(self, place: int, indent: str, lines: Sequence[str]) -> Edit:
        return Edit(place, place, "".join(f"{indent}{line}{self.newline}" for line in lines))
