"""From what a script, its settings and the environment say to a run in progress."""

from __future__ import annotations

import copyreg
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trackio import settings as environment
from trackio.context_vars import current_project, current_space_id
from trackio.errors import UsageError
from trackio.store import layout
from trackio.system.meter import Moment
from trackio.tracking import options, sending, sources, terminal
from trackio.tracking import resume as resuming
from trackio.tracking import trial as trials
from trackio.tracking.beginning import Beginning, Identity
from trackio.tracking.faults import Faults
from trackio.tracking.identity import as_tags
from trackio.tracking.options import Settings
from trackio.tracking.plain import mapping
from trackio.tracking.run import Run
from trackio.tracking.session import process
from trackio.tracking.wishes import Sampling, wish

if TYPE_CHECKING:
    from trackio.alerts.places import Outlets
    from trackio.alerts.rules import Rules
    from trackio.remote.place import Place

DEFAULT_PROJECT = "uncategorized"

_OF_SPACES = ("bucket_id", "dataset_id")


@dataclass(frozen=True)
class Given:
    """What a script gives as its config."""

    config: Any
    include: Sequence[str] | None = None
    exclude: Sequence[str] | None = None
    metadata: Mapping[str, Any] | None = None


def start(
    said: Mapping[str, Any],
    settings: Settings | Mapping[str, Any] | None,
    given: Given,
    *,
    sampling: Sampling,
    harmless: Mapping[str, Any],
) -> Run:
    """Begin a run, or give the one back that goes on: what ``init`` does.

    ``said`` has what its arguments say, by the names of settings; ``harmless`` those that ask for what is not there.
    """
    chosen = options.chosen(said, options.as_settings(settings), process.settings)
    terminal.unsupported(
        name
        for name in terminal.INSTEAD
        if (options.is_on(harmless.get(name)) or options.is_on(chosen.given(name)))
        and not (name in _OF_SPACES and chosen.given("space_id"))
    )
    outlets, rules, server = _outlets(chosen), _rules(chosen), sending.server(chosen)
    # Before anything begins: whoever set it wrongly hears so now.
    sending.seconds(chosen)
    chosen = chosen.without_secrets()
    rank = environment.rank()
    label = chosen.given("x_label") or (None if rank is None else f"rank/{rank}")
    wanted = wish(sampling, chosen.given("x_stats_sampling_interval"), label)

    says_nothing = settings is None and given == Given(None) and not any(said.values())
    previous = _previous(chosen.given("reinit"), says_nothing=says_nothing)
    if previous is not None:
        return previous
    # When the run before has ended.
    began = Moment()
    faults = Faults()
    own = sources.chosen(sources.values(given.config, faults), given.include, given.exclude)
    values = {**sources.from_outside(chosen), **own}
    if given.metadata:
        values["metadata"] = mapping(given.metadata)
    run = _begin(chosen, values, server, faults)
    current_project.set(run.project)
    current_space_id.set(chosen.given("space_id"))
    if wanted is not None and not run.disabled and not options.is_on(chosen.given("x_disable_stats")):
        process.measure(run, wanted, began)
    if outlets is not None and not run.disabled and not run.offline:
        process.tell(run, outlets)
    if rules is not None:
        run.alert_on(**rules.fields())
    return run


def joined(project: str, run_id: str, mode: str, server: Place | None = None) -> Run:
    """The run of that id where it goes on in this process, else the next part of it: what a pickled run comes to."""
    for run in process.live:
        if (run.project, run.id) == (project, run_id):
            return run
    said: dict[str, Any] = {"project": project, "run_id": run_id, "mode": mode, "reinit": "create_new"}
    if server is not None:
        address = None if server.space_id else server.address
        said |= {"server_url": address, "write_token": server.token, "space_id": server.space_id}
    return start(said, None, Given(None), sampling={}, harmless={})


def _reduced(run: Run) -> tuple[Any, ...]:
    return joined, (run.project, run.id, run.settings.mode, run.server)


copyreg.pickle(Run, _reduced)


def _previous(reinit: Any, *, says_nothing: bool) -> Run | None:
    """The run that this thread began before and that is given back; those that are to end are ended.

    An ``init()`` that says nothing of the run means the one there is, as in a function that only logs: but in a
    notebook, whose cells run again, and under the agent of a sweep it means the next one.
    """
    mine = [run for run in process.live if run.thread == threading.get_ident()]
    word = {"true": True, "false": False}.get(str(reinit).lower(), reinit)
    if not mine or word == "create_new":
        return None
    is_bare = word in (None, "default") and says_nothing and not terminal.is_notebook() and not trials.is_waiting()
    if word in ("return_previous", False) or is_bare:
        return mine[-1]
    if word not in (None, True, "default", "finish_previous"):
        raise UsageError(
            f"reinit={reinit!r} is unknown. Use 'finish_previous', 'return_previous', 'create_new' or 'default'."
        )
    for run in reversed(mine) if word in (True, "finish_previous") else mine[-1:]:
        if run.is_inherited:
            run.finish_at_exit()
        elif word in (None, "default"):
            run.give_way()
        else:
            run.finish()
    return None


