"""Waits until a Space with a server answers."""

from __future__ import annotations

import time
from collections.abc import Callable

from trackio.errors import PublishError
from trackio.publish.client import api
from trackio.publish.hosts import page
from trackio.publish.told import told
from trackio.remote import stages
from trackio.remote.place import space
from trackio.remote.presence import Presence

WAIT_SECONDS, LOOK_SECONDS = 900.0, 3.0
"""How long a Space may take until it runs, and how often it is looked at meanwhile."""


def wait(space_id: str, seconds: float = WAIT_SECONDS, *, clock: Callable[[], float] = time.monotonic) -> None:
    """Wait until the Space answers; raises PublishError where it will not, or takes too long."""
    hub = api()
    where = space(space_id)
    meaning = f"The Space {space_id} does not run"
    deadline = clock() + seconds
    while clock() < deadline:
        with told(f"The Space {space_id} could not be looked at"):
            stage = str(getattr(found := hub.get_space_runtime(space_id).stage, "value", found))
        found_wrong = stages.trouble(space_id, stage)
        if found_wrong is not None:
            raise PublishError(meaning, *found_wrong)
        if stage.startswith("RUNNING") and where is not None and Presence(where).is_there():
            return
        time.sleep(min(LOOK_SECONDS, max(deadline - clock(), 0.0)))
    raise PublishError(meaning, f"it did not answer within {seconds:g} seconds", f"See {page(space_id)}.")
