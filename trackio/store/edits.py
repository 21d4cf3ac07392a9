"""Changes to a run from outside: a short journal of its own, which is folded as those of writers are."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping
from typing import Any

from trackio import journal
from trackio.store import layout
from trackio.store.project import ProjectStore


def edit(store: ProjectStore, run_id: str, events: Iterable[tuple[str, Mapping[str, Any]]]) -> None:
    """Record events of a run, such as ``("run", {"name": ...})``, and fold them in.

    The run may be in progress elsewhere; what comes last counts. Raises OSError where nothing can be written.
    """
    now_ns = time.time_ns()
    frames = [journal.header(run_id, store.name, now_ns, {"edited": True})]
    for name, fields in (*events, ("close", {})):
        frames.append(journal.frame(journal.EVENT, journal.event(name, now_ns, **fields)))
    path = layout.journal(store.directory, run_id, f"edit-{os.urandom(6).hex()}")
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".part")
    try:
        draft.write_bytes(b"".join(frames))
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    store.fold()
