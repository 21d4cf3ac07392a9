"""What a run starts from, and the frames that its journals begin with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from time import time_ns
from typing import TYPE_CHECKING, Any

from trackio import journal
from trackio.records import MetricDefinition
from trackio.store.liveness import identity
from trackio.tracking.options import Settings

if TYPE_CHECKING:
    from trackio.remote.place import Place


@dataclass(frozen=True)
class Identity:
    """What the caller says a run is; None where nothing was said."""

    project: str
    id: str | None = None
    name: str | None = None
    group: str | None = None
    job_type: str | None = None
    tags: tuple[str, ...] | None = None
    notes: str | None = None

    def news(self) -> dict[str, Any]:
        """What was said, as the journal records it."""
        said = {
            "name": self.name,
            "group": self.group,
            "job_type": self.job_type,
            "tags": self.tags,
            "notes": self.notes,
        }
        return {name: value for name, value in said.items() if value is not None}


@dataclass(frozen=True)
class Beginning:
    """What the caller gave, over what an earlier part of the same run left."""

    home: Path
    project: str
    id: str
    name: str
    group: str | None = None
    job_type: str | None = None
    tags: tuple[str, ...] = ()
    notes: str | None = None
    config: Mapping[str, Any] = field(default_factory=dict)
    summary: Mapping[str, Any] = field(default_factory=dict)
    """What an earlier part set itself."""
    last_values: Mapping[str, Any] = field(default_factory=dict)
    """What an earlier part logged last."""
    step: int = 0
    is_resumed: bool = False
    news: Mapping[str, Any] = field(default_factory=dict)
    """Name, group and the like as far as they are to be recorded anew."""
    new_config: Mapping[str, Any] = field(default_factory=dict)
    definitions: tuple[MetricDefinition, ...] = ()
    """What an earlier part said of its metrics."""
    settings: Settings = field(default_factory=Settings)
    started_ns: int = field(default_factory=time_ns)
    server: Place | None = None
    """Where the run is sent."""
    copied: Path | None = None
    """The journal with what the run was forked from; it is complete."""


def opening(beginning: Beginning, *, is_child: bool) -> bytes:
    """The frames that a journal of this process begins with; a child of ``fork`` has nothing new to tell of the run."""
    frames = journal.header(beginning.id, beginning.project, time_ns(), identity())
    if not is_child:
        frames += event_frame("run", **beginning.news)
        if beginning.new_config:
            frames += event_frame("config", values=dict(beginning.new_config))
    return frames


def event_frame(name: str, /, **fields: Any) -> bytes:
    """The frame of an event that happens now."""
    return journal.frame(journal.EVENT, journal.event(name, time_ns(), **fields))
