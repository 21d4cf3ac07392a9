"""scikit-learn's models, recorded."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import trackio
from trackio.errors import UsageError
from trackio.integrations import sklearn as ours

DATA, TARGET = load_iris(return_X_y=True)
X_TRAIN, X_TEST, Y_TRAIN, Y_TEST = train_test_split(DATA, TARGET, random_state=0)


def read() -> trackio.Api:
    return trackio.Api().project("p").runs()[-1]


def test_a_classifier_has_scores_and_charts() -> None:
    model = RandomForestClassifier(n_estimators=5, random_state=0).fit(X_TRAIN, Y_TRAIN)
    with trackio.init(project="p"):
        ours.log_estimator(model, X_TEST, Y_TEST, labels=["setosa", "versicolor", "virginica"])
    run = read()
    assert run.summary["accuracy_score"] == pytest.approx(model.score(X_TEST, Y_TEST))
    assert set(run.metrics()) == {"confusion_matrix", "roc", "precision_recall", "feature_importances"}
    assert run.config["sklearn"]["estimator"] == "RandomForestClassifier"
    assert run.config["sklearn"]["params"]["n_estimators"] == 5


def test_wandbs_names_do_all_at_once() -> None:
    model = RandomForestClassifier(n_estimators=5, random_state=0).fit(X_TRAIN, Y_TRAIN)
    predicted, probabilities = model.predict(X_TEST), model.predict_proba(X_TEST)
    with trackio.init(project="p"):
        ours.plot_classifier(
            model, X_TRAIN, X_TEST, Y_TRAIN, Y_TEST, predicted, probabilities, ["a", "b", "c"], log_learning_curve=True
        )
        ours.plot_regressor(Ridge().fit(X_TRAIN, Y_TRAIN), X_TRAIN, X_TEST, Y_TRAIN, Y_TEST)
        ours.plot_permutation_importances(model, X_TEST, Y_TEST)
        ours.plot_calibration_curve(LogisticRegression().fit(X_TRAIN, Y_TRAIN == 1), X_TEST, (Y_TEST == 1).astype(int))
    run = read()
    assert {"learning_curve", "class_proportions", "residuals", "calibration_curve"} <= set(run.metrics())
    assert run.summary["r2_score"] > 0.5


def test_a_regressor_a_clusterer_and_a_pipeline_are_told_apart() -> None:
    with trackio.init(project="p"):
        ours.log_estimator(make_pipeline(StandardScaler(), Ridge()).fit(X_TRAIN, Y_TRAIN), X_TEST, Y_TEST)
        ours.log_estimator(KMeans(3, n_init=1, random_state=0).fit(X_TRAIN), X_TEST)
    run = read()
    assert {"rmse", "silhouette"} <= set(run.summary)
    assert {"residuals", "clusters", "feature_importances"} <= set(run.metrics())


def test_a_search_has_a_table_of_its_candidates() -> None:
    search = GridSearchCV(LogisticRegression(max_iter=500), {"C": [0.1, 1.0]}, cv=3).fit(X_TRAIN, Y_TRAIN)
    with trackio.init(project="p"):
        ours.log_estimator(search, X_TEST, Y_TEST)
    run = read()
    assert run.summary["best_params"] == search.best_params_
    assert "search" in run.metrics()


def test_texts_as_classes_are_classes() -> None:
    names = np.array(["x", "y", "z"])
    model = LogisticRegression(max_iter=500).fit(X_TRAIN, names[Y_TRAIN])
    with trackio.init(project="p"):
        ours.log_estimator(model, X_TEST, names[Y_TEST])
    assert "confusion_matrix" in read().metrics()


def test_what_cannot_be_is_said() -> None:
    with pytest.raises(UsageError, match="init"):
        ours.log_estimator(Ridge())
    with trackio.init(project="p"), pytest.raises(UsageError, match="not fitted"):
        ours.log_estimator(Ridge(), X_TEST, Y_TEST)
