"""What scripts call on a run besides ``log`` and ``finish``."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cached_property
from threading import RLock
from typing import TYPE_CHECKING, Any, Literal

from trackio import definitions
from trackio.records import MetricDefinition
from trackio.store.layout import clean
from trackio.tracking import terminal
from trackio.tracking.definitions import Definitions
from trackio.tracking.faults import Faults
from trackio.tracking.identity import Identified

if TYPE_CHECKING:
    from trackio.tracking.watching import Watching


class Calls(Identified):
    """Definitions of metrics, watched models, and other trackers' names for the same things."""

    faults: Faults
    _lock: RLock
    _definitions: Definitions

    @abstractmethod
    def log(
        self, metrics: Mapping[str, Any] | None = None, step: int | None = None, commit: bool | None = None
    ) -> None:
        """Record one row."""

    @abstractmethod
    def _check(self, call: str) -> None:
        """Raise RunFinished when the run is over."""

    def define_metric(  # noqa: PLR0917 - wandb's order
        self,
        name: str,
        step_metric: str | MetricDefinition | None = None,
        step_sync: bool | None = None,
        hidden: bool | None = None,
        summary: str | None = None,
        overwrite: bool | None = None,
        *,
        goal: Literal["minimize", "maximize"] | None = None,
    ) -> MetricDefinition:
        """Say how a metric, or all whose names begin as ``name`` before its ``*``, is summarised and drawn.

        ``summary`` names what is kept of it, several separated by commas: ``min``, ``max``, ``mean``, ``first``,
        ``last``, ``best`` (the smallest, or the greatest where that is the ``goal``), ``copy`` or ``none``; then
        ``run.summary["loss"]["min"]`` has it. ``step_metric`` is the x-axis of its charts, and its last value is added
        to rows that lack it unless ``step_sync`` is False. A ``hidden`` metric has no chart. A definition adds to an
        earlier one of the name, unless ``overwrite``. Raises UsageError.
        """
        axis = step_metric.name if isinstance(step_metric, MetricDefinition) else step_metric
        new = definitions.define(name, step_metric=axis, step_sync=step_sync, hidden=hidden, summary=summary, goal=goal)
        # As names of metrics are logged.
        new = replace(new, name=clean(new.name), step_metric=new.step_metric and clean(new.step_metric))
        with self._lock:
            self._check("define_metric()")
            self.record(definitions.EVENT, **definitions.fields(new, overwrite=bool(overwrite)))
            self._definitions.add(new, overwrite=bool(overwrite))
            self._definitions_changed()
        return new

    def watch(  # noqa: PLR0917 - wandb's order
        self,
        models: Any,
        criterion: Any = None,  # noqa: ARG002 - wandb's, of use for its graph alone
        log: Literal["gradients", "parameters", "all"] | None = "gradients",
        log_freq: int = 1000,
        idx: int | None = None,
        log_graph: bool = False,
    ) -> None:
        """Log histograms of a torch model's gradients, parameters or both, every ``log_freq`` batches.

        They are part of the row that the next ``log()`` completes, as ``gradients/NAME`` and ``parameters/NAME``;
        ``graph_N`` goes before the names of the N-th model. Raises UsageError for what is no torch model.
        """
        if log_graph:
            terminal.say_once("log_graph", "watch(log_graph=True): the graph of a model is not recorded.")
        self._watching.watch(models, log, log_freq, idx)

    def unwatch(self, models: Any = None) -> None:
        """Stop logging these models' histograms, or those of all models that are watched."""
        self._watching.unwatch(models)

    def mark_preempting(self) -> None:
        """Note that the machine is about to be taken away; a run that ends so shows as crashed, and can be resumed."""
        self._check("mark_preempting()")
        self.record("preempting")

    def log_metrics(self, metrics: Mapping[str, Any], step: int | None = None) -> None:
        """``log``, by the name that other trackers have for it."""
        self.log(metrics, step)

    def log_params(self, params: Any) -> None:
        """``config.update``, by the name that other trackers have for it."""
        self.config.update(params)

    def pin_config_keys(self, keys: Iterable[str] = ()) -> None:
        """Note which settings a reader should see first."""
        self.record("pin_config_keys", keys=[clean(str(key)) for key in keys])

    def write_logs(self, text: str) -> None:
        """Keep a piece of text as output of the run."""
        self.record("output", text=clean(str(text)))

    @cached_property
    def _watching(self) -> Watching:
        from trackio.tracking.watching import Watching

        return Watching(lambda values: self.log(values, commit=False), self.faults)

    @abstractmethod
    def _definitions_changed(self) -> None:
        """Called with the lock held after a definition was taken in."""
