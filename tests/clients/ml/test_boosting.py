"""XGBoost and LightGBM with our callbacks."""

from __future__ import annotations

from pathlib import Path

import lightgbm
import numpy as np
import pytest
import xgboost

import trackio
from trackio.errors import UsageError
from trackio.integrations.lightgbm import log_summary, trackio_callback
from trackio.integrations.xgboost import TrackioCallback

RANDOM = np.random.default_rng(0)
X = RANDOM.random((80, 4))
Y = (X[:, 0] + X[:, 1] > 1).astype(int)


def read() -> trackio.Api:
    return trackio.Api().project("p").runs()[-1]


def test_xgboost_rounds_are_steps(tmp_path: Path) -> None:
    with trackio.init(project="p"):
        data = xgboost.DMatrix(X, label=Y, feature_names=["a", "b", "c", "d"])
        xgboost.train(
            {"objective": "binary:logistic", "eval_metric": ["logloss", "auc"]},
            data,
            num_boost_round=8,
            evals=[(data, "train"), (data, "valid")],
            callbacks=[TrackioCallback(log_model=True)],
            verbose_eval=False,
        )
    run = read()
    assert run.metric("valid/logloss").step.tolist() == list(range(8))
    assert run.summary["valid/logloss"]["min"] == min(run.metric("valid/logloss").value)
    assert run.summary["valid/auc"]["max"] == max(run.metric("valid/auc").value)
    assert run.config["xgboost"]["learner"]["objective"]["name"] == "binary:logistic"
    assert "feature_importance" in run.metrics()
    artifact = trackio.Api().artifact(f"p/model-{run.id}:latest")
    loaded = xgboost.Booster(model_file=str(Path(artifact.download(root=str(tmp_path / "out"))) / "model.json"))
    assert loaded.num_boosted_rounds() == 8


def test_xgboost_early_stopping_and_its_scikit_learn_classes() -> None:
    with trackio.init(project="p"):
        model = xgboost.XGBClassifier(n_estimators=50, early_stopping_rounds=3, callbacks=[TrackioCallback()])
        model.fit(X[:60], Y[:60], eval_set=[(X[60:], Y[60:])], verbose=False)
    run = read()
    assert run.summary["best_iteration"] == model.best_iteration
    assert run.summary["best_score"] == pytest.approx(model.best_score)
    assert "validation_0/logloss" in run.metrics()


def test_xgboost_cross_validation_has_means_and_deviations() -> None:
    with trackio.init(project="p"):
        data = xgboost.DMatrix(X, label=Y)
        callback = TrackioCallback(log_feature_importance=False)
        # A cross-validation has several boosters, which have no one config.
        callback.before_training = lambda model: model  # type: ignore[method-assign]
        xgboost.cv({"objective": "binary:logistic"}, data, num_boost_round=3, nfold=2, callbacks=[callback])
    assert {"test/logloss", "test/logloss_std"} <= set(read().metrics())


def test_lightgbm_rounds_are_steps_and_its_summary_is_kept(tmp_path: Path) -> None:
    with trackio.init(project="p"):
        data = lightgbm.Dataset(X, label=Y)
        model = lightgbm.train(
            {"objective": "binary", "metric": ["binary_logloss", "auc"], "verbose": -1, "min_data_in_leaf": 5},
            data,
            num_boost_round=6,
            valid_sets=[data],
            valid_names=["valid"],
            callbacks=[trackio_callback()],
        )
        log_summary(model, save_model_checkpoint=True)
    run = read()
    assert run.metric("valid/auc").step.tolist() == list(range(6))
    assert run.summary["valid/binary_logloss"]["min"] == min(run.metric("valid/binary_logloss").value)
    assert run.config["lightgbm"]["objective"] == "binary"
    assert "feature_importance" in run.metrics()
    folder = trackio.Api().artifact(f"p/model-{run.id}:latest").download(root=str(tmp_path / "out"))
    assert lightgbm.Booster(model_file=str(Path(folder) / "model.txt")).num_trees() == 6


def test_lightgbm_scikit_learn_classes_cross_validation_and_early_stopping() -> None:
    with trackio.init(project="p"):
        model = lightgbm.LGBMClassifier(n_estimators=30, verbose=-1, min_child_samples=5)
        callbacks = [trackio_callback(), lightgbm.early_stopping(3, verbose=False)]
        model.fit(X[:60], Y[:60], eval_set=[(X[60:], Y[60:])], callbacks=callbacks)
        log_summary(model)
        data = lightgbm.Dataset(X, label=Y)
        settings = {"objective": "binary", "verbose": -1, "min_data_in_leaf": 5}
        lightgbm.cv(settings, data, num_boost_round=3, nfold=2, callbacks=[trackio_callback()])
    run = read()
    assert run.summary["best_iteration"] == model.best_iteration_
    assert {"valid_0/binary_logloss", "valid/binary_logloss", "valid/binary_logloss_std"} <= set(run.metrics())


def test_a_callback_without_a_run_says_what_to_do() -> None:
    with pytest.raises(UsageError, match="init"):
        xgboost.train({}, xgboost.DMatrix(X, label=Y), callbacks=[TrackioCallback()])
    with pytest.raises(UsageError, match="importance_type"):
        TrackioCallback(importance_type="beauty")
