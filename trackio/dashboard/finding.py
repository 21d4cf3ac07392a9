"""The media of a project's runs, looked for from where the last look ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from trackio.report.media.found import Found, kind_of, needs_of
from trackio.store.points import TEXT
from trackio.store.project import ProjectStore

_METRICS = """
    SELECT runs.id, metrics.name, metrics.num, metrics.count FROM metrics JOIN runs ON runs.num = metrics.run
    WHERE metrics.kind = 'metric' AND metrics.types & ? ORDER BY metrics.num
"""
_HOW_MANY = "SELECT count(*), max(row) FROM points WHERE metric = ? AND row > ?"
# SQLite looks through a million words faster than Python would.
_NEW = """
    SELECT step, time_ns, value FROM points
    WHERE metric = ? AND row > ? AND row <= ? AND value GLOB '{"_type":"trackio.*' ORDER BY row
"""


@dataclass(frozen=True, slots=True)
class _Seen:
    """What one metric had when it was looked at."""

    count: int
    """Points of any kind."""
    last_row: int
    found: Found | None


class Finder:
    """Finds what `trackio.report.media.found.find` does, and reads no medium twice. Not safe from several threads."""

    def __init__(self) -> None:
        self._seen: dict[int, _Seen] = {}

    def __call__(self, store: ProjectStore) -> dict[str, list[Found]]:
        """The media of every run by its id; slugs are still empty."""
        found: dict[str, list[Found]] = {}
        seen: dict[int, _Seen] = {}
        _, metrics = store.query(_METRICS, (TEXT,))
        for run_id, metric, num, count in metrics:
            known = self._seen.get(num)
            if known is None or known.count != count:
                known = _look(store, metric, num, known, count)
            seen[num] = known
            if known.found is not None:
                found.setdefault(run_id, []).append(known.found)
        self._seen = seen
        return found


def _look(store: ProjectStore, metric: str, num: int, known: _Seen | None, count: int) -> _Seen:
    known = known or _Seen(0, -1, None)
    _, [(more, last_row)] = store.query(_HOW_MANY, (num, known.last_row))
    if known.count and known.count + more < count:
        # A value came late for a row that was passed already.
        return _look(store, metric, num, None, count)
    if not more:
        return replace(known, count=count)
    _, rows = store.query(_NEW, (num, known.last_row, last_row))
    media = [(step, time_ns, value) for step, time_ns, value in rows if kind_of(value) is not None]
    return _Seen(known.count + more, last_row, _with(known.found, metric, media))


def _with(before: Found | None, metric: str, media: Sequence[tuple[int, int, str]]) -> Found | None:
    if not media:
        return before
    one = before or Found(metric, "", "", (), (), 0)
    _, time_ns, value = media[-1]
    return replace(
        one,
        kind=kind_of(value) or one.kind,
        steps=(*one.steps, *(step for step, _, _ in media)),
        needs=(*one.needs, *(needs_of(value) for *_, value in media)),
        updated_ns=time_ns,
    )
