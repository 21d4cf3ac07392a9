"""A Space that is made while a run goes on, by a program of its own.

The Hub's client takes a second to load and may wait for the network as long as it likes: neither shall be the
training's. The program goes on when the training has ended, and the next one finds the Space.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

from trackio.remote.place import Place, Wish

_START = (
    "import json, sys; asked = json.loads(sys.stdin.readline()); sys.path[:] = asked.pop('path'); "
    "from trackio.publish.making import main; main(asked)"
)
"""The program finds its modules where this one found them, and runs nothing of this one's own."""

_PACKAGE_PARENT = Path(__file__).parents[2]

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
        if not sys.executable:
            raise OSError("there is no interpreter")
        asked: dict[str, Any] = {
            "path": [*(str(Path(path).absolute()) for path in sys.path if path), str(_PACKAGE_PARENT)],
            "space_id": place.space_id,
            "private": wish.private,
            "dataset_id": wish.dataset_id,
            "bucket_id": wish.bucket_id,
            "home": str(home),
        }
        self._child = subprocess.Popen(
            [sys.executable, "-c", _START],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            # Ctrl-C in the terminal is meant for the training.
            start_new_session=True,
        )
        if self._child.stdin is not None:
            self._child.stdin.write(json.dumps(asked) + "\n")
            self._child.stdin.close()

    def outcome(self) -> Outcome | None:
        """What came of it; None while it is at work."""
        if self._child.poll() is None:
            return None
        said = "" if self._child.stdout is None else self._child.stdout.read()
        if self._child.stdout is not None:
            self._child.stdout.close()
        try:
            found = json.loads(said)
            return Outcome(found["state"], found["reason"], tuple(found["notes"]))
        except (ValueError, KeyError, TypeError):
            return Outcome("failed", "the program that makes it has ended early")
