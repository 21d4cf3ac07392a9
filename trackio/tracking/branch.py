"""Runs that begin at a moment of another: ``init(fork_from=)`` and ``init(resume_from=)``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from trackio import journal
from trackio.definitions import EVENT
from trackio.errors import UnknownRun, UsageError
from trackio.store import layout
from trackio.store.project import ProjectStore
from trackio.store.rows import LoggedRow
from trackio.tracking.beginning import Beginning, event_frame, opening
from trackio.tracking.faults import Faults
from trackio.tracking.names import writer_id
from trackio.tracking.sending import noted

_CODES = {float: "d", int: "q", bool: "?", str: "s"}
_OWN = ("event", "time_ns")
_MOMENT = re.compile(r"(?P<run>[^?]+)\?_step=(?P<step>\d+)")


@dataclass(frozen=True)
class Moment:
    """A step of a run."""

    run: str
    step: int

    @classmethod
    def read(cls, option: str, given: object) -> Moment:
        """The moment that an option such as ``fork_from="abc?_step=30"`` names; raises UsageError."""
        found = _MOMENT.fullmatch(str(given))
        if found is None:
            raise UsageError(f"{option}={given!r} is no moment of a run. Write it as 'RUN_ID?_step=NUMBER'.")
        return cls(found["run"], int(found["step"]))


def forked(beginning: Beginning, moment: Moment, faults: Faults) -> Beginning:
    """A new run that has the other's config, and its rows up to the moment; a run that is not there is told once."""
    store = ProjectStore(beginning.project, layout.project_directory(beginning.home, beginning.project))
    store.catch_up()
    begun = replace(beginning, step=moment.step + 1)
    try:
        parent = store.run(moment.run)
    except UnknownRun as error:
        faults.warn("fork", f"fork_from: {error} The run begins at step {begun.step} without what came before.")
        return begun
    config = {**parent.config, **beginning.config}
    begun = replace(begun, config=config, new_config=config, definitions=store.definitions(parent.id))
    rows = [row for row in store.rows(parent.id) if row[0] <= moment.step]
    with faults.contained("fork", "what the run was forked from could not be copied"):
        begun = replace(begun, copied=_copy(begun, rows, store.events(parent.id, EVENT)))
    last: dict[str, Any] = {}
    for _, _, values in rows:
        last.update(values)
    return replace(begun, last_values=last)


def _copy(begun: Beginning, rows: Sequence[LoggedRow], defined: Iterable[Mapping[str, Any]]) -> Path:
    """Write the rows as a journal of their own, of a writer that is done; gives its path."""
    path = layout.journal(layout.create_project(begun.home, begun.project), begun.id, writer_id())
    noted(begun, path)
    unfinished = path.with_suffix(".part")
    with unfinished.open("wb") as file:
        file.write(opening(begun, is_child=True))
        schemas: dict[tuple[tuple[str, ...], str], journal.Schema] = {}
        for step, time_ns, values in rows:
            keys, codes = tuple(values), "".join(_CODES[type(value)] for value in values.values())
            schema = schemas.get((keys, codes))
            if schema is None:
                schema = schemas[keys, codes] = journal.Schema(len(schemas), keys, codes)
                file.write(schema.declaration())
            file.write(journal.frame(journal.ROW, schema.pack(schema.id, step, time_ns, *values.values())))
        for event in defined:
            file.write(event_frame(EVENT, **{name: value for name, value in event.items() if name not in _OWN}))
        file.write(event_frame("close"))
    unfinished.replace(path)
    return path
