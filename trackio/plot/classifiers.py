"""How well a classifier tells classes apart.

The curves are those of scikit-learn, which need not be installed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from trackio.errors import UsageError
from trackio.media.table import Table
from trackio.plot.chart import CustomChart, plot_table

if TYPE_CHECKING:
    import numpy as np

    Array: TypeAlias = np.ndarray[Any, Any]

_AREA = "wandb/area-under-curve/v0"


def roc_curve(  # noqa: PLR0917 - as in wandb
    y_true: Sequence[Any],
    y_probas: Any = None,
    labels: Sequence[str] | None = None,
    classes_to_plot: Sequence[Any] | None = None,
    title: str = "ROC Curve",
    split_table: bool = False,
) -> CustomChart:
    """The true positive rate over the false positive rate, a line for each class.

    ``y_true`` has the class of each sample, ``y_probas`` the scores ``(samples, classes)``, in the order of the sorted
    classes; of two classes the scores of the second are enough. ``labels`` are names for classes 0, 1, 2, ...
    """
    rows: list[list[Any]] = []
    for name, is_it, scores in _one_by_one(y_true, y_probas, labels, classes_to_plot):
        false, true = rates(is_it, scores)
        rows += ([name, *pair] for pair in zip(false.round(3).tolist(), true.round(3).tolist(), strict=True))
    strings = {"title": title, "x-axis-title": "False positive rate", "y-axis-title": "True positive rate"}
    table = Table(columns=["class", "fpr", "tpr"], data=rows)
    return plot_table(_AREA, table, {"x": "fpr", "y": "tpr", "class": "class"}, strings, split_table)


def pr_curve(  # noqa: PLR0917 - as in wandb
    y_true: Sequence[Any] | None = None,
    y_probas: Any = None,
    labels: Sequence[str] | None = None,
    classes_to_plot: Sequence[Any] | None = None,
    interp_size: int = 21,
    title: str = "Precision-Recall Curve",
    split_table: bool = False,
) -> CustomChart:
    """The precision over the recall, at ``interp_size`` places, a line for each class.

    Precision is made to fall with recall. The rest is as in ``roc_curve``.
    """
    import numpy as np

    if interp_size < 2:
        raise UsageError(f"interp_size={interp_size!r}: a curve has two points or more.")
    places = np.linspace(0, 1, interp_size)[::-1]
    rows: list[list[Any]] = []
    for name, is_it, scores in _one_by_one(y_true, y_probas, labels, classes_to_plot):
        precision, recall = precision_recall(is_it, scores)
        falling = np.maximum.accumulate(precision)[::-1]
        found = falling[np.searchsorted(recall[::-1], places, side="left")].round(3)
        rows += ([name, *pair] for pair in zip(found.tolist(), places.round(3).tolist(), strict=True))
    strings = {"title": title, "x-axis-title": "Recall", "y-axis-title": "Precision"}
    table = Table(columns=["class", "precision", "recall"], data=rows)
    return plot_table(_AREA, table, {"x": "recall", "y": "precision", "class": "class"}, strings, split_table)


def confusion_matrix(  # noqa: PLR0917 - as in wandb
    probs: Any = None,
    y_true: Sequence[Any] | None = None,
    preds: Sequence[Any] | None = None,
    class_names: Sequence[str] | None = None,
    title: str = "Confusion Matrix Curve",
    split_table: bool = False,
) -> CustomChart:
    """How many samples of each class were taken for each class.

    ``preds`` has the class each was taken for, or ``probs`` its scores ``(samples, classes)``. Classes are whole
    numbers from 0 where ``class_names`` gives their names, and may be anything otherwise.
    """
    import numpy as np

    if (probs is None) == (preds is None):
        raise UsageError("confusion_matrix takes either probs= or preds=.")
    true = _flat(y_true, "y_true")
    if probs is not None:
        scores = _array(probs, "probs")
        if scores.ndim != 2 or not scores.size:
            raise UsageError(f"probs has shape {scores.shape}; it must be (samples, classes).")
        taken = scores.argmax(axis=1).tolist()
    else:
        taken = _flat(preds, "preds")
    if len(taken) != len(true):
        raise UsageError(f"{len(taken)} predictions go with as many samples, not with {len(true)}.")
    names = _names(true, taken, class_names)
    place = {value: number for number, value in enumerate(names)}
    counts = np.zeros((len(names), len(names)), np.int64)
    np.add.at(counts, ([place[value] for value in true], [place[value] for value in taken]), 1)
    shown = list(names.values())
    rows = [[one, two, int(counts[i, j])] for i, one in enumerate(shown) for j, two in enumerate(shown)]
    table = Table(columns=["Actual", "Predicted", "nPredictions"], data=rows)
    fields = {name: name for name in ("Actual", "Predicted", "nPredictions")}
    return plot_table("wandb/confusion_matrix/v1", table, fields, {"title": title}, split_table)


def rates(is_it: Array, scores: Array) -> tuple[Array, Array]:
    """False and true positive rate at each threshold that bends the curve, from the highest, which nothing reaches.

    As ``sklearn.metrics.roc_curve``; a rate of nothing is NaN.
    """
    import numpy as np

    false, true = _positives(is_it, scores)
    if len(false) > 2:
        bends = np.logical_or(np.diff(false, 2), np.diff(true, 2))
        kept = np.concatenate(([True], bends, [True]))
        false, true = false[kept], true[kept]
    false, true = np.concatenate(([0], false)), np.concatenate(([0], true))
    with np.errstate(invalid="ignore"):
        return false / false[-1], true / true[-1]


def precision_recall(is_it: Array, scores: Array) -> tuple[Array, Array]:
    """Precision and recall at each threshold, from the lowest, and at last 1 and 0.

    As ``sklearn.metrics.precision_recall_curve``.
    """
    import numpy as np

    false, true = _positives(is_it, scores)
    precision = true / np.maximum(false + true, 1)
    recall = true / true[-1] if true[-1] else np.ones_like(true, np.float64)
    return np.concatenate((precision[::-1], [1.0])), np.concatenate((recall[::-1], [0.0]))


def _positives(is_it: Array, scores: Array) -> tuple[Array, Array]:
    """How many samples, that are not of the class and that are, score as high as each threshold."""
    import numpy as np

    order = np.argsort(-scores, kind="stable")
    ordered, hits = scores[order], is_it[order]
    ends = np.concatenate((np.flatnonzero(np.diff(ordered)), [len(ordered) - 1]))
    true = np.cumsum(hits)[ends]
    return 1 + ends - true, true


def _one_by_one(
    y_true: Any, y_probas: Any, labels: Sequence[str] | None, classes_to_plot: Iterable[Any] | None
) -> Iterable[tuple[Any, Array, Array]]:
    """Name, truth and scores of each class."""
    import numpy as np

    true = np.array(_flat(y_true, "y_true"))
    scores = _array(y_probas, "y_probas")
    classes = np.unique(true)
    if scores.ndim == 1:
        scores = np.stack([1 - scores, scores], axis=1)
    if scores.ndim != 2 or len(scores) != len(true) or not len(true):
        raise UsageError(
            f"y_probas has shape {scores.shape}; for {len(true)} samples it must be ({len(true)}, classes)."
        )
    if scores.shape[1] < len(classes):
        raise UsageError(f"y_probas has scores of {scores.shape[1]} classes; y_true has {len(classes)}.")
    if not np.isfinite(scores).all():
        raise UsageError("y_probas has values that are no numbers.")
    wanted = None if classes_to_plot is None else set(_flat(classes_to_plot, "classes_to_plot"))
    for place, value in enumerate(classes.tolist()):
        if wanted is None or value in wanted:
            yield _label(value, labels), true == value, scores[:, place]


def _label(value: Any, labels: Sequence[str] | None) -> Any:
    if labels is None or isinstance(value, bool) or not isinstance(value, int):
        return value
    if not 0 <= value < len(labels):
        raise UsageError(f"labels has {len(labels)} names; there is none for class {value}.")
    return labels[value]


def _names(true: list[Any], taken: list[Any], class_names: Sequence[str] | None) -> dict[Any, str]:
    """The name of each class, in their order."""
    found = {*true, *taken}
    try:
        ordered = sorted(found)
    except TypeError:
        ordered = sorted(found, key=str)
    if class_names is None:
        # Numbers are counted from one, as in wandb.
        return {v: v if isinstance(v, str) else f"Class_{number + 1}" for number, v in enumerate(ordered)}
    names = [str(name) for name in class_names]
    if found <= set(names):
        return {name: name for name in names}
    for value in ordered:
        if value not in range(len(names)):
            raise UsageError(f"class_names has {len(names)} names; there is none for class {value!r}.")
    return dict(enumerate(names))


def _flat(values: Any, what: str) -> list[Any]:
    if values is None:
        raise UsageError(f"{what} is missing.")
    found: list[Any] = _array(values, what).ravel().tolist()
    return found


def _array(values: Any, what: str) -> Array:
    import numpy as np

    if values is None:
        raise UsageError(f"{what} is missing.")
    if hasattr(values, "detach"):
        # torch's; half precision has no numpy.
        values = values.detach().cpu()
        values = (values.double() if values.is_floating_point() else values).numpy()
    try:
        return np.asarray(values)
    except ValueError as error:
        raise UsageError(f"{what} is no array: {error}.") from error