def _outlets(chosen: Settings) -> Outlets | None:
    """Who is told of the run's alerts; None for nobody."""
    if chosen.given("webhook_url") is None and chosen.given("webhook_min_level") is None:
        return None
    from trackio.alerts.places import outlets

    found = outlets(chosen.given("webhook_url"), chosen.given("webhook_min_level"))
    return found if found.places else None


def _rules(chosen: Settings) -> Rules | None:
    """Which alerts the run raises by itself; None for none."""
    said = chosen.given("alerts_on")
    if not options.is_on(said):
        return None
    from trackio.alerts.rules import read

    return read(said)


def _begin(chosen: Settings, values: dict[str, Any], server: Place | None, faults: Faults) -> Run:
    trial = trials.take()
    if trial is not None:
        chosen = Settings(project=trial.project, run_id=trial.run_id, sweep_id=trial.sweep).over(chosen)
        values = {**values, **trial.parameters}
    word = options.mode(chosen)
    beginning = _beginning(chosen, values, word, server, faults)
    said = Settings(mode=word, project=beginning.project, run_id=beginning.id, run_name=beginning.name)
    beginning = replace(beginning, settings=said.over(chosen))
    run = _kind(word)(beginning, process, faults)
    process.add(run)
    run.start()
    if options.is_on(chosen.given("save_code")) and not run.disabled:
        _save_program(run)
    if trial is not None:
        run.record("sweep", id=trial.sweep)
        run.config.update_locked(dict(trial.parameters))
    return run


def _kind(mode: str) -> type[Run]:
    if mode != "disabled":
        return Run
    from trackio.tracking.disabled import DisabledRun

    copyreg.pickle(DisabledRun, _reduced)
    return DisabledRun


def _beginning(chosen: Settings, values: dict[str, Any], mode: str, server: Place | None, faults: Faults) -> Beginning:
    run_id = chosen.given("run_id")
    given = Identity(
        project=_name("project", chosen.given("project")) or DEFAULT_PROJECT,
        id=None if run_id is None else layout.valid_name("run id", run_id),
        name=_name("run", chosen.given("run_name")),
        group=_text(chosen.given("run_group")),
        job_type=_text(chosen.given("run_job_type")),
        tags=_tags(chosen.given("run_tags")),
        notes=_text(chosen.given("run_notes")),
    )
    resume = resuming.mode(chosen.given("resume"))
    fork, back = chosen.given("fork_from"), chosen.given("resume_from")
    if sum(one is not None for one in (resume, fork, back)) > 1:
        raise UsageError("Pass only one of resume, resume_from and fork_from.")
    if mode == "disabled":
        from tempfile import gettempdir

        return resuming.fresh(Path(gettempdir()) / "trackio-disabled", given, values)
    try:
        home = environment.home().absolute()
    except FileNotFoundError:
        raise UsageError(
            f"TRACKIO_DIR={str(environment.home())!r} lies in the working folder, which was deleted. Set a full path."
        ) from None
    asked = None if mode == "offline" else server
    if fork is not None:
        from trackio.tracking import branch

        fresh = replace(resuming.fresh(home, given, values), server=server)
        return branch.forked(fresh, branch.Moment.read("fork_from", fork), faults)
    if back is not None:
        from trackio.tracking import branch

        moment = branch.Moment.read("resume_from", back)
        begun = resuming.begin(home, replace(given, id=moment.run), values, "allow", faults, server=asked)
        begun = replace(begun, step=moment.step + 1)
    else:
        begun = resuming.begin(home, given, values, resume, faults, server=asked)
    if asked is not None:
        begun = replace(begun, home=sending.spool_home(home, given.project, faults))
    return replace(begun, server=server)


def _save_program(run: Run) -> None:
    """Keep the file of the script with the run; a notebook and a console have none."""
    path = getattr(sys.modules.get("__main__"), "__file__", None)
    if path is not None and Path(path).is_file():
        with run.faults.contained("save_code", "the script's file was not saved"):
            run.save(Path(path).absolute(), Path(path).absolute().parent, "now", glob=False)


def _name(kind: str, name: Any) -> str | None:
    """A name; an empty one, as a script's own options have it by default, says nothing."""
    return None if name is None or (isinstance(name, str) and not name.strip()) else layout.valid_name(kind, name)


def _text(text: Any) -> str | None:
    """A text; an empty one says nothing."""
    return None if text is None or not str(text).strip() else layout.clean(str(text))


def _tags(tags: Any) -> tuple[str, ...] | None:
    """Words, or a text of them with commas between, as the environment has it."""
    if isinstance(tags, str):
        return tuple(word.strip() for word in tags.split(",") if word.strip())
    return None if tags is None else as_tags(tags)
