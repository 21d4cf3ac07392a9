"""A logger for Lightning: ``Trainer(logger=TrackioLogger(project="mnist"))``.

Works with ``lightning`` and with ``pytorch_lightning``, whichever is installed.
"""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import trackio
from trackio.errors import MissingExtra, UsageError

try:
    from lightning.pytorch.loggers.logger import Logger, rank_zero_experiment
    from lightning.pytorch.loggers.utilities import _scan_checkpoints
    from lightning.pytorch.utilities import rank_zero_only
except ImportError:
    try:
        from pytorch_lightning.loggers.logger import Logger, rank_zero_experiment
        from pytorch_lightning.loggers.utilities import _scan_checkpoints
        from pytorch_lightning.utilities import rank_zero_only
    except ImportError:
        raise MissingExtra("lightning", "lightning") from None


class TrackioLogger(Logger):
    """Records what ``self.log`` and the Trainer log, at the Trainer's own steps.

    ``project``, ``name``, ``id`` (or ``version``) and all other arguments of ``trackio.init`` are passed on. The run
    begins with the first access to ``experiment``; it ends with each ``fit``, ``test`` or ``predict`` and goes on with
    the next. A run in progress, or the one given as ``experiment``, is used as it is and left open.

    ``log_model=True`` stores the checkpoints that are left at the end as versions of an artifact, ``"all"`` each one as
    it is saved. ``prefix`` is put before every name, with a ``/``. Only rank zero records.
    """

    LOGGER_JOIN_CHAR = "/"

    def __init__(
        self,
        name: str | None = None,
        project: str | None = None,
        *,
        id: str | None = None,  # noqa: A002 - as trackio.init has it
        version: str | None = None,
        save_dir: str | Path | None = None,
        log_model: Literal["all"] | bool = False,
        checkpoint_name: str | None = None,
        prefix: str = "",
        experiment: trackio.Run | None = None,
        **init: Any,
    ) -> None:
        super().__init__()
        self._init: dict[str, Any] = {"project": project, "name": name, "resume": "allow", **init}
        self._id = id or version
        self._save_dir = None if save_dir is None else str(save_dir)
        self._log_model, self._checkpoint_name, self._prefix = log_model, checkpoint_name, prefix
        self._experiment = experiment
        self._is_own = experiment is None
        self._logged: dict[str, float] = {}
        self._checkpoints: dict[int, Any] = {}

    @property
    @rank_zero_experiment
    def experiment(self) -> trackio.Run:
        """The run, begun when there is none yet; on other ranks something that takes every call and does nothing."""
        if self._experiment is not None and (not self._is_own or not self._experiment.is_finished):
            return self._experiment
        current = trackio.run
        if self._id is None and current is not None and self._fits(current):
            self._experiment, self._is_own = current, False
        else:
            self._experiment, self._is_own = trackio.init(**self._init, id=self._id), True
        self._id = self._experiment.id
        return self._experiment

    def _fits(self, run: trackio.Run) -> bool:
        return self._init["project"] in (None, run.project) and self._init["name"] in (None, run.name)

    @rank_zero_only
    def log_metrics(self, metrics: Mapping[str, Any], step: int | None = None) -> None:
        """Record metrics, or anything else that ``log`` takes, at a step."""
        self.experiment.log({self._named(name): value for name, value in metrics.items()}, step=step)

    @rank_zero_only
    def log_hyperparams(self, params: Mapping[str, Any] | Namespace | None = None, *_: Any, **more: Any) -> None:
        """Record hyperparameters as config."""
        given = vars(params) if isinstance(params, Namespace) else dict(params or {})
        self.experiment.config.update({**given, **more}, allow_val_change=True)

    @rank_zero_only
    def log_image(self, key: str, images: Sequence[Any], step: int | None = None, **each: Sequence[Any]) -> None:
        """Record images: arrays, tensors, PIL images or paths; with a list of each option, as ``caption=["a"]``."""
        self._log_list(key, trackio.Image, images, step, each)

    @rank_zero_only
    def log_audio(self, key: str, audios: Sequence[Any], step: int | None = None, **each: Sequence[Any]) -> None:
        """Record sounds: arrays or paths, with a list of each option, such as ``sample_rate=[16000]``."""
        self._log_list(key, trackio.Audio, audios, step, each)

    @rank_zero_only
    def log_video(self, key: str, videos: Sequence[Any], step: int | None = None, **each: Sequence[Any]) -> None:
        """Record videos: arrays or paths, with a list of each option, such as ``fps=[4]``."""
        self._log_list(key, trackio.Video, videos, step, each)

    @rank_zero_only
    def log_table(
        self,
        key: str,
        columns: Sequence[str] | None = None,
        data: Sequence[Sequence[Any]] | None = None,
        dataframe: Any = None,
        step: int | None = None,
    ) -> None:
        """Record a table, of columns and rows or of a DataFrame."""
        self.log_metrics({key: trackio.Table(columns=columns, data=data, dataframe=dataframe)}, step)

    log_text = log_table

    def watch(self, model: Any, log: Any = "gradients", log_freq: int = 100, log_graph: bool = False) -> None:
        """Record histograms of the model's gradients or parameters as it trains."""
        self.experiment.watch(model, log=log, log_freq=log_freq, log_graph=log_graph)

    def use_artifact(self, artifact: str, artifact_type: str | None = None) -> Any:
        """An artifact by name, noted as used by this run."""
        return self.experiment.use_artifact(artifact, type=artifact_type)

    def after_save_checkpoint(self, checkpoint_callback: Any) -> None:
        """Called by Lightning whenever a checkpoint was saved."""
        if self._log_model == "all" or (self._log_model is True and checkpoint_callback.save_top_k == -1):
            self._store(checkpoint_callback)
        elif self._log_model is True:
            self._checkpoints[id(checkpoint_callback)] = checkpoint_callback

    @rank_zero_only
    def finalize(self, status: str) -> None:
        """Called by Lightning when ``fit`` and the like end, also in an error."""
        run = self._experiment
        if run is None or run.is_finished:
            return
        if status in ("success", "finished"):
            for callback in self._checkpoints.values():
                self._store(callback)
            self._checkpoints.clear()
        if self._is_own:
            run.finish(status="finished" if status in ("success", "finished") else "failed")

    @property
    def name(self) -> str | None:
        """The project's name: the folder of checkpoints, as Lightning wants it."""
        return self._init["project"] or (None if self._experiment is None else self._experiment.project)

    @property
    def version(self) -> str | None:
        """The run's id, as far as it is known."""
        return self._id

    @property
    def save_dir(self) -> str | None:
        """Where Lightning puts checkpoints, if told."""
        return self._save_dir

    def __getstate__(self) -> dict[str, Any]:
        # Workers that are spawned go on with the same run.
        return {**self.__dict__, "_experiment": None, "_is_own": True, "_id": self._id, "_checkpoints": {}}

    def _named(self, name: str) -> str:
        return f"{self._prefix}{self.LOGGER_JOIN_CHAR}{name}" if self._prefix else name

    def _log_list(self, key: str, kind: Any, values: Sequence[Any], step: int | None, each: Mapping[str, Any]) -> None:
        if not isinstance(values, (list, tuple)):
            raise UsageError(f"{key!r} needs a list, not {type(values).__name__}.")
        for option, given in each.items():
            if len(given) != len(values):
                raise UsageError(f"{key!r} has {len(values)} items and {len(given)} values of {option}.")
        options = [{option: given[place] for option, given in each.items()} for place in range(len(values))]
        self.log_metrics({key: [kind(value, **one) for value, one in zip(values, options, strict=True)]}, step)

    def _store(self, callback: Any) -> None:
        """Log checkpoints that were not logged yet."""
        for saved_at, path, score, _ in _scan_checkpoints(callback, self._logged):
            artifact = trackio.Artifact(
                self._checkpoint_name or f"model-{self.experiment.id}",
                type="model",
                metadata={
                    "score": None if score is None else float(score),
                    "original_filename": Path(path).name,
                    "monitor": callback.monitor,
                    "mode": callback.mode,
                    "save_top_k": callback.save_top_k,
                },
            )
            artifact.add_file(path, name="model.ckpt")
            is_best = str(path) == str(callback.best_model_path)
            self.experiment.log_artifact(artifact, aliases=["latest", "best"] if is_best else ["latest"])
            self._logged[path] = saved_at
