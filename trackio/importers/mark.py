"""What our own exports say aside of a run that their format has no place for, such as the types of its numbers."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from trackio.importers.imported import Alert, Event, ImportedRun
from trackio.records import Scalar

_TAKEN = (
    "name",
    "group",
    "job_type",
    "tags",
    "notes",
    "config",
    "summary",
    "status",
    "exit_code",
    "created_ns",
    "finished_ns",
)
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
        said = json.loads(content)
        known = {name: said[name] for name in _TAKEN}
        alerts = [Alert(**alert) for alert in said["alerts"]]
        events = [Event(one.pop("event"), one.pop("time_ns"), one) for one in said["events"]]
        prefix = len(str(said["system_prefix"]))
        types = {str(tag): _TYPES[name] for tag, name in said["types"].items()}
        mark = Mark(types, {str(tag): tag[prefix:] for tag in said["system"]}, frozenset(said["not_logged"]))
    except (ValueError, KeyError, TypeError):
        return None
    for name, value in known.items():
        setattr(run, name, value)
    if run.status not in ("finished", "failed", "crashed"):
        # It was in progress, and what came later is not here.
        run.status = "crashed"
    run.alerts, run.events = alerts, events
    return mark


def exact(content: bytes) -> dict[str, Scalar]:
    """The numbers that our own export wrote beside those of 32 bits; none when they cannot be read."""
    try:
        said = json.loads(content)
    except ValueError:
        return {}
    known = said.items() if isinstance(said, dict) else ()
    return {tag: value for tag, value in known if isinstance(value, (int, float))}
