"""Charts and scores of scikit-learn's models, in the current run.

``log_estimator`` records what suits the model; each function beside it records one thing. The functions of
``wandb.sklearn`` are here under their names.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import trackio
from trackio.errors import MissingExtra, UsageError
from trackio.tracking.session import demanded

try:
    import numpy as np
    import sklearn
    from sklearn import base, inspection, metrics, model_selection
except ImportError:
    raise MissingExtra("scikit-learn", "sklearn") from None

MOST_FEATURES = 50
MOST_ROWS = 1000
"""Of a scatter plot; an even choice of more."""


def log_estimator(
    model: Any,
    X_test: Any = None,  # noqa: N803 - as scikit-learn names them
    y_test: Any = None,
    *,
    X_train: Any = None,  # noqa: N803
    y_train: Any = None,
    labels: Sequence[str] | None = None,
    feature_names: Sequence[str] | None = None,
) -> None:
    """Record a model: its parameters as config, its scores on test data in the summary, and charts that fit its kind.

    A search (``GridSearchCV`` and the like) gives a table of its candidates and is then recorded by its best model. The
    last step of a pipeline decides the kind. Training data are only needed for a learning curve.

    Raises NoActiveRun or RunFinished without a run in progress, UsageError for a model that is not fitted.
    """
    demanded("log")
    if hasattr(model, "cv_results_"):
        plot_search(model)
        model = getattr(model, "best_estimator_", model)
    log_parameters(model)
    if X_test is not None:
        if base.is_classifier(model):
            plot_classifier_results(model, X_test, y_test, labels=labels)
        elif base.is_regressor(model):
            plot_regressor_results(model, X_test, y_test)
        elif hasattr(model, "labels_") or base.is_clusterer(model):
            plot_clusterer(model, X_test)
    plot_feature_importances(model, feature_names)
    if X_train is not None and y_train is not None:
        plot_learning_curve(model, X_train, y_train)


def log_parameters(model: Any) -> None:
    """Record a model's class and parameters as config, those of a pipeline's steps with them."""
    parameters = {
        name: value if _is_plain(value) else repr(value) for name, value in sorted(model.get_params(deep=True).items())
    }
    demanded("log").config.update(
        {"sklearn": {"estimator": type(model).__name__, "version": sklearn.__version__, "params": parameters}},
        allow_val_change=True,
    )


def plot_classifier_results(model: Any, X_test: Any, y_test: Any, *, labels: Sequence[str] | None = None) -> None:  # noqa: N803
    """Record accuracy, F1, precision and recall, the confusion matrix and, with probabilities, ROC and PR curves."""
    predicted = _predict(model, X_test)
    plot_summary_metrics(model, X_test=X_test, y_test=y_test)
    plot_confusion_matrix(y_test, predicted, labels)
    if hasattr(model, "predict_proba"):
        probabilities = model.predict_proba(X_test)
        plot_roc(y_test, probabilities, labels)
        plot_precision_recall(y_test, probabilities, labels)


def plot_regressor_results(model: Any, X_test: Any, y_test: Any) -> None:  # noqa: N803
    """Record R2, MAE, MSE and RMSE, and the residuals over the predictions."""
    plot_summary_metrics(model, X_test=X_test, y_test=y_test)
    plot_residuals(model, X_test, y_test)


def plot_classifier(  # noqa: PLR0917 - as wandb has them
    model: Any,
    X_train: Any,  # noqa: N803
    X_test: Any,  # noqa: N803
    y_train: Any,
    y_test: Any,
    y_pred: Any = None,
    y_probas: Any = None,
    labels: Sequence[str] | None = None,
    is_binary: bool = False,
    model_name: str = "Classifier",
    feature_names: Sequence[str] | None = None,
    log_learning_curve: bool = False,
) -> None:
    """``wandb.sklearn.plot_classifier``: everything that is known of a classifier."""
    del y_pred, y_probas, is_binary
    demanded("log").config.update({"model_name": model_name}, allow_val_change=True)
    training = {"X_train": X_train, "y_train": y_train} if log_learning_curve else {}
    log_estimator(model, X_test, y_test, labels=labels, feature_names=feature_names, **training)
    plot_class_proportions(y_train, y_test, labels)


def plot_regressor(  # noqa: PLR0917 - as wandb has them
    model: Any,
    X_train: Any,  # noqa: N803
    X_test: Any,  # noqa: N803
    y_train: Any,
    y_test: Any,
    model_name: str = "Regressor",
) -> None:
    """``wandb.sklearn.plot_regressor``: everything that is known of a regressor."""
    demanded("log").config.update({"model_name": model_name}, allow_val_change=True)
    log_estimator(model, X_test, y_test, X_train=X_train, y_train=y_train)


def plot_clusterer(
    model: Any,
    X_train: Any,  # noqa: N803
    cluster_labels: Any = None,
    labels: Sequence[str] | None = None,
    model_name: str = "Clusterer",
) -> None:
    """Record how large the clusters are and how well they part: silhouette, Calinski-Harabasz and Davies-Bouldin."""
    del labels
    run = demanded("log")
    run.config.update({"model_name": model_name}, allow_val_change=True)
    found = np.asarray(cluster_labels if cluster_labels is not None else _predict(model, X_train))
    names, counts = np.unique(found, return_counts=True)
    rows = [[str(name), int(count)] for name, count in zip(names, counts, strict=True)]
    table = trackio.Table(columns=["cluster", "samples"], data=rows)
    run.log({"clusters": trackio.plot.bar(table, "cluster", "samples", title="Cluster sizes")})
    if 1 < len(names) < len(found):
        run.summary["silhouette"] = float(metrics.silhouette_score(X_train, found))
        run.summary["calinski_harabasz"] = float(metrics.calinski_harabasz_score(X_train, found))
        run.summary["davies_bouldin"] = float(metrics.davies_bouldin_score(X_train, found))


def plot_summary_metrics(
    model: Any = None,
    X: Any = None,  # noqa: N803
    y: Any = None,
    X_test: Any = None,  # noqa: N803
    y_test: Any = None,
) -> None:
    """Record the usual scores of a model on its test data in the summary."""
    del X, y
    predicted = _predict(model, X_test)
    summary = demanded("log").summary
    if base.is_regressor(model):
        error = float(metrics.mean_squared_error(y_test, predicted))
        found = {
            "r2_score": float(metrics.r2_score(y_test, predicted)),
            "mae": float(metrics.mean_absolute_error(y_test, predicted)),
            "mse": error,
            "rmse": error**0.5,
        }
    else:
        options: dict[str, Any] = {"average": "weighted", "zero_division": 0}
        found = {
            "accuracy_score": float(metrics.accuracy_score(y_test, predicted)),
            "f1_score": float(metrics.f1_score(y_test, predicted, **options)),
            "precision": float(metrics.precision_score(y_test, predicted, **options)),
            "recall": float(metrics.recall_score(y_test, predicted, **options)),
        }
    summary.update(found)


def plot_confusion_matrix(y_true: Any, y_pred: Any, labels: Sequence[str] | None = None) -> None:
    """Record how often each class was taken for each."""
    known = np.unique(np.concatenate([np.asarray(y_true), np.asarray(y_pred)]))
    place = {value: number for number, value in enumerate(known.tolist())}
    names = [str(name) for name in (labels if labels is not None and len(labels) == len(known) else known)]
    chart = trackio.plot.confusion_matrix(
        y_true=[place[value] for value in np.asarray(y_true).tolist()],
        preds=[place[value] for value in np.asarray(y_pred).tolist()],
        class_names=names,
    )
    demanded("log").log({"confusion_matrix": chart})


def plot_roc(
    y_true: Any, y_probas: Any, labels: Sequence[str] | None = None, classes_to_plot: Sequence[Any] | None = None
) -> None:
    """Record the ROC curve of each class, and of those in ``classes_to_plot`` alone if given."""
    demanded("log").log(
        {"roc": trackio.plot.roc_curve(y_true, y_probas, labels=labels, classes_to_plot=classes_to_plot)}
    )


def plot_precision_recall(
    y_true: Any, y_probas: Any, labels: Sequence[str] | None = None, classes_to_plot: Sequence[Any] | None = None
) -> None:
    """Record the precision-recall curve of each class."""
    chart = trackio.plot.pr_curve(y_true, y_probas, labels=labels, classes_to_plot=classes_to_plot)
    demanded("log").log({"precision_recall": chart})


def plot_feature_importances(model: Any, feature_names: Sequence[str] | None = None, **_: Any) -> None:
    """Record which features count most, where the model, or the last step of a pipeline, tells."""
    last = model[-1] if hasattr(model, "steps") else model
    found = getattr(last, "feature_importances_", None)
    if found is None and getattr(last, "coef_", None) is not None:
        found = np.abs(np.atleast_2d(last.coef_)).mean(axis=0)
    if found is None:
        return
    known = feature_names if feature_names is not None else getattr(last, "feature_names_in_", None)
    names = [str(name) for name in known] if known is not None else [f"feature {k}" for k in range(len(found))]
    if len(names) != len(found):
        raise UsageError(f"There are {len(found)} features and {len(names)} names.")
    pairs = zip(names, map(float, found), strict=True)
    rows: list[list[Any]] = sorted(map(list, pairs), key=lambda pair: -float(pair[1]))
    table = trackio.Table(columns=["feature", "importance"], data=rows[:MOST_FEATURES])
    chart = trackio.plot.bar(table, "feature", "importance", title="Feature importance")
    demanded("log").log({"feature_importances": chart})


def plot_permutation_importances(model: Any, X: Any, y: Any, feature_names: Sequence[str] | None = None) -> None:  # noqa: N803
    """Record how much worse the model gets when a feature is shuffled, for models that do not tell themselves."""
    found = inspection.permutation_importance(model, X, y, n_repeats=5, random_state=0).importances_mean
    names = feature_names if feature_names is not None else [f"feature {k}" for k in range(len(found))]
    pairs = zip(map(str, names), map(float, found), strict=True)
    rows: list[list[Any]] = sorted(map(list, pairs), key=lambda pair: -float(pair[1]))
    table = trackio.Table(columns=["feature", "importance"], data=rows[:MOST_FEATURES])
    chart = trackio.plot.bar(table, "feature", "importance", title="Permutation importance")
    demanded("log").log({"permutation_importances": chart})


def plot_learning_curve(  # noqa: PLR0917 - as wandb has them
    model: Any,
    X: Any,  # noqa: N803
    y: Any,
    cv: Any = None,
    shuffle: bool = False,
    random_state: int | None = None,
    train_sizes: Any = None,
    n_jobs: int = 1,
    scoring: Any = None,
) -> None:
    """Record the scores of the model, trained anew on ever more of the data."""
    sizes, train, test = model_selection.learning_curve(
        base.clone(model),
        X,
        y,
        cv=cv,
        shuffle=shuffle,
        random_state=random_state,
        train_sizes=np.linspace(0.2, 1.0, 5) if train_sizes is None else train_sizes,
        n_jobs=n_jobs,
        scoring=scoring,
    )
    chart = trackio.plot.line_series(
        xs=[float(size) for size in sizes],
        ys=[train.mean(axis=1).tolist(), test.mean(axis=1).tolist()],
        keys=["train", "validation"],
        title="Learning curve",
        xname="training samples",
    )
    demanded("log").log({"learning_curve": chart})


def plot_class_proportions(y_train: Any, y_test: Any, labels: Sequence[str] | None = None) -> None:
    """Record how many samples of each class there are, in the training and in the test data."""
    known = np.unique(np.concatenate([np.asarray(y_train), np.asarray(y_test)]))
    names = labels if labels is not None and len(labels) == len(known) else known
    rows = [
        [str(name), data, int(np.sum(np.asarray(values) == value))]
        for name, value in zip(names, known, strict=True)
        for data, values in (("train", y_train), ("test", y_test))
    ]
    demanded("log").log({"class_proportions": trackio.Table(columns=["class", "data", "samples"], data=rows)})


def plot_calibration_curve(clf: Any, X: Any, y: Any, clf_name: str = "Classifier") -> None:  # noqa: N803
    """Record how often what a binary classifier says with a probability is so."""
    from sklearn.calibration import calibration_curve

    share, said = calibration_curve(y, clf.predict_proba(X)[:, 1], n_bins=10)
    table = trackio.Table(columns=["said", "observed"], data=np.column_stack([said, share]).tolist())
    chart = trackio.plot.line(table, "said", "observed", title=f"Calibration of {clf_name}")
    demanded("log").log({"calibration_curve": chart})


def plot_residuals(regressor: Any, X: Any, y: Any) -> None:  # noqa: N803
    """Record what a regressor misses, over what it predicts."""
    predicted = np.asarray(_predict(regressor, X), dtype=float).ravel()
    missed = np.asarray(y, dtype=float).ravel() - predicted
    some = np.unique(np.linspace(0, len(missed) - 1, min(len(missed), MOST_ROWS)).astype(int))
    table = trackio.Table(columns=["predicted", "residual"], data=np.column_stack([predicted, missed])[some].tolist())
    demanded("log").log({"residuals": trackio.plot.scatter(table, "predicted", "residual", title="Residuals")})


def plot_search(search: Any) -> None:
    """Record the candidates of a ``GridSearchCV`` and the like as a table, and the best one."""
    found = search.cv_results_
    columns = [name for name in found if name.startswith("param_") or name in ("mean_test_score", "std_test_score")]
    rows = [[_cell(found[name][place]) for name in columns] for place in range(len(found["params"]))]
    run = demanded("log")
    run.log({"search": trackio.Table(columns=columns, data=rows, allow_mixed_types=True)})
    if hasattr(search, "best_params_"):
        run.summary.update({"best_score": float(search.best_score_), "best_params": dict(search.best_params_)})


def _predict(model: Any, X: Any) -> Any:  # noqa: N803
    from sklearn.exceptions import NotFittedError

    if not hasattr(model, "predict") and hasattr(model, "labels_"):
        return model.labels_
    try:
        return model.predict(X)
    except NotFittedError as error:
        raise UsageError(f"{type(model).__name__} is not fitted yet: call fit() first.") from error


def _cell(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    return value if _is_plain(value) else repr(value)


def _is_plain(value: Any) -> bool:
    return value is None or isinstance(value, (bool, int, float, str, list, tuple, dict))
