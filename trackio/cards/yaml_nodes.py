"""Metadata as YAML's parser sees it: which characters each key and each value take (pure).

Nothing is loaded: a value is compared by the events that make it, so whatever stands in other keys, such as a date that
is none or a loop of anchors, is kept as it is written. Nothing recurses: a text can nest deeper than Python's stack.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

from trackio.errors import CardError

Kind: TypeAlias = Literal["scalar", "alias", "sequence", "mapping"]

FIX = "Correct the metadata at the top of the README, and run it again."


@dataclass(frozen=True, slots=True)
class Node:
    """A value with its place in the text, and what is in it."""

    kind: Kind
    start: int
    """Where it begins, at its anchor or tag if it has one."""
    end: int
    """Behind its last character; comments and empty lines after it are not part of it."""
    column: int
    is_flow: bool = False
    """A sequence or mapping in brackets or braces."""
    text: str = ""
    """Of a scalar: its value, without quotes."""
    is_plain: bool = False
    """A scalar without quotes."""
    children: tuple[Node, ...] = ()
    """Of a sequence its items, of a mapping its keys and values in turn."""
    events: tuple[tuple[Any, ...], ...] = ()
    """Of a value of the root: the same for what means the same, whatever its comments, quotes and layout."""

    @property
    def entries(self) -> Iterator[tuple[Node, Node]]:
        """Of a mapping: its keys with their values."""
        return zip(self.children[::2], self.children[1::2], strict=True)

    @property
    def is_null(self) -> bool:
        """Whether nothing stands there, or YAML's words for it."""
        return self.kind == "scalar" and self.is_plain and self.text in ("", "~", "null", "Null", "NULL")

    def find(self, name: str) -> tuple[Node, Node] | None:
        """The key of a mapping, with its value."""
        found = (entry for entry in self.entries if entry[0].kind == "scalar" and entry[0].text == name)
        return next(found, None)


def parse(text: str, *, first_line: int = 1) -> Node | None:
    """The mapping that the metadata is; None when it says nothing. Raises CardError for anything else.

    ``first_line`` is the number that its first line has in the README.
    """
    import yaml

    try:
        documents = _Reader().read(list(yaml.parse(text, Loader=yaml.SafeLoader)))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = "" if mark is None else f" in line {mark.line + first_line}"
        raise CardError(f"its metadata is no valid YAML{where}: {error.problem or error.context}", FIX) from error
    except yaml.YAMLError as error:
        raise CardError(f"its metadata is no valid YAML: {' '.join(str(error).split())}", FIX) from error
    if len(documents) > 1:
        raise CardError("its metadata is more than one YAML document", FIX)
    if not documents or documents[0].is_null:
        return None
    (root,) = documents
    if root.kind != "mapping":
        raise CardError(f"its metadata is a {root.kind}, not keys with values", FIX)
    return root


class _Reader:
    """Puts the tree of each document together."""

    def __init__(self) -> None:
        self._opened: list[tuple[Any, list[Node], int]] = []
        self._documents: list[Node] = []
        self._told: list[tuple[Any, ...]] = []

    def read(self, events: Sequence[Any]) -> list[Node]:
        import yaml

        for event in events:
            if isinstance(event, yaml.CollectionStartEvent):
                self._opened.append((event, [], len(self._told)))
                self._tell(event)
            elif isinstance(event, yaml.CollectionEndEvent):
                start, children, first = self._opened.pop()
                self._tell(event)
                self._add(_collection(start, event, children), first)
            elif isinstance(event, (yaml.ScalarEvent, yaml.AliasEvent)):
                self._tell(event)
                self._add(_leaf(event), len(self._told) - 1)
        return self._documents

    def _tell(self, event: Any) -> None:
        names = ("anchor", "tag", "implicit", "value")
        self._told.append((type(event).__name__, *(getattr(event, name, None) for name in names)))

    def _add(self, node: Node, first: int) -> None:
        if not self._opened:
            self._documents.append(node)
        elif len(self._opened) == 1:
            events = tuple(self._told[first:])
            self._opened[0][1].append(replace(node, events=events))
        else:
            self._opened[-1][1].append(node)


def _leaf(event: Any) -> Node:
    import yaml

    start, end, column = event.start_mark.index, event.end_mark.index, event.start_mark.column
    if isinstance(event, yaml.AliasEvent):
        return Node("alias", start, end, column)
    return Node("scalar", start, end, column, text=event.value, is_plain=not event.style)


def _collection(start: Any, end: Any, children: Sequence[Node]) -> Node:
    import yaml

    kind: Kind = "mapping" if isinstance(start, yaml.MappingStartEvent) else "sequence"
    is_flow = bool(start.flow_style)
    first = start.start_mark
    # For the parser a collection of lines ends where the next thing begins, after comments and empty lines.
    last = end.end_mark.index if is_flow else max((child.end for child in children), default=first.index)
    if kind == "mapping":
        _check_keys(children[::2])
    return Node(kind, first.index, last, first.column, is_flow, children=tuple(children))


def _check_keys(keys: Sequence[Node]) -> None:
    names = [key.text for key in keys if key.kind == "scalar"]
    for name, count in Counter(names).items():
        if count > 1:
            raise CardError(f"its metadata has the key {name!r} {count} times", FIX)
