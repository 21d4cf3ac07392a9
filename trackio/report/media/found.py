"""Which media a project's runs logged, and which files each of them is shown by; read before any page is planned."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from trackio import references
from trackio.store.points import TEXT
from trackio.store.project import ProjectStore

_TEXT_METRICS = """
    SELECT runs.id, metrics.name FROM metrics JOIN runs ON runs.num = metrics.run
    WHERE metrics.kind = 'metric' AND metrics.types & ? ORDER BY metrics.num
"""
# SQLite looks through a million words faster than Python would.
_MEDIA = """
    SELECT points.row, step, time_ns, value FROM points
    JOIN metrics ON metrics.num = points.metric JOIN runs ON runs.num = metrics.run
    WHERE runs.id = ? AND metrics.kind = 'metric' AND metrics.name = ? AND value GLOB '{"_type":"trackio.*'
    ORDER BY points.row
"""
_KIND = re.compile(r'\{"_type":"trackio\.([a-z0-9_]{1,40})"')
_FILE = re.compile(rf'"(?:\w+_)?file":"({references.FILE_NAME.pattern})"')

Entry = tuple[int, int, int, dict[str, Any]]
"""``(row, step, time_ns, reference)``."""


@dataclass(frozen=True, slots=True, order=True)
class Need:
    """A stored file, and what it is wanted as."""

    blob: str
    role: str = ""
    """``mask`` for a mask to be coloured, ``mask0`` for one where 0 is a class too; for a Plotly figure the stored file
    of its script; else empty."""


@dataclass(frozen=True, slots=True)
class Found:
    """What one run logged of media under one name."""

    metric: str
    slug: str
    kind: str
    """Of the last one: ``image``, ``table``, ..."""
    steps: tuple[int, ...]
    """Of each one, in order of arrival."""
    needs: tuple[tuple[Need, ...], ...]
    """Of each one."""
    updated_ns: int

    @property
    def has_files(self) -> bool:
        """Whether any of them is more than what stands in its row."""
        return any(self.needs)


def kind_of(text: object) -> str | None:
    """The kind of medium that a logged value is; None for numbers and other texts."""
    match = _KIND.match(text) if isinstance(text, str) else None
    return match[1] if match else None


def find(store: ProjectStore) -> dict[str, list[Found]]:
    """The media of every run by its id; slugs are still empty."""
    found: dict[str, list[Found]] = {}
    _, metrics = store.query(_TEXT_METRICS, (TEXT,))
    for run_id, metric in metrics:
        kind, steps, needs, updated_ns = "", [], [], 0
        for _, step, time_ns, value in _values(store, run_id, metric):
            kind, updated_ns = kind_of(value) or kind, time_ns
            steps.append(step)
            needs.append(needs_of(value))
        if steps:
            found.setdefault(run_id, []).append(Found(metric, "", kind, tuple(steps), tuple(needs), updated_ns))
    return found


def entries(store: ProjectStore, run_id: str, found: Found) -> list[Entry]:
    """The media themselves, as many as were found; what has become unreadable since is an empty reference."""
    media = [
        (row, step, time_ns, references.decode(value) or {})
        for row, step, time_ns, value in _values(store, run_id, found.metric)
    ]
    return media[: len(found.steps)]


def _values(store: ProjectStore, run_id: str, metric: str) -> list[tuple[int, int, int, str]]:
    _, rows = store.query(_MEDIA, (run_id, metric))
    return [(row, step, time_ns, text) for row, step, time_ns, text in rows if kind_of(text) is not None]


def needs_of(text: str) -> tuple[Need, ...]:
    """The files that a reference is shown by, without those inside its tables."""
    if '"masks"' in text or '"script_file"' in text:
        return tuple(dict.fromkeys(_needs(references.decode(text))))
    return tuple(dict.fromkeys(Need(name) for name in _FILE.findall(text)))


def needs_of_table(value: object) -> Iterator[Need]:
    """The files of the media in a table's cells."""
    yield from _needs(value)


def _needs(value: object) -> Iterator[Need]:
    if isinstance(value, Mapping):
        masks, script = value.get("masks"), value.get("script_file")
        for key, item in value.items():
            if key == "masks" and isinstance(masks, Mapping):
                for mask in masks.values():
                    if isinstance(mask, Mapping) and is_file(mask.get("file")):
                        yield Need(mask["file"], "mask0" if has_zero(mask) else "mask")
            elif is_file(item) and (key == "file" or key.endswith("_file")):
                yield Need(item, str(script) if key == "file" and is_file(script) else "")
            elif not isinstance(item, str):
                yield from _needs(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _needs(item)


def is_file(value: object) -> bool:
    """Whether this is the name of a stored file."""
    return isinstance(value, str) and references.FILE_NAME.fullmatch(value) is not None


def has_zero(mask: Mapping[str, Any]) -> bool:
    """Whether 0 is a class of its own in a mask, and not what has none: whether it was given a name."""
    labels = mask.get("class_labels")
    return isinstance(labels, Mapping) and labels.get("0", "class_0") != "class_0"
