"""Keras with our callbacks, on its torch backend."""

from __future__ import annotations

import os

os.environ["KERAS_BACKEND"] = "torch"

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

import trackio
from trackio.errors import UsageError
from trackio.integrations.keras import TrackioMetricsLogger, TrackioModelCheckpoint

X, Y = np.random.default_rng(0).random((16, 3)), np.zeros((16, 1))


@pytest.fixture
def model() -> Any:
    found = keras.Sequential([keras.layers.Input((3,)), keras.layers.Dense(1)])
    found.compile(optimizer=keras.optimizers.SGD(0.1), loss="mse", metrics=["mae"])
    return found


def fit(model: Any, *callbacks: Any, epochs: int = 3) -> None:
    model.fit(X, Y, epochs=epochs, batch_size=4, validation_data=(X, Y), verbose=0, callbacks=list(callbacks))


def test_epochs_are_recorded(model: Any, points: Any) -> None:
    with trackio.init(project="p"):
        fit(model, TrackioMetricsLogger())
    run = trackio.Api().project("p").runs()[-1]
    assert [value for _, value in points("p", "epoch/epoch")] == [0, 1, 2]
    assert {"epoch/loss", "epoch/val_loss", "epoch/mae", "epoch/learning_rate"} <= set(run.metrics())
    assert run.metric("epoch/learning_rate").value[0] == pytest.approx(0.1)
    assert (run.config["keras"]["epochs"], run.config["keras"]["parameters"]) == (3, 4)
    assert run.config["keras"]["optimizer"]["name"] == "sgd"


@pytest.mark.parametrize(("freq", "steps"), [("batch", list(range(8))), (2, [0, 2, 4, 6])])
def test_batches_go_on_over_epochs(model: Any, points: Any, freq: Any, steps: list[int]) -> None:
    with trackio.init(project="p"):
        fit(model, TrackioMetricsLogger(log_freq=freq), epochs=2)
    assert [value for _, value in points("p", "batch/batch_step")] == steps


def test_without_a_run_it_begins_and_ends_one(model: Any) -> None:
    fit(model, TrackioMetricsLogger(project="p", name="own"))
    [run] = trackio.Api().project("p").runs()
    assert (run.name, run.status, trackio.run) == ("own", "finished", None)


def test_evaluate_is_recorded(model: Any) -> None:
    with trackio.init(project="p"):
        model.evaluate(X, Y, verbose=0, callbacks=[TrackioMetricsLogger()])
    model.evaluate(X, Y, verbose=0, callbacks=[TrackioMetricsLogger(project="alone")])
    for project in ("p", "alone"):
        [run] = trackio.Api().project(project).runs()
        assert set(run.metrics()) == {"eval/loss", "eval/mae"}


def test_saved_models_become_versions(model: Any, tmp_path: Path) -> None:
    with trackio.init(project="p"):
        checkpoint = TrackioModelCheckpoint(str(tmp_path / "model-{epoch}.keras"), artifact="net")
        fit(model, checkpoint, epochs=2)
    artifact = trackio.Api().artifact("p/net:latest")
    [path] = Path(artifact.download(root=str(tmp_path / "out"))).iterdir()
    assert path.name == "model-2.keras"
    assert keras.models.load_model(path).count_params() == 4


def test_the_best_model_has_its_alias(model: Any, tmp_path: Path) -> None:
    with trackio.init(project="p"):
        fit(model, TrackioModelCheckpoint(str(tmp_path / "best.keras"), save_best_only=True, artifact="net"))
    assert trackio.Api().artifact("p/net:best").type == "model"


def test_a_frequency_that_cannot_be_is_refused() -> None:
    with pytest.raises(UsageError, match="log_freq"):
        TrackioMetricsLogger(log_freq="hour")  # type: ignore[arg-type]
