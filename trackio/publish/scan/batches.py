"""Many small texts looked through as few large ones: what a search costs at least is then paid once."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from trackio.harmless import plain
from trackio.publish.scan.finding import Finding, Hit, Match, quoted, shortened
from trackio.publish.scan.keyed import RULE
from trackio.publish.scan.known import Known
from trackio.publish.scan.search import matches
from trackio.publish.scan.telling import is_secret, leaves

_MOST_BYTES = 4 << 20
_BETWEEN = b"\n" * 8
"""More blanks than any pattern goes over."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a text comes from, and what takes it away there."""

    place: str
    remedy: str


@dataclass(slots=True)
class Batch:
    """Texts on their way through the search."""

    known: Known
    has_homes: bool
    """Whether home folders count: not where the report hides them."""
    hits: dict[Hit, None] = field(default_factory=dict)
    """In order, each once."""
    _texts: list[bytes] = field(default_factory=list)
    _starts: list[int] = field(default_factory=list)
    _sources: list[Source] = field(default_factory=list)
    _size: int = 0

    def add(self, source: Source, text: str | bytes, *, name: str = "") -> None:
        """Take a text in; whatever comes of it is in ``hits`` after the next `flush`.

        One under a telling ``name`` is a secret even where its own form tells nothing.
        """
        data = text if isinstance(text, bytes) else text.encode("utf-8", "replace")
        if isinstance(text, str) and is_secret(name, text) and not matches(data, self.known, has_homes=False):
            self._tell(source, Match(RULE, 0, len(data), "", data))
            return
        if isinstance(text, str) and (alone := self.known.alone(data)) is not None:
            self._tell(source, alone)
            return
        self._starts.append(self._size)
        self._sources.append(source)
        self._texts += (data, _BETWEEN)
        self._size += len(data) + len(_BETWEEN)
        if self._size >= _MOST_BYTES:
            self.flush()

    def flush(self) -> None:
        """Look through what was taken in."""
        for match in matches(b"".join(self._texts), self.known, has_homes=self.has_homes):
            source = self._sources[bisect_right(self._starts, match.start) - 1]
            self._tell(source, match)
        self._texts, self._starts, self._sources, self._size = [], [], [], 0

    def _tell(self, source: Source, match: Match) -> None:
        self.hits[Finding(source.place, match.rule, match.excerpt, source.remedy), match.secret] = None


class Names:
    """Names as places tell them: a secret in a name is not told."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self.of = lru_cache(maxsize=4096)(self._of)

    def _of(self, name: str) -> str:
        return quoted(self.hidden(name))

    def bare(self, name: str) -> str:
        """The name without quotes, on one line."""
        return shortened(plain(self.hidden(name)))

    def hidden(self, text: str) -> str:
        """The text without the secrets in it."""
        data = text.encode("utf-8", "replace")
        for match in reversed(matches(data, self._known)):
            data = data[: match.start] + "…".encode() + data[match.end :]
        return data.decode("utf-8", "replace")


class Words:
    """All batches of one project, and how its names are told."""

    def __init__(self, known: Known) -> None:
        self.known = known
        self.told = Names(known)
        self.texts = Batch(known, has_homes=False)
        """What has ``~`` for home folders where it is published."""
        self.names = Batch(known, has_homes=True)
        """What is published as it is."""

    def fields(self, place: str, remedy: str, fields: Mapping[str, Any]) -> None:
        """The names and the texts of a JSON object, those under telling names in any case."""
        for leaf in leaves(fields):
            source = Source(f"{place}: {self.told.bare('.'.join(leaf.names))}", remedy)
            self.names.add(source, "\n".join(leaf.names))
            if isinstance(leaf.value, str):
                self.texts.add(source, leaf.value, name=leaf.name)

    def hits(self) -> list[Hit]:
        """What was found in all that came in."""
        self.texts.flush()
        self.names.flush()
        return [*self.texts.hits, *self.names.hits]
