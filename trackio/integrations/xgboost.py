"""A callback for XGBoost: ``xgboost.train(..., callbacks=[TrackioCallback()])``, also with its scikit-learn classes."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import trackio
from trackio.errors import MissingExtra, UsageError
from trackio.tracking.session import demanded

try:
    from xgboost.callback import TrainingCallback
except ImportError:
    raise MissingExtra("xgboost", "xgboost") from None


class TrackioCallback(TrainingCallback):
    """Records the evaluations of every boosting round in the current run, at the round as step.

    Names are ``<data>/<metric>``, such as ``validation_0/logloss``. The config gets the booster's own settings; the
    summary gets ``best_score`` and ``best_iteration`` where early stopping found them, and the best of each metric.
    With ``log_feature_importance`` a bar chart shows what ``importance_type`` says; with ``log_model`` the model is
    stored as an artifact in XGBoost's JSON.

    Raises NoActiveRun or RunFinished when training begins without a run in progress.
    """

    def __init__(
        self,
        log_model: bool = False,
        log_feature_importance: bool = True,
        importance_type: str = "gain",
        define_metric: bool = True,
    ) -> None:
        super().__init__()
        known = ("weight", "gain", "cover", "total_gain", "total_cover")
        if importance_type not in known:
            raise UsageError(f"importance_type is one of {', '.join(known)}, not {importance_type!r}.")
        self._log_model, self._log_importance = log_model, log_feature_importance
        self._importance_type, self._define = importance_type, define_metric
        self._defined: set[str] = set()

    def before_training(self, model: Any) -> Any:
        """Record the booster's settings."""
        demanded("log").config.update({"xgboost": json.loads(model.save_config())})
        return model

    def after_iteration(self, model: Any, epoch: int, evals_log: dict[str, dict[str, Any]]) -> bool:  # noqa: ARG002
        """Record the newest evaluations; never stops the training."""
        found: dict[str, float] = {}
        for data, metrics in evals_log.items():
            for metric, values in metrics.items():
                # With cross-validation a value is a mean and its deviation.
                value = values[-1]
                mean, *deviation = value if isinstance(value, tuple) else (value,)
                found[f"{data}/{metric}"] = mean
                if deviation:
                    found[f"{data}/{metric}_std"] = deviation[0]
        run = demanded("log")
        if self._define:
            for name in found.keys() - self._defined:
                run.define_metric(name, summary="max" if _is_score(name.rpartition("/")[2]) else "min")
            self._defined |= found.keys()
        run.log(found, step=epoch)
        return False

    def after_training(self, model: Any) -> Any:
        """Record what came of it."""
        run = demanded("log")
        for name in ("best_score", "best_iteration"):
            value = model.attr(name) if hasattr(model, "attr") else None
            if value is not None:
                run.summary[name] = float(value) if name == "best_score" else int(value)
        if self._log_importance and hasattr(model, "get_score"):
            scores = sorted(model.get_score(importance_type=self._importance_type).items(), key=lambda pair: -pair[1])
            if scores:
                table = trackio.Table(columns=["feature", "importance"], data=[list(pair) for pair in scores])
                title = f"Feature importance ({self._importance_type})"
                run.log({"feature_importance": trackio.plot.bar(table, "feature", "importance", title=title)})
        if self._log_model and hasattr(model, "save_model"):
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "model.json"
                model.save_model(path)
                artifact = trackio.Artifact(f"model-{run.id}", type="model")
                artifact.add_file(str(path))
                run.log_artifact(artifact).wait()
        return model


def _is_score(metric: str) -> bool:
    """Whether more is better, by the metric's name in XGBoost."""
    return metric.partition("@")[0].rstrip("-") in ("auc", "aucpr", "map", "ndcg", "pre") or metric.startswith("acc")
