"""A callback for LightGBM: ``lightgbm.train(..., callbacks=[trackio_callback()])``, or its classes of scikit-learn."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import trackio
from trackio.tracking.session import demanded


def trackio_callback(log_params: bool = True, define_metric: bool = True) -> Callable[[Any], None]:
    """Record the evaluations of every boosting round in the current run, at the round as step.

    Names are ``<data>/<metric>``, such as ``valid_0/l2``; with cross-validation also ``<data>/<metric>_std``. The
    config gets the parameters. ``define_metric`` makes the summary hold the best of each metric.

    The callback raises NoActiveRun or RunFinished when training begins without a run in progress.
    """
    defined: set[str] = set()
    is_new = True

    def callback(env: Any) -> None:
        nonlocal is_new
        run = demanded("log")
        if is_new and log_params:
            run.config.update({"lightgbm": env.params}, allow_val_change=True)
        is_new = False
        found: dict[str, float] = {}
        for data, metric, value, is_higher_better, *deviation in env.evaluation_result_list or ():
            # Cross-validation puts the data's name before the metric's.
            name = metric.replace(" ", "/") if data == "cv_agg" else f"{data}/{metric}"
            found[name] = value
            if deviation:
                found[f"{name}_std"] = deviation[0]
            if define_metric and name not in defined:
                run.define_metric(name, summary="max" if is_higher_better else "min")
                defined.add(name)
        if found:
            run.log(found, step=env.iteration)

    # Before early stopping, which ends a round by an exception; after the parameters were reset.
    callback.order = 20  # type: ignore[attr-defined]
    return callback


def log_summary(model: Any, feature_importance: bool = True, save_model_checkpoint: bool = False) -> None:
    """Record what a trained model came to: its best round and scores, a chart of its features, and itself.

    ``model`` is a Booster, or a scikit-learn class of LightGBM. With ``save_model_checkpoint`` it is stored as an
    artifact in LightGBM's text form. Raises NoActiveRun or RunFinished without a run in progress.
    """
    run = demanded("log")
    booster = getattr(model, "booster_", model)
    if booster.best_iteration > 0:
        run.summary["best_iteration"] = booster.best_iteration
    for data, metrics in (booster.best_score or {}).items():
        for metric, value in metrics.items():
            run.summary[f"best/{data}/{metric}"] = float(value)
    if feature_importance:
        pairs = zip(booster.feature_name(), map(float, booster.feature_importance()), strict=True)
        rows = sorted(map(list, pairs), key=lambda pair: -float(pair[1]))
        table = trackio.Table(columns=["feature", "importance"], data=rows)
        run.log({"feature_importance": trackio.plot.bar(table, "feature", "importance", title="Feature importance")})
    if save_model_checkpoint:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model.txt"
            booster.save_model(str(path))
            artifact = trackio.Artifact(f"model-{run.id}", type="model")
            artifact.add_file(str(path))
            run.log_artifact(artifact).wait()
