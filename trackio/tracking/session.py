"""``init``, ``log`` and ``finish``, and the current run they speak of."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from typing import Any, Literal, NoReturn, TypeAlias

from trackio import settings
from trackio.context_vars import current_project, current_run, current_space_id
from trackio.errors import NoActiveRun, RunFinished
from trackio.records import Status
from trackio.store import layout
from trackio.tracking import resume as resuming
from trackio.tracking import trial as trials
from trackio.tracking.beginning import Identity
from trackio.tracking.faults import Faults
from trackio.tracking.plain import mapping
from trackio.tracking.process import Process
from trackio.tracking.run import Run, as_tags

Reinit: TypeAlias = Literal["default", "finish_previous", "return_previous", "create_new"]

DEFAULT_PROJECT = "uncategorized"

_process = Process()


def init(
    project: str | None = None,
    name: str | None = None,
    config: Any = None,
    *,
    id: str | None = None,  # noqa: A002 - wandb's name for it
    group: str | None = None,
    tags: Iterable[str] | None = None,
    notes: str | None = None,
    job_type: str | None = None,
    resume: str | bool | None = None,
    reinit: Reinit | bool | None = None,
    auto_log_cpu: bool | None = None,
    cpu_log_interval: float = 10.0,
    auto_log_gpu: bool | None = None,
    gpu_log_interval: float = 10.0,
) -> Run:
    """Begin a run, make it the current one and return it; it is also a context manager.

    ``config`` is a mapping, a Namespace or a dataclass. ``id`` joins the run of that id, from as many processes as you
    like. ``resume`` goes on with the run of that id or name: ``"must"`` or else raises, ``"allow"`` if there is one,
    ``"never"`` refuses an id that is taken, ``"auto"`` or True with neither takes the newest run that crashed.
    A run that this thread began before is finished first, unless ``reinit`` is ``"return_previous"`` or False, which
    gives it back, or ``"create_new"``, which lets both go on. Metrics of the machine are logged every so many seconds
    unless ``auto_log_cpu`` and ``auto_log_gpu`` are False; of a GPU where its driver answers.

    Raises InvalidName, UnknownRun or UsageError for what cannot be as asked, and nothing for a disk that cannot be
    written: that is told once, and what is logged is kept until it can.
    """
    previous = _process.begun_by(threading.get_ident())
    if previous is not None:
        if reinit in ("return_previous", False):
            return previous
        if reinit != "create_new":
            previous.finish_at_exit() if previous.is_inherited else previous.finish()
    trial = trials.take()
    if trial is not None:
        project, id, config = trial.project, trial.run_id, {**mapping(config), **trial.parameters}  # noqa: A001
    given = Identity(
        project=_given("project", project, "TRACKIO_PROJECT", "WANDB_PROJECT") or DEFAULT_PROJECT,
        id=_given("run id", id, "WANDB_RUN_ID"),
        name=_given("run", name, "WANDB_NAME"),
        group=_text(group, "WANDB_RUN_GROUP"),
        job_type=_text(job_type, "WANDB_JOB_TYPE"),
        tags=_tags(tags),
        notes=_text(notes, "WANDB_NOTES"),
    )
    faults = Faults()
    beginning = resuming.begin(settings.home().absolute(), given, mapping(config), resuming.mode(resume), faults)
    run = Run(beginning, _process.background.watch, _process.end, faults)
    _process.add(run)
    current_project.set(run.project)
    current_space_id.set(None)
    run.start()
    if trial is not None:
        run.record("sweep", id=trial.sweep)
    _process.sample(
        run,
        cpu_seconds=None if auto_log_cpu is False else cpu_log_interval,
        gpu_seconds=None if auto_log_gpu is False else gpu_log_interval,
    )
    return run


def log(
    metrics: Mapping[str, Any] | None = None,
    step: int | None = None,
    commit: bool | None = None,
    sync: bool | None = None,
    *,
    data: Mapping[str, Any] | None = None,
) -> None:
    """Record one row of metrics of the current run: see ``Run.log``."""
    run = current_run.own.get(None)
    if run is None or run.is_finished:
        run = _current("log")
    run.log(metrics, step, commit, sync, data=data)


def log_system(metrics: Mapping[str, Any]) -> None:
    """Record metrics of the machine in the current run: see ``Run.log_system``."""
    _current("log_system").log_system(metrics)


def finish(exit_code: int | None = None, quiet: bool | None = None, *, status: Status | None = None) -> None:
    """End the current run: see ``Run.finish``. Without one it has no effect."""
    run = _process.current()
    if run is not None:
        run.finish(exit_code, quiet, status=status)


def current() -> Run | None:
    """The current run, or None."""
    return _process.current()


def part(name: str) -> Any:
    """``config`` or ``summary`` of the current run, or a stand-in that raises NoActiveRun when it is used."""
    run = _process.current()
    return Absent(name) if run is None else getattr(run, name)


class Absent:
    """Stands for ``trackio.config`` and ``trackio.summary`` while there is no run."""

    def __init__(self, name: str) -> None:
        object.__setattr__(self, "_name", name)

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        raise NoActiveRun(object.__getattribute__(self, "_name"))

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("__"):
            raise AttributeError(name)
        self._refuse()

    __setattr__ = __getitem__ = __setitem__ = __delitem__ = __contains__ = __iter__ = __len__ = _refuse

    def __repr__(self) -> str:
        return f"<trackio.{object.__getattribute__(self, '_name')}: no run in progress>"


def _current(call: str) -> Run:
    run = _process.current()
    if run is not None:
        return run
    if _process.last_name is not None:
        raise RunFinished(f"trackio.{call}()", _process.last_name)
    raise NoActiveRun(call)


def _given(kind: str, name: str | None, *variables: str) -> str | None:
    """A name as passed, else from the environment."""
    found = name if name is not None else settings.text(*variables)
    return None if found is None else layout.valid_name(kind, found)


def _text(text: str | None, *variables: str) -> str | None:
    """A text as passed, else from the environment; an empty one says nothing."""
    found = text if text is not None else settings.text(*variables)
    return None if found is None or not str(found).strip() else layout.clean(str(found))


def _tags(tags: Iterable[str] | None) -> tuple[str, ...] | None:
    if tags is not None:
        return as_tags(tags)
    words = settings.text("WANDB_TAGS")
    return tuple(word.strip() for word in words.split(",") if word.strip()) if words else None
