"""What our own exports say aside of a run that their format has no place for, such as the types of its numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from trackio.importers.imported import Alert, Event, ImportedRun
from trackio.importers.told import integer, integer_or_none, listed, mapping, parsed, text, text_or_none
from trackio.records import Scalar

_TAKEN: dict[str, Callable[[Any], Any]] = {
    "name": text,
    "group": text_or_none,
    "job_type": text_or_none,
    "tags": lambda value: [text(tag) for tag in listed(value)],
    "notes": text_or_none,
    "config": mapping,
    "summary": mapping,
    "status": text,
    "exit_code": integer_or_none,
    "created_ns": integer,
    "finished_ns": integer_or_none,
}
_TYPES: dict[str, Callable[[float], Scalar]] = {"int": int, "bool": bool}


@dataclass(frozen=True, slots=True)
class Mark:
    """What our own export says of the tags that it wrote."""

    types: Mapping[str, Callable[[float], Scalar]]
    """Numbers that are no floats."""
    system: Mapping[str, str]
    """The figures of the machine: by tag, the name of each."""
    not_logged: frozenset[str]
    """Tags for people that the run did not log."""

    def typed(self, tag: str, value: float) -> Scalar:
        """A number as the type that it was logged as."""
        kind = self.types.get(tag)
        return value if kind is None or not math.isfinite(value) else kind(value)


def take_mark(run: ImportedRun, content: bytes) -> Mark | None:
    """Take in what our own export said of the run; None, with nothing changed, when it cannot be read."""
    try:
        said = parsed(content)
        known = {name: taken(said[name]) for name, taken in _TAKEN.items()}
        alerts = [_alert(**mapping(alert)) for alert in listed(said["alerts"])]
        events = [
            Event(text(one.pop("event")), integer(one.pop("time_ns")), one)
            for one in map(mapping, listed(said["events"]))
        ]
        prefix = len(str(said["system_prefix"]))
        types = {str(tag): _TYPES[name] for tag, name in said["types"].items()}
        mark = Mark(types, {str(tag): tag[prefix:] for tag in said["system"]}, frozenset(said["not_logged"]))
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    for name, value in known.items():
        setattr(run, name, value)
    if run.status not in ("finished", "failed", "crashed"):
        # It was in progress, and what came later is not here.
        run.status = "crashed"
    run.alerts, run.events = alerts, events
    return mark


def _alert(*, time_ns: Any, level: Any, title: Any, **others: Any) -> Alert:
    return Alert(
        integer(time_ns),
        text(level),
        text(title),
        text_or_none(others.get("text")),
        integer_or_none(others.get("step")),
        others.get("data"),
    )


def exact(content: bytes) -> dict[str, Scalar]:
    """The numbers that our own export wrote beside those of 32 bits; none when they cannot be read."""
    try:
        said = parsed(content)
    except ValueError:
        return {}
    known = said.items() if isinstance(said, dict) else ()
    return {tag: value for tag, value in known if isinstance(value, (int, float))}
