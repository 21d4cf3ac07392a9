"""Callbacks for Keras: ``model.fit(..., callbacks=[TrackioMetricsLogger(), TrackioModelCheckpoint("best.keras")])``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import trackio
from trackio.errors import MissingExtra, UsageError
from trackio.tracking.session import demanded

try:
    from keras.callbacks import Callback, ModelCheckpoint
except ImportError:
    raise MissingExtra("keras", "keras") from None


class TrackioMetricsLogger(Callback):
    """Records the metrics of ``fit`` and ``evaluate`` in the current run, or in a run of its own.

    ``log_freq`` is ``"epoch"`` (after each epoch), ``"batch"``, or a number of batches. Names are ``epoch/loss``,
    ``epoch/val_loss`` and ``batch/loss``, with ``epoch/learning_rate``; those of ``evaluate`` are ``eval/loss``. Epochs
    are steps of their own axis, ``epoch/epoch``, and batches of ``batch/batch_step``, which goes on over epochs from
    ``initial_global_step``.

    Without a run in progress ``init`` (arguments of ``trackio.init``) begins one with ``fit``, whose config has the
    optimizer and the shape of the training, and ends it.
    """

    def __init__(
        self,
        log_freq: Literal["epoch", "batch"] | int = "epoch",
        initial_global_step: int = 0,
        **init: Any,
    ) -> None:
        super().__init__()
        if log_freq not in ("epoch", "batch") and not (isinstance(log_freq, int) and log_freq > 0):
            raise UsageError(f"log_freq is 'epoch', 'batch' or a number of batches, not {log_freq!r}.")
        self._every = {"epoch": 0, "batch": 1}.get(log_freq, log_freq)  # type: ignore[arg-type]
        self._step, self._init = initial_global_step, init
        self._own: trackio.Run | None = None
        self._is_fitting = False

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:  # noqa: ARG002 - Keras calls it so
        """Begin a run unless there is one."""
        self._is_fitting = True
        if trackio.run is None:
            self._own = trackio.init(**self._init)
        run = demanded("log")
        run.define_metric("epoch/*", step_metric="epoch/epoch")
        if self._every:
            run.define_metric("batch/*", step_metric="batch/batch_step")
        optimizer = getattr(self.model, "optimizer", None)
        run.config.update(
            {
                "keras": {
                    **{name: value for name, value in (self.params or {}).items() if value is not None},
                    "optimizer": None if optimizer is None else optimizer.get_config(),
                    "parameters": self.model.count_params() if self.model.built else None,
                }
            }
        )

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Record the metrics of the epoch."""
        demanded("log").log({"epoch/epoch": epoch, **_named("epoch", logs), **self._rate("epoch")})

    def on_train_batch_end(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Record the metrics so far, where it is time."""
        if self._every and batch % self._every == 0:
            demanded("log").log({"batch/batch_step": self._step, **_named("batch", logs), **self._rate("batch")})
        self._step += 1

    def on_test_begin(self, logs: Mapping[str, Any] | None = None) -> None:  # noqa: ARG002 - Keras calls it so
        """Begin a run for ``evaluate`` unless there is one."""
        if not self._is_fitting and trackio.run is None:
            self._own = trackio.init(**self._init)

    def on_test_end(self, logs: Mapping[str, Any] | None = None) -> None:
        """Record what ``evaluate`` found; within ``fit`` the epoch has it."""
        if not self._is_fitting:
            demanded("log").log(_named("eval", logs))
            self._finish()

    def on_train_end(self, logs: Mapping[str, Any] | None = None) -> None:  # noqa: ARG002 - Keras calls it so
        """End a run of its own."""
        self._is_fitting = False
        self._finish()

    def _finish(self) -> None:
        if self._own is not None:
            self._own.finish()
            self._own = None

    def _rate(self, place: str) -> dict[str, float]:
        rate = getattr(getattr(self.model, "optimizer", None), "learning_rate", None)
        try:
            return {} if rate is None else {f"{place}/learning_rate": float(rate)}
        except (TypeError, ValueError):
            # A schedule that cannot be asked for its present value.
            return {}


class TrackioModelCheckpoint(ModelCheckpoint):
    """Keras' ``ModelCheckpoint``, with its arguments, that also stores each file it saves as a version of an artifact.

    ``artifact`` names it; ``model-<run id>`` unless told. The version that was the best when it was saved has the alias
    ``best``.
    """

    def __init__(self, filepath: str, *args: Any, artifact: str | None = None, **options: Any) -> None:
        super().__init__(filepath, *args, **options)
        self._artifact = artifact
        self._epoch = -1

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Save as Keras does, and store what was saved."""
        self._epoch = epoch
        before = self._state(epoch, None, logs)
        super().on_epoch_end(epoch, logs)
        self._store(before, self._state(epoch, None, logs))

    def on_train_batch_end(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        """The same, where it saves every so many batches."""
        if self.save_freq == "epoch":
            super().on_train_batch_end(batch, logs)
            return
        before = self._state(self._epoch + 1, batch, logs)
        super().on_train_batch_end(batch, logs)
        self._store(before, self._state(self._epoch + 1, batch, logs))

    def _state(self, epoch: int, batch: int | None, logs: Mapping[str, Any] | None) -> tuple[Path, int] | None:
        """The file of this moment and when it was written; None where there is none."""
        places = {"epoch": epoch + 1, **({} if batch is None else {"batch": batch + 1}), **(logs or {})}
        try:
            path = Path(str(self.filepath).format(**places))
            return path, path.stat().st_mtime_ns
        except (KeyError, FileNotFoundError):
            # A name that only Keras can tell, or nothing saved yet.
            return None

    def _store(self, before: tuple[Path, int] | None, after: tuple[Path, int] | None) -> None:
        run = trackio.run
        if run is not None and after is not None and after != before:
            aliases = ["latest", "best"] if self.save_best_only else ["latest"]
            run.log_artifact(str(after[0]), name=self._artifact or f"model-{run.id}", type="model", aliases=aliases)


def _named(place: str, logs: Mapping[str, Any] | None) -> dict[str, Any]:
    return {f"{place}/{name}": value for name, value in (logs or {}).items()}
