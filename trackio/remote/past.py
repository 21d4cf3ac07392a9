"""What a server knows of a run that goes on here, on a machine that may never have seen it."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from trackio.errors import TransportError, Unreachable
from trackio.remote.link import Link
from trackio.remote.obstacles import NoServer
from trackio.remote.place import Place

ASK_SECONDS = 5.0
"""How long ``init()`` waits for the answer."""


@dataclass(frozen=True, slots=True)
class Past:
    """A run as the server has it."""

    id: str
    name: str
    next_step: int
    group: str | None = None
    job_type: str | None = None
    tags: tuple[str, ...] = ()
    notes: str | None = None
    config: Mapping[str, Any] = field(default_factory=dict)
    summary: Mapping[str, Any] = field(default_factory=dict)
    """What the script set itself."""
    last_values: Mapping[str, Any] = field(default_factory=dict)


def asked(place: Place, project: str, key: str, seconds: float = ASK_SECONDS) -> Past | None:
    """The run of that id or name; None when the server has none. Raises TransportError, at the latest after that time.

    A Space without a server has none.
    """
    answers: list[dict[str, Any] | TransportError] = []

    def ask() -> None:
        try:
            answers.append(Link(place).resumption(project, key, seconds))
        except TransportError as error:
            answers.append(error)

    # In a thread, as looking up a name and connecting have times of their own.
    thread = threading.Thread(target=ask, name="trackio-past", daemon=True)
    thread.start()
    thread.join(seconds)
    answer = answers[0] if answers else Unreachable(place.url, "it did not answer in time")
    if isinstance(answer, NoServer):
        return None
    if isinstance(answer, TransportError):
        raise answer
    return _past(answer, key, place) if answer["exists"] else None


def _past(found: Mapping[str, Any], key: str, place: Place) -> Past:
    try:
        return Past(
            id=_text(found.get("id")) or key,
            name=_text(found.get("name")) or key,
            next_step=int(found.get("next_step") or 0),
            group=_text(found.get("group")),
            job_type=_text(found.get("job_type")),
            tags=tuple(map(str, found.get("tags") or ())),
            notes=_text(found.get("notes")),
            config=dict(found.get("config") or {}),
            summary=dict(found.get("summary") or {}),
            last_values=dict(found.get("last_values") or {}),
        )
    except (TypeError, ValueError):
        raise TransportError(place.url, "what it says of the run cannot be read") from None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
