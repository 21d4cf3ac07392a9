"""``init``, ``log`` and ``finish``: light to import for whoever may need them, and what they do loads when they do."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from trackio.context_vars import current_run

if TYPE_CHECKING:
    from trackio.tracking.options import Settings
    from trackio.tracking.run import Run

Reinit: TypeAlias = Literal["default", "finish_previous", "return_previous", "create_new"]
Mode: TypeAlias = Literal["online", "offline", "shared", "disabled"]

SECONDS = 10.0
"""How often the machine is looked at."""


def init(
    project: str | None = None,
    name: str | None = None,
    config: Any = None,
    *,
    entity: str | None = None,
    id: str | None = None,  # noqa: A002 - wandb's name for it
    group: str | None = None,
    tags: Iterable[str] | None = None,
    notes: str | None = None,
    job_type: str | None = None,
    dir: str | os.PathLike[str] | None = None,  # noqa: A002 - wandb's name for it
    mode: Mode | None = None,
    resume: str | bool | None = None,
    reinit: Reinit | bool | None = None,
    fork_from: str | None = None,
    resume_from: str | None = None,
    settings: Settings | Mapping[str, Any] | None = None,
    config_exclude_keys: Sequence[str] | None = None,
    config_include_keys: Sequence[str] | None = None,
    allow_val_change: bool | None = None,
    save_code: bool | None = None,
    force: bool | None = None,
    tensorboard: bool | None = None,
    sync_tensorboard: bool | None = None,
    monitor_gym: bool | None = None,
    anonymous: Any = None,
    auto_log_cpu: bool | None = None,
    cpu_log_interval: float = SECONDS,
    auto_log_gpu: bool | None = None,
    gpu_log_interval: float = SECONDS,
    space_id: str | None = None,
    dataset_id: str | None = None,
    bucket_id: str | None = None,
    server_url: str | None = None,
    write_token: str | None = None,
    private: bool | None = None,
    webhook_url: str | Sequence[str] | None = None,
    webhook_min_level: Any = None,
    alerts_on: Any = None,
    embed: bool | None = None,
    workspace: str | None = None,
    api_key: str | None = None,
    base_url: str | None = None,
    run_name: str | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> Run:
    """Begin a run, make it the current one and return it; it is also a context manager.

    ``config`` is a mapping, a Namespace, a dataclass, or the path of a YAML or JSON file. ``id`` joins the run of that
    id, from as many processes as you like. ``resume`` goes on with the run of that id or name: ``"must"`` or else
    raises, ``"allow"`` if there is one, ``"never"`` refuses an id that is taken, ``"auto"`` or True with neither takes
    the newest run that crashed. ``fork_from="ID?_step=N"`` begins with what that run had up to step N;
    ``resume_from`` goes on with it there. A run that this thread began before is finished first, unless ``reinit`` is
    ``"return_previous"`` or False, which gives it back, or ``"create_new"``, which lets both go on; an ``init()`` that
    says nothing of the run gives it back as well, unless in a notebook.

    Runs are recorded on this machine, with ``mode="disabled"`` not at all. ``server_url`` is the server that they are
    sent to besides, with its ``write_token`` beside it or in it, and ``space_id`` a Space that has one; the script
    never waits for either, and with ``mode="offline"`` they are sent later: see ``docs/remote.md``. ``dir`` is where
    ``run.dir`` lies. Metrics of the machine are logged every so many seconds, and energy is measured, unless
    ``auto_log_cpu`` and ``auto_log_gpu`` are False; of GPUs where there are any, and with ``auto_log_gpu=True`` it is
    told once where there are none. ``webhook_url`` is told of alerts from ``webhook_min_level`` on, and ``alerts_on``
    names those that raise themselves: see ``Run.alert_on``. What is not passed may be said by ``settings``, by
    ``setup()`` and by the environment, in this order; ``docs/logging.md`` tells of each argument. One that has no
    meaning here says so once.

    Raises InvalidName, UnknownRun or UsageError for what cannot be as asked, and nothing for a disk that cannot be
    written: that is told once, and what is logged is kept until it can.
    """
    said = {
        "project": project,
        "entity": entity or workspace,
        "run_id": id,
        "run_name": run_name if name is None else name,
        "run_group": group,
        "run_job_type": job_type,
        "run_notes": notes,
        "run_tags": tags,
        "root_dir": dir,
        "mode": mode,
        "resume": resume,
        "reinit": reinit,
        "fork_from": fork_from,
        "resume_from": resume_from,
        "sync_tensorboard": tensorboard or sync_tensorboard,
        "save_code": save_code,
        "allow_val_change": allow_val_change,
        "space_id": space_id,
        "private": private,
        "dataset_id": dataset_id,
        "bucket_id": bucket_id,
        "embed": embed,
        "server_url": server_url or base_url,
        "write_token": write_token,
        "webhook_url": webhook_url,
        "webhook_min_level": webhook_min_level,
        "alerts_on": alerts_on,
        "api_key": api_key,
    }
    harmless = {"anonymous": anonymous, "force": force, "monitor_gym": monitor_gym}
    sampling = {"cpu": (auto_log_cpu, cpu_log_interval), "gpu": (auto_log_gpu, gpu_log_interval)}
    # Costs 50 ms, which a program that only might track does without.
    from trackio.tracking import starting

    return starting.start(
        said,
        settings,
        starting.Given(config, config_include_keys, config_exclude_keys, metadata),
        sampling=sampling,
        harmless=harmless,
    )


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
        from trackio.tracking import session

        run = session.demanded("log")
    run.log(metrics, step, commit, sync, data=data)


def log_system(metrics: Mapping[str, Any]) -> None:
    """Record metrics of the machine in the current run: see ``Run.log_system``."""
    from trackio.tracking import session

    session.demanded("log_system").log_system(metrics)


def finish(exit_code: int | None = None, quiet: bool | None = None, *, status: str | None = None) -> None:
    """End the current run: see ``Run.finish``. Without one it has no effect."""
    from trackio.tracking import session

    run = session.current()
    if run is not None:
        run.finish(exit_code, quiet, status=status)
