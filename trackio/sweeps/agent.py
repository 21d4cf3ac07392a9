"""``sweep`` begins a sweep; ``agent`` makes its runs, of a function or of the program that its configuration names."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from trackio import settings
from trackio.errors import UnknownRun, UsageError
from trackio.messages import logger
from trackio.records import RunRecord
from trackio.store import layout
from trackio.store.home import Home
from trackio.sweeps import program, study
from trackio.sweeps.study import Chosen, Study
from trackio.tracking import names, session, starting, terminal
from trackio.tracking.trial import Trial, current_trial

LONGEST_LINE = 120
"""How much of a choice of settings is told."""

FIRST_FAILURES = 5
"""When so many runs fail before one succeeds, something is wrong with the function, and the agent stops."""


def sweep(
    sweep: Mapping[str, Any] | Callable[[], Mapping[str, Any]],
    entity: str | None = None,  # noqa: ARG001 - wandb's
    project: str | None = None,
    prior_runs: list[str] | None = None,
) -> str:
    """Begin a sweep and return its id, which ``agent`` takes.

    ``sweep`` is a configuration as wandb's: ``method`` (``grid``, ``random`` or ``bayes``, by Optuna's TPE), ``metric``
    and ``parameters``, and optionally ``run_cap``, ``program``, ``command``, ``seed``. ``early_terminate`` and
    ``prior_runs`` are accepted and have no effect.

    Raises UsageError for what cannot be, MissingExtra where Optuna is not installed.
    """
    given = sweep() if callable(sweep) else sweep
    if not isinstance(given, Mapping):
        raise UsageError(f"A sweep's configuration is a dict, not {type(given).__name__}.")
    name = project or given.get("project") or settings.text("TRACKIO_PROJECT", "WANDB_PROJECT")
    name = layout.valid_name("project", name or starting.DEFAULT_PROJECT)
    if "early_terminate" in given:
        logger().warning("early_terminate has no effect here: every run of the sweep goes on to its end.")
    if prior_runs:
        logger().warning("prior_runs have no effect here: the search begins with no knowledge.")
    sweep_id = names.run_id()
    study.create(settings.home().absolute(), name, sweep_id, given)
    terminal.termlog(
        f"Began sweep {sweep_id} of project {name}. Work on it with trackio.agent({sweep_id!r}, function)."
    )
    return sweep_id


def agent(  # noqa: PLR0917 - as wandb has them
    sweep_id: str,
    function: Callable[[], object] | None = None,
    entity: str | None = None,  # noqa: ARG001 - wandb's
    project: str | None = None,
    count: int | None = None,
    forward_signals: bool = False,  # noqa: ARG001 - wandb's; a program's process group gets them anyway
    term_timeout: int | None = None,
    max_consecutive_failed_runs: int | None = None,
) -> None:
    """Make runs of a sweep, one after the other, until it ends or there were ``count`` of them.

    Any number of agents may work on one sweep at once, in processes of their own. ``function`` is called for each run;
    its first ``init`` is the run, with the chosen settings in the config over its own. Without a function the sweep's
    ``program`` is run. A run that fails is told, and the next one begins; after five failures at the beginning, or
    ``max_consecutive_failed_runs`` later, the agent stops.

    Raises UnknownSweep, UsageError or MissingExtra.
    """
    *around, last = str(sweep_id).split("/")
    found = study.find(settings.home().absolute(), last, project or (around[-1] if around else None))
    if function is None and found.config.program is None:
        raise UsageError("agent() needs a function, or a sweep whose configuration names a program.")
    found.give_back(_crashed(found))
    failed = succeeded = done = 0
    while count is None or done < count:
        chosen = found.ask()
        if chosen is None:
            break
        done += 1
        terminal.termlog(f"Run {chosen.run_id} of sweep {found.id}: {_words(chosen.parameters)}")
        if function is None:
            is_good = _run_program(found, chosen, term_timeout)
        else:
            is_good = _run_function(found, chosen, function)
        succeeded += is_good
        failed = 0 if is_good else failed + 1
        most = max_consecutive_failed_runs if max_consecutive_failed_runs is not None else FIRST_FAILURES
        if failed >= most and (max_consecutive_failed_runs is not None or not succeeded):
            logger().warning("The agent of sweep %s stops: %d runs in a row have failed.", found.id, failed)
            break


def _words(parameters: Mapping[str, Any]) -> str:
    text = ", ".join(f"{name}={value}" for name, value in parameters.items())
    return text if len(text) <= LONGEST_LINE else text[: LONGEST_LINE - 3] + "..."


def _run_function(found: Study, chosen: Chosen, function: Callable[[], object]) -> bool:
    trial = _trial(found, chosen)
    with _telling(found, chosen):
        token = current_trial.set(trial)
        is_good = False
        try:
            function()
            is_good = True
        except SystemExit as leaving:
            # The function is done, and not the agent.
            is_good = leaving.code in (None, 0)
        except Exception:  # noqa: BLE001 - the function is the user's, and the sweep goes on without this run
            logger().warning("Run %s of sweep %s failed:\n%s", chosen.run_id, found.id, traceback.format_exc())
        finally:
            current_trial.reset(token)
            run = session.current()
            if run is not None and run.id == chosen.run_id:
                run.finish(exit_code=int(not is_good))
        return _tell(found, chosen, is_good=is_good)


def _run_program(found: Study, chosen: Chosen, term_timeout: int | None) -> bool:
    with _telling(found, chosen):
        code = program.run(found.config, _trial(found, chosen), term_timeout)
        if code:
            logger().warning("Run %s of sweep %s failed with exit code %d.", chosen.run_id, found.id, code)
        return _tell(found, chosen, is_good=code == 0)


@contextmanager
def _telling(found: Study, chosen: Chosen) -> Iterator[None]:
    """A trial that is interrupted is told to have failed, so that no other agent waits for it."""
    try:
        yield
    except BaseException:
        found.tell(chosen.number, None, is_failed=True)
        raise


def _tell(found: Study, chosen: Chosen, *, is_good: bool) -> bool:
    try:
        record = _record(found, chosen.run_id)
    except UnknownRun:
        logger().warning("Run %s of sweep %s never called init().", chosen.run_id, found.id)
        found.tell(chosen.number, None, is_failed=True)
        return False
    name = found.config.metric
    value = None if name is None else metric_value(record, name, is_maximized=found.config.is_maximized)
    if is_good and name is not None and value is None:
        logger().warning("Run %s of sweep %s did not log the metric %r.", chosen.run_id, found.id, name)
    found.tell(chosen.number, value, is_failed=not is_good or record.status == "failed")
    return is_good


def metric_value(record: RunRecord, name: str, *, is_maximized: bool) -> object:
    """What the run's summary holds under a name; the best of it where several are summed up."""
    value = record.summary.get(name)
    if value is None:
        for part in name.split("."):
            inner = record.summary if value is None else value
            value = inner.get(part) if isinstance(inner, Mapping) else None
    if isinstance(value, Mapping):
        order = ("best", "max", "min", "last") if is_maximized else ("best", "min", "max", "last")
        value = next((value[key] for key in order if key in value), None)
    return value


def _trial(found: Study, chosen: Chosen) -> Trial:
    return Trial(found.id, found.project, chosen.run_id, chosen.parameters)


def _record(found: Study, key: str) -> RunRecord:
    store = Home(found.home).project(found.project)
    store.catch_up()
    return store.run(key)


def _crashed(found: Study) -> set[str]:
    store = Home(found.home).project(found.project)
    store.catch_up()
    return {run.id for run in store.runs() if run.status == "crashed"}
