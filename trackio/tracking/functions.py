"""What the package offers beside ``init``, ``log`` and ``finish``: calls on the current run, and on the process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from trackio.alerts.levels import AlertLevel
from trackio.records import MetricDefinition
from trackio.system import here
from trackio.tracking import options, session, terminal
from trackio.tracking.options import Settings
from trackio.tracking.run import Run


def alert(
    title: str,
    text: str | None = None,
    level: str | AlertLevel | None = AlertLevel.WARN,
    wait_duration: float | timedelta | Mapping[str, Any] | None = None,
    *,
    data: Any = None,
    webhook_url: str | list[str] | None = None,
) -> None:
    """Record, print and send an alert of the current run: see ``Run.alert``."""
    session.demanded("alert").alert(title, text, level, wait_duration, data=data, webhook_url=webhook_url)


def alert_on(
    *,
    nan: bool | None = None,
    silence_minutes: float | None = None,
    gpu_memory: float | None = None,
    crash: bool | None = None,
) -> None:
    """Have alerts of the current run raised by themselves: see ``Run.alert_on``."""
    run = session.demanded("alert_on")
    run.alert_on(nan=nan, silence_minutes=silence_minutes, gpu_memory=gpu_memory, crash=crash)


def define_metric(  # noqa: PLR0917 - wandb's order
    name: str,
    step_metric: str | MetricDefinition | None = None,
    step_sync: bool | None = None,
    hidden: bool | None = None,
    summary: str | None = None,
    overwrite: bool | None = None,
    *,
    goal: Literal["minimize", "maximize"] | None = None,
) -> MetricDefinition:
    """Say how a metric of the current run is summarised and drawn: see ``Run.define_metric``."""
    run = session.demanded("define_metric")
    return run.define_metric(name, step_metric, step_sync, hidden, summary, overwrite, goal=goal)


def watch(  # noqa: PLR0917 - wandb's order
    models: Any,
    criterion: Any = None,
    log: Literal["gradients", "parameters", "all"] | None = "gradients",
    log_freq: int = 1000,
    idx: int | None = None,
    log_graph: bool = False,
) -> None:
    """Log histograms of torch models in the current run: see ``Run.watch``."""
    session.demanded("watch").watch(models, criterion, log, log_freq, idx, log_graph)


def unwatch(models: Any = None) -> None:
    """Stop logging histograms of models: see ``Run.unwatch``."""
    session.demanded("unwatch").unwatch(models)


def mark(name: str) -> None:
    """Name this moment of the current run, and read its energy now: see ``Run.mark``."""
    session.demanded("mark").mark(name)


def mark_preempting() -> None:
    """Note that the machine is about to be taken away: see ``Run.mark_preempting``."""
    session.demanded("mark_preempting").mark_preempting()


def pin_config_keys(keys: list[str]) -> None:
    """Note which settings a reader should see first: see ``Run.pin_config_keys``."""
    session.demanded("pin_config_keys").pin_config_keys(keys)


def log_gpu(run: Run | None = None, device: int | None = None) -> dict[str, float]:
    """Log what the NVIDIA GPUs that this process uses show now, and return it; empty where there are none.

    ``device`` chooses one by the driver's number of it, which is the one in the names: ``system/gpu/0/power_watts``.
    """
    read = here.gpus()
    found: Mapping[str, float] = read() if read is not None else {}
    chosen = {
        name: value for name, value in found.items() if device is None or name.startswith(f"system/gpu/{device}/")
    }
    if chosen:
        (run or session.demanded("log_gpu")).log_system(chosen)
    return chosen


@dataclass(frozen=True)
class Setup:
    """What ``setup()`` answers."""

    settings: Settings


def setup(settings: Settings | Mapping[str, Any] | None = None) -> Setup:
    """Say what holds for every run that this process begins from now on, as far as ``init`` says nothing else."""
    session.process.settings = options.as_settings(settings).over(session.process.settings)
    return Setup(options.chosen({}, session.process.settings, Settings()))


def teardown(exit_code: int | None = None) -> None:
    """End every run that goes on in this process."""
    for run in reversed(session.process.live):
        run.finish(exit_code)
    session.process.settings = Settings()


def login(  # noqa: PLR0917 - wandb's order
    key: str | None = None,  # noqa: ARG001 - there is nothing to log into
    relogin: bool | None = None,  # noqa: ARG001
    host: str | None = None,  # noqa: ARG001
    force: bool | None = None,  # noqa: ARG001
    timeout: int | None = None,  # noqa: ARG001
    verify: bool = True,  # noqa: ARG001
    referrer: str | None = None,  # noqa: ARG001
    prompt: bool = True,  # noqa: ARG001
    anonymous: Any = None,  # noqa: ARG001
) -> bool:
    """True, because no account is needed; says so once."""
    terminal.termlog("login(): no account is needed, runs are recorded on this machine.", repeat=False)
    return True


def require(requirement: Any = None, experiment: Any = None) -> None:
    """Accepted as wandb has it: nothing here waits to be switched on."""


def ensure_configured() -> None:
    """Accepted as wandb has it: there is nothing to configure."""
