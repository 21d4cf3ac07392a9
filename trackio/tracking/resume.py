"""Whether a run goes on with an earlier one, and what it then starts from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from trackio.errors import StoreError, UnknownRun, UsageError
from trackio.store import layout
from trackio.tracking import names
from trackio.tracking.beginning import Beginning, Identity
from trackio.tracking.faults import Faults

if TYPE_CHECKING:
    from trackio.records import RunRecord
    from trackio.remote.past import Past
    from trackio.remote.place import Place
    from trackio.store.project import ProjectStore

Resume: TypeAlias = Literal["never", "allow", "must", "auto"]


def mode(resume: str | bool | None) -> Resume | None:
    """What ``init(resume=)`` means; None, the default, joins the run of a given id and otherwise begins a new one."""
    if resume is None or resume is False or resume in ("false", "False", "0"):
        return None
    if resume is True or resume in ("true", "True", "1"):
        return "auto"
    for known in ("never", "allow", "must", "auto"):
        if resume == known:
            return known
    raise UsageError(f"resume={resume!r} is unknown. Use 'never', 'allow', 'must' or 'auto'.")


def begin(
    home: Path,
    given: Identity,
    config: dict[str, Any],
    resume: Resume | None,
    faults: Faults,
    *,
    server: Place | None = None,
) -> Beginning:
    """The beginning of a new run, or of the next part of one that is there.

    A run is looked for by its id, else by its name, the newest of it. ``must`` raises UnknownRun when there is none,
    ``never`` raises UsageError when the id is taken. ``auto`` with neither goes on with the newest run that crashed.
    One that is to go on is also asked for at the server, where another machine may have sent it, or more of it.
    """
    store, former = _former(home, given, resume, faults)
    past, is_answered = _elsewhere(server, given, resume, faults)
    if past is not None and (former is None or past.next_step > _next_step(former)):
        return _from_elsewhere(home, given, config, past)
    if resume == "must" and former is None and is_answered:
        known = [run.name for run in store.runs()] if store else []
        raise UnknownRun(given.id or given.name or "", known, given.project)
    if resume == "never" and former is not None:
        raise UsageError(f"resume='never', but there is a run with the id {given.id!r} in {given.project!r}.")
    if store is None or former is None:
        return fresh(home, given, config)
    return _next_part(home, given, config, store, former)


def fresh(home: Path, given: Identity, config: dict[str, Any]) -> Beginning:
    """The beginning of a new run."""
    run_id, name = given.id or names.run_id(), given.name or names.readable()
    return Beginning(
        home=home,
        project=given.project,
        id=run_id,
        name=name,
        group=given.group,
        job_type=given.job_type,
        tags=given.tags or (),
        notes=given.notes,
        config=config,
        news={**given.news(), "name": name},
        new_config=config,
    )


def _next_part(
    home: Path, given: Identity, config: dict[str, Any], store: ProjectStore, former: RunRecord
) -> Beginning:
    own = store.own_summary(former.id)
    return Beginning(
        home=home,
        project=given.project,
        id=former.id,
        name=given.name or former.name,
        group=given.group or former.group,
        job_type=given.job_type or former.job_type,
        tags=given.tags if given.tags is not None else former.tags,
        notes=given.notes or former.notes,
        config={**former.config, **config},
        summary=own,
        last_values={name: value for name, value in former.summary.items() if name not in own},
        step=_next_step(former),
        is_resumed=True,
        news=given.news(),
        new_config=config,
        definitions=store.definitions(former.id),
    )


def _next_step(former: RunRecord) -> int:
    return 0 if former.last_step is None else former.last_step + 1


def _elsewhere(
    server: Place | None, given: Identity, resume: Resume | None, faults: Faults
) -> tuple[Past | None, bool]:
    """The run as a server has it, and whether it could be asked; without a server there is none."""
    key = given.id or given.name
    if server is None or key is None or resume not in ("allow", "must", "auto"):
        return None, True
    from trackio.errors import TransportError
    from trackio.remote import past

    try:
        return past.asked(server, given.project, key), True
    except TransportError as error:
        faults.warn(
            "resume",
            f"{server.host} cannot say whether it has run {key!r} ({error.reason}), so what another machine sent of it "
            "is left out of account: steps and config begin as on this machine.",
        )
        return None, False


def _from_elsewhere(home: Path, given: Identity, config: dict[str, Any], past: Past) -> Beginning:
    return Beginning(
        home=home,
        project=given.project,
        id=past.id,
        name=given.name or past.name,
        group=given.group or past.group,
        job_type=given.job_type or past.job_type,
        tags=given.tags if given.tags is not None else past.tags,
        notes=given.notes or past.notes,
        config={**past.config, **config},
        summary=past.summary,
        last_values=past.last_values,
        step=past.next_step,
        is_resumed=True,
        news=given.news(),
        new_config=config,
    )


def _former(
    home: Path, given: Identity, resume: Resume | None, faults: Faults
) -> tuple[ProjectStore | None, RunRecord | None]:
    """The project as the store knows it, and the run to go on with; both None when there is no need to look."""
    key = given.id or (given.name if resume != "never" else None)
    if resume == "must" and key is None:
        raise UsageError("resume='must' needs the id or the name of the run to go on with.")
    is_asked = given.id is not None or resume in ("must", "auto") or (resume == "allow" and key is not None)
    directory = layout.project_directory(home, given.project)
    if not is_asked or layout.project_name(directory) is None:
        return None, None
    # Loads SQLite, which a new run need not wait for.
    import sqlite3

    from trackio.store.project import ProjectStore

    store = ProjectStore(given.project, directory)
    try:
        store.catch_up()
        if key is None:
            return store, next((run for run in reversed(store.runs()) if run.status == "crashed"), None)
        record = store.run(key)
    except UnknownRun:
        return store, None
    except (OSError, sqlite3.Error, StoreError) as error:
        if resume == "must":
            raise
        faults.warn("resume", f"the earlier runs of {given.project!r} cannot be read, so a new one begins: {error}")
        return None, None
    return store, record if given.id is None or record.id == given.id else None
