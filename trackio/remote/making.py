"""A Space that is made while a run goes on, by a program of its own.

The Hub's client takes a second to load and may wait for the network as long as it likes: neither shall be the
training's. The program goes on when the training has ended, and the next one finds the Space.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

from trackio.remote.place import Place, Wish
from trackio.remote.programs import Program

State: TypeAlias = Literal["made", "failed", "impossible"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it."""

    state: State
    """``impossible`` until somebody has changed something."""
    reason: str = ""
    notes: tuple[str, ...] = ()
    """What the owner of the Space should know."""


class Making:
    """The program, from its start on. Raises OSError where none can be started."""

    def __init__(self, place: Place, wish: Wish, home: Path) -> None:
        asked: dict[str, Any] = {
            "space_id": place.space_id,
            "private": wish.private,
            "dataset_id": wish.dataset_id,
            "bucket_id": wish.bucket_id,
            "home": str(home),
        }
        self._program = Program("trackio.publish.making", asked)

    def outcome(self) -> Outcome | None:
        """What came of it; None while it is at work."""
        try:
            found = self._program.answer()
            return None if found is None else Outcome(found["state"], found["reason"], tuple(found["notes"]))
        except (ValueError, KeyError, TypeError):
            return Outcome("failed", "the program that makes it has ended early")
